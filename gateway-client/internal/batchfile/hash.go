package batchfile

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// Hash is a hash of the tree.
type Hash = [hashSize]byte

// leafData begins what is hashed for each leaf of an algorithm's digests.
func leafData(algorithm notary.Algorithm) []byte {
	const rfc6962Leaf = 0x00
	return append([]byte{rfc6962Leaf}, notary.BatchLeafPrefix+string(algorithm)+":"...)
}

// leafHash is notary.BatchLeaf, of a digest's bytes and without garbage: there may be
// four thousand million of them.
func leafHash(begin, digest []byte) Hash {
	var room [160]byte
	data := append(room[:0], begin...)
	return sha256.Sum256(hex.AppendEncode(data, digest))
}

// nodeHash is that of RFC 6962 (section 2.1).
func nodeHash(left, right Hash) Hash {
	var data [1 + 2*hashSize]byte
	data[0] = 0x01
	copy(data[1:], left[:])
	copy(data[1+hashSize:], right[:])
	return sha256.Sum256(data[:])
}

// levels are the full nodes above a block's hashes: levels[0] are these, levels[k] the
// full nodes k levels up.
type levels [][]Hash

func levelsOf(hashes []Hash) levels {
	all := levels{hashes}
	for below := hashes; len(below) > 1; {
		up := make([]Hash, len(below)/2)
		for i := range up {
			up[i] = nodeHash(below[2*i], below[2*i+1])
		}
		all, below = append(all, up), up
	}
	return all
}

// rootOf returns the root of the tree of 1 to perBlock hashes, which it overwrites. What has
// no sibling on the right goes up as it is, which comes to what RFC 6962 defines.
func rootOf(hashes []Hash) Hash {
	for n := len(hashes); n > 1; n = (n + 1) / 2 {
		for i := range n / 2 {
			hashes[i] = nodeHash(hashes[2*i], hashes[2*i+1])
		}
		if n%2 == 1 {
			hashes[n/2] = hashes[n-1]
		}
	}
	return hashes[0]
}
