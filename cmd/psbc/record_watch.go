package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/follow"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// watchEvent is one line that `psbc record watch` prints.
type watchEvent struct {
	Block    uint64 `json:"block"`
	TxID     string `json:"txId"`
	Name     string `json:"event"`
	BodyName string `json:"bodyName"`
	registry.Event
}

type watchFlags struct {
	output     string
	checkpoint string
	fromBlock  uint64
	limit      int
}

func newWatchCommand(g *globals) *cobra.Command {
	f := &watchFlags{}
	cmd := &cobra.Command{
		Use:   "watch REGISTER",
		Short: "Print the changes of a register as they happen",
		Long: `Prints a line of JSON for every change of a register, in the order of the ledger, from
--from-block on, until it is interrupted, which is its regular end. When the peer is
away it waits and goes on where it was.

With --output each event is appended to a file, on the disk before the next one is
asked for. The file is its own checkpoint: the command goes on after the last line in
it, cutting off one that was not finished, so that no event is missing and none is
there twice, also after kill -9. With --checkpoint the position is kept in a file of
its own, for events that go to standard output: none is missing, and one may be
printed again after kill -9.

Each line, with or without --json, for an import once for all of its records:

  {"block", "txId", "event", "bodyName", "v", "register", "body", "requestId",
   "operation", "ids", "version", "claimedTime"}

The events: registry.register, registry.records, registry.proposal,
registry.attestation, registry.private.`,
		Example: `  psbc record watch dwellings --limit 1
  psbc record watch dwellings --output dwellings.events --limit 1`,
		Args: exactly("REGISTER"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(g, cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "append the events to this `FILE`, each exactly once")
	flags.StringVar(&f.checkpoint, "checkpoint", "", "keep the position in this `FILE`")
	flags.Uint64Var(&f.fromBlock, "from-block", 0, "begin at the block with this `NUMBER`, unless there is a position to go on from")
	flags.IntVar(&f.limit, "limit", 0, "end after this `NUMBER` of events (default: never)")
	return cmd
}

func (f *watchFlags) run(g *globals, cmd *cobra.Command, register string) error {
	if f.output != "" && f.checkpoint != "" {
		return exit.Usagef("the file of --output is its own checkpoint; leave --checkpoint out")
	}
	if f.limit < 0 {
		return exit.Usagef("--limit is %d, but at least 1 is needed", f.limit)
	}
	options := gateway.WatchOptions{Register: register, FromBlock: f.fromBlock}
	write := func(e watchEvent) error { return writeEvent(cmd, e) }
	switch {
	case f.output != "":
		file, err := follow.Open(f.output, register)
		if err != nil {
			return err
		}
		defer file.Close()
		options.Checkpoint = file
		write = func(e watchEvent) error { return file.Append(e) }
	case f.checkpoint != "":
		options.Checkpoint = gateway.FileCheckpoint(f.checkpoint)
	}
	return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
		if _, err := g.readRegister(ctx, r, register); err != nil {
			return err // a name mistyped would be watched for ever
		}
		return f.watch(ctx, r, names, options, write)
	})
}

// watch hands every event to write, until it is interrupted or has seen enough.
func (f *watchFlags) watch(ctx context.Context, r *gateway.Registry, names directory, options gateway.WatchOptions, write func(watchEvent) error) error {
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	seen := 0
	err := r.Watch(ctx, options, func(_ context.Context, e gateway.RegistryEvent) error {
		if err := write(watchEvent{Block: e.Position.Block, TxID: e.Position.TxID, Name: e.Name, BodyName: names.name(e.Body), Event: e.Event}); err != nil {
			return err
		}
		if seen++; seen == f.limit {
			enough() // and not an error, so that the position of this event is saved
		}
		return nil
	})
	if errors.Is(err, gateway.ErrCanceled) && ctx.Err() != nil {
		return nil
	}
	return err
}

func writeEvent(cmd *cobra.Command, e watchEvent) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(cmd.OutOrStdout(), string(line)); err != nil {
		return fmt.Errorf("write the event: %w", err)
	}
	return nil
}
