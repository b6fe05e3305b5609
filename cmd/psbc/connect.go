package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/profiles"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// usualUser annotates a noun whose verbs act as another user than the notary when
// --as names none.
const usualUser = "psbc.usual-user"

// usualUserOf returns the user who carries out a verb unless --as says otherwise.
func usualUserOf(cmd *cobra.Command) string {
	for ; cmd != nil; cmd = cmd.Parent() {
		if user, ok := cmd.Annotations[usualUser]; ok {
			return user
		}
	}
	return profiles.Notary
}

// loadProfile returns the profile that --profile or --as names.
func (g *globals) loadProfile(cmd *cobra.Command) (*gateway.Profile, error) {
	if g.profile != "" && g.as != "" {
		return nil, exit.Usagef("--profile already says who acts; leave --as out")
	}
	path := g.profile
	if path == "" {
		dir, err := g.runDir()
		if err != nil {
			return nil, err
		}
		if path, err = profiles.Find(dir, g.as, usualUserOf(cmd)); err != nil {
			return nil, err
		}
	}
	return gateway.LoadProfile(path)
}

// connect loads the profile and connects with it. The caller closes the client.
func (g *globals) connect(cmd *cobra.Command) (*gateway.Client, error) {
	profile, err := g.loadProfile(cmd)
	if err != nil {
		return nil, err
	}
	ctx, cancel := g.bound(cmd.Context())
	defer cancel()
	client, err := gateway.Connect(ctx, profile,
		gateway.WithLogger(g.logger(cmd.ErrOrStderr())),
		gateway.WithRetry(gateway.Retry{MaxElapsed: g.longest()}),
	)
	if err != nil {
		return nil, explain(err)
	}
	return client, nil
}

// withNotary connects, runs use and closes the connection.
func (g *globals) withNotary(cmd *cobra.Command, use func(ctx context.Context, n *gateway.Notary, names directory) error) error {
	client, err := g.connect(cmd)
	if err != nil {
		return err
	}
	defer client.Close()
	return explain(use(cmd.Context(), client.Notary(), directory{client.Profile()}))
}

// withRegistry connects, runs use and closes the connection.
func (g *globals) withRegistry(cmd *cobra.Command, use func(ctx context.Context, r *gateway.Registry, names directory) error) error {
	client, err := g.connect(cmd)
	if err != nil {
		return err
	}
	defer client.Close()
	return explain(use(cmd.Context(), client.Registry(), directory{client.Profile()}))
}

// withTrails connects, runs use and closes the connection.
func (g *globals) withTrails(cmd *cobra.Command, use func(ctx context.Context, t *gateway.Trails, names directory) error) error {
	client, err := g.connect(cmd)
	if err != nil {
		return err
	}
	defer client.Close()
	return explain(use(cmd.Context(), client.Trail(), directory{client.Profile()}))
}

// directory tells the bodies' names from their MSP IDs and back.
type directory struct{ profile *gateway.Profile }

// own is the body that acts.
func (d directory) own() gateway.Body { return d.profile.Body }

// name returns the name of the body with an MSP ID, or the MSP ID of a body that
// the profile does not know yet.
func (d directory) name(mspID string) string {
	if body, ok := d.profile.FindBody(mspID); ok {
		return body.Name
	}
	return mspID
}

// find returns the body that a flag names, or the own body for "".
func (d directory) find(flag, name string) (gateway.Body, error) {
	if name == "" {
		return d.own(), nil
	}
	body, ok := d.profile.FindBody(name)
	if !ok {
		return gateway.Body{}, exit.Usagef("there is no body %q in this network; --%s takes one of %s", name, flag, strings.Join(d.names(), ", "))
	}
	return body, nil
}

func (d directory) names() []string {
	names := make([]string, len(d.profile.Bodies))
	for i, body := range d.profile.Bodies {
		names[i] = body.Name
	}
	return names
}

// completeBodies completes the name of a body.
func (g *globals) completeBodies(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	profile, err := g.loadProfile(cmd)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return directory{profile}.names(), cobra.ShellCompDirectiveNoFileComp
}

// completeAs completes the value of --as.
func (g *globals) completeAs(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	dir, err := g.runDir()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	entries, err := profiles.List(dir)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return profiles.Names(entries), cobra.ShellCompDirectiveNoFileComp
}

// mustComplete attaches a completion to a flag. It fails only for a flag that
// does not exist, which is a mistake in this program that every test would show.
func mustComplete(cmd *cobra.Command, flag string, complete cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
		panic(fmt.Sprintf("completion of --%s: %v", flag, err))
	}
}
