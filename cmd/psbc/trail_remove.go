package main

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

func newRemoveCommand(g *globals) *cobra.Command {
	var (
		yes       bool
		requestID string
	)
	cmd := &cobra.Command{
		Use:   "remove TRAIL SOURCE NUMBER",
		Short: "Remove the entries of a batch past its retention",
		Long: `Removes the entries of one batch of the own body from the state that peers answer from,
once its retention is over: the longer one of what the trail's definition says and of
what it said when the batch was appended. The head of the batch stays, and so does a
record of the removal: the numbering has no gap. The blocks keep the entries; what
that means is said in docs/gdpr.md. It cannot be undone, so it asks first. "psbc trail
batches" tells the claimed times that the retention is counted from.

With --json: BATCH.`,
		Example: `  psbc trail remove civil-status eservices 1 --yes`,
		Args:    exactly("TRAIL", "SOURCE", "NUMBER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			number, err := strconv.Atoi(args[2])
			if err != nil || number < 1 {
				return exit.Usagef("%q is not the number of a batch", args[2])
			}
			return g.withTrails(cmd, func(ctx context.Context, t *gateway.Trails, names directory) error {
				if !yes {
					question := fmt.Sprintf("Remove the entries of batch %d of %s from %s for good?", number, printable(args[1]), printable(args[0]))
					if err := confirm(cmd, question); err != nil {
						return err
					}
				}
				ctx, cancel := g.bound(ctx)
				defer cancel()
				state, err := t.Remove(ctx, trail.RemoveRequest{RequestID: requestID, Trail: args[0], Source: args[1], Number: number})
				if err != nil {
					return err
				}
				view := names.viewBatch(*state)
				return g.printResult(cmd, view, func(w io.Writer) {
					fmt.Fprintf(w, "%s of batch %d of %s are removed from %s; its head stays\n", countEntries(view.Entries), view.Number, view.Source, view.Trail)
				})
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().StringVar(&requestID, "request-id", "", "repeat the request with this `ID` after an unknown outcome")
	return cmd
}
