package batchfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ErrNoNames says that a batch's members have names, but that the file with them is gone.
var ErrNoNames = errors.New("the file with the names of the documents is not there")

// namePage are the names of one page, the one that was used last.
type namePage struct {
	file   *os.File
	loaded bool
	page   uint64
	names  []string // nil: the page's members have none
}

func (n *namePage) close() error {
	if n.file == nil {
		return nil
	}
	return n.file.Close()
}

// Name is what member i is called, empty when it has no name. It fails with ErrNoNames when the
// file with the names was deleted, and with a *DamagedError when that is not as it was
// written.
func (f *File) Name(i uint64) (string, error) {
	if i >= f.layout.count {
		return "", fmt.Errorf("%s has %d members: there is none with index %d", f.path, f.layout.count, i)
	}
	if f.head.NameBytes == 0 {
		return "", nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	page := i >> pageBits
	if !f.names.loaded || f.names.page != page {
		names, err := f.readNames(page)
		if err != nil {
			return "", err
		}
		f.names.loaded, f.names.page, f.names.names = true, page, names
	}
	if f.names.names == nil {
		return "", nil
	}
	return f.names.names[i%perBlock], nil
}

func (f *File) readNames(page uint64) ([]string, error) {
	if err := f.openNames(); err != nil {
		return nil, err
	}
	from, err := f.nameEnd(page)
	if err != nil {
		return nil, err
	}
	to, err := f.nameEnd(page + 1)
	if err != nil {
		return nil, err
	}
	if from > to || to > f.head.NameBytes {
		return nil, f.damaged("it does not say where the names of page %d are", page)
	}
	if from == to {
		return nil, nil
	}
	text := make([]byte, to-from)
	if _, err := f.names.file.ReadAt(text, int64(from)); err != nil && !errors.Is(err, io.EOF) { //nolint:gosec // at most NameBytes
		return nil, fmt.Errorf("%s: %w", f.path+namesSuffix, err)
	}
	members := min(f.layout.count-page<<pageBits, perBlock)
	names := make([]string, 0, members)
	for line := range bytes.Lines(text) {
		name, err := parseName(line)
		if err != nil {
			return nil, f.namesDamaged("name %d of page %d %v", len(names), page, err)
		}
		names = append(names, name)
	}
	if uint64(len(names)) != members {
		return nil, f.namesDamaged("page %d has %d names, not %d", page, len(names), members)
	}
	return names, nil
}

// nameEnd is where the names of the first so many pages end.
func (f *File) nameEnd(pages uint64) (uint64, error) {
	switch {
	case pages == 0:
		return 0, nil
	case pages<<pageBits > f.layout.count: // the last page, which is not full
		return f.head.NameBytes, nil
	}
	var end [8]byte
	if err := f.read(end[:], f.layout.pageEntryAt(pages-1)+hashSize); err != nil {
		return 0, err
	}
	return binary.BigEndian.Uint64(end[:]), nil
}

func (f *File) openNames() error {
	if f.names.file != nil {
		return nil
	}
	path := f.path + namesSuffix
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", path, ErrNoNames)
	}
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil && uint64(info.Size()) != f.head.NameBytes { //nolint:gosec // not negative
		err = f.namesDamaged("it has %d bytes, not %d", info.Size(), f.head.NameBytes)
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	f.names.file = file
	return nil
}

func (f *File) namesDamaged(format string, args ...any) error {
	return &DamagedError{f.path + namesSuffix, fmt.Sprintf(format, args...)}
}
