package ledgerlog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// reading implements Source over what now returns.
type reading struct{ now func() (view, error) }

// Checkpoint implements [Source].
func (r reading) Checkpoint() (tlog.SignedCheckpoint, error) {
	v, err := r.now()
	if err != nil {
		return tlog.SignedCheckpoint{}, err
	}
	return v.checkpoint()
}

// SizeAt implements [Source].
func (r reading) SizeAt(block uint64) (uint64, error) {
	v, err := r.now()
	if err != nil {
		return 0, err
	}
	return v.sizeAt(block)
}

// Root implements [Source].
func (r reading) Root(size uint64) (Hash, error) {
	v, err := r.now()
	if err != nil {
		return Hash{}, err
	}
	return v.rootAt(size)
}

// Entry implements [Source].
func (r reading) Entry(index uint64) ([]byte, error) {
	v, err := r.now()
	if err != nil {
		return nil, err
	}
	return v.entryAt(index)
}

// Inclusion implements [Source].
func (r reading) Inclusion(index, size uint64) ([]Hash, error) {
	v, err := r.now()
	if err != nil {
		return nil, err
	}
	return v.inclusion(index, size)
}

// Consistency implements [Source].
func (r reading) Consistency(a, b uint64) ([]Hash, error) {
	v, err := r.now()
	if err != nil {
		return nil, err
	}
	return v.consistency(a, b)
}

// Reader reads the log in a directory, which another process may be writing: each call sees
// the log as it was flushed last. It is safe for concurrent use.
type Reader struct {
	reading
	dir string

	mu    sync.Mutex
	info  fs.FileInfo // of the file that state was read from
	state state
}

// OpenReader reads the log in a directory. It takes no lock, and there is nothing to close.
// A directory in which no log was flushed yet is an empty log.
func OpenReader(dir string) (*Reader, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("there is no ledger log: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("there is no ledger log: %s is not a directory", dir)
	}
	r := &Reader{dir: dir}
	r.reading.now = r.now
	return r, nil
}

// Head says how far the log has come.
func (r *Reader) Head() (Head, error) {
	v, err := r.now()
	return v.Head, err
}

// now reads the state, unless its file is the one that was read last. The file is only ever
// replaced by another.
func (r *Reader) now() (view, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	info, err := os.Stat(filepath.Join(r.dir, stateFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return view{}, err
	}
	if err == nil && r.info != nil && os.SameFile(info, r.info) && info.ModTime().Equal(r.info.ModTime()) && info.Size() == r.info.Size() {
		return view{dir: r.dir, state: r.state}, nil
	}
	s, err := readState(r.dir)
	if err != nil {
		return view{}, err
	}
	// What is read may be newer than info, which then differs next time.
	r.info, r.state = info, s
	return view{dir: r.dir, state: s}, nil
}
