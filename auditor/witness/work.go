package witness

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// witness is a witness at work. But for what the functions readLedger, watchKeys and state
// use, all of it belongs to the goroutine of work.
type witness struct {
	settings
	chain         chain
	dir           string
	log           *slog.Logger
	keeper        *keeper
	disagreements *disagreements
	status        Status

	ledger     *ledgerlog.Log
	core       *core
	read       chan reading
	stated     chan outcome
	registered chan error

	// waiting and keysProblem are what keeps it from its work, if something does.
	waiting, keysProblem string
	// busy: a statement is on its way.
	busy bool
	// retry is when a statement that failed is tried again.
	retry    time.Time
	failures int
	// arrived is when the last block came, claimed the time that its youngest transaction
	// claims.
	arrived, claimed time.Time
	// unsaved is a checkpoint with a quorum that the log does not show yet.
	unsaved *tlog.SignedCheckpoint
}

// reading is a block that was read.
type reading struct {
	facts
	claimed time.Time
}

// outcome is what became of a statement.
type outcome struct {
	Mark
	cosignatures []tlog.Cosignature
	err          error
}

const (
	// flushEvery is after how many blocks the log is made durable when nothing is signed.
	flushEvery = 256
	keysEvery  = 10 * time.Second
	// A block whose transactions are older than recent is one that is caught up with, and no
	// statement is made before what comes after it is known, unless nothing has come for
	// quiet.
	recent = time.Minute
	quiet  = 2 * time.Second

	firstRetry   = time.Second
	longestRetry = 15 * time.Second
)

const anotherLedger = "the peer's ledger is not the one that this witness cosigned"

// readLedger reads again what no quorum covers yet, and then follows the peer.
func (w *witness) readLedger(ctx context.Context, kept promise) error {
	from := uint64(0)
	if kept.Settled.Size > 0 {
		from = kept.Settled.Block + 1
	}
	if next := w.ledger.Next(); from < next {
		for b, err := range w.chain.blocks(ctx, from) {
			if err != nil {
				return err
			}
			if err := w.take(ctx, b); err != nil {
				return err
			}
			if b.Number+1 == next {
				break
			}
		}
	}
	return w.chain.follow(ctx, w.ledger, func(b *block.Block) error {
		if b.Number%flushEvery == 0 {
			if err := w.ledger.Flush(); err != nil {
				return err
			}
		}
		switch { // the log may be built anew
		case b.Number+1 < from:
			return nil
		case b.Number+1 == from:
			return w.agrees(kept)
		}
		return w.take(ctx, b)
	})
}

// take hands a block that the log has to the goroutine of work.
func (w *witness) take(ctx context.Context, b *block.Block) error {
	if origin := w.ledger.Head().Origin; origin != w.status.Detail.Origin {
		return fmt.Errorf("the peer's ledger log is %s, and this witness is one of %s: use a profile of this network", origin, w.status.Detail.Origin)
	}
	f, err := factsOf(w.ledger, w.status.Detail.Origin, b)
	if err != nil {
		return err
	}
	r := reading{facts: f}
	for _, t := range b.Transactions {
		if t.Timestamp.After(r.claimed) {
			r.claimed = t.Timestamp
		}
	}
	select {
	case w.read <- r:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// watchKeys asks the peer now and then whether the own keys are registered.
func (w *witness) watchKeys(ctx context.Context) error {
	for {
		err := w.checkKeys(ctx)
		select {
		case w.registered <- err:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case <-time.After(keysEvery):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (w *witness) checkKeys(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, keysEvery/2)
	defer cancel()
	registered, err := w.chain.keys(ctx, w.self)
	if err != nil {
		return err
	}
	for _, signer := range w.keeper.signers {
		i := slices.IndexFunc(registered, func(k checkpoint.WitnessKey) bool { return k.Key == signer.Key().String() })
		switch {
		case i < 0:
			return fmt.Errorf("its key %08x is not registered: an administrator of %s does that", signer.Key().ID, w.self)
		case registered[i].Revoked != nil:
			return fmt.Errorf("its key %s is revoked: make new ones", registered[i].KeyID)
		case registered[i].Until != "" && registered[i].Until <= time.Now().UTC().Format(time.RFC3339):
			return fmt.Errorf("its key %s counted until %s: make new ones", registered[i].KeyID, registered[i].Until)
		}
	}
	return nil
}

// work is where everything is decided, one thing after the other.
func (w *witness) work(ctx context.Context) error {
	timer := time.NewTimer(0)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case r := <-w.read:
			if err := w.note(r); err != nil {
				return err
			}
		case o := <-w.stated:
			if err := w.noteOutcome(o); err != nil {
				return err
			}
		case err := <-w.registered:
			w.keysProblem = ""
			if err != nil {
				w.keysProblem = err.Error()
			}
		case <-timer.C:
		}
		wake, err := w.act(ctx)
		if err != nil {
			return err
		}
		if w.reportDue() <= 0 {
			w.report("")
		}
		timer.Reset(max(0, min(wake, w.reportDue())))
	}
}

// note takes a block to heart.
func (w *witness) note(r reading) error {
	w.arrived, w.claimed = time.Now(), r.claimed
	found := w.core.block(r.facts, w.arrived)
	if w.core.broken != "" {
		return errors.New(w.core.broken)
	}
	for _, f := range found {
		if err := w.noteFinding(f); err != nil {
			return err
		}
	}
	return nil
}

// current says whether there is nothing to catch up with.
func (w *witness) current(now time.Time) bool {
	return now.Sub(w.claimed) < recent || now.Sub(w.arrived) >= quiet
}

// act does what there is to do now, and returns how long there will be nothing else
// unless something happens.
func (w *witness) act(ctx context.Context) (time.Duration, error) {
	now := time.Now()
	if !w.current(now) {
		return quiet - now.Sub(w.arrived), nil
	}
	if err := w.save(); err != nil {
		return 0, err
	}
	if w.busy {
		return statusInterval, nil
	}
	if wait := w.retry.Sub(now); wait > 0 {
		return wait, nil
	}
	m, wake := w.core.next(now)
	switch {
	case m != nil:
		return statusInterval, w.state(ctx, *m, now)
	case wake.IsZero():
		return statusInterval, nil
	}
	return wake.Sub(now), nil
}

// save shows the last checkpoint with a quorum to the readers of the log.
func (w *witness) save() error {
	if w.unsaved == nil {
		return nil
	}
	if err := w.ledger.SetCheckpoint(*w.unsaved); err != nil {
		return err
	}
	w.unsaved = nil
	return w.keeper.settle(w.core.settled)
}

// state cosigns a mark and sends that to the ledger.
func (w *witness) state(ctx context.Context, m Mark, now time.Time) error {
	if err := w.ledger.Flush(); err != nil {
		return err
	}
	cosignatures, err := w.keeper.cosign(m, now)
	if err != nil {
		return err
	}
	w.core.promised(m)
	w.busy = true
	request := checkpoint.NewCosignRequest(tlog.Checkpoint{Origin: w.status.Detail.Origin, Size: m.Size, Root: m.Root}, m.Block, cosignatures...)
	stated := w.stated // which is another one when the witness begins again
	go func() {
		stated <- outcome{m, cosignatures, w.chain.cosign(ctx, request)}
	}()
	return nil
}

// noteOutcome takes note of what became of a statement.
func (w *witness) noteOutcome(o outcome) error {
	w.busy = false
	refused := errors.Is(o.err, gateway.ErrInvalidArgument) || errors.Is(o.err, gateway.ErrAlreadyExists)
	if o.err != nil {
		delay := min(longestRetry, firstRetry<<min(w.failures, 10))
		w.retry, w.waiting = time.Now().Add(delay), o.err.Error()
		w.failures++
		w.log.Warn("a statement was not taken", "size", o.Size, "refused", refused, "again", delay, "error", o.err)
		if refused {
			w.core.done(o.Size) // it never will be
		}
		return nil
	}
	w.failures, w.waiting, w.retry = 0, "", time.Time{}
	w.core.done(o.Size)
	w.log.Info("cosigned", "size", o.Size, "block", o.Block, "root", o.Root)
	if w.core.settled.Size > 0 {
		return nil
	}
	return w.ledger.SetCheckpoint(tlog.SignedCheckpoint{ // better than none
		Checkpoint: tlog.Checkpoint{Origin: w.status.Detail.Origin, Size: o.Size, Root: o.Root}, Cosignatures: o.cosignatures,
	})
}

// signedBy puts together what bodies have stated of one mark.
func signedBy(origin string, m Mark, by map[string]Statement) (tlog.SignedCheckpoint, error) {
	signed := tlog.SignedCheckpoint{Checkpoint: tlog.Checkpoint{Origin: origin, Size: m.Size, Root: m.Root}}
	for _, body := range slices.Sorted(maps.Keys(by)) {
		for _, line := range by[body].Cosignatures {
			cosignature, err := tlog.ParseCosignature(line)
			if err != nil {
				return tlog.SignedCheckpoint{}, err
			}
			signed.Cosignatures = append(signed.Cosignatures, cosignature)
		}
	}
	return signed, nil
}
