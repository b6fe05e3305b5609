package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/auditor/prove"
	"github.com/psbc-lu/psbc/auditor/witness"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// provingFlags say what evidence is cut from.
type provingFlags struct {
	log         string
	wait        time.Duration
	ed25519Only bool
}

const defaultWait = time.Minute

func (f *provingFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.log, "log", "", "the ledger log, a `URL|DIR` (default: that of the body's witness in the run directory)")
	flags.DurationVar(&f.wait, "wait", defaultWait, "the longest to wait for a quorum of bodies to cosign")
	flags.BoolVar(&f.ed25519Only, "ed25519-only", false, "leave the post-quantum signatures out: a file of 2 to 4 KB that a quantum computer may forge one day")
}

// proving is what evidence is cut with.
type proving struct {
	g           *globals
	client      *gateway.Client
	names       directory
	origin      string
	log         ledgerlog.Source
	wait        time.Duration
	ed25519Only bool
	progress    io.Writer // standard error
}

// proving prepares to cut evidence with a client.
func (f *provingFlags) proving(g *globals, cmd *cobra.Command, client *gateway.Client) (*proving, error) {
	profile := client.Profile()
	if profile.Origin == "" {
		return nil, errNoOrigin()
	}
	log, err := g.openLog(f.log, profile)
	if err != nil {
		return nil, err
	}
	return &proving{
		g: g, client: client, names: directory{profile}, origin: profile.Origin, log: log,
		wait: f.wait, ed25519Only: f.ed25519Only, progress: cmd.ErrOrStderr(),
	}, nil
}

// openLog opens the ledger log at a URL or in a directory; by default, that of the witness
// of the profile's body.
func (g *globals) openLog(where string, profile *gateway.Profile) (ledgerlog.Source, error) {
	if strings.HasPrefix(where, "http://") || strings.HasPrefix(where, "https://") {
		return ledgerlog.OpenURL(where)
	}
	if where == "" {
		run, err := g.runDir()
		if err != nil {
			return nil, err
		}
		where = filepath.Join(witnessHome(run, profile.Body.Name), witness.LogDir)
	}
	log, err := ledgerlog.OpenReader(where)
	if err != nil {
		return nil, exit.WithRemedy(err, `name one with --log, or build one with "psbc auditor log build"`)
	}
	return log, nil
}

// blockOf reads the block of a transaction from the own peer.
func (p *proving) blockOf(ctx context.Context, txID string) (*block.Block, error) {
	ctx, cancel := p.g.bound(ctx)
	defer cancel()
	raw, err := p.client.BlockOf(ctx, txID)
	if err != nil {
		return nil, err
	}
	return block.Decode(raw)
}

// proven is evidence that holds.
type proven struct {
	proof  *evidence.Proof
	result *evidence.Result
	notes  []string
}

// prove waits for a checkpoint and makes evidence against it, which it verifies with the
// channel's own policy. after is what the record says that it is later than.
func (p *proving) prove(ctx context.Context, b *block.Block, target prove.Target, after *notary.After, member *evidence.Member) (*proven, error) {
	signed, err := p.covering(ctx, b.Number)
	if err != nil {
		return nil, err
	}
	request := prove.Request{Block: b, Target: target, Checkpoint: signed, Member: member}
	out := &proven{}
	if request.After, err = p.after(ctx, after); err != nil {
		return nil, err
	}
	if after != nil && request.After == nil {
		out.notes = append(out.notes, "the checkpoint that the record is later than has no cosignatures on the channel: the evidence does not prove \"not before\"")
	}
	if out.proof, err = prove.Prove(request, p.log); err != nil {
		return nil, err
	}
	policy, err := p.policy(ctx)
	if err != nil {
		return nil, err
	}
	out.result, err = evidence.Verify(nil, out.proof, policy, time.Now())
	if _, ok := errors.AsType[*evidence.AfterError](err); ok {
		out.notes = append(out.notes, fmt.Sprintf("the evidence does not prove \"not before\": %v", err))
		out.proof.Extra.After = nil
		out.result, err = evidence.Verify(nil, out.proof, policy, time.Now())
	}
	if err != nil {
		return nil, fmt.Errorf("the evidence would not hold by the channel's own policy: %w", err)
	}
	return out, nil
}

// after finds the cosignatures on a checkpoint; nil when there are none.
func (p *proving) after(ctx context.Context, named *notary.After) (*tlog.SignedCheckpoint, error) {
	if named == nil {
		return nil, nil //nolint:nilnil // there is none
	}
	ctx, cancel := p.g.bound(ctx)
	defer cancel()
	standings, err := p.client.Checkpoints().At(ctx, checkpoint.AtRequest{Origin: p.origin, Size: named.Size})
	if err != nil {
		return nil, err
	}
	for _, s := range standings {
		if s.Root == named.Root && s.Note != "" {
			signed, err := signedCheckpoint(s)
			signed = p.lean(signed)
			return &signed, err
		}
	}
	return nil, nil //nolint:nilnil // there is none
}

// policy is the channel's own for now.
func (p *proving) policy(ctx context.Context) (*evidence.Policy, error) {
	ctx, cancel := p.g.bound(ctx)
	defer cancel()
	file, err := p.client.Checkpoints().Policy(ctx, checkpoint.PolicyRequest{Origin: p.origin})
	if err != nil {
		return nil, err
	}
	return evidence.ParsePolicy([]byte(file.Policy))
}

// compositeKey is a key as Fabric makes it of a type and attributes.
func compositeKey(parts ...string) []byte {
	return []byte("\x00" + strings.Join(parts, "\x00") + "\x00")
}
