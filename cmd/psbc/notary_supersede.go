package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// supersedeOutcome says what a supersede found, and so did.
type supersedeOutcome string

const (
	outcomeNotarised supersedeOutcome = "notarised"          // the new document, in the same step
	outcomeLinked    supersedeOutcome = "linked"             // the new document was notarised before
	outcomeAlready   supersedeOutcome = "already-superseded" // by this very document
)

// supersedeResult is what `psbc notary supersede --json` prints.
type supersedeResult struct {
	Outcome supersedeOutcome `json:"outcome"`
	Old     notary.Digest    `json:"old"`
	New     recordView       `json:"new"`
}

type supersedeFlags struct {
	particulars
	algorithm algorithmFlag
	requestID string
}

func newSupersedeCommand(g *globals) *cobra.Command {
	f := &supersedeFlags{algorithm: algorithmFlag{notary.SHA2_256}}
	cmd := &cobra.Command{
		Use:   "supersede OLD NEW",
		Short: "Replace a notarised document by a new version",
		Long: `Makes NEW the successor of OLD, both notarised by the own body: OLD is superseded
from then on, which is final. When the body has not notarised NEW yet, that happens
in the same transaction; then NEW has the particulars that the flags give, and of
those that are not given, OLD's type and reference.

OLD and NEW are documents or digests. ` + namingHelp + `

The command may be repeated: what is done is reported and not done again.

With --json:

  {"outcome", "old": DIGEST, "new": RECORD}

The outcomes: notarised (NEW, in the same step), linked (NEW was notarised before),
already-superseded (by this very document).`,
		Example: `  psbc notary supersede LICENSE README.md --type charter`,
		Args:    exactly("OLD", "NEW"),
		RunE:    func(cmd *cobra.Command, args []string) error { return f.run(g, cmd, args) },
	}
	f.particulars.add(cmd)
	f.algorithm.add(cmd, "digest algorithm")
	cmd.Flags().StringVar(&f.requestID, "request-id", "", "repeat the request with this `ID` after an unknown outcome")
	return cmd
}

func (f *supersedeFlags) run(g *globals, cmd *cobra.Command, args []string) error {
	item, err := f.item()
	if err != nil {
		return err
	}
	old, err := subject(cmd.Context(), args[0], cmd.InOrStdin(), f.algorithm.algorithm)
	if err != nil {
		return err
	}
	replacement, err := subject(cmd.Context(), args[1], cmd.InOrStdin(), f.algorithm.algorithm)
	if err != nil {
		return err
	}
	if old.Digest == replacement.Digest {
		return exit.Usagef("OLD and NEW are the same document, %s", old.Digest)
	}
	item.Digest, item.Supersedes = replacement.Digest, old.Digest
	return g.withNotary(cmd, func(ctx context.Context, n *gateway.Notary, names directory) error {
		ctx, cancel := g.bound(ctx)
		defer cancel()
		record, outcome, err := f.supersede(ctx, cmd, n, item)
		if err != nil {
			return err
		}
		result := supersedeResult{Outcome: outcome, Old: old.Digest, New: names.view(*record)}
		return g.printResult(cmd, result, func(w io.Writer) {
			fmt.Fprintf(w, "%s is superseded by %s (%s)\n", printable(args[0]), printable(args[1]), outcome)
			writeRecord(w, result.New)
		})
	})
}

// supersede notarises item, which names what it supersedes, or links it when the
// body has notarised it already.
func (f *supersedeFlags) supersede(ctx context.Context, cmd *cobra.Command, n *gateway.Notary, item notary.Item) (*notary.Notarisation, supersedeOutcome, error) {
	existing, err := n.Read(ctx, notary.RecordRequest{Digest: item.Digest})
	switch {
	case errors.Is(err, gateway.ErrNotFound):
		if err := f.inherit(ctx, cmd, n, &item); err != nil {
			return nil, "", err
		}
		record, err := n.Notarise(ctx, notary.NotariseRequest{RequestID: f.requestID, Item: item})
		return record, outcomeNotarised, err
	case err != nil:
		return nil, "", err
	case existing.Supersedes == item.Supersedes:
		return existing, outcomeAlready, nil
	}
	record, err := n.Supersede(ctx, notary.SupersedeRequest{RequestID: f.requestID, Old: item.Supersedes, New: item.Digest})
	return record, outcomeLinked, err
}

// inherit gives item the type and reference of what it supersedes, where the flags
// say nothing.
func (f *supersedeFlags) inherit(ctx context.Context, cmd *cobra.Command, n *gateway.Notary, item *notary.Item) error {
	old, err := n.Read(ctx, notary.RecordRequest{Digest: item.Supersedes})
	if err != nil {
		return err
	}
	if !cmd.Flags().Changed("type") {
		item.Type = old.Type
	}
	if !cmd.Flags().Changed("reference") {
		item.Reference = old.Reference
	}
	return nil
}
