package rows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/intake"
)

// Files are the inputs of one import, read one after the other.
type Files struct {
	Paths []string // intake.Stdin for standard input
	Stdin io.Reader
	// Format is that of all of them; empty: that which the name of each tells.
	Format  Format
	Shape   *Shape
	Options Options
}

// Check fails when a file's format is not known, or standard input is named twice.
func (f *Files) Check() error {
	stdin := 0
	for _, path := range f.Paths {
		if path == intake.Stdin {
			stdin++
		}
		if stdin > 1 {
			return errors.New("standard input can be read only once")
		}
		if _, ok := f.formatOf(path); !ok {
			return fmt.Errorf("the format of %q is not known by its name; say it: csv, jsonl or json", path)
		}
	}
	return nil
}

// Repeatable says whether the files can be read a second time.
func (f *Files) Repeatable() bool {
	for _, path := range f.Paths {
		if path == intake.Stdin {
			return false
		}
	}
	return true
}

func (f *Files) formatOf(path string) (Format, bool) {
	if f.Format != "" {
		return f.Format, true
	}
	return FormatOf(path)
}

// errEnough ends the reading of a file that nobody wants more of.
var errEnough = errors.New("enough")

// Rows returns the rows of all files. Errors are those of [Read], with the name of
// the file.
func (f *Files) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, path := range f.Paths {
			format, _ := f.formatOf(path)
			options := f.Options
			if options.Delimiter == 0 && strings.EqualFold(filepath.Ext(path), ".tsv") {
				options.Delimiter = '\t'
			}
			err := intake.Read(ctx, path, f.Stdin, func(in io.Reader) error {
				for row, err := range Read(in, format, f.Shape, options) {
					if fault, ok := errors.AsType[*Fault](err); ok {
						fault.File = path
					} else if err != nil {
						return err
					}
					row.File = path
					if !yield(row, err) {
						return errEnough
					}
				}
				return nil
			})
			if errors.Is(err, errEnough) {
				return
			}
			if err != nil {
				yield(Row{File: path}, err)
				return
			}
		}
	}
}
