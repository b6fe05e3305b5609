// Package rundir finds the directory that holds a network's generated state:
// keys, ledgers, logs and connection profiles.
package rundir

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Env names the environment variable that sets the run directory.
const Env = "PSBC_RUN_DIR"

// Module is the module whose root holds the default run directory.
const Module = "github.com/psbc-lu/psbc"

// ErrOutside reports that no run directory was named and that the working
// directory is not inside the repository.
var ErrOutside = errors.New("no run directory: not inside the " + Module + " repository")

// Find returns the absolute path of the run directory: explicit when not empty,
// else $PSBC_RUN_DIR, else network/.run in the repository that holds the working
// directory. The directory itself need not exist. It returns an error that
// matches [ErrOutside] when all three are absent.
func Find(explicit string) (string, error) {
	for _, dir := range []string{explicit, os.Getenv(Env)} {
		if dir != "" {
			return filepath.Abs(dir)
		}
	}
	root, err := Repository()
	if err != nil {
		return "", err
	}
	return filepath.Join(root, "network", ".run"), nil
}

// Repository returns the root of the repository that holds the working
// directory, or an error that matches [ErrOutside].
func Repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the working directory: %w", err)
	}
	for {
		found, err := isRoot(dir)
		if err != nil {
			return "", err
		}
		if found {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", ErrOutside
		}
		dir = parent
	}
}

// isRoot reports whether dir holds the go.mod of Module. Other modules on the
// way up (network/fabric has its own) are passed by.
func isRoot(dir string) (bool, error) {
	f, err := os.Open(filepath.Join(dir, "go.mod"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("find the repository root: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) >= 2 && fields[0] == "module" {
			return strings.Trim(fields[1], `"`) == Module, nil
		}
	}
	return false, lines.Err()
}
