package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/suggest"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// attestResult is what `psbc record attest --json` prints.
type attestResult struct {
	BodyName string `json:"bodyName"`
	registry.Attestation
}

type attestFlags struct {
	change    changeFlags
	fields    []string
	statement string
	withdraw  bool
}

func newAttestCommand(g *globals) *cobra.Command {
	f := &attestFlags{}
	cmd := &cobra.Command{
		Use:   "attest REGISTER ID",
		Short: "Vouch for another body's record, or for fields of it",
		Long: `States that the own body vouches for a record of another body as it stands, or only
for the fields that --field names. It replaces what the body attested of the record
before; --withdraw takes that back.

With --json:

  {"bodyName", "v", "register", "id", "body", "recordVersion", "fields",
   "statement", "withdrawn", "requestId", "txId", "claimedTime"}`,
		Example: `  psbc record attest dwellings DWL-2027-0001 --field city --field street --statement checked-on-site --as SIGI
  psbc record attest dwellings DWL-2027-0001 --withdraw --as SIGI`,
		Args: exactly("REGISTER", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(g, cmd, args[0], args[1]) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.fields, "field", nil, "vouch for this `FIELD` only; may be repeated (default: all)")
	flags.StringVar(&f.statement, "statement", "", "`CODE` for what is attested, such as checked-on-site; public")
	flags.BoolVar(&f.withdraw, "withdraw", false, "take the body's attestation back")
	f.change.add(cmd, "attestation, and attest the record,")
	cmd.Flag("base").Usage = "attest only if the record still has this version `NUMBER` (default: whatever it has now)"
	return cmd
}

func (f *attestFlags) run(g *globals, cmd *cobra.Command, register, id string) error {
	if f.withdraw && (len(f.fields) > 0 || f.statement != "") {
		return exit.Usagef("--withdraw takes all of it back; leave --field and --statement out")
	}
	if err := f.change.check(); err != nil {
		return err
	}
	return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
		view, err := g.readRecord(ctx, r, registry.ReadRequest{Register: register, ID: id})
		if err != nil {
			return err
		}
		if err := checkFields(view.Record, f.fields); err != nil {
			return err
		}
		base, _ := f.change.baseFrom(func() (int, error) { return view.Record.Version, nil })
		ctx, cancel := g.bound(ctx)
		defer cancel()
		attestation, err := r.Attest(ctx, registry.AttestRequest{
			RequestID: f.change.requestID, Register: register, ID: id, Base: base,
			Fields: f.fields, Statement: f.statement, Withdraw: f.withdraw,
		})
		if err != nil {
			return repeatable(err, base)
		}
		result := attestResult{BodyName: names.name(attestation.Body), Attestation: *attestation}
		return g.printResult(cmd, result, func(w io.Writer) { writeAttested(w, result) })
	})
}

// checkFields tells a name that the record does not have from one that was meant.
func checkFields(record registry.Record, fields []string) error {
	var data map[string]json.RawMessage
	if err := json.Unmarshal(record.Data, &data); err != nil {
		return fmt.Errorf("data of %s: %w", record.ID, err)
	}
	has := slices.Sorted(maps.Keys(data))
	for _, field := range fields {
		if _, ok := data[field]; !ok {
			return exit.Usagef("%s has no field %q%s; it has %s", record.ID, field, suggest.DidYouMean(field, has), enumerate(has))
		}
	}
	return nil
}

func writeAttested(w io.Writer, a attestResult) {
	line := liner(w)
	line("Register", a.Register)
	line("Record", fmt.Sprintf("%s, version %d", a.ID, a.RecordVersion))
	if a.Withdrawn {
		line("Withdrawn by", a.BodyName)
	} else {
		line("Attested by", a.BodyName)
		line("Fields", describeFields(a.Fields))
	}
	line("Statement", a.Statement)
	line("Claimed time", seconds(a.ClaimedTime))
	line("Transaction", a.TxID)
	line("Request", a.RequestID)
}

func describeFields(fields []string) string {
	if len(fields) == 0 {
		return "all"
	}
	return enumerate(fields)
}
