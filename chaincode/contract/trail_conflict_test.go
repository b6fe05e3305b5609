package contract_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

func TestAppendsToOneTrailNeverConflict(t *testing.T) {
	const recorders, rounds = 8, 4
	w := newTrails(t)
	var want []string
	for round := range rounds {
		var block []*ledgertest.Transaction
		for i := range recorders {
			name := fmt.Sprintf("r%d-%d", round, i)
			block = append(block, w.recorder(ctie).mustEndorse("Append", appendOf(fmt.Sprint("source-", i), round+1, acts(name, 3)...)))
			for e := range 3 {
				want = append(want, fmt.Sprint(name, "-", e))
			}
		}
		for i, code := range w.Commit(block...) {
			require.Equal(t, valid, code, "round %d, source %d", round, i)
		}
	}
	require.Equal(t, want, correlations(w.reader(audit).entries(t, trail.EntriesRequest{Trail: accesses})), "all are there, in their order")
}

func TestOfTwoBatchesOfOneNumberOneIsAppended(t *testing.T) {
	w := newTrails(t)
	one, other := appendOf(office, 1, acts("one", 3)...), appendOf(office, 1, acts("other", 3)...)
	a, b := w.recorder(ctie).mustEndorse("Append", one), w.recorder(ctie).mustEndorse("Append", other)
	// The first sets the policy of the head that both create, which the second cannot meet
	// in the same block.
	require.Equal(t, codes(valid, unmet), w.Commit(a, b))
	err := w.requireNothingWritten(func() error { _, err := w.recorder(ctie).submit("Append", other); return err })
	requireRefused(t, fault.AlreadyExists, err)
	require.Equal(t, []string{"one-0", "one-1", "one-2"}, correlations(w.reader(ctie).entries(t, trail.EntriesRequest{Trail: accesses})))

	t.Run("the same one twice is one", func(t *testing.T) {
		next := appendOf(office, 2, acts("next", 1)...)
		a, b := w.recorder(ctie).mustEndorse("Append", next), w.recorder(ctie).mustEndorse("Append", next)
		require.Equal(t, codes(valid, unmet), w.Commit(a, b))
		require.Equal(t, a.ID, w.recorder(ctie).appended(next).TxID)
		require.Len(t, w.reader(ctie).entries(t, trail.EntriesRequest{Trail: accesses}), 4)
	})
}

func TestAnAppendIsJudgedByTheDefinitionThatStands(t *testing.T) {
	w := newTrails(t)
	entry := act("clerk", "citizen", "a")
	entry.Action = "audit"
	_, err := w.recorder(ctie).submit("Append", appendOf(office, 1, entry))
	requireRefused(t, fault.InvalidArgument, err)
	require.ErrorContains(t, err, "entries 0 /action: ")
	entry.Action = "inspect"
	pending := w.recorder(ctie).mustEndorse("Append", appendOf(office, 1, entry))
	answer[trail.Trail](w.recorder(ctie), "Amend", trail.AmendRequest{
		RequestID: id("amend"), Base: 1, Definition: accessTrail(func(d *trail.Definition) { d.Actions = append(d.Actions, "audit") }),
	})
	require.Equal(t, codes(conflict), w.Commit(pending), "the definition changed meanwhile")
	entry.Action = "audit"
	w.recorder(ctie).appended(appendOf(office, 1, entry))
}

func TestWhatABodyRecordsIsProtectedForIt(t *testing.T) {
	w := &world{ledgertest.New(t, altered{newTrailChaincode(t)}, ledgertest.WithBodies(bodies()...)), t}
	w.defineTrail(ctie, accessTrail())
	answer[trail.Trail](w.recorder(ctie), "Amend", trail.AmendRequest{RequestID: id("amend"), Base: 1, Definition: accessTrail(shownTo(audit))})
	w.recorder(ctie).appended(appendOf(office, 1, acts("a", 60)...))
	w.recorder(ctie).appended(appendOf(office, 2, acts("b", 1)...))
	seal, reveal := sealOf(t, "covert", 1, opening(), acts("c", 60)...)
	answer[trail.Batch](w.recorder(ctie), "Seal", seal)
	answer[trail.BatchState](w.recorder(ctie).at(opening()), "Reveal", reveal)
	answer[trail.BatchState](w.recorder(ctie).at(opening()), "Remove", removeOf(office, 2))

	protected, derived := w.ownedAndDerived("trail.trail", "trail.batch", "trail.entry", "trail.sealed", "trail.reveal", "trail.removal")
	require.Len(t, protected, 12, "1 trail, 3 heads, 2 chunks of 2 batches, 2 of commitments, revelation, removal")
	require.Len(t, derived, 2+2*(3+1), "receipts of the definition; 3 subjects and an actor of 2 batches")
	for _, key := range protected {
		t.Run(strings.ReplaceAll(key, "\x00", " "), func(t *testing.T) {
			before := w.State()
			_, err := w.Client(sigi).With(ledgertest.EndorsedBy(sigi, digital, audit)).Submit("overwrite", key, "forged")
			requireInvalid(t, unmet, err)
			require.Equal(t, before, w.State())
		})
	}
	t.Run("what is derived needs a majority", func(t *testing.T) {
		for _, key := range derived {
			_, err := w.Client(sigi).With(ledgertest.EndorsedBy(sigi, ctie)).Submit("overwrite", key, "forged")
			requireInvalid(t, unmet, err)
			_, err = w.Client(sigi).With(ledgertest.EndorsedBy(sigi, digital, audit)).Submit("overwrite", key, "agreed")
			require.NoError(t, err)
		}
	})
}

// What is stored is what everything else is about: evidence, snapshots, other readers.
func TestTheStoredValuesAreFixed(t *testing.T) {
	w := newTrails(t)
	head := w.recorder(ctie).appended(appendOf(office, 1, act("clerk", "citizen", "a"), act("clerk", "citizen", "b")))
	at := "\x00" + accesses + "\x00" + head.ClaimedTime + "\x00" + office + "\x000000000001\x00"
	state := w.State()
	require.Equal(t, `{"at":[0,1],"v":1}`, string(state["\x00trail.subject\x00"+pseudonym("citizen")+at]))
	require.Equal(t, `{"at":[0,1],"v":1}`, string(state["\x00trail.actor\x00"+pseudonym("clerk")+at]))
	entry := func(correlation string) string {
		return `{"action":"read","actor":"` + pseudonym("clerk") + `","basis":"law-2019","correlation":"` + correlation +
			`","occurredAt":"2025-12-31T23:59:58.500000000Z","outcome":"success","purpose":"passport","subject":"` + pseudonym("citizen") + `"}`
	}
	require.Equal(t, `{"entries":[`+entry("a")+`,`+entry("b")+`],"v":1}`, string(state["\x00trail.entry"+at+"000\x00"]))
	stored, err := head.Encode()
	require.NoError(t, err)
	require.Equal(t, string(stored), string(state["\x00trail.batch\x00accesses\x00front-office\x000000000001\x00"]))
	require.Len(t, slices.Collect(maps.Keys(state)), 6, "with the trail and its receipt")

	head = w.recorder(ctie).appended(appendOf("crowd", 1, crowd("c", trail.IndexBuckets+1)...))
	at = "\x00" + accesses + "\x00" + head.ClaimedTime + "\x00crowd\x000000000001\x00"
	alone := pseudonym("c-citizen2")
	require.Equal(t, `{"postings":[{"at":[2],"pseudonym":"`+alone+`"}],"v":1}`, string(w.State()["\x00trail.subjects\x00"+alone[len(alone)-2:]+at]))
}
