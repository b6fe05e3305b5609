package export

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"os"
	"path/filepath"
)

// File is a file that appears under its name only when it is complete, with its
// SHA-256 in a file beside it. A run that fails leaves what was there before.
type File struct {
	path   string
	temp   *os.File
	buffer *bufio.Writer
	sum    hash.Hash
}

// CreateFile begins the file at path.
func CreateFile(path string) (*File, error) {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", path, err)
	}
	return &File{path: path, temp: temp, buffer: bufio.NewWriter(temp), sum: sha256.New()}, nil
}

// Write adds to the file.
func (f *File) Write(p []byte) (int, error) {
	f.sum.Write(p)
	return f.buffer.Write(p)
}

// Commit gives the file its name, once its content is safe on the disk, and writes
// path.sha256, which "sha256sum --check" reads. It returns the SHA-256 in hex.
func (f *File) Commit() (string, error) {
	sum := hex.EncodeToString(f.sum.Sum(nil))
	if err := f.finish(); err != nil {
		f.Abort()
		return "", fmt.Errorf("write %s: %w", f.path, err)
	}
	line := fmt.Sprintf("%s  %s\n", sum, filepath.Base(f.path))
	if err := os.WriteFile(f.path+".sha256", []byte(line), 0o644); err != nil {
		return "", fmt.Errorf("write the checksum: %w", err)
	}
	return sum, nil
}

func (f *File) finish() error {
	if err := f.buffer.Flush(); err != nil {
		return err
	}
	if err := f.temp.Chmod(0o644); err != nil {
		return err
	}
	if err := f.temp.Sync(); err != nil {
		return err
	}
	if err := f.temp.Close(); err != nil {
		return err
	}
	return os.Rename(f.temp.Name(), f.path)
}

// Abort removes what was written so far. After Commit it does nothing.
func (f *File) Abort() {
	_ = f.temp.Close()
	_ = os.Remove(f.temp.Name()) // renamed, or not worth a second error
}
