package contract_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

const accesses, office = "accesses", "front-office"

func newTrailChaincode(t testing.TB) shim.Chaincode {
	t.Helper()
	protection, err := ledger.NewProtection(bodies())
	require.NoError(t, err)
	c, err := contract.NewTrail(protection)
	require.NoError(t, err)
	chaincode, err := contract.NewChaincode("trail", c)
	require.NoError(t, err)
	return chaincode
}

// newEmptyTrails is a ledger with the trails' contract on it, and no trail yet.
func newEmptyTrails(t testing.TB) *world {
	t.Helper()
	return &world{ledgertest.New(t, newTrailChaincode(t), ledgertest.WithBodies(bodies()...)), t}
}

// newTrails is a ledger with the trail of accesses, which is ctie's.
func newTrails(t testing.TB, changes ...func(*trail.Definition)) *world {
	t.Helper()
	w := newEmptyTrails(t)
	w.defineTrail(ctie, accessTrail(changes...))
	return w
}

func (w *world) defineTrail(body string, d trail.Definition) trail.Trail {
	w.t.Helper()
	return answer[trail.Trail](w.recorder(body), "Define", defineTrail(d))
}

// recorder is a recorder of the body.
func (w *world) recorder(body string) *user {
	return &user{w, w.Client(body, ledgertest.WithUser("recorder"), ledgertest.WithAttribute(contract.RoleRecorder, "true"))}
}

// appended submits a batch and returns its head.
func (u *user) appended(request trail.AppendRequest) trail.Batch {
	u.t.Helper()
	return answer[trail.Batch](u, "Append", request)
}

func accessTrail(changes ...func(*trail.Definition)) trail.Definition {
	d := trail.Definition{
		ID: accesses, Titles: trail.Titles{En: "Accesses", Lb: "Zougrëff"}, Records: "accesses to civil status",
		LegalBasis: "eli:etat/leg/loi/2019/01/01", Retention: "five-weeks", RetentionDays: 35, Actions: []string{"inspect"},
	}
	for _, change := range changes {
		change(&d)
	}
	return d
}

// shownTo limits the readers of a trail.
func shownTo(readers ...string) func(*trail.Definition) {
	return func(d *trail.Definition) { d.Readers = readers }
}

func defineTrail(d trail.Definition) trail.DefineRequest {
	return trail.DefineRequest{RequestID: id("define-" + d.ID), Definition: d}
}

func pseudonym(name string) string {
	return fmt.Sprintf("k1:%x", sha256.Sum256([]byte(name)))
}

// act is an access by a clerk to the data of a citizen, that is told from others.
func act(clerk, citizen, correlation string) trail.Entry {
	return trail.Entry{
		Action: trail.ActionRead, Actor: pseudonym(clerk), Subject: pseudonym(citizen), Correlation: correlation,
		Basis: "law-2019", Purpose: "passport", OccurredAt: "2025-12-31T23:59:58.5Z", Outcome: trail.OutcomeSuccess,
	}
}

// acts are n accesses of one clerk, to the data of three citizens in turn.
func acts(name string, n int) []trail.Entry {
	entries := make([]trail.Entry, n)
	for i := range entries {
		entries[i] = act("clerk", fmt.Sprint("citizen", i%3), fmt.Sprint(name, "-", i))
	}
	return entries
}

// crowd are n accesses, each by another clerk and to the data of another citizen.
func crowd(name string, n int) []trail.Entry {
	entries := make([]trail.Entry, n)
	for i := range entries {
		entries[i] = act(fmt.Sprint(name, "-clerk", i), fmt.Sprint(name, "-citizen", i), fmt.Sprint(name, "-", i))
	}
	return entries
}

func placed(source string, number int) trail.Place {
	return trail.Place{Trail: accesses, Source: source, Number: number}
}

func appendOf(source string, number int, entries ...trail.Entry) trail.AppendRequest {
	return trail.AppendRequest{RequestID: id(fmt.Sprint("append-", source, "-", number)), Place: placed(source, number), Entries: entries}
}

// gap declares that the batch follows previous.
func gap(r trail.AppendRequest, previous int) trail.AppendRequest {
	r.Previous, r.GapReason = &previous, "restored-backup"
	return r
}

// sealOf seals entries, and the request with which they are to be revealed.
func sealOf(t testing.TB, source string, number int, after time.Time, entries ...trail.Entry) (trail.SealRequest, trail.RevealRequest) {
	t.Helper()
	seal := trail.SealRequest{RequestID: id(fmt.Sprint("seal-", source, "-", number)), Place: placed(source, number), RevealAfter: rfc(after)}
	reveal := trail.RevealRequest{RequestID: id(fmt.Sprint("reveal-", source, "-", number)), Trail: accesses, Source: source, Number: number}
	for i, entry := range entries {
		salt := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%032d", i))
		commitment, err := trail.Commit(accesses, source, number, i, entry, salt)
		require.NoError(t, err)
		seal.Commitments = append(seal.Commitments, commitment)
		reveal.Entries = append(reveal.Entries, trail.Opened{Entry: entry, Salt: salt})
	}
	return seal, reveal
}

func removeOf(source string, number int) trail.RemoveRequest {
	return trail.RemoveRequest{RequestID: id(fmt.Sprint("remove-", source, "-", number)), Trail: accesses, Source: source, Number: number}
}

func batchOf(source string, number int) trail.BatchRequest {
	return trail.BatchRequest{Trail: accesses, Source: source, Number: number}
}

// at is the user at another time.
func (u *user) at(moment time.Time) *user { return u.with(ledgertest.At(moment)) }

// requireTrailEvent checks that the last block has one event, and returns it.
func (w *world) requireTrailEvent(name string) trail.Event {
	w.t.Helper()
	events := w.Events(w.Height() - 1)
	require.Len(w.t, events, 1)
	require.Equal(w.t, name, events[0].Name)
	event, err := trail.DecodeEvent(events[0].Payload)
	require.NoError(w.t, err)
	return event
}

// entryPages reads a list of entries to its end, page by page.
func (u *user) entryPages(t require.TestingT, read func(bookmark string) (function string, request any)) []trail.Located {
	all, bookmark := []trail.Located{}, ""
	for pages := 0; ; pages++ {
		require.LessOrEqual(t, pages, 5000, "the pages come to an end")
		function, request := read(bookmark)
		var page trail.EntryPage
		require.NoError(t, u.evaluate(function, request, &page))
		require.NotNil(t, page.Items, "an empty list, not null")
		all = append(all, page.Items...)
		if page.Bookmark == "" {
			return all
		}
		require.NotEqual(t, bookmark, page.Bookmark, "a page leads on")
		bookmark = page.Bookmark
	}
}

// entries reads a trail's entries.
func (u *user) entries(t require.TestingT, r trail.EntriesRequest) []trail.Located {
	return u.entryPages(t, func(bookmark string) (string, any) { r.Bookmark = bookmark; return "Entries", r })
}

// person reads the entries of a pseudonym.
func (u *user) person(t require.TestingT, function string, r trail.PersonRequest) []trail.Located {
	return u.entryPages(t, func(bookmark string) (string, any) { r.Bookmark = bookmark; return function, r })
}

// correlations tell entries apart.
func correlations(entries []trail.Located) []string {
	told := []string{}
	for _, e := range entries {
		told = append(told, e.Entry.Correlation)
	}
	return told
}
