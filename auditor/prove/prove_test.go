package prove_test

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/auditor/internal/blocktest"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/auditor/prove"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

func TestEveryWriteOfAValidTransactionCanBeProvenAgainstEveryLaterCheckpoint(t *testing.T) {
	c := ledger(t)
	proven := 0
	for _, b := range c.blocks {
		for _, tx := range b.Transactions {
			for _, w := range tx.Writes {
				if !tx.Valid {
					continue
				}
				target := prove.Target{Tx: tx.ID, Namespace: w.Namespace, Kind: w.Kind, Collection: w.Collection, Key: w.Key}
				for at := b.Number; at < uint64(len(c.blocks)); at++ {
					p, err := prove.Prove(prove.Request{Block: b, Target: target, Checkpoint: c.cosigned(at)}, c.log)
					require.NoError(t, err)
					file, err := p.Marshal()
					require.NoError(t, err)
					result, err := c.verify(file)
					require.NoError(t, err, "%s %q", w.Namespace, w.Key)
					require.Equal(t, tx.ID, result.Detail.Tx)
					require.Equal(t, w.Key, result.Detail.Key)
					require.Equal(t, w.Value, result.Value)
					proven++
				}
			}
		}
	}
	require.Equal(t, 4+7*3+2, proven)
}

func TestWithoutATransactionTheLastWriteOfTheBlockCounts(t *testing.T) {
	c := newChannel(t, []blocktest.Tx{
		blocktest.Endorsed("first", blocktest.Puts("notary", "x")), blocktest.Endorsed("second", blocktest.Puts("notary", "x")),
	})
	for tx, want := range map[string]string{"": "second", "first": "first", "second": "second"} {
		found, err := prove.Find(c.blocks[1], prove.Target{Tx: tx, Namespace: "notary", Key: []byte("x")})
		require.NoError(t, err)
		require.Equal(t, want, found.Detail.Tx)
	}
}

func TestWhatWasNotWrittenHasNoEvidence(t *testing.T) {
	c := ledger(t)
	hashed := sha256.Sum256([]byte("key"))
	for name, target := range map[string]prove.Target{
		"another key":              {Namespace: "notary", Key: []byte("nothing")},
		"another chaincode":        {Namespace: "notary", Key: []byte("a")},
		"another transaction":      {Namespace: "notary", Key: []byte("x"), Tx: "2.1"},
		"an invalid transaction":   {Namespace: "notary", Key: []byte("x"), Tx: "invalid"},
		"metadata that is not set": {Namespace: "notary", Key: []byte("x"), Kind: evidence.KindMetadata},
		"another collection":       {Namespace: "registry", Key: hashed[:], Kind: evidence.KindPrivate, Collection: "_implicit_org_SIGIMSP"},
		"the key of a hash":        {Namespace: "registry", Key: []byte("key"), Kind: evidence.KindPrivate, Collection: "_implicit_org_CTIEMSP"},
	} {
		_, err := prove.Prove(prove.Request{Block: c.blocks[2], Target: target, Checkpoint: c.cosigned(4)}, c.log)
		require.ErrorIs(t, err, prove.ErrNotWritten, name)
	}
}

func TestACheckpointOfBeforeTheWriteDoesNotCoverIt(t *testing.T) {
	c := ledger(t)
	_, err := prove.Prove(prove.Request{Block: c.blocks[2], Target: prove.Target{Namespace: "notary", Key: []byte("x")}, Checkpoint: c.cosigned(1)}, c.log)
	require.ErrorIs(t, err, prove.ErrNotCovered)
}

func TestALogThatDoesNotReachSoFarSaysSo(t *testing.T) {
	c := ledger(t)
	short, err := ledgerlog.Open(t.TempDir(), origin)
	require.NoError(t, err)
	defer func() { require.NoError(t, short.Close()) }()
	request := prove.Request{Block: c.blocks[2], Target: prove.Target{Namespace: "notary", Key: []byte("x")}, Checkpoint: c.cosigned(4)}
	for i := range 4 { // blocks 0 to 3, and the checkpoint is of block 4
		_, err = prove.Prove(request, short)
		require.ErrorIs(t, err, ledgerlog.ErrNotFound, "with %d blocks", i)
		require.NoError(t, short.Append(c.blocks[i]))
	}
}

func TestWhatDoesNotFitTogetherIsNoEvidence(t *testing.T) {
	c := ledger(t)
	other := newChannel(t,
		[]blocktest.Tx{blocktest.Endorsed("other 1.0", blocktest.Puts("notary", "x"))},
		[]blocktest.Tx{blocktest.Endorsed("other 2.0", blocktest.Puts("notary", "x"))},
	)
	target := prove.Target{Namespace: "notary", Key: []byte("x")}
	for name, r := range map[string]prove.Request{
		"the block of another channel":      {Block: other.blocks[2], Target: target, Checkpoint: c.cosigned(4)},
		"the checkpoint of another channel": {Block: c.blocks[1], Target: target, Checkpoint: other.cosigned(2)},
	} {
		_, err := prove.Prove(r, c.log)
		var contradiction *prove.ContradictionError
		require.ErrorAs(t, err, &contradiction, name)
	}
}
