package gatewaytest

import (
	"context"
	"errors"
	"sync"

	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/gateway-client/internal/fakegateway"
)

// service is the gateway in front of the in-memory ledger. It answers with the
// codes, texts and details of Fabric's (internal/pkg/gateway).
type service struct {
	gatewaypb.UnimplementedGatewayServer
	peer.UnimplementedDeliverServer

	ledger   *ledgertest.Ledger
	verdicts fakegateway.Verdicts

	mu       sync.Mutex
	clients  map[string]*ledgertest.Client      // by creator
	endorsed map[string]*ledgertest.Transaction // by transaction id, until ordered
	stalled  bool
	waiting  []*ledgertest.Transaction
	changed  chan struct{} // closed and replaced with every block
}

func (s *service) enrol(creator []byte, client *ledgertest.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients[string(creator)] = client
}

// caller is the client of the ledger that stands for a proposal: the same
// identity, nonce and time, and so the same transaction.
func (s *service) caller(signed *peer.SignedProposal, bodies []string) (*fakegateway.Proposal, *ledgertest.Client, error) {
	proposal, err := fakegateway.ParseProposal(signed)
	if err != nil {
		return nil, nil, status.Error(codes.InvalidArgument, err.Error())
	}
	s.mu.Lock()
	client := s.clients[string(proposal.Signature.GetCreator())]
	s.mu.Unlock()
	if client == nil {
		return nil, nil, status.Error(codes.PermissionDenied, "the network does not know this identity")
	}
	options := []ledgertest.CallOption{
		ledgertest.Calling(proposal.Chaincode),
		ledgertest.Nonce(proposal.Signature.GetNonce()),
		ledgertest.At(proposal.Channel.GetTimestamp().AsTime()),
		ledgertest.Transient(proposal.Transient),
	}
	if len(bodies) > 0 {
		options = append(options, ledgertest.EndorsedBy(bodies...))
	}
	return proposal, client.With(options...), nil
}

// Evaluate answers a query.
func (s *service) Evaluate(_ context.Context, in *gatewaypb.EvaluateRequest) (*gatewaypb.EvaluateResponse, error) {
	proposal, client, err := s.caller(in.GetProposedTransaction(), in.GetTargetOrganizations())
	if err != nil {
		return nil, err
	}
	if proposal.Chaincode == ledgerChaincode {
		return s.askLedger(proposal, client.Body())
	}
	payload, err := client.Evaluate(proposal.Function, proposal.Arguments...)
	if err != nil {
		return nil, fakegateway.Refusal(codes.Unknown, "evaluate call to endorser returned error: "+err.Error(), said(client, err))
	}
	return &gatewaypb.EvaluateResponse{Result: &peer.Response{Status: 200, Payload: payload}}, nil
}

// Endorse simulates a transaction at the endorsers and keeps it.
func (s *service) Endorse(_ context.Context, in *gatewaypb.EndorseRequest) (*gatewaypb.EndorseResponse, error) {
	proposal, client, err := s.caller(in.GetProposedTransaction(), in.GetEndorsingOrganizations())
	if err != nil {
		return nil, err
	}
	transaction, err := client.Endorse(proposal.Function, proposal.Arguments...)
	if err != nil {
		return nil, fakegateway.Refusal(codes.Aborted, "failed to endorse transaction, see attached details for more info", said(client, err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endorsed[transaction.ID] = transaction
	return proposal.Prepare(transaction.Payload)
}

// Submit orders a transaction; copies of one that was ordered are dropped, as
// the orderers' request pool does.
func (s *service) Submit(_ context.Context, in *gatewaypb.SubmitRequest) (*gatewaypb.SubmitResponse, error) {
	if len(in.GetPreparedTransaction().GetSignature()) == 0 {
		return nil, status.Error(codes.InvalidArgument, "prepared transaction must be signed")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	transaction := s.endorsed[in.GetTransactionId()]
	if transaction == nil {
		return &gatewaypb.SubmitResponse{}, nil
	}
	delete(s.endorsed, in.GetTransactionId())
	if s.stalled {
		s.waiting = append(s.waiting, transaction)
		return &gatewaypb.SubmitResponse{}, nil
	}
	s.commit(transaction)
	return &gatewaypb.SubmitResponse{}, nil
}

// CommitStatus waits for a transaction's verdict.
func (s *service) CommitStatus(ctx context.Context, in *gatewaypb.SignedCommitStatusRequest) (*gatewaypb.CommitStatusResponse, error) {
	request, err := fakegateway.StatusRequest(in)
	if err != nil {
		return nil, err
	}
	return s.verdicts.Wait(ctx, request.GetTransactionId())
}

// commit makes a block of one transaction. Requires the lock.
func (s *service) commit(transaction *ledgertest.Transaction) {
	code := s.ledger.Commit(transaction)[0]
	s.verdicts.Add(transaction.ID, code, s.ledger.Height()-1)
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *service) stall() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stalled = true
}

func (s *service) resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stalled = false
	for _, transaction := range s.waiting {
		s.commit(transaction)
	}
	s.waiting = nil
}

// said is what the caller's own peer answered, as the gateway passes it on.
func said(client *ledgertest.Client, err error) *gatewaypb.ErrorDetail {
	message := err.Error()
	var refused *ledgertest.EndorseError
	if errors.As(err, &refused) {
		message = refused.Message
	}
	return &gatewaypb.ErrorDetail{Address: client.Body(), MspId: client.Body(), Message: message}
}
