package prove_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/internal/blocktest"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

const (
	ctie = "CTIEMSP"
	now  = 1795600000
)

func origin(genesis ledgerlog.Hash) string {
	return tlog.Origin("psbc.lu", blocktest.Channel, genesis)
}

// channel is a channel's blocks, its log, and one witness that everybody believes.
type channel struct {
	t       testing.TB
	blocks  []*block.Block
	log     *ledgerlog.Log
	witness *evidence.Signer
	policy  *tlog.Policy
}

func newChannel(t testing.TB, blocks ...[]blocktest.Tx) *channel {
	t.Helper()
	genesis := []blocktest.Tx{{Type: common.HeaderType_CONFIG, Creator: "OrdererMSP"}}
	c := &channel{t: t}
	var err error
	c.log, err = ledgerlog.Open(t.TempDir(), origin)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.log.Close()) })
	for _, raw := range blocktest.Chain(t, append([][]blocktest.Tx{genesis}, blocks...)...) {
		b, err := block.Decode(raw)
		require.NoError(t, err)
		require.NoError(t, c.log.Append(b))
		c.blocks = append(c.blocks, b)
	}
	name := tlog.WitnessName(c.log.Head().Origin, ctie)
	c.witness, err = evidence.GenerateSigner(name, tlog.Ed25519, zeros{})
	require.NoError(t, err)
	c.policy = &tlog.Policy{Origin: c.log.Head().Origin, Witnesses: []tlog.Witness{{Name: "w", Key: c.witness.Key()}}, Quorum: "w"}
	return c
}

// zeros is no source of randomness, which a test needs none of.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// cosigned is the checkpoint at the end of a block.
func (c *channel) cosigned(number uint64) tlog.SignedCheckpoint {
	c.t.Helper()
	size, err := c.log.SizeAt(number)
	require.NoError(c.t, err)
	root, err := c.log.Root(size)
	require.NoError(c.t, err)
	checkpoint := tlog.Checkpoint{Origin: c.log.Head().Origin, Size: size, Root: root}
	signature, err := c.witness.Sign(checkpoint, now-60)
	require.NoError(c.t, err)
	return tlog.SignedCheckpoint{Checkpoint: checkpoint, Cosignatures: []tlog.Cosignature{signature}}
}

// verify reads a file of evidence, and verifies it.
func (c *channel) verify(file []byte) (*evidence.Result, error) {
	c.t.Helper()
	p, err := evidence.ParseProof(file)
	require.NoError(c.t, err)
	return evidence.Verify(nil, p, c.policy, time.Unix(now, 0))
}

// ledger is blocks with everything in them that counts, and that does not.
func ledger(t testing.TB) *channel {
	key, value := sha256.Sum256([]byte("key")), sha256.Sum256([]byte("value"))
	rich := blocktest.Puts("registry", "a", "b")
	rich.Public.Writes = append(rich.Public.Writes, &kvrwset.KVWrite{Key: "gone", IsDelete: true})
	rich.Public.MetadataWrites = []*kvrwset.KVMetadataWrite{{Key: "a", Entries: []*kvrwset.KVMetadataEntry{{Name: "VALIDATION_PARAMETER", Value: []byte("policy")}}}}
	rich.Collections = []blocktest.Collection{blocktest.Hashed("_implicit_org_CTIEMSP", &kvrwset.KVWriteHash{KeyHash: key[:], ValueHash: value[:]})}

	invalid := blocktest.Endorsed("invalid", blocktest.Puts("notary", "x", "y"))
	invalid.Code = peer.TxValidationCode_MVCC_READ_CONFLICT
	return newChannel(t,
		[]blocktest.Tx{blocktest.Endorsed("1.0", blocktest.Puts("notary", "x"))},
		[]blocktest.Tx{invalid, blocktest.Endorsed("2.1", rich, blocktest.Puts("trail", "a")), blocktest.Endorsed("2.2", blocktest.Puts("notary", "x"))},
		[]blocktest.Tx{{Type: common.HeaderType_CONFIG, Creator: "OrdererMSP"}},
		[]blocktest.Tx{blocktest.Endorsed("4.0", blocktest.Puts("notary", "x", "z"))},
	)
}

// batchOf is a batch of so many documents, and its tree.
func batchOf(t testing.TB, count int) ([]notary.Digest, *testonly.Tree) {
	t.Helper()
	digests, documents := make([]notary.Digest, count), make([]string, count)
	for i := range digests {
		documents[i] = fmt.Sprint("document ", i)
		digests[i] = digestOf([]byte(documents[i]))
	}
	return digests, treeOf(documents)
}

// treeOf is the tree over the digests of documents.
func treeOf(documents []string) *testonly.Tree {
	tree := testonly.New(rfc6962.DefaultHasher)
	for _, d := range documents {
		tree.AppendData([]byte(notary.BatchLeafPrefix + string(digestOf([]byte(d)))))
	}
	return tree
}

func digestOf(document []byte) notary.Digest {
	sum := sha256.Sum256(document)
	return notary.Digest("sha2-256:" + hex.EncodeToString(sum[:]))
}

// anchored is a channel with the anchor of a batch in block 1.
func anchored(t testing.TB, count uint64, root []byte, after *notary.After) (*channel, []byte) {
	t.Helper()
	record := notary.Anchor{
		V: 1, Root: hex.EncodeToString(root), Count: count, Algorithm: notary.SHA2_256, Body: ctie, RequestID: "0197a1c2-5d3e-7c41-9f00-3d2b1a0c9e8f",
		Status: notary.StatusActive, After: after, TxID: "1.0", ClaimedTime: "2026-11-24T15:00:00.000000000Z",
	}
	value, err := record.Encode()
	require.NoError(t, err)
	key := "\x00notary.anchor\x00" + record.Root + "\x00" + ctie + "\x00"
	set := blocktest.Set{Namespace: "notary", Public: &kvrwset.KVRWSet{Writes: []*kvrwset.KVWrite{{Key: key, Value: value}}}}
	return newChannel(t, []blocktest.Tx{blocktest.Endorsed("1.0", set)}), []byte(key)
}

// member is a document's place in its batch.
func member(t testing.TB, digests []notary.Digest, tree *testonly.Tree, i uint64) evidence.Member {
	t.Helper()
	path, err := tree.InclusionProof(i, tree.Size())
	require.NoError(t, err)
	m := evidence.Member{Digest: digests[i], Index: i}
	for _, h := range path {
		m.Path = append(m.Path, evidence.Hash(h))
	}
	return m
}
