package queue

import (
	"fmt"
	"os"
)

// Batch is lines that were taken together.
type Batch struct {
	Number int
	First  int // sequence number of the first line
	Lines  [][]byte
}

// Cut hands out the batch that comes next: at most maxLines lines of maxBytes in
// all, counted as in Options.MaxBytes, but at least one line; nil when none waits.
// Number and extent are durable before Cut returns. Until the batch is done, every
// Cut gives the same one, whatever its bounds, and so after a crash.
func (q *Queue) Cut(maxLines, maxBytes int) (*Batch, error) {
	q.taking.Lock()
	defer q.taking.Unlock()
	entries, end, err := q.waiting()
	if err != nil {
		return nil, err
	}
	bounds := bounds{lines: maxLines, bytes: int64(maxBytes)}
	if q.state.Count > 0 {
		bounds.lines, bounds.bytes = q.state.Count, 0
	}
	lines, err := collect(entries, q.state.First, bounds)
	if err != nil || end == q.state.First {
		return nil, err
	}
	digest := digestOf(lines)
	switch {
	case q.state.Count == 0:
		cut := q.state
		cut.Count, cut.Digest = len(lines), digest
		if err := cut.write(q.path(stateFile)); err != nil {
			return nil, err
		}
		q.state = cut
	case digest != q.state.Digest:
		return nil, fmt.Errorf("%s: line 1: batch %d was cut with other lines than lines %d to %d of the queue",
			q.path(stateFile), q.state.Number, q.state.First, q.state.First+q.state.Count-1)
	}
	return &Batch{Number: q.state.Number, First: q.state.First, Lines: lines}, nil
}

// Done forgets the batch that Cut handed out. It is durable once Done has returned
// nil; after an error it may be done again.
func (q *Queue) Done(batch *Batch) error {
	q.taking.Lock()
	defer q.taking.Unlock()
	if _, _, err := q.waiting(); err != nil {
		return err
	}
	if q.state.Count == 0 || batch.Number != q.state.Number {
		return fmt.Errorf("batch %d is not the one that was cut", batch.Number)
	}
	done := state{Name: q.state.Name, Number: q.state.Number + 1, First: q.state.First + q.state.Count, V: version}
	if err := done.write(q.path(stateFile)); err != nil {
		return err
	}
	q.state = done
	var bytes int64
	for _, line := range batch.Lines {
		bytes += sizeOf(line)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.index.take(done.First, bytes)
	q.forget()
	return nil
}

// waiting is a view of the groups that wait, and the number of the line that will
// come next.
func (q *Queue) waiting() ([]entry, int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, 0, ErrClosed
	}
	return q.index.entries, q.index.next, nil
}

// forget removes the files that are not needed any more. One that cannot be removed
// is tried again with the next batch. Requires the lock mu.
func (q *Queue) forget() {
	for _, s := range q.index.spent() {
		if err := os.Remove(s.path); err != nil && !os.IsNotExist(err) {
			return
		}
		q.index.segments = q.index.segments[1:]
	}
}

// bounds of a batch; 0 bytes is no bound.
type bounds struct {
	lines int
	bytes int64
}

// collect reads lines from the one with the number first on.
func collect(entries []entry, first int, most bounds) ([][]byte, error) {
	var lines [][]byte
	var bytes int64
	var in reader
	defer in.close()
	for _, e := range entries {
		g, err := in.read(e)
		if err != nil {
			return nil, err
		}
		for _, line := range g.lines[max(0, first-e.first):] {
			bytes += sizeOf(line)
			full := len(lines) == most.lines || most.bytes > 0 && bytes > most.bytes
			if full && len(lines) > 0 {
				return lines, nil
			}
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// reader reads groups, one file open at a time.
type reader struct {
	path string
	file *os.File
}

func (r *reader) read(e entry) (group, error) {
	if r.file == nil || r.path != e.segment.path {
		r.close()
		opened, err := os.Open(e.segment.path)
		if err != nil {
			return group{}, err
		}
		r.file, r.path = opened, e.segment.path
	}
	line := make([]byte, e.length)
	if _, err := r.file.ReadAt(line, e.offset); err != nil {
		return group{}, fmt.Errorf("%s: at byte %d: %w", r.path, e.offset, err)
	}
	g, err := openGroup(line)
	if err == nil && len(g.lines) != e.count {
		err = fmt.Errorf("has %d lines, not %d", len(g.lines), e.count)
	}
	if err != nil {
		return group{}, fmt.Errorf("%s: the line at byte %d: %w", r.path, e.offset, err)
	}
	return g, nil
}

func (r *reader) close() {
	if r.file != nil {
		_ = r.file.Close() // it was only read
		r.file = nil
	}
}
