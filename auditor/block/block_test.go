package block_test

import (
	"crypto/sha256"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/internal/blocktest"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

func hashOf(s string) *block.Hash {
	h := block.Hash(sha256.Sum256([]byte(s)))
	return &h
}

// genesis is the block that a channel begins with.
func genesis() []blocktest.Tx {
	return []blocktest.Tx{{Type: common.HeaderType_CONFIG, Creator: "OrdererMSP", Nonce: []byte("n")}}
}

func decode(t *testing.T, b *common.Block) *block.Block {
	t.Helper()
	decoded, err := block.Decode(b)
	require.NoError(t, err)
	return decoded
}

func TestABlockSaysWhoDidWhatAndWhatBecameOfIt(t *testing.T) {
	refused := blocktest.Endorsed("tx2", blocktest.Puts("notary", "k"))
	refused.Code, refused.Creator = peer.TxValidationCode_MVCC_READ_CONFLICT, "SIGIMSP"
	chain := blocktest.Chain(t, genesis(), []blocktest.Tx{blocktest.Endorsed("tx1", blocktest.Puts("notary", "a")), refused})

	first := decode(t, chain[0])
	require.Equal(t, uint64(0), first.Number)
	require.True(t, first.Config)
	require.Nil(t, first.PreviousHash)
	require.Empty(t, first.CommitHash)
	require.Equal(t, blocktest.Channel, first.Channel)
	require.Equal(t, "CONFIG", first.Transactions[0].Type)
	require.True(t, first.Transactions[0].Valid)
	require.Empty(t, first.Transactions[0].Writes)

	second := decode(t, chain[1])
	require.False(t, second.Config)
	require.Equal(t, first.HeaderHash, *second.PreviousHash)
	require.Equal(t, blocktest.HeaderHash(t, chain[1]), second.HeaderHash[:])
	require.Len(t, second.CommitHash, sha256.Size)
	require.Equal(t, chain[1].GetHeader().GetDataHash(), second.DataHash[:])
	require.Len(t, second.Transactions, 2)
	tx := second.Transactions[0]
	tx.Writes = nil
	require.Equal(t, block.Transaction{
		ID: "tx1", Index: 0, Type: "ENDORSER_TRANSACTION", Code: "VALID", Valid: true, Creator: "CTIEMSP", Chaincode: "notary",
		Certificate: []byte("certificate of CTIEMSP"), Nonce: []byte("nonce of tx1"), Timestamp: blocktest.Endorsed("").Time,
	}, tx)
	tx = second.Transactions[1]
	require.Equal(t, "MVCC_READ_CONFLICT", tx.Code)
	require.False(t, tx.Valid)
	require.Equal(t, 1, tx.Index)
	require.Equal(t, "SIGIMSP", tx.Creator)
	require.Len(t, tx.Writes, 1, "what it would have written")
}

// The order is part of the ledger log's format.
func TestWritesAreListedInTheOrderOfTheLedgerLog(t *testing.T) {
	policy := []*kvrwset.KVMetadataEntry{{Name: "VALIDATION_PARAMETER", Value: []byte("policy")}}
	empty := sha256.Sum256(nil)
	sets := []blocktest.Set{
		{
			Namespace: "notary",
			Public: &kvrwset.KVRWSet{
				Reads:          []*kvrwset.KVRead{{Key: "read"}},
				Writes:         []*kvrwset.KVWrite{{Key: "b", Value: []byte("1")}, {Key: "a", IsDelete: true}, {Key: "c"}},
				MetadataWrites: []*kvrwset.KVMetadataWrite{{Key: "b", Entries: policy}, {Key: "a"}},
			},
			Collections: []blocktest.Collection{
				blocktest.Hashed("second", &kvrwset.KVWriteHash{KeyHash: []byte("kh"), ValueHash: hashOf("v")[:]}),
				blocktest.Hashed("first",
					&kvrwset.KVWriteHash{KeyHash: []byte("deleted"), IsDelete: true},
					&kvrwset.KVWriteHash{KeyHash: []byte("purged"), IsDelete: true, IsPurge: true},
					&kvrwset.KVWriteHash{KeyHash: []byte("none")},
					&kvrwset.KVWriteHash{KeyHash: []byte("hash of nothing"), ValueHash: empty[:]}),
			},
		},
		{Namespace: "_lifecycle", Public: &kvrwset.KVRWSet{Writes: []*kvrwset.KVWrite{{Key: "z", Value: []byte("2")}}}},
	}
	b := decode(t, blocktest.Chain(t, genesis(), []blocktest.Tx{blocktest.Endorsed("tx1", sets...)})[1])
	metadata, err := evidence.EncodeMetadata([]evidence.Metadata{{Name: "VALIDATION_PARAMETER", Value: []byte("policy")}})
	require.NoError(t, err)
	hash, err := evidence.MetadataHash([]evidence.Metadata{{Name: "VALIDATION_PARAMETER", Value: []byte("policy")}})
	require.NoError(t, err)
	private := func(collection, key string, valueHash *block.Hash) block.Write {
		return block.Write{Namespace: "notary", Kind: evidence.KindPrivate, Collection: collection, Key: []byte(key), Deleted: valueHash == nil, ValueHash: valueHash}
	}
	require.Equal(t, []block.Write{
		{Namespace: "notary", Kind: evidence.KindWrite, Key: []byte("b"), Value: []byte("1"), ValueHash: hashOf("1")},
		{Namespace: "notary", Kind: evidence.KindWrite, Key: []byte("a"), Deleted: true},
		{Namespace: "notary", Kind: evidence.KindWrite, Key: []byte("c"), Deleted: true},
		{Namespace: "notary", Kind: evidence.KindMetadata, Key: []byte("b"), Value: metadata, ValueHash: &hash},
		{Namespace: "notary", Kind: evidence.KindMetadata, Key: []byte("a"), Deleted: true},
		private("second", "kh", hashOf("v")),
		private("first", "deleted", nil),
		private("first", "purged", nil),
		private("first", "none", nil),
		private("first", "hash of nothing", nil),
		{Namespace: "_lifecycle", Kind: evidence.KindWrite, Key: []byte("z"), Value: []byte("2"), ValueHash: hashOf("2")},
	}, b.Transactions[0].Writes)
}

// A single body may endorse for its own chaincode, with a read-write set written by hand.
func TestWhatNoChaincodeCanWriteStopsNobody(t *testing.T) {
	set := blocktest.Set{Namespace: "own", Collections: []blocktest.Collection{
		blocktest.Hashed("c", &kvrwset.KVWriteHash{KeyHash: []byte("k"), ValueHash: []byte("short")}),
		blocktest.Hashed("", &kvrwset.KVWriteHash{KeyHash: []byte("k"), ValueHash: []byte("v")}),
	}}
	b := decode(t, blocktest.Chain(t, genesis(), []blocktest.Tx{blocktest.Endorsed("tx1", set)})[1])
	require.Equal(t, []block.Write{
		{Namespace: "own", Kind: evidence.KindPrivate, Collection: "c", Key: []byte("k"), ValueHash: hashOf("short")},
		{Namespace: "own", Kind: evidence.KindWrite, Key: []byte("k"), Value: []byte("v"), ValueHash: hashOf("v")},
	}, b.Transactions[0].Writes)
}

func TestWhatCannotBeReadOfAnInvalidTransactionIsNoError(t *testing.T) {
	broken := func(raw string) blocktest.Tx {
		return blocktest.Tx{Raw: []byte(raw), Code: peer.TxValidationCode_BAD_PAYLOAD}
	}
	noHeader, err := proto.Marshal(&common.Envelope{Payload: []byte{}})
	require.NoError(t, err)
	undefined := broken("x")
	undefined.Code = 200
	b := decode(t, blocktest.Chain(t, genesis(), []blocktest.Tx{broken("\xff"), broken(""), broken(string(noHeader)), undefined, blocktest.Endorsed("tx1")})[1])
	require.Len(t, b.Transactions, 5)
	require.Equal(t, block.Transaction{Index: 0, Code: "BAD_PAYLOAD"}, b.Transactions[0])
	require.Equal(t, "200", b.Transactions[3].Code)
	require.Equal(t, "tx1", b.Transactions[4].ID)
	require.Equal(t, blocktest.Channel, b.Channel)
}

func TestABlockThatNoPeerDeliversIsRefused(t *testing.T) {
	chain := func() []*common.Block {
		return blocktest.Chain(t, genesis(), []blocktest.Tx{blocktest.Endorsed("tx1", blocktest.Puts("notary", "a"))})
	}
	tests := []struct {
		name   string
		number int
		change func(*common.Block)
		want   string
	}{
		{"no header", 1, func(b *common.Block) { b.Header = nil }, "no header"},
		{"other data", 1, func(b *common.Block) { b.Data.Data[0][7] ^= 1 }, "block 1: its data has the hash"},
		{"a transaction too few", 1, func(b *common.Block) { b.Data.Data = nil }, "its data has the hash"},
		{"no data hash", 0, func(b *common.Block) { b.Header.DataHash = nil }, "its data has the hash"},
		{"a block before the first", 0, func(b *common.Block) { b.Header.PreviousHash = make([]byte, 32) }, "its previous hash has 32 bytes"},
		{"no block before the second", 1, func(b *common.Block) { b.Header.PreviousHash = nil }, "its previous hash has 0 bytes"},
		{"no metadata", 1, func(b *common.Block) { b.Metadata = nil }, "0 validity flags for 1 transactions"},
		{"a flag too many", 1, func(b *common.Block) { b.Metadata.Metadata[2] = []byte{0, 0} }, "2 validity flags for 1 transactions"},
		{"a commit hash that is none", 1, func(b *common.Block) { b.Metadata.Metadata[4] = []byte("\xff") }, "its commit hash"},
		{"a valid transaction that is none", 1, func(b *common.Block) {
			b.Data.Data[0] = []byte("\xff")
			sum := sha256.Sum256(b.GetData().GetData()[0])
			b.Header.DataHash = sum[:]
		}, "block 1: transaction 0 is valid but cannot be read"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := chain()[test.number]
			test.change(b)
			_, err := block.Decode(b)
			require.ErrorContains(t, err, test.want)
		})
	}
	_, err := block.Decode(nil)
	require.ErrorContains(t, err, "no header")
}

// FuzzDecode: nothing panics, and what is read holds together.
func FuzzDecode(f *testing.F) {
	invalid := blocktest.Tx{Raw: []byte("?"), Code: peer.TxValidationCode_BAD_PAYLOAD}
	for _, b := range blocktest.Chain(f, genesis(), []blocktest.Tx{
		blocktest.Endorsed("tx1", blocktest.Puts("notary", "a", "b"), blocktest.Set{Namespace: "x", Collections: []blocktest.Collection{
			blocktest.Hashed("c", &kvrwset.KVWriteHash{KeyHash: []byte("k")}),
		}}), invalid,
	}) {
		raw, err := proto.Marshal(b)
		require.NoError(f, err)
		f.Add(raw, true)
		f.Add(raw, false)
	}
	f.Fuzz(func(t *testing.T, raw []byte, mend bool) {
		var b common.Block
		if proto.Unmarshal(raw, &b) != nil {
			return
		}
		if mend && b.GetHeader() != nil { // else no input would come past the data hash
			sum := sha256.New()
			for _, e := range b.GetData().GetData() {
				sum.Write(e)
			}
			b.Header.DataHash = sum.Sum(nil)
		}
		decoded, err := block.Decode(&b)
		if err != nil {
			return
		}
		require.Len(t, decoded.Transactions, len(b.GetData().GetData()))
		require.Equal(t, b.GetHeader().GetNumber() == 0, decoded.PreviousHash == nil)
		for i, tx := range decoded.Transactions {
			require.Equal(t, i, tx.Index)
			require.Equal(t, tx.Code == "VALID", tx.Valid)
			for _, w := range tx.Writes {
				require.True(t, tx.Endorser())
				require.Equal(t, w.Deleted, w.ValueHash == nil)
				require.Equal(t, w.Kind == evidence.KindPrivate, w.Collection != "")
			}
		}
	})
}
