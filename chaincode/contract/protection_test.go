package contract_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
)

// altered is the chaincode of bodies that conspire: the notary, and a function
// that writes whatever it is told to.
type altered struct{ shim.Chaincode }

func (a altered) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	function, arguments := stub.GetFunctionAndParameters()
	if function != "overwrite" {
		return a.Chaincode.Invoke(stub)
	}
	if err := stub.PutState(arguments[0], []byte(arguments[1])); err != nil {
		return shim.Error(err.Error())
	}
	return shim.Success(nil)
}

func TestARecordIsProtectedForItsOwner(t *testing.T) {
	w := &world{ledgertest.New(t, altered{newChaincode(t)}, ledgertest.WithBodies(bodies()...)), t}
	w.notary(ctie).mustSubmit("Notarise", one("a"))
	w.notary(ctie).mustSubmit("NotariseBatch", batch("b", 2))
	w.notary(ctie).mustSubmit("Revoke", revoke("a"))
	w.notary(ctie).mustSubmit("AnchorBatch", someBatch(3).anchor("c"))
	w.notary(ctie).mustSubmit("RevokeMember", someBatch(3).revoke(t, 1))

	protected, derived := w.ownedAndDerived("notary.record", "notary.anchor", "notary.member")
	require.Len(t, protected, 5, "3 records, an anchor, a member's revocation")
	require.Len(t, derived, 7, "5 receipts, 2 list entries")
	conspiracy := w.Client(sigi).With(ledgertest.EndorsedBy(sigi, digital, audit))
	for _, key := range protected {
		t.Run(strings.ReplaceAll(key, "\x00", " "), func(t *testing.T) {
			before := w.State()
			_, err := conspiracy.Submit("overwrite", key, "forged")
			requireInvalid(t, peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE, err)
			require.Equal(t, before, w.State())
		})
	}
	t.Run("a majority with the owner may change it", func(t *testing.T) {
		_, err := w.Client(sigi).With(ledgertest.EndorsedBy(ctie, digital, audit)).Submit("overwrite", protected[0], "agreed")
		require.NoError(t, err)
	})
	t.Run("what is derived needs a majority", func(t *testing.T) {
		for _, key := range derived {
			_, err := w.Client(sigi).With(ledgertest.EndorsedBy(sigi, ctie)).Submit("overwrite", key, "forged")
			requireInvalid(t, peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE, err)
			_, err = conspiracy.Submit("overwrite", key, "agreed")
			require.NoError(t, err)
		}
	})
}

// ownedAndDerived sorts the keys of the state into those of the named types, which are
// a body's own, and the rest.
func (w *world) ownedAndDerived(types ...string) (owned, derived []string) {
	for _, key := range slices.Sorted(maps.Keys(w.State())) {
		if slices.Contains(types, strings.Split(key, "\x00")[1]) {
			owned = append(owned, key)
		} else {
			derived = append(derived, key)
		}
	}
	return owned, derived
}

// What the functions are called, and what they take, is the public interface. A
// change of the golden file is a change of that interface.
func TestTheMetadataAreThoseOfTheGoldenFile(t *testing.T) {
	w := newWorld(t)
	payload, err := w.Client(ctie).Evaluate("org.hyperledger.fabric:GetMetadata")
	require.NoError(t, err)
	requireGolden(t, "testdata/notary-metadata.json", payload)
}

func TestOnlyTheFunctionsOfTheInterfaceAreExposed(t *testing.T) {
	w := newWorld(t)
	for _, function := range []string{
		"Notarise", "NotariseBatch", "Revoke", "Supersede", "PutDetails", "PurgeDetails", "ReadDetails", "Read", "Find", "ListByBody", "History",
		"AnchorBatch", "RevokeAnchor", "RevokeMember", "ReadAnchor", "ReadMember",
	} {
		_, err := w.Client(ctie).Evaluate(function, "{}")
		require.Error(t, err)
		require.NotContains(t, err.Error(), "there is no function", function)
	}
	for _, function := range []string{"GetInfo", "GetName", "GetUnknownTransaction", "GetTransactionContextHandler", "GetAfterTransaction", "Encode", ""} {
		_, err := w.Client(ctie).Evaluate(function, "{}")
		require.Error(t, err)
	}
}

// brokenCaller is a transaction of a certificate whose attributes are not JSON.
type brokenCaller struct {
	shim.ChaincodeStubInterface
	creator []byte
}

func (b brokenCaller) GetCreator() ([]byte, error) { return b.creator, nil }

// remember keeps the last stub that the chaincode was called with.
type remember struct {
	shim.Chaincode
	creator []byte
}

func (r remember) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	return r.Chaincode.Invoke(brokenCaller{stub, r.creator})
}

func TestACertificateThatCannotBeReadIsRefused(t *testing.T) {
	for name, creator := range map[string][]byte{
		"nothing":               nil,
		"no identity":           []byte("\xff\xff"),
		"no certificate":        serialized(t, "no PEM at all"),
		"malformed certificate": serialized(t, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
		"malformed attributes":  serialized(t, certificate(t, "not JSON")),
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{ledgertest.New(t, remember{newChaincode(t), creator}, ledgertest.WithBodies(bodies()...)), t}
			_, err := w.notary(ctie).submit("Notarise", one("a"))
			requireRefused(t, "PERMISSION_DENIED", err)
		})
	}
	t.Run("one that can be read is not", func(t *testing.T) {
		good := serialized(t, certificate(t, `{"attrs":{"psbc.notary":"true"}}`))
		w := &world{ledgertest.New(t, remember{newChaincode(t), good}, ledgertest.WithBodies(bodies()...)), t}
		w.notary(sigi).mustSubmit("Notarise", one("a"))
	})
}

func TestANotaryNeedsAProtection(t *testing.T) {
	_, err := contract.NewNotary(nil)
	require.Error(t, err)
}

func BenchmarkNotariseBatch(b *testing.B) {
	w := newWorld(b)
	for i := range b.N {
		request := batch(fmt.Sprint("b", i, "-"), 1000)
		_, err := w.notary(ctie).client.Endorse("NotariseBatch", text(b, request))
		require.NoError(b, err)
	}
}
