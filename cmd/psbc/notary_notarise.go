package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/bulk"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/intake"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// notariseResult is what `psbc notary notarise --json` prints.
type notariseResult struct {
	Body      string               `json:"body"` // MSP ID
	BodyName  string               `json:"bodyName"`
	Documents []bulk.Result        `json:"documents"`
	Counts    map[bulk.Outcome]int `json:"counts"` // outcomes that did not occur are left out
	Skipped   []string             `json:"skipped,omitempty"`
}

type notariseFlags struct {
	particulars
	algorithm  algorithmFlag
	supersedes string
	requestID  string
	title      string
	fileName   bool
	persons    []string
	batch      batchFlags
}

func newNotariseCommand(g *globals) *cobra.Command {
	f := &notariseFlags{algorithm: algorithmFlag{notary.SHA2_256}}
	cmd := &cobra.Command{
		Use:   "notarise FILE...",
		Short: "Notarise documents in the body's name",
		Long: `Hashes the documents and records their digests on the ledger in the name of the
body that acts. The documents stay where they are.

FILE may be a folder: it stands for the regular files in it, at any depth and
hidden ones included, in the order of their names; symbolic links in a folder are
not followed. "-" is standard input. Nothing is sent unless every file can be read.

Several documents go in transactions of up to 1000, each all or nothing. The
command may be repeated, after an interruption or with more documents: what the
body has notarised already with the same particulars is reported and left as it is,
and so are documents identical to another one of the run. The command fails (exit
code 1), after it has done the rest, for documents that the body notarised with
other particulars or has revoked or superseded: a body notarises a digest once.

Everything but the --details-* flags is public, on every body's peer, forever.
Private details go to the own body's peers only, can be purged, and leave a salted
hash on the ledger; documents with details take a transaction each.

With --batch one record on the ledger stands for all files of a folder, however many:
they are hashed on all cores, and the root of the Merkle tree over their digests is
recorded. The batch file keeps the tree and, beside it, the files' names: without it there
is no evidence of any of them. With --evidence-dir evidence is written for each, under its
name in the folder; files of that name are replaced. Interrupted, the command goes on when
it is repeated.

With --json:

  {"body", "bodyName", "documents": [{"name", "digest", "outcome", "sameAs", "note",
   "txId", "claimedTime"}], "counts": {OUTCOME: NUMBER}, "skipped": [NAME]}

The outcomes: notarised, already-notarised, identical (to the document "sameAs"),
differs and ended (see above), pending (the run failed before it).

With --batch and --json: {"body", "bodyName", "batchFile", "resumed", "root", "count",
"txId", "claimedTime", "evidenceDir", "evidence": NUMBER, "skipped"}.`,
		Example: `  psbc notary notarise README.md --type charter --valid-until 2030-12-31
  psbc notary notarise LICENSE --details-title "Licence of the suite" --details-file-name
  echo "a document" | psbc notary notarise - --as SIGI
  psbc notary notarise docs --type documentation --json
  psbc notary notarise --batch docs --batch-file docs.batch`,
		Args: func(cmd *cobra.Command, args []string) error {
			if f.batch.dir != "" {
				return noArgs(cmd, args)
			}
			return atLeast("FILE")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.batch.check(cmd); err != nil {
				return err
			}
			if f.batch.dir != "" {
				return f.runBatch(g, cmd)
			}
			return f.run(g, cmd, args)
		},
	}
	f.batch.add(cmd)
	f.particulars.add(cmd)
	f.algorithm.add(cmd, "digest algorithm")
	flags := cmd.Flags()
	flags.StringVar(&f.supersedes, "supersedes", "", "`FILE|DIGEST` that the body notarised and that this one document replaces")
	flags.StringVar(&f.requestID, "request-id", "", "repeat the request with this `ID` after an unknown outcome (one document only)")
	flags.StringVar(&f.title, "details-title", "", "private: the document's title")
	flags.BoolVar(&f.fileName, "details-file-name", false, "private: record each document's file name")
	flags.StringArrayVar(&f.persons, "details-person", nil, "private: a `PERSON` whom the document concerns; may be repeated")
	return cmd
}

func (f *notariseFlags) run(g *globals, cmd *cobra.Command, args []string) error {
	item, err := f.item()
	if err != nil {
		return err
	}
	documents, files, err := g.hash(cmd, args, f.algorithm.algorithm)
	if err != nil {
		return err
	}
	if len(documents) > 1 && (f.supersedes != "" || f.requestID != "") {
		return exit.Usagef("--supersedes and --request-id are for one document, but there are %d", len(documents))
	}
	if f.supersedes != "" {
		old, err := subject(cmd.Context(), f.supersedes, cmd.InOrStdin(), f.algorithm.algorithm)
		if err != nil {
			return err
		}
		item.Supersedes = old.Digest
	}
	return g.withNotary(cmd, func(ctx context.Context, n *gateway.Notary, names directory) error {
		bar := newProgress(cmd.ErrOrStderr(), len(documents), "notarising")
		run := bulk.Run{
			Notary:    n,
			Template:  item,
			Details:   f.details(),
			RequestID: f.requestID,
			Bound:     g.bound,
			Progress:  bar.add,
		}
		results, runErr := run.Do(ctx, documents)
		bar.close()
		return f.report(g, cmd, newNotariseResult(names.own(), results, files.Skipped), runErr)
	})
}

// details returns how to make a document's private details, nil for none.
func (f *notariseFlags) details() func(intake.Document) notary.Details {
	if f.title == "" && !f.fileName && len(f.persons) == 0 {
		return nil
	}
	return func(d intake.Document) notary.Details {
		details := notary.Details{Title: f.title, Persons: f.persons}
		if f.fileName && d.Name != intake.Stdin {
			details.FileName = filepath.Base(d.Name)
		}
		return details
	}
}

func newNotariseResult(body gateway.Body, results []bulk.Result, skipped []string) notariseResult {
	counts := make(map[bulk.Outcome]int)
	for _, r := range results {
		counts[r.Outcome]++
	}
	return notariseResult{Body: body.MSPID, BodyName: body.Name, Documents: results, Counts: counts, Skipped: skipped}
}

// report prints how far the run came, also when it failed on the way.
func (f *notariseFlags) report(g *globals, cmd *cobra.Command, result notariseResult, runErr error) error {
	pending := result.Counts[bulk.Pending]
	if runErr != nil && pending+result.Counts[bulk.Identical] == len(result.Documents) {
		return notDone(runErr, pending) // there is no result to print
	}
	if err := g.printResult(cmd, result, func(w io.Writer) { writeNotarised(w, result) }); err != nil {
		return err
	}
	switch {
	case runErr != nil:
		return notDone(runErr, pending)
	case result.Counts[bulk.Differs]+result.Counts[bulk.Ended] > 0:
		return exit.ErrReported
	}
	return nil
}

// notDone says how many documents a failed run left, and that it may be repeated
// when that can help. The error of a single document speaks for itself.
func notDone(err error, pending int) error {
	if pending == 1 {
		return err
	}
	left := fmt.Errorf("%s not done: %w", count(pending, "document"), err)
	for _, passing := range []error{gateway.ErrUnavailable, gateway.ErrOutcomeUnknown, gateway.ErrConflict, gateway.ErrCanceled, context.Canceled} {
		if errors.Is(err, passing) {
			return exit.WithRemedy(left, "run it again, what is notarised is not notarised twice")
		}
	}
	return left
}

func writeNotarised(w io.Writer, result notariseResult) {
	for _, d := range result.Documents {
		fmt.Fprintf(w, "%s\t%s\t%s\n", d.Outcome, d.Digest, describeDocument(d))
	}
	switch n := len(result.Documents); {
	case n > 1:
		fmt.Fprintf(w, "%s by %s:", count(n, "document"), result.BodyName)
		separator := " "
		for _, outcome := range bulk.Outcomes() {
			if c := result.Counts[outcome]; c > 0 {
				fmt.Fprintf(w, "%s%d %s", separator, c, outcome)
				separator = ", "
			}
		}
		fmt.Fprintln(w)
	case result.Documents[0].TxID != "":
		d := result.Documents[0]
		fmt.Fprintf(w, "by %s at %s in transaction %s\n", result.BodyName, seconds(d.ClaimedTime), d.TxID)
	}
}

func describeDocument(d bulk.Result) string {
	text := printable(d.Name)
	if d.SameAs != "" {
		text += " (identical to " + printable(d.SameAs) + ")"
	}
	if d.Note != "" {
		text += " (" + d.Note + ")"
	}
	return text
}
