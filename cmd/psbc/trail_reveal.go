package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/feed"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// batchView is the head of a batch with its body's name.
type batchView struct {
	BodyName string `json:"bodyName"`
	trail.BatchState
}

func (d directory) viewBatch(b trail.BatchState) batchView {
	return batchView{BodyName: d.name(b.Body), BatchState: b}
}

// revealResult is what `psbc trail reveal --json` prints.
type revealResult struct {
	Batches []batchView `json:"batches"`
	// Unsent are batches in the file that never got to the ledger under their number.
	Unsent int `json:"unsent,omitempty"`
}

func newRevealCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "reveal FILE",
		Short: "Show sealed entries, from the file that was kept of them",
		Long: `Reveals the sealed batches in a file that "psbc trail append --sealed --keep" wrote, one
transaction each. The ledger takes no entry but the one that was sealed, and none
before the time that was set. From then on the entries are read like any others. That
cannot be undone. What is revealed already stays so, and counts as done.

A batch in the file that was never sent, because the run that sealed it was interrupted
and its number went to another, is left out.

With --json:

  {"batches": [BATCH], "unsent"}`,
		Example: `  psbc trail reveal sealed.keep`,
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.withTrails(cmd, func(ctx context.Context, t *gateway.Trails, names directory) error {
				result := revealResult{Batches: []batchView{}}
				for kept, err := range feed.ReadKept(args[0]) {
					if err != nil {
						return exit.Usagef("%w", err)
					}
					state, err := reveal(ctx, g, t, kept)
					if err != nil {
						return err
					}
					if state == nil {
						result.Unsent++
						continue
					}
					result.Batches = append(result.Batches, names.viewBatch(*state))
				}
				if len(result.Batches) == 0 {
					return exit.Usagef("%q holds no batch that was sealed", args[0])
				}
				return g.printResult(cmd, result, func(w io.Writer) { writeRevealed(w, result) })
			})
		},
	}
}

// reveal reveals a batch, and returns nil for one that is not on the ledger.
func reveal(ctx context.Context, g *globals, t *gateway.Trails, kept feed.Kept) (*trail.BatchState, error) {
	ctx, cancel := g.bound(ctx)
	defer cancel()
	head, err := t.Batch(ctx, trail.BatchRequest{Trail: kept.Trail, Source: kept.Source, Number: kept.Number})
	if errors.Is(err, gateway.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sealed, err := kept.Sealed(head.Batch)
	if err != nil {
		return nil, refused("reveal", err)
	}
	if !sealed {
		return nil, nil
	}
	return t.Reveal(ctx, kept.Reveal())
}

func writeRevealed(w io.Writer, result revealResult) {
	for _, b := range result.Batches {
		fmt.Fprintf(w, "batch %d of %s in %s: %s, sealed at %s", b.Number, b.Source, b.Trail, countEntries(b.Entries), seconds(b.ClaimedTime))
		if b.Revealed != nil {
			fmt.Fprintf(w, ", revealed at %s", seconds(b.Revealed.ClaimedTime))
		}
		fmt.Fprintln(w)
	}
	if result.Unsent > 0 {
		fmt.Fprintf(w, "%d in the file were never sent\n", result.Unsent)
	}
}
