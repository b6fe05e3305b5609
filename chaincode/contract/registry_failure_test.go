package contract_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

func TestARegistryOnALedgerThatFailsLeavesNothingBehind(t *testing.T) {
	never := 0
	n := never
	w := &world{ledgertest.New(t, unreliable{newRegistryChaincode(t), &n}, ledgertest.WithBodies(bodies()...)), t}
	w.define(dwellingRegister())
	w.define(ownerRegister())
	owner := create("o1", []byte(`{}`))
	owner.Register = owners
	w.registrar(ctie).changed("Create", owner)
	proposals := dwellingRegister(approved, func(d *registry.Definition) { d.ID, d.Approvals, d.Private, d.References = "permits", 1, nil, nil })
	w.define(proposals)
	permit := create("p1", parcel("Esch", "7/7"))
	permit.Register = "permits"
	decision := registry.DecisionRequest{RequestID: id("decide"), Register: "permits", Body: ctie, Proposal: permit.RequestID}

	encoded, hash := tenancy(t, "s")
	for _, keeper := range []string{ctie, digital} {
		w.registrar(ctie).sending(keeper, encoded).mustSubmit("PutPrivate", putPrivate("d1", keeper, hash))
	}
	full := create("d1", []byte(`{"commune":"Esch","rooms":1,"parcel":"1/1","owners":["o1"]}`))
	full.PrivateHash = hash
	minted := create("", dwelling("Esch", 1))
	minted.RequestID = id("minted")
	wider := dwellingRegister(func(d *registry.Definition) {
		d.Schema, d.Upgrade = []byte(strings.Replace(dwellingSchema, `"note"`, `"remark"`, 1)), &registry.Upgrade{}
	})
	again := putPrivate("d1", ctie, hash)
	again.RequestID = id("put-again")

	for _, tc := range []struct {
		function string
		request  any
		call     func(function string, request any) error
	}{
		{"CreateRegister", registry.CreateRegisterRequest{RequestID: id("other"), Definition: dwellingRegister(func(d *registry.Definition) { d.ID = "other" })}, submitting(w.registrar(sigi))},
		{"AmendRegister", registry.AmendRegisterRequest{RequestID: id("wider"), Base: 1, Definition: wider}, submitting(w.registrar(ctie))},
		{"Create", full, submitting(w.registrar(ctie))},
		{"Create", full, submitting(w.registrar(ctie))}, // repeated
		{"Create", minted, submitting(w.registrar(ctie))},
		{"Import", importOf("x", registry.Item{ID: "d2", Data: parcel("Esch", "2/2")}), submitting(w.registrar(ctie))},
		{"Amend", amend("d1", 1, `{"parcel":"1/2","commune":"Wiltz"}`), submitting(w.registrar(ctie))},
		{"Transfer", transfer("d1", 2, registry.OpOffer, sigi), submitting(w.registrar(ctie))},
		{"Transfer", transfer("d1", 3, registry.OpAccept, ""), submitting(w.registrar(sigi))},
		{"ChangeStatus", move("d1", 4, registry.OpSuspend), submitting(w.registrar(sigi))},
		{"Attest", attest("d1", 5), submitting(w.registrar(digital))},
		{"Create", permit, submitting(w.registrar(ctie))}, // a proposal
		{"Decide", decision, submitting(w.registrar(audit))},
		{"Decide", decision, submitting(w.registrar(audit))}, // repeated
		{"PutPrivate", again, submitting(w.registrar(ctie).sending(ctie, encoded))},
		{"PutPrivate", again, submitting(w.registrar(ctie).sending(ctie, encoded))}, // repeated
		{"ReadPrivate", privateOf("d1", hash), evaluating(w.reader(ctie))},
		{"PurgePrivate", purgePrivate("d1", hash), submitting(w.registrar(ctie).alone())},
		{"ReadRegister", registry.RegisterRequest{Register: dwellings}, evaluating(w.reader(ctie))},
		{"Registers", registry.RegistersRequest{}, evaluating(w.reader(ctie))},
		{"RegisterHistory", registry.RegisterRequest{Register: dwellings}, evaluating(w.reader(ctie))},
		{"Read", registry.ReadRequest{Register: dwellings, ID: "d1", View: registry.ViewCurrent}, evaluating(w.reader(ctie))},
		{"Find", registry.FindRequest{Register: dwellings, Field: "commune"}, evaluating(w.reader(ctie))},
		{"List", registry.ListRequest{Register: dwellings}, evaluating(w.reader(ctie))},
		{"History", registry.ReadRequest{Register: dwellings, ID: "d1"}, evaluating(w.reader(ctie))},
		{"AsOf", registry.AsOfRequest{Register: dwellings, ID: "d1", At: rfc(noon)}, evaluating(w.reader(ctie))},
		{"Proposals", registry.ListRequest{Register: dwellings}, evaluating(w.reader(ctie))},
		{"ReadProposal", registry.ProposalRequest{Register: "permits", Body: ctie, Proposal: permit.RequestID}, evaluating(w.reader(ctie))},
		{"CheckImport", importOf("y", registry.Item{Data: parcel("Esch", "3/3")}), evaluating(w.reader(ctie))},
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

func TestADamagedRegisterIsNotBelieved(t *testing.T) {
	w := &world{ledgertest.New(t, altered{newRegistryChaincode(t)}, ledgertest.WithBodies(bodies()...)), t}
	w.define(dwellingRegister())
	w.registrar(ctie).changed("Create", create("d1", parcel("Esch", "1/1")))
	answer[registry.Attestation](w.registrar(digital), "Attest", attest("d1", 1))
	state := w.State()
	keyOf := func(objectType string) string {
		i := slices.IndexFunc(slices.Sorted(maps.Keys(state)), func(key string) bool { return strings.HasPrefix(key, "\x00"+objectType+"\x00") })
		require.GreaterOrEqual(t, i, 0, objectType)
		return slices.Sorted(maps.Keys(state))[i]
	}
	reads := map[string]any{
		"ReadRegister": registry.RegisterRequest{Register: dwellings}, "Registers": registry.RegistersRequest{},
		"Read": registry.ReadRequest{Register: dwellings, ID: "d1"}, "List": registry.ListRequest{Register: dwellings},
		"Find": registry.FindRequest{Register: dwellings, Field: "parcel"}, "History": registry.ReadRequest{Register: dwellings, ID: "d1"},
	}
	word := attest("d1", 1, "rooms")
	word.RequestID = id("another-word")
	writes := map[string]any{"Create": create("d2", dwelling("Esch", 1)), "Amend": amend("d1", 1, `{"rooms":2}`), "Attest": word}
	writer := map[string]string{"Create": ctie, "Amend": ctie, "Attest": digital}
	broken := strings.Replace(string(state[keyOf("registry.record")]), `"status":"active"`, `"status":"gone"`, 1)
	for _, tc := range []struct {
		name, key, value string
		calls            []string
	}{
		{"a register that is none", keyOf("registry.register"), "junk", []string{"ReadRegister", "Registers", "Find", "Create", "Amend", "Attest"}},
		{"a register whose schema is none", keyOf("registry.register"), strings.Replace(string(state[keyOf("registry.register")]), `"type":"object"`, `"type":"thing"`, 1), []string{"Create", "Amend", "Find"}},
		{"a register of another version", keyOf("registry.register"), `{"v":2}`, []string{"ReadRegister", "Registers", "Find", "Create"}},
		{"steps that are none", "\x00registry.steps\x00dwellings\x00", "junk", []string{"Find", "Create", "Amend", "Attest"}},
		{"steps of another version", "\x00registry.steps\x00dwellings\x00", `{"v":2}`, []string{"Find", "Create"}},
		{"steps to schemas that never were", "\x00registry.steps\x00dwellings\x00", `{"v":1,"steps":[{"version":2,"upgrade":{}}]}`, []string{"Find", "Create"}},
		{"a record that is none", keyOf("registry.record"), "junk", []string{"Read", "List", "Find", "History", "Amend", "Attest"}},
		{"a record in no state", keyOf("registry.record"), broken, []string{"Read", "List", "Find", "History", "Amend", "Attest"}},
		{"an attestation that is none", keyOf("registry.attestation"), "junk", []string{"Read", "Attest"}},
		{"an index to what is not there", keyOf("registry.unique"), "d9", []string{"Find"}},
		{"a receipt that is none", "\x00registry.request\x00CTIEMSP\x00request-create-d2\x00", "junk", []string{"Create"}},
		{"a receipt of another version", "\x00registry.request\x00CTIEMSP\x00request-create-d2\x00", `{"v":2}`, []string{"Create"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			overwrite := func(value string) {
				_, err := w.Client(ctie).With(ledgertest.EndorsedBy(bodies()...)).Submit("overwrite", tc.key, value)
				require.NoError(t, err)
			}
			overwrite(tc.value)
			defer overwrite(string(state[tc.key])) // an empty value is none
			for _, function := range tc.calls {
				var err error
				if request, ok := writes[function]; ok {
					_, err = w.registrar(writer[function]).submit(function, request)
				} else {
					err = w.reader(ctie).evaluate(function, reads[function], &struct{}{})
				}
				requireRefused(t, fault.Internal, err)
			}
		})
	}
}
