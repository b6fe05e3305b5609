package witness

import (
	"context"
	"fmt"
	"iter"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// chain is what a witness needs of the body's peer.
type chain interface {
	// blocks yields the blocks from a number on, in order, without gap or double, for as long
	// as the context lasts.
	blocks(ctx context.Context, from uint64) iter.Seq2[*block.Block, error]
	// follow appends what the log does not have yet and calls each after every block, for as
	// long as the context lasts.
	follow(ctx context.Context, log *ledgerlog.Log, each func(*block.Block) error) error
	// cosign states a checkpoint.
	cosign(ctx context.Context, r checkpoint.CosignRequest) error
	// keys lists the keys of a body.
	keys(ctx context.Context, body string) ([]checkpoint.WitnessKey, error)
}

// peer is the chain behind a client.
type peer struct{ client *gateway.Client }

func (p peer) blocks(ctx context.Context, from uint64) iter.Seq2[*block.Block, error] {
	return func(yield func(*block.Block, error) bool) {
		for raw, err := range p.client.Blocks(ctx, from) {
			var b *block.Block
			if err == nil {
				b, err = block.Decode(raw)
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

func (p peer) follow(ctx context.Context, log *ledgerlog.Log, each func(*block.Block) error) error {
	return ledgerlog.Follow(ctx, p.client, log, each)
}

func (p peer) cosign(ctx context.Context, r checkpoint.CosignRequest) error {
	_, err := p.client.Checkpoints().Cosign(ctx, r)
	return err
}

func (p peer) keys(ctx context.Context, body string) ([]checkpoint.WitnessKey, error) {
	var all []checkpoint.WitnessKey
	for key, err := range p.client.Checkpoints().AllKeys(ctx, checkpoint.KeysRequest{Body: body}) {
		if err != nil {
			return nil, fmt.Errorf("keys of %s: %w", body, err)
		}
		all = append(all, key)
	}
	return all, nil
}
