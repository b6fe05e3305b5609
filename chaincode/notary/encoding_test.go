package notary_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

// notarisations generates states of records, with any text where text is free.
func notarisations() *rapid.Generator[notary.Notarisation] {
	return rapid.Custom(func(t *rapid.T) notary.Notarisation {
		optional := func(label, value string) string {
			if rapid.Bool().Draw(t, label) {
				return value
			}
			return ""
		}
		n := notary.Notarisation{
			V: notary.SchemaVersion, Digest: digestOf(rapid.String().Draw(t, "digest")), Body: body, RequestID: requestID,
			Type:        optional("type", "lu.etat:a/b"),
			Reference:   optional("reference", "Dossier <&> \"4711\" é \U0001F4DC"),
			ValidFrom:   optional("from", "2026-01-01T00:00:00Z"),
			ValidUntil:  optional("until", "2036-01-01T00:00:00Z"),
			Supersedes:  notary.Digest(optional("supersedes", string(digestOf("superseded")))),
			DetailsHash: optional("details", strings.Repeat("0f", 32)),
			Status:      rapid.SampledFrom([]notary.Status{notary.StatusActive, notary.StatusRevoked, notary.StatusSuperseded}).Draw(t, "status"),
			TxID:        "tx1", ClaimedTime: "2026-11-22T09:30:01.000000000Z",
		}
		if rapid.Bool().Draw(t, "after") {
			n.After = &notary.After{Size: rapid.Uint64Range(1, notary.MaxLogSize).Draw(t, "size"), Root: strings.Repeat("0b", 32)}
		}
		switch n.Status {
		case notary.StatusRevoked:
			n.Revocation = &notary.Revocation{
				Reason: rapid.SampledFrom(notary.Reasons()).Draw(t, "reason"), Note: optional("note", "TA:4711"),
				At: "2026-11-22T09:30:02.000000000Z", TxID: "tx2",
			}
		case notary.StatusSuperseded:
			n.SupersededBy = digestOf("superseding")
		}
		return n
	})
}

// TestTheFastEncodingIsTheCanonicalOne compares with the reference implementation
// of RFC 8785, for any content of any field.
func TestTheFastEncodingIsTheCanonicalOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := notarisations().Draw(t, "n")
		if rapid.Bool().Draw(t, "wild") {
			text := rapid.String()
			n.Body, n.Type, n.Reference = text.Draw(t, "b"), text.Draw(t, "t"), text.Draw(t, "r")
			n.Digest, n.Status = notary.Digest(text.Draw(t, "d")), notary.Status(text.Draw(t, "s"))
			n.TxID, n.V = text.Draw(t, "x"), rapid.IntRange(-1<<53, 1<<53).Draw(t, "v")
		}
		raw, err := json.Marshal(n)
		require.NoError(t, err)
		want, err := jcs.Transform(raw)
		require.NoError(t, err)
		got, err := n.Encode()
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	})
}

func TestEncodingAndDecodingARecordGivesTheRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := notarisations().Draw(t, "n")
		value, err := n.Encode()
		require.NoError(t, err)
		decoded, err := notary.DecodeNotarisation(value)
		require.NoError(t, err)
		require.Equal(t, n, decoded)
	})
}

// The encoding is stored, hashed and proven: it must never change.
func TestTheEncodingOfARecordIsFixed(t *testing.T) {
	n := notary.Notarisation{
		V: 1, Digest: digestOf("a"), Body: body, RequestID: requestID, Type: "deed", Reference: "é <&> \u2028", ValidFrom: "2026-01-01T00:00:00Z",
		Supersedes: digestOf("b"), Status: notary.StatusRevoked, DetailsHash: strings.Repeat("0f", 32), TxID: "tx1", ClaimedTime: "2026-11-22T09:30:01.000000000Z",
		Revocation: &notary.Revocation{Reason: notary.ReasonOther, At: "2026-11-22T09:30:02.000000000Z", TxID: "tx2"},
	}
	value, err := n.Encode()
	require.NoError(t, err)
	require.Equal(t, `{"body":"CTIEMSP","claimedTime":"2026-11-22T09:30:01.000000000Z","detailsHash":"`+strings.Repeat("0f", 32)+
		`","digest":"sha2-256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb","reference":"é <&> `+"\u2028"+
		`","requestId":"request-0001","revocation":{"at":"2026-11-22T09:30:02.000000000Z","reason":"other","txId":"tx2"},"status":"revoked",`+
		`"supersedes":"sha2-256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d","txId":"tx1","type":"deed","v":1,"validFrom":"2026-01-01T00:00:00Z"}`,
		string(value))
}

func TestADamagedRecordIsNotDecoded(t *testing.T) {
	good := notary.Notarisation{V: 1, Digest: digestOf("a"), Body: body, RequestID: requestID, Status: notary.StatusActive, TxID: "tx1", ClaimedTime: "2026-11-22T09:30:01.000000000Z"}
	require.NoError(t, good.Validate())
	for name, spoil := range map[string]func(*notary.Notarisation){
		"another version":          func(n *notary.Notarisation) { n.V = 2 },
		"a bad digest":             func(n *notary.Notarisation) { n.Digest = "x" },
		"no body":                  func(n *notary.Notarisation) { n.Body = "" },
		"no request":               func(n *notary.Notarisation) { n.RequestID = "" },
		"no transaction":           func(n *notary.Notarisation) { n.TxID = "" },
		"no status":                func(n *notary.Notarisation) { n.Status = "" },
		"another status":           func(n *notary.Notarisation) { n.Status = "lost" },
		"revoked without why":      func(n *notary.Notarisation) { n.Status = notary.StatusRevoked },
		"active with a revocation": func(n *notary.Notarisation) { n.Revocation = &notary.Revocation{} },
		"superseded by nothing":    func(n *notary.Notarisation) { n.Status = notary.StatusSuperseded },
		"active yet superseded":    func(n *notary.Notarisation) { n.SupersededBy = digestOf("b") },
		"after nothing":            func(n *notary.Notarisation) { n.After = &notary.After{} },
	} {
		t.Run(name, func(t *testing.T) {
			bad := good
			spoil(&bad)
			value, err := bad.Encode()
			require.NoError(t, err)
			_, err = notary.DecodeNotarisation(value)
			require.Error(t, err)
		})
	}
	_, err := notary.DecodeNotarisation([]byte("x"))
	require.Error(t, err)
}

func FuzzDecodeNotarisation(f *testing.F) {
	for i := range 20 {
		value, err := notarisations().Example(i).Encode()
		require.NoError(f, err)
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		n, err := notary.DecodeNotarisation(value)
		if err != nil {
			return
		}
		encoded, err := n.Encode()
		require.NoError(t, err)
		again, err := notary.DecodeNotarisation(encoded)
		require.NoError(t, err)
		require.Equal(t, n, again)
	})
}

func TestAnEventIsReadAsItWasWritten(t *testing.T) {
	e := notary.Event{V: 1, Body: body, RequestID: requestID, Digest: digestOf("a"), Supersedes: digestOf("b"), Reason: notary.ReasonOther, Count: 1, ClaimedTime: "x"}
	payload, err := e.Encode()
	require.NoError(t, err)
	canonically, err := canonical.Marshal(e)
	require.NoError(t, err)
	require.Equal(t, string(canonically), string(payload), "the members are declared in canonical order")
	decoded, err := notary.DecodeEvent(payload)
	require.NoError(t, err)
	require.Equal(t, e, decoded)
	_, err = notary.DecodeEvent([]byte(`{"title":"x"}`))
	require.Error(t, err)
}

// BenchmarkBatch is what the pure code of one endorser does for a batch of 1,000:
// read, check, hash, decide, encode.
func BenchmarkBatch(b *testing.B) {
	request := notary.BatchRequest{RequestID: requestID}
	for i := range notary.MaxBatch {
		request.Items = append(request.Items, notary.Item{Digest: digestOf(fmt.Sprint(i)), Type: "deed", Reference: fmt.Sprintf("Dossier n° 2026/%d", i), ValidUntil: "2036-01-01T00:00:00Z"})
	}
	text := jsonOf(b, request)

	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			_, err := notary.ParseBatchRequest(text)
			require.NoError(b, err)
		}
	})
	b.Run("content hash", func(b *testing.B) {
		for b.Loop() {
			_, err := notary.ContentHash("NotariseBatch", request)
			require.NoError(b, err)
		}
	})
	outcome, err := notary.NotariseBatch(body, request, txOf(1), make([]notary.Prior, notary.MaxBatch))
	require.NoError(b, err)
	b.Run("decide", func(b *testing.B) {
		for b.Loop() {
			_, err := notary.NotariseBatch(body, request, txOf(1), make([]notary.Prior, notary.MaxBatch))
			require.NoError(b, err)
		}
	})
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			for _, n := range outcome.Created {
				if _, err := n.Encode(); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("encode slowly", func(b *testing.B) {
		for b.Loop() {
			for _, n := range outcome.Created {
				if _, err := canonical.Marshal(n); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	value, err := outcome.Created[0].Encode()
	require.NoError(b, err)
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			for range notary.MaxBatch {
				if _, err := notary.DecodeNotarisation(value); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
