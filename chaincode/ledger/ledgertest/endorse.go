package ledgertest

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
)

// Transaction is an endorsed transaction that can be committed.
type Transaction struct {
	ID        string
	Payload   []byte    // the chaincode's answer
	Time      time.Time // claimed by the client
	Endorsers []string  // the bodies that endorsed

	proposal *proposal
	response []byte // peer.ProposalResponsePayload
	sim      *simulation
	event    *peer.ChaincodeEvent
}

// answer is what one peer says to a proposal.
type answer struct {
	response     *peer.Response
	payload      []byte // peer.ProposalResponsePayload: what is endorsed
	event        *peer.ChaincodeEvent
	sim          *simulation
	requirements *requirements
}

// requirements are the policies that a transaction must meet, as far as its
// first endorser can tell.
type requirements struct {
	plain   map[space]bool // policies of chaincodes (no collection) and collections
	keys    []*common.SignaturePolicyEnvelope
	private map[string]bool // collections written to
	reads   []string        // collections read: only members can endorse
}

// Endorse runs the function at the endorsers' peers and returns the transaction
// without committing it.
//
// Errors: [*ChaincodeError], [*EndorseError].
func (c *Client) Endorse(function string, args ...string) (*Transaction, error) {
	p, err := c.propose(function, args)
	if err != nil {
		return nil, err
	}
	targets := c.targets(p)
	first, err := c.ledger.simulate(targets[0], p)
	if err != nil {
		return nil, err
	}
	if len(c.call.endorsedBy) == 0 {
		if targets, err = c.ledger.plan(targets[0], p, first.requirements); err != nil {
			return nil, err
		}
	}
	for _, body := range targets {
		if body == c.targets(p)[0] {
			continue
		}
		other, err := c.ledger.simulate(body, p)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(first.payload, other.payload) {
			return nil, &EndorseError{p.txID, fmt.Sprintf("ProposalResponsePayloads do not match (%s and %s)", targets[0], body)}
		}
	}
	return &Transaction{
		ID:        p.txID,
		Payload:   slices.Clone(first.response.GetPayload()),
		Time:      p.time,
		Endorsers: slices.Clone(targets),
		proposal:  p,
		response:  first.payload,
		sim:       first.sim,
		event:     first.event,
	}, nil
}

// simulate runs the proposal at one peer
// (core/endorser.Endorser.ProcessProposal).
func (l *Ledger) simulate(body string, p *proposal) (*answer, error) {
	refuse := func(format string, args ...any) error {
		return &EndorseError{p.txID, fmt.Sprintf(format, args...)}
	}
	if !slices.Contains(l.bodies, p.creator.mspID) {
		return nil, refuse("error validating proposal: access denied: channel [%s] creator org unknown, creator is malformed", l.channel)
	}
	n := l.nodes[nodeID{body, p.chaincode}]
	if n == nil {
		return nil, refuse("no peers available to evaluate chaincode %s in channel %s at %s", p.chaincode, l.channel, body)
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.committed[p.txID] {
		return nil, refuse("duplicate transaction found [%s]. Creator [%x]", p.txID, p.creator.serialized)
	}
	sim := newSimulator(l, body, p.txID)
	message, err := n.execute(sim, p, &peer.ChaincodeInput{Args: p.args})
	if err != nil {
		return nil, refuse("error in simulation: failed to execute transaction %s: error sending: %v", p.txID, err)
	}
	if message.GetType() == peer.ChaincodeMessage_ERROR {
		return nil, refuse("error in simulation: transaction returned with failure: %s", message.GetPayload())
	}
	response := &peer.Response{}
	if err := proto.Unmarshal(message.GetPayload(), response); err != nil {
		return nil, refuse("error in simulation: failed to unmarshal response for transaction %s: %v", p.txID, err)
	}
	if response.GetStatus() < 200 || response.GetStatus() >= 400 {
		return nil, &ChaincodeError{Status: response.GetStatus(), Message: response.GetMessage()}
	}
	a := &answer{response: response, event: message.GetChaincodeEvent()}
	if a.event != nil {
		a.event.ChaincodeId = p.chaincode
		a.event.TxId = p.txID
	}
	if a.sim, err = sim.finish(); err != nil {
		return nil, refuse("error in simulation: %v", err)
	}
	if a.requirements, err = sim.requirements(p.chaincode, a.sim); err != nil {
		return nil, refuse("error in simulation: %v", err)
	}
	if a.payload, err = a.encode(p); err != nil {
		return nil, refuse("failed to create the proposal response: %v", err)
	}
	return a, nil
}

func (a *answer) encode(p *proposal) ([]byte, error) {
	var e encoder
	var event []byte
	if a.event != nil {
		event = e.marshal(a.event)
	}
	action := e.marshal(&peer.ChaincodeAction{
		Results:     a.sim.bytes,
		Events:      event,
		Response:    a.response,
		ChaincodeId: &peer.ChaincodeID{Name: p.chaincode, Version: chaincodeVersion},
	})
	payload := e.marshal(&peer.ProposalResponsePayload{ProposalHash: p.hash, Extension: action})
	return payload, e.err
}

// plan chooses the endorsers: a smallest set of bodies that satisfies every
// policy, with the one asked first if possible, others in the channel's order.
// Fabric's gateway and discovery service do the same, but choose at random
// (internal/pkg/gateway/endorse.go, planFromFirstEndorser).
func (l *Ledger) plan(first string, p *proposal, r *requirements) ([]string, error) {
	member := func(body string) bool {
		for _, name := range r.reads {
			if c, _ := l.collection(name); !slices.Contains(c.Members, body) {
				return false
			}
		}
		return true
	}
	protected := func(body string) bool {
		for name := range r.private {
			if c, _ := l.collection(name); p.transient && !slices.Contains(c.Members, body) {
				return false
			}
		}
		return true
	}
	var allowed, trusted []string
	for _, body := range l.bodies {
		if !member(body) {
			continue
		}
		allowed = append(allowed, body)
		if protected(body) {
			trusted = append(trusted, body)
		}
	}
	satisfies := func(set []string) bool { return l.meetsRequirements(r, set) }
	if set := smallest(preferring(first, trusted), satisfies); set != nil {
		return set, nil
	}
	if smallest(allowed, satisfies) != nil {
		return nil, &EndorseError{p.txID, "requires endorsement from organisation(s) that are not in the distribution policy of the private data collection(s); retry specifying trusted endorsing organizations to protect transient data"}
	}
	return nil, &EndorseError{p.txID, "no combination of peers can be derived which satisfy the endorsement policy"}
}

func (l *Ledger) meetsRequirements(r *requirements, bodies []string) bool {
	for in := range r.plain {
		if !satisfied(l.policyOf(in), bodies) {
			return false
		}
	}
	for _, policy := range r.keys {
		if !satisfied(policy, bodies) {
			return false
		}
	}
	return true
}

// policyOf returns the policy of a collection, or else of its chaincode.
func (l *Ledger) policyOf(in space) *common.SignaturePolicyEnvelope {
	if in.collection != "" && !l.faults.noCollectionEP {
		if c, ok := l.collection(in.collection); ok && c.Policy != nil {
			return c.Policy
		}
	}
	return l.policies[in.namespace]
}

// preferring returns the bodies with one moved to the front, if it is there.
func preferring(first string, bodies []string) []string {
	i := slices.Index(bodies, first)
	if i < 0 {
		return bodies
	}
	return append([]string{first}, slices.Delete(slices.Clone(bodies), i, i+1)...)
}

// smallest returns a smallest subset that is good, the earlier elements
// preferred, or nil.
func smallest(elements []string, good func([]string) bool) []string {
	var extend func(set []string, from, size int) []string
	extend = func(set []string, from, size int) []string {
		if size == 0 {
			if good(set) {
				return slices.Clone(set)
			}
			return nil
		}
		for i := from; i <= len(elements)-size; i++ {
			if found := extend(append(set, elements[i]), i+1, size-1); found != nil {
				return found
			}
		}
		return nil
	}
	for size := 1; size <= len(elements); size++ {
		if found := extend(nil, 0, size); found != nil {
			return found
		}
	}
	return nil
}
