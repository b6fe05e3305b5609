package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// attestationView is an attestation with its body's name.
type attestationView struct {
	BodyName string `json:"bodyName"`
	registry.AttestationView
}

// showRecordResult is what `psbc record show --json` prints.
type showRecordResult struct {
	Record       entryView         `json:"record"`
	Attestations []attestationView `json:"attestations,omitempty"`
	// Private are the private fields, when asked for and there.
	Private json.RawMessage `json:"private,omitempty"`
}

func newShowRecordCommand(g *globals) *cobra.Command {
	var stored, private bool
	cmd := &cobra.Command{
		Use:   "show REGISTER ID",
		Short: "Show a record, with the attestations of it",
		Long: `Shows a record as it stands, its data under the register's present schema, and which
attestations of it stand. Exit code 3 when there is no such record.

With --json:

  {"record": RECORD, "attestations": [{"bodyName", "v", "register", "id", "body",
   "recordVersion", "fields", "statement", "withdrawn", "requestId", "txId",
   "claimedTime", "stands", "standing", "lost"}], "private": {FIELD: VALUE}}`,
		Example: `  psbc record show dwellings DWL-2027-0001
  psbc record show dwellings DWL-2027-0001 --private --json`,
		Args: exactly("REGISTER", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
				request := registry.ReadRequest{Register: args[0], ID: args[1], View: registry.ViewCurrent}
				if stored {
					request.View = registry.ViewStored
				}
				view, err := g.readRecord(ctx, r, request)
				if err != nil {
					return noWhenMissing(err)
				}
				result := showRecordResult{Record: names.viewEntry(view.Record)}
				for _, a := range view.Attestations {
					result.Attestations = append(result.Attestations, attestationView{names.name(a.Body), a})
				}
				if private {
					if result.Private, err = g.readPrivate(ctx, r, view.Record); err != nil {
						return err
					}
				}
				return g.printResult(cmd, result, func(w io.Writer) { writeShownRecord(w, names, result, private) })
			})
		},
	}
	cmd.Flags().BoolVar(&stored, "stored", false, "the data as it was written, under an older schema if that is what it was")
	cmd.Flags().BoolVar(&private, "private", false, "with the private fields that the own body keeps")
	return cmd
}

// readPrivate returns the private fields of a record that the own body keeps, nil
// when there are none.
func (g *globals) readPrivate(ctx context.Context, r *gateway.Registry, record registry.Record) (json.RawMessage, error) {
	if record.PrivateHash == "" {
		return nil, nil
	}
	ctx, cancel := g.bound(ctx)
	defer cancel()
	private, err := r.ReadPrivate(ctx, registry.PrivateRequest{Register: record.Register, ID: record.ID, Hash: record.PrivateHash})
	if errors.Is(err, gateway.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return private.Fields, nil
}

func writeShownRecord(w io.Writer, names directory, result showRecordResult, private bool) {
	writeEntry(w, names, result.Record)
	switch {
	case result.Private != nil:
		fmt.Fprintf(w, "\nprivate:")
		writeData(w, result.Private)
	case private:
		fmt.Fprintln(w, "\nno private fields at this body, or purged")
	}
	if len(result.Attestations) == 0 {
		return
	}
	fmt.Fprintln(w, "\nATTESTED BY\tVERSION\tFIELDS\tSTATEMENT\tSTANDS")
	for _, a := range result.Attestations {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", a.BodyName, a.RecordVersion, describeFields(a.Fields), dash(a.Statement), describeStanding(a.AttestationView))
	}
}

func describeStanding(a registry.AttestationView) string {
	switch {
	case a.Withdrawn:
		return "withdrawn"
	case !a.Stands:
		return "no, changed since"
	case len(a.Lost) > 0:
		return "for " + enumerate(a.Standing) + ", lost for " + enumerate(a.Lost)
	}
	return "yes"
}
