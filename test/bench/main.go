package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/psbc-lu/psbc/network"
)

// runLimit bounds a whole run.
const runLimit = 2 * time.Hour

func main() {
	os.Exit(bench(os.Args[1:], os.Stdout, os.Stderr))
}

func bench(arguments []string, out, errOut io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, runLimit)
	defer cancel()

	o, err := parseOptions(arguments, errOut)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(errOut, "bench:", err)
		return 2
	}
	if err := run(ctx, o, out, errOut); err != nil {
		fmt.Fprintln(errOut, "bench:", err)
		return 1
	}
	return 0
}

func run(ctx context.Context, o options, out, progress io.Writer) error {
	source, err := sourceTree(ctx)
	if err != nil {
		return err
	}
	o = o.in(source.RunDir())
	if o.Only == onlyEvidence {
		result, err := (&runner{options: o, source: source, progress: progress}).measureEvidence(ctx)
		if err != nil {
			return err
		}
		return conclude(result, o, out, progress)
	}
	return runAll(ctx, source, o, out, progress)
}

// runAll measures the network that is up, with all phases.
func runAll(ctx context.Context, source network.Source, o options, out, progress io.Writer) (err error) {
	nodes, operations, err := prepareNetwork(ctx, source, o.RunDir, progress)
	if err != nil {
		return err
	}
	bodies, closeAll, err := connect(ctx, o.Profiles, o.logger(progress))
	defer func() { err = errors.Join(err, closeAll()) }()
	if err != nil {
		return err
	}
	keepers, closeKeepers, err := registrars(ctx, o.Profiles, o.logger(progress))
	defer func() { err = errors.Join(err, closeKeepers()) }()
	if err != nil {
		return err
	}
	recorders, closeRecorders, err := connectAs(ctx, "recorder", o.Profiles, o.logger(progress))
	defer func() { err = errors.Join(err, closeRecorders()) }()
	if err != nil {
		return err
	}
	meter, err := startMeter(ctx, nodes)
	if err != nil {
		return err
	}
	defer meter.stop()

	r := &runner{
		options: o, source: source, work: newWork(bodies), keepers: keepers, recorder: recorders[0].Trail(), reader: recorders[0],
		operations: operations, meter: meter, progress: progress,
	}
	result, err := r.measure(ctx)
	if err != nil {
		return err
	}
	return conclude(result, o, out, progress)
}

// conclude prints and saves the report, and says what is wrong with it.
func conclude(result *report, o options, out, progress io.Writer) error {
	if err := result.print(out); err != nil {
		return err
	}
	paths := []string{filepath.Join(o.RunDir, "bench", result.At.Format("20060102T150405Z")+".json")}
	if o.Out != "" {
		paths = append(paths, o.Out)
	}
	if err := result.save(paths...); err != nil {
		return err
	}
	fmt.Fprintln(progress, "written to", strings.Join(paths, ", "))

	switch missed := result.missed(); {
	case result.broken():
		return errors.New("the ledger does not hold each reported record exactly once")
	case o.Check && len(missed) > 0:
		return fmt.Errorf("missed: %s", strings.Join(missed, "; "))
	default:
		return nil
	}
}
