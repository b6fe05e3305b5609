package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// asOfResult is what `psbc record as-of --json` prints.
type asOfResult struct {
	At         string    `json:"at"`
	Known      string    `json:"known,omitempty"`
	Record     entryView `json:"record"`
	Entitled   bool      `json:"entitled"`
	EntitledAt bool      `json:"entitledAt"`
	// RegisterAt is nil for a time before the register was defined.
	RegisterAt *registerView `json:"registerAt,omitempty"`
}

func newAsOfCommand(g *globals) *cobra.Command {
	at, known := moment{date: endOfDay}, moment{date: endOfDay}
	cmd := &cobra.Command{
		Use:   "as-of REGISTER ID --at TIME",
		Short: "Tell what a register said of a record at a time",
		Long: `Tells which version of a record held at a time, and whether the body that wrote it was
entitled to: by the definition of the register under which it was written, and by
the one that was in force at that time. It goes by the versions' effective times: of
the versions, the last one that was effective by then. With --known only versions
count that were on the ledger by that time, by the claimed times of the
transactions: what could have been known then. A date stands for its end in UTC.

Exit code 3 when the register did not say anything of the record then. That a record
was revoked, or its writer not entitled, is an answer like any other: exit code 0.

With --json:

  {"at", "known", "record": RECORD, "entitled", "entitledAt",
   "registerAt": REGISTER}

"registerAt" is left out for a time before the register was defined.`,
		Example: `  psbc record as-of dwellings DWL-2027-0001 --at 2027-01-15
  psbc record as-of dwellings DWL-2027-0001 --at 2027-01-15T12:00:00Z --as SIGI --json`,
		Args: exactly("REGISTER", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !at.set {
				return exit.Usagef("--at is missing: the time to tell for")
			}
			return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
				ctx, cancel := g.bound(ctx)
				defer cancel()
				answer, err := r.AsOf(ctx, registry.AsOfRequest{Register: args[0], ID: args[1], At: at.String(), Known: known.String()})
				if err != nil {
					return noWhenMissing(err)
				}
				result := asOfResult{
					At: answer.At, Known: answer.Known, Record: names.viewEntry(answer.Record),
					Entitled: answer.Entitled, EntitledAt: answer.EntitledAt,
				}
				if answer.Register.Version > 0 {
					view := names.viewRegister(answer.Register)
					result.RegisterAt = &view
				}
				return g.printResult(cmd, result, func(w io.Writer) { writeAsOf(w, names, result) })
			})
		},
	}
	cmd.Flags().Var(&at, "at", "the moment to tell for: RFC 3339, or a date, at its end in UTC; required")
	cmd.Flags().Var(&known, "known", "only what was on the ledger by then: RFC 3339, or a date, at its end in UTC")
	return cmd
}

func writeAsOf(w io.Writer, names directory, result asOfResult) {
	line := liner(w)
	line("As of", seconds(result.At))
	line("Known by", seconds(result.Known))
	line("Entitled", fmt.Sprintf("%s, when %s wrote it", yesNo(result.Entitled), names.name(result.Record.Writer)))
	if result.RegisterAt == nil {
		line("At that time", "the register was not defined yet")
	} else {
		line("At that time", fmt.Sprintf("%s was a writer: %s, by version %d of the definition",
			result.Record.OwnerName, yesNo(result.EntitledAt), result.RegisterAt.Version))
	}
	writeEntry(w, names, result.Record)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
