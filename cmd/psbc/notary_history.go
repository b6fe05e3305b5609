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

// historyResult is what `psbc notary history --json` prints.
type historyResult struct {
	Digest   notary.Digest   `json:"digest"`
	Body     string          `json:"body"` // MSP ID
	BodyName string          `json:"bodyName"`
	Changes  []notary.Change `json:"changes"` // oldest first
}

func newHistoryCommand(g *globals) *cobra.Command {
	var (
		bodyName  string
		algorithm = algorithmFlag{notary.SHA2_256}
	)
	cmd := &cobra.Command{
		Use:   "history FILE|DIGEST",
		Short: "Show every state of one body's notarisation",
		Long: `Shows every committed state of one body's notarisation of a document, oldest first.
Exit code 3 when there is none.

` + namingHelp + `

With --json, the records without "bodyName":

  {"digest", "body", "bodyName", "changes": [{"txId", "claimedTime", "record": RECORD}]}`,
		Example: `  psbc notary history README.md
  psbc notary history README.md --body CTIE --as SIGI`,
		Args: exactly("FILE|DIGEST"),
		RunE: func(cmd *cobra.Command, args []string) error {
			document, err := subject(cmd.Context(), args[0], cmd.InOrStdin(), algorithm.algorithm)
			if err != nil {
				return err
			}
			return g.withNotary(cmd, func(ctx context.Context, n *gateway.Notary, names directory) error {
				ctx, cancel := g.bound(ctx)
				defer cancel()
				body, err := names.find("body", bodyName)
				if err != nil {
					return err
				}
				history, err := readHistory(ctx, n, document.Digest, body)
				if err != nil {
					return err
				}
				if err := g.printResult(cmd, history, func(w io.Writer) { writeHistory(w, history) }); err != nil {
					return err
				}
				if len(history.Changes) == 0 {
					return exit.ErrNo
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&bodyName, "body", "", "the `BODY` whose notarisation it is (default: the own)")
	algorithm.add(cmd, "digest algorithm")
	mustComplete(cmd, "body", g.completeBodies)
	return cmd
}

// readHistory returns a history without changes for what was never notarised.
func readHistory(ctx context.Context, n *gateway.Notary, digest notary.Digest, body gateway.Body) (historyResult, error) {
	result := historyResult{Digest: digest, Body: body.MSPID, BodyName: body.Name, Changes: []notary.Change{}}
	history, err := n.History(ctx, notary.RecordRequest{Digest: digest, Body: body.MSPID})
	if errors.Is(err, gateway.ErrNotFound) {
		return result, nil
	}
	if err != nil {
		return result, err
	}
	result.Changes = append(result.Changes, history.Changes...)
	return result, nil
}

func writeHistory(w io.Writer, h historyResult) {
	if len(h.Changes) == 0 {
		fmt.Fprintf(w, "not notarised by %s: %s\n", h.BodyName, h.Digest)
		return
	}
	fmt.Fprintf(w, "%s by %s\n", h.Digest, h.BodyName)
	fmt.Fprintln(w, "CLAIMED TIME\tTRANSACTION\tSTATUS")
	for _, c := range h.Changes {
		fmt.Fprintf(w, "%s\t%s\t%s\n", seconds(c.ClaimedTime), c.TxID, describeStatus(c.Record))
	}
}
