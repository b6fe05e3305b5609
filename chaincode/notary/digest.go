package notary

import (
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Algorithm names a hash function, as the multihash table does
// (https://github.com/multiformats/multicodec).
type Algorithm string

// The algorithms. All are collision-resistant to at least 128 bits (FIPS 180-4
// and FIPS 202).
const (
	SHA2_256 Algorithm = "sha2-256"
	SHA2_384 Algorithm = "sha2-384"
	SHA2_512 Algorithm = "sha2-512"
	SHA3_256 Algorithm = "sha3-256"
	SHA3_512 Algorithm = "sha3-512"
)

// Algorithms returns every algorithm, the default one first.
func Algorithms() []Algorithm {
	return []Algorithm{SHA2_256, SHA2_384, SHA2_512, SHA3_256, SHA3_512}
}

// Size returns the length of a digest in bytes, 0 for an unknown algorithm.
func (a Algorithm) Size() int {
	switch a {
	case SHA2_256, SHA3_256:
		return 32
	case SHA2_384:
		return 48
	case SHA2_512, SHA3_512:
		return 64
	}
	return 0
}

// New returns a new hash state; it fails with INVALID_ARGUMENT for an unknown
// algorithm.
func (a Algorithm) New() (hash.Hash, error) {
	switch a {
	case SHA2_256:
		return sha256.New(), nil
	case SHA2_384:
		return sha512.New384(), nil
	case SHA2_512:
		return sha512.New(), nil
	case SHA3_256:
		return sha3.New256(), nil
	case SHA3_512:
		return sha3.New512(), nil
	}
	return nil, unknownAlgorithm(string(a))
}

// Digest identifies a document: "<algorithm>:<lower-case hex>". A value made by
// ParseDigest or NewDigest is well-formed; one that was converted or decoded is
// not until it has been parsed.
type Digest string

// NewDigest writes the sum that a hash function of the algorithm computed.
func NewDigest(a Algorithm, sum []byte) (Digest, error) {
	return ParseDigest(string(a) + ":" + hex.EncodeToString(sum))
}

// ParseDigest returns s as a Digest if it is exactly the one way to write it: a
// known algorithm, a colon, and the digest in lower-case hexadecimal of exactly
// its length. Otherwise it fails with INVALID_ARGUMENT.
func ParseDigest(s string) (Digest, error) {
	name, digits, found := strings.Cut(s, ":")
	if !found {
		return "", fault.New(fault.InvalidArgument, "the digest %s does not read <algorithm>:<lower-case hex>", check.Quote(s))
	}
	size := Algorithm(name).Size()
	if size == 0 {
		return "", unknownAlgorithm(name)
	}
	if len(digits) != 2*size {
		return "", fault.New(fault.InvalidArgument, "a %s digest has %d hexadecimal digits, this one has %d", name, 2*size, len(digits))
	}
	if !check.LowerHex(digits) {
		return "", fault.New(fault.InvalidArgument, "a digest is written in lower-case hexadecimal digits only, not as %s", check.Quote(digits))
	}
	return Digest(s), nil
}

// Algorithm returns the part before the colon.
func (d Digest) Algorithm() Algorithm {
	name, _, _ := strings.Cut(string(d), ":")
	return Algorithm(name)
}

func unknownAlgorithm(name string) error {
	names := make([]string, 0, len(Algorithms()))
	for _, a := range Algorithms() {
		names = append(names, string(a))
	}
	return fault.New(fault.InvalidArgument, "the digest algorithm %s is not one of %s", check.Quote(name), strings.Join(names, ", "))
}
