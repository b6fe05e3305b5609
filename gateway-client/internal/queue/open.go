package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"github.com/psbc-lu/psbc/gateway-client/internal/durable"
)

const (
	lockFile  = "lock"
	stateFile = "state"
)

// Open opens the queue in a directory, or makes one if the directory is not there or
// empty. What an interrupted write left at its end is cut off. Errors name the file
// and the line that is damaged; ErrLocked says that the queue is in use.
func Open(dir string, options Options) (*Queue, error) {
	return open(dir, options, openFile)
}

func open(dir string, options Options, openTail func(string) (file, error)) (*Queue, error) {
	if options.SegmentBytes == 0 {
		options.SegmentBytes = DefaultSegmentBytes
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := durable.SyncDir(filepath.Dir(dir)); err != nil {
		return nil, err
	}
	q := &Queue{dir: dir, options: options, lock: flock.New(filepath.Join(dir, lockFile)),
		tail: tail{dir: dir, limit: options.SegmentBytes, open: openTail}}
	locked, err := q.lock.TryLock()
	switch {
	case err != nil:
		return nil, err
	case !locked:
		return nil, ErrLocked
	}
	if err := q.load(); err != nil {
		return nil, errors.Join(err, q.tail.close(), q.lock.Unlock())
	}
	return q, nil
}

func (q *Queue) load() error {
	paths, err := q.tidy()
	if err != nil {
		return err
	}
	if err := q.loadState(len(paths) == 0); err != nil {
		return err
	}
	q.index = index{first: q.state.First, next: q.state.First}
	for i, path := range paths {
		if err := q.loadSegment(path, i == 0, i == len(paths)-1); err != nil {
			return err
		}
	}
	if err := q.checkEnd(len(paths) == 0); err != nil {
		return err
	}
	q.forget()
	return nil
}

// tidy removes what interrupted replacements left, and returns the segments in their
// order.
func (q *Queue) tidy() ([]string, error) {
	files, err := os.ReadDir(q.dir)
	if err != nil {
		return nil, err
	}
	var segments []string
	for _, f := range files {
		name := f.Name()
		switch {
		case strings.HasPrefix(name, "."+stateFile+"."), strings.HasPrefix(name, ".") && strings.Contains(name, suffix+"."):
			if err := os.Remove(q.path(name)); err != nil {
				return nil, err
			}
		case strings.HasSuffix(name, suffix):
			segments = append(segments, q.path(name))
		}
	}
	slices.Sort(segments)
	return segments, nil
}

// loadState reads how far the queue was taken; in an empty directory it begins one.
func (q *Queue) loadState(empty bool) error {
	path := q.path(stateFile)
	found, err := readState(path)
	if errors.Is(err, fs.ErrNotExist) && empty {
		number, err := q.options.FirstNumber()
		if err != nil {
			return err
		}
		q.state = state{Name: q.options.Name, Number: number, First: 1, V: version}
		return q.state.write(path)
	}
	if err != nil {
		return err
	}
	if found.Name != q.options.Name {
		return fmt.Errorf("%s: is that of the queue %q, not %q", path, found.Name, q.options.Name)
	}
	q.state = found
	return nil
}

// loadSegment takes over a segment. Only the last one can be torn, and only the first
// may begin anywhere.
func (q *Queue) loadSegment(path string, isFirst, isLast bool) error {
	first, err := firstOf(path)
	if err != nil {
		return err
	}
	if isFirst {
		q.index.next = first
	}
	if first != q.index.next || isFirst && first > q.state.First {
		return fmt.Errorf("%s: line 1: lines %d to %d are missing before it", path, min(q.index.next, q.state.First), first-1)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	groups, valid, err := parseSegment(content, first, isLast)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	where := &segment{path: path, first: first}
	q.index.segments = append(q.index.segments, where)
	for _, g := range groups {
		e := entry{place: place{segment: where, offset: g.offset, length: g.length}, first: q.index.next, count: len(g.lines), at: g.at}
		q.index.add(e, g.waiting(q.state.First-e.first))
	}
	if !isLast {
		return nil
	}
	return q.tail.resume(where, valid, int64(len(content)))
}

// waiting is the size of a group's lines less the first that are done.
func (g group) waiting(done int) int64 {
	var size int64
	for _, line := range g.lines[min(max(0, done), len(g.lines)):] {
		size += sizeOf(line)
	}
	return size
}

// checkEnd makes sure that every line is there that the state speaks of.
func (q *Queue) checkEnd(empty bool) error {
	last, found := q.state.First+q.state.Count-1, q.index.next-1
	if empty {
		found = 0
	}
	if found < last {
		return fmt.Errorf("%s: line 1: speaks of lines up to %d, but the segments end with line %d", q.path(stateFile), last, found)
	}
	return nil
}

// resume goes on at the end of a segment, of which valid bytes out of size are whole.
func (t *tail) resume(where *segment, valid, size int64) error {
	opened, err := t.open(where.path)
	if err != nil {
		return err
	}
	t.file, t.where, t.size, t.broken = opened, where, valid, size > valid
	return t.repair()
}
