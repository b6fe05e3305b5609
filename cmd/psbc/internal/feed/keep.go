package feed

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/psbc-lu/psbc/chaincode/trail"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// keptVersion is the "v" of a line.
const keptVersion = 1

// Kept is a sealed batch as it is kept to be revealed: a line of the file. Whoever
// has the file can reveal the batch, and nobody can without.
type Kept struct {
	V           int    `json:"v"`
	RequestID   string `json:"requestId"`
	trail.Place        // on the ledger
	RevealAfter string `json:"revealAfter"`
	// Entries are the entries with their salts.
	Entries []trail.Opened `json:"entries"`
}

// seal gives every entry a salt of its own.
func seal(place trail.Place, requestID, revealAfter string, entries []trail.Entry) (Kept, error) {
	_, opened, err := gateway.NewCommitments(place, entries)
	return Kept{V: keptVersion, RequestID: requestID, Place: place, RevealAfter: revealAfter, Entries: opened}, err
}

// Request returns the request that seals the batch.
func (k Kept) Request() (trail.SealRequest, error) {
	request := trail.SealRequest{RequestID: k.RequestID, Place: k.Place, RevealAfter: k.RevealAfter, Commitments: make([]string, len(k.Entries))}
	for i, opened := range k.Entries {
		var err error
		if request.Commitments[i], err = trail.Commit(k.Trail, k.Source, k.Number, i, opened.Entry, opened.Salt); err != nil {
			return trail.SealRequest{}, err
		}
	}
	return request, nil
}

// Reveal returns the request that reveals the batch.
func (k Kept) Reveal() trail.RevealRequest {
	return trail.RevealRequest{Trail: k.Trail, Source: k.Source, Number: k.Number, Entries: k.Entries}
}

// Sealed says whether head is the batch that k opens, rather than another one that got
// its number.
func (k Kept) Sealed(head trail.Batch) (bool, error) {
	request, err := k.Request()
	if err != nil {
		return false, err
	}
	content, err := trail.ContentHash("Seal", request) // the contract's function
	return content == head.Content, err
}

// keep is the file of sealed batches while it is being written.
type keep struct {
	file *os.File
	path string
}

// openKeep opens the file, or makes it, readable for its owner only. A line that
// was not finished, whose batch was never sent, is cut off.
func openKeep(path string) (*keep, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the file of salts: %w", err)
	}
	k := &keep{file, path}
	if err := k.mend(); err != nil {
		_ = file.Close() // the first error tells more
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return k, syncDir(filepath.Dir(path))
}

func (k *keep) mend() error {
	info, err := k.file.Stat()
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("others than its owner may read it (mode %04o); it holds what is sealed", info.Mode().Perm())
	}
	end := int64(0)
	for kept, err := range readKept(k.file) {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			break
		}
		if err != nil {
			return err
		}
		end = kept.end
	}
	if err := k.file.Truncate(end); err != nil {
		return err
	}
	_, err = k.file.Seek(end, io.SeekStart)
	return err
}

// add writes a batch, which is on the disk once add returns nil.
func (k *keep) add(batch Kept) error {
	text, err := json.Marshal(batch)
	if err != nil {
		return err
	}
	if _, err := k.file.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("write %s: %w", k.path, err)
	}
	if err := k.file.Sync(); err != nil {
		return fmt.Errorf("write %s: %w", k.path, err)
	}
	return nil
}

// find returns the batch of a request.
func (k *keep) find(requestID string) (Kept, bool, error) {
	for batch, err := range ReadKept(k.path) {
		if err != nil {
			return Kept{}, false, err
		}
		if batch.RequestID == requestID {
			return batch, true, nil
		}
	}
	return Kept{}, false, nil
}

func (k *keep) close() error { return k.file.Close() }

// ReadKept reads the batches in a file of sealed ones, in their order. A last line
// without its end was never sent, and is left out.
func ReadKept(path string) iter.Seq2[Kept, error] {
	return func(yield func(Kept, error) bool) {
		file, err := os.Open(path)
		if err != nil {
			yield(Kept{}, err)
			return
		}
		defer file.Close()
		for kept, err := range readKept(file) {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				return
			}
			if err != nil {
				err = fmt.Errorf("%s: %w", path, err)
			}
			if !yield(kept.Kept, err) || err != nil {
				return
			}
		}
	}
}

// keptAt is a batch with the offset of the end of its line.
type keptAt struct {
	Kept
	end int64
}

// readKept yields io.ErrUnexpectedEOF last when the last line has no end.
func readKept(in io.Reader) iter.Seq2[keptAt, error] {
	return func(yield func(keptAt, error) bool) {
		reader := bufio.NewReaderSize(in, 1<<20)
		at := keptAt{}
		for number := 1; ; number++ {
			text, err := reader.ReadBytes('\n')
			if errors.Is(err, io.EOF) {
				if len(bytes.TrimSpace(text)) > 0 {
					yield(keptAt{}, cutOff(text))
				}
				return
			}
			if err != nil {
				yield(keptAt{}, err)
				return
			}
			at.Kept, at.end = Kept{}, at.end+int64(len(text))
			if err := json.Unmarshal(text, &at.Kept); err != nil || at.V != keptVersion || at.RequestID == "" {
				yield(keptAt{}, fmt.Errorf("line %d is not a sealed batch", number))
				return
			}
			if !yield(at, nil) {
				return
			}
		}
	}
}

// cutOff tells a line that a crash cut off from a file that is something else, which
// must not be cut.
func cutOff(text []byte) error {
	begins := []byte(`{"v":1,"requestId":`)
	if common := min(len(text), len(begins)); bytes.Equal(text[:common], begins[:common]) {
		return io.ErrUnexpectedEOF
	}
	return errors.New("is not a file of sealed batches")
}
