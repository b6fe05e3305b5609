package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// changeFlags are the flags of every verb that changes what is on the ledger
// already.
type changeFlags struct {
	base      int
	requestID string
}

func (c *changeFlags) add(cmd *cobra.Command, what string) {
	flags := cmd.Flags()
	flags.IntVar(&c.base, "base", 0, "change the "+what+" only if it still has this version `NUMBER` (default: whatever it has now)")
	flags.StringVar(&c.requestID, "request-id", "", "repeat the request with this `ID` after an unknown outcome; needs --base")
}

// check refuses a request id without the base: a repeated request has to be the
// same, and the version may have moved since, by that very request.
func (c *changeFlags) check() error {
	if c.base < 0 {
		return exit.Usagef("--base is %d, but versions count from 1", c.base)
	}
	if c.requestID != "" && c.base == 0 {
		return exit.Usagef("--request-id needs the --base of the request that it repeats")
	}
	return nil
}

// baseFrom returns the version that the change is based on: --base, or what read
// returns.
func (c *changeFlags) baseFrom(read func() (int, error)) (int, error) {
	if c.base > 0 {
		return c.base, nil
	}
	return read()
}

// baseOf returns the version that a change of a record is based on.
func (c *changeFlags) baseOf(ctx context.Context, g *globals, r *gateway.Registry, register, id string) (int, error) {
	return c.baseFrom(func() (int, error) {
		view, err := g.readRecord(ctx, r, registry.ReadRequest{Register: register, ID: id})
		if err != nil {
			return 0, err
		}
		return view.Record.Version, nil
	})
}

// repeatable adds to an unknown outcome how to repeat the request, which takes the
// base that it had.
func repeatable(err error, base int) error {
	e, ok := errors.AsType[*gateway.Error](err)
	if !ok || e.Kind != gateway.ErrOutcomeUnknown || e.RequestID == "" {
		return err
	}
	return exit.WithRemedy(err, "run it again with --request-id %s --base %d, the same request is not carried out twice", e.RequestID, base)
}

// pageFlags are the flags of every verb that lists.
type pageFlags struct {
	limit    int
	bookmark string
}

func (p *pageFlags) add(cmd *cobra.Command, what string) {
	cmd.Flags().IntVar(&p.limit, "limit", registry.DefaultPageSize, "at most this `NUMBER` of "+what)
	cmd.Flags().StringVar(&p.bookmark, "page", "", "go on where an earlier list ended, with its `TOKEN`")
}

func (p *pageFlags) check() error {
	if p.limit < 1 {
		return exit.Usagef("--limit is %d, but at least 1 is needed", p.limit)
	}
	return nil
}

// read fetches as many pages as the limit needs and returns the token of the next,
// "" at the end. fetch returns how many items it got, and the token after them.
func (p *pageFlags) read(ctx context.Context, g *globals, fetch func(ctx context.Context, size int, bookmark string) (int, string, error)) (string, error) {
	next := p.bookmark
	for left := p.limit; left > 0; {
		n, bookmark, err := func() (int, string, error) {
			ctx, cancel := g.bound(ctx)
			defer cancel()
			return fetch(ctx, min(left, registry.MaxPageSize), next)
		}()
		if err != nil {
			return "", err
		}
		left -= n
		if next = bookmark; next == "" {
			break
		}
	}
	return next, nil
}

func writeNext(w io.Writer, next string) {
	if next != "" {
		fmt.Fprintf(w, "more with --page %s\n", shellQuote(next))
	}
}

// liner returns a function that writes a line of name and value, or nothing when
// there is no value.
func liner(w io.Writer) func(name, value string) {
	return func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", printable(name), printable(value))
		}
	}
}

// enumerate writes names for people: a, b, c.
func enumerate(names []string) string { return strings.Join(names, ", ") }

// all names bodies by their MSP IDs.
func (d directory) all(mspIDs []string) string {
	names := make([]string, len(mspIDs))
	for i, mspID := range mspIDs {
		names[i] = d.name(mspID)
	}
	return enumerate(names)
}
