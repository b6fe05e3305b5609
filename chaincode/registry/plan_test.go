package registry_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

func TestACreatedRecordIsAsItWasAsked(t *testing.T) {
	rules := rulesOf(t, open())
	q := createRequest("DWL-1", `{"commune":"Esch","cadastre":"123A-1","building":"B1","parts":["DWL-2","DWL-3"],"heated":true}`)
	q.Effective, q.Draft = "1999-12-31T23:59:59.5Z", true
	plan, err := rules.PlanCreate(sigi, q, txOf(1))
	require.NoError(t, err)
	require.Equal(t, []string{"DWL-1"}, plan.IDs())
	require.Equal(t, registry.Needs{
		Unique:     []registry.Entry{{Field: "cadastre", Value: "s123A-1"}},
		References: []registry.Name{{Register: "buildings", ID: "B1"}, {Register: "dwellings", ID: "DWL-2"}, {Register: "dwellings", ID: "DWL-3"}},
	}, plan.Needs())
	change, err := plan.DecideOne(txOf(1), nil, everything(plan))
	require.NoError(t, err)
	require.Equal(t, registry.Change{
		Created: true,
		Record: registry.Record{
			V: 1, Register: "dwellings", ID: "DWL-1", Version: 1, Status: registry.StatusDraft, Owner: sigi, Writer: sigi, Operation: registry.OpCreate,
			RegisterVersion: 1, SchemaVersion: 1,
			Data:      json.RawMessage(`{"building":"B1","cadastre":"123A-1","commune":"Esch","heated":true,"parts":["DWL-2","DWL-3"]}`),
			Effective: "1999-12-31T23:59:59.500000000Z", RequestID: requestID, TxID: "tx1", ClaimedTime: txOf(1).ClaimedTime,
		},
		AddUnique: []registry.Entry{{Field: "cadastre", Value: "s123A-1"}},
		AddIndex:  []registry.Entry{{Field: "commune", Value: "sEsch"}, {Field: "heated", Value: "b1"}},
	}, change)
	require.NoError(t, change.Record.Validate())
}

// TestBadDataIsRefusedWithItsPlace goes through what a record may not be in its
// register; what it may not be anywhere is in the tests of data and schemas.
func TestBadDataIsRefusedWithItsPlace(t *testing.T) {
	rules := rulesOf(t, definition())
	for _, tc := range []struct{ name, data, pointer, want string }{
		{"an unknown field", `{"cadastre":"123A-1","commune":"Esch","colour":"red"}`, "/colour", "data /colour: is not a field that the schema knows"},
		{"a missing field", `{"cadastre":"123A-1"}`, "/commune", "data /commune: is missing"},
		{"a bad inner field", `{"cadastre":"123A-1","commune":"Esch","address":{"zip":"4002"}}`, "/address/zip", "data /address/zip: does not match the pattern ^L-[0-9]{4}$"},
		{"a private field", `{"cadastre":"123A-1","commune":"Esch","resident":"x"}`, "/resident", "data /resident: is a private field, which the ledger must not show"},
		{"a reference that is none", `{"cadastre":"123A-1","commune":"Esch","building":"B 1"}`, "/building", "data /building: is not the id of a record"},
		{"a reference in a list that is none", `{"cadastre":"123A-1","commune":"Esch","parts":["A",""]}`, "/parts/1", "data /parts/1: is not the id of a record"},
		{"a list of no references", `{"cadastre":"123A-1","commune":"Esch","parts":[]}`, "/parts", "data /parts: has 0 ids, not 1 to 100"},
		{"101 references", `{"cadastre":"123A-1","commune":"Esch","parts":[` + strings.TrimSuffix(strings.Repeat(`"A",`, 101), ",") + `]}`, "/parts", "data /parts: has 101 ids, not 1 to 100"},
		{"an over-long indexed text, by bytes", `{"cadastre":"123A-` + strings.Repeat("1", 252) + `","commune":"Esch"}`, "/cadastre", "data /cadastre: has 257 bytes, not 1 to 256 as a unique or indexed text has"},
		{"an empty indexed text", `{"cadastre":"123A-1","commune":""}`, "/commune", "data /commune: has 0 bytes, not 1 to 256 as a unique or indexed text has"},
		{"a number of too many digits", `{"cadastre":"123A-1","commune":"Esch","area":0.12345678901234567}`, "/area", "data /area: is a number that may not keep its value: at most 15 digits, or a whole number within ±(2^53-1)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q := createRequest("DWL-1", tc.data)
			q.PrivateHash = hash
			_, err := rules.PlanCreate(ctie, q, txOf(1))
			requireCode(t, fault.InvalidArgument, err)
			require.EqualError(t, err, "INVALID_ARGUMENT: "+tc.want)

			good := item("DWL-0", data("123A-0"))
			good.PrivateHash = hash
			_, faults, err := rules.PlanImport(ctie, registry.ImportRequest{RequestID: requestID, Register: "dwellings", Items: []registry.Item{good, q.Item}}, txOf(1))
			require.NoError(t, err)
			require.Equal(t, []registry.RowFault{{Row: 1, ID: "DWL-1", Code: "INVALID_ARGUMENT", Pointer: tc.pointer, Message: tc.want}}, faults)
		})
	}
}

func TestPrivateFieldsAreNamedWhereTheRegisterHasThem(t *testing.T) {
	_, err := rulesOf(t, definition()).PlanCreate(ctie, createRequest("DWL-1", data("123A-1")), txOf(1))
	require.EqualError(t, err, "INVALID_ARGUMENT: privateHash: is missing: the schema requires a private field")
	q := createRequest("DWL-1", data("123A-1"))
	q.PrivateHash = hash
	_, err = rulesOf(t, open()).PlanCreate(ctie, q, txOf(1))
	require.EqualError(t, err, "INVALID_ARGUMENT: privateHash: is given, but register dwellings has no private fields")

	plan, err := rulesOf(t, definition()).PlanCreate(ctie, q, txOf(1))
	require.NoError(t, err)
	require.Equal(t, []registry.PrivateNeed{{ctie, "DWL-1", hash}, {sigi, "DWL-1", hash}}, plan.Needs().Private)
	found := everything(plan)
	found.PrivateHashes[1] = ""
	_, err = plan.DecideOne(txOf(1), nil, found)
	require.EqualError(t, err, "FAILED_PRECONDITION: privateHash: the private fields of DWL-1 with hash "+hash+" are not stored at SIGIMSP")
}

func TestACreateDependsOnWhatTheLedgerHolds(t *testing.T) {
	rules := rulesOf(t, open())
	q := createRequest("DWL-1", `{"cadastre":"123A-1","commune":"Esch","building":"B1","parts":["DWL-2"]}`)
	for _, tc := range []struct {
		name  string
		spoil func(existing **registry.Record, found *registry.Found)
		want  string
	}{
		{"on a record that exists", func(existing **registry.Record, _ *registry.Found) { *existing = &registry.Record{Version: 7} },
			"ALREADY_EXISTS: register dwellings has a record DWL-1 already"},
		{"on a unique value that is taken", func(_ **registry.Record, found *registry.Found) { found.Holders[0] = "DWL-9" },
			"ALREADY_EXISTS: data /cadastre: has the unique value of record DWL-9"},
		{"on a reference to nothing", func(_ **registry.Record, found *registry.Found) { found.References[0] = nil },
			"NOT_FOUND: data /building: refers to B1, which register buildings does not have"},
		{"on a reference to a revoked record", func(_ **registry.Record, found *registry.Found) { found.References[1].Status = registry.StatusRevoked },
			"FAILED_PRECONDITION: data /parts/0: refers to record DWL-2 of dwellings, which is revoked"},
		{"on a reference to a retired record", func(_ **registry.Record, found *registry.Found) { found.References[1].Status = registry.StatusRetired },
			"FAILED_PRECONDITION: data /parts/0: refers to record DWL-2 of dwellings, which is retired"},
		{"on a reference to a draft", func(_ **registry.Record, found *registry.Found) { found.References[0].Status = registry.StatusDraft },
			"FAILED_PRECONDITION: data /building: refers to record B1 of buildings, which is draft"},
		{"on a reference to a suspended record", func(_ **registry.Record, found *registry.Found) {
			found.References[0].Status = registry.StatusSuspended
		}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			plan, err := rules.PlanCreate(ctie, q, txOf(1))
			require.NoError(t, err)
			var existing *registry.Record
			found := everything(plan)
			tc.spoil(&existing, &found)
			_, err = plan.DecideOne(txOf(1), existing, found)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, tc.want)
		})
	}
	plan, err := rules.PlanCreate(ctie, q, txOf(1))
	require.NoError(t, err)
	_, err = plan.DecideOne(txOf(1), nil, registry.Found{})
	require.Equal(t, fault.Internal, fault.CodeOf(err), "a ledger that did not look is at fault")
}

func TestOnlyWritersCreate(t *testing.T) {
	rules := rulesOf(t, open())
	_, err := rules.PlanCreate(court, createRequest("DWL-1", data("123A-1")), txOf(1))
	require.EqualError(t, err, "PERMISSION_DENIED: CourDesComptesMSP is not a writer of register dwellings")
	_, _, err = rules.PlanImport(court, registry.ImportRequest{Items: []registry.Item{item("DWL-1", data("123A-1"))}}, txOf(1))
	require.EqualError(t, err, "PERMISSION_DENIED: CourDesComptesMSP is not a writer of register dwellings")

	d := open()
	d.Writers = nil
	_, err = rulesOf(t, d).PlanCreate(sigi, createRequest("DWL-1", data("123A-1")), txOf(1))
	require.EqualError(t, err, "PERMISSION_DENIED: SIGIMSP is not a writer of register dwellings")
	_, err = rulesOf(t, d).PlanCreate(ctie, createRequest("DWL-1", data("123A-1")), txOf(1))
	require.NoError(t, err, "the steward writes when nobody is named")
}

func TestAnAmendmentChangesWhatItSays(t *testing.T) {
	rules := rulesOf(t, open())
	first := created(t, rules, ctie, "DWL-1", `{"cadastre":"123A-1","commune":"Esch","rooms":3,"building":"B1","parts":["DWL-2"]}`)
	q := amendRequest(first, `{"commune":"Differdange","rooms":null,"area":81.5,"parts":["DWL-3","DWL-2"]}`)
	q.Effective = "2020-01-01T00:00:00Z"
	plan, err := rules.PlanAmend(ctie, q, &first)
	require.NoError(t, err)
	require.Equal(t, registry.Needs{References: []registry.Name{{"dwellings", "DWL-3"}}}, plan.Needs(), "what is as it was is not looked up")
	change, err := plan.DecideOne(txOf(2), &first, everything(plan))
	require.NoError(t, err)
	want := first
	want.Version, want.Operation, want.Effective = 2, registry.OpAmend, "2020-01-01T00:00:00.000000000Z"
	want.Data = json.RawMessage(`{"area":81.5,"building":"B1","cadastre":"123A-1","commune":"Differdange","parts":["DWL-3","DWL-2"]}`)
	want.Changed = []registry.FieldVersion{{"area", 2}, {"commune", 2}, {"parts", 2}, {"rooms", 2}}
	want.TxID, want.ClaimedTime = "tx2", txOf(2).ClaimedTime
	require.Equal(t, registry.Change{
		Record:      want,
		AddIndex:    []registry.Entry{{"commune", "sDifferdange"}},
		RemoveIndex: []registry.Entry{{"commune", "sEsch"}, {"rooms", "i09007199254740995"}},
	}, change)

	whole := registry.AmendRequest{RequestID: requestID, Register: "dwellings", ID: "DWL-1", Base: 2, Data: json.RawMessage(`{"cadastre":"123A-2","commune":"Differdange"}`)}
	plan, err = rules.PlanAmend(ctie, whole, &change.Record)
	require.NoError(t, err)
	change, err = plan.DecideOne(txOf(3), &change.Record, everything(plan))
	require.NoError(t, err)
	require.Equal(t, []registry.Entry{{"cadastre", "s123A-2"}}, change.AddUnique)
	require.Equal(t, []registry.Entry{{"cadastre", "s123A-1"}}, change.RemoveUnique)
	require.Equal(t, []registry.FieldVersion{{"area", 3}, {"building", 3}, {"cadastre", 3}, {"commune", 2}, {"parts", 3}, {"rooms", 2}}, change.Record.Changed)
	require.Equal(t, txOf(3).ClaimedTime, change.Record.Effective, "the claimed time, when none is given")
}

func TestAChangeOfPrivateFieldsIsAChange(t *testing.T) {
	rules := rulesOf(t, definition())
	q := createRequest("DWL-1", data("123A-1"))
	q.PrivateHash = hash
	plan, err := rules.PlanCreate(ctie, q, txOf(1))
	require.NoError(t, err)
	change, err := plan.DecideOne(txOf(1), nil, everything(plan))
	require.NoError(t, err)
	first := change.Record

	kept := amended(t, rules, first, 2, `{"rooms":4}`)
	require.Equal(t, hash, kept.PrivateHash)
	require.Equal(t, []registry.FieldVersion{{"rooms", 2}}, kept.Changed)

	other := strings.Repeat("1e", 32)
	private := registry.AmendRequest{RequestID: requestID, Register: "dwellings", ID: "DWL-1", Base: 2, PrivateHash: other}
	plan, err = rules.PlanAmend(ctie, private, &kept)
	require.NoError(t, err)
	require.Len(t, plan.Needs().Private, 2)
	next := done(t, plan, err, 3, kept)
	require.Equal(t, other, next.PrivateHash)
	require.Equal(t, kept.Data, next.Data)
	require.Equal(t, []registry.FieldVersion{{"", 3}, {"rooms", 2}}, next.Changed)
}

func TestAChangeIsRefusedWhereItIsNotDue(t *testing.T) {
	rules := rulesOf(t, open())
	record := created(t, rules, ctie, "DWL-1", data("123A-1"))
	elsewhere := created(t, rules, sigi, "DWL-1", data("123A-1"))
	formerly := record
	formerly.Owner, formerly.Writer = ministry, ministry
	revoked := moved(t, rules, record, 2, registry.OpRevoke)
	offer, err := rules.PlanTransfer(ctie, transferRequest(record, registry.OpOffer, sigi), &record)
	offered := done(t, offer, err, 2, record)
	stale := func(r registry.Record) registry.Record { r.Version++; return r }

	type subject struct {
		body     string
		request  registry.Record // what the caller has seen
		existing *registry.Record
	}
	own := subject{ctie, record, &record}
	for _, tc := range []struct {
		name string
		subject
		operation registry.Operation
		to        string
		want      string
	}{
		{"amending nothing", subject{ctie, record, nil}, registry.OpAmend, "", "NOT_FOUND: register dwellings has no record DWL-1"},
		{"amending another's", subject{ctie, elsewhere, &elsewhere}, registry.OpAmend, "", "PERMISSION_DENIED: record DWL-1 of dwellings is SIGIMSP's, not CTIEMSP's"},
		{"amending when no writer any more", subject{ministry, formerly, &formerly}, registry.OpAmend, "", "PERMISSION_DENIED: MinDigitalMSP is not a writer of register dwellings"},
		{"amending what has changed", subject{ctie, record, &offered}, registry.OpAmend, "", "FAILED_PRECONDITION: record DWL-1 of dwellings is at version 2, not at 1"},
		{"amending a revoked one", subject{ctie, revoked, &revoked}, registry.OpAmend, "", "FAILED_PRECONDITION: record DWL-1 of dwellings is revoked, which is final"},
		{"suspending nothing", subject{ctie, record, nil}, registry.OpSuspend, "", "NOT_FOUND: register dwellings has no record DWL-1"},
		{"suspending another's", subject{sigi, record, &record}, registry.OpSuspend, "", "PERMISSION_DENIED: record DWL-1 of dwellings is CTIEMSP's, not SIGIMSP's"},
		{"suspending what has changed", subject{ctie, stale(record), &record}, registry.OpSuspend, "", "FAILED_PRECONDITION: record DWL-1 of dwellings is at version 1, not at 2"},
		{"activating an active one", own, registry.OpActivate, "", "FAILED_PRECONDITION: record DWL-1 of dwellings is active; to activate it, it has to be draft"},
		{"reinstating an active one", own, registry.OpReinstate, "", "FAILED_PRECONDITION: record DWL-1 of dwellings is active; to reinstate it, it has to be suspended"},
		{"retiring a revoked one", subject{ctie, revoked, &revoked}, registry.OpRetire, "", "FAILED_PRECONDITION: record DWL-1 of dwellings is revoked; to retire it, it has to be active or suspended"},
		{"offering to oneself", own, registry.OpOffer, ctie, "FAILED_PRECONDITION: to: CTIEMSP owns the record already"},
		{"offering to who may not write", own, registry.OpOffer, court, "FAILED_PRECONDITION: to: CourDesComptesMSP is not a writer of register dwellings"},
		{"offering twice", subject{ctie, offered, &offered}, registry.OpOffer, sigi, "FAILED_PRECONDITION: record DWL-1 of dwellings is offered to SIGIMSP already"},
		{"offering a revoked one", subject{ctie, revoked, &revoked}, registry.OpOffer, sigi, "FAILED_PRECONDITION: record DWL-1 of dwellings is revoked, which is final"},
		{"offering another's", subject{sigi, record, &record}, registry.OpOffer, sigi, "PERMISSION_DENIED: record DWL-1 of dwellings is CTIEMSP's, not SIGIMSP's"},
		{"accepting nothing", subject{sigi, record, nil}, registry.OpAccept, "", "NOT_FOUND: register dwellings has no record DWL-1"},
		{"accepting what is not offered", subject{sigi, record, &record}, registry.OpAccept, "", "FAILED_PRECONDITION: record DWL-1 of dwellings is not offered to any body"},
		{"accepting what is offered to another", subject{court, offered, &offered}, registry.OpAccept, "", "PERMISSION_DENIED: record DWL-1 of dwellings is offered to SIGIMSP, not to CourDesComptesMSP"},
		{"accepting one's own", subject{ctie, offered, &offered}, registry.OpAccept, "", "PERMISSION_DENIED: record DWL-1 of dwellings is offered to SIGIMSP, not to CTIEMSP"},
		{"accepting what has changed", subject{sigi, record, &offered}, registry.OpAccept, "", "FAILED_PRECONDITION: record DWL-1 of dwellings is at version 2, not at 1"},
		{"declining what is offered to another", subject{court, offered, &offered}, registry.OpDecline, "", "PERMISSION_DENIED: record DWL-1 of dwellings is offered to SIGIMSP, not to CourDesComptesMSP"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var err error
			switch tc.operation {
			case registry.OpAmend:
				_, err = rules.PlanAmend(tc.body, amendRequest(tc.request, `{"rooms":4}`), tc.existing)
			case registry.OpOffer, registry.OpAccept, registry.OpDecline:
				_, err = rules.PlanTransfer(tc.body, transferRequest(tc.request, tc.operation, tc.to), tc.existing)
			default:
				_, err = rules.PlanStatus(tc.body, statusRequest(tc.request, tc.operation), tc.existing)
			}
			require.EqualError(t, err, tc.want)
		})
	}
}

func TestARecordGoesToAnotherBodyInTwoSteps(t *testing.T) {
	rules := rulesOf(t, open())
	record := created(t, rules, ctie, "DWL-1", data("123A-1"))
	plan, err := rules.PlanTransfer(ctie, transferRequest(record, registry.OpOffer, sigi), &record)
	offered := done(t, plan, err, 2, record)
	require.Equal(t, sigi, offered.OfferedTo)
	require.Equal(t, ctie, offered.Owner)

	offered = amended(t, rules, offered, 3, `{"rooms":4}`)
	require.Equal(t, sigi, offered.OfferedTo, "the offer stays")

	plan, err = rules.PlanTransfer(sigi, transferRequest(offered, registry.OpAccept, ""), &offered)
	require.NoError(t, err)
	change, err := plan.DecideOne(txOf(4), &offered, nothing(plan))
	require.NoError(t, err)
	require.NoError(t, change.Record.Validate())
	require.Equal(t, ctie, change.PreviousOwner)
	require.Equal(t, sigi, change.Record.Owner)
	require.Empty(t, change.Record.OfferedTo)

	for _, body := range []string{ctie, sigi} {
		plan, err = rules.PlanTransfer(body, transferRequest(offered, registry.OpDecline, ""), &offered)
		declined := done(t, plan, err, 4, offered)
		require.Equal(t, ctie, declined.Owner)
		require.Equal(t, body, declined.Writer)
		require.Empty(t, declined.OfferedTo)
	}

	revoked := moved(t, rules, offered, 4, registry.OpRevoke)
	require.Empty(t, revoked.OfferedTo, "nothing is left to accept")
}

func TestAPlanIsForTheRecordThatItWasMadeFor(t *testing.T) {
	rules := rulesOf(t, open())
	record := created(t, rules, ctie, "DWL-1", data("123A-1"))
	plan, err := rules.PlanAmend(ctie, amendRequest(record, `{"rooms":4}`), &record)
	require.NoError(t, err)
	later := record
	later.Version++
	for _, existing := range []*registry.Record{nil, &later} {
		_, err = plan.DecideOne(txOf(2), existing, nothing(plan))
		require.Equal(t, fault.Internal, fault.CodeOf(err))
	}
	_, faults := plan.Decide(txOf(2), nil, nothing(plan))
	require.Equal(t, "INTERNAL", faults[0].Code)
}
