package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/intake"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/verdict"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// verifyResult is what `psbc notary verify --json` prints.
type verifyResult struct {
	Valid     bool             `json:"valid"` // every document is
	At        string           `json:"at"`    // the moment it holds for, RFC 3339 UTC
	By        string           `json:"by,omitempty"`
	Documents []verifyDocument `json:"documents"`
	Skipped   []string         `json:"skipped,omitempty"`
}

type verifyDocument struct {
	Name          string               `json:"name"`
	Digest        notary.Digest        `json:"digest"` // the one that decided, else the first tried
	Verdict       verdict.Verdict      `json:"verdict"`
	Notarisations []verifyNotarisation `json:"notarisations"`
}

type verifyNotarisation struct {
	Verdict verdict.Verdict `json:"verdict"`
	recordView
}

// verifiedAtOnce bounds the documents that are verified side by side. Verifying
// waits for the network more than it computes.
const verifiedAtOnce = 16

type verifyFlags struct {
	by        string
	at        moment
	algorithm algorithmFlag
}

func newVerifyCommand(g *globals) *cobra.Command {
	f := &verifyFlags{at: moment{date: startOfDay}}
	cmd := &cobra.Command{
		Use:   "verify FILE|DIGEST...",
		Short: "Tell whether documents are validly notarised",
		Long: `Looks for every body's notarisations of each document and tells whether it is
validly notarised: exit code 0 when each document is, else 3, and which bodies said
what and when. One valid notarisation is enough; with --by only that body's counts.

` + namingHelp + `
A folder stands for the files in it, as with notarise. A file is looked up by its
sha2-256 digest, and unless that is valid by the other algorithms' too, so it does
not matter which one it was notarised with.

With --at the answer is that of a moment in the past or future, by the times that
the notarising bodies claimed; such times are the bodies' own statements.

The answer comes from the own body's peer.

With --json:

  {"valid", "at", "by", "documents": [{"name", "digest", "verdict",
   "notarisations": [{"verdict", RECORD...}]}], "skipped": [NAME]}

The verdicts: valid, revoked, superseded, expired, not-yet-valid, not-notarised.`,
		Example: `  psbc notary verify README.md
  psbc notary verify README.md --by CTIE --as SIGI --json
  psbc notary verify README.md --at 2027-01-31T12:00:00Z`,
		Args: atLeast("FILE|DIGEST"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(g, cmd, args) },
	}
	cmd.Flags().StringVar(&f.by, "by", "", "only this `BODY`'s notarisation counts")
	cmd.Flags().Var(&f.at, "at", "the moment to verify for: RFC 3339, or a date, at its start in UTC (default: now)")
	f.algorithm.add(cmd, "only look for digests of this algorithm (default: any)")
	mustComplete(cmd, "by", g.completeBodies)
	return cmd
}

func (f *verifyFlags) run(g *globals, cmd *cobra.Command, args []string) error {
	subjects, skipped, err := verifySubjects(args)
	if err != nil {
		return err
	}
	reportSkipped(cmd.ErrOrStderr(), skipped)
	return g.withNotary(cmd, func(ctx context.Context, n *gateway.Notary, names directory) error {
		v, err := f.verifier(g, n, names, cmd.InOrStdin())
		if err != nil {
			return err
		}
		documents := make([]verifyDocument, len(subjects))
		bar := newProgress(cmd.ErrOrStderr(), len(subjects), "verifying")
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(verifiedAtOnce)
		for i, arg := range subjects {
			group.Go(func() (err error) {
				documents[i], err = v.verify(ctx, arg)
				bar.add(1)
				return err
			})
		}
		err = group.Wait()
		bar.close()
		if err != nil {
			return err
		}
		return reportVerified(g, cmd, v, documents, skipped)
	})
}

// verifySubjects keeps the digests among args and expands the rest.
func verifySubjects(args []string) (subjects, skipped []string, err error) {
	for _, arg := range args {
		if _, err := notary.ParseDigest(arg); err == nil {
			subjects = append(subjects, arg)
			continue
		} else if missing(arg) && looksLikeDigest(arg) {
			return nil, nil, notADigest(arg, err)
		}
		files, err := intake.Expand([]string{arg})
		if err != nil {
			return nil, nil, err
		}
		if len(files.Paths) == 0 {
			return nil, nil, fmt.Errorf("there are no files in %s", printable(arg))
		}
		subjects = append(subjects, files.Paths...)
		skipped = append(skipped, files.Skipped...)
	}
	return subjects, skipped, nil
}

// verifier answers for one moment.
type verifier struct {
	notary     *gateway.Notary
	names      directory
	bound      func(context.Context) (context.Context, context.CancelFunc)
	stdin      io.Reader
	algorithms []notary.Algorithm // in the order to try
	by         *gateway.Body      // nil: any body
	at         time.Time
	replay     bool // judge records as they stood at that time
}

func (f *verifyFlags) verifier(g *globals, n *gateway.Notary, names directory, stdin io.Reader) (*verifier, error) {
	v := &verifier{
		notary: n, names: names, bound: g.bound, stdin: stdin,
		algorithms: notary.Algorithms(),
		at:         time.Now().UTC(),
	}
	if f.algorithm.algorithm != "" {
		v.algorithms = []notary.Algorithm{f.algorithm.algorithm}
	}
	if f.at.set {
		v.at, v.replay = f.at.at, true
	}
	if f.by != "" {
		body, err := names.find("by", f.by)
		if err != nil {
			return nil, err
		}
		v.by = &body
	}
	return v, nil
}

// verify answers for one document: first by the digest that is most likely, then
// by all, because "not notarised" must not depend on a guess.
func (v *verifier) verify(ctx context.Context, arg string) (verifyDocument, error) {
	if digest, err := notary.ParseDigest(arg); err == nil {
		document := verifyDocument{Name: arg, Digest: digest}
		return document, v.judge(ctx, &document, digest)
	}
	document := verifyDocument{Name: arg}
	for _, algorithms := range v.passes(arg) {
		var digests []notary.Digest
		err := intake.Read(ctx, arg, v.stdin, func(in io.Reader) (err error) {
			digests, err = intake.Digests(in, algorithms...)
			return err
		})
		if err != nil {
			return document, err
		}
		if document.Digest == "" {
			document.Digest = digests[0]
		}
		for _, digest := range digests {
			if err := v.judge(ctx, &document, digest); err != nil {
				return document, err
			}
			if document.Verdict == verdict.Valid {
				return document, nil
			}
		}
	}
	return document, nil
}

// passes says which digests to compute in each reading of a document. Standard
// input can be read only once.
func (v *verifier) passes(arg string) [][]notary.Algorithm {
	if arg == intake.Stdin || len(v.algorithms) == 1 {
		return [][]notary.Algorithm{v.algorithms}
	}
	return [][]notary.Algorithm{v.algorithms[:1], v.algorithms[1:]}
}

// judge adds the notarisations of a digest to a document and decides again.
func (v *verifier) judge(ctx context.Context, document *verifyDocument, digest notary.Digest) error {
	ctx, cancel := v.bound(ctx)
	defer cancel()
	for record, err := range v.notary.FindAll(ctx, notary.FindRequest{Digest: digest}) {
		if err != nil {
			return err
		}
		if v.by != nil && record.Body != v.by.MSPID {
			continue
		}
		record, found, err := v.asOf(ctx, record)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		says, err := verdict.Judge(record, v.at)
		if err != nil {
			return err
		}
		document.Notarisations = append(document.Notarisations, verifyNotarisation{says, v.names.view(record)})
	}
	said := make([]verdict.Verdict, len(document.Notarisations))
	for i, n := range document.Notarisations {
		said[i] = n.Verdict
	}
	document.Verdict = verdict.Overall(said)
	for _, n := range document.Notarisations {
		if n.Verdict == document.Verdict {
			document.Digest = n.Digest
			break
		}
	}
	return nil
}

// asOf returns a record as it stood at the verifier's moment, false when it was
// not there yet.
func (v *verifier) asOf(ctx context.Context, record notary.Notarisation) (notary.Notarisation, bool, error) {
	if !v.replay {
		return record, true, nil
	}
	history, err := v.notary.History(ctx, notary.RecordRequest{Digest: record.Digest, Body: record.Body})
	if err != nil {
		return notary.Notarisation{}, false, err
	}
	return verdict.AsOf(*history, v.at)
}

func reportVerified(g *globals, cmd *cobra.Command, v *verifier, documents []verifyDocument, skipped []string) error {
	result := verifyResult{Valid: true, At: v.at.Format(time.RFC3339), Documents: documents, Skipped: skipped}
	if v.by != nil {
		result.By = v.by.Name
	}
	for i := range documents {
		result.Valid = result.Valid && documents[i].Verdict == verdict.Valid
		if documents[i].Notarisations == nil {
			documents[i].Notarisations = []verifyNotarisation{} // [] rather than null
		}
	}
	if err := g.printResult(cmd, result, func(w io.Writer) {
		for _, d := range documents {
			writeVerified(w, d, result)
		}
	}); err != nil {
		return err
	}
	if !result.Valid {
		return exit.ErrNo
	}
	return nil
}

// writeVerified says one document's verdict in a sentence, and under it what each
// body said.
func writeVerified(w io.Writer, d verifyDocument, result verifyResult) {
	by := ""
	if result.By != "" {
		by = " by " + result.By
	}
	word := strings.ReplaceAll(string(d.Verdict), "-", " ")
	switch d.Verdict {
	case verdict.NotNotarised:
		fmt.Fprintf(w, "NOT NOTARISED%s: %s (%s)\n", by, printable(d.Name), d.Digest)
	case verdict.Valid:
		fmt.Fprintf(w, "VALID: %s is notarised%s\n", printable(d.Name), by)
	default:
		fmt.Fprintf(w, "NOT VALID: %s is %s\n", printable(d.Name), word)
	}
	for _, n := range d.Notarisations {
		fmt.Fprintf(w, "  %s\n", n.sentence())
	}
}

// sentence says which body said what, and when.
func (n verifyNotarisation) sentence() string {
	text := fmt.Sprintf("%s notarised it at %s", n.BodyName, seconds(n.ClaimedTime))
	if n.Type != "" {
		text += " as " + n.Type
	}
	if n.Reference != "" {
		text += ", reference " + n.Reference
	}
	switch n.Verdict {
	case verdict.Revoked:
		text += fmt.Sprintf(" and revoked that at %s, %s", seconds(n.Revocation.At), describeReason(*n.Revocation))
	case verdict.Superseded:
		text += fmt.Sprintf("; superseded by %s", n.SupersededBy)
	case verdict.Expired:
		text += fmt.Sprintf("; it was valid until %s", n.ValidUntil)
	case verdict.NotYetValid:
		text += fmt.Sprintf("; it is valid from %s", n.ValidFrom)
	case verdict.Valid:
		if n.ValidUntil != "" {
			text += fmt.Sprintf("; valid until %s", n.ValidUntil)
		}
	}
	return text
}
