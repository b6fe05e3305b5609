package main

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

type amendFlags struct {
	change      changeFlags
	effective   moment
	data, patch string
	private     string
}

func newAmendRecordCommand(g *globals) *cobra.Command {
	f := &amendFlags{effective: moment{date: startOfDay}}
	cmd := &cobra.Command{
		Use:   "amend REGISTER ID (--data FILE | --patch FILE|JSON | --private FILE)",
		Short: "Change the data of the body's own record",
		Long: `Makes a new version of a record of the own body, with other data: all of it from
--data, or what --patch changes. A patch is a JSON merge patch (RFC 7396): members
that it names are set, those that it sets to null are removed, the rest stays. "-" is
standard input.

An attestation of fields that stay as they are stands; one of a field that changes
is lost for that field. Private fields are replaced as a whole.

With --json: OUTCOME.`,
		Example: `  psbc record amend dwellings DWL-2027-0001 --patch '{"city":"Differdange"}' --effective 2027-02-01
  psbc record amend dwellings DWL-2027-0001 --data dwelling.json --base 2`,
		Args: exactly("REGISTER", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(g, cmd, args[0], args[1]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.data, "data", "", "`FILE` with all of the data, a JSON object")
	flags.StringVar(&f.patch, "patch", "", "`FILE|JSON` that changes parts of the data; what begins with { is JSON")
	flags.StringVar(&f.private, "private", "", "`FILE` with the private fields, a JSON object")
	flags.Var(&f.effective, "effective", "holds from: RFC 3339, or a date, from its start in UTC (default: now)")
	f.change.add(cmd, "record")
	return cmd
}

func (f *amendFlags) run(g *globals, cmd *cobra.Command, register, id string) error {
	if err := f.change.check(); err != nil {
		return err
	}
	if f.data != "" && f.patch != "" {
		return exit.Usagef("--data and --patch are both given; one of them is enough")
	}
	if f.data == "" && f.patch == "" && f.private == "" {
		return exit.Usagef("nothing to change: give --data, --patch or --private")
	}
	request := registry.AmendRequest{RequestID: f.change.requestID, Register: register, ID: id, Effective: f.effective.String()}
	var err error
	if f.data != "" {
		if request.Data, err = readObject(cmd, f.data); err != nil {
			return err
		}
	}
	if f.patch != "" {
		if request.Patch, err = readPatch(cmd, f.patch); err != nil {
			return err
		}
	}
	options, err := privateOption(cmd, f.private)
	if err != nil {
		return err
	}
	return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
		if request.Base, err = f.change.baseOf(ctx, g, r, register, id); err != nil {
			return err
		}
		ctx, cancel := g.bound(ctx)
		defer cancel()
		outcome, err := r.Amend(ctx, request, options...)
		if err != nil {
			return repeatable(err, request.Base)
		}
		return g.printOutcome(cmd, names, outcome)
	})
}

// readPatch reads a patch that stands on the command line, or in a file.
func readPatch(cmd *cobra.Command, given string) (json.RawMessage, error) {
	if strings.HasPrefix(strings.TrimSpace(given), "{") {
		return parseObject("--patch", given)
	}
	return readObject(cmd, given)
}
