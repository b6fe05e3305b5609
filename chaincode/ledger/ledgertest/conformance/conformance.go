// Package conformance states how a Fabric ledger behaves towards chaincode, as
// one suite of cases that runs against any [Ledger]: the in-memory one of package
// ledgertest, and a real network. What holds on both can be relied upon in unit
// tests.
//
// The ledger must run the chaincode of package scripted under an
// endorsement policy of MAJORITY, and have at least three bodies. It may hold
// anything else: each run of the suite uses keys of its own.
//
// Some cases write to a body's private collection without that body. A peer then
// looks for private data that nobody has, for 60 s by default, before it commits
// the block. A network should not do so in any case, or each body can stall every
// other: set peer.gossip.pvtData.pullRetryThreshold to a second or less, and
// skipPullingInvalidTransactionsDuringCommit.
package conformance

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
)

// caseTimeout bounds one case. On a network a transaction takes 60 ms, and no
// case needs a dozen of them.
const caseTimeout = time.Minute

// The users of a body by whom the suite calls.
const (
	UserNotary = "notary" // has the attribute psbc.notary=true
	UserReader = "reader" // has no attribute
)

// Ledger is what the suite runs against.
type Ledger interface {
	// Bodies returns the MSP IDs of the channel's bodies.
	Bodies() []string
	// Endorse obtains endorsements without ordering anything. It returns a
	// [*ChaincodeError] if the chaincode refused.
	Endorse(ctx context.Context, call Call) (Endorsed, error)
	// Evaluate runs the function at the first endorser that the call names, or
	// else at a peer of the caller's body. It returns a [*ChaincodeError] if the
	// chaincode refused.
	Evaluate(ctx context.Context, call Call) ([]byte, error)
	// Commit orders transactions at the same time, in one block if the ledger
	// can. When it returns, every body's peer has committed them.
	Commit(ctx context.Context, txs ...Endorsed) ([]Outcome, error)
	// Events returns the chaincode events from a block on, up to and including
	// the one of the transaction.
	Events(ctx context.Context, fromBlock uint64, lastTransactionID string) ([]Event, error)
}

// Call is a call of the conformance chaincode.
type Call struct {
	Body       string // MSP ID
	User       string // UserNotary or UserReader
	Function   string
	Argument   string
	Transient  map[string][]byte
	EndorsedBy []string // MSP IDs; nil for what the policies ask for
}

// Endorsed is a transaction that can be committed by the ledger that made it.
type Endorsed interface {
	TransactionID() string
	Result() []byte
}

// Outcome is what became of a transaction.
type Outcome struct {
	Code  peer.TxValidationCode
	Block uint64
}

// Event is a chaincode event.
type Event struct {
	TransactionID string
	Name          string
	Payload       []byte
}

// ChaincodeError is a response of the chaincode with a status of 400 or more.
type ChaincodeError struct {
	Status  int32
	Message string
}

func (e *ChaincodeError) Error() string {
	return fmt.Sprintf("chaincode response %d, %s", e.Status, e.Message)
}

// Case is one behaviour.
type Case struct {
	Name string
	run  func(*script)
}

// Run runs the case. It fails t, once, if the ledger does not behave so.
func (c Case) Run(ctx context.Context, t require.TestingT, ledger Ledger) {
	ctx, cancel := context.WithTimeout(ctx, caseTimeout)
	defer cancel()
	bodies := ledger.Bodies()
	require.GreaterOrEqual(t, len(bodies), 3, "the suite needs three bodies")
	c.run(&script{TestingT: t, ctx: ctx, ledger: ledger, prefix: rand.Text() + "/", a: bodies[0], b: bodies[1], c: bodies[2]})
}

// Run runs every case as a subtest, in parallel: cases do not share keys.
func Run(t *testing.T, ledger Ledger) {
	t.Run("conformance", func(t *testing.T) {
		for _, c := range Cases() {
			t.Run(c.Name, func(t *testing.T) {
				t.Parallel()
				c.Run(t.Context(), t, ledger)
			})
		}
	})
}

// Cases returns the suite.
func Cases() []Case {
	var all []Case
	for _, group := range [][]Case{
		stateCases(), keyCases(), rangeCases(), pageCases(), batchCases(), historyCases(),
		privateCases(), callCases(), conflictCases(), phantomCases(), endorsementCases(), eventCases(),
	} {
		all = append(all, group...)
	}
	return all
}
