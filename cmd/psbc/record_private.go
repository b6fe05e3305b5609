package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// purgePrivateResult is what `psbc record purge-private --json` prints.
type purgePrivateResult struct {
	Register string   `json:"register"`
	ID       string   `json:"id"`
	Body     string   `json:"body"` // MSP ID
	BodyName string   `json:"bodyName"`
	Purged   []string `json:"purged"` // their hashes on the ledger
}

func newPurgePrivateCommand(g *globals) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "purge-private REGISTER ID",
		Short: "Erase the private fields of a record",
		Long: `Erases the private fields that the own body keeps of a record, of all its versions,
from the state and the history of its peers. The record stands, with salted hashes
that tell nothing without them. Other bodies that keep them erase them for
themselves. It cannot be undone, so it asks first. It may be repeated; exit code 3
when the body keeps none.

With --json:

  {"register", "id", "body", "bodyName", "purged": [HASH]}`,
		Example: `  psbc record purge-private dwellings DWL-2027-0001 --yes`,
		Args:    exactly("REGISTER", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
				hashes, err := privateHashes(ctx, g, r, args[0], args[1])
				if err != nil {
					return err
				}
				if !yes {
					question := fmt.Sprintf("Erase %s's private fields of %s for good?", names.own().Name, printable(args[1]))
					if err := confirm(cmd, question); err != nil {
						return err
					}
				}
				result := purgePrivateResult{Register: args[0], ID: args[1], Body: names.own().MSPID, BodyName: names.own().Name, Purged: []string{}}
				for _, hash := range hashes {
					found, err := purgePrivate(ctx, g, r, registry.PrivateRequest{Register: args[0], ID: args[1], Hash: hash})
					if err != nil {
						return err
					}
					if found {
						result.Purged = append(result.Purged, hash)
					}
				}
				if err := g.printResult(cmd, result, func(w io.Writer) { writePurged(w, result) }); err != nil {
					return err
				}
				if len(result.Purged) == 0 {
					return exit.ErrNo
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// privateHashes returns the hashes of the private fields that a record has or had.
func privateHashes(ctx context.Context, g *globals, r *gateway.Registry, register, id string) ([]string, error) {
	ctx, cancel := g.bound(ctx)
	defer cancel()
	history, err := r.History(ctx, registry.ReadRequest{Register: register, ID: id})
	if err != nil {
		return nil, err
	}
	var hashes []string
	for _, version := range history.Versions {
		if hash := version.PrivateHash; hash != "" && !slices.Contains(hashes, hash) {
			hashes = append(hashes, hash)
		}
	}
	return hashes, nil
}

// purgePrivate returns false when there is nothing under the hash any more.
func purgePrivate(ctx context.Context, g *globals, r *gateway.Registry, request registry.PrivateRequest) (bool, error) {
	ctx, cancel := g.bound(ctx)
	defer cancel()
	err := r.PurgePrivate(ctx, request)
	if errors.Is(err, gateway.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func writePurged(w io.Writer, result purgePrivateResult) {
	if len(result.Purged) == 0 {
		fmt.Fprintf(w, "%s keeps no private fields of %s\n", result.BodyName, printable(result.ID))
		return
	}
	fmt.Fprintf(w, "%s's private fields of %s are erased (%s); the record stands\n", result.BodyName, printable(result.ID), count(len(result.Purged), "version"))
}
