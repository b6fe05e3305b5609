package fakegateway

import (
	"context"
	"sync"

	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc/status"
)

// Verdicts are what peers remember of ordered transactions. The zero value is
// empty and ready. It is safe for concurrent use.
type Verdicts struct {
	mu      sync.Mutex
	list    map[string]*gatewaypb.CommitStatusResponse
	changed chan struct{} // closed and replaced with every change
}

// Add remembers a transaction's verdict, unless it has one: the first counts.
func (v *Verdicts) Add(txID string, code peer.TxValidationCode, block uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.init()
	if _, exists := v.list[txID]; exists {
		return
	}
	v.list[txID] = &gatewaypb.CommitStatusResponse{Result: code, BlockNumber: block}
	close(v.changed)
	v.changed = make(chan struct{})
}

// Wait returns a transaction's verdict as soon as there is one, as Fabric's
// gateway does; its errors are gRPC statuses.
func (v *Verdicts) Wait(ctx context.Context, txID string) (*gatewaypb.CommitStatusResponse, error) {
	for {
		v.mu.Lock()
		v.init()
		verdict, changed := v.list[txID], v.changed
		v.mu.Unlock()
		if verdict != nil {
			return verdict, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, status.FromContextError(ctx.Err()).Err()
		}
	}
}

// Block is the number of the block that holds a transaction, if there is one.
func (v *Verdicts) Block(txID string) (uint64, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	verdict, found := v.list[txID]
	return verdict.GetBlockNumber(), found
}

// Valid counts the transactions that changed the ledger.
func (v *Verdicts) Valid() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	count := 0
	for _, verdict := range v.list {
		if verdict.GetResult() == peer.TxValidationCode_VALID {
			count++
		}
	}
	return count
}

func (v *Verdicts) init() {
	if v.list == nil {
		v.list, v.changed = map[string]*gatewaypb.CommitStatusResponse{}, make(chan struct{})
	}
}
