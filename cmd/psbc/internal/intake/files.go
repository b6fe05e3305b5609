// Package intake turns what a user names on the command line (files, folders,
// standard input) into documents: a name and a digest each.
package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// Stdin names standard input on the command line.
const Stdin = "-"

// Files are the documents that a command line names, not yet read.
type Files struct {
	Paths   []string // in the order named; a folder's in lexical order
	Skipped []string // what folders hold besides files and folders: symbolic links, sockets, devices
}

// Expand replaces each folder among args by the regular files in it, at any depth
// and in lexical order, hidden ones included. Symbolic links inside a folder are
// not followed; one that args names itself is. Every name must exist.
func Expand(args []string) (Files, error) {
	var files Files
	var stdin bool
	for _, arg := range args {
		if arg == Stdin {
			if stdin {
				return Files{}, errors.New("standard input can be read only once")
			}
			stdin = true
			files.Paths = append(files.Paths, arg)
			continue
		}
		info, err := os.Stat(arg)
		if err != nil {
			return Files{}, unreadable(arg, err)
		}
		if !info.IsDir() {
			files.Paths = append(files.Paths, arg)
			continue
		}
		if err := files.walk(arg); err != nil {
			return Files{}, unreadable(arg, err)
		}
	}
	return files, nil
}

func (f *Files) walk(dir string) error {
	if info, err := os.Lstat(dir); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		// WalkDir would not enter a link that the user named; the separator makes
		// it the folder that it points to.
		dir += string(filepath.Separator)
	}
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
		case entry.Type().IsRegular():
			f.Paths = append(f.Paths, path)
		default:
			f.Skipped = append(f.Skipped, path)
		}
		return nil
	})
}

// Read opens the document that path names, or stdin for [Stdin], and passes it to
// use. Reading ends with ctx's error once ctx is done.
func Read(ctx context.Context, path string, stdin io.Reader, use func(io.Reader) error) error {
	in := stdin
	if path != Stdin {
		f, err := os.Open(path)
		if err != nil {
			return unreadable(path, err)
		}
		defer f.Close()
		in = f
	}
	if err := use(&cancelReader{ctx: ctx, in: in}); err != nil {
		return unreadable(path, err)
	}
	return nil
}

// unreadable names the path once, in quotes, and says why.
func unreadable(path string, err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("cannot read %q: %w", e.Path, e.Err)
	}
	return fmt.Errorf("cannot read %q: %w", path, err)
}

// maxReported bounds how many unreadable files one error names.
const maxReported = 10

// Each calls do for every path, on as many goroutines as there are cores. It does
// not stop at a failure, so that one run names every file that cannot be read, up
// to a bound; it stops when ctx is done.
func Each(ctx context.Context, paths []string, do func(i int, path string) error) error {
	errs := make([]error, len(paths))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, path := range paths {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			errs[i] = do(i, path)
			return nil
		})
	}
	_ = group.Wait() // the functions return nil
	if err := ctx.Err(); err != nil {
		return err
	}
	return firstFew(errs)
}

// firstFew joins the first errors among errs and counts the rest.
func firstFew(errs []error) error {
	var reported []error
	more := 0
	for _, err := range errs {
		switch {
		case err == nil:
		case len(reported) < maxReported:
			reported = append(reported, err)
		default:
			more++
		}
	}
	if more > 0 {
		reported = append(reported, fmt.Errorf("and %d more", more))
	}
	return errors.Join(reported...)
}

// cancelReader ends a long read when its context is done.
type cancelReader struct {
	ctx context.Context
	in  io.Reader
}

func (r *cancelReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.in.Read(p)
}
