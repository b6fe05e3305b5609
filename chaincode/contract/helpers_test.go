package contract_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"math/big"
	"os"
	"testing"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

const (
	ctie, sigi, digital, audit = "CTIEMSP", "SIGIMSP", "MinDigitalMSP", "CourDesComptesMSP"
)

func bodies() []string { return []string{ctie, sigi, digital, audit} }

func newChaincode(t testing.TB) shim.Chaincode {
	t.Helper()
	protection, err := ledger.NewProtection(bodies())
	require.NoError(t, err)
	c, err := contract.NewNotary(protection)
	require.NoError(t, err)
	chaincode, err := contract.NewChaincode("notary", c)
	require.NoError(t, err)
	return chaincode
}

// world is a ledger with the notary on it.
type world struct {
	*ledgertest.Ledger
	t testing.TB
}

func newWorld(t testing.TB, options ...ledgertest.Option) *world {
	t.Helper()
	return &world{ledgertest.New(t, newChaincode(t), append([]ledgertest.Option{ledgertest.WithBodies(bodies()...)}, options...)...), t}
}

// notary is a notary of the body.
func (w *world) notary(body string) *user {
	return &user{w, w.Client(body, ledgertest.WithUser("notary"), ledgertest.WithAttribute(contract.RoleNotary, "true"))}
}

// reader is a member of the body without any role.
func (w *world) reader(body string) *user {
	return &user{w, w.Client(body, ledgertest.WithUser("reader"))}
}

type user struct {
	*world
	client *ledgertest.Client
}

func (u *user) with(options ...ledgertest.CallOption) *user {
	return &user{u.world, u.client.With(options...)}
}

// details sends encoded details along, and asks the own body's peer alone.
func (u *user) details(encoded []byte) *user {
	return u.with(ledgertest.EndorsedBy(u.client.Body()), ledgertest.Transient(map[string][]byte{notary.DetailsTransient: encoded}))
}

func text(t testing.TB, request any) string {
	if s, ok := request.(string); ok {
		return s
	}
	raw, err := json.Marshal(request)
	require.NoError(t, err)
	return string(raw)
}

func (u *user) submit(function string, request any) (*ledgertest.Result, error) {
	return u.client.Submit(function, text(u.t, request))
}

func (u *user) mustSubmit(function string, request any) *ledgertest.Result {
	u.t.Helper()
	result, err := u.submit(function, request)
	require.NoError(u.t, err)
	return result
}

func (u *user) mustEndorse(function string, request any) *ledgertest.Transaction {
	u.t.Helper()
	tx, err := u.client.Endorse(function, text(u.t, request))
	require.NoError(u.t, err)
	return tx
}

// record submits what answers with a record.
func (u *user) record(function string, request any) notary.Notarisation {
	u.t.Helper()
	var n notary.Notarisation
	require.NoError(u.t, json.Unmarshal(u.mustSubmit(function, request).Payload, &n))
	return n
}

func (u *user) evaluate(function string, request, answer any) error {
	payload, err := u.client.Evaluate(function, text(u.t, request))
	if err != nil {
		return err
	}
	return json.Unmarshal(payload, answer)
}

func (u *user) read(name, body string) (n notary.Notarisation, err error) {
	err = u.evaluate("Read", notary.RecordRequest{Digest: digestOf(name), Body: body}, &n)
	return n, err
}

func (u *user) mustRead(name, body string) notary.Notarisation {
	u.t.Helper()
	n, err := u.read(name, body)
	require.NoError(u.t, err)
	return n
}

func digestOf(name string) notary.Digest {
	sum := sha256.Sum256([]byte(name))
	return notary.Digest(fmt.Sprintf("sha2-256:%x", sum))
}

// id makes a request id of a name.
func id(name string) string { return "request-" + name }

func one(name string) notary.NotariseRequest {
	return notary.NotariseRequest{RequestID: id(name), Item: notary.Item{Digest: digestOf(name)}}
}

func batch(name string, n int) notary.BatchRequest {
	r := notary.BatchRequest{RequestID: id(name)}
	for i := range n {
		r.Items = append(r.Items, notary.Item{Digest: digestOf(fmt.Sprint(name, i))})
	}
	return r
}

func revoke(name string) notary.RevokeRequest {
	return notary.RevokeRequest{RequestID: id("revoke-" + name), Digest: digestOf(name), Reason: notary.ReasonWithdrawn}
}

// requireRefused checks that the chaincode refused with the code.
func requireRefused(t testing.TB, code fault.Code, err error) {
	t.Helper()
	var refusal *ledgertest.ChaincodeError
	require.ErrorAs(t, err, &refusal)
	parsed, ok := fault.Parse(refusal.Message)
	require.True(t, ok, "%q does not read CODE: sentence", refusal.Message)
	require.Equal(t, code, parsed.Code, refusal.Message)
}

func requireInvalid(t testing.TB, code peer.TxValidationCode, err error) {
	t.Helper()
	var refusal *ledgertest.CommitError
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, code.String(), refusal.Code.String())
}

// requireNothingWritten runs a call that fails and checks that it left no trace.
func (w *world) requireNothingWritten(call func() error) error {
	w.t.Helper()
	state, height := w.State(), w.Height()
	err := call()
	require.Error(w.t, err)
	require.Equal(w.t, state, w.State())
	var commit *ledgertest.CommitError
	if !errors.As(err, &commit) {
		require.Equal(w.t, height, w.Height())
	}
	return err
}

// serialized is an identity as a peer hands it to chaincode.
func serialized(t testing.TB, pem string) []byte {
	t.Helper()
	raw, err := proto.Marshal(&msp.SerializedIdentity{Mspid: ctie, IdBytes: []byte(pem)})
	require.NoError(t, err)
	return raw
}

// certificate is a self-signed certificate with the text as Fabric CA's attributes.
func certificate(t testing.TB, attributes string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber:    big.NewInt(1),
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4, 5, 6, 7, 8, 1}, Value: []byte(attributes)}},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

var update = flag.Bool("update", false, "rewrite the golden files")

// requireGolden compares JSON with a committed file. Run the test with -update
// after an intended change, and read the difference.
func requireGolden(t testing.TB, path string, got []byte) {
	t.Helper()
	var pretty bytes.Buffer
	require.NoError(t, json.Indent(&pretty, got, "", "  "))
	pretty.WriteByte('\n')
	if *update {
		require.NoError(t, os.WriteFile(path, pretty.Bytes(), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), pretty.String())
}
