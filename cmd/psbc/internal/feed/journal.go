package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// journalVersion is the "v" of a journal's first line.
const journalVersion = 1

// ErrOther says that a journal, or the lines that it knows, belong to something else.
var ErrOther = errors.New("belongs to something else")

// header is a journal's first line: what it is the journal of.
type header struct {
	V      int    `json:"v"`
	Trail  string `json:"trail"`
	Source string `json:"source"`
	Body   string `json:"body"` // MSP ID
	Sealed bool   `json:"sealed"`
}

// Begun is a batch that was about to be sent, or is done.
type Begun struct {
	RequestID string `json:"requestId"`
	// Earlier are ids under which its lines were sent before they were corrected, and
	// may yet get to the ledger.
	Earlier   []string `json:"earlier,omitempty"`
	Number    int      `json:"number"`
	Previous  int      `json:"previous"`
	GapReason string   `json:"gapReason,omitempty"`
	Lines     int      `json:"lines"`
	Digest    string   `json:"digest"` // SHA-256 of the lines, in hexadecimal
	Done      bool     `json:"done,omitempty"`
}

// journal is a text file that only grows: its header, and a line of JSON for each
// batch that was begun, and again when it is done. A last line without its end was
// cut off by a crash, before the batch was sent, and does not count. One process uses
// a journal at a time: two would give the same lines two numbers.
type journal struct {
	file    *os.File
	lock    *flock.Flock
	batches []Begun // in their order; only the last may not be done
}

// openJournal opens the journal at path, or makes it.
func openJournal(path string, want header) (*journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	j := &journal{file: file, lock: flock.New(path)}
	if err = j.alone(); err == nil {
		err = j.load(want)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		_ = j.close() // the first error tells more
		return nil, fmt.Errorf("the journal %s: %w", path, err)
	}
	return j, nil
}

func (j *journal) alone() error {
	locked, err := j.lock.TryLock()
	if err == nil && !locked {
		err = errors.New("another process is using it")
	}
	return err
}

func (j *journal) load(want header) error {
	content, err := io.ReadAll(j.file)
	if err != nil {
		return err
	}
	whole := content[:bytes.LastIndexByte(content, '\n')+1]
	if len(whole) == 0 {
		if len(content) > 0 && content[0] != '{' {
			return ErrOther // and is not overwritten
		}
		if err := j.truncate(0); err != nil {
			return err
		}
		return j.write(want)
	}
	first := true
	for text := range bytes.Lines(whole) {
		if first {
			err = checkHeader(text, want)
			first = false
		} else {
			err = j.take(text)
		}
		if err != nil {
			return err
		}
	}
	return j.truncate(int64(len(whole)))
}

func checkHeader(text []byte, want header) error {
	var found header
	if err := json.Unmarshal(text, &found); err != nil || found.V == 0 || found.Trail == "" {
		return ErrOther
	}
	if found.V != journalVersion {
		return fmt.Errorf("is of version %d, this program knows %d", found.V, journalVersion)
	}
	if found != want {
		how := map[bool]string{false: "", true: ", sealed"}
		return fmt.Errorf("%w: it is that of source %s of %s by %s%s", ErrOther, found.Source, found.Trail, found.Body, how[found.Sealed])
	}
	return nil
}

// take adds what a line says to what was read so far.
func (j *journal) take(text []byte) error {
	var b Begun
	if err := json.Unmarshal(text, &b); err != nil || b.RequestID == "" || b.Lines < 1 {
		return errors.New("is damaged")
	}
	if n := len(j.batches); n > 0 && !j.batches[n-1].Done {
		j.batches[n-1] = b // it is done now, or was begun anew
		return nil
	}
	j.batches = append(j.batches, b)
	return nil
}

// add writes that a batch was begun, or is done. It is durable once add returns nil.
func (j *journal) add(b Begun) error {
	if err := j.write(b); err != nil {
		return fmt.Errorf("write the journal: %w", err)
	}
	return nil
}

func (j *journal) write(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(append(text, '\n')); err != nil {
		return err
	}
	return j.file.Sync()
}

func (j *journal) truncate(size int64) error {
	if err := j.file.Truncate(size); err != nil {
		return err
	}
	_, err := j.file.Seek(size, io.SeekStart)
	return err
}

func (j *journal) close() error { return errors.Join(j.file.Close(), j.lock.Close()) }

// syncDir makes a new name in a directory durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	err = dir.Sync()
	if closeErr := dir.Close(); err == nil {
		err = closeErr
	}
	return err
}
