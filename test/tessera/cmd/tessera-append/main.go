// Command tessera-append appends entries to a new log on Tessera's POSIX storage and
// prints as JSON what that took. The key that signs the log's checkpoints is made for the
// occasion; the public one is written into the directory, to check the log with.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"

	"github.com/psbc-lu/psbc/test/tessera/posixlog"
)

// options say what to append where.
type options struct {
	dir, entries, origin string
	width, batch         int
	limit                time.Duration
}

func main() {
	// The library's chatter; its errors still go to stderr.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(arguments []string, out, errOut io.Writer) int {
	o, err := parse(arguments, errOut)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(errOut, "tessera-append:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	if err := measure(ctx, o, out); err != nil {
		fmt.Fprintln(errOut, "tessera-append:", err)
		return 1
	}
	return 0
}

func parse(arguments []string, errOut io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("tessera-append", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.StringVar(&o.dir, "dir", "", "`directory` for the log, which must be new or empty")
	flags.StringVar(&o.entries, "entries", "", "`file` with the entries, one after the other")
	flags.IntVar(&o.width, "width", 32, "bytes of an entry")
	flags.IntVar(&o.batch, "batch", posixlog.DefaultBatch, "entries that the storage takes at a time")
	flags.StringVar(&o.origin, "origin", "example.org/tessera-append", "the log's origin `line`")
	flags.DurationVar(&o.limit, "timeout", 10*time.Minute, "how long it may take")
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	if o.dir == "" || o.entries == "" || o.width < 1 || flags.NArg() > 0 {
		return o, errors.New("-dir, -entries and a -width of at least 1 are needed, and nothing but flags is read")
	}
	return o, nil
}

func measure(ctx context.Context, o options, out io.Writer) error {
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return err
	}
	if old, err := os.ReadDir(o.dir); err != nil || len(old) > 0 {
		return errors.Join(err, fmt.Errorf("%s is not an empty directory", o.dir))
	}
	data, err := os.ReadFile(o.entries)
	if err != nil {
		return err
	}
	if len(data)%o.width != 0 {
		return fmt.Errorf("%s has %d bytes, which are not whole entries of %d", o.entries, len(data), o.width)
	}
	private, public, err := note.GenerateKey(nil, o.origin)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		return err
	}
	result, err := posixlog.Append(ctx, o.dir, signer, slices.Collect(slices.Chunk(data, o.width)), o.batch)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(o.dir, "key.pub"), []byte(public+"\n"), 0o644); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(result)
}
