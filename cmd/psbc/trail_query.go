package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/siem"
)

// entriesResult is what `psbc trail query --json` prints.
type entriesResult struct {
	Trail   string       `json:"trail"`
	Entries []siem.Event `json:"entries"`
	// Next is what --page takes to go on; absent at the end.
	Next string `json:"next,omitempty"`
}

func newQueryCommand(g *globals) *cobra.Command {
	var page pageFlags
	window := newWindowFlags()
	cmd := &cobra.Command{
		Use:   "query TRAIL",
		Short: "Read the entries of a trail by time",
		Long: `Reads the entries of a trail in the order of the claimed times of their batches, from
--from to --to, up to --limit. Sealed entries are among them once they are revealed.
When there are more, the output ends with the token with which --page goes on. Exit
code 3 when there are none.

The claimed time is that of the transaction that appended a batch; the systems' own
times of the acts, which are shown, may be earlier.

With --json:

  {"trail", "entries": [ENTRY], "next": TOKEN}`,
		Example: `  psbc trail query civil-status --from 2025-01-01 --limit 20
  psbc trail query civil-status --as SIGI --json`,
		Args: exactly("TRAIL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := page.check(); err != nil {
				return err
			}
			if err := window.check(); err != nil {
				return err
			}
			return g.withTrails(cmd, func(ctx context.Context, t *gateway.Trails, names directory) error {
				result, err := query(ctx, g, t, names, trail.EntriesRequest{Trail: args[0], From: window.from.String(), To: window.to.String()}, page)
				if err != nil {
					return err
				}
				if err := g.printResult(cmd, result, func(w io.Writer) { writeQueried(w, result) }); err != nil {
					return err
				}
				if len(result.Entries) == 0 {
					return exit.ErrNo
				}
				return nil
			})
		},
	}
	page.add(cmd, "entries")
	window.add(cmd)
	return cmd
}

// query reads as many pages as the limit needs.
func query(ctx context.Context, g *globals, t *gateway.Trails, names directory, request trail.EntriesRequest, page pageFlags) (entriesResult, error) {
	result := entriesResult{Trail: request.Trail, Entries: []siem.Event{}}
	var err error
	result.Next, err = page.read(ctx, g, func(ctx context.Context, size int, bookmark string) (int, string, error) {
		request.PageSize, request.Bookmark = size, bookmark
		found, err := t.Entries(ctx, request)
		if err != nil {
			return 0, "", err
		}
		for _, located := range found.Items {
			result.Entries = append(result.Entries, names.viewLocated(located))
		}
		return len(found.Items), found.Bookmark, nil
	})
	return result, err
}

func writeQueried(w io.Writer, result entriesResult) {
	if len(result.Entries) == 0 {
		fmt.Fprintf(w, "no such entries in %s\n", printable(result.Trail))
		return
	}
	writeEntryHead(w)
	for _, e := range result.Entries {
		writeEntryLine(w, e)
	}
	writeNext(w, result.Next)
}

// eachEntry reads all entries that a request asks for, page by page.
func eachEntry(ctx context.Context, g *globals, t *gateway.Trails, request trail.EntriesRequest, use func(trail.Located) error) error {
	request.PageSize = trail.MaxPageSize
	for more := true; more; more = request.Bookmark != "" {
		page, err := func() (*trail.EntryPage, error) {
			ctx, cancel := g.bound(ctx)
			defer cancel()
			return t.Entries(ctx, request)
		}()
		if err != nil {
			return err
		}
		for _, located := range page.Items {
			if err := use(located); err != nil {
				return err
			}
		}
		request.Bookmark = page.Bookmark
	}
	return nil
}
