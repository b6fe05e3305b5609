package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

func newTransferCommand(g *globals) *cobra.Command {
	var (
		change changeFlags
		to     string
	)
	cmd := &cobra.Command{
		Use:   "transfer REGISTER ID --to BODY",
		Short: "Offer a record to another body",
		Long: `Offers a record of the own body to another one that may write the register. The record
stays the own body's until the other one accepts; either may decline.

With --json: OUTCOME.`,
		Example: `  psbc record transfer dwellings DWL-2027-0001 --to SIGI`,
		Args:    exactly("REGISTER", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if to == "" {
				return exit.Usagef("--to is missing: the body that is to own the record")
			}
			return transfer(g, cmd, change, args, func(names directory) (registry.TransferRequest, error) {
				body, err := names.find("to", to)
				return registry.TransferRequest{Operation: registry.OpOffer, To: body.MSPID}, err
			})
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the `BODY` that is to own the record; required")
	change.add(cmd, "record")
	mustComplete(cmd, "to", g.completeBodies)
	return cmd
}

// newAnswerCommand makes accept or decline.
func newAnswerCommand(g *globals, operation registry.Operation) *cobra.Command {
	var change changeFlags
	cmd := &cobra.Command{
		Use:   string(operation) + " REGISTER ID",
		Short: "Take over a record that another body offers",
		Long: `Makes the own body the owner of a record that was offered to it.

With --json: OUTCOME.`,
		Example: `  psbc record accept dwellings DWL-2027-0001 --as SIGI`,
		Args:    exactly("REGISTER", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return transfer(g, cmd, change, args, func(directory) (registry.TransferRequest, error) {
				return registry.TransferRequest{Operation: operation}, nil
			})
		},
	}
	if operation == registry.OpDecline {
		cmd.Short = "Turn down a record that is offered, or take the offer back"
		cmd.Long = `Ends the offer of a record: by the body that it was offered to, or by the owner.

With --json: OUTCOME.`
		cmd.Example = `  psbc record decline dwellings DWL-2027-0001 --as SIGI`
	}
	change.add(cmd, "record")
	return cmd
}

// transfer completes a step of a transfer with what the arguments and flags say.
func transfer(g *globals, cmd *cobra.Command, change changeFlags, args []string, step func(names directory) (registry.TransferRequest, error)) error {
	if err := change.check(); err != nil {
		return err
	}
	return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
		request, err := step(names)
		if err != nil {
			return err
		}
		request.RequestID, request.Register, request.ID = change.requestID, args[0], args[1]
		if request.Base, err = change.baseOf(ctx, g, r, request.Register, request.ID); err != nil {
			return err
		}
		ctx, cancel := g.bound(ctx)
		defer cancel()
		outcome, err := r.Transfer(ctx, request)
		if err != nil {
			return repeatable(err, request.Base)
		}
		return g.printOutcome(cmd, names, outcome)
	})
}
