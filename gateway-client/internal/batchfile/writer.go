package batchfile

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/gateway-client/internal/durable"
)

// Suffixes of the files beside a batch file.
const (
	namesSuffix = ".names"
	partSuffix  = ".part"
)

// writeBuffer is how much is written at once.
const writeBuffer = 1 << 20

// Writer writes a batch file. It is not safe for concurrent use.
type Writer struct {
	path   string
	layout layout
	data   *part
	names  *part // nil until a page has names

	tree     *compact.Range // over the pages
	pages    []byte         // hashes of the chapter's pages, with the ends of their names
	chapters []byte         // hashes of the volume's chapters
	volumes  []byte
	last     bool // a page that is not full was the last one
	err      error
}

// Create begins a batch file, whose path must not exist. What an interrupted Writer left for
// the same path is overwritten.
func Create(path string, algorithm notary.Algorithm) (*Writer, error) {
	size := algorithm.Size()
	if size == 0 {
		return nil, fmt.Errorf("the digest algorithm %q is unknown", algorithm)
	}
	// The new batch may have no names, and those of another must not stay.
	if err := remove(path + namesSuffix + partSuffix); err != nil {
		return nil, err
	}
	data, err := createPart(path)
	if err != nil {
		return nil, err
	}
	tree := &compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	w := &Writer{path: path, layout: layout{digestSize: uint64(size)}, data: data, tree: tree.NewEmptyRange(0)} //nolint:gosec // at most 64
	if err := w.data.write(make([]byte, dataAt)); err != nil {
		w.Abort()
		return nil, err
	}
	return w, nil
}

// Count is how many digests were appended.
func (w *Writer) Count() uint64 { return w.layout.count }

// Append adds a page, which must be full unless it is the last. After an error nothing more can
// be done but to Abort.
func (w *Writer) Append(page *Page) error {
	if w.err == nil {
		w.err = w.append(page)
	}
	return w.err
}

func (w *Writer) append(page *Page) error {
	switch {
	case w.last:
		return errors.New("a page after the last one")
	case uint64(len(page.digests)) != uint64(page.count)*w.layout.digestSize: //nolint:gosec // count is small
		return errors.New("a page of another algorithm's digests")
	case w.layout.count+uint64(page.count) > notary.MaxMembers: //nolint:gosec // count is small
		return fmt.Errorf("a batch has at most %d documents", uint64(notary.MaxMembers))
	}
	if err := w.data.write(page.digests); err != nil {
		return err
	}
	if err := w.appendNames(page.names); err != nil {
		return err
	}
	w.layout.count += uint64(page.count) //nolint:gosec // count is small
	root := page.root                    // the tree keeps it, and the page may be filled again
	if page.count < PageSize {
		w.last = true
		return w.tree.Append(root[:], nil)
	}
	w.pages = append(w.pages, root[:]...)
	w.pages = binary.BigEndian.AppendUint64(w.pages, w.nameBytes())
	if err := w.tree.Append(root[:], w.keep); err != nil {
		return err
	}
	return w.flush()
}

// keep takes over the hash of a chapter or a volume; levels are those above the pages.
func (w *Writer) keep(node compact.NodeID, hash []byte) {
	switch node.Level {
	case chapterBits - pageBits:
		w.chapters = append(w.chapters, hash...)
	case volumeBits - pageBits:
		w.volumes = append(w.volumes, hash...)
	}
}

// flush writes the hashes that a chapter and a volume end with.
func (w *Writer) flush() error {
	if w.layout.count%(1<<chapterBits) != 0 {
		return nil
	}
	if err := w.data.take(&w.pages); err != nil {
		return err
	}
	if w.layout.count%(1<<volumeBits) != 0 {
		return nil
	}
	return w.data.take(&w.chapters)
}

// appendNames writes names. A page without names takes no room.
func (w *Writer) appendNames(names []byte) error {
	if len(names) == 0 {
		return nil
	}
	if w.names == nil {
		names, err := createPart(w.path + namesSuffix)
		if err != nil {
			return err
		}
		w.names = names
	}
	return w.names.write(names)
}

func (w *Writer) nameBytes() uint64 {
	if w.names == nil {
		return 0
	}
	return w.names.length
}

// Root is the root of the tree over the digests that were appended, which must be one at
// least.
func (w *Writer) Root() (string, error) {
	root, err := w.tree.GetRootHash(nil)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(root), nil
}

// Seal ends the file. Root and Count of the head's request must be those of the Writer; V and
// NameBytes are filled in. When Seal has returned without an error, the file and the one
// with the names are there under their own names, and outlive a loss of power.
func (w *Writer) Seal(head Head) error {
	if w.err == nil {
		w.err = w.seal(head)
	}
	return w.err
}

func (w *Writer) seal(head Head) error {
	root, err := w.Root()
	if err != nil {
		return err
	}
	if head.Request.Root != root || head.Request.Count != w.layout.count || head.Request.Algorithm.Size() != int(w.layout.digestSize) { //nolint:gosec // at most 64
		return errors.New("the request is not that of the batch")
	}
	head.V, head.NameBytes = Version, w.nameBytes()
	if err := head.validate(); err != nil {
		return err
	}
	slot, err := encodeSlot(head)
	if err != nil {
		return err
	}
	for _, hashes := range []*[]byte{&w.pages, &w.chapters, &w.volumes} {
		if err := w.data.take(hashes); err != nil {
			return err
		}
	}
	if err := w.sealNames(); err != nil {
		return err
	}
	return w.data.finish(slot)
}

// sealNames comes first: a batch file that is there has its names beside it.
func (w *Writer) sealNames() error {
	if w.names != nil {
		return w.names.finish(nil)
	}
	return remove(w.path + namesSuffix)
}

// remove removes a file, if it is there.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Abort removes what was written, unless it was sealed.
func (w *Writer) Abort() {
	w.data.discard()
	if w.names != nil {
		w.names.discard()
	}
}

// part is a file that does not have its own name yet.
type part struct {
	path   string
	file   *os.File
	buffer *bufio.Writer
	length uint64
}

func createPart(path string) (*part, error) {
	file, err := os.OpenFile(path+partSuffix, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	return &part{path: path, file: file, buffer: bufio.NewWriterSize(file, writeBuffer)}, nil
}

func (p *part) write(b []byte) error {
	p.length += uint64(len(b))
	_, err := p.buffer.Write(b)
	return err
}

// take writes the bytes and empties the slice.
func (p *part) take(b *[]byte) error {
	err := p.write(*b)
	*b = (*b)[:0]
	return err
}

// finish puts the head in its place and gives the file its name, both durably.
func (p *part) finish(head []byte) error {
	if err := p.buffer.Flush(); err != nil {
		return err
	}
	if _, err := p.file.WriteAt(head, 0); err != nil {
		return err
	}
	if err := p.file.Sync(); err != nil {
		return err
	}
	if err := p.file.Close(); err != nil {
		return err
	}
	if err := os.Rename(p.path+partSuffix, p.path); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(p.path))
}

// discard removes the file, if it is there.
func (p *part) discard() {
	_ = p.file.Close()                 // perhaps once more
	_ = os.Remove(p.path + partSuffix) // perhaps it has its own name
}
