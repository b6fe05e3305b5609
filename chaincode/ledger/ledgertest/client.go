package ledgertest

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

// Client calls the chaincode as one identity of one body. The zero value is of
// no use; see [Ledger.Client].
type Client struct {
	ledger   *Ledger
	identity *identity
	err      error // from making the identity; reported by the first call
	call     call
}

// call is how a function is called.
type call struct {
	transient  map[string][]byte
	at         time.Time
	endorsedBy []string
	chaincode  string
	nonce      []byte
}

// CallOption changes how a [Client] calls functions; see [Client.With].
type CallOption func(*call)

// Transient sends data along with the proposal that does not become part of the
// transaction.
func Transient(data map[string][]byte) CallOption {
	return func(c *call) { c.transient = maps.Clone(data) }
}

// At sets the time that the proposal claims, which the chaincode reads as the
// transaction timestamp. Default: one second after the ledger's last proposal,
// beginning with 2026-01-01T00:00:00Z.
func At(t time.Time) CallOption { return func(c *call) { c.at = t } }

// EndorsedBy names the bodies whose peers endorse, instead of a smallest set
// that satisfies the policies; an evaluation runs at the first of them, instead
// of the caller's own body's peer.
func EndorsedBy(mspIDs ...string) CallOption {
	return func(c *call) { c.endorsedBy = slices.Clone(mspIDs) }
}

// Calling names the chaincode to call; see [WithChaincode]. Default: the
// chaincode under test.
func Calling(chaincode string) CallOption { return func(c *call) { c.chaincode = chaincode } }

// Nonce fixes the nonce, and with it the transaction id: a client that repeats
// a nonce repeats a transaction id. Default: a new one for each call.
func Nonce(nonce []byte) CallOption { return func(c *call) { c.nonce = slices.Clone(nonce) } }

// Client returns a client with an identity of the body. The same body and
// options always give the same certificate. A body that is not of the channel
// gets its identity too; peers then deny it access.
func (l *Ledger) Client(mspID string, options ...IdentityOption) *Client {
	p := profile{name: "user", unit: "client", attributes: map[string]string{}}
	for _, option := range options {
		option(&p)
	}
	id, err := l.authorities.issue(mspID, p)
	return &Client{ledger: l, identity: id, err: err, call: call{chaincode: l.chaincode}}
}

// With returns a client of the same identity that calls with the options.
func (c *Client) With(options ...CallOption) *Client {
	with := *c
	for _, option := range options {
		option(&with.call)
	}
	return &with
}

// Body returns the MSP ID of the client's body.
func (c *Client) Body() string {
	if c.identity == nil {
		return ""
	}
	return c.identity.mspID
}

// Creator returns the serialised identity (msp.SerializedIdentity) that the
// chaincode sees.
func (c *Client) Creator() ([]byte, error) {
	if c.err != nil {
		return nil, c.err
	}
	return slices.Clone(c.identity.serialized), nil
}

// Result is a committed transaction.
type Result struct {
	TransactionID string
	Payload       []byte
	Block         uint64
}

// Submit endorses the function and commits it in a block of its own.
//
// Errors: [*ChaincodeError], [*EndorseError], [*CommitError].
func (c *Client) Submit(function string, args ...string) (*Result, error) {
	tx, err := c.Endorse(function, args...)
	if err != nil {
		return nil, err
	}
	block, codes := c.ledger.commit([]*Transaction{tx})
	if codes[0] != peer.TxValidationCode_VALID {
		return nil, &CommitError{TransactionID: tx.ID, Code: codes[0]}
	}
	return &Result{TransactionID: tx.ID, Payload: slices.Clone(tx.Payload), Block: block}, nil
}

// Evaluate runs the function at one peer and returns its payload. Nothing is
// written.
//
// Errors: [*ChaincodeError], [*EndorseError].
func (c *Client) Evaluate(function string, args ...string) ([]byte, error) {
	p, err := c.propose(function, args)
	if err != nil {
		return nil, err
	}
	answer, err := c.ledger.simulate(c.targets(p)[0], p)
	if err != nil {
		return nil, err
	}
	return slices.Clone(answer.response.GetPayload()), nil
}

// targets are the endorsers that the call names, or the one that is asked first.
func (c *Client) targets(p *proposal) []string {
	switch {
	case len(c.call.endorsedBy) > 0:
		return c.call.endorsedBy
	case slices.Contains(c.ledger.bodies, p.creator.mspID):
		return []string{p.creator.mspID}
	default:
		return c.ledger.bodies[:1]
	}
}

// nonce returns the nonce of the n-th proposal.
func nonce(n uint64) []byte {
	digest := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("psbc ledgertest nonce "), n))
	return digest[:24] // as many bytes as Fabric's clients use
}
