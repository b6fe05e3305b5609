package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rundir"
)

const defaultTimeout = time.Minute

// globals are the flags that every verb shares.
type globals struct {
	as      string        // BODY[/user]
	profile string        // file; overrides as
	json    bool          // results and errors as JSON objects
	dir     string        // --run-dir as given
	timeout time.Duration // of one request to the network
	verbose bool

	// running is set once a verb runs: an error before that is one of usage.
	running bool
}

// runDir returns the run directory that the flags, the environment or the
// working directory name.
func (g *globals) runDir() (string, error) {
	dir, err := rundir.Find(g.dir)
	if errors.Is(err, rundir.ErrOutside) {
		return "", exit.WithRemedy(err, "name one with --run-dir or $%s", rundir.Env)
	}
	return dir, err
}

// logger returns the log of a verb: to w when --verbose, else nowhere.
func (g *globals) logger(w io.Writer) *slog.Logger {
	if !g.verbose {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// bound limits one request to the network by --timeout.
func (g *globals) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, g.longest())
}

// longest is --timeout, with what no limit means.
func (g *globals) longest() time.Duration {
	if g.timeout == 0 {
		return 365 * 24 * time.Hour
	}
	return g.timeout
}

// execute runs one command line and returns its exit code. Nothing in it reaches
// for the process's own streams, so tests can run it.
func execute(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) exit.Code {
	g := &globals{}
	root := newRootCommand(g)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)

	err := root.ExecuteContext(ctx)
	if err == nil {
		return exit.OK
	}
	if !g.running {
		err = usage(err)
		g.json = g.json || asksForJSON(args)
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) && exit.RemedyOf(err) == "" {
		err = errors.New("interrupted")
	}
	if !exit.Silent(err) {
		reportError(errOut, g.json, err)
	}
	return exit.CodeOf(err)
}

// newRootCommand builds the whole command tree.
func newRootCommand(g *globals) *cobra.Command {
	root := newNoun("psbc", "Run and use the public-sector ledger", `psbc runs the public sector's shared ledger, notarises documents on it, and keeps
registers and audit trails.

A document never leaves its owner: psbc hashes it and records the digest.

Results go to standard output, everything else to standard error. With --json the
result is one JSON object, and so is an error, on standard error:
{"error":{"code":"...","message":"...","remedy":"...","exitCode":1}}

Exit codes: 0 done or valid, 1 failed, 2 wrong usage, 3 the answer is no (not
notarised, revoked, superseded, expired; no such register, record or trail; a gap in a trail).`)
	root.Example = `  psbc network up
  psbc notary notarise README.md --type charter
  psbc notary verify README.md --as SIGI
  psbc registry create dwellings.json
  psbc trail create civil-status.yaml`
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if g.timeout < 0 {
			return exit.Usagef("--timeout %s is negative; 0 means no limit", g.timeout)
		}
		return nil
	}
	root.SilenceErrors = true
	root.SilenceUsage = true

	flags := root.PersistentFlags()
	flags.StringVar(&g.as, "as", "", "act as `BODY[/user]`, in any case (default: the first body; its notary, its registrar for registry and record, or its recorder for trail)")
	flags.StringVar(&g.profile, "profile", "", "connect with this profile `FILE`, wherever it lies, instead of --as")
	flags.BoolVar(&g.json, "json", false, "print the result, or the error, as one JSON object")
	flags.StringVar(&g.dir, "run-dir", "", "`DIR` of the network's generated state (default: $"+rundir.Env+", else network/.run in this repository)")
	flags.DurationVar(&g.timeout, "timeout", defaultTimeout, "the longest that one request to the network may take; 0 for no limit")
	flags.BoolVarP(&g.verbose, "verbose", "v", false, "log what is done to standard error")
	mustComplete(root, "as", g.completeAs)

	root.AddCommand(commands(g)...)
	markRunning(root, g)
	return root
}

// commands lists the nouns, and the verbs that need none.
func commands(g *globals) []*cobra.Command {
	return []*cobra.Command{
		newNetworkCommand(g),
		newNotaryCommand(g),
		newRegistryCommand(g),
		newRecordCommand(g),
		newTrailCommand(g),
		newWitnessCommand(g),
		newEvidenceCommand(g),
		newAuditorCommand(g),
		newVersionCommand(g),
	}
}

// markRunning wraps every verb, so that execute can tell what went wrong while a
// verb ran from what cobra found wrong with the command line before.
func markRunning(cmd *cobra.Command, g *globals) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			g.running = true
			return run(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		markRunning(sub, g)
	}
}

// newNoun makes a command that only groups verbs. Cobra would answer an unknown
// verb of a group with its help and exit code 0.
func newNoun(name, short, long string) *cobra.Command {
	cmd := &cobra.Command{
		Use:                   name,
		Short:                 short,
		Long:                  long,
		DisableFlagsInUseLine: true,
		RunE:                  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		cmd.SuggestionsMinimumDistance = 2
		hint := fmt.Sprintf("see %q", cmd.CommandPath()+" --help")
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			hint = fmt.Sprintf("did you mean %q?", cmd.CommandPath()+" "+near[0])
		}
		return &exit.Error{Code: exit.Usage, Err: fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath()), Remedy: hint}
	}
	return cmd
}

// usage gives an error that cobra made the exit code of wrong usage.
func usage(err error) error {
	if exit.CodeOf(err) == exit.Usage {
		return err
	}
	return &exit.Error{Code: exit.Usage, Err: err}
}

// asksForJSON reports whether --json stands on a command line that could not be
// parsed as far as that flag.
func asksForJSON(args []string) bool {
	for _, arg := range args {
		switch arg {
		case "--":
			return false
		case "--json", "--json=true":
			return true
		}
	}
	return false
}
