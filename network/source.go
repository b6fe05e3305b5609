package network

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Source is the source tree of this project, by its absolute path: binaries are
// built from it and cached in it.
type Source struct{ Root string }

// RunDir is the default run directory of the source tree.
func (s Source) RunDir() string { return filepath.Join(s.Root, "network", ".run") }

// cache is where programs are kept by version. Nodes run by these paths, so a
// cache that is linked from elsewhere gives the same ones.
func (s Source) cache() string {
	dir := filepath.Join(s.RunDir(), "bin")
	if target, err := filepath.EvalSymlinks(dir); err == nil {
		return target
	}
	return dir
}

func (s Source) goTool(ctx context.Context, dir string, args ...string) error {
	_, err := s.goOutput(ctx, dir, args...)
	return err
}

func (s Source) goOutput(ctx context.Context, dir string, args ...string) (string, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return "", fmt.Errorf("the Go toolchain is missing (no go in PATH): install Go 1.26 or later from go.dev/dl")
	}
	var out bytes.Buffer
	err = runTool(ctx, dir, &out, path, args...)
	return strings.TrimSpace(out.String()), err
}

// runTool runs a program to its end. Its last words are part of the error.
func runTool(ctx context.Context, dir string, stdout *bytes.Buffer, path string, args ...string) error {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-buildvcs=false -mod=readonly", "FABRIC_LOGGING_SPEC=error",
		// git apply takes plain files for those of a repository when it finds one above.
		"GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if stdout != nil {
		cmd.Stdout = stdout
	}
	err := cmd.Run()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), context.Cause(ctx))
	}
	said := strings.TrimSpace(stderr.String())
	if strings.Contains(said, "no space left on device") {
		return errNoSpace
	}
	if len(said) > 2000 {
		said = "…" + said[len(said)-2000:]
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && said != "" {
		return fmt.Errorf("%s: %s", filepath.Base(path), said)
	}
	return fmt.Errorf("%s: %w", filepath.Base(path), err)
}
