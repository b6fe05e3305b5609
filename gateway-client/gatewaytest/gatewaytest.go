// Package gatewaytest lets applications test what they do with the ledger,
// without a network: a real gateway.Client, connected over gRPC with mutual TLS
// to a gateway in the test's own process, which runs the real contracts of notary,
// registry, trail and checkpoint on the in-memory ledger of package ledgertest.
//
// Whatever the client, the contract or Fabric's commit rules refuse is refused
// here too: wrong roles, bad digests, repeated request ids, conflicts between
// concurrent writes. What is missing is other processes: there is no gossip and
// no ordering service, so every submit is a block of its own and nothing is
// ever slow. To see an application meet trouble, use [Network.Kill] and
// [Network.StallOrdering].
//
//	network := gatewaytest.New(t)
//	ctie := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleNotary))
//	record, err := ctie.Notary().Notarise(ctx, request)
package gatewaytest

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/internal/fakegateway"
)

// Option changes the network that New starts.
type Option func(*settings)

type settings struct {
	bodies     []string
	chaincodes []ledgertest.Option
}

// WithBodies names the MSP IDs of the channel's bodies. Default: the four
// founding bodies, CTIEMSP, SIGIMSP, MinDigitalMSP and CourDesComptesMSP.
func WithBodies(mspIDs ...string) Option {
	return func(s *settings) { s.bodies = mspIDs }
}

// WithChaincode deploys another chaincode beside the suite's, such as a body's
// own, for Client.Contract.
func WithChaincode(name string, chaincode shim.Chaincode) Option {
	return func(s *settings) { s.chaincodes = append(s.chaincodes, ledgertest.WithChaincode(name, chaincode)) }
}

// Network is a channel with one peer for each body. It is safe for concurrent
// use and ends with the test.
type Network struct {
	tb        ledgertest.TB
	ledger    *ledgertest.Ledger
	pki       *fakegateway.PKI
	service   *service
	mu        sync.Mutex
	endpoints map[string]*fakegateway.Endpoint
}

// New starts a network with the notary, the registry, the trails and the checkpoints on it.
func New(tb ledgertest.TB, options ...Option) *Network {
	tb.Helper()
	s := settings{bodies: []string{"CTIEMSP", "SIGIMSP", "MinDigitalMSP", "CourDesComptesMSP"}}
	for _, option := range options {
		option(&s)
	}
	protection, err := ledger.NewProtection(s.bodies)
	if err != nil {
		tb.Fatalf("protect the records of %v: %v", s.bodies, err)
	}
	notary, err := contract.NewNotary(protection)
	if err != nil {
		tb.Fatalf("make the notary: %v", err)
	}
	registry, err := contract.NewRegistry(protection)
	if err != nil {
		tb.Fatalf("make the registry: %v", err)
	}
	trail, err := contract.NewTrail(protection)
	if err != nil {
		tb.Fatalf("make the trails: %v", err)
	}
	checkpoint, err := contract.NewCheckpoint(protection)
	if err != nil {
		tb.Fatalf("make the checkpoints: %v", err)
	}
	l := ledgertest.New(tb, chaincodeOf(tb, "notary", notary), append(s.chaincodes, ledgertest.WithName("notary"),
		ledgertest.WithChaincode("registry", chaincodeOf(tb, "registry", registry)),
		ledgertest.WithChaincode("trail", chaincodeOf(tb, "trail", trail)),
		ledgertest.WithChaincode("checkpoint", chaincodeOf(tb, "checkpoint", checkpoint)), ledgertest.WithBodies(s.bodies...))...)
	return &Network{
		tb: tb, ledger: l, pki: fakegateway.NewPKI(tb),
		service:   &service{ledger: l, clients: map[string]*ledgertest.Client{}, endorsed: map[string]*ledgertest.Transaction{}, changed: make(chan struct{})},
		endpoints: map[string]*fakegateway.Endpoint{},
	}
}

func chaincodeOf(tb ledgertest.TB, name string, c contractapi.ContractInterface) shim.Chaincode {
	tb.Helper()
	chaincode, err := contract.NewChaincode(name, c)
	if err != nil {
		tb.Fatalf("make the chaincode %s: %v", name, err)
	}
	return chaincode
}

// Ledger is what the network runs on, to look at blocks, state and events.
func (n *Network) Ledger() *ledgertest.Ledger { return n.ledger }

// ClientOption describes the user that Client connects as.
type ClientOption func(*user)

type user struct {
	roles   []string
	admin   bool
	origin  string
	options []gateway.Option
}

// WithRole puts a role, such as contract.RoleNotary, into the user's
// certificate. A user without roles is a reader.
func WithRole(role string) ClientOption {
	return func(u *user) { u.roles = append(u.roles, role) }
}

// AsAdmin makes the user an administrator of the body.
func AsAdmin() ClientOption {
	return func(u *user) { u.admin = true }
}

// WithOrigin puts the origin of the channel's ledger log into the user's profile, so that
// notarisations name the latest checkpoint.
func WithOrigin(origin string) ClientOption {
	return func(u *user) { u.origin = origin }
}

// WithOptions connects with options, after the defaults: timeouts and retries
// that are short enough for tests.
func WithOptions(options ...gateway.Option) ClientOption {
	return func(u *user) { u.options = append(u.options, options...) }
}

// Client connects as a user of a body. The client is closed with the test.
func (n *Network) Client(mspID string, options ...ClientOption) *gateway.Client {
	n.tb.Helper()
	var u user
	for _, option := range options {
		option(&u)
	}
	kind := "user"
	if u.admin {
		kind = "admin"
	}
	name := strings.Join(append([]string{kind}, u.roles...), "+")
	identity := []ledgertest.IdentityOption{ledgertest.WithUser(name)}
	if u.admin {
		identity = append(identity, ledgertest.WithNodeOU("admin"))
	}
	for _, role := range u.roles {
		identity = append(identity, ledgertest.WithAttribute(role, "true"))
	}
	holder := n.ledger.Client(mspID, identity...)
	creator, err := holder.Creator()
	if err != nil {
		n.tb.Fatalf("make an identity of %s: %v", mspID, err)
	}
	n.service.enrol(creator, holder)

	var serialized msp.SerializedIdentity
	if err := proto.Unmarshal(creator, &serialized); err != nil {
		n.tb.Fatalf("decode the identity of %s: %v", mspID, err)
	}
	certificate := n.pki.Write(mspID+"-"+name+".pem", serialized.GetIdBytes())
	profile, err := gateway.ParseProfile(n.pki.Profile(mspID, certificate, "", n.endpoint(mspID)), n.pki.Dir())
	if err != nil {
		n.tb.Fatalf("make a profile of %s: %v", mspID, err)
	}
	profile.Origin = u.origin
	quick := []gateway.Option{
		gateway.WithSigner(holder.Signer()),
		gateway.WithTimeouts(gateway.Timeouts{
			Evaluate: 5 * time.Second, Endorse: 5 * time.Second, Submit: 5 * time.Second,
			Commit: time.Second, Grace: 50 * time.Millisecond,
		}),
		gateway.WithRetry(gateway.Retry{
			Conflicts: 100, Interval: time.Millisecond, MaxInterval: 20 * time.Millisecond, MaxElapsed: 10 * time.Second,
		}),
	}
	client, err := gateway.Connect(context.Background(), profile, append(quick, u.options...)...)
	if err != nil {
		n.tb.Fatalf("connect to %s: %v", mspID, err)
	}
	n.tb.Cleanup(func() {
		if err := client.Close(); err != nil {
			n.tb.Fatalf("close the client of %s: %v", mspID, err)
		}
	})
	return client
}

// Kill ends a body's peer as kill -9 would: its clients' requests fail with
// gateway.ErrUnavailable once they have waited long enough for its return.
func (n *Network) Kill(mspID string) { n.endpoint(mspID).Kill() }

// Restart starts a killed peer again.
func (n *Network) Restart(mspID string) {
	n.tb.Helper()
	n.endpoint(mspID).Restart()
}

// StallOrdering lets every submitted transaction wait, as an ordering service
// without a leader does: writes fail with gateway.ErrOutcomeUnknown once their
// time is up, and may be committed later all the same.
func (n *Network) StallOrdering() { n.service.stall() }

// ResumeOrdering commits what has waited since StallOrdering, in the order of
// its submission, one block each.
func (n *Network) ResumeOrdering() { n.service.resume() }

// endpoint starts the body's peer when it is first asked for.
func (n *Network) endpoint(mspID string) *fakegateway.Endpoint {
	n.tb.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.endpoints[mspID] == nil {
		n.endpoints[mspID] = fakegateway.Start(n.tb, n.pki, n.service)
	}
	return n.endpoints[mspID]
}
