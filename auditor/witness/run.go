package witness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// DefaultInterval is how long what is new on the ledger waits for a checkpoint.
const DefaultInterval = 2 * time.Second

// Options of a witness.
type Options struct {
	// Client of a user of the body with the role psbc.witness. Its profile must have the
	// origin of the log.
	Client *gateway.Client
	// Dir is the witness's directory: the ledger log in LogDir, the promise, the status.
	Dir string
	// Signers are the keys, of LoadSigners.
	Signers []*evidence.Signer
	// Interval is how long what is new waits for a proposal. Default DefaultInterval.
	Interval time.Duration
	// Logger is told what is done. Default: none.
	Logger *slog.Logger
}

// Run witnesses until the context ends. It follows the body's own peer, builds the ledger
// log, and cosigns the checkpoints that agree with it. A peer or orderers that cannot be
// reached, a chaincode that is not there yet, or a key that is not registered yet are
// waited for; the status file says so.
//
// It returns nil when the context has ended, and an error for what waiting does not mend:
// a profile without origin, keys of another log or body, a missing promise, another witness in
// the directory.
func Run(ctx context.Context, o Options) error {
	profile := o.Client.Profile()
	name := tlog.WitnessName(profile.Origin, profile.Body.MSPID)
	if profile.Origin == "" {
		return errors.New("the connection profile has no origin: have the network write it anew (psbc network up)")
	}
	if len(o.Signers) == 0 {
		return errors.New("there is no key to sign with")
	}
	for _, signer := range o.Signers {
		if signer.Key().Name != name {
			return fmt.Errorf("the keys are those of %s, and this witness is %s: make new ones with psbc witness keygen", signer.Key().Name, name)
		}
	}
	return run(ctx, peer{o.Client}, bodiesOf(profile), profile.Origin, OriginOf(profile), o)
}

// OriginOf makes the function that ledgerlog.Open asks for: the origin line that follows
// from block 0, with the prefix that the profile's has.
func OriginOf(p *gateway.Profile) func(genesis ledgerlog.Hash) string {
	return func(genesis ledgerlog.Hash) string {
		of := tlog.Origin("", p.Channel, genesis)
		digits := len(of) - len(p.Channel) - 2 // two slashes
		prefix := strings.TrimSuffix(p.Origin[:max(0, len(p.Origin)-digits)], "/"+p.Channel+"/")
		return tlog.Origin(prefix, p.Channel, genesis)
	}
}

// bodiesOf lists the MSP IDs of all bodies, the own one first.
func bodiesOf(p *gateway.Profile) []string {
	bodies := []string{p.Body.MSPID}
	for _, body := range p.Bodies {
		if !slices.Contains(bodies, body.MSPID) {
			bodies = append(bodies, body.MSPID)
		}
	}
	return bodies
}

// pause is how long it waits before it begins again after a failure.
const pause = 10 * time.Second

func run(ctx context.Context, c chain, bodies []string, origin string, originOf func(ledgerlog.Hash) string, o Options) error {
	logger := o.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	unlock, err := lockDir(ctx, o.Dir)
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return err
	}
	defer unlock()
	keeper, err := openKeeper(o.Dir, origin, o.Signers)
	if err != nil {
		return err
	}
	disagreements, err := openDisagreements(o.Dir, origin)
	if err != nil {
		return err
	}
	interval := cmp.Or(o.Interval, DefaultInterval)
	s := settings{self: bodies[0], bodies: slices.Sorted(slices.Values(bodies)), quorum: tlog.Majority(len(bodies)), interval: interval, stagger: interval / 2}
	w := &witness{
		settings: s, chain: c, dir: o.Dir, log: logger, keeper: keeper, disagreements: disagreements,
		status: Status{PID: os.Getpid(), Detail: Detail{Body: s.self, Origin: origin, Bodies: len(bodies), Notes: []string{}}},
	}
	for {
		err := w.witness(ctx, originOf)
		if ctx.Err() != nil {
			return nil
		}
		w.log.Error("begins again", "after", pause, "error", err)
		if !w.rest(ctx, err) {
			return nil
		}
	}
}

// lockTimeout is how long one that is being stopped is waited for.
const lockTimeout = 5 * time.Second

// lockDir makes sure that one witness works in a directory: one that waited with a promise
// that it had read would know nothing of what the other has signed since.
func lockDir(ctx context.Context, dir string) (unlock func(), err error) {
	lock := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	switch locked, err := lock.TryLockContext(ctx, lockTimeout/50); {
	case err != nil && !errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	case !locked:
		return nil, fmt.Errorf("another witness works in %s: stop it first", dir)
	}
	return func() { lock.Close() }, nil
}

// rest waits for a while, and goes on saying why. It returns false when the context ends.
func (w *witness) rest(ctx context.Context, why error) bool {
	for left := pause; left > 0; left -= statusInterval {
		w.report(why.Error())
		select {
		case <-ctx.Done():
			return false
		case <-time.After(min(left, statusInterval)):
		}
	}
	return true
}

// witness opens the log and works on it until something fails.
func (w *witness) witness(ctx context.Context, originOf func(ledgerlog.Hash) string) (err error) {
	w.ledger, err = ledgerlog.Open(filepath.Join(w.dir, LogDir), originOf)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.ledger.Close()) }()
	kept := w.keeper.kept
	w.core = newCore(w.settings, kept.Promised, kept.Settled)
	if err := w.agrees(kept); err != nil {
		return err
	}
	w.read, w.stated, w.registered = make(chan reading), make(chan outcome, 1), make(chan error)
	w.waiting, w.keysProblem, w.busy, w.unsaved = "", "", false, nil
	w.retry, w.failures = time.Time{}, 0
	w.arrived, w.claimed = time.Now(), time.Time{}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return w.readLedger(ctx, kept) })
	group.Go(func() error { return w.watchKeys(ctx) })
	group.Go(func() error { return w.work(ctx) })
	return group.Wait()
}

// agrees checks that the log does not contradict what was signed.
func (w *witness) agrees(kept promise) error {
	return errors.Join(w.holds(kept.Promised), w.holds(kept.Settled))
}

// holds checks that the log, as far as it goes, has what was promised and settled.
func (w *witness) holds(m Mark) error {
	if m.Size == 0 || w.ledger.Next() <= m.Block {
		return nil
	}
	size, err := w.ledger.SizeAt(m.Block)
	if err != nil {
		return err
	}
	root, err := w.ledger.Root(size)
	if err != nil {
		return err
	}
	if (Mark{Size: size, Root: root, Block: m.Block}) != m {
		return fmt.Errorf("%s: it has size %d and root %s at the end of block %d, not size %d and root %s", anotherLedger, size, root, m.Block, m.Size, m.Root)
	}
	return nil
}
