package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/auditor/witness"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// logResult is what `psbc auditor log build --json` prints.
type logResult struct {
	Dir    string        `json:"dir"`
	Origin string        `json:"origin"`
	Blocks uint64        `json:"blocks"`
	Size   uint64        `json:"size"`
	Root   evidence.Hash `json:"root"`
	// Checkpoint is the size of the latest checkpoint with a quorum that is kept with the
	// log; 0 when there is none.
	Checkpoint uint64 `json:"checkpoint"`
}

func newLogBuildCommand(g *globals) *cobra.Command {
	var once bool
	cmd := &cobra.Command{
		Use:   "build",
		Short: "Build the ledger log from the body's own peer",
		Long: `Builds the ledger log in DIR, from where it left off, and goes on with the ledger until it
is interrupted; with --once, until it is as far as the ledger was at the start. It keeps
the latest checkpoint that a quorum has cosigned with it, if the log agrees with that;
if not, it fails.

It may be killed at any time, and repeated. One process at a time may build in a DIR;
any number may read and serve it meanwhile.

With --json, at the end: {"dir", "origin", "blocks", "size", "root", "checkpoint"}.`,
		Example: `  psbc auditor log build --dir /tmp/log --once
  psbc auditor log build --dir /tmp/log --once --as SIGI --json`,
		Args: noArgs,
	}
	dir := addLogDir(cmd)
	cmd.Flags().BoolVar(&once, "once", false, "stop at the ledger's present height")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *dir == "" {
			return exit.Usagef("--dir is missing: where the ledger log is to be")
		}
		client, err := g.connect(cmd)
		if err != nil {
			return err
		}
		defer client.Close()
		result, err := buildLog(g, cmd, client, *dir, once)
		if err != nil {
			return explain(err)
		}
		return g.printResult(cmd, result, func(w io.Writer) {
			fmt.Fprintf(w, "log\t%s\n", result.Origin)
			fmt.Fprintf(w, "entries\t%d of %d blocks\n", result.Size, result.Blocks)
			fmt.Fprintf(w, "root\t%s\n", result.Root)
			fmt.Fprintf(w, "checkpoint\t%s\n", describeCheckpoint(result.Checkpoint))
		})
	}
	return cmd
}

func describeCheckpoint(size uint64) string {
	if size == 0 {
		return "none with a quorum yet"
	}
	return fmt.Sprintf("of %d entries, with a quorum", size)
}

// errAtHeight ends following a ledger at the height that is wanted.
var errAtHeight = errors.New("the height is reached")

// checkpointInterval is how often a log that grows takes over the latest checkpoint.
const checkpointInterval = 5 * time.Second

func buildLog(g *globals, cmd *cobra.Command, client *gateway.Client, dir string, once bool) (result logResult, err error) {
	profile := client.Profile()
	if profile.Origin == "" {
		return result, errNoOrigin()
	}
	log, err := ledgerlog.Open(dir, witness.OriginOf(profile))
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	b := builder{g: g, client: client, log: log}
	if err := b.follow(cmd.Context(), cmd.ErrOrStderr(), once); err != nil {
		return result, err
	}
	if err := b.takeCheckpoint(context.WithoutCancel(cmd.Context())); err != nil {
		return result, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return result, err
	}
	head := log.Head()
	return logResult{Dir: dir, Origin: head.Origin, Blocks: head.Blocks, Size: head.Size, Root: head.Root, Checkpoint: b.kept}, nil
}

// builder lets a log grow.
type builder struct {
	g      *globals
	client *gateway.Client
	log    *ledgerlog.Log
	kept   uint64 // size of the checkpoint that is kept with the log
}

// follow returns nil when it is interrupted, or has come as far as it should.
func (b *builder) follow(ctx context.Context, progress io.Writer, once bool) error {
	height, err := b.height(ctx)
	if err != nil {
		return err
	}
	next := b.log.Next()
	if once && next >= height {
		return nil
	}
	bar := newProgress(progress, int(height-min(next, height)), "reading blocks") //nolint:gosec // no ledger is that long
	defer bar.close()
	group, following := errgroup.WithContext(ctx)
	if !once {
		group.Go(func() error { return b.keepCheckpoint(following) })
	}
	group.Go(func() error {
		return ledgerlog.Follow(following, b.client, b.log, func(read *block.Block) error {
			bar.add(1)
			if read.Number+1 != height {
				return nil
			}
			bar.close()
			if once {
				return errAtHeight
			}
			return nil
		})
	})
	err = group.Wait()
	if errors.Is(err, errAtHeight) || ctx.Err() != nil {
		return nil
	}
	return err
}

// keepCheckpoint takes over the latest checkpoint every few seconds, and fails when the log
// does not agree with one. A peer that cannot be reached is waited for, as Follow does.
func (b *builder) keepCheckpoint(ctx context.Context) error {
	ticker := time.NewTicker(checkpointInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		err := b.takeCheckpoint(ctx)
		if _, passing := errors.AsType[*gateway.Error](err); err != nil && !passing && ctx.Err() == nil {
			return err
		}
	}
}

func (b *builder) height(ctx context.Context) (uint64, error) {
	ctx, cancel := b.g.bound(ctx)
	defer cancel()
	return b.client.Height(ctx)
}

// takeCheckpoint keeps the latest checkpoint that a quorum has cosigned with the log, if the
// log has come so far. It fails when the log does not agree with it.
func (b *builder) takeCheckpoint(ctx context.Context) error {
	ctx, cancel := b.g.bound(ctx)
	defer cancel()
	standing, err := b.client.Checkpoints().Latest(ctx, checkpoint.LatestRequest{Origin: b.log.Head().Origin})
	if errors.Is(err, gateway.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var signed tlog.SignedCheckpoint
	if standing.Size > b.log.Head().Size {
		return nil
	}
	if signed, err = signedCheckpoint(*standing); err != nil {
		return err
	}
	if err := b.log.SetCheckpoint(signed); err != nil {
		return exit.WithRemedy(fmt.Errorf("DISAGREEMENT with what a quorum of bodies has cosigned: %w", err), `"psbc auditor log check" names who says what`)
	}
	b.kept = signed.Size
	return nil
}
