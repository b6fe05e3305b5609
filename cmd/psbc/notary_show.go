package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// showResult is what `psbc notary show --json` prints.
type showResult struct {
	Digest        notary.Digest `json:"digest"`
	Notarisations []recordView  `json:"notarisations"`
	// Details are the own body's, when asked for and there.
	Details *notary.Details `json:"details,omitempty"`
}

func newShowCommand(g *globals) *cobra.Command {
	var (
		by        string
		details   bool
		algorithm = algorithmFlag{notary.SHA2_256}
	)
	cmd := &cobra.Command{
		Use:   "show FILE|DIGEST",
		Short: "Show every body's notarisation of a document",
		Long: `Shows the records of a document as they stand on the ledger, without judging them;
verify does that. Exit code 3 when there are none.

` + namingHelp + `

With --json:

  {"digest", "notarisations": [RECORD],
   "details": {"v", "salt", "title", "fileName", "persons"}}`,
		Example: `  psbc notary show README.md
  psbc notary show LICENSE --by CTIE --details`,
		Args: exactly("FILE|DIGEST"),
		RunE: func(cmd *cobra.Command, args []string) error {
			document, err := subject(cmd.Context(), args[0], cmd.InOrStdin(), algorithm.algorithm)
			if err != nil {
				return err
			}
			return g.withNotary(cmd, func(ctx context.Context, n *gateway.Notary, names directory) error {
				ctx, cancel := g.bound(ctx)
				defer cancel()
				result, err := findRecords(ctx, n, names, document.Digest, by)
				if err != nil {
					return err
				}
				if details {
					if result.Details, err = readDetails(ctx, n, document.Digest); err != nil {
						return err
					}
				}
				if err := g.printResult(cmd, result, func(w io.Writer) { writeShown(w, result, details) }); err != nil {
					return err
				}
				if len(result.Notarisations) == 0 {
					return exit.ErrNo
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&by, "by", "", "only this `BODY`'s notarisation")
	cmd.Flags().BoolVar(&details, "details", false, "with the private details that the own body keeps")
	algorithm.add(cmd, "digest algorithm")
	mustComplete(cmd, "by", g.completeBodies)
	return cmd
}

// findRecords returns every body's record of a digest, or only one body's.
func findRecords(ctx context.Context, n *gateway.Notary, names directory, digest notary.Digest, by string) (showResult, error) {
	result := showResult{Digest: digest, Notarisations: []recordView{}}
	only := ""
	if by != "" {
		body, err := names.find("by", by)
		if err != nil {
			return result, err
		}
		only = body.MSPID
	}
	for record, err := range n.FindAll(ctx, notary.FindRequest{Digest: digest}) {
		if err != nil {
			return result, err
		}
		if only == "" || record.Body == only {
			result.Notarisations = append(result.Notarisations, names.view(record))
		}
	}
	return result, nil
}

// readDetails returns the own body's private details, nil when there are none.
func readDetails(ctx context.Context, n *gateway.Notary, digest notary.Digest) (*notary.Details, error) {
	details, err := n.ReadDetails(ctx, notary.DigestRequest{Digest: digest})
	if errors.Is(err, gateway.ErrNotFound) {
		return nil, nil
	}
	return details, err
}

func writeShown(w io.Writer, result showResult, details bool) {
	if len(result.Notarisations) == 0 {
		fmt.Fprintf(w, "not notarised: %s\n", result.Digest)
	}
	for i, record := range result.Notarisations {
		if i > 0 {
			fmt.Fprintln(w)
		}
		writeRecord(w, record)
	}
	switch {
	case result.Details != nil:
		fmt.Fprintf(w, "\nTitle\t%s\nFile name\t%s\nPersons\t%s\n", printable(result.Details.Title),
			printable(result.Details.FileName), printable(strings.Join(result.Details.Persons, ", ")))
	case details:
		fmt.Fprintln(w, "\nno private details, or purged")
	}
}
