package gateway

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"

	fabric "github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
)

const opBlocks = "blocks"

// Blocks iterates over the blocks of the body's own peer, from the one with that number on,
// in their order and without a gap. It waits for those that are still to come. When the
// stream is lost, it connects again, with backoff and for as long as it takes, and
// continues with the next block.
//
// It ends when the loop is left. When the context ends, or something is wrong that time does
// not mend, an error is yielded last, once, with a nil block. Errors match ErrCanceled when
// the context ended, ErrPermissionDenied when the peer does not accept the identity,
// ErrNotFound when it has not joined the channel, ErrInvalidArgument when it does not accept
// the request, and ErrInternal when it sends another block than the next one.
func (c *Client) Blocks(ctx context.Context, from uint64) iter.Seq2[*common.Block, error] {
	return func(yield func(*common.Block, error) bool) {
		s := &blockStream{engine: c.engine, next: from, yield: yield}
		if err := s.run(ctx); err != nil {
			yield(nil, err)
		}
	}
}

// blockStream is one iteration of Blocks.
type blockStream struct {
	engine *engine
	next   uint64
	yield  func(*common.Block, error) bool
	// taken says that the stream has brought something.
	taken bool
}

// errLeft says that the loop was left.
var errLeft = errStop{errors.New("the loop over the blocks was left")}

// run returns why there are no more blocks, nil when the loop was left.
func (s *blockStream) run(ctx context.Context) error {
	op := &operation{name: opBlocks}
	pauses := s.engine.pauses()
	refusals := 0
	for {
		err := s.stream(ctx)
		var stop errStop
		switch {
		case errors.Is(err, errLeft):
			return nil
		case errors.As(err, &stop):
			return stop.error
		case ctx.Err() != nil:
			return &Error{Op: opBlocks, Kind: ErrCanceled, Message: ctx.Err().Error(), cause: ctx.Err()}
		case s.taken:
			pauses.Reset()
			refusals = 0
		}
		switch status.Code(err) {
		case codes.InvalidArgument, codes.Unimplemented:
			return s.lost(ctx, op, err)
		case codes.PermissionDenied, codes.Unauthenticated, codes.NotFound:
			// A peer that is starting says so too.
			if refusals++; refusals > s.engine.retry.Conflicts {
				return s.lost(ctx, op, err)
			}
		}
		pause := pauses.NextBackOff()
		s.engine.telemetry.retry(ctx, op, "stream lost")
		s.engine.log.InfoContext(ctx, "the stream of blocks was lost", op.attributes("", slog.Any("error", err),
			slog.Uint64("block", s.next), slog.Duration("pause", pause))...)
		sleep(ctx, pause)
	}
}

func (s *blockStream) lost(ctx context.Context, op *operation, err error) error {
	failure, _ := s.engine.classify(ctx, op, "", err)
	return failure
}

// stream takes blocks until the stream ends. It returns how it ended: an errStop, the
// stream's own error or the peer's last word, or nil when the peer closed it.
func (s *blockStream) stream(ctx context.Context) error {
	s.taken = false
	request, err := s.engine.network.NewBlockEventsRequest(fabric.WithStartBlock(s.next))
	if err != nil {
		return errStop{&Error{Op: opBlocks, Kind: ErrInternal, Message: "make the request: " + err.Error(), cause: err}}
	}
	streamCtx, cancel := context.WithCancel(ctx)
	// fabric-gateway keeps the reason to itself, be it an error or a last word.
	ended := make(chan error, 1)
	word := &lastWord{CodecV2: encoding.GetCodecV2(grpcproto.Name)}
	blocks, err := request.Events(streamCtx, waitForReady, grpc.ForceCodecV2(word),
		grpc.OnFinish(func(err error) {
			select {
			case ended <- err:
			default: // a stream that is cancelled while it is made finishes twice
			}
		}))
	if err != nil {
		cancel()
		return err
	}
	defer func() {
		cancel()
		for range blocks { // its sender waits for a reader even when the context has ended
		}
	}()
	for block := range blocks {
		if err := s.take(ctx, block); err != nil {
			return err
		}
	}
	if err := word.err(); err != nil { // noted before the channel is closed, as is the other
		return err
	}
	select {
	case err := <-ended:
		return err
	default: // the context has ended at the same time
		return nil
	}
}

// take hands a block over.
func (s *blockStream) take(ctx context.Context, block *common.Block) error {
	if number := block.GetHeader().GetNumber(); block.GetHeader() == nil || number != s.next {
		return errStop{&Error{Op: opBlocks, Kind: ErrInternal, Message: fmt.Sprintf(
			"the peer sent block %d where block %d is the next", number, s.next)}}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !s.yield(block, nil) {
		return errLeft
	}
	s.next++
	s.taken = true
	return nil
}

// lastWord is a codec that notes the status with which a peer ends a stream of blocks
// (fabric/common/deliver): it is a message like the blocks, and not the stream's own status.
type lastWord struct {
	encoding.CodecV2
	status *common.Status
}

// Unmarshal implements encoding.CodecV2.
func (w *lastWord) Unmarshal(data mem.BufferSlice, v any) error {
	if err := w.CodecV2.Unmarshal(data, v); err != nil {
		return err
	}
	if response, ok := v.(*peer.DeliverResponse); ok && response.GetBlock() == nil {
		said := response.GetStatus()
		w.status = &said
	}
	return nil
}

// err is the last word as gRPC would put it, nil when there is none.
func (w *lastWord) err() error {
	if w.status == nil {
		return nil
	}
	switch *w.status {
	case common.Status_FORBIDDEN:
		return status.Error(codes.PermissionDenied, "the peer does not let this identity read the channel's blocks (FORBIDDEN)")
	case common.Status_NOT_FOUND:
		return status.Error(codes.NotFound, "the peer has not joined the channel, or is starting (NOT_FOUND)")
	case common.Status_BAD_REQUEST:
		return status.Error(codes.InvalidArgument, "the peer does not accept the request for blocks (BAD_REQUEST): does this machine's clock go right, and is the certificate still valid?")
	}
	return status.Errorf(codes.Unavailable, "the peer ended the stream of blocks with %s", *w.status)
}
