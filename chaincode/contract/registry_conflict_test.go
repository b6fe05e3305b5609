package contract_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

func codes(list ...peer.TxValidationCode) []peer.TxValidationCode { return list }

const (
	valid    = peer.TxValidationCode_VALID
	conflict = peer.TxValidationCode_MVCC_READ_CONFLICT
	unmet    = peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE
)

func TestAStaleChangeIsRefusedWithTheCurrentVersion(t *testing.T) {
	w := newRegistry(t)
	w.registrar(ctie).changed("Create", create("d1", dwelling("Esch", 3)))
	w.registrar(ctie).changed("Amend", amend("d1", 1, `{"rooms":4}`))
	late := amend("d1", 1, `{"rooms":5}`)
	late.RequestID = id("late")
	for function, request := range map[string]any{
		"Amend": late, "ChangeStatus": move("d1", 1, registry.OpRetire), "Transfer": transfer("d1", 1, registry.OpOffer, sigi),
	} {
		err := w.requireNothingWritten(func() error { _, err := w.registrar(ctie).submit(function, request); return err })
		requireRefused(t, fault.FailedPrecondition, err)
		require.ErrorContains(t, err, "record d1 of dwellings is at version 2, not at 1")
	}
	_, err := w.registrar(digital).submit("Attest", attest("d1", 1))
	requireRefused(t, fault.FailedPrecondition, err)
}

func TestOfTwoChangesAtOnceOneSucceedsAndTheOtherIsStale(t *testing.T) {
	w := newRegistry(t)
	w.registrar(ctie).changed("Create", create("d1", dwelling("Esch", 3)))
	one, other := amend("d1", 1, `{"rooms":4}`), amend("d1", 1, `{"rooms":5}`)
	other.RequestID = id("other")
	a, b := w.registrar(ctie).mustEndorse("Amend", one), w.registrar(ctie).mustEndorse("Amend", other)
	require.Equal(t, codes(valid, conflict), w.Commit(a, b))
	_, err := w.registrar(ctie).submit("Amend", other)
	requireRefused(t, fault.FailedPrecondition, err)
	require.ErrorContains(t, err, "is at version 2, not at 1")
	require.JSONEq(t, `{"commune":"Esch","rooms":4}`, string(w.reader(ctie).view(dwellings, "d1").Record.Data))
}

func TestTwoBodiesThatChangeOneRecordAtOnceLoseNothing(t *testing.T) {
	for _, tc := range []struct {
		name         string
		first, other string
		codes        []peer.TxValidationCode
	}{
		{"the owner amends first", "Amend", "Transfer", codes(valid, conflict)},
		// The acceptance hands the key over: for the rest of the block nothing can meet a
		// policy that is not committed yet.
		{"the other body accepts first", "Transfer", "Amend", codes(valid, unmet)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newRegistry(t)
			w.registrar(ctie).changed("Create", create("d1", dwelling("Esch", 3)))
			w.registrar(ctie).changed("Transfer", transfer("d1", 1, registry.OpOffer, sigi))
			asked := map[string]any{"Amend": amend("d1", 2, `{"rooms":4}`), "Transfer": transfer("d1", 2, registry.OpAccept, "")}
			by := map[string]*user{"Amend": w.registrar(ctie), "Transfer": w.registrar(sigi)}
			a, b := by[tc.first].mustEndorse(tc.first, asked[tc.first]), by[tc.other].mustEndorse(tc.other, asked[tc.other])
			require.Equal(t, tc.codes, w.Commit(a, b))
			_, err := by[tc.other].submit(tc.other, asked[tc.other])
			require.Error(t, err)
			require.Equal(t, 3, w.reader(ctie).view(dwellings, "d1").Record.Version)
		})
	}
}

func TestDifferentRecordsNeverConflict(t *testing.T) {
	w := newRegistry(t)
	w.define(ownerRegister())
	owner := create("o1", []byte(`{"name":"Fonds"}`))
	owner.Register = owners
	w.registrar(ctie).changed("Create", owner)

	var block []*ledgertest.Transaction
	for i := range 20 {
		data := fmt.Appendf(nil, `{"commune":"Esch","rooms":3,"parcel":"1/%d","owners":["o1"]}`, i)
		block = append(block, w.registrar([]string{ctie, sigi}[i%2]).mustEndorse("Create", create(fmt.Sprint("d", i), data)))
	}
	for i, code := range w.Commit(block...) {
		require.Equal(t, valid, code, "create %d", i)
	}

	block = nil
	for i := range 20 {
		block = append(block, w.registrar([]string{ctie, sigi}[i%2]).mustEndorse("Amend", amend(fmt.Sprint("d", i), 1, `{"rooms":4}`)))
		block = append(block, w.registrar(digital).mustEndorse("Attest", attest(fmt.Sprint("d", i), 1)))
	}
	for i, code := range w.Commit(block...) {
		if i%2 == 0 {
			require.Equal(t, valid, code, "amendment %d", i)
		} else {
			require.Equal(t, conflict, code, "what was attested has changed")
		}
	}
}

func TestAUniqueValueIsGivenOnce(t *testing.T) {
	w := newRegistry(t)
	one, other := create("d1", parcel("Esch", "12/7")), create("d2", parcel("Wiltz", "12/7"))
	a, b := w.registrar(ctie).mustEndorse("Create", one), w.registrar(sigi).mustEndorse("Create", other)
	require.Equal(t, codes(valid, conflict), w.Commit(a, b))
	err := w.requireNothingWritten(func() error { _, err := w.registrar(sigi).submit("Create", other); return err })
	requireRefused(t, fault.AlreadyExists, err)
	require.ErrorContains(t, err, "ALREADY_EXISTS: data /parcel: ")

	t.Run("nor taken by an amendment", func(t *testing.T) {
		w.registrar(ctie).changed("Create", create("d3", parcel("Esch", "1/1")))
		_, err := w.registrar(ctie).submit("Amend", amend("d3", 1, `{"parcel":"12/7"}`))
		requireRefused(t, fault.AlreadyExists, err)
	})
	t.Run("nor given again once it was revoked", func(t *testing.T) {
		w.registrar(ctie).changed("ChangeStatus", move("d1", 1, registry.OpRevoke))
		_, err := w.registrar(sigi).submit("Create", other)
		requireRefused(t, fault.AlreadyExists, err)
	})
	t.Run("but free when its record gives it up", func(t *testing.T) {
		w.registrar(ctie).changed("Amend", amend("d3", 1, `{"parcel":"1/2"}`))
		w.registrar(sigi).changed("Create", create("d4", parcel("Wiltz", "1/1")))
		page := shown[registry.Page](w.reader(audit), "Find", registry.FindRequest{Register: dwellings, Field: "parcel", Value: []byte(`"1/1"`)})
		require.Len(t, page.Items, 1)
		require.Equal(t, "d4", page.Items[0].ID)
	})
}

func TestAReferenceIsToARecordInForce(t *testing.T) {
	w := newRegistry(t)
	w.define(ownerRegister())
	owner := create("o1", []byte(`{"name":"Fonds"}`))
	owner.Register = owners
	data := []byte(`{"commune":"Esch","rooms":3,"owners":["o1"]}`)
	_, err := w.registrar(ctie).submit("Create", create("d1", data))
	requireRefused(t, fault.NotFound, err)
	require.ErrorContains(t, err, "data /owners/0: ")

	w.registrar(digital).changed("Create", owner)
	pending := w.registrar(ctie).mustEndorse("Create", create("d2", data))
	revoke := move("o1", 1, registry.OpRevoke)
	revoke.Register = owners
	w.registrar(digital).changed("ChangeStatus", revoke)
	require.Equal(t, codes(conflict), w.Commit(pending), "what it refers to changed meanwhile")
	_, err = w.registrar(ctie).submit("Create", create("d2", data))
	requireRefused(t, fault.FailedPrecondition, err)
}

func TestWhatABodyKeepsInARegisterIsProtectedForIt(t *testing.T) {
	w := &world{ledgertest.New(t, altered{newRegistryChaincode(t)}, ledgertest.WithBodies(bodies()...)), t}
	w.define(dwellingRegister())
	changed := dwellingRegister(func(d *registry.Definition) {
		d.Schema = []byte(strings.Replace(dwellingSchema, `"note"`, `"remark"`, 1))
		d.Upgrade = &registry.Upgrade{Rename: []registry.Rename{{From: "note", To: "remark"}}}
	})
	answer[registry.Register](w.registrar(ctie), "AmendRegister", registry.AmendRegisterRequest{RequestID: id("amend"), Base: 1, Definition: changed})
	w.registrar(ctie).changed("Create", create("d1", parcel("Esch", "1/1")))
	w.registrar(ctie).changed("Amend", amend("d1", 1, `{"rooms":4}`))

	protected, derived := w.ownedAndDerived("registry.register", "registry.schema", "registry.steps", "registry.record")
	require.Len(t, protected, 5, "register, 2 schemas, steps; record")
	require.Len(t, derived, 7, "unique, 2 indexes; 4 receipts")
	overwritten := func(key string, by ...string) error {
		_, err := w.Client(by[0]).With(ledgertest.EndorsedBy(by...)).Submit("overwrite", key, "forged")
		return err
	}
	for _, key := range protected {
		t.Run(strings.ReplaceAll(key, "\x00", " "), func(t *testing.T) {
			requireInvalid(t, unmet, overwritten(key, sigi, digital, audit))
		})
	}

	t.Run("an attestation is the attester's", func(t *testing.T) {
		answer[registry.Attestation](w.registrar(digital), "Attest", attest("d1", 2))
		require.Contains(t, w.State(), "\x00registry.attestation\x00dwellings\x00d1\x00"+digital+"\x00")
		requireInvalid(t, unmet, overwritten("\x00registry.attestation\x00dwellings\x00d1\x00"+digital+"\x00", ctie, sigi, audit))
	})
	t.Run("a record that changes hands takes its protection along", func(t *testing.T) {
		w.registrar(ctie).changed("Transfer", transfer("d1", 2, registry.OpOffer, sigi))
		w.registrar(sigi).changed("Transfer", transfer("d1", 3, registry.OpAccept, ""))
		records, _ := w.ownedAndDerived("registry.record")
		require.Len(t, records, 1)
		requireInvalid(t, unmet, overwritten(records[0], ctie, digital, audit))
		w.registrar(sigi).changed("Amend", amend("d1", 4, `{"rooms":5,"parcel":"2/2"}`))
	})
}

// turns lets every other transaction run on chaincode that has never run before.
type turns struct {
	shim.Chaincode
	n     *atomic.Int64
	fresh func() shim.Chaincode
}

func (c turns) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	if c.n.Add(1)%2 == 0 {
		return c.fresh().Invoke(stub)
	}
	return c.Chaincode.Invoke(stub)
}

// Endorsers whose servers have compiled the rules before, and those that have not,
// come to the same result: ledgertest compares what each of them would write.
func TestAWarmServerAndAColdOneEndorseTheSame(t *testing.T) {
	chaincode := turns{newRegistryChaincode(t), new(atomic.Int64), func() shim.Chaincode { return newRegistryChaincode(t) }}
	w := &world{ledgertest.New(t, chaincode, ledgertest.WithBodies(bodies()...)), t}
	w.define(dwellingRegister())
	everybody := func(body string) *user { return w.registrar(body).with(ledgertest.EndorsedBy(bodies()...)) }
	everybody(ctie).changed("Create", create("d1", parcel("Esch", "1/1")))
	minted := create("", parcel("Esch", "1/2"))
	minted.RequestID = id("minted")
	everybody(ctie).changed("Create", minted)
	everybody(ctie).changed("Amend", amend("d1", 1, `{"rooms":4,"parcel":null}`))
	everybody(ctie).changed("Transfer", transfer("d1", 2, registry.OpOffer, sigi))
	everybody(sigi).changed("Transfer", transfer("d1", 3, registry.OpAccept, ""))
	answer[registry.Attestation](everybody(digital), "Attest", attest("d1", 4, "rooms"))
	answer[registry.ImportResult](everybody(ctie), "Import", importOf("a", registry.Item{Data: dwelling("Wiltz", 1)}, registry.Item{Data: parcel("Wiltz", "3/3")}))
	for range 2 * len(bodies()) {
		_, err := everybody(ctie).submit("Create", create("d2", []byte(`{"commune":5,"rooms":0,"more":1}`)))
		requireRefused(t, fault.InvalidArgument, err)
		require.ErrorContains(t, err, "data /commune: ")
	}
}
