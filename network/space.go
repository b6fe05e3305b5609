package network

import (
	"errors"
	"fmt"
	"syscall"
)

var errNoSpace = errors.New("no space left on the disk: free some and run the command again")

// requireSpace fails when the file system of path has fewer bytes free than a
// task needs.
func requireSpace(path string, bytes uint64, task string) error {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return fmt.Errorf("free space at %s: %w", path, err)
	}
	free := st.Bavail * uint64(st.Bsize) //nolint:gosec // a block size is positive
	if free < bytes {
		return fmt.Errorf("the disk of %s has %d MB free, and %d MB are needed to %s: free some space or choose another place with --run-dir", path, free>>20, bytes>>20, task)
	}
	return nil
}

// explainSpace turns the operating system's ENOSPC into a sentence with a remedy.
func explainSpace(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w (%w)", errNoSpace, err)
	}
	return err
}
