package ledgertest

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
)

// What a peer tells chaincode when it connects: chaincode.runtimeParams of
// Fabric's sampleconfig/core.yaml.
const (
	maxWriteBatch   = 1000
	maxMultipleKeys = 1000
)

// errStreamTerminated is core/chaincode.ErrorStreamTerminated.
var errStreamTerminated = errors.New("chaincode stream terminated")

// node is one chaincode running at one body's peer: the peer's end of the
// stream to the shim.
type node struct {
	ledger *Ledger
	id     nodeID
	inbox  chan *peer.ChaincodeMessage // to the shim
	done   chan struct{}
	ready  chan struct{} // closed when the shim has registered, or failed to

	registered sync.Once

	mu         sync.Mutex
	executions map[string]*execution // by transaction id
	broken     error
}

// execution is one invocation of the chaincode within a transaction.
type execution struct {
	sim       *simulator
	proposal  *proposal
	namespace string
	queries   map[string]*query
	nextQuery int
	notifier  chan outcome
}

type outcome struct {
	message *peer.ChaincodeMessage
	err     error
}

// startNode connects a shim and waits until it has registered.
func startNode(l *Ledger, id nodeID, cc shim.Chaincode) *node {
	n := &node{
		ledger:     l,
		id:         id,
		inbox:      make(chan *peer.ChaincodeMessage, 16),
		done:       make(chan struct{}),
		ready:      make(chan struct{}),
		executions: map[string]*execution{},
	}
	go func() {
		n.fail(shim.StartInProc(id.chaincode, (*stream)(n), &guarded{cc, n}))
	}()
	<-n.ready
	return n
}

func (n *node) stop() { close(n.done) }

// fail ends every execution: the shim is gone.
func (n *node) fail(err error) {
	n.registered.Do(func() { close(n.ready) })
	n.mu.Lock()
	defer n.mu.Unlock()
	n.broken = fmt.Errorf("%w (%w)", errStreamTerminated, err)
	for txID, x := range n.executions {
		delete(n.executions, txID)
		x.notifier <- outcome{err: n.broken}
	}
}

// stream is the shim's end. Send is the peer's entry point: a request is
// answered before Send returns, so the peer needs no goroutine of its own.
type stream node

func (s *stream) Send(message *peer.ChaincodeMessage) error {
	(*node)(s).receive(message)
	return nil
}

func (s *stream) Recv() (*peer.ChaincodeMessage, error) {
	select {
	case message := <-s.inbox:
		return message, nil
	case <-s.done:
		return nil, io.EOF
	}
}

func (s *stream) CloseSend() error { return nil }

func (n *node) send(message *peer.ChaincodeMessage) {
	select {
	case n.inbox <- message:
	case <-n.done:
	}
}

func (n *node) receive(message *peer.ChaincodeMessage) {
	switch message.GetType() {
	case peer.ChaincodeMessage_REGISTER:
		n.register()
	case peer.ChaincodeMessage_COMPLETED, peer.ChaincodeMessage_ERROR:
		n.finish(message.GetTxid(), outcome{message: message})
	case peer.ChaincodeMessage_KEEPALIVE:
	default:
		n.answer(message)
	}
}

func (n *node) register() {
	n.send(&peer.ChaincodeMessage{Type: peer.ChaincodeMessage_REGISTERED})
	parameters, err := proto.Marshal(&peer.ChaincodeAdditionalParams{
		UseWriteBatch:          true,
		MaxSizeWriteBatch:      maxWriteBatch,
		UseGetMultipleKeys:     true,
		MaxSizeGetMultipleKeys: maxMultipleKeys,
	})
	if err != nil {
		parameters = nil // the shim then works without batches, as with an old peer
	}
	n.send(&peer.ChaincodeMessage{Type: peer.ChaincodeMessage_READY, Payload: parameters})
	n.registered.Do(func() { close(n.ready) })
}

// finish hands the chaincode's answer to the one who waits for it.
func (n *node) finish(txID string, o outcome) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if x := n.executions[txID]; x != nil {
		delete(n.executions, txID)
		x.notifier <- o
	}
}

// execute runs the chaincode and waits for its answer
// (core/chaincode.Handler.Execute).
func (n *node) execute(sim *simulator, p *proposal, input *peer.ChaincodeInput) (*peer.ChaincodeMessage, error) {
	payload, err := proto.Marshal(input)
	if err != nil {
		return nil, fmt.Errorf("failed to create chaincode message: %w", err)
	}
	x := &execution{
		sim:       sim,
		proposal:  p,
		namespace: n.id.chaincode,
		queries:   map[string]*query{},
		notifier:  make(chan outcome, 1),
	}
	if err := n.begin(p.txID, x); err != nil {
		return nil, err
	}
	n.send(&peer.ChaincodeMessage{
		Type:      peer.ChaincodeMessage_TRANSACTION,
		Payload:   payload,
		Txid:      p.txID,
		ChannelId: n.ledger.channel,
		Proposal:  p.signed,
	})
	o := <-x.notifier
	return o.message, o.err
}

func (n *node) begin(txID string, x *execution) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.broken != nil {
		return n.broken
	}
	if n.executions[txID] != nil {
		return fmt.Errorf("txid: %s(%s) exists", txID, n.ledger.channel)
	}
	n.executions[txID] = x
	return nil
}

func (n *node) execution(txID string) *execution {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.executions[txID]
}

// guarded keeps a panic of the chaincode from ending the test. In a real
// network the chaincode's process dies, and its peer reports a terminated
// stream.
type guarded struct {
	shim.Chaincode
	node *node
}

func (g *guarded) Invoke(stub shim.ChaincodeStubInterface) (response *peer.Response) {
	defer func() {
		if p := recover(); p != nil {
			g.node.finish(stub.GetTxID(), outcome{err: fmt.Errorf("%w (the chaincode panicked: %v)", errStreamTerminated, p)})
			response = shim.Error("panic")
		}
	}()
	return g.Chaincode.Invoke(stub)
}
