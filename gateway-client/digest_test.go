package gateway_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// The digests of "abc" are those of FIPS 180-4 and FIPS 202's example files.
func TestDigestsAreThoseOfTheStandards(t *testing.T) {
	want := map[notary.Algorithm]string{
		notary.SHA2_256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		notary.SHA2_384: "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
		notary.SHA2_512: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		notary.SHA3_256: "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
		notary.SHA3_512: "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
	}
	require.Len(t, want, len(notary.Algorithms()))
	for algorithm, hex := range want {
		digest, err := gateway.Digest(strings.NewReader("abc"), algorithm)
		require.NoError(t, err)
		require.Equal(t, string(algorithm)+":"+hex, string(digest))
	}
	_, err := gateway.Digest(strings.NewReader("abc"), "md5")
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
}

func TestADigestDoesNotDependOnHowTheDocumentIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		document := rapid.SliceOf(rapid.Byte()).Draw(t, "document")
		algorithm := rapid.SampledFrom(notary.Algorithms()).Draw(t, "algorithm")
		whole, err := gateway.Digest(bytes.NewReader(document), algorithm)
		require.NoError(t, err)
		for _, reader := range []io.Reader{
			iotest.OneByteReader(bytes.NewReader(document)),
			iotest.DataErrReader(bytes.NewReader(document)),
			iotest.HalfReader(bytes.NewReader(document)),
		} {
			digest, err := gateway.Digest(reader, algorithm)
			require.NoError(t, err)
			require.Equal(t, whole, digest)
		}
	})
}

func TestADocumentThatCannotBeReadHasNoDigest(t *testing.T) {
	broken := errors.New("the disk is gone")
	digest, err := gateway.Digest(io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), notary.SHA2_256)
	require.ErrorIs(t, err, broken)
	require.Empty(t, digest)
}

func TestDigestingALargeDocumentTakesLittleMemory(t *testing.T) {
	const size = 64 << 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := gateway.Digest(io.LimitReader(rand.NewChaCha8([32]byte{}), size), notary.SHA2_256)
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}
