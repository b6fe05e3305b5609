package fakegateway

import (
	"fmt"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/orderer"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
)

// Proposal is what a client proposes.
type Proposal struct {
	Header    *common.Header
	Channel   *common.ChannelHeader
	Signature *common.SignatureHeader
	Chaincode string
	Function  string
	Arguments []string
	Transient map[string][]byte
}

// ParseProposal takes a signed proposal apart.
func ParseProposal(signed *peer.SignedProposal) (*Proposal, error) {
	var proposal peer.Proposal
	var payload peer.ChaincodeProposalPayload
	var spec peer.ChaincodeInvocationSpec
	p := &Proposal{Header: &common.Header{}, Channel: &common.ChannelHeader{}, Signature: &common.SignatureHeader{}}
	if err := proto.Unmarshal(signed.GetProposalBytes(), &proposal); err != nil {
		return nil, fmt.Errorf("decode the proposal: %w", err)
	}
	for _, part := range []struct {
		from func() []byte
		to   proto.Message
	}{
		{proposal.GetHeader, p.Header},
		{p.Header.GetChannelHeader, p.Channel},
		{p.Header.GetSignatureHeader, p.Signature},
		{proposal.GetPayload, &payload},
		{payload.GetInput, &spec},
	} {
		if err := proto.Unmarshal(part.from(), part.to); err != nil {
			return nil, fmt.Errorf("decode the proposal's parts: %w", err)
		}
	}
	arguments := spec.GetChaincodeSpec().GetInput().GetArgs()
	if len(arguments) == 0 {
		return nil, fmt.Errorf("the proposal names no function")
	}
	p.Chaincode = spec.GetChaincodeSpec().GetChaincodeId().GetName()
	p.Function = string(arguments[0])
	for _, argument := range arguments[1:] {
		p.Arguments = append(p.Arguments, string(argument))
	}
	p.Transient = payload.GetTransientMap()
	return p, nil
}

// Prepare makes the transaction that the client is asked to sign: as much of it
// as a client reads, which is the header and the chaincode's answer.
func (p *Proposal) Prepare(result []byte) (*gatewaypb.EndorseResponse, error) {
	var failed error
	marshal := func(m proto.Message) []byte {
		b, err := proto.Marshal(m)
		if err != nil && failed == nil {
			failed = fmt.Errorf("encode the transaction: %w", err)
		}
		return b
	}
	action := marshal(&peer.ChaincodeAction{Response: &peer.Response{Status: 200, Payload: result}})
	response := marshal(&peer.ProposalResponsePayload{Extension: action})
	payload := marshal(&peer.ChaincodeActionPayload{Action: &peer.ChaincodeEndorsedAction{ProposalResponsePayload: response}})
	data := marshal(&peer.Transaction{Actions: []*peer.TransactionAction{{Payload: payload}}})
	envelope := &common.Envelope{Payload: marshal(&common.Payload{Header: p.Header, Data: data})}
	return &gatewaypb.EndorseResponse{PreparedTransaction: envelope}, failed
}

// StatusRequest reads whose status a client asks for. Like Fabric's gateway, it
// refuses an empty request as an invalid argument.
func StatusRequest(signed *gatewaypb.SignedCommitStatusRequest) (*gatewaypb.CommitStatusRequest, error) {
	if len(signed.GetRequest()) == 0 {
		return nil, status.Error(codes.InvalidArgument, "a commit status request is required")
	}
	request := &gatewaypb.CommitStatusRequest{}
	if err := proto.Unmarshal(signed.GetRequest(), request); err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "invalid status request: %v", err)
	}
	return request, nil
}

// EventsRequest reads which events a client asks for.
func EventsRequest(signed *gatewaypb.SignedChaincodeEventsRequest) (*gatewaypb.ChaincodeEventsRequest, error) {
	request := &gatewaypb.ChaincodeEventsRequest{}
	if err := proto.Unmarshal(signed.GetRequest(), request); err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "invalid chaincode events request: %v", err)
	}
	return request, nil
}

// SeekRequest reads from which block on a client asks for blocks.
func SeekRequest(envelope *common.Envelope) (from uint64, err error) {
	var payload common.Payload
	var seek orderer.SeekInfo
	if err := proto.Unmarshal(envelope.GetPayload(), &payload); err != nil {
		return 0, status.Errorf(codes.InvalidArgument, "invalid payload: %v", err)
	}
	if err := proto.Unmarshal(payload.GetData(), &seek); err != nil {
		return 0, status.Errorf(codes.InvalidArgument, "invalid seek info: %v", err)
	}
	return seek.GetStart().GetSpecified().GetNumber(), nil
}

// Refusal is a gateway's error with what single peers or orderers said.
func Refusal(code codes.Code, message string, details ...*gatewaypb.ErrorDetail) error {
	list := make([]protoadapt.MessageV1, len(details))
	for i, detail := range details {
		list[i] = protoadapt.MessageV1Of(detail)
	}
	refusal, err := status.New(code, message).WithDetails(list...)
	if err != nil { // the code is OK: a mistake in the test
		return status.Error(codes.Internal, err.Error())
	}
	return refusal.Err()
}
