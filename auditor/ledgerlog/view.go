package ledgerlog

import (
	"cmp"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// view is a log as it stands at one time: a state, and the directory with what is full. It
// checks whatever it returns against the state's root.
type view struct {
	dir string
	state
	// recent are the sizes after the last blocks, which are not in the directory yet.
	recent []uint64
}

func (v view) tile(id tileID, wanted int) ([]Hash, error) {
	has := width(id, v.Size)
	switch {
	case wanted < 1 || wanted > has:
		return nil, notFound("%s with %d hashes", id.path(), wanted)
	case has < tileWidth:
		return v.edge[id.level][:wanted], nil
	}
	raw, err := v.file(id)
	if err != nil {
		return nil, err
	}
	hashes, err := parseTile(raw, tileWidth)
	if err != nil {
		return nil, v.damaged(id, err)
	}
	return hashes[:wanted], nil
}

func (v view) bundle(index uint64, wanted int) ([][]byte, error) {
	id := tileID{entriesLevel, index}
	has := width(id, v.Size)
	switch {
	case wanted < 1 || wanted > has:
		return nil, notFound("%s with %d entries", id.path(), wanted)
	case has < tileWidth:
		return v.entries[:wanted], nil
	}
	raw, err := v.file(id)
	if err != nil {
		return nil, err
	}
	entries, err := parseBundle(raw, tileWidth)
	if err != nil {
		return nil, v.damaged(id, err)
	}
	return entries[:wanted], nil
}

// file reads a full tile or bundle, which must be there.
func (v view) file(id tileID) ([]byte, error) {
	raw, err := os.ReadFile(id.file(v.dir))
	if errors.Is(err, os.ErrNotExist) {
		return nil, v.damaged(id, errors.New("it is missing"))
	}
	return raw, err
}

func (v view) damaged(id tileID, reason error) error {
	return &DamagedError{v.dir, id.path(), reason.Error()}
}

func (v view) sizeAt(block uint64) (uint64, error) {
	stored := v.Blocks - uint64(len(v.recent))
	switch {
	case block >= v.Blocks:
		return 0, notFound("block %d", block)
	case block >= stored:
		return v.recent[block-stored], nil
	}
	size, err := readSize(v.dir, block)
	if err == nil && size > v.Size {
		err = &DamagedError{v.dir, blocksFile, "it has a size that the log does not have"}
	}
	return size, err
}

// rootAt is checked against the state's root, since everything else is checked against it.
func (v view) rootAt(size uint64) (Hash, error) {
	switch {
	case size > v.Size:
		return Hash{}, notFound("size %d", size)
	case size == v.Size || size == 0:
		return v.boundary(size), nil
	}
	part, whole := newTree(v, size), newTree(v, v.Size)
	root, err := part.root()
	if err == nil {
		_, err = whole.consistency(size, root, v.Root)
	}
	return root, v.explained(err, part, whole)
}

// boundary is the root of the smallest and of the largest tree.
func (v view) boundary(size uint64) Hash {
	if size == 0 {
		return emptyState().Root
	}
	return v.Root
}

func (v view) inclusion(index, size uint64) ([]Hash, error) {
	if index >= size {
		return nil, notFound("entry %d in size %d", index, size)
	}
	root, err := v.rootAt(size)
	if err != nil {
		return nil, err
	}
	t := newTree(v, size)
	path, err := t.inclusion(index, root)
	return path, v.explained(err, t)
}

func (v view) consistency(a, b uint64) ([]Hash, error) {
	if err := checkSizes(a, b); err != nil {
		return nil, err
	}
	rootA, err := v.rootAt(a)
	if err != nil {
		return nil, err
	}
	rootB, err := v.rootAt(b)
	if err != nil {
		return nil, err
	}
	t := newTree(v, b)
	path, err := t.consistency(a, rootA, rootB)
	return path, v.explained(err, t)
}

func (v view) entryAt(index uint64) ([]byte, error) {
	if index >= v.Size {
		return nil, notFound("entry %d", index)
	}
	t := newTree(v, v.Size)
	entry, err := t.entry(index)
	var contradiction errContradiction
	if errors.As(err, &contradiction) {
		if err := v.unfit(t); err != nil {
			return nil, err
		}
		return nil, v.damaged(tileID{entriesLevel, index >> tileHeight}, err)
	}
	return entry, err
}

// explained names the tile at fault when tiles do not fit together.
func (v view) explained(err error, used ...*tree) error {
	var contradiction errContradiction
	if !errors.As(err, &contradiction) {
		return err
	}
	if err := v.unfit(used...); err != nil {
		return err
	}
	return &DamagedError{v.dir, "tile", err.Error()}
}

// unfit looks for a full tile that does not have the hash which the tile above it says,
// among those that were used and those above them. The highest one is at fault: what is
// above it leads to the root.
func (v view) unfit(used ...*tree) error {
	seen := make(map[tileID]bool)
	for _, t := range used {
		for id := range t.read {
			for ; width(id, v.Size) == tileWidth && !seen[id]; id = id.above() {
				seen[id] = true
			}
		}
	}
	highestFirst := func(a, b tileID) int { return cmp.Or(cmp.Compare(b.level, a.level), cmp.Compare(a.index, b.index)) }
	for _, id := range slices.SortedFunc(maps.Keys(seen), highestFirst) {
		if err := v.fits(id); err != nil {
			return err
		}
	}
	return nil
}

// fits checks a full tile against the tile above it. Those that are not full are in the
// state, whose root is checked.
func (v view) fits(id tileID) error {
	hashes, err := v.tile(id, tileWidth)
	if err != nil {
		return err
	}
	above, at := id.above(), int(id.index%tileWidth)
	parents, err := v.tile(above, at+1)
	if err != nil {
		return err
	}
	if perfect(hashes) != parents[at] {
		return v.damaged(id, errors.New("it does not have the hash that "+above.path()+" says"))
	}
	return nil
}

// checkpoint reads the checkpoint that was set last.
func (v view) checkpoint() (tlog.SignedCheckpoint, error) {
	raw, err := os.ReadFile(filepath.Join(v.dir, checkpointFile))
	if errors.Is(err, os.ErrNotExist) {
		return tlog.SignedCheckpoint{}, notFound("a checkpoint")
	}
	if err != nil {
		return tlog.SignedCheckpoint{}, err
	}
	signed, err := tlog.ParseSignedCheckpoint(raw)
	if err != nil {
		return tlog.SignedCheckpoint{}, &DamagedError{v.dir, checkpointFile, err.Error()}
	}
	return signed, nil
}

// checkSizes checks the sizes of a consistency proof.
func checkSizes(a, b uint64) error {
	if a == 0 || a > b {
		return notFound("a log of %d entries as the beginning of one of %d", a, b)
	}
	return nil
}
