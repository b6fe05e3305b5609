package contract_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

func TestARegisterIsDefinedAmendedAndRead(t *testing.T) {
	w := newEmptyRegistry(t)
	first := w.define(dwellingRegister())
	require.Equal(t, ctie, first.Steward)
	require.Equal(t, 1, first.Version)
	event := w.requireEvent(registry.EventRegister)
	require.Equal(t, registry.Event{
		V: 1, Register: dwellings, Body: ctie, RequestID: first.RequestID, Operation: registry.OpCreate, Version: 1, ClaimedTime: first.ClaimedTime,
	}, event)

	wider := dwellingRegister(func(d *registry.Definition) { d.Writers = append(d.Writers, digital) })
	second := answer[registry.Register](w.registrar(ctie), "AmendRegister", registry.AmendRegisterRequest{RequestID: id("amend-1"), Base: 1, Definition: wider})
	require.Equal(t, 2, second.Version)
	require.Equal(t, 1, second.SchemaVersion)
	require.Equal(t, registry.OpAmend, w.requireEvent(registry.EventRegister).Operation)

	w.define(ownerRegister())
	reader := w.reader(audit)
	require.Equal(t, second, shown[registry.Register](reader, "ReadRegister", registry.RegisterRequest{Register: dwellings}))
	require.Equal(t, []registry.Register{first, second}, shown[registry.RegisterHistory](reader, "RegisterHistory", registry.RegisterRequest{Register: dwellings}).Versions)
	page := shown[registry.RegisterPage](reader, "Registers", registry.RegistersRequest{PageSize: 1})
	require.Equal(t, []registry.Register{second}, page.Items)
	page = shown[registry.RegisterPage](reader, "Registers", registry.RegistersRequest{PageSize: 1, Bookmark: page.Bookmark})
	require.Equal(t, owners, page.Items[0].ID)
	require.Empty(t, page.Bookmark)

	t.Run("a stale amendment is refused", func(t *testing.T) {
		err := w.requireNothingWritten(func() error {
			_, err := w.registrar(ctie).submit("AmendRegister", registry.AmendRegisterRequest{RequestID: id("amend-2"), Base: 1, Definition: wider})
			return err
		})
		requireRefused(t, fault.FailedPrecondition, err)
		require.ErrorContains(t, err, "register dwellings is at version 2, not at 1")
	})
	t.Run("one that exists is not defined again", func(t *testing.T) {
		_, err := w.registrar(sigi).submit("CreateRegister", registry.CreateRegisterRequest{RequestID: id("again"), Definition: dwellingRegister()})
		requireRefused(t, fault.AlreadyExists, err)
	})
	t.Run("and by its steward only", func(t *testing.T) {
		_, err := w.registrar(sigi).submit("AmendRegister", registry.AmendRegisterRequest{RequestID: id("amend-3"), Base: 2, Definition: wider})
		requireRefused(t, fault.PermissionDenied, err)
	})
	t.Run("the schema is on the ledger by itself", func(t *testing.T) {
		var text struct {
			Schema json.RawMessage `json:"schema"`
			V      int             `json:"v"`
		}
		require.NoError(t, json.Unmarshal(w.State()["\x00registry.schema\x00dwellings\x0000000001\x00"], &text))
		require.JSONEq(t, dwellingSchema, string(text.Schema))
		require.Equal(t, 1, text.V)
	})
}

func TestARecordGoesThroughItsLife(t *testing.T) {
	w := newRegistry(t)
	clerk := w.registrar(ctie)
	draft := create("d1", dwelling("Esch", 3))
	draft.Draft = true
	draft.Effective = "2025-05-01T00:00:00Z"
	versions := []registry.Record{clerk.changed("Create", draft)}
	require.Equal(t, registry.StatusDraft, versions[0].Status)
	require.JSONEq(t, `{"commune":"Esch","rooms":3}`, string(versions[0].Data))
	event := w.requireEvent(registry.EventRecords)
	require.Equal(t, registry.Event{
		V: 1, Register: dwellings, Body: ctie, RequestID: draft.RequestID, Operation: registry.OpCreate, IDs: []string{"d1"}, Version: 1,
		ClaimedTime: versions[0].ClaimedTime,
	}, event)

	for _, step := range []struct {
		by       string
		function string
		request  any
		status   registry.Status
		owner    string
	}{
		{ctie, "ChangeStatus", move("d1", 1, registry.OpActivate), registry.StatusActive, ctie},
		{ctie, "Amend", amend("d1", 2, `{"rooms":4,"note":"attic"}`), registry.StatusActive, ctie},
		{ctie, "ChangeStatus", move("d1", 3, registry.OpSuspend), registry.StatusSuspended, ctie},
		{ctie, "ChangeStatus", move("d1", 4, registry.OpReinstate), registry.StatusActive, ctie},
		{ctie, "Transfer", transfer("d1", 5, registry.OpOffer, sigi), registry.StatusActive, ctie},
		{sigi, "Transfer", transfer("d1", 6, registry.OpDecline, ""), registry.StatusActive, ctie},
		{ctie, "Transfer", transfer("d1", 7, registry.OpOffer, sigi), registry.StatusActive, ctie},
		{sigi, "Transfer", transfer("d1", 8, registry.OpAccept, ""), registry.StatusActive, sigi},
		{sigi, "Amend", amend("d1", 9, `{"note":null}`), registry.StatusActive, sigi},
		{sigi, "ChangeStatus", move("d1", 10, registry.OpRetire), registry.StatusRetired, sigi},
	} {
		record := w.registrar(step.by).changed(step.function, step.request)
		require.Equal(t, len(versions)+1, record.Version)
		require.Equal(t, step.status, record.Status)
		require.Equal(t, step.owner, record.Owner)
		event := w.requireEvent(registry.EventRecords)
		require.Equal(t, record.Version, event.Version)
		require.Equal(t, record.Operation, event.Operation)
		require.Equal(t, record, w.reader(audit).view(dwellings, "d1").Record)
		versions = append(versions, record)
	}
	require.JSONEq(t, `{"commune":"Esch","rooms":4}`, string(versions[len(versions)-1].Data))
	require.Equal(t, versions, shown[registry.History](w.reader(audit), "History", registry.ReadRequest{Register: dwellings, ID: "d1"}).Versions)

	_, err := w.registrar(sigi).submit("Amend", amend("d1", 11, `{"rooms":5}`))
	requireRefused(t, fault.FailedPrecondition, err)
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	w := newRegistry(t)
	nowhere := create("d1", dwelling("Esch", 3))
	nowhere.Register = "nowhere"
	for function, request := range map[string]any{
		"Create": nowhere, "Amend": amend("d1", 1, `{"rooms":4}`), "ChangeStatus": move("d1", 1, registry.OpRetire),
		"Transfer": transfer("d1", 1, registry.OpOffer, sigi), "Attest": attest("d1", 1),
		"Import":        registry.ImportRequest{RequestID: id("import"), Register: "nowhere", Items: []registry.Item{{ID: "x", Data: dwelling("a", 1)}}},
		"AmendRegister": registry.AmendRegisterRequest{RequestID: id("amend"), Base: 1, Definition: ownerRegister()},
		"Decide":        registry.DecisionRequest{RequestID: id("decide"), Register: dwellings, Body: ctie, Proposal: id("none")},
	} {
		t.Run(function, func(t *testing.T) {
			err := w.requireNothingWritten(func() error { _, err := w.registrar(ctie).submit(function, request); return err })
			requireRefused(t, fault.NotFound, err)
		})
	}
	for function, request := range map[string]any{
		"ReadRegister": registry.RegisterRequest{Register: "nowhere"}, "RegisterHistory": registry.RegisterRequest{Register: "nowhere"},
		"Read": registry.ReadRequest{Register: dwellings, ID: "d1"}, "History": registry.ReadRequest{Register: dwellings, ID: "d1"},
		"AsOf":         registry.AsOfRequest{Register: dwellings, ID: "d1", At: "2026-01-01T00:00:00Z"},
		"Find":         registry.FindRequest{Register: "nowhere", Field: "commune"},
		"List":         registry.ListRequest{Register: "nowhere"},
		"Proposals":    registry.ListRequest{Register: "nowhere"},
		"ReadProposal": registry.ProposalRequest{Register: dwellings, Body: ctie, Proposal: id("none")},
		"ReadPrivate":  registry.PrivateRequest{Register: dwellings, ID: "d1", Hash: strings.Repeat("a", 64)},
		"CheckImport":  registry.ImportRequest{RequestID: id("import"), Register: "nowhere", Items: []registry.Item{{ID: "x", Data: dwelling("a", 1)}}},
	} {
		t.Run(function, func(t *testing.T) {
			requireRefused(t, fault.NotFound, w.reader(ctie).evaluate(function, request, &struct{}{}))
		})
	}
}

func TestMalformedRequestsAreRefused(t *testing.T) {
	w := newRegistry(t)
	for _, function := range []string{
		"CreateRegister", "AmendRegister", "Create", "Import", "Amend", "ChangeStatus", "Transfer", "Attest", "Decide", "PurgePrivate",
		"ReadRegister", "RegisterHistory", "Read", "Find", "List", "History", "AsOf", "Proposals", "ReadProposal", "ReadPrivate", "CheckImport",
	} {
		for _, request := range []string{"", "{}", "[]", `{"unknown":1}`, "{"} {
			_, err := w.registrar(ctie).client.Endorse(function, request)
			requireRefused(t, fault.InvalidArgument, err)
		}
		_, err := w.registrar(ctie).client.Endorse(function, "{}", "{}")
		requireRefused(t, fault.InvalidArgument, err)
	}
	err := w.requireNothingWritten(func() error {
		_, err := w.registrar(ctie).submit("Create", create("d1", json.RawMessage(`{"commune":"Esch","rooms":1,"address":{"zip":4}}`)))
		return err
	})
	requireRefused(t, fault.InvalidArgument, err)
	require.ErrorContains(t, err, "INVALID_ARGUMENT: data /address/zip: ")
}

func TestWritersNeedTheRoleAndReadersDoNot(t *testing.T) {
	w := newRegistry(t)
	w.registrar(ctie).changed("Create", create("d1", dwelling("Esch", 3)))
	for _, client := range []*user{
		w.reader(ctie),
		w.notary(ctie), // another role
		{w, w.Client(ctie, ledgertest.WithUser("x"), ledgertest.WithAttribute(contract.RoleRegistrar, "yes"))},
	} {
		for _, function := range []string{
			"CreateRegister", "AmendRegister", "Create", "Import", "Amend", "ChangeStatus", "Transfer", "Attest", "Decide", "PutPrivate", "PurgePrivate",
		} {
			err := w.requireNothingWritten(func() error { _, err := client.submit(function, "{}"); return err })
			requireRefused(t, fault.PermissionDenied, err)
			require.ErrorContains(t, err, function+" needs a certificate with the attribute psbc.registrar=true")
		}
	}
	for _, body := range bodies() {
		require.Equal(t, "d1", w.reader(body).view(dwellings, "d1").Record.ID)
	}
}

func TestOnlyTheRightBodyWrites(t *testing.T) {
	w := newRegistry(t)
	w.registrar(ctie).changed("Create", create("d1", dwelling("Esch", 3)))
	for _, tc := range []struct {
		name, body, function string
		request              any
	}{
		{"a body that is no writer creates", digital, "Create", create("d2", dwelling("Esch", 3))},
		{"a body that is no writer imports", digital, "Import", importOf("x", registry.Item{ID: "d2", Data: dwelling("Esch", 3)})},
		{"another writer amends", sigi, "Amend", amend("d1", 1, `{"rooms":4}`)},
		{"another writer revokes", sigi, "ChangeStatus", move("d1", 1, registry.OpRevoke)},
		{"another writer offers", sigi, "Transfer", transfer("d1", 1, registry.OpOffer, sigi)},
		{"the owner attests", ctie, "Attest", attest("d1", 1)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := w.requireNothingWritten(func() error { _, err := w.registrar(tc.body).submit(tc.function, tc.request); return err })
			requireRefused(t, fault.PermissionDenied, err)
		})
	}
	report := registry.ImportReport{}
	err := w.reader(digital).evaluate("CheckImport", importOf("x", registry.Item{ID: "d2", Data: dwelling("Esch", 3)}), &report)
	requireRefused(t, fault.PermissionDenied, err)
}

func TestARepeatedRequestReturnsWhatItLedTo(t *testing.T) {
	w := newRegistry(t)
	definition := registry.CreateRegisterRequest{RequestID: id("define-" + dwellings), Definition: dwellingRegister()}
	minted := create("", dwelling("Esch", 3))
	minted.RequestID = id("minted")
	first := w.registrar(ctie).changed("Create", minted)
	require.Regexp(t, `^DWL-[0-9A-HJKMNP-TV-Z]{8}$`, first.ID)
	given := create("d1", dwelling("Esch", 3))
	w.registrar(ctie).changed("Create", given)
	change := amend("d1", 1, `{"rooms":4}`)
	w.registrar(ctie).changed("Amend", change)
	word := attest("d1", 2)
	attested := answer[registry.Attestation](w.registrar(digital), "Attest", word)
	latest := w.registrar(ctie).changed("ChangeStatus", move("d1", 2, registry.OpSuspend))

	quietly := func(t *testing.T, call func()) {
		t.Helper()
		state := w.State()
		call()
		require.Equal(t, state, w.State())
		require.Empty(t, w.Events(w.Height()-1))
	}
	t.Run("a register", func(t *testing.T) {
		quietly(t, func() {
			require.Equal(t, 1, answer[registry.Register](w.registrar(ctie), "CreateRegister", definition).Version)
		})
	})
	t.Run("a record whose id was minted", func(t *testing.T) {
		quietly(t, func() { require.Equal(t, first, w.registrar(ctie).changed("Create", minted)) })
	})
	t.Run("a record as it stands now", func(t *testing.T) {
		quietly(t, func() { require.Equal(t, latest, w.registrar(ctie).changed("Create", given)) })
		quietly(t, func() { require.Equal(t, latest, w.registrar(ctie).changed("Amend", change)) })
	})
	t.Run("an attestation", func(t *testing.T) {
		quietly(t, func() { require.Equal(t, attested, answer[registry.Attestation](w.registrar(digital), "Attest", word)) })
	})
	t.Run("however its JSON is written", func(t *testing.T) {
		quietly(t, func() {
			spaced := given
			spaced.Data = json.RawMessage(`{ "rooms": 3, "commune": "Esch" }`)
			require.Equal(t, latest, w.registrar(ctie).changed("Create", spaced))
		})
	})
	t.Run("other content is refused", func(t *testing.T) {
		other := create("d2", dwelling("Esch", 3))
		other.RequestID = given.RequestID
		err := w.requireNothingWritten(func() error { _, err := w.registrar(ctie).submit("Create", other); return err })
		requireRefused(t, fault.AlreadyExists, err)
	})
	t.Run("another function is refused", func(t *testing.T) {
		other := move("d1", 3, registry.OpReinstate)
		other.RequestID = given.RequestID
		err := w.requireNothingWritten(func() error { _, err := w.registrar(ctie).submit("ChangeStatus", other); return err })
		requireRefused(t, fault.AlreadyExists, err)
	})
	t.Run("another body's id is its own", func(t *testing.T) {
		other := create("d2", dwelling("Esch", 3))
		other.RequestID = given.RequestID
		w.registrar(sigi).changed("Create", other)
	})
}

func TestTheRegistrysMetadataAreThoseOfTheGoldenFile(t *testing.T) {
	w := newEmptyRegistry(t)
	payload, err := w.Client(ctie).Evaluate("org.hyperledger.fabric:GetMetadata")
	require.NoError(t, err)
	requireGolden(t, "testdata/registry-metadata.json", payload)
}

func TestARegistryNeedsAProtection(t *testing.T) {
	_, err := contract.NewRegistry(nil)
	require.Error(t, err)
}
