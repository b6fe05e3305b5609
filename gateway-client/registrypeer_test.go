package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/internal/fakegateway"
)

// registryPeer is a gateway, and of the registry as much as an import or a watch
// meets: requests that are carried out once, refusals, and a stream of events.
// Tests of the whole registry are those of package gatewaytest.
type registryPeer struct {
	gatewaypb.UnimplementedGatewayServer
	verdicts fakegateway.Verdicts

	// refuse is what is wrong with a row, nil when nothing is.
	refuse func(registry.Item) *fault.Error
	// uncheckable is what CheckImport fails with, nil when it does not.
	uncheckable error
	mu          sync.Mutex
	onSubmit    submitHook
	endorsed    map[string]registry.ImportRequest // by transaction
	receipts    map[string]string                 // content by request id
	imported    []registry.ImportRequest          // in the order of commit
	sent        []string                          // request ids, repeated ones too
	checked     int                               // CheckImports

	blocks []block           // of the stream of events
	serve  func(n int) limit // how the stream n, from 0, ends
	starts []uint64          // where each stream began
}

// end says how streams end from now on, counted from 0 again.
func (p *registryPeer) end(serve func(n int) limit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serve, p.starts = serve, nil
}

// submitHook is called before a batch is committed. It says whether it is, and what is
// answered.
type submitHook func(registry.ImportRequest) (committed bool, err error)

// hook sets the hook from now on; nil commits everything.
func (p *registryPeer) hook(hook submitHook) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onSubmit = hook
}

func newRegistryPeer() *registryPeer {
	return &registryPeer{endorsed: map[string]registry.ImportRequest{}, receipts: map[string]string{}}
}

func (p *registryPeer) Endorse(_ context.Context, in *gatewaypb.EndorseRequest) (*gatewaypb.EndorseResponse, error) {
	proposal, request, err := parseImport(in.GetProposedTransaction())
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, request.RequestID)
	content, repeated := p.receipts[request.RequestID]
	switch {
	case repeated && content != contentOf(request):
		return nil, chaincodeRefusal(codes.Aborted, "failed to endorse transaction", &fault.Error{Code: fault.AlreadyExists, Message: "the request id was used for another request"})
	case !repeated:
		if faults := p.judge(request); len(faults) > 0 {
			return nil, chaincodeRefusal(codes.Aborted, "failed to endorse transaction", &fault.Error{Code: fault.Code(faults[0].Code), Message: faults[0].Message})
		}
	}
	p.endorsed[in.GetTransactionId()] = request
	result := registry.ImportResult{V: 1, Register: request.Register, RequestID: request.RequestID, Owner: "CTIEMSP", TxID: in.GetTransactionId()}
	for i := range request.Items {
		result.IDs = append(result.IDs, fmt.Sprintf("%s-%d", request.RequestID, i))
	}
	payload, err := json.Marshal(result)
	if err != nil {
		return nil, err
	}
	return proposal.Prepare(payload)
}

func (p *registryPeer) Evaluate(_ context.Context, in *gatewaypb.EvaluateRequest) (*gatewaypb.EvaluateResponse, error) {
	_, request, err := parseImport(in.GetProposedTransaction())
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.checked++
	if p.uncheckable != nil {
		return nil, p.uncheckable
	}
	payload, err := json.Marshal(registry.ImportReport{V: 1, Rows: len(request.Items), Faults: p.judge(request)})
	if err != nil {
		return nil, err
	}
	return &gatewaypb.EvaluateResponse{Result: &peer.Response{Status: 200, Payload: payload}}, nil
}

func (p *registryPeer) Submit(_ context.Context, in *gatewaypb.SubmitRequest) (*gatewaypb.SubmitResponse, error) {
	p.mu.Lock()
	request, hook := p.endorsed[in.GetTransactionId()], p.onSubmit
	p.mu.Unlock()
	committed, err := true, error(nil)
	if hook != nil {
		committed, err = hook(request)
	}
	if committed {
		p.commit(in.GetTransactionId(), request)
	}
	return &gatewaypb.SubmitResponse{}, err
}

func (p *registryPeer) commit(txID string, request registry.ImportRequest) {
	p.mu.Lock()
	if _, repeated := p.receipts[request.RequestID]; !repeated {
		p.receipts[request.RequestID] = contentOf(request)
		p.imported = append(p.imported, request)
	}
	p.mu.Unlock()
	p.verdicts.Add(txID, peer.TxValidationCode_VALID, 7)
}

func (p *registryPeer) CommitStatus(ctx context.Context, in *gatewaypb.SignedCommitStatusRequest) (*gatewaypb.CommitStatusResponse, error) {
	request, err := fakegateway.StatusRequest(in)
	if err != nil {
		return nil, err
	}
	return p.verdicts.Wait(ctx, request.GetTransactionId())
}

func (p *registryPeer) judge(request registry.ImportRequest) []registry.RowFault {
	faults := []registry.RowFault{}
	for i, item := range request.Items {
		if p.refuse == nil {
			break
		}
		if refusal := p.refuse(item); refusal != nil {
			faults = append(faults, registry.RowFault{Row: i, ID: item.ID, Code: string(refusal.Code), Pointer: "/n", Message: refusal.Message})
		}
	}
	return faults
}

// rows are the data of all records, in the order of their making.
func (p *registryPeer) rows() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var rows []string
	for _, request := range p.imported {
		for _, item := range request.Items {
			rows = append(rows, string(item.Data))
		}
	}
	return rows
}

// has says whether a request was carried out.
func (p *registryPeer) has(requestID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, has := p.receipts[requestID]
	return has
}

// wipe empties the ledger, and returns what was imported.
func (p *registryPeer) wipe() []registry.ImportRequest {
	p.mu.Lock()
	defer p.mu.Unlock()
	imported := p.imported
	p.receipts, p.imported, p.sent = map[string]string{}, nil, nil
	return imported
}

func (p *registryPeer) requests() (sent []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append(sent, p.sent...)
}

func parseImport(signed *peer.SignedProposal) (*fakegateway.Proposal, registry.ImportRequest, error) {
	var request registry.ImportRequest
	proposal, err := fakegateway.ParseProposal(signed)
	if err == nil {
		err = json.Unmarshal([]byte(proposal.Arguments[0]), &request)
	}
	if err != nil {
		return nil, request, status.Error(codes.InvalidArgument, err.Error())
	}
	return proposal, request, nil
}

func contentOf(request registry.ImportRequest) string {
	content, err := json.Marshal(request)
	if err != nil {
		return err.Error()
	}
	return string(content)
}

func chaincodeRefusal(code codes.Code, message string, refusal *fault.Error) error {
	return fakegateway.Refusal(code, message+", see attached details for more info", detail("CTIEMSP", "chaincode response 500, "+refusal.Error()))
}

// registryOf connects to the peer.
func registryOf(t *testing.T, p *registryPeer, options ...gateway.Option) *gateway.Registry {
	t.Helper()
	client, _ := connect(t, p, 1, options...)
	return client.Registry()
}

// block is the events of one block.
type block struct {
	number uint64
	events []*peer.ChaincodeEvent
}

// limit is how a stream of events ends: after so many events, with this error, or
// with silence until the connection ends. Fewer than 0: silence after all.
type limit struct {
	events int
	err    error
	silent bool
}

func (p *registryPeer) ChaincodeEvents(in *gatewaypb.SignedChaincodeEventsRequest, stream grpc.ServerStreamingServer[gatewaypb.ChaincodeEventsResponse]) error {
	request, err := fakegateway.EventsRequest(in)
	if err != nil {
		return err
	}
	start := request.GetStartPosition().GetSpecified().GetNumber()
	p.mu.Lock()
	number := len(p.starts)
	p.starts = append(p.starts, start)
	ends := limit{events: -1}
	if p.serve != nil {
		ends = p.serve(number)
	}
	p.mu.Unlock()
	left := ends.events
	for _, b := range p.blocks {
		if b.number < start {
			continue
		}
		events := b.events
		if left >= 0 {
			events = events[:min(left, len(events))]
			left -= len(events)
		}
		if err := stream.Send(&gatewaypb.ChaincodeEventsResponse{BlockNumber: b.number, Events: events}); err != nil {
			return err
		}
		switch {
		case left == 0 && ends.silent:
			return hang(stream.Context())
		case left == 0:
			return ends.err
		}
	}
	return hang(stream.Context())
}

func (p *registryPeer) streams() []uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]uint64(nil), p.starts...)
}

// eventOf is an event of the registry on a register.
func eventOf(t require.TestingT, txID, register string) *peer.ChaincodeEvent {
	payload, err := registry.Event{V: registry.SchemaVersion, Register: register, Body: "CTIEMSP", RequestID: "request-" + txID,
		Operation: registry.OpCreate, IDs: []string{"DWL-1"}, Version: 1, ClaimedTime: "2026-01-02T03:04:05.000000000Z"}.Encode()
	require.NoError(t, err)
	return &peer.ChaincodeEvent{ChaincodeId: "registry", TxId: txID, EventName: registry.EventRecords, Payload: payload}
}
