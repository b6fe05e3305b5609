// Command fsck-verdict checks a served log with the fsck of Tessera, prints what it
// found as JSON, and exits 0 if the log is whole, 1 if it is not or if that could not be
// found out in time, 2 after wrong usage.
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
	"syscall"
	"time"

	"k8s.io/klog/v2"

	"github.com/psbc-lu/psbc/test/tessera/logcheck"
)

func main() {
	// The library's chatter; its errors still go to stderr.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(arguments []string, out, errOut io.Writer) int {
	var (
		target  logcheck.Target
		keyFile string
		limit   time.Duration
	)
	flags := flag.NewFlagSet("fsck-verdict", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.StringVar(&target.URL, "url", "", "`URL` of the log's tlog-tiles; file:///directory for one on disk")
	flags.StringVar(&target.Origin, "origin", "", "the log's origin `line` (default: the name of the key)")
	flags.StringVar(&keyFile, "key", "", "`file` with the verifier key of one who signed or cosigned the checkpoint")
	flags.DurationVar(&limit, "timeout", 10*time.Minute, "how long the check may take")
	err := flags.Parse(arguments)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case target.URL == "" || keyFile == "" || flags.NArg() > 0:
		fmt.Fprintln(errOut, "fsck-verdict: -url and -key are needed, and nothing but flags is read")
		return 2
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := check(ctx, target, keyFile, out); err != nil {
		fmt.Fprintln(errOut, "fsck-verdict:", err)
		return 1
	}
	return 0
}

func check(ctx context.Context, target logcheck.Target, keyFile string, out io.Writer) error {
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	target.Key = string(key)
	verdict, err := logcheck.Check(ctx, target)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(verdict)
}
