package queue

import (
	"bytes"
	"errors"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// What a queue can refuse.
var (
	// ErrFull says that the lines that wait have Options.MaxBytes.
	ErrFull = errors.New("the queue is full")
	// ErrLocked says that another process, or another Queue, uses the directory.
	ErrLocked = errors.New("the queue is in use by another process")
	// ErrClosed says that the queue was closed.
	ErrClosed = errors.New("the queue is closed")
)

// maxGroup bounds the lines of one write, so that a segment's line is never huge.
const maxGroup = 1 << 20

// DefaultSegmentBytes is how large a segment grows before the next one begins.
const DefaultSegmentBytes = 4 << 20

// Options say what a queue is. Name, MaxBytes and FirstNumber are required.
type Options struct {
	// Name says what the queue is for. A directory is opened under one name only.
	Name string
	// MaxBytes bounds the lines that wait, one byte for each line's end included. The
	// directory can be larger by one segment, and by some tens of bytes for each group.
	MaxBytes int64
	// SegmentBytes: 0 for DefaultSegmentBytes.
	SegmentBytes int64
	// FirstNumber gives the number, from 1, of the first batch ever. It is asked only
	// when the directory is new.
	FirstNumber func() (int, error)
}

// Queue is an open queue. It is safe for concurrent use.
type Queue struct {
	dir     string
	options Options
	lock    *flock.Flock

	// taking is held while a batch is cut or done; it protects state.
	taking sync.Mutex
	state  state

	// writing is held while lines are made durable; it protects tail.
	writing sync.Mutex
	tail    tail

	mu       sync.Mutex // protects what follows, never held during a write
	closed   bool
	pending  *write // takes lines until somebody begins to write it
	reserved int64  // bytes of lines that are being added
	index    index
}

// Stats is what a queue holds.
type Stats struct {
	Lines  int       // that wait, those of a batch that is cut included
	Bytes  int64     // of them
	Oldest time.Time // when the first of them was added; zero when there is none
	Added  int       // sequence number of the last line, 0 for none
	Taken  int       // sequence number of the last line of a batch that is done
}

// Add appends a line, and returns nil once it is durable. The line is not empty and
// has no control characters. Concurrent calls share a flush to disk; the lines of
// calls that follow each other keep their order.
//
// After an error the line is not in the queue; only a crash that follows at once can
// leave it there. ErrFull and ErrClosed say so; other errors are the disk's, and the
// next Add tries again.
func (q *Queue) Add(line []byte) error {
	if len(line) == 0 || bytes.ContainsFunc(line, func(r rune) bool { return r < ' ' }) {
		return errors.New("a line of a queue is not empty and has no control characters")
	}
	w, err := q.join(line)
	if err != nil {
		return err
	}
	q.writing.Lock()
	defer q.writing.Unlock()
	if !w.done { // else the one who held the lock before wrote this line too
		q.commit(w)
	}
	return w.err
}

// write is lines that become durable together.
type write struct {
	lines [][]byte
	size  int64
	done  bool // protected by Queue.writing, as is err
	err   error
}

// join adds a line to the write that comes next.
func (q *Queue) join(line []byte) (*write, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	size := sizeOf(line)
	switch {
	case q.closed:
		return nil, ErrClosed
	case q.index.bytes+q.reserved+size > q.options.MaxBytes:
		return nil, ErrFull
	}
	if q.pending == nil || q.pending.size+size > maxGroup {
		q.pending = &write{}
	}
	w := q.pending
	w.lines = append(w.lines, bytes.Clone(line))
	w.size += size
	q.reserved += size
	return w, nil
}

// commit makes a write durable. Requires the lock writing.
func (q *Queue) commit(w *write) {
	q.mu.Lock()
	if q.pending == w {
		q.pending = nil
	}
	first := q.index.next
	q.mu.Unlock()

	at := time.Now().UTC()
	place, err := q.tail.append(first, sealGroup(at, w.lines))

	q.mu.Lock()
	defer q.mu.Unlock()
	w.done, w.err = true, err
	q.reserved -= w.size
	if err == nil {
		q.index.add(entry{place: place, first: first, count: len(w.lines), at: at}, w.size)
	}
}

// Stats says what the queue holds.
func (q *Queue) Stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := Stats{Lines: q.index.next - q.index.first, Bytes: q.index.bytes, Added: q.index.next - 1, Taken: q.index.first - 1}
	if s.Lines > 0 {
		s.Oldest = q.index.entries[0].at
	}
	return s
}

// Close lets others open the queue. An Add that has not begun to write yet fails
// with ErrClosed, one that has ends first.
func (q *Queue) Close() error {
	q.mu.Lock()
	closed := q.closed
	q.closed = true
	q.mu.Unlock()
	if closed {
		return nil
	}
	q.taking.Lock()
	defer q.taking.Unlock()
	q.writing.Lock()
	defer q.writing.Unlock()
	return errors.Join(q.tail.close(), q.lock.Unlock())
}

func (q *Queue) path(name string) string { return filepath.Join(q.dir, name) }

// sizeOf is what a line counts for.
func sizeOf(line []byte) int64 { return int64(len(line)) + 1 }
