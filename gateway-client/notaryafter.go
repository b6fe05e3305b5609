package gateway

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

const (
	// afterAge is how long a checkpoint is used for further notarisations. It makes "not
	// before" less exact by as much, and many notarisations cheaper.
	afterAge = 10 * time.Second
	// afterTimeout bounds how long a notarisation waits for it.
	afterTimeout = 2 * time.Second
)

// WithoutAfter lets notarisations name no checkpoint. Otherwise each names the latest one
// that a quorum of bodies has cosigned, if the profile has an origin and there is one, which
// proves in evidence that the notarisation was not made before.
func WithoutAfter() Option {
	return func(s *settings) { s.withoutAfter = true }
}

// recentCheckpoint finds the checkpoint that notarisations name, and keeps it for a while.
// It is safe for concurrent use.
type recentCheckpoint struct {
	latest func(context.Context) (*notary.After, error) // nil: there is none to be had
	log    *slog.Logger
	now    func() time.Time

	mu    sync.Mutex
	after *notary.After
	asked time.Time
}

// recentCheckpointOf asks the channel's chaincode "checkpoint".
func recentCheckpointOf(c *Client, s settings) *recentCheckpoint {
	r := &recentCheckpoint{log: c.engine.log, now: time.Now}
	origin := c.profile.Origin
	if s.withoutAfter || origin == "" {
		return r
	}
	r.latest = func(ctx context.Context) (*notary.After, error) {
		standing, err := c.Checkpoints().Latest(ctx, checkpoint.LatestRequest{Origin: origin})
		if err != nil {
			return nil, err
		}
		return &notary.After{Size: standing.Size, Root: standing.Root}, nil
	}
	return r
}

// get returns a checkpoint, nil when there is none. That is not worth failing for: the
// notarisation is as good without it, and only "not before" cannot be proven. A failure is
// logged, and not asked for again for a while either.
func (r *recentCheckpoint) get(ctx context.Context) *notary.After {
	if r.latest == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.asked.IsZero() && r.now().Sub(r.asked) < afterAge {
		return r.after
	}
	bounded, cancel := context.WithTimeout(ctx, afterTimeout)
	defer cancel()
	after, err := r.latest(bounded)
	if ctx.Err() != nil { // it says nothing about the next one
		return nil
	}
	r.asked, r.after = r.now(), after
	if err != nil {
		level := slog.LevelWarn
		if errors.Is(err, ErrNotFound) { // as on every young network
			level = slog.LevelInfo
		}
		r.log.Log(ctx, level, "there is no checkpoint to name: notarisations do not prove that they were not made before", "error", err.Error())
	}
	return r.after
}

// orRecent returns the checkpoint that a request names, or the recent one.
func (n *Notary) orRecent(ctx context.Context, named *notary.After) *notary.After {
	if named != nil || n.recent == nil {
		return named
	}
	return n.recent.get(ctx)
}
