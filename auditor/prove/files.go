package prove

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// Files of evidence are for everybody to read.
const (
	fileMode = 0o644
	dirMode  = 0o755
)

// WriteFile writes an evidence file that is there as a whole or not at all; one that is there
// is replaced. It is not forced to the disk: evidence can be cut again at any time.
func WriteFile(path string, content []byte) error {
	return writeFile(path, content, 0)
}

// writeNew writes a file where there is none, which takes half the time of replacing one. If
// the process dies meanwhile, a part of it may stay, which is no evidence of anything; when
// it is written again, it is replaced.
func writeNew(path string, content []byte, worker int) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if errors.Is(err, os.ErrExist) {
		return writeFile(path, content, worker)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// writeFile needs a different worker from whoever writes into the directory at the same time.
func writeFile(path string, content []byte, worker int) error {
	temp := filepath.Join(filepath.Dir(path), ".psbc-evidence-"+strconv.Itoa(os.Getpid())+"-"+strconv.Itoa(worker))
	err := os.WriteFile(temp, content, fileMode)
	if err == nil {
		if err = os.Rename(temp, path); err == nil {
			return nil
		}
	}
	return errors.Join(err, os.RemoveAll(temp))
}

// Output says what WriteAll writes for a document of the batch, by its index: where, and the
// document's place. It is called from several goroutines.
type Output func(index uint64) (path string, m evidence.Member, err error)

// stretch is how many documents one goroutine takes at a time: as many as have a page of a
// batch file in common.
const stretch = 256

// WriteAll writes the evidence of the first count documents, on all cores; directories are
// made where there are none. progress, which may be nil, is called with the number of files
// that were written, from any goroutine. It stops at the first failure.
func (c *Cutter) WriteAll(ctx context.Context, count uint64, of Output, progress func(files int)) error {
	var next atomic.Uint64
	workers := 2 * runtime.GOMAXPROCS(0) // some wait for the disk
	group, ctx := errgroup.WithContext(ctx)
	for worker := range workers {
		group.Go(func() error {
			w := writer{cutter: c, of: of, worker: worker, made: make(map[string]bool)}
			for {
				from := next.Add(stretch) - stretch
				if from >= count {
					return nil
				}
				to := min(from+stretch, count)
				if err := w.write(ctx, from, to); err != nil {
					return err
				}
				if progress != nil {
					progress(int(to - from)) //nolint:gosec // at most stretch
				}
			}
		})
	}
	return group.Wait()
}

// writer is one goroutine of WriteAll.
type writer struct {
	cutter *Cutter
	of     Output
	worker int
	made   map[string]bool // directories
}

func (w *writer) write(ctx context.Context, from, to uint64) error {
	for i := from; i < to; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		path, member, err := w.of(i)
		if err != nil {
			return err
		}
		file, err := w.cutter.Cut(member)
		if err != nil {
			return fmt.Errorf("document %d: %w", i, err)
		}
		if dir := filepath.Dir(path); !w.made[dir] {
			if err := os.MkdirAll(dir, dirMode); err != nil {
				return err
			}
			w.made[dir] = true
		}
		if err := writeNew(path, file, w.worker); err != nil {
			return err
		}
	}
	return nil
}
