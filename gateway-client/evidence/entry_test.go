package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

func hashOf(name string) evidence.Hash { return sha256.Sum256([]byte(name)) }

func pointer[T any](v T) *T { return &v }

func blockEntry(number uint64) evidence.BlockEntry {
	e := evidence.BlockEntry{Number: number, HeaderHash: hashOf("header"), DataHash: hashOf("data"), Txs: 3, Valid: 2}
	if number > 0 {
		e.PreviousHash = pointer(hashOf("previous"))
		commit := hashOf("commit")
		e.CommitHash = commit[:]
	}
	return e
}

func someDetail() evidence.Detail {
	return evidence.Detail{
		Block: 7, Tx: "4f2a", TxIndex: 1, Index: 2, Creator: ctie, Namespace: "notary", Kind: evidence.KindWrite,
		Key: []byte("\x00notary.record\x00x\x00"), ValueHash: pointer(hashOf("value")),
	}
}

func TestEntriesAreWrittenAsTheDesignSays(t *testing.T) {
	h := func(name string) string { return hashOf(name).String() }
	for _, tc := range []struct {
		what string
		e    interface{ Encode() ([]byte, error) }
		want string
	}{
		{"the genesis block", blockEntry(0), `{"commitHash":"","dataHash":"` + h("data") + `","headerHash":"` + h("header") + `","number":0,"previousHash":"","txs":3,"type":"block","valid":2}`},
		{"a block", blockEntry(1), `{"commitHash":"` + h("commit") + `","dataHash":"` + h("data") + `","headerHash":"` + h("header") + `","number":1,"previousHash":"` + h("previous") + `","txs":3,"type":"block","valid":2}`},
		{"a write", evidence.WriteEntry{Block: 7, Commitment: hashOf("c")}, `{"block":7,"commitment":"` + h("c") + `","type":"write"}`},
		{"a detail", someDetail(), `{"block":7,"creator":"CTIEMSP","index":2,"key":"AG5vdGFyeS5yZWNvcmQAeAA=","kind":"write","namespace":"notary","tx":"4f2a","txIndex":1,"valueHash":"` + h("value") + `"}`},
		{"a deletion from a collection", evidence.Detail{Kind: evidence.KindPrivate, Collection: "c", Tx: "<\u2028>"}, `{"block":0,"collection":"c","creator":"","index":0,"key":"","kind":"private","namespace":"","tx":"<` + "\u2028" + `>","txIndex":0,"valueHash":null}`},
	} {
		got, err := tc.e.Encode()
		require.NoError(t, err, tc.what)
		require.Equal(t, tc.want, string(got), tc.what)
	}
}

// What MarshalSorted requires of types and does not check.
func TestMembersAreDeclaredInCanonicalOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDetail(t)
		for _, e := range []interface{ Encode() ([]byte, error) }{d, drawBlock(t), evidence.WriteEntry{Block: d.Block, Commitment: drawHash(t)}} {
			fast, err := e.Encode()
			require.NoError(t, err)
			slow, err := canonical.Marshal(jsonRaw(fast))
			require.NoError(t, err)
			require.Equal(t, string(slow), string(fast))
		}
	})
}

type jsonRaw []byte

func (r jsonRaw) MarshalJSON() ([]byte, error) { return r, nil }

func drawHash(t *rapid.T) evidence.Hash {
	return evidence.Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash"))
}

func drawBlock(t *rapid.T) evidence.BlockEntry {
	e := blockEntry(rapid.Uint64Range(0, 1<<53-1).Draw(t, "number"))
	e.Txs = rapid.IntRange(0, 1<<40).Draw(t, "txs")
	e.Valid = rapid.IntRange(0, e.Txs).Draw(t, "valid")
	return e
}

func drawDetail(t *rapid.T) evidence.Detail {
	d := evidence.Detail{
		Block: rapid.Uint64Range(0, 1<<53-1).Draw(t, "block"), Tx: rapid.String().Draw(t, "tx"), TxIndex: rapid.IntRange(0, 1<<53-1).Draw(t, "txIndex"),
		Index: rapid.IntRange(0, 1<<53-1).Draw(t, "index"), Creator: rapid.String().Draw(t, "creator"), Namespace: rapid.String().Draw(t, "namespace"),
		Kind: rapid.SampledFrom([]evidence.Kind{evidence.KindWrite, evidence.KindMetadata, evidence.KindPrivate}).Draw(t, "kind"),
		Key:  rapid.SliceOf(rapid.Byte()).Draw(t, "key"),
	}
	if d.Kind == evidence.KindPrivate {
		d.Collection = rapid.StringN(1, 20, -1).Draw(t, "collection")
	}
	if rapid.Bool().Draw(t, "present") {
		d.ValueHash = pointer(drawHash(t))
	}
	return d
}

func TestAnEntryIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		block := drawBlock(t)
		raw, err := block.Encode()
		require.NoError(t, err)
		got, err := evidence.ParseEntry(raw)
		require.NoError(t, err)
		if len(block.CommitHash) == 0 {
			got.Block.CommitHash = nil
		}
		require.Equal(t, evidence.Entry{Block: &block}, got)

		write := evidence.WriteEntry{Block: block.Number, Commitment: drawHash(t)}
		raw, err = write.Encode()
		require.NoError(t, err)
		got, err = evidence.ParseEntry(raw)
		require.NoError(t, err)
		require.Equal(t, evidence.Entry{Write: &write}, got)
	})
}

func TestWhatNoBlockHasIsNotEncoded(t *testing.T) {
	block := func(change func(*evidence.BlockEntry)) evidence.BlockEntry {
		e := blockEntry(1)
		change(&e)
		return e
	}
	detail := func(change func(*evidence.Detail)) evidence.Detail {
		d := someDetail()
		change(&d)
		return d
	}
	for what, e := range map[string]interface{ Encode() ([]byte, error) }{
		"a huge block number":         block(func(e *evidence.BlockEntry) { e.Number = 1 << 53 }),
		"more valid than there are":   block(func(e *evidence.BlockEntry) { e.Valid = 4 }),
		"fewer than none":             block(func(e *evidence.BlockEntry) { e.Valid = -1 }),
		"a short commit hash":         block(func(e *evidence.BlockEntry) { e.CommitHash = e.CommitHash[1:] }),
		"block 1 after none":          block(func(e *evidence.BlockEntry) { e.PreviousHash = nil }),
		"block 0 after one":           block(func(e *evidence.BlockEntry) { e.Number = 0 }),
		"a write of a huge block":     evidence.WriteEntry{Block: 1 << 53},
		"a detail of a huge block":    detail(func(d *evidence.Detail) { d.Block = 1 << 53 }),
		"an unknown kind":             detail(func(d *evidence.Detail) { d.Kind = "rumour" }),
		"a collection in public":      detail(func(d *evidence.Detail) { d.Collection = "c" }),
		"a private one of no coll.":   detail(func(d *evidence.Detail) { d.Kind = evidence.KindPrivate }),
		"a negative index":            detail(func(d *evidence.Detail) { d.Index = -1 }),
		"a huge transaction index":    detail(func(d *evidence.Detail) { d.TxIndex = 1 << 53 }),
		"a namespace that is no text": detail(func(d *evidence.Detail) { d.Namespace = "a\xff" }),
		"a creator that is no text":   detail(func(d *evidence.Detail) { d.Creator = "a\xff" }),
	} {
		_, err := e.Encode()
		require.Error(t, err, what)
	}
	_, err := evidence.MetadataHash([]evidence.Metadata{{Name: "\xff"}})
	require.Error(t, err)
}

func TestAnEntryIsReadInOneWay(t *testing.T) {
	good, err := evidence.WriteEntry{Block: 7, Commitment: hashOf("c")}.Encode()
	require.NoError(t, err)
	block, err := blockEntry(1).Encode()
	require.NoError(t, err)
	var malformed *evidence.MalformedError
	for _, tc := range []struct {
		what     string
		of       []byte
		old, new string
	}{
		{"a space", good, `:7,`, `: 7,`}, {"a fraction", good, `:7,`, `:7.0,`}, {"another order", good, `"type":"write"}`, `"type":"write","block":7}`},
		{"an unknown member", good, `{`, `{"a":1,`}, {"text after it", good, `"}`, `"} `}, {"another type", good, `"write"`, `"wrote"`}, {"no type", good, `,"type":"write"`, ``},
		{"a name in another case", good, `"block"`, `"Block"`}, {"a hash in upper case", good, hashOf("c").String(), strings.ToUpper(hashOf("c").String())},
		{"a short hash", good, hashOf("c").String(), hashOf("c").String()[1:]}, {"an escape", good, `"write"`, `"wr\u0069te"`}, {"a negative number", good, `:7,`, `:-7,`}, {"null", good, `:7,`, `:null,`},
		{"a member too little", block, `"txs":3,`, ``}, {"a huge number", block, `"number":1`, `"number":9007199254740992`}, {"no previous hash", block, hashOf("previous").String(), ``},
		{"a commit hash of one byte", block, hashOf("commit").String(), `00`}, {"a commit hash in upper case", block, hashOf("commit").String(), strings.ToUpper(hashOf("commit").String())},
		{"more valid than there are", block, `"valid":2`, `"valid":4`},
	} {
		_, err := evidence.ParseEntry(replaced(t, tc.of, tc.old, tc.new))
		require.ErrorAs(t, err, &malformed, tc.what)
	}
	for _, raw := range [][]byte{nil, []byte("null"), []byte("[]"), []byte(`{"type":1}`), bytes.Repeat([]byte(" "), evidence.MaxEntry+1)} {
		_, err := evidence.ParseEntry(raw)
		require.ErrorAs(t, err, &malformed)
	}
}

// A salt hides one detail, and its commitment binds it.
func TestACommitmentIsOfOneDetailOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawDetail(t), drawDetail(t)
		first, err := a.Encode()
		require.NoError(t, err)
		second, err := b.Encode()
		require.NoError(t, err)
		salt := evidence.Salt([]byte("nonce"), a.Tx, a.Index)
		x, err := a.Commit(salt)
		require.NoError(t, err)
		y, err := b.Commit(salt)
		require.NoError(t, err)
		require.Equal(t, bytes.Equal(first, second), x == y)
		z, err := a.Commit(evidence.Salt([]byte("nonce"), a.Tx, a.Index+1))
		require.NoError(t, err)
		require.NotEqual(t, x, z)
	})
}

func TestMetadataIsHashedInItsOrder(t *testing.T) {
	encoded, err := evidence.EncodeMetadata([]evidence.Metadata{{Name: "VALIDATION_PARAMETER", Value: []byte{1, 2}}, {Name: "<b>"}})
	require.NoError(t, err)
	require.Equal(t, `[{"name":"VALIDATION_PARAMETER","value":"AQI="},{"name":"<b>","value":""}]`, string(encoded))
	hash, err := evidence.MetadataHash(nil)
	require.NoError(t, err)
	require.Equal(t, hashOf("[]"), hash)
}

// BenchmarkEntry is what the ledger log does for each write.
func BenchmarkEntry(b *testing.B) {
	d, nonce := someDetail(), make([]byte, 24)
	d.Tx = strings.Repeat("0123456789abcdef", 4)
	for b.Loop() {
		commitment, err := d.Commit(evidence.Salt(nonce, d.Tx, d.Index))
		require.NoError(b, err)
		raw, err := evidence.WriteEntry{Block: d.Block, Commitment: commitment}.Encode()
		require.NoError(b, err)
		evidence.LeafHash(raw)
	}
}
