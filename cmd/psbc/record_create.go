package main

import (
	"context"
	"encoding/json"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/intake"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

type createFlags struct {
	id        string
	effective moment
	draft     bool
	private   string
	requestID string
}

func newCreateRecordCommand(g *globals) *cobra.Command {
	f := &createFlags{effective: moment{date: startOfDay}}
	cmd := &cobra.Command{
		Use:   "create REGISTER [FILE]",
		Short: "Create a record, owned by the body",
		Long: `Creates a record from its data, a JSON object in FILE; without FILE, or with "-", on
standard input. Without --id the register mints one, if its definition says how.

The fields that the register calls private are given in a file of their own. They
are kept at the bodies that the register names, can be purged there, and leave a
salted hash on the ledger.

With --json: OUTCOME.`,
		Example: `  psbc record create dwellings dwelling.json --id DWL-2027-0001
  echo '{"street":"2, rue de la Loi","city":"Esch"}' | psbc record create dwellings --effective 2027-01-01 --draft`,
		Args: between(1, "REGISTER", "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := intake.Stdin
			if len(args) > 1 {
				file = args[1]
			}
			data, err := readObject(cmd, file)
			if err != nil {
				return err
			}
			options, err := privateOption(cmd, f.private)
			if err != nil {
				return err
			}
			return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
				ctx, cancel := g.bound(ctx)
				defer cancel()
				outcome, err := r.Create(ctx, registry.CreateRequest{
					RequestID: f.requestID, Register: args[0],
					Item: registry.Item{ID: f.id, Effective: f.effective.String(), Draft: f.draft, Data: data},
				}, options...)
				if err != nil {
					return err
				}
				return g.printOutcome(cmd, names, outcome)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.id, "id", "", "the record's `ID` (default: minted by the register)")
	flags.Var(&f.effective, "effective", "holds from: RFC 3339, or a date, from its start in UTC (default: now)")
	flags.BoolVar(&f.draft, "draft", false, "not in force yet; activate does that")
	flags.StringVar(&f.private, "private", "", "`FILE` with the private fields, a JSON object")
	flags.StringVar(&f.requestID, "request-id", "", "repeat the request with this `ID` after an unknown outcome")
	return cmd
}

// privateOption reads the file of private fields, if one is named.
func privateOption(cmd *cobra.Command, file string) ([]gateway.RecordOption, error) {
	if file == "" {
		return nil, nil
	}
	fields, err := readObject(cmd, file)
	if err != nil {
		return nil, err
	}
	return []gateway.RecordOption{gateway.WithPrivate(fields)}, nil
}

// readObject reads one JSON value of a record from a file, "-" for standard input.
// Whether it is the object that the register asks for is the register's business.
func readObject(cmd *cobra.Command, file string) (json.RawMessage, error) {
	if file == intake.Stdin && isTerminal(cmd.InOrStdin()) {
		return nil, exit.Usagef("the data is missing: name a FILE, or give it on standard input")
	}
	const most = 4 * registry.MaxRecordBytes // with white space
	var content []byte
	err := intake.Read(cmd.Context(), file, cmd.InOrStdin(), func(in io.Reader) error {
		var err error
		content, err = io.ReadAll(io.LimitReader(in, most+1))
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(content) > most {
		return nil, exit.Usagef("%q is larger than %d bytes", file, most)
	}
	return parseObject(file, strings.TrimPrefix(string(content), "\ufeff"))
}

// parseObject checks that a text is JSON at all.
func parseObject(name, text string) (json.RawMessage, error) {
	var value json.RawMessage
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return nil, exit.Usagef("%q is not JSON: %w", name, err)
	}
	return value, nil
}
