package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/definition"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/profiles"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

func newRegistryCommand(g *globals) *cobra.Command {
	cmd := newNoun("registry", "Define registers, and look at their definitions", `A register is a kind of record that public bodies keep on the shared ledger:
dwellings, diplomas, associations. The body that defines one is its steward. The
definition says what a record looks like, by a JSON Schema; who may write, attest
and approve; which fields are unique, can be searched by, are private, or refer to
other registers. The verbs of "psbc record" keep the records themselves.

Defining needs the role psbc.registrar, which the user "registrar" of each body has:
these verbs and those of "psbc record" act as that user unless --as names another.
Reading needs any user of the network.

With --json each verb prints one object, which its help describes; fields may be
added to it in later versions. REGISTER stands for a definition as it is on the
ledger, with the name of its steward; what is empty is left out:

  {"stewardName", "v", "steward", "version", "schemaVersion", "id",
   "titles": {"de", "en", "fr", "lb"}, "legalBasis", "retention", "writers",
   "attesters", "approvals", "approvers", "proposalDays",
   "ids": {"pattern", "mint"}, "unique", "indexed",
   "private": {"fields", "bodies"}, "references": [{"field", "register"}],
   "schema", "upgrade": {"rename": [{"from", "to"}], "remove",
   "default": [{"field", "value"}]}, "requestId", "txId", "claimedTime"}

Bodies are given by MSP ID, and times are RFC 3339 in UTC.`)
	cmd.Annotations = map[string]string{usualUser: profiles.Registrar}
	cmd.Example = `  psbc registry create dwellings.json
  psbc registry show dwellings --as SIGI`
	cmd.AddCommand(
		newCreateRegisterCommand(g),
		newAmendRegisterCommand(g),
		newSchemaCommand(g),
		newShowRegisterCommand(g),
		newListRegistersCommand(g),
	)
	return cmd
}

// loadDefinition reads the file that defines a register, "-" for standard input,
// and turns the names of bodies in it into MSP IDs.
func loadDefinition(cmd *cobra.Command, path string, names directory) (registry.Definition, error) {
	read := func() (registry.Definition, error) { return definition.Load(path) }
	if path == "-" {
		read = func() (registry.Definition, error) { return definition.Read(cmd.InOrStdin(), ".") }
	}
	d, err := read()
	if err == nil {
		err = definition.Bodies(&d, names.mspID)
	}
	if err != nil {
		return d, exit.Usagef("definition %s: %w", printable(filepath.ToSlash(path)), err)
	}
	return d, nil
}

// mspID returns the MSP ID of a body that a file names by its name or its MSP ID.
func (d directory) mspID(name string) (string, error) {
	body, ok := d.profile.FindBody(name)
	if !ok {
		return "", fmt.Errorf("there is no body %q in this network, but %s", name, enumerate(d.names()))
	}
	return body.MSPID, nil
}

// readRegister reads a register's present definition.
func (g *globals) readRegister(ctx context.Context, r *gateway.Registry, id string) (*registry.Register, error) {
	ctx, cancel := g.bound(ctx)
	defer cancel()
	return r.Register(ctx, id)
}

// readRegisterHistory reads every definition that a register had, oldest first.
func (g *globals) readRegisterHistory(ctx context.Context, r *gateway.Registry, id string) ([]registry.Register, error) {
	ctx, cancel := g.bound(ctx)
	defer cancel()
	history, err := r.RegisterHistory(ctx, id)
	if err != nil {
		return nil, err
	}
	return history.Versions, nil
}
