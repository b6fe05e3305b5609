package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/registry"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

var errEnough = errors.New("the test has seen enough")

// someBlocks are blocks with one to three events each, and blocks without any
// between them. Transactions are called "<block>.<number>".
func someBlocks(t require.TestingT) ([]block, []gateway.Position) {
	var blocks []block
	var positions []gateway.Position
	for number := uint64(2); number < 12; number += 1 + number%2 {
		b := block{number: number}
		for i := range 1 + number%3 {
			position := gateway.Position{Block: number, TxID: fmt.Sprintf("%d.%d", number, i)}
			b.events = append(b.events, eventOf(t, position.TxID, "dwellings"))
			positions = append(positions, position)
		}
		blocks = append(blocks, b)
	}
	return blocks, positions
}

// watched runs a watch until it has seen the last of some positions, and returns all
// that it saw.
func watched(t *testing.T, r *gateway.Registry, options gateway.WatchOptions, last gateway.Position) []gateway.Position {
	t.Helper()
	var seen []gateway.Position
	err := r.Watch(t.Context(), options, func(_ context.Context, event gateway.RegistryEvent) error {
		seen = append(seen, event.Position)
		if event.Position == last {
			return errEnough
		}
		return nil
	})
	require.ErrorIs(t, err, errEnough)
	return seen
}

func TestAWatchSeesEveryEventOnceHoweverOftenTheStreamIsLost(t *testing.T) {
	p := newRegistryPeer()
	blocks, all := someBlocks(t)
	p.blocks = blocks
	r := registryOf(t, p)
	endings := map[string]error{
		"the peer dies":         errLost,
		"the peer shuts down":   nil,
		"the peer is too busy":  errBusy,
		"the stream is aborted": status.Error(codes.Aborted, "the ledger is closed"),
		"the stream is reset":   status.Error(codes.Internal, "stream terminated by RST_STREAM"),
	}
	for name, ending := range endings {
		t.Run(name, func(t *testing.T) {
			for after := range len(all) {
				// The first stream ends after so many events, the following after one
				// more than they have to repeat.
				p.end(func(n int) limit { return limit{events: after + n*3, err: ending} })
				require.Equal(t, all, watched(t, r, gateway.WatchOptions{}, all[len(all)-1]), "lost after %d events", after)
			}
		})
	}
}

func TestAWatchContinuesWhereItsCheckpointIs(t *testing.T) {
	p := newRegistryPeer()
	blocks, all := someBlocks(t)
	p.blocks = blocks
	r := registryOf(t, p)
	for i, last := range all[:len(all)-1] {
		checkpoint := gateway.FileCheckpoint(filepath.Join(t.TempDir(), "watch.checkpoint"))
		require.NoError(t, checkpoint.Save(t.Context(), last))
		p.end(nil)
		// The checkpoint counts, not FromBlock.
		seen := watched(t, r, gateway.WatchOptions{Checkpoint: checkpoint, FromBlock: 99}, all[len(all)-1])
		require.Equal(t, all[i+1:], seen)
		require.Equal(t, []uint64{last.Block}, p.streams())
		saved, err := checkpoint.Load(t.Context())
		require.NoError(t, err)
		require.Equal(t, all[len(all)-2], saved, "what the handler refused is not handled")
	}
}

func TestAWatchBeginsWithTheBlockThatIsAskedFor(t *testing.T) {
	p := newRegistryPeer()
	blocks, all := someBlocks(t)
	p.blocks = blocks
	seen := watched(t, registryOf(t, p), gateway.WatchOptions{FromBlock: 7}, all[len(all)-1])
	require.Equal(t, all[slices.IndexFunc(all, func(p gateway.Position) bool { return p.Block >= 7 }):], seen)
}

// database is an application's own, whose last commits a crash may undo.
type database struct {
	effects  []gateway.Position
	position gateway.Position
}

// A process that is killed at any moment sees one event again at most; with the
// position in the handler's own transaction, none.
func TestAfterAKillOneEventAtMostIsSeenAgain(t *testing.T) {
	p := newRegistryPeer()
	blocks, all := someBlocks(t)
	p.blocks = blocks
	r := registryOf(t, p)
	last := all[len(all)-1]
	errKilled := errors.New("killed")

	rapid.Check(t, func(rt *rapid.T) {
		lengths := rapid.SliceOfN(rapid.IntRange(0, len(all)), 1, 10).Draw(rt, "events of each stream")
		p.end(func(n int) limit { return limit{events: lengths[n%len(lengths)] + n, err: errLost} })
		path := filepath.Join(t.TempDir(), "watch.checkpoint")
		var seen []gateway.Position
		for killed := true; killed; {
			lives := rapid.IntRange(0, 4).Draw(rt, "events until the kill")
			between := rapid.Bool().Draw(rt, "before the position is saved")
			run := checkpointOf{Checkpoint: gateway.FileCheckpoint(path)}
			run.save = func() error {
				if lives == 0 && between {
					return errKilled
				}
				return nil
			}
			err := r.Watch(t.Context(), gateway.WatchOptions{Checkpoint: run}, func(_ context.Context, event gateway.RegistryEvent) error {
				if lives == 0 && !between {
					return errKilled
				}
				seen = append(seen, event.Position)
				if event.Position == last {
					return errEnough
				}
				if lives > 0 {
					lives--
				}
				return nil
			})
			killed = errors.Is(err, errKilled)
			require.True(rt, killed || errors.Is(err, errEnough), "%v", err)
			if killed && between { // that event, and no other, is seen again
				seen = seen[:len(seen)-1]
			}
		}
		require.Equal(rt, all, seen)
	})

	rapid.Check(t, func(rt *rapid.T) {
		p.end(nil)
		var db database
		for killed := true; killed; {
			lives := rapid.IntRange(0, 4).Draw(rt, "events until the kill")
			err := r.Watch(t.Context(), gateway.WatchOptions{Checkpoint: &db}, func(_ context.Context, event gateway.RegistryEvent) error {
				db = database{append(db.effects, event.Position), event.Position} // one transaction
				if event.Position == last {
					return errEnough
				}
				if lives--; lives < 0 {
					return errKilled
				}
				return nil
			})
			killed = errors.Is(err, errKilled)
		}
		require.Equal(rt, all, db.effects)
	})
}

func (db *database) Load(context.Context) (gateway.Position, error) { return db.position, nil }
func (db *database) Save(context.Context, gateway.Position) error   { return nil }

// checkpointOf may fail to save.
type checkpointOf struct {
	gateway.Checkpoint
	save func() error
}

func (c checkpointOf) Save(ctx context.Context, position gateway.Position) error {
	if err := c.save(); err != nil {
		return err
	}
	return c.Checkpoint.Save(ctx, position)
}

func TestAWatchOfOneRegisterSeesItsEventsOnly(t *testing.T) {
	p := newRegistryPeer()
	p.blocks = []block{
		{3, []*peer.ChaincodeEvent{eventOf(t, "a", "dwellings"), eventOf(t, "b", "diplomas"), eventOf(t, "c", "dwellings")}},
		{4, []*peer.ChaincodeEvent{eventOf(t, "d", "diplomas")}},
		{5, []*peer.ChaincodeEvent{eventOf(t, "e", "dwellings")}},
	}
	p.serve = func(n int) limit { return limit{events: n + 1, err: errLost} } // in between others' events, too
	r := registryOf(t, p)
	var seen []string
	err := r.Watch(t.Context(), gateway.WatchOptions{Register: "dwellings"}, func(_ context.Context, event gateway.RegistryEvent) error {
		require.Equal(t, registry.EventRecords, event.Name)
		require.Equal(t, "dwellings", event.Register)
		require.Equal(t, "request-"+event.Position.TxID, event.RequestID)
		require.Equal(t, []string{"DWL-1"}, event.IDs)
		if seen = append(seen, event.Position.TxID); len(seen) == 3 {
			return errEnough
		}
		return nil
	})
	require.ErrorIs(t, err, errEnough)
	require.Equal(t, []string{"a", "c", "e"}, seen)
}

func TestAWatchEndsWhenSomethingIsWrong(t *testing.T) {
	nothing := func(context.Context, gateway.RegistryEvent) error { return nil }
	none := func(_ context.Context, event gateway.RegistryEvent) error {
		return fmt.Errorf("there should be no event, but there is %v", event.Position)
	}
	t.Run("the context ends", func(t *testing.T) {
		p := newRegistryPeer()
		p.blocks, _ = someBlocks(t)
		ctx, cancel := context.WithCancel(t.Context())
		handled := 0
		err := registryOf(t, p).Watch(ctx, gateway.WatchOptions{}, func(context.Context, gateway.RegistryEvent) error {
			handled++
			cancel()
			return nil
		})
		require.ErrorIs(t, err, gateway.ErrCanceled)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 1, handled)
	})
	t.Run("the checkpoint is of another ledger", func(t *testing.T) {
		p := newRegistryPeer()
		p.blocks, _ = someBlocks(t)
		for _, elsewhere := range []gateway.Position{{Block: 7, TxID: "unknown"}, {Block: 6, TxID: "6.0"}} {
			err := registryOf(t, p).Watch(t.Context(), gateway.WatchOptions{Checkpoint: &database{position: elsewhere}}, none)
			require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
			require.ErrorContains(t, err, elsewhere.TxID)
		}
	})
	t.Run("an event is of another version", func(t *testing.T) {
		p := newRegistryPeer()
		p.blocks = []block{{7, []*peer.ChaincodeEvent{{ChaincodeId: "registry", TxId: "7.0", EventName: "registry.records", Payload: []byte("?")}}}}
		err := registryOf(t, p).Watch(t.Context(), gateway.WatchOptions{}, none)
		require.ErrorIs(t, err, gateway.ErrInternal)
		require.ErrorContains(t, err, "transaction 7.0 in block 7")
	})
	t.Run("the checkpoint cannot be saved", func(t *testing.T) {
		p := newRegistryPeer()
		p.blocks, _ = someBlocks(t)
		path := filepath.Join(t.TempDir(), "missing", "watch.checkpoint")
		err := registryOf(t, p).Watch(t.Context(), gateway.WatchOptions{Checkpoint: gateway.FileCheckpoint(path)}, nothing)
		require.ErrorContains(t, err, path)
	})
	t.Run("the peer does not understand", func(t *testing.T) {
		client, _ := connect(t, newScripted(), 1) // which has no events
		err := client.Registry().Watch(t.Context(), gateway.WatchOptions{}, none)
		require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	})
	t.Run("the peer does not accept the identity", func(t *testing.T) {
		p := newRegistryPeer()
		p.blocks, _ = someBlocks(t)
		p.serve = func(int) limit { return limit{err: errStarting} }
		err := registryOf(t, p).Watch(t.Context(), gateway.WatchOptions{}, none)
		require.ErrorIs(t, err, gateway.ErrPermissionDenied)
		require.Len(t, p.streams(), 4, "it may only be starting")
	})
	t.Run("but not when the peer is starting", func(t *testing.T) {
		p := newRegistryPeer()
		blocks, all := someBlocks(t)
		p.blocks = blocks
		p.serve = func(n int) limit {
			if n%4 != 3 {
				return limit{err: errStarting}
			}
			return limit{events: n, err: errLost}
		}
		require.Equal(t, all, watched(t, registryOf(t, p), gateway.WatchOptions{}, all[len(all)-1]))
	})
}

func TestAWatchOutlivesItsPeers(t *testing.T) {
	p := newRegistryPeer()
	blocks, all := someBlocks(t)
	p.blocks = blocks
	// Each peer falls silent until it is killed; the last one brings the rest.
	p.end(func(n int) limit { return limit{events: []int{2, 4, len(all)}[min(n, 2)], silent: true} })
	client, endpoints := connect(t, p, 2)
	var seen []gateway.Position
	err := client.Registry().Watch(t.Context(), gateway.WatchOptions{}, func(_ context.Context, event gateway.RegistryEvent) error {
		seen = append(seen, event.Position)
		switch len(seen) {
		case 2:
			endpoints[0].Kill()
		case 4:
			endpoints[1].Kill()
			endpoints[0].Restart()
		case len(all):
			return errEnough
		}
		return nil
	})
	require.ErrorIs(t, err, errEnough)
	require.Equal(t, all, seen)
	require.Len(t, p.streams(), 3)
}
