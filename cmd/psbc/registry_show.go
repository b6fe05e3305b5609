package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// registerView is a register with its steward's name. In JSON the fields of the
// register stand beside stewardName.
type registerView struct {
	StewardName string `json:"stewardName"`
	registry.Register
}

func (d directory) viewRegister(r registry.Register) registerView {
	return registerView{StewardName: d.name(r.Steward), Register: r}
}

// registerResult is what `psbc registry show --history --json` prints.
type registerResult struct {
	Register string         `json:"register"`
	Versions []registerView `json:"versions"` // oldest first
}

func newShowRegisterCommand(g *globals) *cobra.Command {
	var history bool
	cmd := &cobra.Command{
		Use:   "show REGISTER",
		Short: "Show the definition of a register",
		Long: `Shows the definition of a register without its schema, which "psbc registry schema"
prints. Exit code 3 when there is no such register.

With --json: REGISTER, and with --history

  {"register", "versions": [REGISTER]}`,
		Example: `  psbc registry show dwellings
  psbc registry show dwellings --history --json`,
		Args: exactly("REGISTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
				if history {
					return noWhenMissing(showRegisterHistory(ctx, g, cmd, r, names, args[0]))
				}
				register, err := g.readRegister(ctx, r, args[0])
				if err != nil {
					return noWhenMissing(err)
				}
				view := names.viewRegister(*register)
				return g.printResult(cmd, view, func(w io.Writer) { writeRegister(w, names, view) })
			})
		},
	}
	cmd.Flags().BoolVar(&history, "history", false, "every version of the definition, oldest first")
	return cmd
}

func showRegisterHistory(ctx context.Context, g *globals, cmd *cobra.Command, r *gateway.Registry, names directory, id string) error {
	versions, err := g.readRegisterHistory(ctx, r, id)
	if err != nil {
		return err
	}
	result := registerResult{Register: id}
	for _, v := range versions {
		result.Versions = append(result.Versions, names.viewRegister(v))
	}
	return g.printResult(cmd, result, func(w io.Writer) {
		fmt.Fprintln(w, "VERSION\tSCHEMA VERSION\tCLAIMED TIME\tTRANSACTION")
		for _, v := range result.Versions {
			fmt.Fprintf(w, "%d\t%d\t%s\t%s\n", v.Version, v.SchemaVersion, seconds(v.ClaimedTime), v.TxID)
		}
	})
}

// noWhenMissing gives an error of what is not on the ledger the exit code of a
// negative answer.
func noWhenMissing(err error) error {
	e, ok := errors.AsType[*gateway.Error](err)
	if !ok || e.Kind != gateway.ErrNotFound {
		return err
	}
	return &exit.Error{Code: exit.No, Err: err}
}

// writeRegister writes a definition as aligned lines of name and value.
func writeRegister(w io.Writer, names directory, r registerView) {
	line := liner(w)
	line("Register", r.ID)
	for _, title := range []struct{ language, text string }{{"fr", r.Titles.Fr}, {"de", r.Titles.De}, {"lb", r.Titles.Lb}, {"en", r.Titles.En}} {
		if title.text != "" {
			line("Title ("+title.language+")", title.text)
		}
	}
	line("Steward", r.StewardName)
	line("Version", fmt.Sprintf("%d, schema version %d", r.Version, r.SchemaVersion))
	line("Legal basis", r.LegalBasis)
	line("Retention", r.Retention)
	if writers := names.all(r.Writers); writers != "" {
		line("Writers", writers)
	} else {
		line("Writers", r.StewardName)
	}
	line("Attesters", names.all(r.Attesters))
	if r.Approvals > 0 {
		line("Approvals", describeApprovals(names, r.Register))
	}
	line("Ids", describeIDs(r.IDs))
	line("Unique", enumerate(r.Unique))
	line("Indexed", enumerate(r.Indexed))
	if r.Private != nil {
		line("Private", fmt.Sprintf("%s, kept by %s", enumerate(r.Private.Fields), names.all(r.Private.Bodies)))
	}
	for _, reference := range r.References {
		line("Reference", fmt.Sprintf("%s to %s", reference.Field, reference.Register))
	}
	line("Claimed time", seconds(r.ClaimedTime))
	line("Transaction", r.TxID)
	line("Request", r.RequestID)
}

func describeApprovals(names directory, r registry.Register) string {
	of := names.all(r.Approvers)
	if of == "" {
		of = "the other writers"
	}
	days := r.ProposalDays
	if days == 0 {
		days = registry.DefaultDays
	}
	return fmt.Sprintf("%d of %s, within %s", r.Approvals, of, count(days, "day"))
}

func describeIDs(rule registry.IDRule) string {
	var parts []string
	if rule.Pattern != "" {
		parts = append(parts, "match "+rule.Pattern)
	}
	if rule.Mint != "" {
		parts = append(parts, "minted as "+rule.Mint)
	}
	return strings.Join(parts, ", ")
}
