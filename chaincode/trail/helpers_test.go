package trail_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

const (
	ctie      = "CTIEMSP" // keeps the trail
	sigi      = "SIGIMSP"
	court     = "CourDesComptesMSP"
	requestID = "request-0001"
)

// nationalID is a valid national identification number of nobody.
const nationalID = "1893120105732"

func hexOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

// pseudonym is a pseudonym that depends on the name only.
func pseudonym(name string) string { return "ctie-2026:" + hexOf(name) }

func salt(name string) string {
	sum := sha256.Sum256([]byte("salt " + name))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func definition() trail.Definition {
	return trail.Definition{
		ID: "civil-status", Titles: trail.Titles{Fr: "Accès à l'état civil", De: "Zugriffe auf den Personenstand"},
		Records: "Accesses to civil status", LegalBasis: "http://data.legilux.public.lu/eli/etat/leg/loi/2018/08/01/a686/jo",
		Retention: "log:10y", RetentionDays: 3650, Actions: []string{"print", "lu.etat:seal"}, Readers: []string{court},
	}
}

// txOf is the i-th transaction; each is a second after the one before.
func txOf(i int) trail.Tx {
	return trail.Tx{ID: fmt.Sprintf("tx%d", i), ClaimedTime: fmt.Sprintf("2026-11-22T09:%02d:%02d.000000000Z", i/60%60, i%60), Body: ctie}
}

func civilStatus(t require.TestingT) trail.Trail {
	state, err := trail.Define(trail.DefineRequest{RequestID: requestID, Definition: definition()}, txOf(0), nil)
	require.NoError(t, err)
	return state
}

// entry is a realistic entry; its subject is one of a thousand, its actor one of forty.
func entry(i int) trail.Entry {
	return trail.Entry{
		Action: trail.ActionRead, Actor: pseudonym(fmt.Sprint("actor", i%40)), Subject: pseudonym(fmt.Sprint("subject", i%1000)),
		Basis: "lu.loi:2013-06-19/art5", Purpose: "residence-certificate", Outcome: trail.OutcomeSuccess,
		Correlation: hexOf(fmt.Sprint("trace", i))[:32], DetailHash: hexOf(fmt.Sprint("detail", i)),
		OccurredAt: fmt.Sprintf("2026-11-22T08:%02d:%02d.%03dZ", i/60%60, i%60, i%1000),
	}
}

func entries(n int) []trail.Entry {
	list := make([]trail.Entry, n)
	for i := range list {
		list[i] = entry(i)
	}
	return list
}

func place(number int) trail.Place {
	return trail.Place{Trail: "civil-status", Source: "desk-1", Number: number}
}

func appendRequest(number, n int) trail.AppendRequest {
	return trail.AppendRequest{RequestID: requestID, Place: place(number), Entries: entries(n)}
}

// sealed is a request to seal entries, and the one that reveals them.
func sealed(t require.TestingT, number, n int) (trail.SealRequest, trail.RevealRequest) {
	p := place(number)
	seal := trail.SealRequest{RequestID: requestID, Place: p, RevealAfter: "2027-01-01T00:00:00Z"}
	reveal := trail.RevealRequest{RequestID: requestID, Trail: p.Trail, Source: p.Source, Number: number}
	for i, e := range entries(n) {
		opened := trail.Opened{Entry: e, Salt: salt(fmt.Sprint(i))}
		c, err := trail.Commit(p.Trail, p.Source, number, i, e, opened.Salt)
		require.NoError(t, err)
		seal.Commitments = append(seal.Commitments, c)
		reveal.Entries = append(reveal.Entries, opened)
	}
	return seal, reveal
}

func contentOf(t require.TestingT, function string, request any) string {
	content, err := trail.ContentHash(function, request)
	require.NoError(t, err)
	return content
}

// appended is the head of a batch on the ledger.
func appended(t require.TestingT, number int) trail.Batch {
	r := appendRequest(number, 3)
	head, err := trail.Append(r, txOf(number), civilStatus(t), contentOf(t, "Append", r), &trail.Batch{})
	require.NoError(t, err)
	return head
}

func jsonOf(t require.TestingT, v any) string {
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}

func requireCode(t *testing.T, code fault.Code, err error) {
	t.Helper()
	require.ErrorIs(t, err, &fault.Error{Code: code})
	parsed, ok := fault.Parse(err.Error())
	require.True(t, ok, "%q does not read CODE: sentence", err)
	require.Equal(t, code, parsed.Code)
	require.NotContains(t, err.Error(), "\n")
}

// many is a list of n different names.
func many(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("name-%d", i)
	}
	return list
}

func at[T any](v T) *T { return &v }

func long(n int) string { return strings.Repeat("a", n) }
