package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/gateway-client/internal/fakegateway"
)

// trailPeer is a gateway, and of the trails as much as a recorder meets, in front of a
// ledger that goes wrong as a test says. What the real contract does is tested on
// package gatewaytest.
type trailPeer struct {
	gatewaypb.UnimplementedGatewayServer
	verdicts fakegateway.Verdicts

	mu       sync.Mutex
	endorse  []error // what the next Appends are answered with
	submit   []error // the next Submits, though they are ordered
	sent     []trail.AppendRequest
	endorsed map[string]trail.AppendRequest // by transaction
	batches  []trail.AppendRequest          // on the ledger
}

func newTrailPeer() *trailPeer { return &trailPeer{endorsed: map[string]trail.AppendRequest{}} }

func (p *trailPeer) Evaluate(_ context.Context, in *gatewaypb.EvaluateRequest) (*gatewaypb.EvaluateResponse, error) {
	proposal, err := fakegateway.ParseProposal(in.GetProposedTransaction())
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var answer any = trail.Trail{Definition: accesses().Definition, Body: "CTIEMSP"}
	if proposal.Function == "Batches" {
		page := trail.BatchPage{}
		for _, b := range p.batches {
			page.Items = append(page.Items, trail.BatchState{Batch: trail.Batch{Source: b.Source, Number: b.Number}})
		}
		answer = page
	}
	payload, err := json.Marshal(answer)
	return &gatewaypb.EvaluateResponse{Result: &peer.Response{Status: 200, Payload: payload}}, err
}

func (p *trailPeer) Endorse(_ context.Context, in *gatewaypb.EndorseRequest) (*gatewaypb.EndorseResponse, error) {
	proposal, err := fakegateway.ParseProposal(in.GetProposedTransaction())
	if err != nil {
		return nil, err
	}
	request, err := trail.ParseAppendRequest(proposal.Arguments[0])
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, request)
	if len(p.endorse) > 0 {
		refusal := p.endorse[0]
		p.endorse = p.endorse[1:]
		return nil, refusal
	}
	if refusal := p.judge(request); refusal != nil {
		return nil, chaincodeRefusal(codes.Aborted, "failed to endorse transaction", refusal)
	}
	p.endorsed[in.GetTransactionId()] = request
	payload, err := json.Marshal(trail.Batch{Number: request.Number})
	if err != nil {
		return nil, err
	}
	return proposal.Prepare(payload)
}

func (p *trailPeer) judge(request trail.AppendRequest) *fault.Error {
	switch {
	case request.Number <= len(p.batches) && contentOfBatch(p.batches[request.Number-1]) != contentOfBatch(request):
		return &fault.Error{Code: fault.AlreadyExists, Message: fmt.Sprintf("batch %d was appended with other content", request.Number)}
	case request.Number > len(p.batches)+1:
		return &fault.Error{Code: fault.FailedPrecondition, Message: fmt.Sprintf("batch %d is not on the ledger", request.Number-1)}
	}
	return nil
}

func (p *trailPeer) Submit(_ context.Context, in *gatewaypb.SubmitRequest) (*gatewaypb.SubmitResponse, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if request := p.endorsed[in.GetTransactionId()]; request.Number == len(p.batches)+1 {
		p.batches = append(p.batches, request)
	}
	p.verdicts.Add(in.GetTransactionId(), peer.TxValidationCode_VALID, 7)
	if len(p.submit) > 0 {
		lost := p.submit[0]
		p.submit = p.submit[1:]
		return nil, lost
	}
	return &gatewaypb.SubmitResponse{}, nil
}

func (p *trailPeer) CommitStatus(ctx context.Context, in *gatewaypb.SignedCommitStatusRequest) (*gatewaypb.CommitStatusResponse, error) {
	request, err := fakegateway.StatusRequest(in)
	if err != nil {
		return nil, err
	}
	return p.verdicts.Wait(ctx, request.GetTransactionId())
}

func (*trailPeer) ChaincodeEvents(*gatewaypb.SignedChaincodeEventsRequest, grpc.ServerStreamingServer[gatewaypb.ChaincodeEventsResponse]) error {
	return status.Error(codes.Unimplemented, "no events here")
}

// next sets what the next Appends are answered with, and returns those sent so far.
func (p *trailPeer) next(endorse ...error) []trail.AppendRequest {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endorse = endorse
	return p.sent
}

// appended are the correlations of the events on the ledger, in their order.
func (p *trailPeer) appended() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []string
	for _, batch := range p.batches {
		for _, entry := range batch.Entries {
			list = append(list, entry.Correlation)
		}
	}
	return list
}

func contentOfBatch(request trail.AppendRequest) string {
	content, err := trail.ContentHash("Append", request)
	if err != nil {
		return err.Error()
	}
	return content
}
