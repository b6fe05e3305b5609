package gateway_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/internal/fakegateway"
)

// blockPeer delivers blocks.
type blockPeer struct {
	*scripted
	peer.UnimplementedDeliverServer
	height uint64
	// sent is what it sends as the block with a number, if that is not the block itself.
	sent map[uint64]*common.Block

	mu     sync.Mutex
	serve  func(n int) blockLimit // how the stream n, from 0, ends
	starts []uint64               // where each stream began
}

// blockLimit is how a stream of blocks ends: after so many, with this error, or with this
// last word, or with silence until the connection ends. Fewer than 0: silence after all.
type blockLimit struct {
	blocks int
	err    error
	word   common.Status
	silent bool
}

func newBlockPeer(height uint64, serve func(n int) blockLimit) *blockPeer {
	return &blockPeer{scripted: newScripted(), height: height, serve: serve}
}

func (p *blockPeer) Deliver(stream grpc.BidiStreamingServer[common.Envelope, peer.DeliverResponse]) error {
	envelope, err := stream.Recv()
	if err != nil {
		return err
	}
	from, err := fakegateway.SeekRequest(envelope)
	if err != nil {
		return err
	}
	p.mu.Lock()
	ends := blockLimit{blocks: -1}
	if p.serve != nil {
		ends = p.serve(len(p.starts))
	}
	p.starts = append(p.starts, from)
	p.mu.Unlock()
	for number := from; number < p.height && ends.blocks != 0; number++ {
		ends.blocks--
		block := &common.Block{Header: &common.BlockHeader{Number: number}}
		if other, ok := p.sent[number]; ok {
			block = other
		}
		if err := stream.Send(&peer.DeliverResponse{Type: &peer.DeliverResponse_Block{Block: block}}); err != nil {
			return err
		}
	}
	switch {
	case ends.blocks < 0 || ends.silent:
		return hang(stream.Context())
	case ends.word != common.Status_UNKNOWN:
		return stream.Send(&peer.DeliverResponse{Type: &peer.DeliverResponse_Status{Status: ends.word}})
	}
	return ends.err
}

func (p *blockPeer) streams() []uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.starts)
}

// blocksSeen takes blocks until the last or an error.
func blocksSeen(ctx context.Context, client *gateway.Client, from, last uint64) (seen []uint64, err error) {
	for block, err := range client.Blocks(ctx, from) {
		if err != nil {
			return seen, err
		}
		if seen = append(seen, block.GetHeader().GetNumber()); seen[len(seen)-1] == last {
			break
		}
	}
	return seen, nil
}

func blockNumbers(from, last uint64) (list []uint64) {
	for n := from; n <= last; n++ {
		list = append(list, n)
	}
	return list
}

func TestEveryBlockIsSeenOnceHoweverOftenTheStreamIsLost(t *testing.T) {
	endings := map[string]blockLimit{
		"the peer dies":            {err: errLost},
		"the peer closes it":       {},
		"the peer is too busy":     {err: status.Error(codes.Unknown, "too many requests for /protos.Deliver, exceeding concurrency limit (2500)")},
		"the stream is reset":      {err: status.Error(codes.Internal, "stream terminated by RST_STREAM")},
		"the peer's ledger closes": {word: common.Status_SERVICE_UNAVAILABLE},
		"the peer fails":           {word: common.Status_INTERNAL_SERVER_ERROR},
		"the peer says no more":    {word: common.Status_SUCCESS},
	}
	for name, ending := range endings {
		t.Run(name, func(t *testing.T) {
			p := newBlockPeer(12, func(n int) blockLimit {
				ending.blocks = n % 3
				return ending
			})
			client, _ := connect(t, p, 1)
			seen, err := blocksSeen(t.Context(), client, 0, 11)
			require.NoError(t, err)
			require.Equal(t, blockNumbers(0, 11), seen)
			seen, err = blocksSeen(t.Context(), client, 7, 11)
			require.NoError(t, err)
			require.Equal(t, blockNumbers(7, 11), seen)
		})
	}
}

func TestBlocksBeginWithTheOneThatIsAskedForAndContinueWithTheNext(t *testing.T) {
	p := newBlockPeer(9, func(n int) blockLimit { return blockLimit{blocks: []int{2, 0, 3, -1}[min(n, 3)], err: errLost} })
	client, _ := connect(t, p, 1)
	seen, err := blocksSeen(t.Context(), client, 3, 8)
	require.NoError(t, err)
	require.Equal(t, blockNumbers(3, 8), seen)
	require.Equal(t, []uint64{3, 5, 5, 8}, p.streams())
}

func TestBlocksEndWhenSomethingIsWrong(t *testing.T) {
	always := func(ends blockLimit) func(int) blockLimit { return func(int) blockLimit { return ends } }
	another := &common.Block{Header: &common.BlockHeader{Number: 5}}
	tests := []struct {
		name    string
		peer    *blockPeer
		want    error
		message string
		streams int
	}{
		{"the identity may not read", newBlockPeer(9, always(blockLimit{word: common.Status_FORBIDDEN})), gateway.ErrPermissionDenied, "FORBIDDEN", 4},
		{"the peer has not joined", newBlockPeer(9, always(blockLimit{word: common.Status_NOT_FOUND})), gateway.ErrNotFound, "has not joined the channel", 4},
		{"the request is refused", newBlockPeer(9, always(blockLimit{word: common.Status_BAD_REQUEST})), gateway.ErrInvalidArgument, "clock", 1},
		{"the peer denies access", newBlockPeer(9, always(blockLimit{err: errStarting})), gateway.ErrPermissionDenied, "policy manager", 4},
		{"a block is left out", &blockPeer{scripted: newScripted(), height: 9, sent: map[uint64]*common.Block{3: another}}, gateway.ErrInternal, "block 5 where block 3 is the next", 1},
		{"a block has no header", &blockPeer{scripted: newScripted(), height: 9, sent: map[uint64]*common.Block{0: {}}}, gateway.ErrInternal, "where block 0 is the next", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client, _ := connect(t, test.peer, 1)
			_, err := blocksSeen(t.Context(), client, 0, 8)
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, test.message)
			require.Len(t, test.peer.streams(), test.streams)
		})
	}
	t.Run("the peer knows no blocks", func(t *testing.T) {
		client, _ := connect(t, newScripted(), 1)
		_, err := blocksSeen(t.Context(), client, 0, 8)
		require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	})
	t.Run("but not when the peer is starting", func(t *testing.T) {
		p := newBlockPeer(9, func(n int) blockLimit {
			if n%4 != 3 {
				return blockLimit{word: common.Status_NOT_FOUND}
			}
			return blockLimit{blocks: 2, err: errLost}
		})
		client, _ := connect(t, p, 1)
		seen, err := blocksSeen(t.Context(), client, 0, 8)
		require.NoError(t, err)
		require.Equal(t, blockNumbers(0, 8), seen)
	})
	t.Run("the context ends, in the loop or while it waits", func(t *testing.T) {
		client, _ := connect(t, newBlockPeer(3, nil), 1)
		for _, last := range []uint64{1, 2} {
			ctx, cancel := context.WithCancel(t.Context())
			var failed error
			for block, err := range client.Blocks(ctx, 0) {
				if err != nil {
					failed = err
				} else if block.GetHeader().GetNumber() == last {
					cancel()
				}
			}
			cancel()
			require.ErrorIs(t, failed, gateway.ErrCanceled)
			require.ErrorIs(t, failed, context.Canceled)
		}
	})
}

// In the middle of making the stream, too.
func TestBlocksEndWheneverTheContextEnds(t *testing.T) {
	client, _ := connect(t, newBlockPeer(3, nil), 1)
	for range 200 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		_, err := blocksSeen(ctx, client, 0, 8)
		require.ErrorIs(t, err, gateway.ErrCanceled)
	}
}

func TestBlocksOutliveTheirPeers(t *testing.T) {
	p := newBlockPeer(9, func(n int) blockLimit { return blockLimit{blocks: []int{3, 2, -1}[min(n, 2)], silent: n < 2} })
	client, endpoints := connect(t, p, 2)
	var seen []uint64
	for block, err := range client.Blocks(t.Context(), 0) {
		require.NoError(t, err)
		seen = append(seen, block.GetHeader().GetNumber())
		switch len(seen) {
		case 3:
			endpoints[0].Kill()
		case 5:
			endpoints[1].Kill()
			endpoints[0].Restart()
		}
		if len(seen) == 9 {
			break
		}
	}
	require.Equal(t, blockNumbers(0, 8), seen)
	require.Equal(t, []uint64{0, 3, 5}, p.streams())
}
