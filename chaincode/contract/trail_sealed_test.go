package contract_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

// opening is when the sealed batches of the tests may be revealed.
func opening() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC) }

func TestASealedBatchShowsNothingUntilItIsRevealed(t *testing.T) {
	w := newTrails(t)
	entries := acts("covert", 120)
	seal, reveal := sealOf(t, office, 1, opening(), entries...)
	head := answer[trail.Batch](w.recorder(ctie), "Seal", seal)
	require.Equal(t, "2026-06-01T00:00:00.000000000Z", head.RevealAfter)
	require.Equal(t, 120, head.Entries)
	require.Empty(t, head.First+head.Last)
	require.True(t, w.requireTrailEvent(trail.EventAppended).Sealed)
	w.recorder(ctie).appended(appendOf(office, 2, acts("open", 1)...))

	require.False(t, w.PublicContains("covert"), "correlation of an entry")
	require.False(t, w.PublicContains(pseudonym("citizen2")))
	require.Equal(t, []string{"open-0"}, correlations(w.reader(ctie).entries(t, trail.EntriesRequest{Trail: accesses})))
	require.Equal(t, []string{"open-0"}, correlations(w.reader(ctie).person(t, "ByActor", trail.PersonRequest{Pseudonym: pseudonym("clerk")})))

	t.Run("a repetition returns the batch", func(t *testing.T) {
		state := w.State()
		require.Equal(t, head, answer[trail.Batch](w.recorder(ctie), "Seal", seal))
		require.Equal(t, state, w.State())
	})
	t.Run("what is not due, or not what was committed, is refused", func(t *testing.T) {
		forged := reveal
		forged.Entries = slices.Clone(reveal.Entries)
		forged.Entries[3].Entry.Outcome = trail.OutcomeDenied
		short := reveal
		short.Entries = reveal.Entries[:119]
		openOne := reveal
		openOne.Number = 2
		due := opening().Add(time.Hour)
		for _, tc := range []struct {
			name    string
			by      *user
			request trail.RevealRequest
			code    fault.Code
			want    string
		}{
			{"too early", w.recorder(ctie).at(opening().Add(-time.Second)), reveal, fault.FailedPrecondition, "may be revealed from 2026-06-01T00:00:00.000000000Z"},
			{"a changed entry", w.recorder(ctie).at(due), forged, fault.InvalidArgument, "entries 3: is not what was committed"},
			{"an entry less", w.recorder(ctie).at(due), short, fault.InvalidArgument, "are 119, but 120 were committed"},
			{"another body", w.recorder(sigi).at(due), reveal, fault.PermissionDenied, "is kept by CTIEMSP"},
			{"a batch that is not sealed", w.recorder(ctie).at(due), openOne, fault.FailedPrecondition, "is not sealed"},
		} {
			t.Run(tc.name, func(t *testing.T) {
				err := w.requireNothingWritten(func() error { _, err := tc.by.submit("Reveal", tc.request); return err })
				requireRefused(t, tc.code, err)
				require.ErrorContains(t, err, tc.want)
			})
		}
	})

	state := answer[trail.BatchState](w.recorder(ctie).at(opening()), "Reveal", reveal)
	require.Equal(t, head, state.Batch)
	require.NotNil(t, state.Revealed)
	require.Equal(t, reveal.RequestID, state.Revealed.RequestID)
	w.requireTrailEvent(trail.EventRevealed)
	require.Equal(t, state, shown[trail.BatchState](w.reader(sigi), "ReadBatch", batchOf(office, 1)))
	require.Equal(t, state, shown[trail.BatchPage](w.reader(sigi), "Batches", trail.BatchesRequest{Trail: accesses}).Items[0])

	found := w.reader(audit).entries(t, trail.EntriesRequest{Trail: accesses})
	require.Len(t, found, 121)
	require.Equal(t, trail.Located{
		Trail: accesses, Body: ctie, Source: office, Number: 1, Position: 0, ClaimedTime: head.ClaimedTime, TxID: head.TxID,
		Revealed: state.Revealed.TxID, Entry: found[0].Entry,
	}, found[0])
	require.Equal(t, "covert-0", found[0].Entry.Correlation)
	require.Empty(t, found[120].Revealed)
	require.Len(t, w.reader(audit).person(t, "BySubject", trail.PersonRequest{Pseudonym: pseudonym("citizen2")}), 40)

	t.Run("once", func(t *testing.T) {
		before := w.State()
		again := reveal
		again.RequestID = id("again")
		require.Equal(t, state, answer[trail.BatchState](w.recorder(ctie).at(opening()), "Reveal", again))
		require.Equal(t, before, w.State())
	})
}

func TestEntriesAreRemovedWhenTheirTimeIsOver(t *testing.T) {
	w := newTrails(t)
	seal, reveal := sealOf(t, "revealed", 1, opening(), acts("revealed", 60)...)
	unopened, late := sealOf(t, "unopened", 1, opening(), acts("unopened", 60)...)
	answer[trail.Batch](w.recorder(ctie), "Seal", seal)
	answer[trail.Batch](w.recorder(ctie), "Seal", unopened)
	head := w.recorder(ctie).appended(appendOf(office, 1, acts("a", 70)...))
	w.recorder(ctie).appended(appendOf(office, 2, acts("b", 1)...))
	w.recorder(ctie).appended(appendOf("crowd", 1, crowd("c", trail.IndexBuckets+1)...))
	answer[trail.BatchState](w.recorder(ctie).at(opening()), "Remove", removeOf("crowd", 1))
	answer[trail.BatchState](w.recorder(ctie).at(opening()), "Reveal", reveal)

	over, err := time.Parse(time.RFC3339Nano, head.ClaimedTime)
	require.NoError(t, err)
	over = over.AddDate(0, 0, 35)
	t.Run("not before", func(t *testing.T) {
		err := w.requireNothingWritten(func() error {
			_, err := w.recorder(ctie).at(over.Add(-time.Nanosecond)).submit("Remove", removeOf(office, 1))
			return err
		})
		requireRefused(t, fault.FailedPrecondition, err)
		require.ErrorContains(t, err, "its entries may be removed from 2026-02-05T")
	})
	t.Run("not by another body", func(t *testing.T) {
		_, err := w.recorder(sigi).at(over).submit("Remove", removeOf(office, 1))
		requireRefused(t, fault.PermissionDenied, err)
	})

	state := answer[trail.BatchState](w.recorder(ctie).at(over), "Remove", removeOf(office, 1))
	require.Equal(t, head, state.Batch)
	require.Equal(t, 35, state.Removed.Days)
	require.Equal(t, "five-weeks", state.Removed.Retention)
	require.Equal(t, head.Entries, w.requireTrailEvent(trail.EventRemoved).Entries)
	require.Equal(t, state, shown[trail.BatchState](w.reader(sigi), "ReadBatch", batchOf(office, 1)))
	require.Len(t, w.reader(sigi).entries(t, trail.EntriesRequest{Trail: accesses}), 61)

	t.Run("once", func(t *testing.T) {
		before := w.State()
		again := removeOf(office, 1)
		again.RequestID = id("again")
		require.Equal(t, state, answer[trail.BatchState](w.recorder(ctie).at(over), "Remove", again))
		require.Equal(t, before, w.State())
	})
	t.Run("and appended never again", func(t *testing.T) {
		require.Equal(t, head, w.recorder(ctie).appended(appendOf(office, 1, acts("a", 70)...)), "a repetition")
		require.Len(t, w.reader(sigi).entries(t, trail.EntriesRequest{Trail: accesses}), 61)
	})
	t.Run("sealed ones too, revealed or not", func(t *testing.T) {
		for _, source := range []string{"revealed", "unopened"} {
			state := answer[trail.BatchState](w.recorder(ctie).at(opening()), "Remove", removeOf(source, 1))
			require.NotNil(t, state.Removed)
			require.Equal(t, source == "revealed", state.Revealed != nil)
			require.Equal(t, state, answer[trail.BatchState](w.recorder(ctie).at(opening()), "Remove", removeOf(source, 1)))
		}
		for _, request := range []trail.RevealRequest{reveal, late} {
			_, err := w.recorder(ctie).at(opening()).submit("Reveal", request)
			requireRefused(t, fault.FailedPrecondition, err)
			require.ErrorContains(t, err, "were removed on 2026-06-01T00:00:00.000000000Z")
		}
	})

	require.Equal(t, []string{"b-0"}, correlations(w.reader(sigi).person(t, "ByActor", trail.PersonRequest{Pseudonym: pseudonym("clerk")})))
	require.Empty(t, w.reader(sigi).person(t, "BySubject", trail.PersonRequest{Pseudonym: pseudonym("citizen2")}))
	require.Len(t, shown[trail.BatchPage](w.reader(sigi), "Batches", trail.BatchesRequest{Trail: accesses}).Items, 5, "the heads stay")

	answer[trail.BatchState](w.recorder(ctie).at(opening()), "Remove", removeOf(office, 2))
	for _, key := range slices.Sorted(maps.Keys(w.State())) {
		for _, gone := range []string{"\x00trail.entry\x00", "\x00trail.sealed\x00", "\x00trail.subject", "\x00trail.actor"} {
			require.NotContains(t, key, gone, "nothing dangles")
		}
	}
}

// What happens to a batch at once in one block happens once.
func TestARevealAndARemovalAtOnceDoNotMix(t *testing.T) {
	for name, order := range map[string][]string{"revealed first": {"Reveal", "Remove"}, "removed first": {"Remove", "Reveal"}} {
		t.Run(name, func(t *testing.T) {
			w := newTrails(t)
			seal, reveal := sealOf(t, office, 1, opening(), acts("a", 3)...)
			answer[trail.Batch](w.recorder(ctie), "Seal", seal)
			requests := map[string]any{"Reveal": reveal, "Remove": removeOf(office, 1)}
			a := w.recorder(ctie).at(opening()).mustEndorse(order[0], requests[order[0]])
			b := w.recorder(ctie).at(opening()).mustEndorse(order[1], requests[order[1]])
			require.Equal(t, codes(valid, conflict), w.Commit(a, b))
			want := map[bool]int{true: 3, false: 0}[order[0] == "Reveal"]
			require.Len(t, w.reader(ctie).entries(t, trail.EntriesRequest{Trail: accesses}), want)
		})
	}
}
