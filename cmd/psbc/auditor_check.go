package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// checkResult is what `psbc auditor log check --json` prints.
type checkResult struct {
	Agrees bool `json:"agrees"`
	logResult
	// Cosigned is how many statements of bodies were compared with the log.
	Cosigned int      `json:"cosigned"`
	Problems []string `json:"problems"`
}

func newLogCheckCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check a ledger log against the ledger, and the bodies against each other",
		Long: `Reads all blocks from the body's own peer again, computes what the ledger log in DIR must
be, and compares: every entry, every tile, and the root at the end of every block. Then it
compares every checkpoint that any body has ever cosigned on the channel with that, so
that a body that disagrees with another, or with itself, is named.

Exit code 3 when anything does not agree.

With --json: {"agrees", "dir", "origin", "blocks", "size", "root", "checkpoint",
"cosigned", "problems": [SENTENCE]}.`,
		Example: `  psbc auditor log check --dir /tmp/log
  psbc auditor log check --dir /tmp/log --as CourDesComptes --json`,
		Args: noArgs,
	}
	dir := addLogDir(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *dir == "" {
			return exit.Usagef("--dir is missing: which ledger log to check")
		}
		log, err := ledgerlog.OpenReader(*dir)
		if err != nil {
			return err
		}
		client, err := g.connect(cmd)
		if err != nil {
			return err
		}
		defer client.Close()
		result, err := checkLog(g, cmd, client, log)
		if err != nil {
			return explain(err)
		}
		result.Dir = *dir
		if err := g.printResult(cmd, result, func(w io.Writer) { writeChecked(w, result) }); err != nil {
			return err
		}
		if !result.Agrees {
			return exit.ErrNo
		}
		return nil
	}
	return cmd
}

func writeChecked(w io.Writer, r checkResult) {
	for _, problem := range r.Problems {
		fmt.Fprintf(w, "DISAGREEMENT: %s\n", printable(problem))
	}
	verdict := "All agree"
	if !r.Agrees {
		verdict = "NOT all agree"
	}
	fmt.Fprintf(w, "%s: the log of %d entries, the %d blocks of the own peer, and %d cosigned checkpoints of bodies.\n", verdict, r.Size, r.Blocks, r.Cosigned)
	fmt.Fprintf(w, "root %s, latest checkpoint %s\n", r.Root, describeCheckpoint(r.Checkpoint))
}

// checkLog reads the blocks that the log has, and compares.
func checkLog(g *globals, cmd *cobra.Command, client *gateway.Client, log *ledgerlog.Reader) (checkResult, error) {
	head, err := log.Head()
	if err != nil {
		return checkResult{}, err
	}
	b := builder{g: g, client: client}
	height, err := b.height(cmd.Context())
	if err != nil {
		return checkResult{}, err
	}
	c := newLogCheck(log, client.Profile().Origin)
	if head.Blocks > height {
		c.problem("the log has %d blocks, the own peer %d", head.Blocks, height)
	}
	if err := c.read(cmd.Context(), client, min(head.Blocks, height), cmd.ErrOrStderr()); err != nil {
		return checkResult{}, err
	}
	ctx, cancel := g.bound(cmd.Context())
	defer cancel()
	latest, err := client.Checkpoints().Latest(ctx, checkpoint.LatestRequest{Origin: client.Profile().Origin})
	switch {
	case errors.Is(err, gateway.ErrNotFound):
		latest = &checkpoint.Standing{}
	case err != nil:
		return checkResult{}, err
	case latest.Size <= c.tree.End(): // else the log is behind, which is no disagreement
		c.compare(latest.Size, latest.Root, "a quorum of bodies")
	}
	c.kept()
	return checkResult{
		Agrees: len(c.problems) == 0, Cosigned: c.cosigned, Problems: c.problems,
		logResult: logResult{Origin: head.Origin, Blocks: head.Blocks, Size: head.Size, Root: head.Root, Checkpoint: latest.Size},
	}, nil
}

// read compares the first so many blocks of the own peer.
func (c *logCheck) read(ctx context.Context, client *gateway.Client, blocks uint64, progress io.Writer) error {
	if blocks == 0 {
		return nil
	}
	bar := newProgress(progress, int(blocks), "comparing blocks") //nolint:gosec // no ledger is that long
	defer bar.close()
	for raw, err := range client.Blocks(ctx, 0) {
		if err != nil {
			return err
		}
		b, err := block.Decode(raw)
		if err != nil {
			return err
		}
		if err := c.block(b); err != nil {
			return err
		}
		bar.add(1)
		if b.Number+1 == blocks {
			return nil
		}
	}
	return nil
}
