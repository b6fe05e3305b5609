package contract_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

func TestATrailIsDefinedAmendedAndListed(t *testing.T) {
	w := newEmptyTrails(t)
	defined := w.defineTrail(ctie, accessTrail())
	require.Equal(t, accessTrail(), defined.Definition)
	require.Equal(t, ctie, defined.Body)
	require.Equal(t, 1, defined.Version)
	event := w.requireTrailEvent(trail.EventDefined)
	require.Equal(t, trail.Event{V: 1, Trail: accesses, Body: ctie, ClaimedTime: defined.ClaimedTime, RequestID: id("define-accesses")}, event)

	amend := trail.AmendRequest{RequestID: id("amend"), Base: 1, Definition: accessTrail(shownTo(audit))}
	amended := answer[trail.Trail](w.recorder(ctie), "Amend", amend)
	require.Equal(t, 2, amended.Version)
	require.Equal(t, []string{audit}, amended.Readers)
	w.requireTrailEvent(trail.EventDefined)
	require.Equal(t, amended, shown[trail.Trail](w.reader(sigi), "ReadTrail", trail.TrailRequest{Trail: accesses}), "everybody reads the definition")

	t.Run("a repeated request returns it as it stands, and writes nothing", func(t *testing.T) {
		state := w.State()
		require.Equal(t, amended, w.defineTrail(ctie, accessTrail()))
		require.Equal(t, amended, answer[trail.Trail](w.recorder(ctie), "Amend", amend))
		require.Equal(t, state, w.State())
	})
	t.Run("all are listed, and those of a body", func(t *testing.T) {
		other := w.defineTrail(sigi, accessTrail(func(d *trail.Definition) { d.ID = "permits" }))
		require.Equal(t, []trail.Trail{amended, other}, shown[trail.TrailPage](w.reader(audit), "Trails", trail.TrailsRequest{}).Items)
		first := shown[trail.TrailPage](w.reader(audit), "Trails", trail.TrailsRequest{PageSize: 1})
		require.Equal(t, []trail.Trail{amended}, first.Items)
		require.Equal(t, []trail.Trail{other}, shown[trail.TrailPage](w.reader(audit), "Trails", trail.TrailsRequest{PageSize: 1, Bookmark: first.Bookmark}).Items)
		require.Equal(t, []trail.Trail{other}, shown[trail.TrailPage](w.reader(audit), "Trails", trail.TrailsRequest{Body: sigi}).Items)
	})
	t.Run("changes that may not be are refused", func(t *testing.T) {
		stale, foreign, none := amend, amend, amend
		stale.RequestID, foreign.RequestID, none.RequestID = id("stale"), id("foreign"), id("nowhere")
		foreign.Base, none.ID = 2, "nowhere"
		taken := defineTrail(accessTrail())
		taken.RequestID = id("taken")
		reused := taken
		reused.RequestID, reused.ID = id("amend"), "other"
		for _, tc := range []struct {
			name, body, function string
			request              any
			code                 fault.Code
		}{
			{"an id that is taken", sigi, "Define", taken, fault.AlreadyExists},
			{"a request id that is used", ctie, "Define", reused, fault.AlreadyExists},
			{"another version", ctie, "Amend", stale, fault.FailedPrecondition},
			{"another body's", sigi, "Amend", foreign, fault.PermissionDenied},
			{"one that is not there", ctie, "Amend", none, fault.NotFound},
		} {
			err := w.requireNothingWritten(func() error { _, err := w.recorder(tc.body).submit(tc.function, tc.request); return err })
			requireRefused(t, tc.code, err)
		}
	})
}

func TestABatchIsAppendedAndRead(t *testing.T) {
	w := newTrails(t)
	request := appendOf(office, 1, acts("a", 120)...)
	request.Entries[7].OccurredAt = "2025-12-31T08:00:00Z"
	head := w.recorder(ctie).appended(request)
	require.Equal(t, trail.Batch{
		V: 1, Trail: accesses, Source: office, Number: 1, Entries: 120, Body: ctie, RetentionDays: 35, Content: head.Content,
		First: "2025-12-31T08:00:00.000000000Z", Last: "2025-12-31T23:59:58.500000000Z",
		ClaimedTime: head.ClaimedTime, TxID: head.TxID, RequestID: request.RequestID,
	}, head)
	require.Equal(t, trail.Event{
		V: 1, Trail: accesses, Body: ctie, Source: office, Number: 1, Entries: 120, ClaimedTime: head.ClaimedTime, RequestID: request.RequestID,
	}, w.requireTrailEvent(trail.EventAppended))

	entries := w.reader(audit).entries(t, trail.EntriesRequest{Trail: accesses})
	require.Len(t, entries, 120)
	for i, e := range entries {
		want := request.Entries[i]
		want.OccurredAt = map[bool]string{true: head.First, false: head.Last}[i == 7]
		require.Equal(t, trail.Located{
			Trail: accesses, Body: ctie, Source: office, Number: 1, Position: i, ClaimedTime: head.ClaimedTime, TxID: head.TxID, Entry: want,
		}, e)
	}
	mine := w.reader(sigi).person(t, "BySubject", trail.PersonRequest{Pseudonym: pseudonym("citizen2")})
	require.Len(t, mine, 40)
	for i, e := range mine {
		require.Equal(t, entries[3*i+2], e)
	}
	require.Equal(t, entries, w.reader(sigi).person(t, "ByActor", trail.PersonRequest{Pseudonym: pseudonym("clerk"), Trail: accesses}))
	require.Empty(t, w.reader(sigi).person(t, "ByActor", trail.PersonRequest{Pseudonym: pseudonym("citizen2")}), "a subject is no actor")
	require.Equal(t, trail.BatchState{Batch: head}, shown[trail.BatchState](w.reader(sigi), "ReadBatch", batchOf(office, 1)))
	page := shown[trail.BatchPage](w.reader(sigi), "Batches", trail.BatchesRequest{Trail: accesses})
	require.Equal(t, trail.BatchPage{Items: []trail.BatchState{{Batch: head}}}, page)
}

func TestAnEntryMayConcernNobody(t *testing.T) {
	w := newTrails(t)
	login := act("clerk", "", "login")
	login.Action, login.Subject = trail.ActionLogin, ""
	w.recorder(ctie).appended(appendOf(office, 1, login, act("clerk", "citizen", "read")))
	require.Equal(t, []string{"login", "read"}, correlations(w.reader(ctie).person(t, "ByActor", trail.PersonRequest{Pseudonym: pseudonym("clerk")})))
	require.Equal(t, []string{"read"}, correlations(w.reader(ctie).person(t, "BySubject", trail.PersonRequest{Pseudonym: pseudonym("citizen")})))
}

func TestARefusedAppendWritesNothing(t *testing.T) {
	w := newTrails(t)
	w.recorder(ctie).appended(appendOf(office, 1, acts("a", 2)...))
	with := func(change func(*trail.AppendRequest)) trail.AppendRequest {
		r := appendOf(office, 2, acts("b", 3)...)
		change(&r)
		return r
	}
	for _, tc := range []struct {
		name, body string
		request    trail.AppendRequest
		code       fault.Code
		want       string
	}{
		{"another body", sigi, with(func(*trail.AppendRequest) {}), fault.PermissionDenied, "trail accesses is kept by CTIEMSP, not by SIGIMSP"},
		{"no trail", ctie, with(func(r *trail.AppendRequest) { r.Trail = "nowhere" }), fault.NotFound, "there is no trail nowhere"},
		{"a gap", ctie, with(func(r *trail.AppendRequest) { r.Number = 4 }), fault.FailedPrecondition,
			"batch 3 of source front-office is not on the ledger: append it first, or declare the gap"},
		{"a gap after what is not there", ctie, gap(with(func(r *trail.AppendRequest) { r.Number = 9 }), 5), fault.FailedPrecondition, "batch 5 of source"},
		{"a gap without reason", ctie, with(func(r *trail.AppendRequest) { *r = gap(*r, 0); r.GapReason = "" }), fault.InvalidArgument, "gapReason: is missing"},
		{"a number that is taken", ctie, with(func(r *trail.AppendRequest) { r.Number = 1 }), fault.AlreadyExists,
			"batch 1 of source front-office was appended with other content"},
		{"an unknown action", ctie, with(func(r *trail.AppendRequest) { r.Entries[2].Action = "peek" }), fault.InvalidArgument, "entries 2 /action: "},
		{"a time to come", ctie, with(func(r *trail.AppendRequest) { r.Entries[1].OccurredAt = "2026-01-02T00:00:00Z" }), fault.InvalidArgument, "entries 1 /occurredAt: "},
		{"a name for a pseudonym", ctie, with(func(r *trail.AppendRequest) { r.Entries[1].Subject = "Jeanne" }), fault.InvalidArgument, "entries 1 /subject: "},
		{"no entries", ctie, with(func(r *trail.AppendRequest) { r.Entries = []trail.Entry{} }), fault.InvalidArgument, "entries: "},
		{"one entry too many", ctie, with(func(r *trail.AppendRequest) { r.Entries = acts("x", trail.MaxEntries+1) }), fault.InvalidArgument, "entries: are 5001, not 1 to 5000"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := w.requireNothingWritten(func() error { _, err := w.recorder(tc.body).submit("Append", tc.request); return err })
			requireRefused(t, tc.code, err)
			require.ErrorContains(t, err, tc.want)
		})
	}
	t.Run("and is not in the way of one that is mended", func(t *testing.T) {
		w.recorder(ctie).appended(with(func(*trail.AppendRequest) {}))
	})
}

func TestADeclaredGapIsOnRecord(t *testing.T) {
	w := newTrails(t)
	late := w.recorder(ctie).appended(gap(appendOf("back-office", 7, acts("a", 1)...), 0))
	require.Equal(t, 0, late.Previous)
	require.Equal(t, "restored-backup", late.GapReason)
	w.recorder(ctie).appended(gap(appendOf("back-office", 9, acts("b", 1)...), 7))
	w.recorder(ctie).appended(appendOf("back-office", 10, acts("c", 1)...))
	w.recorder(ctie).appended(appendOf(office, 1, acts("d", 1)...))

	var heads []trail.Batch
	for _, state := range shown[trail.BatchPage](w.reader(audit), "Batches", trail.BatchesRequest{Trail: accesses}).Items {
		heads = append(heads, state.Batch)
	}
	require.Equal(t, []trail.Gap{
		{Source: "back-office", After: 0, Before: 7, Declared: "restored-backup"}, {Source: "back-office", After: 7, Before: 9, Declared: "restored-backup"},
	}, trail.Gaps(heads))
	require.Equal(t, heads[:3], batches(shown[trail.BatchPage](w.reader(audit), "Batches", trail.BatchesRequest{Trail: accesses, Source: "back-office"}).Items))
}

func batches(states []trail.BatchState) []trail.Batch {
	var heads []trail.Batch
	for _, state := range states {
		heads = append(heads, state.Batch)
	}
	return heads
}

func TestARepeatedAppendReturnsTheBatchAndWritesNothing(t *testing.T) {
	w := newTrails(t)
	request := appendOf(office, 1, acts("a", 60)...)
	head := w.recorder(ctie).appended(request)
	w.recorder(ctie).appended(appendOf(office, 2, acts("b", 1)...))
	state := w.State()
	other := request
	other.RequestID = id("another-id")
	for name, repeated := range map[string]trail.AppendRequest{"as it was": request, "with another id": other} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, head, w.recorder(ctie).appended(repeated))
			require.Equal(t, state, w.State())
			require.Empty(t, w.Events(w.Height()-1))
		})
	}
	t.Run("not to another body", func(t *testing.T) {
		_, err := w.recorder(sigi).submit("Append", request)
		requireRefused(t, fault.PermissionDenied, err)
	})
	t.Run("not sealed", func(t *testing.T) {
		seal, _ := sealOf(t, office, 1, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), request.Entries...)
		_, err := w.recorder(ctie).submit("Seal", seal)
		requireRefused(t, fault.AlreadyExists, err)
	})
}

func TestRecordersNeedTheRoleAndReadersDoNot(t *testing.T) {
	w := newTrails(t)
	for _, client := range []*user{
		w.reader(ctie),
		w.registrar(ctie), // another role
		{w, w.Client(ctie, ledgertest.WithUser("x"), ledgertest.WithAttribute(contract.RoleRecorder, "yes"))},
	} {
		for _, function := range []string{"Define", "Amend", "Append", "Seal", "Reveal", "Remove"} {
			err := w.requireNothingWritten(func() error { _, err := client.submit(function, "{}"); return err })
			requireRefused(t, fault.PermissionDenied, err)
			require.ErrorContains(t, err, function+" needs a certificate with the attribute psbc.recorder=true")
		}
	}
}

func TestMalformedRequestsOnTrailsAreRefused(t *testing.T) {
	w := newTrails(t)
	for _, function := range []string{
		"Define", "Amend", "Append", "Seal", "Reveal", "Remove", "ReadTrail", "ReadBatch", "Batches", "Entries", "BySubject", "ByActor",
	} {
		for _, request := range []string{"", "{}", "[]", `{"unknown":1}`, "{"} {
			_, err := w.recorder(ctie).client.Endorse(function, request)
			requireRefused(t, fault.InvalidArgument, err)
		}
		_, err := w.recorder(ctie).client.Endorse(function, "{}", "{}")
		requireRefused(t, fault.InvalidArgument, err)
	}
	_, err := w.recorder(ctie).client.Evaluate("Trails", `{"pageSize":1001}`)
	requireRefused(t, fault.InvalidArgument, err)
	_, err = w.recorder(ctie).client.Evaluate("Forget", "{}")
	requireRefused(t, fault.InvalidArgument, err)
}

func TestWhatIsNotInATrailIsNotFound(t *testing.T) {
	w := newTrails(t)
	_, reveal := sealOf(t, office, 1, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), acts("a", 1)...)
	nowhere := reveal
	nowhere.Trail = "nowhere"
	for _, tc := range []struct {
		function string
		request  any
	}{
		{"ReadTrail", trail.TrailRequest{Trail: "nowhere"}},
		{"ReadBatch", batchOf(office, 1)},
		{"ReadBatch", trail.BatchRequest{Trail: "nowhere", Source: office, Number: 1}},
		{"Batches", trail.BatchesRequest{Trail: "nowhere"}},
		{"Entries", trail.EntriesRequest{Trail: "nowhere"}},
		{"BySubject", trail.PersonRequest{Pseudonym: pseudonym("a"), Trail: "nowhere"}},
		{"ByActor", trail.PersonRequest{Pseudonym: pseudonym("a"), Trail: "nowhere"}},
		{"Reveal", reveal}, {"Reveal", nowhere}, {"Remove", removeOf(office, 1)},
	} {
		requireRefused(t, fault.NotFound, w.recorder(ctie).evaluate(tc.function, tc.request, &struct{}{}))
	}
	for _, list := range []string{"Batches", "Entries"} {
		require.NoError(t, w.reader(sigi).evaluate(list, trail.TrailRequest{Trail: accesses}, &struct{}{}), "an empty list is a list")
	}
}

func TestATrailIsShownToItsReadersOnly(t *testing.T) {
	w := newTrails(t, shownTo(audit))
	w.recorder(ctie).appended(appendOf(office, 1, acts("a", 3)...))
	w.defineTrail(sigi, accessTrail(func(d *trail.Definition) { d.ID = "open" }))
	open := appendOf("counter", 1, act("clerk", "citizen0", "open"))
	open.Trail = "open"
	w.recorder(sigi).appended(open)

	for _, body := range bodies() {
		mayRead := body == ctie || body == audit
		for function, request := range map[string]any{
			"ReadBatch": batchOf(office, 1), "Batches": trail.BatchesRequest{Trail: accesses}, "Entries": trail.EntriesRequest{Trail: accesses},
			"BySubject": trail.PersonRequest{Pseudonym: pseudonym("citizen0"), Trail: accesses},
			"ByActor":   trail.PersonRequest{Pseudonym: pseudonym("clerk"), Trail: accesses},
		} {
			err := w.reader(body).evaluate(function, request, &struct{}{})
			if mayRead {
				require.NoError(t, err, "%s by %s", function, body)
				continue
			}
			requireRefused(t, fault.PermissionDenied, err)
			require.ErrorContains(t, err, fmt.Sprintf("trail accesses of CTIEMSP is not shown to %s", body))
		}
		want := map[bool][]string{true: {"a-0", "open"}, false: {"open"}}[mayRead]
		require.Equal(t, want, correlations(w.reader(body).person(t, "BySubject", trail.PersonRequest{Pseudonym: pseudonym("citizen0"), PageSize: 1})))
		require.NoError(t, w.reader(body).evaluate("ReadTrail", trail.TrailRequest{Trail: accesses}, &trail.Trail{}))
	}
}

func TestTheTrailsMetadataAreThoseOfTheGoldenFile(t *testing.T) {
	w := newEmptyTrails(t)
	payload, err := w.Client(ctie).Evaluate("org.hyperledger.fabric:GetMetadata")
	require.NoError(t, err)
	requireGolden(t, "testdata/trail-metadata.json", payload)
}

func TestTheTrailsNeedAProtection(t *testing.T) {
	_, err := contract.NewTrail(nil)
	require.Error(t, err)
}
