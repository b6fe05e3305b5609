package ledgertest

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
)

// Defaults of a [Ledger].
const (
	DefaultChannel         = "psbc"
	DefaultChaincode       = "chaincode"
	DefaultTotalQueryLimit = 100_000 // Fabric's ledger.state.totalQueryLimit
)

// defaultBodies are the founding bodies of the suite's network.
func defaultBodies() []string {
	return []string{"CTIEMSP", "SIGIMSP", "MinDigitalMSP", "CourDesComptesMSP"}
}

// TB is the part of testing.TB that a ledger needs. *testing.T, *testing.B,
// *testing.F and *rapid.T have it.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Ledger is one channel with one peer for each body. It is safe for concurrent
// use.
type Ledger struct {
	channel         string
	chaincode       string
	bodies          []string
	totalQueryLimit int32
	chaincodes      map[string]shim.Chaincode
	policies        map[string]*common.SignaturePolicyEnvelope // by chaincode
	collections     map[string]Collection                      // explicit ones, by name
	faults          faults

	authorities authorities
	nodes       map[nodeID]*node

	clock clock

	mu        sync.RWMutex // a simulation holds it for reading, a commit for writing
	state     *state
	blocks    []*block
	committed map[string]bool // transaction ids that are in a block, valid or not
}

// nodeID names one running chaincode: every body runs every chaincode.
type nodeID struct{ body, chaincode string }

// faults break the ledger on purpose, so that the conformance suite can be
// shown to notice. Only this package's tests set them.
type faults struct {
	readYourWrites  bool
	noMVCC          bool
	noPhantomCheck  bool
	noKeyLevel      bool
	noCollectionEP  bool
	bookmarkOff     bool
	oldestFirst     bool
	purgeKeepsHash  bool
	readAtAnyPeer   bool
	eventsOfInvalid bool
	rangeEndIncl    bool
	keepEmptyValues bool
	pagedWrites     bool
}

// Option configures a [Ledger].
type Option func(*Ledger)

// WithBodies names the MSP IDs of the channel's bodies, in the order in which
// the ledger prefers them as endorsers. Default: CTIEMSP, SIGIMSP,
// MinDigitalMSP, CourDesComptesMSP.
func WithBodies(mspIDs ...string) Option {
	return func(l *Ledger) { l.bodies = slices.Clone(mspIDs) }
}

// WithChannel names the channel. Default: [DefaultChannel].
func WithChannel(name string) Option { return func(l *Ledger) { l.channel = name } }

// WithName names the chaincode under test. Default: [DefaultChaincode].
func WithName(name string) Option { return func(l *Ledger) { l.chaincode = name } }

// WithPolicy sets the endorsement policy of the chaincode under test.
// Default: a majority of the bodies.
func WithPolicy(policy *common.SignaturePolicyEnvelope) Option {
	return func(l *Ledger) { l.policies[""] = policy }
}

// WithCollection defines an explicit private data collection.
func WithCollection(c Collection) Option {
	return func(l *Ledger) { l.collections[c.Name] = c }
}

// WithChaincode deploys another chaincode on the channel, for chaincode that
// calls chaincode. It has its own keys, and a majority of the bodies endorses.
func WithChaincode(name string, cc shim.Chaincode) Option {
	return func(l *Ledger) { l.chaincodes[name] = cc }
}

// WithTotalQueryLimit sets the number of results after which the peer cuts any
// query off, silently. Default: [DefaultTotalQueryLimit].
func WithTotalQueryLimit(n int32) Option { return func(l *Ledger) { l.totalQueryLimit = n } }

// New starts a ledger that runs the chaincode at every body's peer. It fails
// the test if the options make no sense, and stops with the test.
func New(tb TB, cc shim.Chaincode, options ...Option) *Ledger {
	tb.Helper()
	l, err := newLedger(cc, options...)
	if err != nil {
		tb.Fatalf("ledgertest: %v", err)
		return nil
	}
	tb.Cleanup(l.stop)
	return l
}

func newLedger(cc shim.Chaincode, options ...Option) (*Ledger, error) {
	l := &Ledger{
		channel:         DefaultChannel,
		chaincode:       DefaultChaincode,
		bodies:          defaultBodies(),
		totalQueryLimit: DefaultTotalQueryLimit,
		chaincodes:      map[string]shim.Chaincode{},
		policies:        map[string]*common.SignaturePolicyEnvelope{},
		collections:     map[string]Collection{},
		nodes:           map[nodeID]*node{},
		clock:           clock{next: time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)},
		committed:       map[string]bool{},
	}
	for _, option := range options {
		option(l)
	}
	if err := l.check(cc); err != nil {
		return nil, err
	}
	if policy, ok := l.policies[""]; ok {
		l.policies[l.chaincode] = policy
		delete(l.policies, "")
	}
	l.chaincodes[l.chaincode] = cc
	majority := OutOf(len(l.bodies)/2+1, l.bodies...)
	for name := range l.chaincodes {
		if l.policies[name] == nil {
			l.policies[name] = majority
		}
	}
	l.state = newState(l.bodies)
	l.blocks = []*block{{}} // block 0 holds a channel's configuration; here it is empty
	l.start()
	return l, nil
}

func (l *Ledger) check(cc shim.Chaincode) error {
	switch {
	case cc == nil:
		return fmt.Errorf("the chaincode is nil")
	case len(l.bodies) == 0:
		return fmt.Errorf("a channel needs a body")
	case l.chaincodes[l.chaincode] != nil:
		return fmt.Errorf("two chaincodes are called %q", l.chaincode)
	}
	seen := map[string]bool{}
	for _, body := range l.bodies {
		if body == "" || seen[body] {
			return fmt.Errorf("body %q is empty or named twice", body)
		}
		seen[body] = true
	}
	for _, c := range l.collections {
		for _, member := range c.Members {
			if !seen[member] {
				return fmt.Errorf("collection %s: member %q is not a body of the channel", c.Name, member)
			}
		}
	}
	return nil
}

func (l *Ledger) start() {
	for name, cc := range l.chaincodes {
		for _, body := range l.bodies {
			id := nodeID{body, name}
			l.nodes[id] = startNode(l, id, cc)
		}
	}
}

func (l *Ledger) stop() {
	for _, n := range l.nodes {
		n.stop()
	}
}

// Bodies returns the MSP IDs of the channel's bodies.
func (l *Ledger) Bodies() []string { return slices.Clone(l.bodies) }

// clock gives each proposal a time one second after the last.
type clock struct {
	mu    sync.Mutex
	next  time.Time
	nonce uint64
}

// tick returns the time and the number of the next proposal.
func (c *clock) tick() (time.Time, uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.next
	c.next = c.next.Add(time.Second)
	c.nonce++
	return now, c.nonce
}
