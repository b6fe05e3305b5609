package notary_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

func notarise(t *testing.T, name string) notary.Notarisation {
	t.Helper()
	outcome, err := notary.Notarise(body, notary.NotariseRequest{RequestID: requestID, Item: notary.Item{Digest: digestOf(name)}}, txOf(1), notary.Prior{})
	require.NoError(t, err)
	require.Len(t, outcome.Created, 1)
	return outcome.Created[0]
}

func TestANotarisationHoldsWhatWasAsked(t *testing.T) {
	i := item("a")
	i.Supersedes = digestOf("old")
	i.After = &notary.After{Size: 7, Root: someRoot}
	old := notarise(t, "old")

	outcome, err := notary.Notarise(body, notary.NotariseRequest{RequestID: requestID, Item: i}, txOf(2), notary.Prior{Superseded: &old, DetailsHash: i.DetailsHash})
	require.NoError(t, err)
	require.Equal(t, []notary.Notarisation{{
		V: 1, Digest: i.Digest, Body: body, RequestID: requestID, Type: i.Type, Reference: i.Reference,
		ValidFrom: i.ValidFrom, ValidUntil: i.ValidUntil, Supersedes: i.Supersedes, Status: notary.StatusActive,
		DetailsHash: i.DetailsHash, After: i.After, TxID: "tx2", ClaimedTime: "2026-11-22T09:30:02.000000000Z",
	}}, outcome.Created)

	superseded := old
	superseded.Status, superseded.SupersededBy = notary.StatusSuperseded, i.Digest
	require.Equal(t, []notary.Notarisation{superseded}, outcome.Superseded)
	require.Equal(t, notary.StatusActive, old.Status, "what was passed in is not changed")
}

func TestNotarisingIsRefused(t *testing.T) {
	active := notarise(t, "old")
	revoked, err := notary.Revoke(active, notary.RevokeRequest{Reason: notary.ReasonOther}, txOf(2))
	require.NoError(t, err)
	plain := notary.Item{Digest: digestOf("a")}
	superseding := notary.Item{Digest: digestOf("a"), Supersedes: digestOf("old")}
	detailed := notary.Item{Digest: digestOf("a"), DetailsHash: notary.DetailsHash([]byte("x"))}
	existing := notarise(t, "a")

	for _, tc := range []struct {
		name  string
		item  notary.Item
		prior notary.Prior
		code  fault.Code
	}{
		{"what is notarised already", plain, notary.Prior{Existing: &existing}, fault.AlreadyExists},
		{"superseding what is not notarised", superseding, notary.Prior{}, fault.NotFound},
		{"superseding what is revoked", superseding, notary.Prior{Superseded: &revoked}, fault.FailedPrecondition},
		{"with details that are not stored", detailed, notary.Prior{}, fault.FailedPrecondition},
		{"with other details than are stored", detailed, notary.Prior{DetailsHash: notary.DetailsHash([]byte("y"))}, fault.FailedPrecondition},
	} {
		t.Run(tc.name, func(t *testing.T) {
			outcome, err := notary.Notarise(body, notary.NotariseRequest{RequestID: requestID, Item: tc.item}, txOf(3), tc.prior)
			requireCode(t, tc.code, err)
			require.Equal(t, notary.Outcome{}, outcome)

			batch := notary.BatchRequest{RequestID: requestID, Items: []notary.Item{{Digest: digestOf("first")}, tc.item}}
			outcome, err = notary.NotariseBatch(body, batch, txOf(3), []notary.Prior{{}, tc.prior})
			requireCode(t, tc.code, err)
			require.Contains(t, err.Error(), string(tc.code)+": items[1]: ")
			require.Equal(t, notary.Outcome{}, outcome, "all or nothing")
		})
	}
	_, err = notary.NotariseBatch(body, notary.BatchRequest{Items: make([]notary.Item, 2)}, txOf(1), make([]notary.Prior, 1))
	require.Error(t, err)
}

func TestDetailsMayBeStoredButNotReferredTo(t *testing.T) {
	_, err := notary.Notarise(body, notary.NotariseRequest{RequestID: requestID, Item: notary.Item{Digest: digestOf("a")}}, txOf(1),
		notary.Prior{DetailsHash: notary.DetailsHash([]byte("x"))})
	require.NoError(t, err)
}

func TestRevokingRecordsWhyAndWhen(t *testing.T) {
	active := notarise(t, "a")
	revoked, err := notary.Revoke(active, notary.RevokeRequest{RequestID: "request-0002", Digest: active.Digest, Reason: notary.ReasonCourtOrder, Note: "TA:4711"}, txOf(2))
	require.NoError(t, err)

	want := active
	want.Status = notary.StatusRevoked
	want.Revocation = &notary.Revocation{Reason: notary.ReasonCourtOrder, Note: "TA:4711", At: "2026-11-22T09:30:02.000000000Z", TxID: "tx2"}
	require.Equal(t, want, revoked)
	require.Nil(t, active.Revocation)
}

func TestFinalStatesAreFinal(t *testing.T) {
	a, b, c := notarise(t, "a"), notarise(t, "b"), notarise(t, "c")
	superseded, replacing, err := notary.Supersede(a, b)
	require.NoError(t, err)
	revoked, err := notary.Revoke(c, notary.RevokeRequest{Reason: notary.ReasonOther}, txOf(2))
	require.NoError(t, err)

	for name, final := range map[string]notary.Notarisation{"superseded": superseded, "revoked": revoked} {
		t.Run(name, func(t *testing.T) {
			_, err := notary.Revoke(final, notary.RevokeRequest{Reason: notary.ReasonOther}, txOf(3))
			requireCode(t, fault.FailedPrecondition, err)
			_, _, err = notary.Supersede(final, notarise(t, "d"))
			requireCode(t, fault.FailedPrecondition, err)
			_, _, err = notary.Supersede(notarise(t, "d"), final)
			requireCode(t, fault.FailedPrecondition, err)
		})
	}
	t.Run("a document supersedes one other at most", func(t *testing.T) {
		_, _, err = notary.Supersede(notarise(t, "d"), replacing)
		requireCode(t, fault.FailedPrecondition, err)
	})
	t.Run("nobody supersedes another body's", func(t *testing.T) {
		foreign := notarise(t, "d")
		foreign.Body = "SIGIMSP"
		_, _, err = notary.Supersede(foreign, notarise(t, "e"))
		requireCode(t, fault.InvalidArgument, err)
	})
}

// TestNoSequenceOfRequestsReachesAnUndefinedState plays a body's ledger: a map of
// records to which random valid requests are applied.
func TestNoSequenceOfRequestsReachesAnUndefinedState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := make(map[notary.Digest]notary.Notarisation)
		lookup := func(d notary.Digest) *notary.Notarisation {
			if record, ok := records[d]; ok {
				return &record
			}
			return nil
		}
		digests := rapid.Map(rapid.IntRange(0, 5), func(i int) notary.Digest { return digestOf(fmt.Sprint(i)) })
		step := 0
		store := func(t *rapid.T, changed ...notary.Notarisation) {
			for _, record := range changed {
				before, existed := records[record.Digest]
				require.NoError(t, record.Validate())
				if existed {
					require.Equal(t, notary.StatusActive, before.Status, "final states are final")
					require.Equal(t, before.TxID, record.TxID, "where a record comes from never changes")
				}
				records[record.Digest] = record
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"notarise": func(t *rapid.T) {
				step++
				r := notary.NotariseRequest{RequestID: requestID, Item: notary.Item{Digest: digests.Draw(t, "digest")}}
				if rapid.Bool().Draw(t, "supersedes") {
					r.Supersedes = digests.Draw(t, "old")
				}
				if r.Validate() != nil {
					return
				}
				outcome, err := notary.Notarise(body, r, txOf(step), notary.Prior{Existing: lookup(r.Digest), Superseded: lookup(r.Supersedes)})
				if err == nil {
					store(t, outcome.Created...)
					store(t, outcome.Superseded...)
				}
			},
			"revoke": func(t *rapid.T) {
				step++
				r := notary.RevokeRequest{RequestID: requestID, Digest: digests.Draw(t, "digest"), Reason: rapid.SampledFrom(notary.Reasons()).Draw(t, "reason")}
				if record := lookup(r.Digest); record != nil {
					if revoked, err := notary.Revoke(*record, r, txOf(step)); err == nil {
						store(t, revoked)
					}
				}
			},
			"supersede": func(t *rapid.T) {
				step++
				old, replacing := lookup(digests.Draw(t, "old")), lookup(digests.Draw(t, "new"))
				if old == nil || replacing == nil {
					return
				}
				if a, b, err := notary.Supersede(*old, *replacing); err == nil {
					store(t, a, b)
				}
			},
			"": func(t *rapid.T) {
				for digest, record := range records {
					require.Equal(t, digest, record.Digest)
					if record.SupersededBy != "" {
						require.Equal(t, digest, records[record.SupersededBy].Supersedes, "links go both ways")
					}
					if record.Supersedes != "" {
						require.Equal(t, digest, records[record.Supersedes].SupersededBy, "links go both ways")
					}
					hops := 0
					for next := record; next.SupersededBy != ""; next = records[next.SupersededBy] {
						hops++
						require.LessOrEqual(t, hops, len(records), "links form no circle")
					}
				}
			},
		})
	})
}
