package ledgerlog_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// vectorBlock is a block of test/vectors/entries.json, which the verifier's tests read too.
type vectorBlock struct {
	Desc                           string
	Number                         uint64
	HeaderHash, DataHash           ledgerlog.Hash
	PreviousHash, CommitHash, Root *ledgerlog.Hash
	Txs, Valid                     int
	Writes                         []struct {
		Nonce, Value []byte
		Detail       string
	}
	Entries []string
	Size    uint64
}

// block is the block that the vector describes. Of transactions that are not valid it says
// no more than that they are there.
func (v vectorBlock) block(t *testing.T) *block.Block {
	t.Helper()
	b := &block.Block{Number: v.Number, HeaderHash: v.HeaderHash, DataHash: v.DataHash, PreviousHash: v.PreviousHash}
	if v.CommitHash != nil {
		b.CommitHash = v.CommitHash[:]
	}
	writing := map[int]bool{}
	for i := range v.Txs {
		b.Transactions = append(b.Transactions, block.Transaction{Index: i, Type: "ENDORSER_TRANSACTION", Code: "BAD_PAYLOAD",
			Writes: []block.Write{{Namespace: "never", Kind: evidence.KindWrite}}})
	}
	for _, w := range v.Writes {
		var d evidence.Detail
		require.NoError(t, json.Unmarshal([]byte(w.Detail), &d))
		tx := &b.Transactions[d.TxIndex]
		if !writing[d.TxIndex] {
			writing[d.TxIndex] = true
			*tx = block.Transaction{Index: d.TxIndex, Type: "ENDORSER_TRANSACTION", Code: "VALID", Valid: true, ID: d.Tx, Creator: d.Creator, Nonce: w.Nonce}
		}
		require.Len(t, tx.Writes, d.Index)
		tx.Writes = append(tx.Writes, block.Write{Namespace: d.Namespace, Kind: d.Kind, Collection: d.Collection, Key: d.Key,
			Value: w.Value, Deleted: d.ValueHash == nil, ValueHash: d.ValueHash})
	}
	for i := 0; valid(b) < v.Valid; i++ { // those that write nothing
		require.Less(t, i, v.Txs)
		if tx := &b.Transactions[i]; !tx.Valid {
			*tx = block.Transaction{Index: i, Type: "CONFIG", Code: "VALID", Valid: true}
		}
	}
	return b
}

func valid(b *block.Block) int {
	n := 0
	for _, tx := range b.Transactions {
		if tx.Valid {
			n++
		}
	}
	return n
}

func TestTheEntriesAreThoseOfTheVectors(t *testing.T) {
	raw, err := os.ReadFile("../../test/vectors/entries.json")
	require.NoError(t, err)
	var vectors struct{ Blocks []vectorBlock }
	require.NoError(t, json.Unmarshal(raw, &vectors))
	require.NotEmpty(t, vectors.Blocks)
	l := open(t, t.TempDir())
	defer l.Close()
	writes := 0
	for _, v := range vectors.Blocks {
		b := v.block(t)
		entries, err := ledgerlog.Entries(b)
		require.NoError(t, err, v.Desc)
		var got []string
		for _, e := range entries {
			got = append(got, string(e))
		}
		require.Equal(t, v.Entries, got, v.Desc)
		writes += len(v.Writes)
		require.NoError(t, l.Append(b), v.Desc)
		head := l.Head()
		require.Equal(t, v.Size, head.Size, v.Desc)
		require.Equal(t, *v.Root, head.Root, v.Desc)
	}
	require.NotZero(t, writes)
}
