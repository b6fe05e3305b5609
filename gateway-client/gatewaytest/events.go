package gatewaytest

import (
	"context"

	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/gateway-client/internal/fakegateway"
)

// ChaincodeEvents sends the events of a chaincode, those of a block at once, from
// the block that is asked for, and then of each new block (Fabric's
// internal/pkg/gateway/chaincodeevents.go). Of what may be asked for, it knows as
// much as gateway.Client asks for.
func (s *service) ChaincodeEvents(in *gatewaypb.SignedChaincodeEventsRequest, stream grpc.ServerStreamingServer[gatewaypb.ChaincodeEventsResponse]) error {
	request, err := fakegateway.EventsRequest(in)
	if err != nil {
		return err
	}
	next := request.GetStartPosition().GetSpecified().GetNumber()
	for {
		height, changed := s.height()
		for _, block := range byBlock(s.ledger.Events(next)) {
			if block[0].Block >= height { // comes with the next round
				break
			}
			response := &gatewaypb.ChaincodeEventsResponse{BlockNumber: block[0].Block}
			for _, event := range block {
				if event.Chaincode == request.GetChaincodeId() {
					response.Events = append(response.Events, &peer.ChaincodeEvent{
						ChaincodeId: event.Chaincode, TxId: event.TransactionID, EventName: event.Name, Payload: event.Payload,
					})
				}
			}
			if len(response.GetEvents()) > 0 {
				if err := stream.Send(response); err != nil {
					return err
				}
			}
		}
		next = max(next, height) // a block may be asked for that is still to come
		if err := waitFor(stream.Context(), changed); err != nil {
			return err
		}
	}
}

// height is the number of blocks, and a channel that is closed when there are more.
func (s *service) height() (uint64, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ledger.Height(), s.changed
}

func waitFor(ctx context.Context, changed <-chan struct{}) error {
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return status.FromContextError(ctx.Err()).Err()
	}
}

// byBlock parts events, which are in their order, by the block that they are in.
func byBlock(events []ledgertest.Event) [][]ledgertest.Event {
	var blocks [][]ledgertest.Event
	for i, event := range events {
		if i == 0 || event.Block != events[i-1].Block {
			blocks = append(blocks, nil)
		}
		blocks[len(blocks)-1] = append(blocks[len(blocks)-1], event)
	}
	return blocks
}
