package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// listResult is what `psbc notary list --json` prints.
type listResult struct {
	Body          string                `json:"body"` // MSP ID
	BodyName      string                `json:"bodyName"`
	Notarisations []notary.Notarisation `json:"notarisations"`
	// Next is what --page takes to go on; absent at the end.
	Next string `json:"next,omitempty"`
}

func newListCommand(g *globals) *cobra.Command {
	var (
		bodyName string
		limit    int
		page     string
	)
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List a body's notarisations",
		Long: `Lists a body's notarisations, oldest claimed time first, up to --limit. When there
are more, the output ends with the token with which --page goes on.

With --json, the records without "bodyName":

  {"body", "bodyName", "notarisations": [RECORD], "next": TOKEN}`,
		Example: `  psbc notary list
  psbc notary list --body CTIE --limit 1000 --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 {
				return exit.Usagef("--limit is %d, but at least 1 is needed", limit)
			}
			return g.withNotary(cmd, func(ctx context.Context, n *gateway.Notary, names directory) error {
				body, err := names.find("body", bodyName)
				if err != nil {
					return err
				}
				result, err := list(ctx, g, n, body, limit, page)
				if err != nil {
					return err
				}
				return g.printResult(cmd, result, func(w io.Writer) { writeList(w, result) })
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&bodyName, "body", "", "the `BODY` whose notarisations these are (default: the own)")
	flags.IntVar(&limit, "limit", notary.DefaultPageSize, "at most this `NUMBER` of notarisations")
	flags.StringVar(&page, "page", "", "go on where an earlier list ended, with its `TOKEN`")
	mustComplete(cmd, "body", g.completeBodies)
	return cmd
}

// list reads as many pages as limit needs.
func list(ctx context.Context, g *globals, n *gateway.Notary, body gateway.Body, limit int, bookmark string) (listResult, error) {
	result := listResult{Body: body.MSPID, BodyName: body.Name, Notarisations: []notary.Notarisation{}, Next: bookmark}
	for limit > 0 {
		page, err := listPage(ctx, g, n, notary.ListRequest{Body: body.MSPID, PageSize: min(limit, notary.MaxPageSize), Bookmark: result.Next})
		if err != nil {
			return result, err
		}
		result.Notarisations = append(result.Notarisations, page.Items...)
		limit -= len(page.Items)
		if result.Next = page.Bookmark; result.Next == "" {
			break
		}
	}
	return result, nil
}

func listPage(ctx context.Context, g *globals, n *gateway.Notary, request notary.ListRequest) (*notary.Page, error) {
	ctx, cancel := g.bound(ctx)
	defer cancel()
	return n.ListByBody(ctx, request)
}

func writeList(w io.Writer, result listResult) {
	if len(result.Notarisations) == 0 {
		fmt.Fprintf(w, "%s has notarised nothing\n", result.BodyName)
		return
	}
	fmt.Fprintln(w, "CLAIMED TIME\tSTATUS\tTYPE\tREFERENCE\tDIGEST")
	for _, n := range result.Notarisations {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", seconds(n.ClaimedTime), n.Status, dash(n.Type), printable(dash(n.Reference)), n.Digest)
	}
	if result.Next != "" {
		fmt.Fprintf(w, "more with --page %s\n", shellQuote(result.Next))
	}
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
