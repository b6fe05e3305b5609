package batchfile

import (
	"encoding/hex"
	"fmt"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// Member is a document's place in the batch.
type Member struct {
	Digest notary.Digest
	Index  uint64
	Path   []Hash // from the leaf's sibling up
}

// blockLevels is how many blocks lie one above the other: pages, chapters, volumes, all.
const blockLevels = 4

// block are the nodes of the tree over one block's hashes.
type block struct {
	number uint64
	nodes  levels // nil: none was read yet
}

// Member cuts the path of member i, which must be less than the request's count. It is
// checked against the root: a *DamagedError says that digest or path are not what was
// written. Members that are asked for in their order come fastest.
func (f *File) Member(i uint64) (Member, error) {
	if i >= f.layout.count {
		return Member{}, fmt.Errorf("%s has %d members: there is none with index %d", f.path, f.layout.count, i)
	}
	nodes, err := proof.Inclusion(i, f.layout.count)
	if err != nil {
		return Member{}, err
	}
	hashes, err := f.nodes(nodes.IDs)
	if err != nil {
		return Member{}, err
	}
	path, err := nodes.Rehash(hashes, rfc6962.DefaultHasher.HashChildren)
	if err != nil {
		return Member{}, err
	}
	digest, err := f.Digest(i)
	if err != nil {
		return Member{}, err
	}
	root, err := hex.DecodeString(f.head.Request.Root)
	if err != nil {
		return Member{}, err
	}
	leaf := notary.BatchLeaf(digest)
	if proof.VerifyInclusion(rfc6962.DefaultHasher, i, f.layout.count, leaf[:], path, root) != nil {
		return Member{}, f.damaged("member %d is not in the tree with the root %s", i, f.head.Request.Root)
	}
	member := Member{Digest: digest, Index: i, Path: make([]Hash, len(path))}
	for k, hash := range path {
		member.Path[k] = Hash(hash)
	}
	return member, nil
}

// nodes returns the hashes of full nodes.
func (f *File) nodes(ids []compact.NodeID) ([][]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	hashes := make([][]byte, len(ids))
	for k, id := range ids {
		hash, err := f.node(id)
		if err != nil {
			return nil, err
		}
		hashes[k] = hash[:]
	}
	return hashes, nil
}

// atHand is how many blocks of one level are kept: more than there are goroutines that go
// through a batch side by side, each in a stretch of its own.
const atHand = 16

// blocksOf are the blocks of one level that are at hand: some that were used, each in the
// place that its number gives, and the last of all, whose nodes stand in the path of every
// member.
type blocksOf struct {
	used [atHand]block
	last block
}

// node returns a full node of the tree.
func (f *File) node(id compact.NodeID) (Hash, error) {
	level := min(id.Level/blockBits, blockLevels-1)
	above := id.Level - level*blockBits // in the block
	number := id.Index >> (blockBits - above)
	b := &f.blocks[level].used[number%atHand]
	if number == f.layout.count>>(level*blockBits)>>blockBits {
		b = &f.blocks[level].last
	}
	if b.nodes == nil || b.number != number {
		hashes, err := f.readBlock(level, number)
		if err != nil {
			return Hash{}, err
		}
		*b = block{number, levelsOf(hashes)}
	}
	return b.nodes[above][id.Index-number<<(blockBits-above)], nil
}

// readBlock reads the hashes of a block: of a page's leaves, of a chapter's pages, of a
// volume's chapters, or of all volumes.
func (f *File) readBlock(level uint, number uint64) ([]Hash, error) {
	first := number << blockBits
	count := min(f.layout.count>>(level*blockBits)-first, perBlock)
	entry := uint64(hashSize)
	var at uint64
	switch level {
	case 0:
		entry, at = f.layout.digestSize, f.layout.digestAt(first)
	case 1:
		entry, at = pageEntrySize, f.layout.pageEntryAt(first)
	case 2:
		at = f.layout.chapterHashAt(first)
	default:
		at = f.layout.volumeHashAt(first)
	}
	raw := make([]byte, count*entry)
	if err := f.read(raw, at); err != nil {
		return nil, err
	}
	hashes := make([]Hash, count)
	for i := range hashes {
		one := raw[uint64(i)*entry:][:entry]
		if level == 0 {
			hashes[i] = leafHash(f.begin, one)
		} else {
			hashes[i] = Hash(one[:hashSize])
		}
	}
	return hashes, nil
}
