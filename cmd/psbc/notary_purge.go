package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// purgeResult is what `psbc notary purge-details --json` prints.
type purgeResult struct {
	Digest   notary.Digest `json:"digest"`
	Body     string        `json:"body"` // MSP ID
	BodyName string        `json:"bodyName"`
	Purged   bool          `json:"purged"`
}

func newPurgeDetailsCommand(g *globals) *cobra.Command {
	var (
		yes       bool
		requestID string
		algorithm = algorithmFlag{notary.SHA2_256}
	)
	cmd := &cobra.Command{
		Use:   "purge-details FILE|DIGEST",
		Short: "Erase the private details of a notarisation",
		Long: `Erases the private details that the own body keeps of a document, from the state
and the history of its peers. The notarisation stands, with the salted hash that
tells nothing without them. It cannot be undone, so it asks first.

` + namingHelp + `

With --json:

  {"digest", "body", "bodyName", "purged": true}`,
		Example: `  psbc notary purge-details LICENSE --yes`,
		Args:    exactly("FILE|DIGEST"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] == "-" && !yes {
				return exit.Usagef("with the document on standard input nobody can be asked; add --yes")
			}
			document, err := subject(cmd.Context(), args[0], cmd.InOrStdin(), algorithm.algorithm)
			if err != nil {
				return err
			}
			return g.withNotary(cmd, func(ctx context.Context, n *gateway.Notary, names directory) error {
				if !yes {
					question := fmt.Sprintf("Erase %s's private details of %s for good?", names.own().Name, printable(args[0]))
					if err := confirm(cmd, question); err != nil {
						return err
					}
				}
				ctx, cancel := g.bound(ctx)
				defer cancel()
				if err := n.PurgeDetails(ctx, notary.DigestRequest{RequestID: requestID, Digest: document.Digest}); err != nil {
					return err
				}
				result := purgeResult{Digest: document.Digest, Body: names.own().MSPID, BodyName: names.own().Name, Purged: true}
				return g.printResult(cmd, result, func(w io.Writer) {
					fmt.Fprintf(w, "%s's private details of %s are erased; the notarisation stands\n", result.BodyName, printable(args[0]))
				})
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	cmd.Flags().StringVar(&requestID, "request-id", "", "repeat the request with this `ID` after an unknown outcome")
	algorithm.add(cmd, "digest algorithm")
	return cmd
}

// confirm asks a question on standard error and fails unless the answer is yes.
// Where nobody can be asked, it says which flag answers.
func confirm(cmd *cobra.Command, question string) error {
	if !isTerminal(cmd.InOrStdin()) {
		return exit.Usagef("this asks for confirmation, and standard input is not a terminal; add --yes")
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s [y/N] ", question)
	answer, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && err != io.EOF {
		return fmt.Errorf("read the answer: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return fmt.Errorf("not confirmed, nothing was done")
}
