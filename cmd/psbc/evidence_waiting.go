package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// pollInterval is how often it is asked whether what is awaited is there.
const pollInterval = 250 * time.Millisecond

// waiting tells on a terminal what is awaited, and nothing elsewhere.
type waiting struct {
	w    io.Writer
	live bool
	said string
}

func newWaiting(w io.Writer) *waiting { return &waiting{w: w, live: isTerminal(w)} }

func (w *waiting) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if w.live && text != w.said {
		fmt.Fprintf(w.w, "\r\033[K  … %s", text)
	}
	w.said = text
}

// close removes the line.
func (w *waiting) close() {
	if w.live && w.said != "" {
		fmt.Fprint(w.w, "\r\033[K")
	}
}

// errNotYet ends one try of something that may be there soon.
var errNotYet = errors.New("not yet")

// until tries until it is there, the time is up or something else fails. When the time is up
// it returns an error that says what was awaited.
func (w *waiting) until(ctx context.Context, longest time.Duration, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	for {
		err := try(ctx)
		if !errors.Is(err, errNotYet) {
			return err
		}
		select {
		case <-time.After(pollInterval):
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return ctx.Err()
			}
			return exit.WithRemedy(fmt.Errorf("after %s still %s", longest, w.said),
				`wait longer with --wait, and see "psbc witness status" for what the witnesses do`)
		}
	}
}

// covering waits for a checkpoint with a quorum that covers a block, and for the ledger log
// to have come as far.
func (p *proving) covering(ctx context.Context, block uint64) (tlog.SignedCheckpoint, error) {
	var found tlog.SignedCheckpoint
	w := newWaiting(p.progress)
	defer w.close()
	err := w.until(ctx, p.wait, func(ctx context.Context) error {
		size, err := p.log.SizeAt(block)
		if errors.Is(err, ledgerlog.ErrNotFound) {
			w.say("waiting for the ledger log to reach block %d", block)
			return errNotYet
		}
		if err != nil {
			return err
		}
		standing, err := p.latest(ctx)
		if err != nil {
			return err
		}
		if standing.Size < size {
			w.say("waiting for a quorum of bodies to cosign %d entries; the last they did is %d", size, standing.Size)
			return errNotYet
		}
		if _, err := p.log.Root(standing.Size); errors.Is(err, ledgerlog.ErrNotFound) {
			w.say("waiting for the ledger log to reach %d entries", standing.Size)
			return errNotYet
		} else if err != nil {
			return err
		}
		found, err = signedCheckpoint(*standing)
		return err
	})
	return p.lean(found), err
}

// latest is the latest checkpoint with a quorum; one of no entries when there is none yet.
func (p *proving) latest(ctx context.Context) (*checkpoint.Standing, error) {
	ctx, cancel := p.g.bound(ctx)
	defer cancel()
	standing, err := p.client.Checkpoints().Latest(ctx, checkpoint.LatestRequest{Origin: p.origin})
	if errors.Is(err, gateway.ErrNotFound) {
		return &checkpoint.Standing{}, nil
	}
	return standing, err
}

// signedCheckpoint reads the note of a standing, which must be of what it says.
func signedCheckpoint(s checkpoint.Standing) (tlog.SignedCheckpoint, error) {
	signed, err := tlog.ParseSignedCheckpoint([]byte(s.Note))
	switch {
	case err != nil:
		return tlog.SignedCheckpoint{}, fmt.Errorf("the channel's checkpoint of size %d: %w", s.Size, err)
	case signed.Origin != s.Origin || signed.Size != s.Size || signed.Root.String() != s.Root:
		return tlog.SignedCheckpoint{}, fmt.Errorf("the channel's checkpoint of size %d has a note about another one", s.Size)
	}
	return signed, nil
}

// lean leaves out the ML-DSA signatures, if that is asked for.
func (p *proving) lean(s tlog.SignedCheckpoint) tlog.SignedCheckpoint {
	if !p.ed25519Only {
		return s
	}
	kept := tlog.SignedCheckpoint{Checkpoint: s.Checkpoint}
	for _, c := range s.Cosignatures {
		if len(c.Signature) == ed25519SignatureSize {
			kept.Cosignatures = append(kept.Cosignatures, c)
		}
	}
	return kept
}

// ed25519SignatureSize tells the kinds of cosignatures apart, without their keys.
const ed25519SignatureSize = 64
