package ledger

import (
	"cmp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
)

const someOrigin = "psbc.lu/psbc/0123456789abcdef"

func someCosigned(size uint64, root string) checkpoint.Cosigned {
	return checkpoint.Cosigned{Origin: someOrigin, Body: "CTIEMSP", Size: size, Root: strings.Repeat(root, 64)}
}

// The keys are the ledger's format: what they were, they must stay.
func TestTheKeysOfCheckpointsAreFixed(t *testing.T) {
	for want, made := range map[string]func() (key, error){
		"\x00checkpoint.key\x00CTIEMSP\x000123abcd\x00":      func() (key, error) { return witnessKeyKey("CTIEMSP", "0123abcd") },
		"\x00checkpoint.keys\x00CTIEMSP\x00":                 func() (key, error) { return witnessKeysKey("CTIEMSP") },
		"\x00checkpoint.request\x00CTIEMSP\x00request-1\x00": func() (key, error) { return requestKey(typeCheckpointRequest, "CTIEMSP", "request-1") },
		"\x00checkpoint.public\x00ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb\x00": func() (key, error) {
			return publicKeyKey("a")
		},
		"\x00checkpoint.size\x00" + someOrigin + "\x009007199254740891\x00": func() (key, error) { return statementKey(someOrigin, 100) },
		"\x00checkpoint.size\x00" + someOrigin + "\x000000000000000000\x00": func() (key, error) { return statementKey(someOrigin, checkpoint.MaxSize) },
		"\x00checkpoint.cosigned\x00" + someOrigin + "\x00CTIEMSP\x009007199254740990\x00" + strings.Repeat("a", 64) + "\x00": func() (key, error) {
			return cosignedKey(someCosigned(1, "a"))
		},
	} {
		k, err := made()
		require.NoError(t, err)
		require.Equal(t, want, string(k))
	}
}

func TestAKeyOfACosignedCheckpointTellsTheSize(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.Uint64Range(1, checkpoint.MaxSize).Draw(rt, "size")
		k, err := cosignedKey(someCosigned(size, "a"))
		require.NoError(rt, err)
		got, err := cosignedSize(string(k))
		require.NoError(rt, err)
		require.Equal(rt, size, got)
	})
	good, err := cosignedKey(someCosigned(100, "a"))
	require.NoError(t, err)
	for _, bad := range []string{
		"", "\x00checkpoint.cosigned\x00" + someOrigin + "\x00", strings.Replace(string(good), "cosigned", "size", 1),
		strings.Replace(string(good), "9007199254740891", "x", 1), strings.Replace(string(good), "9007199254740891", "891", 1),
		strings.Replace(string(good), "9007199254740891", "9999999999999999", 1), strings.Replace(string(good), "9007199254740891", "-00000000000007", 1),
	} {
		_, err := cosignedSize(bad)
		require.Error(t, err, "%q", bad)
	}
}

// Lists are read in the order of their keys: the largest size first, and from a size on
// no larger one.
func TestKeysOfCosignedCheckpointsSortFromTheLargestSizeDown(t *testing.T) {
	one := func(rt *rapid.T, name string) (checkpoint.Cosigned, key) {
		size := rapid.OneOf(rapid.Uint64Range(1, 20), rapid.Uint64Range(1, checkpoint.MaxSize)).Draw(rt, name)
		c := someCosigned(size, rapid.SampledFrom([]string{"a", "b"}).Draw(rt, name+" root"))
		k, err := cosignedKey(c)
		require.NoError(rt, err)
		return c, k
	}
	rapid.Check(t, func(rt *rapid.T) {
		a, keyA := one(rt, "a")
		b, keyB := one(rt, "b")
		require.Equal(rt, cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Root, b.Root)), strings.Compare(string(keyA), string(keyB)))
		from, err := cosignedFrom(someOrigin, "CTIEMSP", b.Size)
		require.NoError(rt, err)
		require.Equal(rt, a.Size <= b.Size, keyA >= from)
	})
}
