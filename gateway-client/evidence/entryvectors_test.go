package evidence_test

import (
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"

	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// entryVectors are blocks, and the entries that they become. Whoever builds a ledger log
// must come to the same bytes.
type entryVectors struct {
	Blocks  []blockVector   `json:"blocks"`
	Refused []refusedVector `json:"refused"`
}

// blockVector is a block as the ledger log sees it, and what it adds to the log.
type blockVector struct {
	Desc         string         `json:"desc"`
	Number       uint64         `json:"number"`
	HeaderHash   evidence.Hash  `json:"headerHash"`
	DataHash     evidence.Hash  `json:"dataHash"`
	PreviousHash *evidence.Hash `json:"previousHash"`
	CommitHash   *evidence.Hash `json:"commitHash"`
	Txs          int            `json:"txs"`
	Valid        int            `json:"valid"`
	Writes       []writeVector  `json:"writes"`
	// Entries are in the order of the log: the block's, then one for each of the writes.
	Entries []string      `json:"entries"`
	Size    uint64        `json:"size"` // of the log after the block
	Root    evidence.Hash `json:"root"`
}

// writeVector is a write of a valid transaction. Nonce is that of the transaction's
// signature header; Value is what was written, Metadata what a write of metadata has
// instead.
type writeVector struct {
	Nonce      []byte              `json:"nonce"`
	Value      []byte              `json:"value,omitempty"`
	Metadata   []evidence.Metadata `json:"metadata,omitempty"`
	Detail     string              `json:"detail"` // canonical JSON
	Salt       evidence.Hash       `json:"salt"`
	Commitment evidence.Hash       `json:"commitment"`
}

// refusedVector is what looks like an entry and is none.
type refusedVector struct {
	Desc  string `json:"desc"`
	Entry string `json:"entry"`
}

// chronicle makes the blocks of the vectors.
type chronicle struct {
	t    *testing.T
	tree *testonly.Tree
	made []blockVector
}

func (c *chronicle) block(desc string, txs, valid int, details ...evidence.Detail) {
	number := uint64(len(c.made))
	b := blockVector{Desc: desc, Number: number, HeaderHash: hashOf(desc), DataHash: hashOf("data of " + desc), Txs: txs, Valid: valid, Writes: []writeVector{}}
	if number > 0 {
		b.PreviousHash, b.CommitHash = pointer(c.made[number-1].HeaderHash), pointer(hashOf("commit of "+desc))
	}
	b.Entries = []string{string(encoded(c.t, b.entry()))}
	for _, d := range details {
		w := c.write(number, d)
		b.Writes = append(b.Writes, w)
		b.Entries = append(b.Entries, string(encoded(c.t, evidence.WriteEntry{Block: number, Commitment: w.Commitment})))
	}
	for _, entry := range b.Entries {
		c.tree.AppendData([]byte(entry))
	}
	b.Size, b.Root = c.tree.Size(), evidence.Hash(c.tree.Hash())
	c.made = append(c.made, b)
}

func (b blockVector) entry() evidence.BlockEntry {
	e := evidence.BlockEntry{Number: b.Number, HeaderHash: b.HeaderHash, DataHash: b.DataHash, PreviousHash: b.PreviousHash, Txs: b.Txs, Valid: b.Valid}
	if b.CommitHash != nil {
		e.CommitHash = b.CommitHash[:]
	}
	return e
}

// write completes a detail. Its transaction and value follow from its place; a deletion is
// marked by a key that begins with "-".
func (c *chronicle) write(block uint64, d evidence.Detail) writeVector {
	d.Block, d.Tx = block, transactionID(string(rune('a'+d.TxIndex)))
	nonce := sha256.Sum256([]byte("nonce of " + d.Tx))
	w := writeVector{Nonce: nonce[:24]}
	switch {
	case d.Kind == evidence.KindMetadata:
		w.Metadata = []evidence.Metadata{{Name: "VALIDATION_PARAMETER", Value: []byte("policy")}}
		hash, err := evidence.MetadataHash(w.Metadata)
		require.NoError(c.t, err)
		d.ValueHash = &hash
	case d.Key[0] != '-':
		w.Value = append([]byte("value of "), d.Key...)
		d.ValueHash = pointer(evidence.Hash(sha256.Sum256(w.Value)))
	}
	if d.Kind == evidence.KindPrivate {
		hash := sha256.Sum256(d.Key)
		d.Key = hash[:]
	}
	w.Detail, w.Salt = string(encoded(c.t, d)), evidence.Salt(w.Nonce, d.Tx, d.Index)
	commitment, err := d.Commit(w.Salt)
	require.NoError(c.t, err)
	w.Commitment = commitment
	return w
}

func makeEntryVectors(t *testing.T) entryVectors {
	c := &chronicle{t: t, tree: testonly.New(rfc6962.DefaultHasher)}
	of := func(txIndex, index int, creator, namespace string, kind evidence.Kind, collection, key string) evidence.Detail {
		return evidence.Detail{TxIndex: txIndex, Index: index, Creator: creator, Namespace: namespace, Kind: kind, Collection: collection, Key: []byte(key)}
	}
	const write, metadata, private = evidence.KindWrite, evidence.KindMetadata, evidence.KindPrivate
	c.block("the genesis block", 1, 1)
	c.block("a configuration", 1, 1)
	c.block("one write", 1, 1, of(0, 0, ctie, "notary", write, "", "\x00notary.record\x00digest\x00CTIEMSP\x00"))
	c.block("two valid transactions and an invalid one between them", 3, 2,
		of(0, 0, ctie, "_lifecycle", write, "", "namespaces/fields/notary/Sequence"), of(0, 1, ctie, "_lifecycle", private, "_implicit_org_CTIEMSP", "approval"),
		of(2, 0, sigi, "registry", write, "", "record"), of(2, 1, sigi, "registry", write, "", "-deleted"), of(2, 2, sigi, "registry", metadata, "", "record"),
		of(2, 3, sigi, "registry", private, "members", "name"), of(2, 4, sigi, "registry", private, "members", "-purged"))
	c.block("nothing valid", 2, 0)
	c.block("text that JSON writes with care", 1, 1, of(0, 0, "Ministère <&>\u2028", "café", write, "", "\xff\xfe"))
	return entryVectors{Blocks: c.made, Refused: refusedEntries(t)}
}

func refusedEntries(t *testing.T) []refusedVector {
	good, err := evidence.WriteEntry{Block: 7, Commitment: hashOf("c")}.Encode()
	require.NoError(t, err)
	var list []refusedVector
	for _, r := range []struct{ desc, old, by string }{
		{"a space", `:7,`, `: 7,`}, {"a fraction", `:7,`, `:7.0,`}, {"a member twice", `{`, `{"block":7,`}, {"an unknown member", `{`, `{"a":1,`}, {"a space at the end", `"}`, `"} `},
		{"another type", `"write"`, `"wrote"`}, {"no type", `,"type":"write"`, ``}, {"a name in upper case", `"block"`, `"Block"`}, {"a short hash", hashOf("c").String(), hashOf("c").String()[1:]},
		{"an escape", `"write"`, `"wr\u0069te"`}, {"null", `:7,`, `:null,`}, {"a number that JSON does not hold", `:7,`, `:9007199254740992,`},
	} {
		list = append(list, refusedVector{r.desc, string(replaced(t, good, r.old, r.by))})
	}
	return list
}

func TestEntryVectors(t *testing.T) {
	made := makeEntryVectors(t)
	if *update {
		writeJSON(t, "entries.json", made)
	}
	raw, err := os.ReadFile(filepath.Join(vectorsDir, "entries.json"))
	require.NoError(t, err)
	var got entryVectors
	require.NoError(t, json.Unmarshal(raw, &got))
	require.NotEmpty(t, got.Blocks)
	require.NotEmpty(t, got.Refused)
	require.Equal(t, made, got, "the vectors are what the generator makes: go test ./gateway-client/evidence -run Vectors -update")
	for _, b := range got.Blocks {
		require.Len(t, b.Entries, 1+len(b.Writes))
		entry, err := evidence.ParseEntry([]byte(b.Entries[0]))
		require.NoError(t, err, b.Desc)
		require.Equal(t, encoded(t, b.entry()), encoded(t, *entry.Block))
		for i, w := range b.Writes {
			entry, err := evidence.ParseEntry([]byte(b.Entries[1+i]))
			require.NoError(t, err)
			require.Equal(t, evidence.WriteEntry{Block: b.Number, Commitment: w.Commitment}, *entry.Write)
			byHand := sha256.Sum256([]byte("psbc/detail/v1\n" + string(w.Salt[:]) + w.Detail))
			require.Equal(t, w.Commitment, evidence.Hash(byHand))
		}
	}
	for _, r := range got.Refused {
		_, err := evidence.ParseEntry([]byte(r.Entry))
		require.Equal(t, "MalformedError", errorName(err), r.Desc)
	}
}
