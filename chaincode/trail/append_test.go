package trail_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

func TestAnAppendedBatchHasAHeadThatSaysAllOfIt(t *testing.T) {
	r := appendRequest(7, 3)
	r.Entries[0].OccurredAt = "2026-11-22T08:00:00Z"
	r.Entries[1].OccurredAt = "2026-11-22T09:05:07Z" // the tolerance, to the nanosecond
	r.Entries[2].OccurredAt = "2026-11-22T07:59:59.5Z"
	require.NoError(t, r.Validate())
	require.Equal(t, 6, r.NeedsPrevious())
	content := contentOf(t, "Append", r)
	head, err := trail.Append(r, txOf(7), civilStatus(t), content, &trail.Batch{Number: 6})
	require.NoError(t, err)
	require.Equal(t, trail.Batch{
		V: 1, Trail: "civil-status", Source: "desk-1", Number: 7, Previous: 6, Entries: 3, Body: ctie, RetentionDays: 3650, Content: content,
		First: "2026-11-22T07:59:59.500000000Z", Last: "2026-11-22T09:05:07.000000000Z",
		ClaimedTime: "2026-11-22T09:00:07.000000000Z", TxID: "tx7", RequestID: requestID,
	}, head)
	require.NoError(t, head.Validate())

	require.NoError(t, trail.Repeated(head, content))
	err = trail.Repeated(head, contentOf(t, "Seal", r))
	require.EqualError(t, err, "ALREADY_EXISTS: batch 7 of source desk-1 was appended with other content")
}

func TestAnAppendIsRefused(t *testing.T) {
	const code = "INVALID_ARGUMENT: "
	there := &trail.Batch{Number: 6}
	for _, tc := range []struct {
		name     string
		spoil    func(*trail.AppendRequest, *trail.Tx)
		previous *trail.Batch
		want     string
	}{
		{"for another body", func(_ *trail.AppendRequest, tx *trail.Tx) { tx.Body = sigi }, there, "PERMISSION_DENIED: trail civil-status is kept by CTIEMSP, not by SIGIMSP"},
		{"for a reader", func(_ *trail.AppendRequest, tx *trail.Tx) { tx.Body = court }, there, "PERMISSION_DENIED: trail civil-status is kept by CTIEMSP, not by CourDesComptesMSP"},
		{"without the batch before", func(*trail.AppendRequest, *trail.Tx) {}, nil, "FAILED_PRECONDITION: batch 6 of source desk-1 is not on the ledger: append it first, or declare the gap"},
		{"with a gap after nothing", func(r *trail.AppendRequest, _ *trail.Tx) { r.Previous, r.GapReason = at(3), "lost" }, nil, "FAILED_PRECONDITION: batch 3 of source desk-1 is not on the ledger: append it first, or declare the gap"},
		{"with an unknown action", func(r *trail.AppendRequest, _ *trail.Tx) { r.Entries[4].Action = "paint" }, there, code + `entries 4 /action: "paint" is neither a common action nor one of trail civil-status`},
		{"with an action in capitals", func(r *trail.AppendRequest, _ *trail.Tx) { r.Entries[4].Action = "READ" }, there, code + `entries 4 /action: "READ" is neither a common action nor one of trail civil-status`},
		{"with a time to come", func(r *trail.AppendRequest, _ *trail.Tx) { r.Entries[4].OccurredAt = "2026-11-22T09:05:07.000000001Z" }, there, code + "entries 4 /occurredAt: 2026-11-22T09:05:07.000000001Z is more than 300 seconds after the transaction's time 2026-11-22T09:00:07.000000000Z"},
		{"at no time", func(_ *trail.AppendRequest, tx *trail.Tx) { tx.ClaimedTime = "now" }, there, `claimed time: parsing time "now" as "2006-01-02T15:04:05.000000000Z": cannot parse "now" as "2006"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, tx := appendRequest(7, 5), txOf(7)
			tc.spoil(&r, &tx)
			head, err := trail.Append(r, tx, civilStatus(t), contentOf(t, "Append", r), tc.previous)
			require.EqualError(t, err, tc.want)
			require.Zero(t, head)
		})
	}
}

func TestEveryActionOfATrailIsRecorded(t *testing.T) {
	state := civilStatus(t)
	actions := append(trail.Actions(), state.Actions...)
	r := appendRequest(1, len(actions))
	for i, action := range actions {
		r.Entries[i].Action = action
		r.Entries[i].Outcome = trail.Outcomes()[i%3]
	}
	require.NoError(t, r.Validate())
	_, err := trail.Append(r, txOf(1), state, "", nil)
	require.NoError(t, err)
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(actions))), 14)
}

func TestABatchSaysWhichOneWasBefore(t *testing.T) {
	for _, tc := range []struct {
		name     string
		number   int
		previous *int
		reason   string
		stored   *trail.Batch
		want     int
	}{
		{"the first", 1, nil, "", nil, 0},
		{"the first, said", 1, at(0), "", nil, 0},
		{"the next", 7, nil, "", &trail.Batch{}, 6},
		{"the next, said", 7, at(6), "", &trail.Batch{}, 6},
		{"a declared gap", 7, at(3), "disk-lost", &trail.Batch{}, 3},
		{"a gap from the beginning", 7, at(0), "restored", nil, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := appendRequest(tc.number, 1)
			r.Previous, r.GapReason = tc.previous, tc.reason
			require.NoError(t, r.Validate())
			require.Equal(t, tc.want, r.NeedsPrevious())
			head, err := trail.Append(r, txOf(1), civilStatus(t), contentOf(t, "Append", r), tc.stored)
			require.NoError(t, err)
			require.Equal(t, tc.want, head.Previous)
			require.Equal(t, tc.reason, head.GapReason)
			require.NoError(t, head.Validate())
		})
	}
}

func TestASealedBatchHasAHeadWithoutTimesOfItsEntries(t *testing.T) {
	r, _ := sealed(t, 7, 3)
	require.NoError(t, r.Validate())
	content := contentOf(t, "Seal", r)
	head, err := trail.Seal(r, txOf(7), civilStatus(t), content, &trail.Batch{})
	require.NoError(t, err)
	require.Equal(t, trail.Batch{
		V: 1, Trail: "civil-status", Source: "desk-1", Number: 7, Previous: 6, Entries: 3, Body: ctie, RetentionDays: 3650, Content: content,
		RevealAfter: "2027-01-01T00:00:00.000000000Z", ClaimedTime: "2026-11-22T09:00:07.000000000Z", TxID: "tx7", RequestID: requestID,
	}, head)
	require.NoError(t, head.Validate())
}

func TestASealIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name     string
		spoil    func(*trail.SealRequest, *trail.Tx)
		previous *trail.Batch
		want     string
	}{
		{"for another body", func(_ *trail.SealRequest, tx *trail.Tx) { tx.Body = sigi }, &trail.Batch{}, "PERMISSION_DENIED: trail civil-status is kept by CTIEMSP, not by SIGIMSP"},
		{"without the batch before", func(*trail.SealRequest, *trail.Tx) {}, nil, "FAILED_PRECONDITION: batch 6 of source desk-1 is not on the ledger: append it first, or declare the gap"},
		{"until now", func(r *trail.SealRequest, _ *trail.Tx) { r.RevealAfter = "2026-11-22T09:00:07Z" }, &trail.Batch{}, "INVALID_ARGUMENT: revealAfter: 2026-11-22T09:00:07Z is not after the transaction's time 2026-11-22T09:00:07.000000000Z"},
		{"until long ago", func(r *trail.SealRequest, _ *trail.Tx) { r.RevealAfter = "1990-01-01T00:00:00Z" }, &trail.Batch{}, "INVALID_ARGUMENT: revealAfter: 1990-01-01T00:00:00Z is not after the transaction's time 2026-11-22T09:00:07.000000000Z"},
		{"for more than a hundred years", func(r *trail.SealRequest, _ *trail.Tx) { r.RevealAfter = "2126-11-23T09:00:07.5Z" }, &trail.Batch{}, "INVALID_ARGUMENT: revealAfter: 2126-11-23T09:00:07.5Z is more than 36525 days after the transaction's time"},
		{"at no time", func(_ *trail.SealRequest, tx *trail.Tx) { tx.ClaimedTime = "now" }, &trail.Batch{}, `claimed time: parsing time "now" as "2006-01-02T15:04:05.000000000Z": cannot parse "now" as "2006"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, _ := sealed(t, 7, 2)
			tx := txOf(7)
			tc.spoil(&r, &tx)
			head, err := trail.Seal(r, tx, civilStatus(t), contentOf(t, "Seal", r), tc.previous)
			require.EqualError(t, err, tc.want)
			require.Zero(t, head)
		})
	}
	for _, until := range []string{"2026-11-22T09:00:07.000000001Z", "2126-11-23T09:00:07Z"} {
		r, _ := sealed(t, 7, 2)
		r.RevealAfter = until
		_, err := trail.Seal(r, txOf(7), civilStatus(t), "", &trail.Batch{})
		require.NoError(t, err, until)
	}
}

func TestATrailIsDefinedOnceAndAmendedInTurn(t *testing.T) {
	first := civilStatus(t)
	require.Equal(t, trail.Trail{V: 1, Definition: definition(), Body: ctie, Version: 1, ClaimedTime: txOf(0).ClaimedTime, TxID: "tx0", RequestID: requestID}, first)
	require.NoError(t, first.Validate())

	define := trail.DefineRequest{RequestID: "request-0002", Definition: definition()}
	_, err := trail.Define(define, txOf(1), &first)
	require.EqualError(t, err, "ALREADY_EXISTS: trail civil-status exists already; CTIEMSP keeps it")

	amend := trail.AmendRequest{RequestID: "request-0003", Base: 1, Definition: definition()}
	amend.Retention, amend.RetentionDays, amend.Readers = "log:20y", 7300, nil
	second, err := trail.Amend(amend, txOf(2), &first)
	require.NoError(t, err)
	require.Equal(t, trail.Trail{V: 1, Definition: amend.Definition, Body: ctie, Version: 2, ClaimedTime: txOf(2).ClaimedTime, TxID: "tx2", RequestID: "request-0003"}, second)
	require.NoError(t, second.Validate())

	_, err = trail.Amend(amend, txOf(3), &second)
	require.EqualError(t, err, "FAILED_PRECONDITION: trail civil-status is at version 2, not at 1")
	dropping := amend
	dropping.Base, dropping.Actions = 2, amend.Actions[:1]
	_, err = trail.Amend(dropping, txOf(3), &second)
	require.EqualError(t, err, "FAILED_PRECONDITION: trail civil-status records lu.etat:seal: an action may be added, not dropped")
	_, err = trail.Amend(amend, txOf(3), nil)
	require.EqualError(t, err, "NOT_FOUND: there is no trail civil-status")
	other := txOf(3)
	other.Body = sigi
	_, err = trail.Amend(amend, other, &second)
	require.EqualError(t, err, "PERMISSION_DENIED: trail civil-status is kept by CTIEMSP, not by SIGIMSP")
	requireCode(t, fault.PermissionDenied, trail.CheckOwner(first, other))
	require.NoError(t, trail.CheckOwner(first, txOf(4)))
}

func TestATrailIsReadByItsBodyAndItsReaders(t *testing.T) {
	open, closed := civilStatus(t), civilStatus(t)
	open.Readers = nil
	for body, reads := range map[string]bool{ctie: true, court: true, sigi: false, "": false} {
		require.Equal(t, reads, closed.ReadableBy(body), body)
		require.True(t, open.ReadableBy(body), body)
	}
}

func TestAnEntryIsRemovedWhenItsTimeIsOver(t *testing.T) {
	state := civilStatus(t)
	head := appended(t, 7) // on 22 November 2026, at 09:00:07
	r := trail.RemoveRequest{RequestID: requestID, Trail: head.Trail, Source: head.Source, Number: 7}
	require.NoError(t, r.Validate())
	tx := trail.Tx{ID: "tx9", ClaimedTime: "2036-11-19T09:00:07.000000000Z", Body: ctie}

	removal, err := trail.CheckRemove(r, tx, state, head)
	require.NoError(t, err)
	require.Equal(t, trail.Removal{
		V: 1, Trail: "civil-status", Source: "desk-1", Number: 7, Retention: "log:10y", Days: 3650, ClaimedTime: tx.ClaimedTime, TxID: "tx9", RequestID: requestID,
	}, removal)
	require.NoError(t, removal.Validate())

	early := tx
	early.ClaimedTime = "2036-11-19T09:00:06.999999999Z"
	_, err = trail.CheckRemove(r, early, state, head)
	require.EqualError(t, err, "FAILED_PRECONDITION: batch 7 of source desk-1 is kept for 3650 days (log:10y): its entries may be removed from 2036-11-19T09:00:07.000000000Z")
	shortened, lengthened := state, state
	shortened.RetentionDays, lengthened.RetentionDays = 1, 3651
	_, err = trail.CheckRemove(r, early, shortened, head)
	requireCode(t, fault.FailedPrecondition, err)
	_, err = trail.CheckRemove(r, tx, lengthened, head)
	require.ErrorContains(t, err, "is kept for 3651 days")
	other := tx
	other.Body = court
	_, err = trail.CheckRemove(r, other, state, head)
	requireCode(t, fault.PermissionDenied, err)
	head.ClaimedTime = "x"
	_, err = trail.CheckRemove(r, tx, state, head)
	require.Error(t, err)
	head.ClaimedTime = "9999-01-01T00:00:00.000000000Z"
	_, err = trail.CheckRemove(r, tx, state, head)
	require.ErrorContains(t, err, "is not 1 to 9999", fmt.Sprint(head))
}
