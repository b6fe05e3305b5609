package notary_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

// Published values: FIPS 180-4 and FIPS 202 examples for the message "abc".
func TestDigestsOfAKnownMessage(t *testing.T) {
	for algorithm, want := range map[notary.Algorithm]string{
		notary.SHA2_256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		notary.SHA2_384: "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
		notary.SHA2_512: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		notary.SHA3_256: "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
		notary.SHA3_512: "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
	} {
		h, err := algorithm.New()
		require.NoError(t, err)
		_, err = h.Write([]byte("abc"))
		require.NoError(t, err)
		digest, err := notary.NewDigest(algorithm, h.Sum(nil))
		require.NoError(t, err)
		require.Equal(t, notary.Digest(string(algorithm)+":"+want), digest)
		require.Equal(t, algorithm, digest.Algorithm())
		require.Equal(t, algorithm.Size(), h.Size())
	}
	require.Len(t, notary.Algorithms(), 5)
}

func TestAMalformedDigestIsRefused(t *testing.T) {
	hex := strings.Repeat("ab", 32)
	for _, tc := range []struct{ name, text, want string }{
		{"empty", "", `the digest "" does not read <algorithm>:<lower-case hex>`},
		{"without an algorithm", hex, `does not read <algorithm>:<lower-case hex>`},
		{"of an unknown algorithm", "md5:" + hex[:32], `the digest algorithm "md5" is not one of sha2-256, sha2-384`},
		{"of an algorithm in another spelling", "SHA2-256:" + hex, `the digest algorithm "SHA2-256" is not one of`},
		{"of another naming", "sha256:" + hex, `the digest algorithm "sha256" is not one of`},
		{"too short", "sha2-256:" + hex[1:], "a sha2-256 digest has 64 hexadecimal digits, this one has 63"},
		{"too long", "sha2-256:" + hex + "a", "this one has 65"},
		{"of another algorithm's length", "sha2-512:" + hex, "a sha2-512 digest has 128 hexadecimal digits, this one has 64"},
		{"in upper case", "sha2-256:" + strings.ToUpper(hex), "lower-case hexadecimal digits only"},
		{"with one upper-case digit", "sha2-256:A" + hex[1:], "lower-case hexadecimal digits only"},
		{"with another character", "sha2-256:g" + hex[1:], "lower-case hexadecimal digits only"},
		{"with fullwidth digits", "sha2-256:" + strings.Repeat("\uff11", 21) + "a", "lower-case hexadecimal digits only"},
		{"with a space", " sha2-256:" + hex, "the digest algorithm"},
		{"with a line break", "sha2-256:" + hex[1:] + "\n", "lower-case hexadecimal digits only"},
		{"of enormous length", strings.Repeat("x", 1<<20) + ":", "…"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := notary.ParseDigest(tc.text)
			require.ErrorIs(t, err, &fault.Error{Code: fault.InvalidArgument})
			require.ErrorContains(t, err, tc.want)
			require.Less(t, len(err.Error()), 300, "a sentence does not repeat long text")
		})
	}
}

func TestAnUnknownAlgorithmHashesNothing(t *testing.T) {
	_, err := notary.Algorithm("sha1").New()
	require.ErrorIs(t, err, &fault.Error{Code: fault.InvalidArgument})
	require.Zero(t, notary.Algorithm("").Size())
	_, err = notary.NewDigest(notary.SHA2_256, make([]byte, 31))
	require.Error(t, err)
}

func FuzzParseDigest(f *testing.F) {
	f.Add("sha2-256:" + strings.Repeat("0a", 32))
	f.Add("sha3-512:" + strings.Repeat("f", 128))
	f.Add("sha2-384:" + strings.Repeat("A", 96))
	f.Add("sha2-256:")
	f.Add("::")
	f.Fuzz(func(t *testing.T, s string) {
		digest, err := notary.ParseDigest(s)
		if err != nil {
			require.Equal(t, fault.InvalidArgument, fault.CodeOf(err))
			return
		}
		require.Equal(t, s, string(digest), "there is one way to write a digest")
		require.Equal(t, strings.ToLower(s), s)
		require.Len(t, s, len(digest.Algorithm())+1+2*digest.Algorithm().Size())
	})
}
