package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// newDecideCommand makes approve or reject.
func newDecideCommand(g *globals, reject bool) *cobra.Command {
	var by, reason, requestID string
	cmd := &cobra.Command{
		Use:   "approve REGISTER PROPOSAL --body BODY",
		Short: "Approve a change that another body proposes",
		Long: `Approves a proposal in the own body's name. The approval that is the last one needed
carries the change out, in the same transaction. "psbc record proposals" lists
proposals; a proposal is named by the body that made it and by its request id.

With --json: OUTCOME.`,
		Example: `  psbc record approve licences 0197a1c2-5d3e-7c41-9f00-3d2b1a0c9e8f --body CTIE --as SIGI`,
		Args:    exactly("REGISTER", "PROPOSAL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if by == "" {
				return exit.Usagef("--body is missing: the body that made the proposal")
			}
			if reject && reason == "" {
				return exit.Usagef("--reason is missing: a code such as incomplete")
			}
			return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
				body, err := names.find("body", by)
				if err != nil {
					return err
				}
				ctx, cancel := g.bound(ctx)
				defer cancel()
				outcome, err := r.Decide(ctx, registry.DecisionRequest{
					RequestID: requestID, Register: args[0], Body: body.MSPID, Proposal: args[1], Reject: reject, Reason: reason,
				})
				if err != nil {
					return err
				}
				return g.printOutcome(cmd, names, outcome)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&by, "body", "", "the `BODY` that made the proposal; required")
	flags.StringVar(&requestID, "request-id", "", "repeat the request with this `ID` after an unknown outcome")
	required := ""
	if reject {
		required = "; required"
		cmd.Use = "reject REGISTER PROPOSAL --body BODY --reason CODE"
		cmd.Short = "Reject a change that another body proposes"
		cmd.Long = `Rejects a proposal in the own body's name. It is off once so many bodies rejected it
that it cannot get the approvals that it needs.

With --json: OUTCOME.`
		cmd.Example = `  psbc record reject licences 0197a1c2-5d3e-7c41-9f00-3d2b1a0c9e8f --body CTIE --reason incomplete --as SIGI`
	}
	flags.StringVar(&reason, "reason", "", "why, a `CODE`; public"+required)
	mustComplete(cmd, "body", g.completeBodies)
	return cmd
}
