package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// recordHistoryResult is what `psbc record history --json` prints.
type recordHistoryResult struct {
	Register string      `json:"register"`
	ID       string      `json:"id"`
	Versions []entryView `json:"versions"` // oldest first
}

func newRecordHistoryCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "history REGISTER ID",
		Short: "Show every version of a record",
		Long: `Shows every committed version of a record, oldest first, with its data as it was
written. Exit code 3 when there is no such record.

With --json:

  {"register", "id", "versions": [RECORD]}`,
		Example: `  psbc record history dwellings DWL-2027-0001`,
		Args:    exactly("REGISTER", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
				ctx, cancel := g.bound(ctx)
				defer cancel()
				history, err := r.History(ctx, registry.ReadRequest{Register: args[0], ID: args[1]})
				if err != nil {
					return noWhenMissing(err)
				}
				result := recordHistoryResult{Register: args[0], ID: args[1]}
				for _, version := range history.Versions {
					result.Versions = append(result.Versions, names.viewEntry(version))
				}
				return g.printResult(cmd, result, func(w io.Writer) { writeRecordHistory(w, names, result) })
			})
		},
	}
	return cmd
}

func writeRecordHistory(w io.Writer, names directory, result recordHistoryResult) {
	fmt.Fprintf(w, "%s of %s\n", result.ID, result.Register)
	fmt.Fprintln(w, "VERSION\tCHANGE\tBY\tSTATUS\tEFFECTIVE\tCLAIMED TIME\tDATA")
	for _, r := range result.Versions {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Version, r.Operation, names.name(r.Writer), describeEntryStatus(r.Record),
			seconds(r.Effective), seconds(r.ClaimedTime), brief(r.Data))
	}
}
