package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// registersResult is what `psbc registry list --json` prints.
type registersResult struct {
	Registers []registerView `json:"registers"`
	// Next is what --page takes to go on; absent at the end.
	Next string `json:"next,omitempty"`
}

func newListRegistersCommand(g *globals) *cobra.Command {
	var page pageFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the registers of the network",
		Long: `Lists the registers that any body has defined, by id, up to --limit. When there are
more, the output ends with the token with which --page goes on.

With --json:

  {"registers": [REGISTER], "next": TOKEN}`,
		Example: `  psbc registry list
  psbc registry list --limit 1000 --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := page.check(); err != nil {
				return err
			}
			return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
				result := registersResult{Registers: []registerView{}}
				var err error
				result.Next, err = page.read(ctx, g, func(ctx context.Context, size int, bookmark string) (int, string, error) {
					found, err := r.RegistersPage(ctx, registry.RegistersRequest{PageSize: size, Bookmark: bookmark})
					if err != nil {
						return 0, "", err
					}
					for _, register := range found.Items {
						result.Registers = append(result.Registers, names.viewRegister(register))
					}
					return len(found.Items), found.Bookmark, nil
				})
				if err != nil {
					return err
				}
				return g.printResult(cmd, result, func(w io.Writer) { writeRegisters(w, result) })
			})
		},
	}
	page.add(cmd, "registers")
	return cmd
}

func writeRegisters(w io.Writer, result registersResult) {
	if len(result.Registers) == 0 {
		fmt.Fprintln(w, "no registers are defined")
		return
	}
	fmt.Fprintln(w, "REGISTER\tSTEWARD\tVERSION\tTITLE")
	for _, r := range result.Registers {
		title := r.Titles.Fr
		for _, other := range []string{r.Titles.De, r.Titles.Lb, r.Titles.En} {
			if title == "" {
				title = other
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", r.ID, r.StewardName, r.Version, printable(title))
	}
	writeNext(w, result.Next)
}
