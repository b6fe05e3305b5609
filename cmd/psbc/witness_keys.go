package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/auditor/witness"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/profiles"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// asAdmin makes a verb one that acts as the body's administrator.
func asAdmin(cmd *cobra.Command) *cobra.Command {
	cmd.Annotations = map[string]string{usualUser: profiles.Admin}
	return cmd
}

// withCheckpoints connects, runs use and closes the connection.
func (g *globals) withCheckpoints(cmd *cobra.Command, use func(ctx context.Context, client *gateway.Client, names directory) error) error {
	client, err := g.connect(cmd)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := g.bound(cmd.Context())
	defer cancel()
	return explain(use(ctx, client, directory{client.Profile()}))
}

// viewedKey is a key with the name of its body.
type viewedKey struct {
	BodyName string `json:"bodyName"`
	checkpoint.WitnessKey
}

func (d directory) viewKeys(keys []checkpoint.WitnessKey) []viewedKey {
	views := make([]viewedKey, len(keys))
	for i, key := range keys {
		views[i] = viewedKey{d.name(key.Body), key}
	}
	return views
}

func (g *globals) printWitnessKeys(cmd *cobra.Command, keys []viewedKey) error {
	return g.printResult(cmd, map[string][]viewedKey{"keys": keys}, func(w io.Writer) {
		fmt.Fprintln(w, "BODY\tKEY\tALGORITHM\tFROM\tUNTIL\tREVOKED")
		for _, k := range keys {
			until, revoked := "-", "-"
			if k.Until != "" {
				until = k.Until
			}
			if k.Revoked != nil {
				revoked = fmt.Sprintf("%s, since %s", k.Revoked.Reason, k.Revoked.Since)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", k.BodyName, k.KeyID, k.Algorithm, k.From, until, printable(revoked))
		}
	})
}

const keysJSON = `With --json: {"keys": [KEY]}, where KEY is {"bodyName", "body", "key", "keyId",
"algorithm", "from", "until", "revoked": {"reason", "since"}, "claimedTime", "txId",
"requestId", "v"}.`

func newWitnessKeysCommand(g *globals) *cobra.Command {
	var body string
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "List the registered keys of witnesses",
		Long: `List the keys of the witnesses of all bodies, those that have ended included, and for
how long the cosignatures of each count.

` + keysJSON,
		Example: `  psbc witness keys
  psbc witness keys --body SIGI`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.withCheckpoints(cmd, func(ctx context.Context, client *gateway.Client, names directory) error {
				request := checkpoint.KeysRequest{}
				if body != "" {
					found, err := names.find("body", body)
					if err != nil {
						return err
					}
					request.Body = found.MSPID
				}
				keys := []checkpoint.WitnessKey{}
				for key, err := range client.Checkpoints().AllKeys(ctx, request) {
					if err != nil {
						return err
					}
					keys = append(keys, key)
				}
				return g.printWitnessKeys(cmd, names.viewKeys(keys))
			})
		},
	}
	cmd.Flags().StringVar(&body, "body", "", "only the keys of this `BODY`")
	mustComplete(cmd, "body", g.completeBodies)
	return cmd
}

func newRegisterKeyCommand(g *globals) *cobra.Command {
	cmd := asAdmin(&cobra.Command{
		Use:   "register",
		Short: "Register the keys of a body's witness",
		Long: `Register the keys in DIR/keys, as far as they are not: from then on cosignatures of them
count. It acts as the body's administrator unless --as names another user. Keys that are
registered already go on counting, so that new ones take over without a gap.

` + keysJSON,
		Example: `  psbc witness register --as SIGI/admin --dir /var/lib/psbc-witness`,
		Args:    noArgs,
	})
	dirOf := g.witnessDir(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return g.withCheckpoints(cmd, func(ctx context.Context, client *gateway.Client, names directory) error {
			dir, err := dirOf(client.Profile())
			if err != nil {
				return err
			}
			signers, err := witness.LoadSigners(filepath.Join(dir, witness.KeysFile))
			if err != nil {
				return err
			}
			keys, err := registerKeys(ctx, client, publicKeys(signers))
			if err != nil {
				return err
			}
			return g.printWitnessKeys(cmd, names.viewKeys(keys))
		})
	}
	return cmd
}

func newRetireKeyCommand(g *globals) *cobra.Command {
	var until, requestID string
	cmd := asAdmin(&cobra.Command{
		Use:   "retire KEYID",
		Short: "End the life of a key of a body's witness",
		Long: `End the life of a key. Cosignatures from before still count. It acts as the body's
administrator unless --as names another user.

` + keysJSON,
		Example: `  psbc witness retire 0a1b2c3d --as SIGI/admin`,
		Args:    exactly("KEYID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.withCheckpoints(cmd, func(ctx context.Context, client *gateway.Client, names directory) error {
				key, err := client.Checkpoints().RetireKey(ctx, checkpoint.RetireKeyRequest{RequestID: requestID, KeyID: args[0], Until: until})
				if err != nil {
					return err
				}
				return g.printWitnessKeys(cmd, names.viewKeys([]checkpoint.WitnessKey{*key}))
			})
		},
	})
	cmd.Flags().StringVar(&until, "until", "", "end it at this `TIME` to come, RFC 3339 in UTC (default: now)")
	cmd.Flags().StringVar(&requestID, "request-id", "", "repeat the request with this `ID` after an unknown outcome")
	return cmd
}

func newRevokeKeyCommand(g *globals) *cobra.Command {
	var since, reason, requestID string
	cmd := asAdmin(&cobra.Command{
		Use:   "revoke KEYID",
		Short: "Revoke a key of a body's witness that fell into wrong hands",
		Long: `Revoke a key: its cosignatures from --since on never count, whoever checks them with a
policy made after that. It acts as the body's administrator unless --as names another
user.

` + keysJSON,
		Example: `  psbc witness revoke 0a1b2c3d --since 2027-01-15T08:00:00Z --reason stolen --as SIGI/admin`,
		Args:    exactly("KEYID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.withCheckpoints(cmd, func(ctx context.Context, client *gateway.Client, names directory) error {
				key, err := client.Checkpoints().RevokeKey(ctx, checkpoint.RevokeKeyRequest{RequestID: requestID, KeyID: args[0], Since: since, Reason: reason})
				if err != nil {
					return err
				}
				return g.printWitnessKeys(cmd, names.viewKeys([]checkpoint.WitnessKey{*key}))
			})
		},
	})
	cmd.Flags().StringVar(&since, "since", "", "the `TIME` from which on it is not to be believed, RFC 3339 in UTC (needed)")
	cmd.Flags().StringVar(&reason, "reason", "", "a `CODE` for why (needed)")
	cmd.Flags().StringVar(&requestID, "request-id", "", "repeat the request with this `ID` after an unknown outcome")
	return cmd
}
