package trail_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

// The encodings are stored, hashed and proven: they must never change.
func TestTheEncodingsAreFixed(t *testing.T) {
	mac := hexOf("x")
	e := trail.Entry{
		Action: "read", Actor: "k1:" + mac, Subject: "k2:" + mac, Basis: "b:1", Purpose: "p/1", Correlation: "é <&> \u2028",
		DetailHash: mac, OccurredAt: "2026-11-22T08:00:00.5Z", Outcome: trail.OutcomeDenied,
	}
	head := appended(t, 7)
	sealedRequest, _ := sealed(t, 7, 2)
	hidden := sealedHead(t, sealedRequest)
	hidden.Previous, hidden.GapReason = 3, "lost"
	for _, tc := range []struct {
		name   string
		encode func() ([]byte, error)
		want   string
	}{
		{"a chunk", func() ([]byte, error) {
			return trail.EncodeChunk([]trail.Entry{e, {Action: "login", Actor: "k1:" + mac, OccurredAt: "2026-11-22T08:00:00Z", Outcome: "success"}})
		},
			`{"entries":[{"action":"read","actor":"k1:` + mac + `","basis":"b:1","correlation":"é <&> ` + "\u2028" + `","detailHash":"` + mac +
				`","occurredAt":"2026-11-22T08:00:00.500000000Z","outcome":"denied","purpose":"p/1","subject":"k2:` + mac + `"},` +
				`{"action":"login","actor":"k1:` + mac + `","occurredAt":"2026-11-22T08:00:00.000000000Z","outcome":"success"}],"v":1}`},
		{"commitments", func() ([]byte, error) { return trail.EncodeCommitments([]string{mac, hexOf("y")}) }, `{"commitments":["` + mac + `","` + hexOf("y") + `"],"v":1}`},
		{"positions", func() ([]byte, error) { return trail.EncodePositions([]int{0, 17, 4999}) }, `{"at":[0,17,4999],"v":1}`},
		{"bucket", func() ([]byte, error) {
			return trail.EncodeBucket([]trail.Posting{{[]int{0, 17}, "k1:00"}, {[]int{3}, "k1:a0"}})
		}, `{"postings":[{"at":[0,17],"pseudonym":"k1:00"},{"at":[3],"pseudonym":"k1:a0"}],"v":1}`},
		{"a trail", civilStatus(t).Encode, `{"actions":["print","lu.etat:seal"],"body":"CTIEMSP","claimedTime":"2026-11-22T09:00:00.000000000Z","id":"civil-status",` +
			`"legalBasis":"http://data.legilux.public.lu/eli/etat/leg/loi/2018/08/01/a686/jo","readers":["CourDesComptesMSP"],"records":"Accesses to civil status",` +
			`"requestId":"request-0001","retention":"log:10y","retentionDays":3650,"titles":{"de":"Zugriffe auf den Personenstand","fr":"Accès à l'état civil"},"txId":"tx0","v":1,"version":1}`},
		{"a batch", head.Encode, `{"body":"CTIEMSP","claimedTime":"2026-11-22T09:00:07.000000000Z","content":"` + head.Content + `","entries":3,` +
			`"first":"2026-11-22T08:00:00.000000000Z","last":"2026-11-22T08:00:02.002000000Z","number":7,"previous":6,"requestId":"request-0001","retentionDays":3650,"source":"desk-1","trail":"civil-status","txId":"tx7","v":1}`},
		{"a sealed batch after a gap", hidden.Encode, `{"body":"CTIEMSP","claimedTime":"2026-11-22T09:00:07.000000000Z","content":"` + hidden.Content + `","entries":2,"gapReason":"lost",` +
			`"number":7,"previous":3,"requestId":"request-0001","retentionDays":3650,"revealAfter":"2027-01-01T00:00:00.000000000Z","source":"desk-1","trail":"civil-status","txId":"tx7","v":1}`},
		{"a reveal", trail.Reveal{V: 1, Trail: "a", Source: "b", Number: 7, ClaimedTime: "x", TxID: "tx", RequestID: requestID}.Encode,
			`{"claimedTime":"x","number":7,"requestId":"request-0001","source":"b","trail":"a","txId":"tx","v":1}`},
		{"a removal", trail.Removal{V: 1, Trail: "a", Source: "b", Number: 7, Retention: "r", Days: 9, ClaimedTime: "x", TxID: "tx", RequestID: requestID}.Encode,
			`{"claimedTime":"x","number":7,"requestId":"request-0001","retention":"r","retentionDays":9,"source":"b","trail":"a","txId":"tx","v":1}`},
		{"an event", trail.Event{V: 1, Trail: "a", Body: ctie, Source: "b", Number: 7, Entries: 9, Sealed: true, ClaimedTime: "x", RequestID: requestID}.Encode,
			`{"body":"CTIEMSP","claimedTime":"x","entries":9,"number":7,"requestId":"request-0001","sealed":true,"source":"b","trail":"a","v":1}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			value, err := tc.encode()
			require.NoError(t, err)
			require.Equal(t, tc.want, string(value))
		})
	}
	require.Equal(t, "c46a0e818677a6592c86aeac4f4cddd79bc388c78fd60c2c373fa81452dcdaa5", head.Content, "the hash of a request's content")
}

// wild is an entry with any text in any field.
func wild() *rapid.Generator[trail.Entry] {
	return rapid.Custom(func(t *rapid.T) trail.Entry {
		text := func(label string) string { return rapid.String().Draw(t, label) }
		return trail.Entry{
			Action: "a" + text("action"), Actor: "k" + text("actor"), Basis: text("basis"), Correlation: text("correlation"), DetailHash: text("hash"),
			OccurredAt: "2026-11-22T08:00:00.000000000Z", Outcome: trail.Outcome("o" + text("outcome")), Purpose: text("purpose"), Subject: text("subject"),
		}
	})
}

// TestTheFastEncodingIsTheCanonicalOne compares with the reference implementation of
// RFC 8785.
func TestTheFastEncodingIsTheCanonicalOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(wild(), 1, 3).Draw(t, "entries")
		raw, err := json.Marshal(map[string]any{"v": 1, "entries": list})
		require.NoError(t, err)
		want, err := jcs.Transform(raw)
		require.NoError(t, err)
		got, err := trail.EncodeChunk(list)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))

		again, err := trail.DecodeChunk(got)
		require.NoError(t, err)
		require.Equal(t, list, again)
	})
}

func TestAChunkIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := entries(rapid.IntRange(1, trail.ChunkEntries).Draw(t, "n"))
		moment := rapid.SampledFrom([]string{"", ".5", ".123456789", ".000000000", ".10"}).Draw(t, "fraction")
		list[0].OccurredAt = "2026-11-22T08:00:00" + moment + "Z"
		value, err := trail.EncodeChunk(list)
		require.NoError(t, err)
		got, err := trail.DecodeChunk(value)
		require.NoError(t, err)
		require.Len(t, got, len(list))
		for i := range list {
			require.Len(t, got[i].OccurredAt, len(canonical.TimeLayout))
			require.True(t, strings.HasPrefix(got[i].OccurredAt, strings.TrimSuffix(list[i].OccurredAt, "Z")))
			got[i].OccurredAt = list[i].OccurredAt
		}
		require.Equal(t, list, got)
		again, err := trail.EncodeChunk(got)
		require.NoError(t, err)
		require.Equal(t, string(value), string(again))
		require.Equal(t, entries(2)[1], entry(1), "the entries given are not changed")
	})
	for n, chunks := range map[int]int{1: 1, 50: 1, 51: 2, 5000: 100} {
		require.Equal(t, chunks, trail.Chunks(n))
	}
}

func TestPositionsAndCommitmentsAreReadAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []int
		for position := rapid.IntRange(0, 900).Draw(t, "first"); position < trail.MaxEntries; position += rapid.IntRange(1, 900).Draw(t, "step") {
			list = append(list, position)
		}
		value, err := trail.EncodePositions(list)
		require.NoError(t, err)
		got, err := trail.DecodePositions(value)
		require.NoError(t, err)
		require.Equal(t, list, got)

		var commitments []string
		for i := range rapid.IntRange(1, trail.ChunkEntries).Draw(t, "n") {
			commitments = append(commitments, hexOf(fmt.Sprint(i)))
		}
		value, err = trail.EncodeCommitments(commitments)
		require.NoError(t, err)
		hashes, err := trail.DecodeCommitments(value)
		require.NoError(t, err)
		require.Equal(t, commitments, hashes)
	})
}

func TestWhatTheLedgerHoldsIsReadAsItWasWritten(t *testing.T) {
	seal, _ := sealed(t, 7, 2)
	for _, head := range []trail.Batch{appended(t, 1), appended(t, 7), sealedHead(t, seal)} {
		value, err := head.Encode()
		require.NoError(t, err)
		got, err := trail.DecodeBatch(value)
		require.NoError(t, err)
		require.Equal(t, head, got)
	}
	state := civilStatus(t)
	value, err := state.Encode()
	require.NoError(t, err)
	got, err := trail.DecodeTrail(value)
	require.NoError(t, err)
	require.Equal(t, state, got)

	reveal := trail.Reveal{V: 1, Trail: "a", Source: "b", Number: 7, ClaimedTime: "x", TxID: "tx", RequestID: requestID}
	value, err = reveal.Encode()
	require.NoError(t, err)
	shown, err := trail.DecodeReveal(value)
	require.NoError(t, err)
	require.Equal(t, reveal, shown)

	removal := trail.Removal{V: 1, Trail: "a", Source: "b", Number: 7, Retention: "r", Days: 9, ClaimedTime: "x", TxID: "tx", RequestID: requestID}
	value, err = removal.Encode()
	require.NoError(t, err)
	gone, err := trail.DecodeRemoval(value)
	require.NoError(t, err)
	require.Equal(t, removal, gone)

	event := trail.Event{V: 1, Trail: "a", Body: ctie, Source: "b", Number: 7, Entries: 9, ClaimedTime: "x", RequestID: requestID}
	value, err = event.Encode()
	require.NoError(t, err)
	told, err := trail.DecodeEvent(value)
	require.NoError(t, err)
	require.Equal(t, event, told)
}

func TestADamagedValueIsNotDecoded(t *testing.T) {
	decoders := map[string]func(string) error{
		"trail":       func(s string) error { _, err := trail.DecodeTrail([]byte(s)); return err },
		"batch":       func(s string) error { _, err := trail.DecodeBatch([]byte(s)); return err },
		"reveal":      func(s string) error { _, err := trail.DecodeReveal([]byte(s)); return err },
		"removal":     func(s string) error { _, err := trail.DecodeRemoval([]byte(s)); return err },
		"event":       func(s string) error { _, err := trail.DecodeEvent([]byte(s)); return err },
		"chunk":       func(s string) error { _, err := trail.DecodeChunk([]byte(s)); return err },
		"commitments": func(s string) error { _, err := trail.DecodeCommitments([]byte(s)); return err },
		"positions":   func(s string) error { _, err := trail.DecodePositions([]byte(s)); return err },
		"bucket":      func(s string) error { _, err := trail.DecodeBucket([]byte(s)); return err },
	}
	origin := `"claimedTime":"x","txId":"t","requestId":"request-0001"`
	batch, state := jsonOf(t, appended(t, 7)), jsonOf(t, civilStatus(t))
	good := map[string]string{
		"trail": state, "batch": batch,
		"reveal":      `{"v":1,"trail":"a","source":"b","number":7,` + origin + `}`,
		"removal":     `{"v":1,"trail":"a","source":"b","number":7,"retention":"r","retentionDays":9,` + origin + `}`,
		"event":       `{"v":1}`,
		"chunk":       `{"v":1,"entries":[{"action":"a","actor":"b","occurredAt":"c","outcome":"d"}]}`,
		"commitments": `{"v":1,"commitments":["` + hexOf("x") + `"]}`,
		"positions":   `{"v":1,"at":[1,3]}`,
		"bucket":      `{"v":1,"postings":[{"at":[1,3],"pseudonym":"a"},{"at":[2],"pseudonym":"b"}]}`,
	}
	for what, text := range good {
		require.NoError(t, decoders[what](text), what)
	}
	for what, decode := range decoders {
		for _, text := range []string{"", "x", "[]", good[what] + "x"} {
			require.Error(t, decode(text), "%s %s", what, text)
		}
	}
	for _, tc := range []struct{ what, old, new string }{
		{"trail", `"v":1`, `"v":2`}, {"trail", `"id":"civil-status"`, `"id":""`}, {"trail", ctie, ""}, {"trail", `"version":1`, `"version":0`}, {"trail", requestID, ""}, {"trail", `"txId":"tx0"`, `"txId":""`},
		{"batch", `"v":1`, `"v":2`}, {"batch", `"number":7`, `"number":0`}, {"batch", `"previous":6`, `"previous":5`}, {"batch", `"previous":6`, `"previous":7`}, {"batch", `"entries":3`, `"entries":0`},
		{"batch", `"entries":3`, `"entries":5001`}, {"batch", ctie, ""}, {"batch", `"content":"`, `"content":"0`}, {"batch", `"first":`, `"second":`}, {"batch", `"first":`, `"revealAfter":"x","first":`}, {"batch", `"tx7"`, `""`},
		{"reveal", `"v":1`, `"v":2`}, {"reveal", `"number":7`, `"number":0`}, {"reveal", `"txId":"t"`, `"txId":""`},
		{"removal", `"v":1`, `"v":2`}, {"removal", `"number":7`, `"number":0`}, {"removal", `"retention":"r"`, `"retention":""`}, {"removal", `"retentionDays":9`, `"retentionDays":0`}, {"removal", `"claimedTime":"x"`, `"claimedTime":""`},
		{"event", `"v":1`, `"surname":"x"`},
		{"chunk", `"v":1`, `"v":2`}, {"chunk", `"v":1,`, ``}, {"chunk", `"actor":"b",`, ``}, {"chunk", `"action":"a",`, ``}, {"chunk", `"c"`, `""`}, {"chunk", `"d"`, `""`}, {"chunk", `[{`, `[],"x":[{`}, {"chunk", `}]`, `}` + strings.Repeat(`,{"action":"a","actor":"b","occurredAt":"c","outcome":"d"}`, 50) + `]`},
		{"commitments", `"v":1`, `"v":2`}, {"commitments", hexOf("x"), "x"}, {"commitments", `"` + hexOf("x") + `"`, ""},
		{"positions", `"v":1`, `"v":2`}, {"positions", `1,3`, ``}, {"positions", `1,3`, `3,1`}, {"positions", `1,3`, `1,1`}, {"positions", `1,3`, `-1`}, {"positions", `1,3`, `5000`}, {"positions", `1,3`, `"1"`},
		{"bucket", `"v":1`, `"v":2`}, {"bucket", `1,3`, `3,1`}, {"bucket", `1,3`, ``}, {"bucket", `"b"`, `"a"`}, {"bucket", `"a"`, `""`}, {"bucket", `[{"at":[1,3],"pseudonym":"a"},{"at":[2],"pseudonym":"b"}]`, `[]`},
	} {
		bad := strings.Replace(good[tc.what], tc.old, tc.new, 1)
		require.NotEqual(t, good[tc.what], bad)
		require.Error(t, decoders[tc.what](bad), bad)
	}
}

func FuzzDecodeChunk(f *testing.F) {
	for _, n := range []int{1, 2, 50} {
		value, err := trail.EncodeChunk(entries(n))
		require.NoError(f, err)
		f.Add(value)
	}
	f.Add([]byte(`{"v":1,"entries":[{"action":"\u0061","actor":"b","occurredAt":"c","outcome":"d","x":null}]}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		list, err := trail.DecodeChunk(value)
		if err != nil {
			require.Nil(t, list)
			return
		}
		for i := range list {
			list[i].OccurredAt = "2026-11-22T08:00:00.000000000Z" // of a value that nobody wrote
		}
		encoded, err := trail.EncodeChunk(list)
		require.NoError(t, err)
		again, err := trail.DecodeChunk(encoded)
		require.NoError(t, err)
		require.Equal(t, list, again)
	})
}

func FuzzDecodePositions(f *testing.F) {
	f.Add([]byte(`{"at":[0,17,4999],"v":1}`))
	f.Add([]byte(`{"at":[1e2,-0],"v":1}`))
	f.Add([]byte(`{"postings":[{"at":[0,17],"pseudonym":"k1:00"},{"at":[3],"pseudonym":"k1:a0"}],"v":1}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		requireReadAgain(t, value, trail.DecodePositions, trail.EncodePositions)
		requireReadAgain(t, value, trail.DecodeBucket, trail.EncodeBucket)
	})
}

func requireReadAgain[T any](t *testing.T, value []byte, decode func([]byte) (T, error), encode func(T) ([]byte, error)) {
	list, err := decode(value)
	if err != nil {
		return
	}
	encoded, err := encode(list)
	require.NoError(t, err)
	again, err := decode(encoded)
	require.NoError(t, err)
	require.Equal(t, list, again)
}
