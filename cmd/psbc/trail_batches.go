package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// batchesResult is what `psbc trail batches --json` prints.
type batchesResult struct {
	Trail   string      `json:"trail"`
	Batches []batchView `json:"batches"`
	// Next is what --page takes to go on; absent at the end.
	Next string `json:"next,omitempty"`
}

func newBatchesCommand(g *globals) *cobra.Command {
	var (
		page   pageFlags
		source string
	)
	cmd := &cobra.Command{
		Use:   "batches TRAIL",
		Short: "List the batches of a trail",
		Long: `Lists the heads of a trail's batches by source and number, up to --limit: what each
source sent under each number, and what happened to it. When there are more, the
output ends with the token with which --page goes on.

With --json:

  {"trail", "batches": [BATCH], "next": TOKEN}`,
		Example: `  psbc trail batches civil-status --source eservices`,
		Args:    exactly("TRAIL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := page.check(); err != nil {
				return err
			}
			return g.withTrails(cmd, func(ctx context.Context, t *gateway.Trails, names directory) error {
				result := batchesResult{Trail: args[0], Batches: []batchView{}}
				var err error
				result.Next, err = page.read(ctx, g, func(ctx context.Context, size int, bookmark string) (int, string, error) {
					found, err := t.Batches(ctx, trail.BatchesRequest{Trail: args[0], Source: source, PageSize: size, Bookmark: bookmark})
					if err != nil {
						return 0, "", err
					}
					for _, b := range found.Items {
						result.Batches = append(result.Batches, names.viewBatch(b))
					}
					return len(found.Items), found.Bookmark, nil
				})
				if err != nil {
					return err
				}
				return g.printResult(cmd, result, func(w io.Writer) { writeBatches(w, result) })
			})
		},
	}
	page.add(cmd, "batches")
	cmd.Flags().StringVar(&source, "source", "", "only those of this source's `NAME`")
	return cmd
}

// eachBatch reads all heads that a request asks for.
func eachBatch(ctx context.Context, g *globals, t *gateway.Trails, request trail.BatchesRequest, use func(trail.BatchState)) error {
	all := pageFlags{limit: int(^uint(0) >> 1)}
	_, err := all.read(ctx, g, func(ctx context.Context, size int, bookmark string) (int, string, error) {
		request.PageSize, request.Bookmark = size, bookmark
		page, err := t.Batches(ctx, request)
		if err != nil {
			return 0, "", err
		}
		for _, b := range page.Items {
			use(b)
		}
		return len(page.Items), page.Bookmark, nil
	})
	return err
}

func writeBatches(w io.Writer, result batchesResult) {
	if len(result.Batches) == 0 {
		fmt.Fprintf(w, "nothing was appended to %s\n", printable(result.Trail))
	} else {
		fmt.Fprintln(w, "SOURCE\tNUMBER\tENTRIES\tCLAIMED TIME\tFIRST\tLAST\tSTATE")
	}
	for _, b := range result.Batches {
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\t%s\n", b.Source, b.Number, b.Entries, seconds(b.ClaimedTime),
			dash(seconds(b.First)), dash(seconds(b.Last)), describeBatch(b.BatchState))
	}
	writeNext(w, result.Next)
}

// describeBatch says what is to be known of a batch beside its numbers.
func describeBatch(b trail.BatchState) string {
	state := "open"
	switch {
	case b.Removed != nil:
		state = "removed at " + seconds(b.Removed.ClaimedTime)
	case b.Revealed != nil:
		state = "revealed at " + seconds(b.Revealed.ClaimedTime)
	case b.RevealAfter != "":
		state = "sealed until " + seconds(b.RevealAfter)
	}
	if b.GapReason != "" {
		state += fmt.Sprintf(", follows %d, %s", b.Previous, b.GapReason)
	}
	return state
}

// gapView is a run of numbers that a source never sent.
type gapView struct {
	Source   string `json:"source"`
	First    int    `json:"first"` // missing, and so is what lies between
	Last     int    `json:"last"`
	Missing  int    `json:"missing"`
	Declared string `json:"declared,omitempty"`
}

// gapsResult is what `psbc trail gaps --json` prints.
type gapsResult struct {
	Trail      string    `json:"trail"`
	Gaps       []gapView `json:"gaps"`
	Undeclared int       `json:"undeclared"`
}

func newGapsCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "gaps TRAIL",
		Short: "Tell whether everything that was sent to a trail is there",
		Long: `Reads the heads of all batches of a trail and lists the numbers that are missing in the
numbering of each source. A gap that its source declared is listed with the reason. The
ledger takes no batch after a gap that is not declared: exit code 3 for one says that
something is wrong with the ledger. What a source has not sent yet is no gap.

With --json:

  {"trail", "gaps": [{"source", "first", "last", "missing", "declared"}],
   "undeclared"}`,
		Example: `  psbc trail gaps civil-status`,
		Args:    exactly("TRAIL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.withTrails(cmd, func(ctx context.Context, t *gateway.Trails, _ directory) error {
				var heads []trail.Batch
				if err := eachBatch(ctx, g, t, trail.BatchesRequest{Trail: args[0]}, func(b trail.BatchState) { heads = append(heads, b.Batch) }); err != nil {
					return err
				}
				result := viewGaps(args[0], trail.Gaps(heads))
				if err := g.printResult(cmd, result, func(w io.Writer) { writeGaps(w, result, len(heads)) }); err != nil {
					return err
				}
				if result.Undeclared > 0 {
					return exit.ErrNo
				}
				return nil
			})
		},
	}
}

func viewGaps(id string, gaps []trail.Gap) gapsResult {
	result := gapsResult{Trail: id, Gaps: []gapView{}}
	for _, gap := range gaps {
		result.Gaps = append(result.Gaps, gapView{
			Source: gap.Source, First: gap.After + 1, Last: gap.Before - 1, Missing: gap.Before - gap.After - 1, Declared: gap.Declared,
		})
		if gap.Declared == "" {
			result.Undeclared++
		}
	}
	return result
}

func writeGaps(w io.Writer, result gapsResult, batches int) {
	if len(result.Gaps) == 0 {
		fmt.Fprintf(w, "no gaps in %s: all numbers of its %s are there\n", printable(result.Trail), countBatches(batches))
		return
	}
	fmt.Fprintln(w, "SOURCE\tMISSING\tNUMBERS\tDECLARED")
	for _, gap := range result.Gaps {
		numbers := fmt.Sprint(gap.First)
		if gap.Last > gap.First {
			numbers = fmt.Sprintf("%d to %d", gap.First, gap.Last)
		}
		declared := gap.Declared
		if declared == "" {
			declared = "NOT DECLARED"
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", gap.Source, gap.Missing, numbers, declared)
	}
}

// countBatches returns "1 batch" or "3 batches".
func countBatches(n int) string {
	if n == 1 {
		return "1 batch"
	}
	return fmt.Sprintf("%d batches", n)
}
