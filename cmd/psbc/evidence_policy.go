package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/auditor/prove"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
)

func newEvidencePolicyCommand(g *globals) *cobra.Command {
	var (
		output      string
		force       bool
		at          = moment{date: startOfDay}
		request     checkpoint.PolicyRequest
		postQuantum bool
	)
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Get the policy: whose cosignatures are to be believed",
		Long: `Writes the policy file that verifying evidence needs: the keys of the bodies' witnesses,
and how many bodies must have cosigned. The format is https://c2sp.org/tlog-policy. By
default it is so many that two such quorums have an honest body in common as long as
fewer than a third of the bodies are at fault.

The policy comes from the own body's peer, and is as good as that. Compare it with what
other bodies get before you hand it on: everything that evidence proves rests on it.

With --at it is the policy of a moment in the past. It is for evidence of that time: one
of today knows the keys that count today.

With --post-quantum the ML-DSA-44 signatures count instead of the Ed25519 ones.

With --json: {"policy", "origin", "at", "algorithm", "bodies", "quorum"}, where "policy"
is the file's content.`,
		Example: `  psbc evidence policy
  psbc evidence policy -o psbc.policy
  psbc evidence policy --post-quantum --quorum 3 --as SIGI -o psbc-pq.policy`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if request.Quorum < 0 {
				return exit.Usagef("--quorum %d is no number of bodies", request.Quorum)
			}
			if output != "" {
				if err := mayWrite(output, force); err != nil {
					return err
				}
			}
			request.At, request.Algorithm = at.String(), checkpoint.Ed25519
			if postQuantum {
				request.Algorithm = checkpoint.MLDSA44
			}
			file, err := g.readPolicy(cmd, request)
			if err != nil {
				return err
			}
			if output != "" {
				if err := prove.WriteFile(output, []byte(file.Policy)); err != nil {
					return fmt.Errorf("write the policy: %w", err)
				}
			}
			return g.printResult(cmd, file, func(w io.Writer) {
				if output == "" {
					fmt.Fprint(w, file.Policy)
					return
				}
				fmt.Fprintf(w, "%s: %d of %d bodies must have cosigned: %s\n", printable(output), file.Quorum, len(file.Bodies), strings.Join(file.Bodies, ", "))
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&output, "output", "o", "", "write the policy to `FILE` (default: standard output)")
	flags.BoolVar(&force, "force", false, "replace the output when it is there")
	flags.Var(&at, "at", "the policy of that moment: RFC 3339, or a date, at its start in UTC (default: now)")
	flags.IntVar(&request.Quorum, "quorum", 0, "how many bodies must have cosigned, `N` (default: more than two thirds)")
	flags.BoolVar(&postQuantum, "post-quantum", false, "count the post-quantum signatures, ML-DSA-44")
	return cmd
}

func (g *globals) readPolicy(cmd *cobra.Command, request checkpoint.PolicyRequest) (*checkpoint.PolicyFile, error) {
	client, err := g.connect(cmd)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	if request.Origin = client.Profile().Origin; request.Origin == "" {
		return nil, errNoOrigin()
	}
	ctx, cancel := g.bound(cmd.Context())
	defer cancel()
	file, err := client.Checkpoints().Policy(ctx, request)
	return file, explain(err)
}

// errNoOrigin is for profiles from before there was evidence.
func errNoOrigin() error {
	return exit.WithRemedy(errors.New("the connection profile has no origin, the name of the ledger log"), `have the network write it anew with "psbc network up"`)
}
