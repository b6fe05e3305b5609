package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	fabric "github.com/hyperledger/fabric-gateway/pkg/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/psbc-lu/psbc/chaincode/registry"
)

const opWatch = "watch"

// WatchOptions say which events Watch hands over.
type WatchOptions struct {
	// Register is the register to watch; empty for all.
	Register string
	// FromBlock is the first block whose events are wanted, when the checkpoint
	// holds nothing yet. 0 is the ledger's first.
	FromBlock uint64
	// Checkpoint keeps the position over restarts. Nil: every Watch begins at
	// FromBlock.
	Checkpoint Checkpoint
}

// RegistryEvent is a change that a valid transaction made.
type RegistryEvent struct {
	// Position is the event's place on the ledger.
	Position Position
	// Name is what happened: registry.EventRecords and its siblings.
	Name string
	registry.Event
}

// Watch hands the registry's events to handle, one after the other in the order of
// the ledger, until the context ends, handle returns an error, which Watch then
// returns, or something is wrong that time does not mend. It does not return nil.
//
// The stream of events comes from the body's own peer. When it is lost, Watch connects
// again, with backoff and for as long as it takes, and continues after the last
// event: there is no gap, and no event is handled twice.
//
// A checkpoint makes that so for a following Watch too, in this process or the next.
// The position is saved after handle has returned nil. So when the process dies in
// between, by kill -9 for instance, that one event is handed over once more. A
// handler that must not see it twice stores the event's Position together with its own
// effects, in one database transaction, and gives a Checkpoint whose Load reads it
// there and whose Save does nothing.
//
// Errors match ErrCanceled when the context ended, ErrFailedPrecondition when the
// checkpoint is damaged or of another ledger, ErrInternal for an event of another
// version, ErrPermissionDenied when the peer does not accept the identity.
func (r *Registry) Watch(ctx context.Context, options WatchOptions, handle func(context.Context, RegistryEvent) error) error {
	w := &watch{engine: r.contract.engine, options: options, handle: handle, last: Position{Block: options.FromBlock}}
	if options.Checkpoint != nil {
		saved, err := options.Checkpoint.Load(ctx)
		if err != nil {
			return err
		}
		if saved.TxID != "" {
			w.last = saved
		}
	}
	return w.run(ctx)
}

// watch is one call of Watch.
type watch struct {
	engine  *engine
	options WatchOptions
	handle  func(context.Context, RegistryEvent) error
	// last is the position of the last event that was taken, or, without TxID, the
	// block to begin with.
	last Position
	// behind says that the stream has not come to last yet.
	behind bool
	// taken says that the stream has brought something new.
	taken bool
}

// errStop marks an error that ends the watch, rather than the stream.
type errStop struct{ error }

func (w *watch) run(ctx context.Context) error {
	op := &operation{name: opWatch, chaincode: registryChaincode}
	pauses := w.engine.pauses()
	refusals := 0
	for {
		err := w.stream(ctx)
		var stop errStop
		switch {
		case errors.As(err, &stop):
			return stop.error
		case ctx.Err() != nil:
			return &Error{Op: opWatch, Kind: ErrCanceled, Message: ctx.Err().Error(), cause: ctx.Err()}
		case w.taken:
			pauses.Reset()
			refusals = 0
		}
		switch status.Code(err) {
		case codes.InvalidArgument, codes.Unimplemented:
			return w.lost(ctx, op, err)
		case codes.PermissionDenied, codes.Unauthenticated, codes.NotFound:
			// A peer that is starting says so too.
			if refusals++; refusals > w.engine.retry.Conflicts {
				return w.lost(ctx, op, err)
			}
		}
		pause := pauses.NextBackOff()
		w.engine.telemetry.retry(ctx, op, "stream lost")
		w.engine.log.InfoContext(ctx, "the stream of events was lost", op.attributes("", slog.Any("error", err),
			slog.Uint64("block", w.last.Block), slog.Duration("pause", pause))...)
		sleep(ctx, pause)
	}
}

func (w *watch) lost(ctx context.Context, op *operation, err error) error {
	failure, _ := w.engine.classify(ctx, op, "", err)
	return failure
}

// stream takes events until the stream ends. It returns how it ended: an errStop, the
// stream's own error, or nil when the peer closed it.
func (w *watch) stream(ctx context.Context) error {
	w.behind, w.taken = w.last.TxID != "", false
	// From the whole block on, and not after the last transaction, as a peer can do
	// too: if it does not find that one it sends nothing, for ever and without a word.
	request, err := w.engine.network.NewChaincodeEventsRequest(registryChaincode, fabric.WithStartBlock(w.last.Block))
	if err != nil {
		return errStop{&Error{Op: opWatch, Kind: ErrInternal, Message: "make the request: " + err.Error(), cause: err}}
	}
	streamCtx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1) // fabric-gateway keeps the reason to itself
	events, err := request.Events(streamCtx, waitForReady, grpc.OnFinish(func(err error) {
		select {
		case ended <- err:
		default: // gRPC may say it twice
		}
	}))
	if err != nil {
		cancel()
		return err
	}
	defer func() {
		cancel()
		for range events { // its sender waits for a reader even when the context has ended
		}
	}()
	for event := range events {
		if err := w.take(ctx, event); err != nil {
			return errStop{err}
		}
	}
	select {
	case err := <-ended: // noted before the channel is closed
		return err
	default: // the context has ended at the same time
		return nil
	}
}

// take hands an event over, unless that was done before or nobody asked for it.
func (w *watch) take(ctx context.Context, event *fabric.ChaincodeEvent) error {
	position := Position{Block: event.BlockNumber, TxID: event.TransactionID}
	if w.behind {
		if position.Block != w.last.Block {
			return &Error{Op: opWatch, Kind: ErrFailedPrecondition, TxID: w.last.TxID, Message: fmt.Sprintf(
				"block %d has no event of transaction %s, after which to continue: is the checkpoint that of another ledger?",
				w.last.Block, w.last.TxID)}
		}
		w.behind = position != w.last
		return nil
	}
	if ctx.Err() != nil {
		return &Error{Op: opWatch, Kind: ErrCanceled, Message: ctx.Err().Error(), cause: ctx.Err()}
	}
	payload, err := registry.DecodeEvent(event.Payload)
	if err != nil {
		return &Error{Op: opWatch, Kind: ErrInternal, TxID: position.TxID, cause: err, Message: fmt.Sprintf(
			"the event %s of transaction %s in block %d cannot be read, is it of another version? %v", event.EventName, position.TxID, position.Block, err)}
	}
	if w.options.Register == "" || payload.Register == w.options.Register {
		if err := w.handle(ctx, RegistryEvent{Position: position, Name: event.EventName, Event: payload}); err != nil {
			return err
		}
		if w.options.Checkpoint != nil {
			if err := w.options.Checkpoint.Save(ctx, position); err != nil {
				return err
			}
		}
	}
	w.last, w.taken = position, true
	return nil
}
