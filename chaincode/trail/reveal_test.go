package trail_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

func revealTx() trail.Tx {
	return trail.Tx{ID: "tx9", ClaimedTime: "2027-01-01T00:00:00.000000000Z", Body: ctie}
}

func sealedHead(t require.TestingT, r trail.SealRequest) trail.Batch {
	head, err := trail.Seal(r, txOf(7), civilStatus(t), contentOf(t, "Seal", r), &trail.Batch{})
	require.NoError(t, err)
	return head
}

// A commitment is what a sealed batch is held to for a hundred years: how it is made
// must never change.
func TestACommitmentIsMadeInOneWay(t *testing.T) {
	e := trail.Entry{Action: "read", Actor: "k1:" + hexOf("actor"), Basis: "law:1", Outcome: trail.OutcomeSuccess, OccurredAt: "2026-11-22T08:00:00Z", Correlation: "é <&> \u2028"}
	const saltText = "MDEyMzQ1Njc4OTAxMjM0NQ=="
	message := "psbc/trail/v1\ncivil-status\ndesk-1\n7\n2\n" + saltText + "\n" +
		`{"action":"read","actor":"k1:` + hexOf("actor") + `","basis":"law:1","correlation":"é <&> ` + "\u2028" + `","occurredAt":"2026-11-22T08:00:00.000000000Z","outcome":"success"}`
	sum := sha256.Sum256([]byte(message))
	got, err := trail.Commit("civil-status", "desk-1", 7, 2, e, saltText)
	require.NoError(t, err)
	require.Equal(t, hex.EncodeToString(sum[:]), got)
	require.Equal(t, "5d4bac81115a8a1adb3b5a3b4f69f836743b1b85078ccf7e7ce5939ec0dea9dd", got)

	for _, written := range []string{"2026-11-22T08:00:00.0Z", "2026-11-22T08:00:00.000000000Z"} {
		same := e
		same.OccurredAt = written
		again, err := trail.Commit("civil-status", "desk-1", 7, 2, same, saltText)
		require.NoError(t, err)
		require.Equal(t, got, again, "the same moment")
	}
	e.OccurredAt = "today"
	_, err = trail.Commit("civil-status", "desk-1", 7, 2, e, saltText)
	requireCode(t, fault.InvalidArgument, err)
	_, err = trail.Commit("civil-status", "desk-1", 7, 2, entry(1), "short")
	requireCode(t, fault.InvalidArgument, err)
}

func TestTheEntriesCommittedAreRevealed(t *testing.T) {
	seal, r := sealed(t, 7, 3)
	require.NoError(t, r.Validate())
	shown, reveal, err := trail.CheckReveal(r, revealTx(), civilStatus(t), sealedHead(t, seal), seal.Commitments)
	require.NoError(t, err)
	require.Equal(t, trail.Reveal{
		V: 1, Trail: "civil-status", Source: "desk-1", Number: 7, ClaimedTime: revealTx().ClaimedTime, TxID: "tx9", RequestID: requestID,
	}, reveal)
	require.NoError(t, reveal.Validate())

	revealed, err := trail.EncodeChunk(shown)
	require.NoError(t, err)
	plainly, err := trail.EncodeChunk(entries(3))
	require.NoError(t, err)
	require.Equal(t, string(plainly), string(revealed), "stored as if they had been appended")
}

func TestARevelationIsRefused(t *testing.T) {
	type given struct {
		r           *trail.RevealRequest
		tx          *trail.Tx
		trail       *trail.Trail
		head        *trail.Batch
		commitments *[]string
	}
	const code = "INVALID_ARGUMENT: "
	for _, tc := range []struct {
		name  string
		spoil func(given)
		want  string
	}{
		{"for another body", func(g given) { g.tx.Body = court }, "PERMISSION_DENIED: trail civil-status is kept by CTIEMSP, not by CourDesComptesMSP"},
		{"of a batch that is not sealed", func(g given) { *g.head = appended(t, 7) }, "FAILED_PRECONDITION: batch 7 of source desk-1 is not sealed"},
		{"too early", func(g given) { g.tx.ClaimedTime = "2026-12-31T23:59:59.999999999Z" }, "FAILED_PRECONDITION: batch 7 of source desk-1 may be revealed from 2027-01-01T00:00:00.000000000Z"},
		{"of too few", func(g given) { g.r.Entries = g.r.Entries[:4] }, code + "entries: are 4, but 5 were committed"},
		{"of too many", func(g given) { *g.commitments = (*g.commitments)[:4] }, code + "entries: are 5, but 4 were committed"},
		{"of another entry", func(g given) { g.r.Entries[3].Entry.Purpose = "other" }, code + "entries 3: is not what was committed"},
		{"with another salt", func(g given) { g.r.Entries[3].Salt = salt("other") }, code + "entries 3: is not what was committed"},
		{"in another order", func(g given) { g.r.Entries[0], g.r.Entries[1] = g.r.Entries[1], g.r.Entries[0] }, code + "entries 0: is not what was committed"},
		{"of what the trail does not record", func(g given) {
			g.r.Entries[2].Entry.Action = "print"
			c, err := trail.Commit("civil-status", "desk-1", 7, 2, g.r.Entries[2].Entry, g.r.Entries[2].Salt)
			require.NoError(t, err)
			(*g.commitments)[2] = c
			g.trail.Actions = nil
		}, code + `entries 2 /action: "print" is neither a common action nor one of trail civil-status`},
		{"of what was to come when it was sealed", func(g given) {
			g.r.Entries[2].Entry.OccurredAt = "2026-11-22T10:00:00Z"
			c, err := trail.Commit("civil-status", "desk-1", 7, 2, g.r.Entries[2].Entry, g.r.Entries[2].Salt)
			require.NoError(t, err)
			(*g.commitments)[2] = c
		}, code + "entries 2 /occurredAt: 2026-11-22T10:00:00.000000000Z is more than 300 seconds after the transaction's time 2026-11-22T09:00:07.000000000Z"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			seal, r := sealed(t, 7, 5)
			head, tx, state := sealedHead(t, seal), revealTx(), civilStatus(t)
			tc.spoil(given{&r, &tx, &state, &head, &seal.Commitments})
			shown, reveal, err := trail.CheckReveal(r, tx, state, head, seal.Commitments)
			require.EqualError(t, err, tc.want)
			require.Zero(t, reveal)
			require.Empty(t, shown)
		})
	}
}

// TestARevelationAcceptsExactlyWhatWasCommitted changes one thing, or nothing.
func TestARevelationAcceptsExactlyWhatWasCommitted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "n")
		seal, r := sealed(t, 7, n)
		head, state := sealedHead(t, seal), civilStatus(t)
		i, j := rapid.IntRange(0, n-1).Draw(t, "i"), rapid.IntRange(0, n-1).Draw(t, "j")
		one := &r.Entries[i]
		same := false
		switch rapid.IntRange(0, 9).Draw(t, "change") {
		case 0:
			same = true
		case 1:
			one.Entry.Subject = pseudonym("another")
		case 2:
			one.Entry.Actor = pseudonym("another")
		case 3:
			one.Entry.Action = trail.ActionDelete
		case 4:
			one.Entry.OccurredAt = "2026-11-22T08:00:00.000000001Z"
		case 5:
			one.Entry.Outcome = trail.OutcomeDenied
		case 6:
			one.Salt = salt("another")
		case 7:
			r.Entries[i], r.Entries[j] = r.Entries[j], r.Entries[i]
			same = i == j
		case 8:
			r.Entries = slices.Delete(r.Entries, i, i+1)
		case 9:
			r.Number = 8
		}
		shown, _, err := trail.CheckReveal(r, revealTx(), state, head, seal.Commitments)
		if !same {
			require.ErrorIs(t, err, &fault.Error{Code: fault.InvalidArgument})
			return
		}
		require.NoError(t, err)
		require.Len(t, shown, n)
	})
}

func TestNoTwoPlacesShareACommitment(t *testing.T) {
	seen := map[string]string{}
	for _, id := range []string{"a", "b"} {
		for _, source := range []string{"a", "b"} {
			for number := range 12 {
				for position := range 12 {
					c, err := trail.Commit(id, source, number, position, entry(1), salt("x"))
					require.NoError(t, err)
					where := fmt.Sprint(id, source, number, position)
					require.Empty(t, seen[c], where)
					seen[c] = where
				}
			}
		}
	}
}
