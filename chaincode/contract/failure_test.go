package contract_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

var errDisk = errors.New("disk on fire")

// failing is a stub whose n-th call that can fail does.
type failing struct {
	shim.ChaincodeStubInterface
	left *int
}

func (f failing) fail() error {
	*f.left--
	if *f.left == 0 {
		return errDisk
	}
	return nil
}

func (f failing) GetTxTimestamp() (*timestamppb.Timestamp, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	return f.ChaincodeStubInterface.GetTxTimestamp()
}

func (f failing) GetTransient() (map[string][]byte, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	return f.ChaincodeStubInterface.GetTransient()
}

func (f failing) GetMultipleStates(keys ...string) ([][]byte, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	if err := f.fail(); err != nil {
		return nil, nil // as a peer does whose state database fails
	}
	return f.ChaincodeStubInterface.GetMultipleStates(keys...)
}

func (f failing) GetPrivateData(collection, key string) ([]byte, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	return f.ChaincodeStubInterface.GetPrivateData(collection, key)
}

func (f failing) GetPrivateDataHash(collection, key string) ([]byte, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	return f.ChaincodeStubInterface.GetPrivateDataHash(collection, key)
}

func (f failing) PutState(key string, value []byte) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.ChaincodeStubInterface.PutState(key, value)
}

func (f failing) DelState(key string) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.ChaincodeStubInterface.DelState(key)
}

func (f failing) SetStateValidationParameter(key string, policy []byte) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.ChaincodeStubInterface.SetStateValidationParameter(key, policy)
}

func (f failing) PutPrivateData(collection, key string, value []byte) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.ChaincodeStubInterface.PutPrivateData(collection, key, value)
}

func (f failing) PurgePrivateData(collection, key string) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.ChaincodeStubInterface.PurgePrivateData(collection, key)
}

func (f failing) FinishWriteBatch() error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.ChaincodeStubInterface.FinishWriteBatch()
}

func (f failing) SetEvent(name string, payload []byte) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.ChaincodeStubInterface.SetEvent(name, payload)
}

func (f failing) GetHistoryForKey(key string) (shim.HistoryQueryIteratorInterface, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	return f.ChaincodeStubInterface.GetHistoryForKey(key)
}

func (f failing) GetStateByPartialCompositeKeyWithPagination(objectType string, keys []string, size int32, bookmark string) (shim.StateQueryIteratorInterface, *peer.QueryResponseMetadata, error) {
	if err := f.fail(); err != nil {
		return nil, nil, err
	}
	return f.ChaincodeStubInterface.GetStateByPartialCompositeKeyWithPagination(objectType, keys, size, bookmark)
}

// unreliable is the chaincode with a stub whose n-th call fails, of every transaction.
type unreliable struct {
	shim.Chaincode
	n *int
}

func (u unreliable) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	left := *u.n
	return u.Chaincode.Invoke(failing{stub, &left})
}

func submitting(u *user) func(string, any) error {
	return func(function string, request any) error {
		_, err := u.submit(function, request)
		return err
	}
}

func evaluating(u *user) func(string, any) error {
	return func(function string, request any) error { return u.evaluate(function, request, &struct{}{}) }
}

func TestALedgerThatFailsLeavesNothingBehind(t *testing.T) {
	never := 0
	n := never
	w := &world{ledgertest.New(t, unreliable{newChaincode(t), &n}, ledgertest.WithBodies(bodies()...)), t}
	_, encoded := sealed(t, "Acte")
	w.notary(ctie).mustSubmit("NotariseBatch", batch("there", 3))
	w.notary(ctie).details(encoded).mustSubmit("PutDetails", put("a", encoded))

	superseding := one("a")
	superseding.Supersedes, superseding.DetailsHash = digestOf("there0"), notary.DetailsHash(encoded)
	fresh := put("b", encoded)
	for _, tc := range []struct {
		function string
		request  any
		call     func(function string, request any) error
	}{
		{"Notarise", superseding, submitting(w.notary(ctie))},
		{"NotariseBatch", batch("b", 2), submitting(w.notary(ctie))},
		{"Supersede", notary.SupersedeRequest{RequestID: id("link"), Old: digestOf("there1"), New: digestOf("there2")}, submitting(w.notary(ctie))},
		{"Revoke", revoke("there2"), submitting(w.notary(ctie))},
		{"AnchorBatch", someBatch(3).anchor("c"), submitting(w.notary(ctie))},
		{"RevokeMember", someBatch(3).revoke(t, 1), submitting(w.notary(ctie))},
		{"RevokeAnchor", someBatch(3).end(), submitting(w.notary(ctie))},
		{"ReadAnchor", someBatch(3).read(ctie), evaluating(w.reader(ctie))},
		{"ReadMember", someBatch(3).readMember(1, ctie), evaluating(w.reader(ctie))},
		{"PutDetails", fresh, submitting(w.notary(ctie).details(encoded))},
		{"PutDetails", fresh, submitting(w.notary(ctie).details(encoded))}, // repeated
		{"Read", notary.RecordRequest{Digest: digestOf("a"), Body: ctie}, evaluating(w.reader(ctie))},
		{"Find", notary.FindRequest{Digest: digestOf("a")}, evaluating(w.reader(ctie))},
		{"ListByBody", notary.ListRequest{Body: ctie}, evaluating(w.reader(ctie))},
		{"History", notary.RecordRequest{Digest: digestOf("a"), Body: ctie}, evaluating(w.reader(ctie))},
		{"ReadDetails", notary.DigestRequest{Digest: digestOf("b")}, evaluating(w.reader(ctie))},
		{"PurgeDetails", purge("b"), submitting(w.notary(ctie).alone())},
	} {
		for n = 1; ; n++ {
			state, height := w.State(), w.Height()
			err := tc.call(tc.function, tc.request)
			if err == nil {
				require.Greater(t, n, 1, "%s can fail", tc.function)
				break
			}
			requireRefused(t, fault.Internal, err)
			require.NotContains(t, err.Error(), canary)
			require.Equal(t, state, w.State())
			require.Equal(t, height, w.Height())
		}
		n = never
	}
}

func TestADamagedLedgerIsNotBelieved(t *testing.T) {
	w := &world{ledgertest.New(t, altered{newChaincode(t)}, ledgertest.WithBodies(bodies()...)), t}
	w.notary(ctie).mustSubmit("Notarise", one("a"))
	keys := slices.Sorted(maps.Keys(w.State()))
	require.Len(t, keys, 3)
	list, record, receipt := keys[0], keys[1], keys[2]
	require.Contains(t, list, "notary.list")
	require.Contains(t, record, "notary.record")
	require.Contains(t, receipt, "notary.request")
	state := w.State()

	reads := map[string]any{
		"Read":       notary.RecordRequest{Digest: digestOf("a"), Body: ctie},
		"Find":       notary.FindRequest{Digest: digestOf("a")},
		"History":    notary.RecordRequest{Digest: digestOf("a"), Body: ctie},
		"ListByBody": notary.ListRequest{Body: ctie},
	}
	for _, tc := range []struct {
		name, key, value string
		calls            []string
	}{
		{"a record that is none", record, "junk", []string{"Read", "Find", "History", "ListByBody", "Notarise", "Revoke", "PutDetails"}},
		{"a record of another version", record, `{"v":2}`, []string{"Read", "Find", "History", "ListByBody", "Notarise", "Revoke", "PutDetails"}},
		{"a list that is none", list, "junk", []string{"ListByBody"}},
		{"a list of another version", list, `{"v":2}`, []string{"ListByBody"}},
		{"a list with what is not there", list, fmt.Sprintf(`{"digests":[%q],"v":1}`, digestOf("x")), []string{"ListByBody"}},
		{"a receipt that is none", receipt, "junk", []string{"Notarise"}},
		{"a receipt of another version", receipt, `{"v":2}`, []string{"Notarise"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			overwrite := func(value string) {
				_, err := w.Client(ctie).With(ledgertest.EndorsedBy(bodies()...)).Submit("overwrite", tc.key, value)
				require.NoError(t, err)
			}
			overwrite(tc.value)
			defer overwrite(string(state[tc.key]))
			for _, function := range tc.calls {
				var err error
				switch function {
				case "Notarise":
					_, err = w.notary(ctie).submit(function, one("a"))
				case "Revoke":
					_, err = w.notary(ctie).submit(function, revoke("a"))
				case "PutDetails":
					_, encoded := sealed(t, "Acte")
					_, err = w.notary(ctie).details(encoded).submit(function, put("a", encoded))
				default:
					err = w.reader(ctie).evaluate(function, reads[function], &struct{}{})
				}
				requireRefused(t, fault.Internal, err)
			}
		})
	}
}
