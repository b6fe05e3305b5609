package queue

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/psbc-lu/psbc/gateway-client/internal/durable"
)

// file is what the queue needs of an open segment.
type file interface {
	io.WriteCloser
	Sync() error
	Truncate(size int64) error
}

// tail is the end of the last segment, where groups are added.
type tail struct {
	dir    string
	limit  int64 // of a segment's size
	open   func(path string) (file, error)
	file   file // nil while there is no segment
	where  *segment
	size   int64 // that is known to be whole and durable
	broken bool  // there may be more in the file than size
	closed bool
}

// append makes a group durable, whose first line has the number first. After an
// error nothing of it is left, or the next append removes it.
func (t *tail) append(first int, line []byte) (place, error) {
	if t.closed {
		return place{}, ErrClosed
	}
	if err := t.repair(); err != nil {
		return place{}, err
	}
	if t.file == nil || t.size >= t.limit && t.where.first < first {
		if err := t.begin(first); err != nil {
			return place{}, err
		}
	}
	_, err := t.file.Write(line)
	if err == nil {
		err = t.file.Sync()
	}
	if err != nil {
		t.broken = true
		_ = t.repair() // tried again before anything else is written
		return place{}, err
	}
	added := place{segment: t.where, offset: t.size, length: int64(len(line))}
	t.size += added.length
	return added, nil
}

// begin goes on in a new segment.
func (t *tail) begin(first int) error {
	content, err := sealHeader(first)
	if err != nil {
		return err
	}
	next := &segment{path: filepath.Join(t.dir, segmentName(first)), first: first}
	if err := durable.Replace(next.path, content); err != nil {
		return err
	}
	opened, err := t.open(next.path)
	if err != nil {
		return err
	}
	if t.file != nil {
		_ = t.file.Close() // all of it is on disk
	}
	t.file, t.where, t.size = opened, next, int64(len(content))
	return nil
}

// repair cuts off what a failed append may have left.
func (t *tail) repair() error {
	if !t.broken {
		return nil
	}
	if err := t.file.Truncate(t.size); err != nil {
		return fmt.Errorf("cut off what was not written: %w", err)
	}
	if err := t.file.Sync(); err != nil {
		return err
	}
	t.broken = false
	return nil
}

func (t *tail) close() error {
	t.closed = true
	if t.file == nil {
		return nil
	}
	return t.file.Close()
}

func openFile(path string) (file, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
}
