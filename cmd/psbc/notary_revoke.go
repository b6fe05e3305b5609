package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/intake"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

func newRevokeCommand(g *globals) *cobra.Command {
	var (
		reason    reasonFlag
		note      string
		requestID string
		batchFile string
		algorithm = algorithmFlag{notary.SHA2_256}
	)
	cmd := &cobra.Command{
		Use:   "revoke FILE|DIGEST --reason CODE",
		Short: "Revoke the body's own notarisation",
		Long: `Ends the own body's notarisation of a document. That is final, and public: verify
says so from then on, with the reason.

` + namingHelp + `

Reasons: ` + strings.Join(reasonNames(), ", ") + `.

A document that was notarised in a batch is taken out of it with --batch; the others stay.
The ledger checks that the batch holds it. Evidence of it that was cut before still shows
the batch as it was; "evidence get" gives none any more.

With --json: RECORD; with --batch the record of the revocation: body, bodyName, root,
digest, index, requestId, revocation.`,
		Example: `  psbc notary revoke README.md --reason issued-in-error
  psbc notary revoke LICENSE --reason court-order --note 2027-A-113
  psbc notary revoke docs/a.md --batch docs.batch --reason withdrawn`,
		Args: exactly("FILE|DIGEST"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason.reason == "" {
				return exit.Usagef("--reason is missing; one of %s", strings.Join(reasonNames(), ", "))
			}
			document, err := subject(cmd.Context(), args[0], cmd.InOrStdin(), algorithm.algorithm)
			if err != nil {
				return err
			}
			return g.withNotary(cmd, func(ctx context.Context, n *gateway.Notary, names directory) error {
				ctx, cancel := g.bound(ctx)
				defer cancel()
				if batchFile != "" {
					r, err := revokeMember(ctx, n, batchFile, document, notary.RevokeRequest{RequestID: requestID, Reason: reason.reason, Note: note})
					if err != nil {
						return err
					}
					view := takenView{MemberRevocation: *r, BodyName: names.name(r.Body)}
					return g.printResult(cmd, view, func(w io.Writer) {
						fmt.Fprintf(w, "%s took %s out of the batch %s at %s, %s.\n",
							view.BodyName, printable(document.Name), r.Root, seconds(r.Revocation.At), describeReason(r.Revocation))
					})
				}
				record, err := n.Revoke(ctx, notary.RevokeRequest{
					RequestID: requestID, Digest: document.Digest, Reason: reason.reason, Note: note,
				})
				if err != nil {
					return err
				}
				return g.printResult(cmd, names.view(*record), func(w io.Writer) { writeRecord(w, names.view(*record)) })
			})
		},
	}
	flags := cmd.Flags()
	flags.Var(&reason, "reason", "why; required")
	flags.StringVar(&note, "note", "", "`CODE` that says more, such as a file number; public")
	flags.StringVar(&batchFile, "batch", "", "take the document out of the batch of this batch `FILE`")
	flags.StringVar(&requestID, "request-id", "", "repeat the request with this `ID` after an unknown outcome")
	algorithm.add(cmd, "digest algorithm")
	mustComplete(cmd, "reason", cobra.FixedCompletions(reasonNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

type takenView struct {
	notary.MemberRevocation
	BodyName string `json:"bodyName"`
}

// revokeMember takes a document out of the batch of a batch file, which has its path.
func revokeMember(ctx context.Context, n *gateway.Notary, batchFile string, document intake.Document, why notary.RevokeRequest) (*gateway.MemberRevocation, error) {
	batch, index, err := findInBatch(batchFile, document)
	if err != nil {
		return nil, err
	}
	defer batch.Close()
	request, err := batch.Revocation(index, why.Reason, why.Note)
	if err != nil {
		return nil, err
	}
	request.RequestID = why.RequestID
	return n.RevokeMember(ctx, request)
}

// findInBatch opens a batch file and finds a document in it.
func findInBatch(batchFile string, document intake.Document) (*gateway.Batch, uint64, error) {
	batch, err := gateway.OpenBatch(batchFile)
	if err != nil {
		return nil, 0, err
	}
	index, err := batch.Find(document.Digest)
	if errors.Is(err, gateway.ErrNotFound) {
		err = exit.Nof("%s is not in the batch %s", printable(document.Name), printable(batchFile))
	}
	if err != nil {
		return nil, 0, errors.Join(err, batch.Close())
	}
	return batch, index, nil
}
