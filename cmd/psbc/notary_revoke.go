package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

func newRevokeCommand(g *globals) *cobra.Command {
	var (
		reason    reasonFlag
		note      string
		requestID string
		algorithm = algorithmFlag{notary.SHA2_256}
	)
	cmd := &cobra.Command{
		Use:   "revoke FILE|DIGEST --reason CODE",
		Short: "Revoke the body's own notarisation",
		Long: `Ends the own body's notarisation of a document. That is final, and public: verify
says so from then on, with the reason.

` + namingHelp + `

Reasons: ` + strings.Join(reasonNames(), ", ") + `.

With --json: RECORD.`,
		Example: `  psbc notary revoke README.md --reason issued-in-error
  psbc notary revoke LICENSE --reason court-order --note 2027-A-113`,
		Args: exactly("FILE|DIGEST"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if reason.reason == "" {
				return exit.Usagef("--reason is missing; one of %s", strings.Join(reasonNames(), ", "))
			}
			document, err := subject(cmd.Context(), args[0], cmd.InOrStdin(), algorithm.algorithm)
			if err != nil {
				return err
			}
			return g.withNotary(cmd, func(ctx context.Context, n *gateway.Notary, names directory) error {
				ctx, cancel := g.bound(ctx)
				defer cancel()
				record, err := n.Revoke(ctx, notary.RevokeRequest{
					RequestID: requestID, Digest: document.Digest, Reason: reason.reason, Note: note,
				})
				if err != nil {
					return err
				}
				return g.printResult(cmd, names.view(*record), func(w io.Writer) { writeRecord(w, names.view(*record)) })
			})
		},
	}
	flags := cmd.Flags()
	flags.Var(&reason, "reason", "why; required")
	flags.StringVar(&note, "note", "", "`CODE` that says more, such as a file number; public")
	flags.StringVar(&requestID, "request-id", "", "repeat the request with this `ID` after an unknown outcome")
	algorithm.add(cmd, "digest algorithm")
	mustComplete(cmd, "reason", cobra.FixedCompletions(reasonNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}
