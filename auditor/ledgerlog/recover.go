package ledgerlog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// load reads a log that is to grow, and cuts it back if its newest files are not whole.
func load(dir string, origin func(Hash) string) (state, error) {
	s, err := readState(dir)
	var damage *DamagedError
	if err == nil {
		err = newest(dir, s)
	}
	if !errors.As(err, &damage) {
		return s, err
	}
	sizes, err := readSizes(dir)
	if err != nil {
		return state{}, err
	}
	if s.Blocks > 0 && s.Blocks < uint64(len(sizes)) {
		sizes = sizes[:s.Blocks] // what is after them was never part of the log
	}
	return cutBack(dir, origin, sizes)
}

// newest checks what was written last: of each level the last full tile, the last full
// bundle, and the size after the last block. That a log which is not there has tiles and
// sizes is damage too: its state is missing.
func newest(dir string, s state) error {
	v := view{dir: dir, state: s}
	if s.Blocks == 0 {
		_, err := os.Stat(filepath.Join(dir, blocksFile))
		if err == nil {
			return &DamagedError{dir, stateFile, "it is missing"}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	size, err := v.sizeAt(s.Blocks - 1)
	if err != nil {
		return err
	}
	if size != s.Size {
		return &DamagedError{dir, blocksFile, fmt.Sprintf("its last size is %d, not %d", size, s.Size)}
	}
	for level := range maxLevel {
		count := s.Size >> (tileHeight * (level + 1))
		if count == 0 {
			break
		}
		if err := v.fits(tileID{level, count - 1}); err != nil {
			return err
		}
	}
	if count := s.Size >> tileHeight; count > 0 {
		return v.bundleFits(count - 1)
	}
	return nil
}

// bundleFits checks a full bundle against its tile.
func (v view) bundleFits(index uint64) error {
	entries, err := v.bundle(index, tileWidth)
	if err != nil {
		return err
	}
	leaves, err := v.tile(tileID{0, index}, tileWidth)
	if err != nil {
		return err
	}
	for i, entry := range entries {
		if evidence.LeafHash(entry) != leaves[i] {
			return v.damaged(tileID{entriesLevel, index}, fmt.Errorf("its entry %d does not have the hash of its leaf", i))
		}
	}
	return nil
}

// cutBack makes a log again from full bundles, up to the last block whose end is seen in
// them, and writes its state. It reads all of them: this is rare, and nothing is believed
// that was not checked.
func cutBack(dir string, origin func(Hash) string, sizes []uint64) (state, error) {
	for ; len(sizes) > 0; sizes = sizes[:len(sizes)-1] {
		err := endsThere(dir, sizes[len(sizes)-1], uint64(len(sizes)))
		if err == nil {
			break
		}
		if damage := (*DamagedError)(nil); !errors.As(err, &damage) {
			return state{}, err
		}
	}
	s := emptyState()
	if len(sizes) > 0 {
		var err error
		if s, err = rebuild(dir, origin, sizes); err != nil {
			return state{}, err
		}
	}
	return s, rewrite(dir, s)
}

// endsThere checks that a block ends where it should: the next one begins there, in a full
// bundle that is whole. The bundle before may be the newest that the state spoke of, and
// this one a leftover of what came after.
func endsThere(dir string, size, next uint64) error {
	index := size >> tileHeight
	v := view{dir: dir, state: state{Head: Head{Size: (index + 1) << tileHeight}}}
	if index > 0 {
		if err := v.bundleFits(index - 1); err != nil {
			return err
		}
	}
	if err := v.bundleFits(index); err != nil {
		return err
	}
	entries, err := v.bundle(index, tileWidth)
	if err != nil {
		return err
	}
	_, err = v.blockEntry(entries[size%tileWidth], next)
	return err
}

// rebuild computes the state after the last of the blocks from their entries, which are in
// full bundles.
func rebuild(dir string, origin func(Hash) string, sizes []uint64) (state, error) {
	size := sizes[len(sizes)-1]
	bundles := (size + tileWidth - 1) >> tileHeight
	v := view{dir: dir, state: state{Head: Head{Size: bundles << tileHeight}}}
	g, s := newGrower(), state{Head: Head{Size: size, Blocks: uint64(len(sizes))}}
	starts := append([]uint64{0}, sizes[:len(sizes)-1]...)
	check := func(id tileID, hashes []Hash, _ [][]byte) error { return v.compare(id, hashes) }
	for index := range bundles {
		entries, err := v.bundle(index, tileWidth)
		if err != nil {
			return state{}, err
		}
		for _, entry := range entries[:min(size-index<<tileHeight, tileWidth)] {
			if len(starts) > 0 && starts[0] == g.size() {
				header, err := v.blockEntry(entry, s.Blocks-uint64(len(starts)))
				if err != nil {
					return state{}, err
				}
				if g.size() == 0 {
					s.Origin = origin(header)
				}
				s.last, starts = header, starts[1:]
			}
			if err := g.append(entry, evidence.LeafHash(entry), check); err != nil {
				return state{}, err
			}
		}
	}
	s.Root, s.edge, s.entries = g.root(), g.edge, slices.Clone(g.entries)
	return s, nil
}

// blockEntry returns the header hash of the entry that begins a block.
func (v view) blockEntry(raw []byte, number uint64) (Hash, error) {
	entry, err := evidence.ParseEntry(raw)
	if err != nil || entry.Block == nil || entry.Block.Number != number {
		return Hash{}, &DamagedError{v.dir, blocksFile, fmt.Sprintf("block %d does not begin where it says", number)}
	}
	return entry.Block.HeaderHash, nil
}

// compare checks a full tile against what its entries give. On level 0 the two say the same
// thing and neither can be believed alone. Above, the last tile of a level may be missing or
// torn: it is written again.
func (v view) compare(id tileID, hashes []Hash) error {
	if id.level == entriesLevel {
		return nil // it is where the entries come from
	}
	want := encodeTile(hashes)
	raw, err := os.ReadFile(id.file(v.dir))
	if err == nil && string(raw) == string(want) {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if id.level == 0 || id.index+1 < v.Size>>(tileHeight*(id.level+1)) {
		return v.damaged(id, errors.New("it is not what its entries give"))
	}
	if err := place(id.file(v.dir), want); err != nil {
		return err
	}
	return syncAll(v.dir, []string{id.file(v.dir)})
}

// rewrite makes a state the directory's, and forgets the blocks after it.
func rewrite(dir string, s state) error {
	content, err := s.encode()
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(dir, stateFile), content); err != nil {
		return err
	}
	path := filepath.Join(dir, blocksFile)
	if err := os.Truncate(path, int64(s.Blocks)*sizeBytes); err != nil && !errors.Is(err, fs.ErrNotExist) { //nolint:gosec // less than 2^53
		return err
	}
	return nil
}
