// Package journal remembers on disk how far an import came, so that it can be
// taken up again after a crash.
//
// A journal is a text file that only grows. Its first line says which import it
// belongs to; it is there from the start, or there is no file. Every other line is
// a batch that was begun or is done, written before the batch is sent and after
// its answer. Each line carries a checksum: a last line that a crash cut off is
// dropped, and any other damage is an error.
package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/gateway-client/internal/durable"
)

// Version is the "v" of a journal's first line.
const Version = 1

// Header says which import a journal belongs to.
type Header struct {
	V        int    `json:"v"`
	ImportID string `json:"importId"`
	Register string `json:"register"`
	Body     string `json:"body"` // MSP ID
}

// RequestID is the id that a batch is sent under, whenever it is sent.
func (h Header) RequestID(batch int) string { return fmt.Sprintf("%s-%08d", h.ImportID, batch) }

// Entry is a batch: rows First to First+Rows-1 of the stream, counted from 0.
type Entry struct {
	Batch     int    `json:"batch"` // from 0
	RequestID string `json:"requestId"`
	First     int    `json:"first"`
	Rows      int    `json:"rows"`
	Digest    string `json:"digest"` // of the rows
	Done      bool   `json:"done,omitempty"`
}

// Journal is an open journal file. One process may use it at a time. It is safe
// for concurrent use.
type Journal struct {
	file  *os.File
	state State

	mu     sync.Mutex
	failed error // of an Append: it may have left a part of a line
}

// Open opens a journal, or makes one with the header if there is no file. What an
// interrupted write left at its end is cut off.
func Open(path string, header Header) (*Journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if errors.Is(err, fs.ErrNotExist) {
		if err := create(path, header); err != nil {
			return nil, err
		}
		file, err = os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	}
	if err != nil {
		return nil, err
	}
	j := &Journal{file: file}
	if err := j.load(); err != nil {
		_ = file.Close() // the first error tells more
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return j, nil
}

func create(path string, header Header) error {
	text, err := canonical.Marshal(header)
	if err != nil {
		return err
	}
	return durable.Replace(path, durable.Seal(text))
}

func (j *Journal) load() error {
	state, valid, err := Parse(j.file)
	if err != nil {
		return err
	}
	j.state = state
	size, err := j.file.Seek(0, io.SeekEnd)
	if err != nil || size == valid {
		return err
	}
	if err := j.file.Truncate(valid); err != nil {
		return err
	}
	return j.file.Sync()
}

// Header is the journal's first line.
func (j *Journal) Header() Header { return j.state.Header }

// Entries are the batches in their order, as they stood when the journal was
// opened.
func (j *Journal) Entries() []Entry { return j.state.Entries }

// Append adds an entry. It is durable once Append has returned without an error.
// After an error every Append fails, since nothing may follow a broken line.
func (j *Journal) Append(entry Entry) error {
	text, err := canonical.Marshal(entry)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failed != nil {
		return j.failed
	}
	if _, j.failed = j.file.Write(durable.Seal(text)); j.failed == nil {
		j.failed = j.file.Sync()
	}
	return j.failed
}

// Close closes the file.
func (j *Journal) Close() error { return j.file.Close() }
