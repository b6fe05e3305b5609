package gatewaytest

import (
	"fmt"
	"strconv"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/psbc-lu/psbc/gateway-client/internal/fakegateway"
)

// ledgerChaincode is Fabric's own, which answers for the ledger and not on it.
const ledgerChaincode = "qscc"

// askLedger answers as Fabric's qscc does (core/scc/qscc), for what gateway.Client asks.
func (s *service) askLedger(proposal *fakegateway.Proposal, body string) (*gatewaypb.EvaluateResponse, error) {
	answer, err := s.ofLedger(proposal.Function, proposal.Arguments[1:])
	if err != nil {
		message := "chaincode response 500, " + err.Error()
		return nil, fakegateway.Refusal(codes.Unknown, "evaluate call to endorser returned error: "+message,
			&gatewaypb.ErrorDetail{Address: body, MspId: body, Message: message})
	}
	payload, err := proto.Marshal(answer)
	if err != nil {
		return nil, err
	}
	return &gatewaypb.EvaluateResponse{Result: &peer.Response{Status: 200, Payload: payload}}, nil
}

func (s *service) ofLedger(function string, arguments []string) (proto.Message, error) {
	height, _ := s.height()
	switch function {
	case "GetChainInfo":
		return &common.BlockchainInfo{Height: height}, nil
	case "GetBlockByNumber":
		number, err := strconv.ParseUint(arguments[0], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("Failed to parse block number with error %w", err) //nolint:staticcheck // Fabric's words
		}
		if number >= height {
			return nil, fmt.Errorf("Failed to get block number %d, error no such block number [%d] in index", number, number) //nolint:staticcheck // Fabric's words
		}
		return s.ledger.Block(number)
	case "GetBlockByTxID":
		number, found := s.verdicts.Block(arguments[0])
		if !found {
			return nil, fmt.Errorf("Failed to get block for txID %s, error no such transaction ID [%s] in index", arguments[0], arguments[0]) //nolint:staticcheck // Fabric's words
		}
		return s.ledger.Block(number)
	}
	return nil, fmt.Errorf("this qscc has no function %s", function)
}
