package notary_test

import (
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/gowebpki/jcs"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// anchors generates states of anchors.
func anchors() *rapid.Generator[notary.Anchor] {
	return rapid.Custom(func(t *rapid.T) notary.Anchor {
		r := anchorRequest()
		r.Count = rapid.Uint64Range(1, notary.MaxMembers).Draw(t, "count")
		r.Algorithm = rapid.SampledFrom(notary.Algorithms()).Draw(t, "algorithm")
		if rapid.Bool().Draw(t, "least") {
			r.Type, r.Reference, r.ValidFrom, r.ValidUntil, r.After = "", "", "", "", nil
		}
		a, err := notary.AnchorBatch(body, r, txOf(1), nil)
		require.NoError(t, err)
		if rapid.Bool().Draw(t, "revoked") {
			a, err = notary.RevokeAnchor(a, notary.RevokeAnchorRequest{Reason: rapid.SampledFrom(notary.Reasons()).Draw(t, "reason"), Note: "TA:1"}, txOf(2))
			require.NoError(t, err)
		}
		return a
	})
}

func members() *rapid.Generator[notary.MemberRevocation] {
	return rapid.Custom(func(t *rapid.T) notary.MemberRevocation {
		return notary.MemberRevocation{
			V: 1, Root: someRoot, Body: body, Digest: digestOf(rapid.String().Draw(t, "digest")), Index: rapid.Uint64Range(0, notary.MaxMembers-1).Draw(t, "index"), RequestID: requestID,
			Revocation: notary.Revocation{Reason: rapid.SampledFrom(notary.Reasons()).Draw(t, "reason"), Note: rapid.SampledFrom([]string{"", "TA:1"}).Draw(t, "note"), At: txOf(2).ClaimedTime, TxID: "tx2"},
		}
	})
}

func TestTheFastEncodingOfAnAnchorIsTheCanonicalOne(t *testing.T) {
	canonically := func(t require.TestingT, v any) string {
		raw, err := json.Marshal(v)
		require.NoError(t, err)
		text, err := jcs.Transform(raw)
		require.NoError(t, err)
		return string(text)
	}
	rapid.Check(t, func(t *rapid.T) {
		a := anchors().Draw(t, "anchor")
		if rapid.Bool().Draw(t, "wild") {
			text := rapid.String()
			a.Body, a.Reference, a.TxID, a.Root = text.Draw(t, "b"), text.Draw(t, "r"), text.Draw(t, "x"), text.Draw(t, "root")
			a.Count = rapid.Uint64Range(0, 1<<53).Draw(t, "n")
		}
		got, err := a.Encode()
		require.NoError(t, err)
		require.Equal(t, canonically(t, a), string(got))

		m := members().Draw(t, "member")
		got, err = m.Encode()
		require.NoError(t, err)
		require.Equal(t, canonically(t, m), string(got))
	})
}

func TestEncodingAndDecodingAnAnchorGivesTheAnchor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, m := anchors().Draw(t, "anchor"), members().Draw(t, "member")
		value, err := a.Encode()
		require.NoError(t, err)
		decoded, err := notary.DecodeAnchor(value)
		require.NoError(t, err)
		require.Equal(t, a, decoded)

		value, err = m.Encode()
		require.NoError(t, err)
		again, err := notary.DecodeMemberRevocation(value)
		require.NoError(t, err)
		require.Equal(t, m, again)
	})
}

// The encodings are stored, hashed and proven: they must never change.
func TestTheEncodingsOfABatchAreFixed(t *testing.T) {
	a, err := notary.AnchorBatch(body, anchorRequest(), txOf(1), nil)
	require.NoError(t, err)
	a, err = notary.RevokeAnchor(a, notary.RevokeAnchorRequest{Reason: notary.ReasonOther, Note: "x"}, txOf(2))
	require.NoError(t, err)
	value, err := a.Encode()
	require.NoError(t, err)
	require.Equal(t, `{"after":{"root":"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b","size":1234},"algorithm":"sha2-256","body":"CTIEMSP",`+
		`"claimedTime":"2026-11-22T09:30:01.000000000Z","count":4711,"reference":"Dossier n° 2026/4711","requestId":"request-0001",`+
		`"revocation":{"at":"2026-11-22T09:30:02.000000000Z","note":"x","reason":"other","txId":"tx2"},`+
		`"root":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","status":"revoked","txId":"tx1","type":"deed","v":1,`+
		`"validFrom":"2026-01-01T00:00:00Z","validUntil":"2036-01-01T00:00:00.5Z"}`, string(value))

	m := notary.MemberRevocation{V: 1, Root: someRoot, Body: body, Digest: digestOf("a"), Index: 7, RequestID: requestID,
		Revocation: notary.Revocation{Reason: notary.ReasonOther, At: "2026-11-22T09:30:02.000000000Z", TxID: "tx2"}}
	value, err = m.Encode()
	require.NoError(t, err)
	require.Equal(t, `{"body":"CTIEMSP","digest":"sha2-256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb","index":7,"requestId":"request-0001",`+
		`"revocation":{"at":"2026-11-22T09:30:02.000000000Z","reason":"other","txId":"tx2"},`+
		`"root":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","v":1}`, string(value))

	leaf := notary.BatchLeaf(digestOf("a"))
	require.Equal(t, "0a1847e998b3eb084a3fe36f59ee10bfb0485ab8a876e463972d30a2fa3b30dd", hex.EncodeToString(leaf[:]), "as printf '\\0psbc/batch/v1\\nsha2-256:ca97…' | sha256sum says")
}

func TestADamagedAnchorIsNotDecoded(t *testing.T) {
	for name, spoil := range map[string]func(*notary.Anchor){
		"another version":          func(a *notary.Anchor) { a.V = 2 },
		"a bad root":               func(a *notary.Anchor) { a.Root = "x" },
		"no documents":             func(a *notary.Anchor) { a.Count = 0 },
		"no body":                  func(a *notary.Anchor) { a.Body = "" },
		"no transaction":           func(a *notary.Anchor) { a.TxID = "" },
		"another status":           func(a *notary.Anchor) { a.Status = notary.StatusSuperseded },
		"revoked without why":      func(a *notary.Anchor) { a.Status = notary.StatusRevoked },
		"active with a revocation": func(a *notary.Anchor) { a.Revocation = &notary.Revocation{} },
		"after nothing":            func(a *notary.Anchor) { a.After = &notary.After{} },
	} {
		t.Run(name, func(t *testing.T) {
			bad, err := notary.AnchorBatch(body, anchorRequest(), txOf(1), nil)
			require.NoError(t, err)
			spoil(&bad)
			value, err := bad.Encode()
			require.NoError(t, err)
			_, err = notary.DecodeAnchor(value)
			require.Error(t, err)
		})
	}
	for name, spoil := range map[string]func(*notary.MemberRevocation){
		"another version": func(m *notary.MemberRevocation) { m.V = 2 },
		"a bad digest":    func(m *notary.MemberRevocation) { m.Digest = "x" },
		"no body":         func(m *notary.MemberRevocation) { m.Body = "" },
		"no reason":       func(m *notary.MemberRevocation) { m.Revocation.Reason = "" },
		"no time":         func(m *notary.MemberRevocation) { m.Revocation.At = "" },
	} {
		t.Run("a member with "+name, func(t *testing.T) {
			bad := members().Example(1)
			spoil(&bad)
			value, err := bad.Encode()
			require.NoError(t, err)
			_, err = notary.DecodeMemberRevocation(value)
			require.Error(t, err)
		})
	}
	_, err := notary.DecodeAnchor([]byte("x"))
	require.Error(t, err)
	_, err = notary.DecodeMemberRevocation([]byte("x"))
	require.Error(t, err)
}

func FuzzDecodeAnchor(f *testing.F) {
	for i := range 20 {
		value, err := anchors().Example(i).Encode()
		require.NoError(f, err)
		f.Add(value)
		value, err = members().Example(i).Encode()
		require.NoError(f, err)
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		if a, err := notary.DecodeAnchor(value); err == nil {
			encoded, err := a.Encode()
			require.NoError(t, err)
			again, err := notary.DecodeAnchor(encoded)
			require.NoError(t, err)
			reencoded, err := again.Encode()
			require.NoError(t, err)
			require.Equal(t, string(encoded), string(reencoded))
		}
		if m, err := notary.DecodeMemberRevocation(value); err == nil {
			encoded, err := m.Encode()
			require.NoError(t, err)
			again, err := notary.DecodeMemberRevocation(encoded)
			require.NoError(t, err)
			reencoded, err := again.Encode()
			require.NoError(t, err)
			require.Equal(t, string(encoded), string(reencoded))
		}
	})
}
