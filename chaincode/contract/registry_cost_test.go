package contract_test

import (
	"testing"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// counted is the chaincode with a stub whose round trips to the peer are counted.
type counted struct {
	shim.Chaincode
	reads, writes *int
}

func (c counted) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	*c.reads, *c.writes = 0, 0 // of the last endorser, as of every other
	return c.Chaincode.Invoke(counting{stub, c})
}

type counting struct {
	shim.ChaincodeStubInterface
	of counted
}

func (s counting) GetMultipleStates(keys ...string) ([][]byte, error) {
	*s.of.reads++
	return s.ChaincodeStubInterface.GetMultipleStates(keys...)
}

func (s counting) GetState(key string) ([]byte, error) {
	*s.of.reads++
	return s.ChaincodeStubInterface.GetState(key)
}

func (s counting) GetPrivateDataHash(collection, key string) ([]byte, error) {
	*s.of.reads++
	return s.ChaincodeStubInterface.GetPrivateDataHash(collection, key)
}

func (s counting) GetStateByPartialCompositeKeyWithPagination(objectType string, keys []string, size int32, bookmark string) (shim.StateQueryIteratorInterface, *peer.QueryResponseMetadata, error) {
	*s.of.reads++
	return s.ChaincodeStubInterface.GetStateByPartialCompositeKeyWithPagination(objectType, keys, size, bookmark)
}

func (s counting) FinishWriteBatch() error {
	*s.of.writes++
	return s.ChaincodeStubInterface.FinishWriteBatch()
}

// Every round trip is made at every endorser, one transaction after another on a core:
// it is what a change costs.
func TestAChangeTakesFewRoundTrips(t *testing.T) {
	reads, writes := 0, 0
	w := &world{ledgertest.New(t, counted{newRegistryChaincode(t), &reads, &writes}, ledgertest.WithBodies(bodies()...)), t}
	w.define(dwellingRegister())
	for _, tc := range []struct {
		name, function string
		request        any
		reads, writes  int
	}{
		{"to create", "Create", create("d1", parcel("Esch", "1/1")), 2, 1},
		{"to create with nothing to look up", "Create", create("d2", dwelling("Esch", 1)), 1, 1},
		{"to amend what others may have", "Amend", amend("d1", 1, `{"parcel":"1/2"}`), 2, 1},
		{"to amend anything else", "Amend", amend("d1", 2, `{"rooms":4}`), 1, 1},
		{"to suspend", "ChangeStatus", move("d1", 3, registry.OpSuspend), 1, 1},
		{"to offer", "Transfer", transfer("d1", 4, registry.OpOffer, sigi), 1, 1},
		{"to import", "Import", importOf("x", registry.Item{Data: parcel("Esch", "2/1")}, registry.Item{Data: parcel("Esch", "2/2")}), 2, 1},
		{"to repeat", "Create", create("d1", parcel("Esch", "1/1")), 2, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.registrar(ctie).mustSubmit(tc.function, tc.request)
			require.Equal(t, tc.reads, reads, "reads")
			require.Equal(t, tc.writes, writes, "writes")
		})
	}
	for _, tc := range []struct {
		function string
		request  any
		reads    int
	}{
		{"Read", registry.ReadRequest{Register: dwellings, ID: "d1"}, 2},
		{"Find", registry.FindRequest{Register: dwellings, Field: "commune", Value: []byte(`"Esch"`)}, 3},
	} {
		t.Run(tc.function, func(t *testing.T) {
			require.NoError(t, w.reader(ctie).evaluate(tc.function, tc.request, &struct{}{}))
			require.Equal(t, tc.reads, reads)
		})
	}
}
