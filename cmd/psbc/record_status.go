package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// statusVerb describes a verb that moves a record to another state.
type statusVerb struct {
	short, long, example string
	needsReason          bool
}

func statusVerbOf(operation registry.Operation) statusVerb {
	switch operation {
	case registry.OpActivate:
		return statusVerb{
			short:   "Put a draft in force",
			long:    "Makes a draft of the own body active.",
			example: `  psbc record activate dwellings DWL-2027-0001 --effective 2027-03-01`,
		}
	case registry.OpSuspend:
		return statusVerb{
			short:       "Put a record out of force for a while",
			long:        "Suspends an active record of the own body; reinstate puts it in force again.",
			example:     `  psbc record suspend dwellings DWL-2027-0001 --reason under-review --note 2027-A-113`,
			needsReason: true,
		}
	case registry.OpReinstate:
		return statusVerb{
			short:   "Put a suspended record in force again",
			long:    "Makes a suspended record of the own body active again.",
			example: `  psbc record reinstate dwellings DWL-2027-0001`,
		}
	case registry.OpRevoke:
		return statusVerb{
			short: "End a record that should not stand",
			long: `Revokes a record of the own body: it should not have been, or not any more. That is
final. Its unique values stay taken, and other records cannot refer to it any more.`,
			example:     `  psbc record revoke dwellings DWL-2027-0001 --reason issued-in-error`,
			needsReason: true,
		}
	}
	return statusVerb{
		short: "End a record that came to its regular end",
		long: `Retires a record of the own body: what it stands for came to its regular end. That is
final. Its unique values stay taken, and other records cannot refer to it any more.`,
		example: `  psbc record retire dwellings DWL-2027-0001 --effective 2027-12-31`,
	}
}

func newMoveCommand(g *globals, operation registry.Operation) *cobra.Command {
	var (
		change       changeFlags
		effective    = moment{date: startOfDay}
		reason, note string
	)
	verb := statusVerbOf(operation)
	use := string(operation) + " REGISTER ID"
	if verb.needsReason {
		use += " --reason CODE"
	}
	cmd := &cobra.Command{
		Use:     use,
		Short:   verb.short,
		Long:    verb.long + "\n\nWith --json: OUTCOME.",
		Example: verb.example,
		Args:    exactly("REGISTER", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if verb.needsReason && reason == "" {
				return exit.Usagef("--reason is missing: a code such as issued-in-error")
			}
			if err := change.check(); err != nil {
				return err
			}
			return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
				base, err := change.baseOf(ctx, g, r, args[0], args[1])
				if err != nil {
					return err
				}
				ctx, cancel := g.bound(ctx)
				defer cancel()
				outcome, err := r.ChangeStatus(ctx, registry.StatusRequest{
					RequestID: change.requestID, Register: args[0], ID: args[1], Base: base,
					Operation: operation, Effective: effective.String(), Reason: reason, Note: note,
				})
				if err != nil {
					return repeatable(err, base)
				}
				return g.printOutcome(cmd, names, outcome)
			})
		},
	}
	flags := cmd.Flags()
	required := ""
	if verb.needsReason {
		required = "; required"
	}
	flags.StringVar(&reason, "reason", "", "why, a `CODE`; public"+required)
	flags.StringVar(&note, "note", "", "`CODE` that says more, such as a file number; public")
	flags.Var(&effective, "effective", "holds from: RFC 3339, or a date, from its start in UTC (default: now)")
	change.add(cmd, "record")
	return cmd
}
