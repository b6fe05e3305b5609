package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// schemaResult is what `psbc registry schema --json` prints.
type schemaResult struct {
	Register      string          `json:"register"`
	SchemaVersion int             `json:"schemaVersion"`
	Schema        json.RawMessage `json:"schema"`
}

func newSchemaCommand(g *globals) *cobra.Command {
	var version int
	cmd := &cobra.Command{
		Use:   "schema REGISTER",
		Short: "Print the JSON Schema of a register",
		Long: `Prints the JSON Schema that records of a register are written under, or were under
an earlier schema version. Exit code 3 when the register never had that version.

With --json:

  {"register", "schemaVersion", "schema"}`,
		Example: `  psbc registry schema dwellings
  psbc registry schema dwellings --version 1`,
		Args: exactly("REGISTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("version") && version < 1 {
				return exit.Usagef("--version is %d, but schema versions count from 1", version)
			}
			return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, _ directory) error {
				register, found, err := g.schemaVersion(ctx, r, args[0], version)
				if err != nil {
					return err
				}
				if !found {
					return exit.WithRemedy(exit.Nof("%s has no schema version %d", args[0], version), "its last is %d", register.SchemaVersion)
				}
				result := schemaResult{Register: register.ID, SchemaVersion: register.SchemaVersion, Schema: register.Schema}
				return g.printResult(cmd, result, func(w io.Writer) { writeIndented(w, register.Schema) })
			})
		},
	}
	cmd.Flags().IntVar(&version, "version", 0, "the schema version with this `NUMBER` (default: the present one)")
	return cmd
}

// schemaVersion finds the last definition with a schema version, the present one for
// 0. When there is none it returns the present definition, and false.
func (g *globals) schemaVersion(ctx context.Context, r *gateway.Registry, id string, version int) (*registry.Register, bool, error) {
	register, err := g.readRegister(ctx, r, id)
	if err != nil || version == 0 || register.SchemaVersion == version {
		return register, true, err
	}
	versions, err := g.readRegisterHistory(ctx, r, id)
	if err != nil {
		return nil, false, err
	}
	found := false
	for _, v := range versions {
		if v.SchemaVersion == version {
			register, found = &v, true
		}
	}
	return register, found, nil
}

// writeIndented writes JSON for people to read.
func writeIndented(w io.Writer, raw json.RawMessage) {
	var indented bytes.Buffer
	if json.Indent(&indented, raw, "", "  ") != nil {
		indented.Reset()
		indented.Write(raw)
	}
	fmt.Fprintln(w, indented.String())
}
