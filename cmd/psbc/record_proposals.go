package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// proposalsResult is what `psbc record proposals --json` prints.
type proposalsResult struct {
	Register  string         `json:"register"`
	Proposals []proposalView `json:"proposals"`
	// Next is what --page takes to go on; absent at the end.
	Next string `json:"next,omitempty"`
}

func newProposalsCommand(g *globals) *cobra.Command {
	var (
		page pageFlags
		open bool
	)
	cmd := &cobra.Command{
		Use:   "proposals REGISTER",
		Short: "List the changes that wait, or waited, for approvals",
		Long: `Lists the proposals of a register, decided ones included, up to --limit. When there
are more, the output ends with the token with which --page goes on. With --open only
those are shown that still wait; then fewer than --limit may be.

With --json, with the whole change of each:

  {"register", "proposals": [PROPOSAL], "next": TOKEN}`,
		Example: `  psbc record proposals licences --open`,
		Args:    exactly("REGISTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := page.check(); err != nil {
				return err
			}
			return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
				result := proposalsResult{Register: args[0], Proposals: []proposalView{}}
				now := time.Now()
				var err error
				result.Next, err = page.read(ctx, g, func(ctx context.Context, size int, bookmark string) (int, string, error) {
					found, err := r.Proposals(ctx, registry.ListRequest{Register: args[0], PageSize: size, Bookmark: bookmark})
					if err != nil {
						return 0, "", err
					}
					for _, p := range found.Items {
						if !open || waits(p, now) {
							result.Proposals = append(result.Proposals, names.viewProposal(p))
						}
					}
					return len(found.Items), found.Bookmark, nil
				})
				if err != nil {
					return err
				}
				return g.printResult(cmd, result, func(w io.Writer) { writeProposals(w, result, now) })
			})
		},
	}
	page.add(cmd, "proposals")
	cmd.Flags().BoolVar(&open, "open", false, "only those that can still be approved")
	return cmd
}

// waits says whether a proposal can still be approved. The ledger does not mark
// those whose time is over.
func waits(p registry.Proposal, now time.Time) bool {
	expires, err := time.Parse(time.RFC3339Nano, p.Expires)
	return p.Status == registry.ProposalOpen && (err != nil || !now.After(expires))
}

func writeProposals(w io.Writer, result proposalsResult, now time.Time) {
	if len(result.Proposals) == 0 {
		fmt.Fprintf(w, "there are no such proposals in %s\n", printable(result.Register))
	} else {
		fmt.Fprintln(w, "PROPOSAL\tBODY\tCHANGE\tRECORD\tSTATUS\tAPPROVALS\tEXPIRES")
	}
	for _, p := range result.Proposals {
		status := string(p.Status)
		if p.Status == registry.ProposalOpen && !waits(p.Proposal, now) {
			status = "expired"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d of %d\t%s\n", p.RequestID, p.BodyName, p.Operation, p.ID, status,
			approvals(p.Proposal), p.Needed, seconds(p.Expires))
	}
	writeNext(w, result.Next)
}
