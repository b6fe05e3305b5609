package contract_test

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

// shuffled are batches of several trails and sources, whose claimed times are not in the
// order in which they are appended, and what they should be read as: in the order of
// trail, claimed time, source, number and position.
func shuffled(rt *rapid.T, w *world, trails []string) []trail.Located {
	var all []trail.Located
	numbers := map[string]int{}
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range rapid.IntRange(0, 12).Draw(rt, "batches") {
		request := appendOf(rapid.SampledFrom([]string{"a", "a-b", "b"}).Draw(rt, "source"), 1)
		request.Trail = rapid.SampledFrom(trails).Draw(rt, "trail")
		request.RequestID = id(fmt.Sprint("batch-", i))
		numbers[request.Trail+"/"+request.Source]++
		request.Number = numbers[request.Trail+"/"+request.Source]
		for e := range rapid.SampledFrom([]int{1, 1, 2, 3, 49, 50, 51, 101}).Draw(rt, "entries") {
			citizen := fmt.Sprint("citizen", rapid.IntRange(0, 2).Draw(rt, "citizen"))
			request.Entries = append(request.Entries, act("clerk", citizen, fmt.Sprint(i, "-", e)))
		}
		if rapid.IntRange(0, 3).Draw(rt, "crowded") == 0 { // so many that the indexes keep them in buckets
			request.Entries = append(request.Entries, crowd(fmt.Sprint(i), trail.IndexBuckets)...)
		}
		moment := begin.Add(time.Duration(rapid.IntRange(0, 5).Draw(rt, "moment")) * time.Hour)
		head := w.recorder(ctie).at(moment).appended(request)
		for e, entry := range request.Entries {
			entry.OccurredAt = head.First
			all = append(all, trail.Located{
				Trail: head.Trail, Body: ctie, Source: head.Source, Number: head.Number, Position: e, ClaimedTime: head.ClaimedTime, TxID: head.TxID, Entry: entry,
			})
		}
	}
	slices.SortFunc(all, func(a, b trail.Located) int {
		return cmp.Or(cmp.Compare(a.Trail, b.Trail), cmp.Compare(a.ClaimedTime, b.ClaimedTime),
			cmp.Compare(a.Source+"\x00", b.Source+"\x00"), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Position, b.Position))
	})
	return all
}

// Whatever was appended, however long the pages are and whatever period is asked for,
// lists are complete, each entry is in them once, and in its place.
func TestAnyTrailIsPagedCompletely(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newEmptyTrails(t)
		readers := map[string][]string{accesses: nil, "accesses-2": {digital}, "z": {audit}}
		for _, name := range []string{accesses, "accesses-2", "z"} {
			w.defineTrail(ctie, accessTrail(shownTo(readers[name]...), func(d *trail.Definition) { d.ID = name }))
		}
		all := shuffled(rt, w, []string{accesses, "accesses-2", "z"})
		want := func(keep func(trail.Located) bool) []trail.Located {
			kept := []trail.Located{}
			for _, e := range all {
				if keep(e) {
					kept = append(kept, e)
				}
			}
			return kept
		}
		size := rapid.SampledFrom([]int{0, 1, 2, 7, 49, 50, 51, 99, 1000}).Draw(rt, "size")
		if size == 1 && len(all) > 100 {
			size = 3
		}
		if size > 0 && len(all) > 500 {
			size = max(size, 7)
		}
		reader := w.reader(audit)

		bound := rapid.SampledFrom([]string{"", "2026-03-01T00:00:00Z", "2026-03-01T01:00:00.0Z", "2026-03-01T02:00:00Z", "2026-03-01T02:30:00Z"})
		from, to := bound.Draw(rt, "from"), bound.Draw(rt, "to")
		if from != "" && to != "" && to <= from {
			to = ""
		}
		during := func(e trail.Located) bool {
			hour := strings.TrimSuffix(e.ClaimedTime, ".000000000Z")
			return (from == "" || hour >= from[:len(hour)]) && (to == "" || hour < to[:len(hour)])
		}
		require.Equal(rt, want(func(e trail.Located) bool { return e.Trail == accesses && during(e) }),
			reader.entries(rt, trail.EntriesRequest{Trail: accesses, From: from, To: to, PageSize: size}))
		citizen := pseudonym("citizen1")
		require.Equal(rt, want(func(e trail.Located) bool { return e.Trail == accesses && during(e) && e.Entry.Subject == citizen }),
			reader.person(rt, "BySubject", trail.PersonRequest{Pseudonym: citizen, Trail: accesses, From: from, To: to, PageSize: size}))
		require.Equal(rt, want(func(e trail.Located) bool { return e.Trail != "accesses-2" && e.Entry.Subject == citizen }),
			reader.person(rt, "BySubject", trail.PersonRequest{Pseudonym: citizen, PageSize: size}))
		clerk := pseudonym("clerk")
		require.Equal(rt, want(func(e trail.Located) bool { return e.Trail != "accesses-2" && e.Entry.Actor == clerk }),
			reader.person(rt, "ByActor", trail.PersonRequest{Pseudonym: clerk, PageSize: size}))
	})
}

func TestBatchesArePagedBySourceAndNumber(t *testing.T) {
	w := newTrails(t)
	var want []trail.Batch
	for _, source := range []string{"a", "a-b", "b"} {
		for number := range 4 {
			want = append(want, w.recorder(ctie).appended(appendOf(source, number+1, acts(source, 1)...)))
		}
	}
	for size := 1; size <= 13; size++ {
		for source, from := range map[string][]trail.Batch{"": want, "a": want[:4], "a-b": want[4:8]} {
			var found []trail.Batch
			r := trail.BatchesRequest{Trail: accesses, Source: source, PageSize: size}
			for {
				page := shown[trail.BatchPage](w.reader(sigi), "Batches", r)
				found = append(found, batches(page.Items)...)
				if page.Bookmark == "" {
					break
				}
				require.Len(t, page.Items, size)
				r.Bookmark = page.Bookmark
			}
			require.Equal(t, from, found)
		}
	}
}

func TestABookmarkOfAnotherListIsRefused(t *testing.T) {
	w := newTrails(t)
	w.recorder(ctie).appended(appendOf(office, 1, acts("a", 60)...))
	entries := trail.EntriesRequest{Trail: accesses, PageSize: 20}
	person := trail.PersonRequest{Pseudonym: pseudonym("clerk"), PageSize: 20}
	ofEntries := shown[trail.EntryPage](w.reader(ctie), "Entries", entries).Bookmark
	ofPerson := shown[trail.EntryPage](w.reader(ctie), "ByActor", person).Bookmark
	require.NotEmpty(t, ofEntries)
	require.NotEmpty(t, ofPerson)

	later := entries
	later.From, later.Bookmark = "2027-01-01T00:00:00Z", ofEntries
	entries.Bookmark, person.Bookmark = "nonsense", "nonsense"
	inOne := trail.PersonRequest{Pseudonym: pseudonym("clerk"), Trail: accesses, Bookmark: ofPerson}
	for function, request := range map[string]any{
		"Entries": entries, "ByActor": person, "BySubject": inOne, "Batches": trail.BatchesRequest{Trail: accesses, Bookmark: ofEntries},
		"Trails": trail.TrailsRequest{Bookmark: ofEntries},
	} {
		requireRefused(t, fault.InvalidArgument, w.reader(ctie).evaluate(function, request, &struct{}{}))
	}
	requireRefused(t, fault.InvalidArgument, w.reader(ctie).evaluate("Entries", later, &struct{}{})) // a place before the period
}

// movedTo is a bookmark whose last field, the offset, is changed.
func movedTo(t *testing.T, bookmark, offset string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(bookmark)
	require.NoError(t, err)
	return base64.RawURLEncoding.EncodeToString(append(raw[:bytes.LastIndexByte(raw, 0)+1], offset...))
}

func TestABookmarkPastTheEndOfItsKeyIsRefused(t *testing.T) {
	w := newTrails(t)
	w.recorder(ctie).appended(appendOf(office, 1, acts("a", 40)...))
	entries := trail.EntriesRequest{Trail: accesses, PageSize: 20}
	person := trail.PersonRequest{Pseudonym: pseudonym("clerk"), PageSize: 20}
	entries.Bookmark = shown[trail.EntryPage](w.reader(ctie), "Entries", entries).Bookmark
	person.Bookmark = shown[trail.EntryPage](w.reader(ctie), "ByActor", person).Bookmark
	for offset, refused := range map[string]bool{"39": false, "40": false, "41": true, "50": true, "5000": true} {
		entries.Bookmark, person.Bookmark = movedTo(t, entries.Bookmark, offset), movedTo(t, person.Bookmark, offset)
		for function, request := range map[string]any{"Entries": entries, "ByActor": person} {
			err := w.reader(ctie).evaluate(function, request, &struct{}{})
			if refused {
				requireRefused(t, fault.InvalidArgument, err)
			} else {
				require.NoError(t, err, "%s from %s", function, offset)
			}
		}
	}
}

func TestAPageGoesOnWhereItStoodThoughItsBatchWasRemoved(t *testing.T) {
	w := newTrails(t)
	w.recorder(ctie).appended(appendOf(office, 1, acts("a", 60)...))
	w.recorder(ctie).appended(appendOf(office, 2, acts("b", 2)...))
	entries := trail.EntriesRequest{Trail: accesses, PageSize: 20}
	person := trail.PersonRequest{Pseudonym: pseudonym("clerk"), PageSize: 20}
	entries.Bookmark = shown[trail.EntryPage](w.reader(ctie), "Entries", entries).Bookmark
	person.Bookmark = shown[trail.EntryPage](w.reader(ctie), "ByActor", person).Bookmark
	answer[trail.BatchState](w.recorder(ctie).at(opening()), "Remove", removeOf(office, 1))
	require.Equal(t, []string{"b-0", "b-1"}, correlations(shown[trail.EntryPage](w.reader(ctie), "Entries", entries).Items))
	require.Equal(t, []string{"b-0", "b-1"}, correlations(shown[trail.EntryPage](w.reader(ctie), "ByActor", person).Items))
}

// scattered are entries of which one of each chunk concerns the citizen "rare".
func scattered(name string, n int, long bool) []trail.Entry {
	entries := acts(name, n)
	for i := range entries {
		if i%trail.ChunkEntries == 7 {
			entries[i].Subject = pseudonym("rare")
		}
		if long {
			code := strings.Repeat("c", trail.MaxCode)
			entries[i].Basis, entries[i].Purpose, entries[i].DetailHash = code, code, strings.Repeat("d", 64)
			entries[i].Correlation += strings.Repeat("x", trail.MaxCorrelation-len(entries[i].Correlation))
		}
	}
	return entries
}

// Each page is of bounded work, however scattered what it looks for is.
func TestAPageOfAPersonIsBounded(t *testing.T) {
	rare := trail.PersonRequest{Pseudonym: pseudonym("rare"), PageSize: trail.MaxPageSize}
	t.Run("by the chunks that it reads", func(t *testing.T) {
		w := newTrails(t)
		for number := range 3 {
			w.recorder(ctie).appended(appendOf(office, number+1, scattered(fmt.Sprint(number), trail.MaxEntries, false)...))
		}
		first := shown[trail.EntryPage](w.reader(sigi), "BySubject", rare)
		require.Len(t, first.Items, 200)
		require.NotEmpty(t, first.Bookmark)
		require.Len(t, w.reader(sigi).person(t, "BySubject", rare), 300)
	})
	t.Run("by their bytes", func(t *testing.T) {
		w := newTrails(t)
		for number := range 2 {
			w.recorder(ctie).appended(appendOf(office, number+1, scattered(fmt.Sprint(number), trail.MaxEntries, true)...))
		}
		first := shown[trail.EntryPage](w.reader(sigi), "BySubject", rare)
		require.Less(t, len(first.Items), 150)
		require.NotEmpty(t, first.Items)
		require.NotEmpty(t, first.Bookmark)
		require.Len(t, w.reader(sigi).person(t, "BySubject", rare), 200)
		everything := trail.EntriesRequest{Trail: accesses, PageSize: trail.MaxPageSize}
		require.Len(t, w.reader(sigi).entries(t, everything), 2*trail.MaxEntries)
	})
	t.Run("by the keys that it looks at in trails that are left out", func(t *testing.T) {
		const sources = 1100
		w := newTrails(t, shownTo(audit))
		w.defineTrail(ctie, accessTrail(func(d *trail.Definition) { d.ID = "open" }))
		var block []*ledgertest.Transaction
		for i := range sources {
			block = append(block, w.recorder(ctie).mustEndorse("Append", appendOf(fmt.Sprint("s", i), 1, act("clerk", "rare", "hidden"))))
		}
		require.NotContains(t, w.Commit(block...), conflict)
		open := appendOf(office, 1, act("clerk", "rare", "open"))
		open.Trail = "open"
		w.recorder(ctie).appended(open)

		first := shown[trail.EntryPage](w.reader(sigi), "BySubject", rare)
		require.Empty(t, first.Items)
		require.NotEmpty(t, first.Bookmark)
		require.Equal(t, []string{"open"}, correlations(w.reader(sigi).person(t, "BySubject", rare)))
		require.Len(t, w.reader(audit).person(t, "BySubject", rare), sources+1)
	})
}
