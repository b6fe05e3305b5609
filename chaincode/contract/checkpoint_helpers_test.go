package contract_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"filippo.io/mldsa"
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// logOrigin is the ledger log that the tests cosign.
const logOrigin = "psbc.lu/psbc/0123456789abcdef"

func newCheckpointChaincode(t testing.TB) shim.Chaincode {
	t.Helper()
	protection, err := ledger.NewProtection(bodies())
	require.NoError(t, err)
	c, err := contract.NewCheckpoint(protection)
	require.NoError(t, err)
	chaincode, err := contract.NewChaincode("checkpoint", c)
	require.NoError(t, err)
	return chaincode
}

// newKeylessCheckpoints is a ledger with the checkpoints' contract on it, and no key yet.
func newKeylessCheckpoints(t testing.TB) *world {
	t.Helper()
	return &world{ledgertest.New(t, newCheckpointChaincode(t), ledgertest.WithBodies(bodies()...)), t}
}

// newCheckpoints is a ledger on which every body has registered a key of either algorithm.
func newCheckpoints(t testing.TB) *world {
	t.Helper()
	w := newKeylessCheckpoints(t)
	w.registerKeys()
	return w
}

func (w *world) registerKeys() {
	w.t.Helper()
	for _, body := range bodies() {
		for _, algorithm := range []tlog.Algorithm{tlog.Ed25519, tlog.MLDSA44} {
			answer[checkpoint.WitnessKey](w.administrator(body), "RegisterKey", registerKey(w.t, signerOf(body, algorithm)))
		}
	}
}

// administrator is an administrator of the body.
func (w *world) administrator(body string) *user {
	return &user{w, w.Client(body, ledgertest.WithUser("admin"), ledgertest.WithNodeOU("admin"))}
}

// witness is the user of the body that its witness submits as.
func (w *world) witness(body string) *user {
	return &user{w, w.Client(body, ledgertest.WithUser("witness"), ledgertest.WithAttribute(contract.RoleWitness, "true"))}
}

// signer is a private key of a witness, which depends on its label only.
type signer struct {
	name, label string
	algorithm   tlog.Algorithm
}

func signerOf(body string, algorithm tlog.Algorithm, label ...string) signer {
	return signer{tlog.WitnessName(logOrigin, body), fmt.Sprint(body, label), algorithm}
}

func (s signer) seed() []byte {
	seed := sha256.Sum256([]byte(s.label))
	return seed[:]
}

func (s signer) mldsa(t require.TestingT) *mldsa.PrivateKey {
	private, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), s.seed())
	require.NoError(t, err)
	return private
}

func (s signer) public(t require.TestingT) []byte {
	if s.algorithm == tlog.MLDSA44 {
		return s.mldsa(t).PublicKey().Bytes()
	}
	return ed25519.NewKeyFromSeed(s.seed()).Public().(ed25519.PublicKey)
}

func (s signer) key(t require.TestingT) tlog.Key {
	k, err := tlog.NewKey(s.name, s.algorithm, s.public(t))
	require.NoError(t, err)
	return k
}

func (s signer) id(t require.TestingT) string { return fmt.Sprintf("%08x", s.key(t).ID) }

// sign cosigns a checkpoint at a time.
func (s signer) sign(t require.TestingT, c tlog.Checkpoint, at time.Time) tlog.Cosignature {
	seconds := uint64(at.Unix())
	signature := ed25519.Sign(ed25519.NewKeyFromSeed(s.seed()), tlog.Ed25519Message(c, seconds))
	if s.algorithm == tlog.MLDSA44 {
		message, err := tlog.MLDSA44Message(s.name, c, seconds)
		require.NoError(t, err)
		signature, err = s.mldsa(t).Sign(nil, message, nil)
		require.NoError(t, err)
	}
	return tlog.Cosignature{Name: s.name, KeyID: s.key(t).ID, Time: seconds, Signature: signature}
}

func registerKey(t require.TestingT, s signer) checkpoint.RegisterKeyRequest {
	return checkpoint.RegisterKeyRequest{RequestID: id("register-" + s.id(t)), Key: s.key(t).String()}
}

// head is a size of the log, and a root that is that of the log or, by another name, not.
func head(size uint64, root string) tlog.Checkpoint {
	return tlog.Checkpoint{Origin: logOrigin, Size: size, Root: sha256.Sum256(fmt.Append(nil, root, size))}
}

func rootOf(size uint64, root string) string { return head(size, root).Root.String() }

// soon is a time at which all keys of newCheckpoints count.
func soon() time.Time { return time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC) }

// cosignOf is what the body says of a size, with the keys of newCheckpoints.
func cosignOf(t require.TestingT, body string, size uint64, root string) checkpoint.CosignRequest {
	return cosignWith(t, soon(), size, root, signerOf(body, tlog.Ed25519), signerOf(body, tlog.MLDSA44))
}

func cosignWith(t require.TestingT, at time.Time, size uint64, root string, signers ...signer) checkpoint.CosignRequest {
	c := head(size, root)
	lines := make([]tlog.Cosignature, len(signers))
	for i, s := range signers {
		lines[i] = s.sign(t, c, at)
	}
	return checkpoint.NewCosignRequest(c, size/10, lines...)
}

// cosigned submits what the body says of a size.
func (w *world) cosigned(body string, size uint64, root string) checkpoint.Cosigned {
	w.t.Helper()
	return answer[checkpoint.Cosigned](w.witness(body).at(soon()), "Cosign", cosignOf(w.t, body, size, root))
}

// standings is what all bodies said of a size.
func (w *world) standings(size uint64) []checkpoint.Standing {
	w.t.Helper()
	return shown[checkpoint.Standings](w.reader(ctie).at(soon()), "At", checkpoint.AtRequest{Origin: logOrigin, Size: size}).Items
}

func (w *world) latest() (s checkpoint.Standing, err error) {
	err = w.reader(ctie).at(soon()).evaluate("Latest", checkpoint.LatestRequest{Origin: logOrigin}, &s)
	return s, err
}

func (w *world) policyFile(r checkpoint.PolicyRequest) checkpoint.PolicyFile {
	w.t.Helper()
	r.Origin = logOrigin
	return shown[checkpoint.PolicyFile](w.reader(ctie).at(soon()), "Policy", r)
}

// bodiesOf are the bodies of a standing.
func bodiesOf(s checkpoint.Standing) []string {
	var list []string
	for _, c := range s.Bodies {
		list = append(list, c.Body)
	}
	return list
}

// counted are the witnesses of a policy whose cosignatures on a note count, by name.
func countedIn(t testing.TB, p *tlog.Policy, note string) map[string]bool {
	t.Helper()
	signed, err := tlog.ParseSignedCheckpoint([]byte(note))
	require.NoError(t, err)
	counted := make(map[string]bool)
	for _, w := range p.Witnesses {
		for _, c := range signed.Cosignatures {
			if w.Key.Verify(signed.Checkpoint, c) && c.Time >= w.From && (w.Until == 0 || c.Time < w.Until) {
				counted[w.Name] = true
			}
		}
	}
	return counted
}

// requireCheckpointEvent checks that the last block has one event, and returns it.
func (w *world) requireCheckpointEvent(name string) checkpoint.Event {
	w.t.Helper()
	events := w.Events(w.Height() - 1)
	require.Len(w.t, events, 1)
	require.Equal(w.t, name, events[0].Name)
	event, err := checkpoint.DecodeEvent(events[0].Payload)
	require.NoError(w.t, err)
	return event
}
