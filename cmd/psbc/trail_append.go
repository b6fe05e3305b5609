package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/feed"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/intake"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// appendResult is what `psbc trail append --json` prints.
type appendResult struct {
	Trail   string `json:"trail"`
	Source  string `json:"source"`
	Entries int    `json:"entries"` // on the ledger, those of earlier runs included
	Resumed int    `json:"resumed"` // of them, by earlier runs
	Batches int    `json:"batches"`
	First   int    `json:"first,omitempty"` // number of the first batch
	Last    int    `json:"last,omitempty"`
	Sealed  bool   `json:"sealed,omitempty"`
	Keep    string `json:"keep,omitempty"`
	Journal string `json:"journal"`
}

type appendFlags struct {
	source      string
	batch       int
	pseudonyms  string
	journal     string
	number      int
	gapReason   string
	sealed      bool
	revealAfter moment
	keep        string
}

func newAppendCommand(g *globals) *cobra.Command {
	f := &appendFlags{revealAfter: moment{date: startOfDay}}
	cmd := &cobra.Command{
		Use:   "append TRAIL [FILE] --source NAME",
		Short: "Append entries from JSON Lines, of any number",
		Long: `Appends an entry for each line of FILE; without FILE, or with "-", of standard input,
which may be a pipe of any length. A line is

  {"action": "read", "actor": "k1:…", "subject": "k1:…", "occurredAt":
   "2025-03-01T09:30:00Z", "outcome": "success", "purpose": "civil-status",
   "basis": "sample.law.civil-status", "correlation": "req-17", "detailHash": "…"}

where actor, action, occurredAt and outcome (success, failure, denied) are needed. With
--pseudonyms a line may have "actorId" and "subjectId" instead of "actor" and
"subject": identifiers, of which pseudonyms are made here. They are not sent.

Lines go in their order, in batches of up to --batch, each all or nothing; the name
--source has a numbering of its own in the trail, and the batches take its next
numbers. One run at a time appends as a source. A batch that begins after a gap, since
numbers before it were lost, says so with --number and --gap-reason.

FILE is judged as a whole before anything is sent, standard input batch by batch. A line
that is refused is named, and nothing of its batch is sent: exit code 2.

A run that was interrupted, by kill -9 too, or that failed half way is taken up again by
the same command over the same lines from the start: what was appended is not appended
twice. A journal remembers that, in --journal, or else in the run directory, one for each
trail, body, source and file. Lines may be added at the end, and appended by the same
command later. What follows a log for ever should use the Go client's Recorder.

With --sealed only salted hashes go to the ledger, to be revealed from --reveal-after
on with "psbc trail reveal". The entries and their salts are written to --keep first,
readable for its owner only. Who has that file can reveal them; without it, nobody can.

With --json:

  {"trail", "source", "entries", "resumed", "batches", "first", "last", "sealed",
   "keep", "journal"}

"resumed" are those of "entries" that earlier runs had appended; "first" and "last" are
the numbers of batches.`,
		Example: `  psbc trail append civil-status accesses.jsonl --source eservices --pseudonyms people.keys
  cat jobs.jsonl | psbc trail append civil-status --source batch-jobs --pseudonyms people.keys --journal jobs.journal
  psbc trail append civil-status inquiry.jsonl --source inquiries --pseudonyms people.keys --sealed --reveal-after 2030-01-01 --keep inquiry.keep`,
		Args: between(1, "TRAIL", "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := intake.Stdin
			if len(args) > 1 {
				file = args[1]
			}
			return f.run(g, cmd, args[0], file)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.source, "source", "", "`NAME` of what appends; it numbers its batches")
	flags.IntVar(&f.batch, "batch", trail.MaxEntries, "at most this `NUMBER` of entries in a batch")
	flags.StringVar(&f.pseudonyms, "pseudonyms", "", "`FILE` with the keys that make pseudonyms of actorId and subjectId")
	flags.StringVar(&f.journal, "journal", "", "`FILE` that remembers what was appended (default: one in the run directory)")
	flags.IntVar(&f.number, "number", 0, "with --gap-reason: `NUMBER` of the first batch (default: the next)")
	flags.StringVar(&f.gapReason, "gap-reason", "", "with --number: `CODE` that says why the numbers before it are missing")
	flags.BoolVar(&f.sealed, "sealed", false, "send salted hashes only")
	flags.Var(&f.revealAfter, "reveal-after", "with --sealed: not to be revealed before: RFC 3339, or a date, from its start in UTC")
	flags.StringVar(&f.keep, "keep", "", "with --sealed: `FILE` for the entries and their salts")
	return cmd
}

func (f *appendFlags) check(cmd *cobra.Command, file string) error {
	sealing := f.revealAfter.set || f.keep != ""
	switch {
	case f.source == "":
		return exit.Usagef("--source is missing: the name of what appends")
	case f.batch < 1 || f.batch > trail.MaxEntries:
		return exit.Usagef("--batch is %d, not 1 to %d", f.batch, trail.MaxEntries)
	case f.number < 0 || (f.number > 0) != (f.gapReason != ""):
		return exit.Usagef("--number and --gap-reason are given together, or not at all")
	case f.sealed && (!f.revealAfter.set || f.keep == ""):
		return exit.Usagef("--sealed needs --reveal-after and --keep")
	case !f.sealed && sealing:
		return exit.Usagef("--reveal-after and --keep are for --sealed")
	case file == intake.Stdin && isTerminal(cmd.InOrStdin()):
		return exit.Usagef("the entries are missing: name a FILE, or give them on standard input")
	case file == intake.Stdin && f.journal == "":
		return exit.Usagef("entries from standard input need a --journal, so that the run can be taken up again")
	}
	return nil
}

func (f *appendFlags) run(g *globals, cmd *cobra.Command, id, file string) error {
	if err := f.check(cmd, file); err != nil {
		return err
	}
	naming, err := f.naming()
	if err != nil {
		return err
	}
	return g.withTrails(cmd, func(ctx context.Context, t *gateway.Trails, names directory) error {
		found, err := g.readTrail(ctx, t, id)
		if err != nil {
			return err
		}
		run := &feed.Run{
			Ledger: trailLedger{g, t}, Trail: *found, Source: f.source, Body: names.own().MSPID, Size: f.batch,
			Number: f.number, GapReason: f.gapReason, RevealAfter: f.revealAfter.String(), Keep: f.keep,
		}
		if run.Journal, err = f.journalPath(g, run, file); err != nil {
			return err
		}
		return f.feed(ctx, g, cmd, run, file, naming)
	})
}

// feed judges what can be read twice, and appends.
func (f *appendFlags) feed(ctx context.Context, g *globals, cmd *cobra.Command, run *feed.Run, file string, naming feed.Naming) error {
	total := 0
	if file != intake.Stdin {
		err := eachLine(ctx, cmd, file, naming, func(rows iter.Seq2[feed.Row, error]) (err error) {
			total, err = run.Judge(rows)
			return err
		})
		if err != nil {
			return refusedLine(err)
		}
	}
	bar := newProgress(cmd.ErrOrStderr(), total, "appending")
	run.Progress = bar.add
	var summary feed.Summary
	err := eachLine(ctx, cmd, file, naming, func(rows iter.Seq2[feed.Row, error]) (err error) {
		summary, err = run.Do(ctx, rows)
		return err
	})
	bar.close()
	if err != nil {
		return notAppended(summary, err)
	}
	result := appendResult{
		Trail: run.Trail.ID, Source: run.Source, Entries: summary.Entries, Resumed: summary.Resumed, Batches: summary.Batches,
		First: summary.First, Last: summary.Last, Sealed: f.sealed, Keep: f.keep, Journal: run.Journal,
	}
	return g.printResult(cmd, result, func(w io.Writer) { writeAppended(w, result) })
}

// eachLine opens the input and passes its lines to use, whose error is returned as it is.
func eachLine(ctx context.Context, cmd *cobra.Command, file string, naming feed.Naming, use func(iter.Seq2[feed.Row, error]) error) error {
	var used error
	err := intake.Read(ctx, file, cmd.InOrStdin(), func(in io.Reader) error {
		used = use(feed.Lines(in, naming))
		return nil
	})
	return cmp.Or(used, err)
}

// naming loads the keys of pseudonyms, nil without any.
func (f *appendFlags) naming() (feed.Naming, error) {
	if f.pseudonyms == "" {
		return nil, nil
	}
	return loadPseudonyms(f.pseudonyms)
}

// journalPath returns --journal, or the journal in the run directory that belongs to the
// trail, the body, the source and the file.
func (f *appendFlags) journalPath(g *globals, run *feed.Run, file string) (string, error) {
	if f.journal != "" {
		return f.journal, nil
	}
	dir, err := g.runDir()
	if err != nil {
		return "", exit.WithRemedy(err, "name a --journal, or a run directory with --run-dir")
	}
	absolute, err := filepath.Abs(file)
	if err != nil {
		return "", fmt.Errorf("find %q: %w", file, err)
	}
	dir = filepath.Join(dir, "appends")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the folder for journals: %w", err)
	}
	sum := sha256.Sum256([]byte(absolute))
	return filepath.Join(dir, strings.Join([]string{run.Trail.ID, run.Body, run.Source, hex.EncodeToString(sum[:8])}, "_")+".journal"), nil
}

// refusedLine gives a verdict on a line the form that it has when the ledger reaches
// it. Any other error stays as it is.
func refusedLine(err error) error {
	if _, ok := errors.AsType[*fault.Error](err); !ok {
		return err
	}
	return refused("append", err)
}

// notAppended says how far a run came, and that it can be taken up again.
func notAppended(summary feed.Summary, err error) error {
	err = refusedLine(err)
	if summary.Entries > 0 {
		err = fmt.Errorf("%s appended, then: %w", countEntries(summary.Entries), err)
	}
	if errors.Is(err, feed.ErrOther) {
		return exit.WithRemedy(err, "to append other lines, name another --journal")
	}
	for _, passing := range []error{gateway.ErrUnavailable, gateway.ErrOutcomeUnknown, gateway.ErrConflict, gateway.ErrCanceled} {
		if errors.Is(err, passing) {
			return exit.WithRemedy(err, "run it again, what is appended is not appended twice")
		}
	}
	return err
}

func writeAppended(w io.Writer, result appendResult) {
	how := "appended"
	if result.Sealed {
		how = "sealed"
	}
	fmt.Fprintf(w, "%s %s to %s", countEntries(result.Entries), how, result.Trail)
	switch {
	case result.Batches == 1:
		fmt.Fprintf(w, " as batch %d of %s", result.First, result.Source)
	case result.Batches > 1:
		fmt.Fprintf(w, " as batches %d to %d of %s", result.First, result.Last, result.Source)
	}
	if result.Resumed > 0 {
		fmt.Fprintf(w, ", %d of them earlier", result.Resumed)
	}
	fmt.Fprintln(w)
	if result.Sealed && result.Entries > 0 {
		fmt.Fprintf(w, "%s holds what reveals them; nothing else does\n", printable(result.Keep))
	}
}

// countEntries returns "1 entry" or "3 entries".
func countEntries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// trailLedger is what a run needs of the client.
type trailLedger struct {
	g      *globals
	trails *gateway.Trails
}

func (l trailLedger) Append(ctx context.Context, request trail.AppendRequest) (*trail.Batch, error) {
	ctx, cancel := l.g.bound(ctx)
	defer cancel()
	return l.trails.Append(ctx, request)
}

func (l trailLedger) Seal(ctx context.Context, request trail.SealRequest) (*trail.Batch, error) {
	ctx, cancel := l.g.bound(ctx)
	defer cancel()
	return l.trails.Seal(ctx, request)
}

func (l trailLedger) Head(ctx context.Context, id, source string, number int) (*trail.Batch, error) {
	ctx, cancel := l.g.bound(ctx)
	defer cancel()
	state, err := l.trails.Batch(ctx, trail.BatchRequest{Trail: id, Source: source, Number: number})
	if errors.Is(err, gateway.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &state.Batch, nil
}

func (l trailLedger) Last(ctx context.Context, id, source string) (int, error) {
	last := 0
	err := eachBatch(ctx, l.g, l.trails, trail.BatchesRequest{Trail: id, Source: source}, func(b trail.BatchState) { last = b.Number })
	return last, err
}
