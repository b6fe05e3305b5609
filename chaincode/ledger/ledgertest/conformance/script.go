package conformance

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance/scripted"
)

// Validation codes as the cases call them.
const (
	valid            = peer.TxValidationCode_VALID
	mvccConflict     = peer.TxValidationCode_MVCC_READ_CONFLICT
	phantomConflict  = peer.TxValidationCode_PHANTOM_READ_CONFLICT
	policyNotMet     = peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE
	implicitPrefix   = "_implicit_org_"
	attributeNotary  = "psbc.notary"
	statusOK         = 200
	statusChaincode  = 500
	multipleGetLimit = 1000 // peers' maxSizeGetMultipleKeys; also of write batches
)

// script is a running case: three bodies and a name space of its own.
type script struct {
	require.TestingT
	ctx     context.Context
	ledger  Ledger
	prefix  string
	a, b, c string
}

// key returns a key that no other case or run uses.
func (s *script) key(name string) []byte { return []byte(s.prefix + name) }

// run is a call that is being prepared.
type run struct {
	script *script
	call   Call
}

// as begins a call by the notary of a body.
func (s *script) as(body string) *run {
	return &run{s, Call{Body: body, User: UserNotary, Function: scripted.Function}}
}

func (r *run) user(name string) *run { r.call.User = name; return r }

func (r *run) transient(name string, value []byte) *run {
	r.call.Transient = map[string][]byte{name: value}
	return r
}

// at names the endorsers.
func (r *run) at(bodies ...string) *run { r.call.EndorsedBy = bodies; return r }

func (r *run) with(ops []scripted.Op) Call {
	argument, err := json.Marshal(ops)
	require.NoError(r.script, err)
	call := r.call
	call.Argument = string(argument)
	return call
}

func (s *script) decode(payload []byte) []scripted.Result {
	var results []scripted.Result
	require.NoError(s, json.Unmarshal(payload, &results))
	return results
}

// evaluate returns the operations' results.
func (r *run) evaluate(ops ...scripted.Op) []scripted.Result {
	payload, err := r.script.ledger.Evaluate(r.script.ctx, r.with(ops))
	require.NoError(r.script, err)
	return r.script.decode(payload)
}

// endorse returns an endorsed transaction whose operations all went well.
func (r *run) endorse(ops ...scripted.Op) Endorsed {
	tx, err := r.script.ledger.Endorse(r.script.ctx, r.with(ops))
	require.NoError(r.script, err)
	for i, result := range r.script.decode(tx.Result()) {
		require.Empty(r.script, result.Error, "operation %d of %v", i, ops)
	}
	return tx
}

// submit commits the operations and returns their results.
func (r *run) submit(ops ...scripted.Op) []scripted.Result {
	tx := r.endorse(ops...)
	r.script.commit(valid, tx)
	return r.script.decode(tx.Result())
}

// endorseError returns why the endorsement failed.
func (r *run) endorseError(ops ...scripted.Op) error {
	_, err := r.script.ledger.Endorse(r.script.ctx, r.with(ops))
	require.Error(r.script, err)
	return err
}

// commit commits one transaction and expects the code.
func (s *script) commit(want peer.TxValidationCode, tx Endorsed) Outcome {
	outcomes := s.commitAll(tx)
	require.Equal(s, want.String(), outcomes[0].Code.String())
	return outcomes[0]
}

func (s *script) commitAll(txs ...Endorsed) []Outcome {
	outcomes, err := s.ledger.Commit(s.ctx, txs...)
	require.NoError(s, err)
	require.Len(s, outcomes, len(txs))
	return outcomes
}

// value returns the public value of a key at a body's peer.
func (s *script) value(body string, key []byte) []byte {
	return s.as(body).evaluate(get(key))[0].Value
}

// refused asserts the chaincode's answer.
func (s *script) refused(err error, status int32, message string) {
	var refused *ChaincodeError
	require.ErrorAs(s, err, &refused)
	require.Equal(s, ChaincodeError{status, message}, *refused)
}

func put(key []byte, value string) scripted.Op {
	return scripted.Op{Kind: scripted.Put, Key: key, Value: []byte(value)}
}

func putMany(prefix []byte, count int) scripted.Op {
	return scripted.Op{Kind: scripted.PutMany, Key: prefix, Count: count, Value: []byte("v")}
}

func get(key []byte) scripted.Op { return scripted.Op{Kind: scripted.Get, Key: key} }

func getMultiple(keys ...[]byte) scripted.Op {
	return scripted.Op{Kind: scripted.GetMultiple, Keys: keys}
}

func del(key []byte) scripted.Op { return scripted.Op{Kind: scripted.Delete, Key: key} }

func within(start, end []byte) scripted.Op {
	return scripted.Op{Kind: scripted.Range, Start: start, End: end}
}

// all is the range of the keys that begin with the prefix. It must not be empty
// or end in 0xff.
func all(prefix []byte) scripted.Op { return within(prefix, after(prefix)) }

// after is the first key behind those with the prefix.
func after(prefix []byte) []byte {
	end := append([]byte{}, prefix...)
	end[len(end)-1]++
	return end
}

func page(start, end []byte, size int32, bookmark []byte) scripted.Op {
	return scripted.Op{Kind: scripted.RangePage, Start: start, End: end, Size: size, Bookmark: bookmark}
}

func makeKey(kind string, attributes ...string) scripted.Op {
	return scripted.Op{Kind: scripted.MakeKey, Type: kind, Attributes: raw(attributes)}
}

func partial(kind string, attributes ...string) scripted.Op {
	return scripted.Op{Kind: scripted.Partial, Type: kind, Attributes: raw(attributes)}
}

func history(key []byte) scripted.Op { return scripted.Op{Kind: scripted.History, Key: key} }

func setPolicy(key []byte, policy []byte) scripted.Op {
	return scripted.Op{Kind: scripted.SetPolicy, Key: key, Value: policy}
}

func getPolicy(key []byte) scripted.Op { return scripted.Op{Kind: scripted.GetPolicy, Key: key} }

func event(name, payload string) scripted.Op {
	return scripted.Op{Kind: scripted.Event, Type: name, Value: []byte(payload)}
}

func respond(status int32, message string) scripted.Op {
	return scripted.Op{Kind: scripted.Respond, Status: status, Message: message}
}

func do(kind scripted.Kind) scripted.Op { return scripted.Op{Kind: kind} }

// in moves an operation to a collection.
func in(collection string, op scripted.Op) scripted.Op {
	op.Collection = collection
	return op
}

// implicit is the private collection of a body.
func implicit(body string) string { return implicitPrefix + body }

func hash(collection string, key []byte) scripted.Op {
	return scripted.Op{Kind: scripted.Hash, Collection: collection, Key: key}
}

func purge(collection string, key []byte) scripted.Op {
	return scripted.Op{Kind: scripted.Purge, Collection: collection, Key: key}
}

func raw(values []string) [][]byte {
	out := make([][]byte, len(values))
	for i, v := range values {
		out[i] = []byte(v)
	}
	return out
}

// compositeKey is what the stub makes: U+0000, then each part with U+0000.
func compositeKey(parts ...string) []byte {
	key := []byte{0}
	for _, part := range parts {
		key = append(append(key, part...), 0)
	}
	return key
}

// pairs lists keys, and values, of results as text.
func pairs(r scripted.Result) []string {
	list := []string{}
	for _, p := range r.Pairs {
		list = append(list, string(p.Key)+"="+string(p.Value))
	}
	return list
}

// peersOf is the marshalled policy that asks for n of the bodies' peers.
func (s *script) peersOf(n int32, bodies ...string) []byte {
	gate := &common.SignaturePolicy_NOutOf{N: n}
	policy := &common.SignaturePolicyEnvelope{
		Rule: &common.SignaturePolicy{Type: &common.SignaturePolicy_NOutOf_{NOutOf: gate}},
	}
	for i, body := range bodies {
		role, err := proto.Marshal(&msp.MSPRole{MspIdentifier: body, Role: msp.MSPRole_PEER})
		require.NoError(s, err)
		policy.Identities = append(policy.Identities, &msp.MSPPrincipal{
			PrincipalClassification: msp.MSPPrincipal_ROLE, Principal: role,
		})
		gate.Rules = append(gate.Rules, &common.SignaturePolicy{
			Type: &common.SignaturePolicy_SignedBy{SignedBy: int32(i)},
		})
	}
	encoded, err := proto.Marshal(policy)
	require.NoError(s, err)
	return encoded
}

// majority returns the first bodies that make a majority, without some.
func (s *script) majority(without ...string) []string {
	var chosen []string
	bodies := s.ledger.Bodies()
	for _, body := range bodies {
		excluded := false
		for _, w := range without {
			excluded = excluded || w == body
		}
		if !excluded && len(chosen) < len(bodies)/2+1 {
			chosen = append(chosen, body)
		}
	}
	require.Len(s, chosen, len(bodies)/2+1, "a majority of "+strconv.Itoa(len(bodies)))
	return chosen
}
