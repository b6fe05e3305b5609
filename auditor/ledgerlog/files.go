package ledgerlog

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// Modes of what is made.
const (
	dirMode  = 0o700
	fileMode = 0o600
)

// syncers is how many files are made durable at once, which file systems do together.
const syncers = 16

// place gives a file its content at once: whoever opens it finds all of it, or what was
// there before. It is durable only after syncAll.
func place(path string, content []byte) error {
	temp := path + ".tmp" // only one process writes
	err := os.WriteFile(temp, content, fileMode)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(path), dirMode); err != nil {
			return err
		}
		err = os.WriteFile(temp, content, fileMode)
	}
	if err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// replace is place for a file that is to be durable at once. The content is so before the
// name is, lest a loss of power leave the name with nothing behind it.
func replace(path string, content []byte) error {
	temp := path + ".tmp"
	if err := os.WriteFile(temp, content, fileMode); err != nil {
		return err
	}
	if err := syncFile(temp); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncFile(filepath.Dir(path))
}

// syncAll makes files durable, and the directories from root down in which they are.
func syncAll(root string, files []string) error {
	seen := make(map[string]bool)
	var all []string
	for _, file := range files {
		for path := file; !seen[path]; path = filepath.Dir(path) {
			seen[path] = true
			all = append(all, path)
			if path == root {
				break
			}
		}
	}
	var group errgroup.Group
	group.SetLimit(syncers)
	for _, path := range all {
		group.Go(func() error { return syncFile(path) })
	}
	return group.Wait()
}

// syncFile makes a file or a directory durable. Windows does not know how to do that with a
// directory, nor with a file that is only open for reading.
func syncFile(path string) error {
	flag := os.O_RDONLY
	if runtime.GOOS == "windows" {
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			return err
		}
		flag = os.O_RDWR
	}
	file, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return err
	}
	err = file.Sync()
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}

// appendSizes writes the sizes after blocks, of which the first is number from, and makes
// them durable. Records after them may be there; the state says how many count.
func appendSizes(dir string, from uint64, sizes []uint64) error {
	file, err := os.OpenFile(filepath.Join(dir, blocksFile), os.O_WRONLY|os.O_CREATE, fileMode)
	if err != nil {
		return err
	}
	var raw []byte
	for _, size := range sizes {
		raw = binary.BigEndian.AppendUint64(raw, size)
	}
	_, err = file.WriteAt(raw, int64(from)*sizeBytes) //nolint:gosec // from is less than 2^53
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}

// readSize reads the size after one block, which the log has.
func readSize(dir string, number uint64) (uint64, error) {
	file, err := os.Open(filepath.Join(dir, blocksFile))
	if err != nil {
		return 0, &DamagedError{dir, blocksFile, err.Error()}
	}
	defer file.Close()
	var raw [sizeBytes]byte
	if _, err := file.ReadAt(raw[:], int64(number)*sizeBytes); err != nil { //nolint:gosec // less than 2^53
		if errors.Is(err, io.EOF) {
			return 0, &DamagedError{dir, blocksFile, "it is too short"}
		}
		return 0, err
	}
	return binary.BigEndian.Uint64(raw[:]), nil
}

// readSizes reads all sizes, up to the first that cannot be: each block has an entry.
func readSizes(dir string) ([]uint64, error) {
	raw, err := os.ReadFile(filepath.Join(dir, blocksFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var sizes []uint64
	last := uint64(0)
	for ; len(raw) >= sizeBytes; raw = raw[sizeBytes:] {
		size := binary.BigEndian.Uint64(raw)
		if size <= last {
			break
		}
		sizes, last = append(sizes, size), size
	}
	return sizes, nil
}
