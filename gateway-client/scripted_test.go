package gateway_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/internal/fakegateway"
)

// step is what the scripted gateway does with one request instead of the right thing.
type step struct {
	err    error                 // what it answers
	hang   bool                  // it never answers, until the client gives up
	orders bool                  // a submit is ordered nevertheless
	code   peer.TxValidationCode // ordered with this verdict
	sleep  time.Duration         // a submit is ordered this much later
}

// scripted is a gateway and the ledger behind it. Each request takes the next
// step of its phase's script; when the script is used up, all goes well.
type scripted struct {
	gatewaypb.UnimplementedGatewayServer

	mu        sync.Mutex
	endorse   []step
	submit    []step
	status    []step
	evaluate  []step
	events    []string // phase and a number for each transaction, in order: "submit 1"
	proposals []*fakegateway.Proposal
	signed    []*peer.SignedProposal
	bodies    [][]string // whom each proposal or query is to be sent to
	ledger    fakegateway.Verdicts
	result    string
	onEndorse func() // called when a request arrives
	onSubmit  func()
}

func newScripted() *scripted {
	return &scripted{result: `"done"`}
}

// next notes a request and takes its step. Transactions are numbered by proposal.
func (s *scripted) next(phase, txID string, script *[]step) (step, bool) {
	number := slices.IndexFunc(s.proposals, func(p *fakegateway.Proposal) bool { return p.Channel.GetTxId() == txID })
	s.events = append(s.events, fmt.Sprintf("%s %d", phase, number+1))
	if len(*script) == 0 {
		return step{}, false
	}
	first := (*script)[0]
	*script = (*script)[1:]
	return first, true
}

func (s *scripted) Endorse(ctx context.Context, in *gatewaypb.EndorseRequest) (*gatewaypb.EndorseResponse, error) {
	proposal, err := fakegateway.ParseProposal(in.GetProposedTransaction())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.proposals = append(s.proposals, proposal)
	s.signed = append(s.signed, in.GetProposedTransaction())
	s.bodies = append(s.bodies, in.GetEndorsingOrganizations())
	todo, _ := s.next("endorse", in.GetTransactionId(), &s.endorse)
	hook := s.onEndorse
	s.mu.Unlock()
	if hook != nil {
		hook()
	}
	if todo.hang {
		return nil, hang(ctx)
	}
	if todo.err != nil {
		return nil, todo.err
	}
	return proposal.Prepare([]byte(s.result))
}

func (s *scripted) Evaluate(ctx context.Context, in *gatewaypb.EvaluateRequest) (*gatewaypb.EvaluateResponse, error) {
	s.mu.Lock()
	s.bodies = append(s.bodies, in.GetTargetOrganizations())
	todo, _ := s.next("evaluate", in.GetTransactionId(), &s.evaluate)
	s.mu.Unlock()
	if todo.hang {
		return nil, hang(ctx)
	}
	if todo.err != nil {
		return nil, todo.err
	}
	return &gatewaypb.EvaluateResponse{Result: &peer.Response{Status: 200, Payload: []byte(s.result)}}, nil
}

func (s *scripted) Submit(ctx context.Context, in *gatewaypb.SubmitRequest) (*gatewaypb.SubmitResponse, error) {
	s.mu.Lock()
	todo, scriptedStep := s.next("submit", in.GetTransactionId(), &s.submit)
	hook := s.onSubmit
	s.mu.Unlock()
	if !scriptedStep || todo.orders {
		if todo.sleep > 0 {
			time.AfterFunc(todo.sleep, func() { s.ledger.Add(in.GetTransactionId(), todo.code, 7) })
		} else {
			s.ledger.Add(in.GetTransactionId(), todo.code, 7)
		}
	}
	if hook != nil {
		hook()
	}
	if todo.hang {
		return nil, hang(ctx)
	}
	if todo.err != nil {
		return nil, todo.err
	}
	return &gatewaypb.SubmitResponse{}, nil
}

func (s *scripted) CommitStatus(ctx context.Context, in *gatewaypb.SignedCommitStatusRequest) (*gatewaypb.CommitStatusResponse, error) {
	request, err := fakegateway.StatusRequest(in)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	todo, scriptedStep := s.next("status", request.GetTransactionId(), &s.status)
	s.mu.Unlock()
	if todo.hang {
		return nil, hang(ctx)
	}
	if todo.err != nil {
		return nil, todo.err
	}
	if scriptedStep {
		return &gatewaypb.CommitStatusResponse{Result: todo.code, BlockNumber: 7}, nil
	}
	return s.ledger.Wait(ctx, request.GetTransactionId())
}

func (*scripted) ChaincodeEvents(*gatewaypb.SignedChaincodeEventsRequest, grpc.ServerStreamingServer[gatewaypb.ChaincodeEventsResponse]) error {
	return status.Error(codes.Unimplemented, "no events here")
}

// hang ends when the client's time is up, or the client gives up.
func hang(ctx context.Context) error {
	<-ctx.Done()
	return status.FromContextError(ctx.Err()).Err()
}

// log is what happened, in order.
func (s *scripted) log() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

// impatient are bounds that let a test see a wait end, but are long enough for
// a busy machine to answer in time.
func impatient() []gateway.Option {
	return []gateway.Option{
		gateway.WithTimeouts(gateway.Timeouts{
			Endorse: time.Second, Evaluate: time.Second, Submit: time.Second,
			Commit: 700 * time.Millisecond, Grace: 700 * time.Millisecond,
		}),
		gateway.WithRetry(quick(30 * time.Second)),
	}
}

func quick(maxElapsed time.Duration) gateway.Retry {
	return gateway.Retry{Conflicts: 3, Interval: time.Millisecond, MaxInterval: 10 * time.Millisecond, MaxElapsed: maxElapsed}
}

// connect starts endpoints that share a service, and connects to them.
func connect(t *testing.T, service gatewaypb.GatewayServer, peers int, options ...gateway.Option) (*gateway.Client, []*fakegateway.Endpoint) {
	t.Helper()
	pki := fakegateway.NewPKI(t)
	endpoints := make([]*fakegateway.Endpoint, peers)
	for i := range endpoints {
		endpoints[i] = fakegateway.Start(t, pki, service)
	}
	certificate, key := pki.NewIdentity("notary")
	profile, err := gateway.ParseProfile(pki.Profile("CTIEMSP", certificate, key, endpoints...), pki.Dir())
	require.NoError(t, err)
	client, err := gateway.Connect(t.Context(), profile, append(impatient(), options...)...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client, endpoints
}
