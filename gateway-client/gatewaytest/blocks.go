package gatewaytest

import (
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/psbc-lu/psbc/gateway-client/internal/fakegateway"
)

// Deliver sends whole blocks, from the one that is asked for, and then each new one, as a
// peer's event service does (Fabric's core/peer/deliverevents.go).
func (s *service) Deliver(stream grpc.BidiStreamingServer[common.Envelope, peer.DeliverResponse]) error {
	envelope, err := stream.Recv()
	if err != nil {
		return err
	}
	next, err := fakegateway.SeekRequest(envelope)
	if err != nil {
		return err
	}
	for {
		height, changed := s.height()
		for ; next < height; next++ {
			block, err := s.ledger.Block(next)
			if err != nil {
				return status.Error(codes.Internal, err.Error())
			}
			if err := stream.Send(&peer.DeliverResponse{Type: &peer.DeliverResponse_Block{Block: block}}); err != nil {
				return err
			}
		}
		if err := waitFor(stream.Context(), changed); err != nil {
			return err
		}
	}
}
