package ledgerlog

import (
	"fmt"

	"github.com/transparency-dev/merkle/compact"

	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// grower is the right edge of a growing tree: what is not in a full tile or bundle yet.
//
// The hashes of a level, and the entries, are only ever appended to, and when they are full
// begun anew. So a copy of the slices remains what it was.
type grower struct {
	whole *compact.Range
	// edge holds, for each level of tiles, the hashes of the tile that is not full.
	edge [][]Hash
	// entries are those of the bundle that is not full.
	entries [][]byte
}

// full takes a tile or bundle that has become full; the other argument is nil.
type full func(id tileID, hashes []Hash, entries [][]byte) error

// newGrower is the edge of an empty tree.
func newGrower() *grower { return &grower{whole: ranges().NewEmptyRange(0)} }

// grown makes a grower of what one holds.
func grown(size uint64, edge [][]Hash, entries [][]byte) (*grower, error) {
	g := &grower{edge: edge, entries: entries}
	if len(entries) != int(size%tileWidth) || len(edge) > maxLevel+1 {
		return nil, fmt.Errorf("it has %d entries in a bundle and %d levels of tiles, with size %d", len(entries), len(edge), size)
	}
	var hashes [][]byte
	for level := maxLevel; level >= 0; level-- {
		count := int(size >> (tileHeight * level) % tileWidth)
		if count != len(g.level(level)) {
			return nil, fmt.Errorf("it has %d hashes of level %d, not %d", len(g.level(level)), level, count)
		}
		part := ranges().NewEmptyRange(0)
		for _, h := range g.level(level) {
			if err := part.Append(h[:], nil); err != nil {
				return nil, err
			}
		}
		hashes = append(hashes, part.Hashes()...)
	}
	var err error
	g.whole, err = ranges().NewRange(0, size, hashes)
	return g, err
}

// level returns the hashes of a level's tile that is not full.
func (g *grower) level(level int) []Hash {
	if level < len(g.edge) {
		return g.edge[level]
	}
	return nil
}

func (g *grower) size() uint64 { return g.whole.End() }

func (g *grower) root() Hash { return rootOf(g.whole.Hashes()) }

// append adds an entry, and hands over what has become full with it.
func (g *grower) append(entry []byte, leaf Hash, full full) error {
	switch {
	case len(entry) > evidence.MaxEntry:
		return fmt.Errorf("entry %d has %d bytes, more than %d", g.size(), len(entry), evidence.MaxEntry)
	case g.size() >= tlog.MaxSize:
		return fmt.Errorf("the log has %d entries, which is all it can have", g.size())
	}
	index := g.size() >> tileHeight
	if g.entries == nil {
		g.entries = make([][]byte, 0, tileWidth)
	}
	g.entries = append(g.entries, entry)
	var failed error
	visit := func(id compact.NodeID, hash []byte) {
		if id.Level%tileHeight == 0 && failed == nil {
			failed = g.push(int(id.Level/tileHeight), id.Index>>tileHeight, Hash(hash), full)
		}
	}
	if err := g.whole.Append(leaf[:], visit); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	if len(g.entries) == tileWidth {
		entries := g.entries
		g.entries = nil
		return full(tileID{entriesLevel, index}, nil, entries)
	}
	return nil
}

// push adds a hash to a level's tile.
func (g *grower) push(level int, tile uint64, hash Hash, full full) error {
	if level == len(g.edge) {
		g.edge = append(g.edge, nil)
	}
	if g.edge[level] == nil {
		g.edge[level] = make([]Hash, 0, tileWidth)
	}
	g.edge[level] = append(g.edge[level], hash)
	if len(g.edge[level]) < tileWidth {
		return nil
	}
	hashes := g.edge[level]
	g.edge[level] = nil
	return full(tileID{level, tile}, hashes, nil)
}
