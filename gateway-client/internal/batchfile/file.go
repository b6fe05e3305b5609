package batchfile

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// ErrUnfinished says that a batch file was begun and not ended.
var ErrUnfinished = errors.New("the batch file was not finished: notarise the documents again with it")

// DamagedError is a batch file that is not as it was written.
type DamagedError struct {
	Path string
	What string
}

// Error names the file, and the remedy.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s is damaged: %s; restore it from a copy, or notarise the documents again with a new batch file", e.Path, e.What)
}

// File is an open batch file. It is safe for concurrent use.
type File struct {
	path   string
	file   *os.File
	layout layout
	head   Head
	begin  []byte // of a leaf

	mu     sync.Mutex
	answer *notary.Anchor
	blocks [blockLevels]blocksOf
	names  namePage
}

// Open opens a batch file. Errors match fs.ErrNotExist or ErrUnfinished when there is none, or
// are a *DamagedError. It reads no more than the head and the length, as any number of
// digests may follow; what is read later is checked then.
func Open(path string) (*File, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrPermission) {
		file, err = os.Open(path) // to cut paths, nothing need be written
	}
	if errors.Is(err, fs.ErrNotExist) {
		if _, statErr := os.Stat(path + partSuffix); statErr == nil {
			return nil, fmt.Errorf("%s: %w", path, ErrUnfinished)
		}
	}
	if err != nil {
		return nil, err
	}
	f := &File{path: path, file: file}
	if err := f.load(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return f, nil
}

func (f *File) load() error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	slots := make([]byte, dataAt)
	switch _, err := f.file.ReadAt(slots, 0); {
	case errors.Is(err, io.EOF):
		return f.damaged("it has %d bytes, and is no batch file", info.Size())
	case err != nil:
		return fmt.Errorf("%s: %w", f.path, err)
	}
	head, err := decodeHead(slots[:slotSize])
	if err != nil {
		return f.damaged("its head cannot be read: %v", err)
	}
	f.head = head
	f.begin = leafData(head.Request.Algorithm)
	f.layout = layout{digestSize: uint64(head.Request.Algorithm.Size()), count: head.Request.Count} //nolint:gosec // at most 64
	if want := f.layout.size(); uint64(info.Size()) != want {                                       //nolint:gosec // not negative
		return f.damaged("it has %d bytes, not %d", info.Size(), want)
	}
	f.answer = decodeAnswer(slots[answerAt:], head)
	return nil
}

func (f *File) damaged(format string, args ...any) error {
	return &DamagedError{f.path, fmt.Sprintf(format, args...)}
}

// Close closes the file.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.names.close(), f.file.Close())
}

// Path is what the file was opened as.
func (f *File) Path() string { return f.path }

// Head is what the file says of itself.
func (f *File) Head() Head { return f.head }

// Answer is the batch's anchor, nil as long as it is not known.
func (f *File) Answer() *notary.Anchor {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.answer
}

// SetAnswer keeps the batch's anchor in the file, durably.
func (f *File) SetAnswer(anchor notary.Anchor) error {
	if !f.head.answeredBy(anchor) {
		return fmt.Errorf("%s: the anchor of %s by %s is not that of the batch", f.path, anchor.Root, anchor.Body)
	}
	slot, err := encodeSlot(anchor)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.file.WriteAt(slot, answerAt); err != nil {
		return err
	}
	if err := f.file.Sync(); err != nil {
		return err
	}
	f.answer = &anchor
	return nil
}

// Digest is that of member i, which must be less than the request's count. That it is the one
// that was written, Member checks.
func (f *File) Digest(i uint64) (notary.Digest, error) {
	if i >= f.layout.count {
		return "", fmt.Errorf("%s has %d members: there is none with index %d", f.path, f.layout.count, i)
	}
	raw := make([]byte, f.layout.digestSize)
	if err := f.read(raw, f.layout.digestAt(i)); err != nil {
		return "", err
	}
	return f.digestOf(raw), nil
}

func (f *File) digestOf(raw []byte) notary.Digest {
	return notary.Digest(string(f.head.Request.Algorithm) + ":" + hex.EncodeToString(raw))
}

func (f *File) read(into []byte, at uint64) error {
	_, err := f.file.ReadAt(into, int64(at)) //nolint:gosec // within the file's length
	switch {
	case errors.Is(err, io.EOF):
		return f.damaged("it ends before byte %d", at+uint64(len(into)))
	case err != nil:
		return fmt.Errorf("%s: %w", f.path, err)
	}
	return nil
}
