package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// definitionHelp is what the help of the defining verbs says of FILE.
const definitionHelp = `FILE is JSON, "-" for standard input:

  {"id": "dwellings", "titles": {"fr": "Logements", "en": "Dwellings"},
   "legalBasis": "http://data.legilux.public.lu/eli/…", "retention": "R-30",
   "writers": ["CTIE", "SIGI"], "attesters": ["MinDigital"],
   "approvals": 0, "approvers": [], "proposalDays": 30,
   "ids": {"pattern": "DWL-.*", "mint": "DWL-{year}-{8}"},
   "unique": ["cadastralNumber"], "indexed": ["city"],
   "private": {"fields": ["ownerName"], "bodies": ["CTIE"]},
   "references": [{"field": "association", "register": "associations"}],
   "schemaFile": "dwelling.schema.json"}

Only id, titles (one is enough) and the schema are needed. The schema is a JSON
Schema 2020-12, as "schema" in FILE or in a file of its own, named by "schemaFile"
from FILE's folder. Bodies are named by name or by MSP ID.`

func newCreateRegisterCommand(g *globals) *cobra.Command {
	var requestID string
	cmd := &cobra.Command{
		Use:   "create FILE",
		Short: "Define a register",
		Long: `Defines a register. The body that acts becomes its steward: only it can change the
definition later.

` + definitionHelp + `

With --json: REGISTER.`,
		Example: `  psbc registry create dwellings.json`,
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
				d, err := loadDefinition(cmd, args[0], names)
				if err != nil {
					return err
				}
				ctx, cancel := g.bound(ctx)
				defer cancel()
				register, err := r.CreateRegister(ctx, registry.CreateRegisterRequest{RequestID: requestID, Definition: d})
				if err != nil {
					return err
				}
				view := names.viewRegister(*register)
				return g.printResult(cmd, view, func(w io.Writer) { writeRegister(w, names, view) })
			})
		},
	}
	cmd.Flags().StringVar(&requestID, "request-id", "", "repeat the request with this `ID` after an unknown outcome")
	return cmd
}

func newAmendRegisterCommand(g *globals) *cobra.Command {
	var change changeFlags
	cmd := &cobra.Command{
		Use:   "amend FILE",
		Short: "Change the definition of the body's own register",
		Long: `Replaces the definition of a register of the own body by that in FILE. Records stay
as they are, under the schema that they were written under.

A changed schema needs to say how older records are read under it: members renamed,
then removed, then added where they are missing. An empty object says "as they are":

  "upgrade": {"rename": [{"from": "town", "to": "city"}], "remove": ["fax"],
   "default": [{"field": "country", "value": "LU"}]}

Fields can be taken out of unique, indexed, private and references, and not added.

` + definitionHelp + `

With --json: REGISTER.`,
		Example: `  psbc registry amend dwellings-2.json`,
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := change.check(); err != nil {
				return err
			}
			return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
				d, err := loadDefinition(cmd, args[0], names)
				if err != nil {
					return err
				}
				if d.ID == "" {
					return exit.Usagef("definition %s: the id is missing", printable(args[0]))
				}
				base, err := change.baseFrom(func() (int, error) {
					existing, err := g.readRegister(ctx, r, d.ID)
					if err != nil {
						return 0, err
					}
					return existing.Version, nil
				})
				if err != nil {
					return err
				}
				ctx, cancel := g.bound(ctx)
				defer cancel()
				register, err := r.AmendRegister(ctx, registry.AmendRegisterRequest{RequestID: change.requestID, Base: base, Definition: d})
				if err != nil {
					return repeatable(err, base)
				}
				view := names.viewRegister(*register)
				return g.printResult(cmd, view, func(w io.Writer) { writeRegister(w, names, view) })
			})
		},
	}
	change.add(cmd, "definition")
	return cmd
}
