package ledgerlog

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/gofrs/flock"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// maxLoose is how many files are written before a Flush that nobody asked for, so that none
// takes long.
const maxLoose = 4096

// Log is a ledger log that grows. It is safe for concurrent use.
type Log struct {
	reading
	dir    string
	origin func(genesis Hash) string
	lock   *flock.Flock

	mu     sync.Mutex
	head   Head // but for size and root, which are the grower's
	last   Hash // header hash of the last block
	grower *grower
	sizes  []uint64 // after the blocks that are not flushed
	loose  []string // files that are not flushed
	dirty  bool     // there is something to flush
	broken error    // why it cannot go on: what is in memory is no log
}

// Open opens the log in a directory, which it makes if it is not there, to let it grow. The
// origin line follows from the header hash of block 0, see tlog.Origin.
//
// It fails when another process, or this one, has the log open already, when the log in the
// directory has another origin, and with a *[DamagedError] when anything but the newest
// files is found damaged.
func Open(dir string, origin func(genesis Hash) string) (*Log, error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, err
	}
	l := &Log{dir: dir, origin: origin, lock: flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(fileMode))}
	l.reading.now = func() (view, error) { return l.now(), nil }
	locked, err := l.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the ledger log %s: %w", dir, err)
	}
	if !locked {
		return nil, fmt.Errorf("the ledger log %s is being written by another process", dir)
	}
	if err := l.load(); err != nil {
		return nil, errors.Join(err, l.lock.Unlock())
	}
	return l, nil
}

// load takes up the log where its directory leaves it.
func (l *Log) load() error {
	s, err := load(l.dir, l.origin)
	if err != nil {
		return err
	}
	if l.grower, err = grown(s.Size, s.edge, s.entries); err != nil {
		return err
	}
	l.head, l.last = Head{Origin: s.Origin, Blocks: s.Blocks}, s.last
	return l.checkOrigin()
}

// checkOrigin keeps a directory from getting the checkpoints of another log.
func (l *Log) checkOrigin() error {
	if l.head.Blocks == 0 {
		return nil
	}
	v := l.view()
	raw, err := v.entryAt(0)
	if err != nil {
		return err
	}
	entry, err := evidence.ParseEntry(raw)
	if err != nil || entry.Block == nil {
		return v.damaged(tileID{entriesLevel, 0}, errors.New("its first entry is not that of a block"))
	}
	if origin := l.origin(entry.Block.HeaderHash); origin != l.head.Origin {
		return fmt.Errorf("the ledger log %s is %s, not %s: remove it, or use the prefix and channel that it was made with", l.dir, l.head.Origin, origin)
	}
	return nil
}

// Next is the number of the block that Append takes next.
func (l *Log) Next() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head.Blocks
}

// Append adds the entries of the next block. It fails, and the log is as before, when the
// block is not the next one, does not follow the last one, or has no entries that the format
// allows. After another error, such as a full disk, the log takes nothing more: open it
// again.
//
// What is appended can be read at once through the log itself, and is durable, and seen by
// readers, after the next Flush.
func (l *Log) Append(b *block.Block) error {
	p, err := prepare(b)
	if err != nil {
		return err
	}
	return l.add(p)
}

// prepared is a block with what can be computed of it alone.
type prepared struct {
	block   *block.Block
	entries [][]byte
	leaves  []Hash
}

func prepare(b *block.Block) (prepared, error) {
	entries, err := Entries(b)
	if err != nil {
		return prepared{}, err
	}
	leaves := make([]Hash, len(entries))
	for i, e := range entries {
		leaves[i] = evidence.LeafHash(e)
	}
	return prepared{b, entries, leaves}, nil
}

func (l *Log) add(p prepared) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return l.broken
	}
	if err := l.follows(p.block); err != nil {
		return err
	}
	for i, entry := range p.entries {
		if err := l.grower.append(entry, p.leaves[i], l.full); err != nil {
			l.broken = fmt.Errorf("append block %d to the ledger log %s: %w", p.block.Number, l.dir, err)
			return l.broken
		}
	}
	if p.block.Number == 0 {
		l.head.Origin = l.origin(p.block.HeaderHash)
	}
	l.last, l.dirty = p.block.HeaderHash, true
	l.head.Blocks++
	l.sizes = append(l.sizes, l.grower.size())
	if len(l.loose) >= maxLoose {
		return l.flush()
	}
	return nil
}

func (l *Log) follows(b *block.Block) error {
	if b.Number != l.head.Blocks {
		return fmt.Errorf("block %d is not the next one of the ledger log %s, which is %d", b.Number, l.dir, l.head.Blocks)
	}
	if b.Number > 0 && (b.PreviousHash == nil || *b.PreviousHash != l.last) {
		return fmt.Errorf("block %d does not follow block %d as the ledger log %s has it: is that the log of another network? Then remove it", b.Number, b.Number-1, l.dir)
	}
	return nil
}

// full writes what has become full.
func (l *Log) full(id tileID, hashes []Hash, entries [][]byte) error {
	content := encodeTile(hashes)
	if id.level == entriesLevel {
		content = encodeBundle(entries)
	}
	path := id.file(l.dir)
	l.loose = append(l.loose, path)
	return place(path, content)
}

// Flush makes what was appended durable, and shows it to readers. A checkpoint must not be
// signed before. It does nothing when nothing was appended.
func (l *Log) Flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return l.broken
	}
	return l.flush()
}

func (l *Log) flush() error {
	if !l.dirty {
		return nil
	}
	if err := l.store(l.view()); err != nil {
		l.broken = fmt.Errorf("flush the ledger log %s: %w", l.dir, err)
		return l.broken
	}
	l.sizes, l.loose, l.dirty = nil, nil, false
	return nil
}

// store writes the state after all that it speaks of.
func (l *Log) store(v view) error {
	if err := syncAll(l.dir, l.loose); err != nil {
		return err
	}
	if err := appendSizes(l.dir, v.Blocks-uint64(len(v.recent)), v.recent); err != nil {
		return err
	}
	content, err := v.encode()
	if err != nil {
		return err
	}
	return replace(filepath.Join(l.dir, stateFile), content)
}

// view is the log as it is now. Requires the lock, or that nobody else has the log yet.
func (l *Log) view() view {
	head := l.head
	head.Size, head.Root = l.grower.size(), l.grower.root()
	s := state{Head: head, last: l.last, edge: slices.Clone(l.grower.edge), entries: l.grower.entries}
	return view{l.dir, s, slices.Clone(l.sizes)}
}

// now is the log as it is, flushed or not.
func (l *Log) now() view {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.view()
}

// Head says how far the log has come, flushed or not.
func (l *Log) Head() Head { return l.now().Head }

// SetCheckpoint keeps a checkpoint, for readers. It must be one of this log: with its
// origin, and the root that it has at that size. What it speaks of is flushed before.
func (l *Log) SetCheckpoint(c tlog.SignedCheckpoint) error {
	v := l.now()
	root, err := v.rootAt(c.Size)
	switch {
	case err != nil:
		return err
	case c.Origin != v.Origin:
		return fmt.Errorf("the checkpoint is one of %s, this log is %s", c.Origin, v.Origin)
	case c.Root != root:
		return fmt.Errorf("the checkpoint has the root %s for size %d, this log has %s", c.Root, c.Size, root)
	}
	if err := l.Flush(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return replace(filepath.Join(l.dir, checkpointFile), c.Marshal())
}

// Close flushes the log and lets another process write it.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if l.broken == nil {
		err = l.flush()
	}
	if l.broken == nil {
		l.broken = fmt.Errorf("the ledger log %s is closed", l.dir)
	}
	return errors.Join(err, l.lock.Unlock())
}
