package contract_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

func TestTrailsOnALedgerThatFailsLeaveNothingBehind(t *testing.T) {
	never := 0
	n := never
	w := &world{ledgertest.New(t, unreliable{newTrailChaincode(t), &n}, ledgertest.WithBodies(bodies()...)), t}
	w.defineTrail(ctie, accessTrail())
	second := appendOf(office, 2, acts("b", 60)...)
	seal, reveal := sealOf(t, "covert", 1, opening(), acts("c", 60)...)
	person := trail.PersonRequest{Pseudonym: pseudonym("clerk")}
	clerk, later := w.recorder(ctie), w.recorder(ctie).at(opening())
	for _, tc := range []struct {
		function string
		request  any
		call     func(function string, request any) error
	}{
		{"Define", defineTrail(accessTrail(func(d *trail.Definition) { d.ID = "other" })), submitting(clerk)},
		{"Amend", trail.AmendRequest{RequestID: id("amend"), Base: 1, Definition: accessTrail(shownTo(audit))}, submitting(clerk)},
		{"Append", appendOf(office, 1, acts("a", 60)...), submitting(clerk)},
		{"Append", second, submitting(clerk)},
		{"Append", second, submitting(clerk)}, // repeated
		{"Seal", seal, submitting(clerk)},
		{"Reveal", reveal, submitting(later)},
		{"Reveal", reveal, submitting(later)}, // repeated
		{"ReadTrail", trail.TrailRequest{Trail: accesses}, evaluating(w.reader(ctie))},
		{"Trails", trail.TrailsRequest{Body: ctie}, evaluating(w.reader(ctie))},
		{"ReadBatch", batchOf("covert", 1), evaluating(w.reader(ctie))},
		{"Batches", trail.BatchesRequest{Trail: accesses}, evaluating(w.reader(ctie))},
		{"Entries", trail.EntriesRequest{Trail: accesses, PageSize: 1000}, evaluating(w.reader(ctie))},
		{"BySubject", trail.PersonRequest{Pseudonym: pseudonym("citizen1"), Trail: accesses, From: "2025-01-01T00:00:00Z"}, evaluating(w.reader(ctie))},
		{"ByActor", person, evaluating(w.reader(ctie))},
		{"Remove", removeOf("covert", 1), submitting(later)},
		{"Remove", removeOf(office, 1), submitting(later)},
		{"Remove", removeOf(office, 1), submitting(later)}, // repeated
	} {
		for n = 1; ; n++ {
			state, height := w.State(), w.Height()
			err := tc.call(tc.function, tc.request)
			if err == nil {
				require.Greater(t, n, 1, "%s can fail", tc.function)
				break
			}
			requireRefused(t, fault.Internal, err)
			require.Equal(t, state, w.State())
			require.Equal(t, height, w.Height())
		}
		n = never
	}
}

func TestADamagedTrailIsNotBelieved(t *testing.T) {
	w := &world{ledgertest.New(t, altered{newTrailChaincode(t)}, ledgertest.WithBodies(bodies()...)), t}
	w.defineTrail(ctie, accessTrail())
	w.recorder(ctie).appended(appendOf(office, 1, acts("a", 60)...))
	seal, reveal := sealOf(t, "covert", 1, opening(), acts("c", 60)...)
	answer[trail.Batch](w.recorder(ctie), "Seal", seal)
	late, still := sealOf(t, "covert", 2, opening(), acts("d", 60)...)
	answer[trail.Batch](w.recorder(ctie), "Seal", late)
	answer[trail.BatchState](w.recorder(ctie).at(opening()), "Reveal", reveal)
	w.recorder(ctie).appended(appendOf("short", 1, acts("e", 1)...))
	answer[trail.BatchState](w.recorder(ctie).at(opening().AddDate(1, 0, 0)), "Remove", removeOf("short", 1))

	state := w.State()
	keyOf := func(objectType, part string) string {
		for _, key := range slices.Sorted(maps.Keys(state)) {
			if strings.HasPrefix(key, "\x00"+objectType+"\x00") && strings.Contains(key, part) {
				return key
			}
		}
		require.FailNow(t, "no key", "%s with %s", objectType, part)
		return ""
	}
	reader := w.reader(ctie)
	person := trail.PersonRequest{Pseudonym: pseudonym("clerk")}
	calls := map[string]func() error{
		"ReadTrail": func() error {
			return reader.evaluate("ReadTrail", trail.TrailRequest{Trail: accesses}, &struct{}{})
		},
		"Trails":    func() error { return reader.evaluate("Trails", trail.TrailsRequest{}, &struct{}{}) },
		"ReadBatch": func() error { return reader.evaluate("ReadBatch", batchOf("covert", 1), &struct{}{}) },
		"ReadShort": func() error { return reader.evaluate("ReadBatch", batchOf("short", 1), &struct{}{}) },
		"Batches":   func() error { return reader.evaluate("Batches", trail.BatchesRequest{Trail: accesses}, &struct{}{}) },
		"Entries": func() error {
			return reader.evaluate("Entries", trail.EntriesRequest{Trail: accesses, PageSize: 1000}, &struct{}{})
		},
		"ByActor": func() error {
			person.PageSize = 1000
			return reader.evaluate("ByActor", person, &struct{}{})
		},
		"Append": func() error {
			_, err := w.recorder(ctie).client.Endorse("Append", text(t, appendOf("covert", 3, acts("f", 1)...)))
			return err
		},
		"Reveal": func() error {
			_, err := w.recorder(ctie).at(opening()).client.Endorse("Reveal", text(t, still))
			return err
		},
		"Remove": func() error {
			_, err := w.recorder(ctie).at(opening()).client.Endorse("Remove", text(t, removeOf("covert", 1)))
			return err
		},
	}
	for _, tc := range []struct {
		name, key, value string
		calls            []string
	}{
		{"a trail that is none", keyOf("trail.trail", ""), "junk", []string{"ReadTrail", "Trails", "ReadBatch", "Batches", "Entries", "ByActor", "Append", "Reveal", "Remove"}},
		{"a trail of another version", keyOf("trail.trail", ""), `{"v":2}`, []string{"ReadTrail", "Trails", "ReadBatch", "Batches", "Entries", "ByActor", "Append", "Reveal", "Remove"}},
		{"a head that is none", keyOf("trail.batch", "covert\x000000000001"), "junk", []string{"ReadBatch", "Batches", "Entries", "ByActor", "Remove"}},
		{"a head that was there before", keyOf("trail.batch", "covert\x000000000002"), "junk", []string{"Append", "Reveal", "Batches"}},
		{"a head of another batch", keyOf("trail.batch", office), string(state[keyOf("trail.batch", "covert\x000000000001")]), []string{"Entries", "ByActor"}},
		{"entries that are none", keyOf("trail.entry", "covert"), "junk", []string{"Entries", "ByActor", "Remove"}},
		{"fewer entries", keyOf("trail.entry", "covert"), string(state[keyOf("trail.entry", "0000000001\x00001")]), []string{"ByActor", "Remove"}},
		{"commitments that are none", keyOf("trail.sealed", "covert\x000000000002"), "junk", []string{"Reveal"}},
		{"fewer commitments", keyOf("trail.sealed", "covert\x000000000002\x00000"), string(state[keyOf("trail.sealed", "covert\x000000000002\x00001")]), []string{"Reveal"}},
		{"a revelation that is none", keyOf("trail.reveal", ""), "junk", []string{"ReadBatch", "Batches", "Entries", "ByActor", "Remove"}},
		{"a removal that is none", keyOf("trail.removal", ""), "junk", []string{"ReadShort", "Batches"}},
		{"an index that is none", keyOf("trail.actor", ""), "junk", []string{"ByActor"}},
		{"an index that descends", keyOf("trail.actor", ""), `{"at":[2,1],"v":1}`, []string{"ByActor"}},
		{"an index to what is not there", keyOf("trail.actor", ""), `{"at":[4999],"v":1}`, []string{"ByActor"}},
		{"an index past a chunk's end", keyOf("trail.actor", ""), `{"at":[79],"v":1}`, []string{"ByActor"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			overwrite := func(value string) {
				_, err := w.Client(ctie).With(ledgertest.EndorsedBy(bodies()...)).Submit("overwrite", tc.key, value)
				require.NoError(t, err)
			}
			for _, call := range tc.calls {
				require.NoError(t, calls[call](), "%s, before", call)
			}
			overwrite(tc.value)
			defer overwrite(string(state[tc.key]))
			for _, call := range tc.calls {
				requireRefused(t, fault.Internal, calls[call]())
			}
		})
	}
}
