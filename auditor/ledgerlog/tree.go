package ledgerlog

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// tiles is where hashes and entries come from. Both methods return the first so many of a
// tile, and need 1 <= width <= tileWidth.
type tiles interface {
	tile(id tileID, width int) ([]Hash, error)
	bundle(index uint64, width int) ([][]byte, error)
}

// tree is the Merkle tree of the first size entries, over tiles. It is used for one proof:
// it keeps the tiles that it has read.
type tree struct {
	tiles
	size uint64
	read map[tileID][]Hash
}

func newTree(t tiles, size uint64) *tree { return &tree{t, size, make(map[tileID][]Hash)} }

// width is how many hashes or entries of a tile a log of that size has.
func width(id tileID, size uint64) int {
	count := size >> (tileHeight * max(id.level, 0))
	if first := id.index << tileHeight; first < count {
		return int(min(count-first, tileWidth))
	}
	return 0
}

// hashes returns a tile as wide as it is in the tree.
func (t *tree) hashes(id tileID) ([]Hash, error) {
	if hashes, ok := t.read[id]; ok {
		return hashes, nil
	}
	hashes, err := t.tile(id, width(id, t.size))
	if err == nil {
		t.read[id] = hashes
	}
	return hashes, err
}

// node returns the hash of a perfect subtree of the tree.
func (t *tree) node(id compact.NodeID) ([]byte, error) {
	level, height := int(id.Level/tileHeight), id.Level%tileHeight
	first, count := id.Index<<height, 1<<height
	hashes, err := t.hashes(tileID{level, first >> tileHeight})
	if err != nil {
		return nil, err
	}
	at := int(first % tileWidth)
	if at+count > len(hashes) {
		return nil, fmt.Errorf("node %d of level %d is not in the tree of size %d", id.Index, id.Level, t.size)
	}
	h := perfect(hashes[at : at+count])
	return h[:], nil
}

// nodes returns the hashes of perfect subtrees.
func (t *tree) nodes(ids []compact.NodeID) ([][]byte, error) {
	hashes := make([][]byte, len(ids))
	for i, id := range ids {
		var err error
		if hashes[i], err = t.node(id); err != nil {
			return nil, err
		}
	}
	return hashes, nil
}

// root computes the root.
func (t *tree) root() (Hash, error) {
	hashes, err := t.nodes(compact.RangeNodes(0, t.size, nil))
	if err != nil {
		return Hash{}, err
	}
	return rootOf(hashes), nil
}

// leaf returns the hash of an entry. Requires index < size.
func (t *tree) leaf(index uint64) (Hash, error) {
	hash, err := t.node(compact.NewNodeID(0, index))
	if err != nil {
		return Hash{}, err
	}
	return Hash(hash), nil
}

// errContradiction says that tiles do not fit together.
type errContradiction struct{ error }

// inclusion returns the proof of an entry, and that it holds against the root.
func (t *tree) inclusion(index uint64, root Hash) ([]Hash, error) {
	nodes, err := proof.Inclusion(index, t.size)
	if err != nil {
		return nil, err
	}
	path, err := t.rehashed(nodes)
	if err != nil {
		return nil, err
	}
	leaf, err := t.leaf(index)
	if err != nil {
		return nil, err
	}
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, index, t.size, leaf[:], path, root[:]); err != nil {
		return nil, errContradiction{err}
	}
	return hashesOf(path), nil
}

// consistency returns the proof that the tree of size a, with root rootA, is the beginning
// of this one. Requires 0 < a <= size.
func (t *tree) consistency(a uint64, rootA, root Hash) ([]Hash, error) {
	nodes, err := proof.Consistency(a, t.size)
	if err != nil {
		return nil, err
	}
	path, err := t.rehashed(nodes)
	if err != nil {
		return nil, err
	}
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, a, t.size, path, rootA[:], root[:]); err != nil {
		return nil, errContradiction{err}
	}
	return hashesOf(path), nil
}

func (t *tree) rehashed(nodes proof.Nodes) ([][]byte, error) {
	hashes, err := t.nodes(nodes.IDs)
	if err != nil {
		return nil, err
	}
	return nodes.Rehash(hashes, rfc6962.DefaultHasher.HashChildren)
}

// entry returns an entry, if its hash is the leaf's.
func (t *tree) entry(index uint64) ([]byte, error) {
	in := tileID{entriesLevel, index >> tileHeight}
	entries, err := t.bundle(in.index, width(in, t.size))
	if err != nil {
		return nil, err
	}
	leaf, err := t.leaf(index)
	if err != nil {
		return nil, err
	}
	entry := entries[index%tileWidth]
	if evidence.LeafHash(entry) != leaf {
		return nil, errContradiction{fmt.Errorf("entry %d does not have the hash of its leaf", index)}
	}
	return entry, nil
}

// rootOf is the root over the perfect subtrees of a tree, from left to right.
func rootOf(hashes [][]byte) Hash {
	if len(hashes) == 0 {
		return sha256.Sum256(nil)
	}
	root := hashes[len(hashes)-1]
	for _, left := range slices.Backward(hashes[:len(hashes)-1]) {
		root = rfc6962.DefaultHasher.HashChildren(left, root)
	}
	return Hash(root)
}

func ranges() *compact.RangeFactory {
	return &compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
}

// perfect is the root of a perfect tree over hashes, whose number is a power of two.
func perfect(hashes []Hash) Hash {
	level := append([]Hash(nil), hashes...)
	for ; len(level) > 1; level = level[:len(level)/2] {
		for i := range len(level) / 2 {
			level[i] = Hash(rfc6962.DefaultHasher.HashChildren(level[2*i][:], level[2*i+1][:]))
		}
	}
	return level[0]
}

func hashesOf(path [][]byte) []Hash {
	hashes := make([]Hash, len(path))
	for i, h := range path {
		hashes[i] = Hash(h)
	}
	return hashes
}
