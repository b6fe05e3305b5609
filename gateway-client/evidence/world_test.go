package evidence_test

import (
	"crypto/sha256"
	"fmt"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// world is a small ledger log, with writes of every kind, and some that no honest ledger
// has.
type world struct {
	t      require.TestingT
	tree   *testonly.Tree
	block  uint64
	writes map[string]written
	// batches are the trees of batches, by the name of their anchor.
	batches map[string]*batch
	after   tlog.Checkpoint // of the first blocks; later records name it
}

// written is one write in the log.
type written struct {
	detail evidence.Detail
	salt   evidence.Hash
	value  []byte
	index  uint64
}

// batch is a batch of documents.
type batch struct {
	documents []string
	tree      *testonly.Tree
}

// document is the content of the document of a name.
func document(name string) []byte { return []byte("The document " + name + ".\n") }

func digest(t require.TestingT, a notary.Algorithm, name string) notary.Digest {
	h, err := a.New()
	require.NoError(t, err)
	h.Write(document(name))
	d, err := notary.NewDigest(a, h.Sum(nil))
	require.NoError(t, err)
	return d
}

func transactionID(name string) string { return hashOf("transaction " + name).String() }

func (w *world) begin() {
	e := evidence.BlockEntry{Number: w.block, HeaderHash: hashOf(fmt.Sprint("header ", w.block)), DataHash: hashOf(fmt.Sprint("data ", w.block)), Txs: 1, Valid: 1}
	if w.block > 0 {
		e.PreviousHash = pointer(hashOf(fmt.Sprint("header ", w.block-1)))
		commit := hashOf(fmt.Sprint("commit ", w.block))
		e.CommitHash = commit[:]
	}
	raw, err := e.Encode()
	require.NoError(w.t, err)
	w.tree.AppendData(raw)
	w.block++
}

// write appends a write of the transaction of that name; nil deletes.
func (w *world) write(name string, d evidence.Detail, value []byte) {
	d.Block, d.Tx, d.TxIndex = w.block-1, transactionID(name), 0
	if d.Creator == "" {
		d.Creator = ctie
	}
	if value != nil {
		d.ValueHash = pointer(evidence.Hash(sha256.Sum256(value)))
	}
	nonce := sha256.Sum256([]byte("nonce " + name))
	salt := evidence.Salt(nonce[:24], d.Tx, d.Index)
	commitment, err := d.Commit(salt)
	require.NoError(w.t, err)
	raw, err := evidence.WriteEntry{Block: d.Block, Commitment: commitment}.Encode()
	require.NoError(w.t, err)
	w.writes[name] = written{d, salt, value, w.tree.Size()}
	w.tree.AppendData(raw)
}

func recordKey(d notary.Digest, body string) []byte {
	return []byte("\x00notary.record\x00" + string(d) + "\x00" + body + "\x00")
}

func anchorKey(root, body string) []byte {
	return []byte("\x00notary.anchor\x00" + root + "\x00" + body + "\x00")
}

// notarisation is the record of a body for the document of a name.
func notarisation(t require.TestingT, name, body string) notary.Notarisation {
	return notary.Notarisation{
		V: notary.SchemaVersion, Digest: digest(t, notary.SHA2_256, name), Body: body, RequestID: "request-" + transactionID(name)[:8], Type: "deed", Reference: "2026/" + name,
		Status: notary.StatusActive, TxID: transactionID(name), ClaimedTime: "2026-11-24T11:59:58.000000000Z",
	}
}

func encoded(t require.TestingT, r interface{ Encode() ([]byte, error) }) []byte {
	raw, err := r.Encode()
	require.NoError(t, err)
	return raw
}

// notarise appends a notarisation, as changed.
func (w *world) notarise(name, body string, change func(*notary.Notarisation)) {
	n := notarisation(w.t, name, body)
	change(&n)
	w.write(name, evidence.Detail{Creator: body, Namespace: "notary", Kind: evidence.KindWrite, Key: recordKey(n.Digest, n.Body)}, encoded(w.t, n))
}

// anchor appends the notarisation of a batch.
func (w *world) anchor(name string, documents []string, change func(*notary.Anchor)) {
	b := &batch{documents, testonly.New(rfc6962.DefaultHasher)}
	for _, d := range documents {
		leaf := evidence.BatchLeaf(digest(w.t, notary.SHA2_256, d))
		b.tree.Append(leaf[:])
	}
	w.batches[name] = b
	a := notary.Anchor{
		V: notary.SchemaVersion, Root: evidence.Hash(b.tree.Hash()).String(), Count: uint64(len(documents)), Algorithm: notary.SHA2_256, Body: ctie, RequestID: "request-" + transactionID(name)[:8],
		Status: notary.StatusActive, TxID: transactionID(name), ClaimedTime: "2026-11-24T11:59:59.000000000Z",
	}
	change(&a)
	w.write(name, evidence.Detail{Namespace: "notary", Kind: evidence.KindWrite, Key: anchorKey(a.Root, a.Body)}, encoded(w.t, a))
}

func (w *world) head(size uint64) tlog.Checkpoint {
	return tlog.Checkpoint{Origin: origin, Size: size, Root: evidence.Hash(w.tree.HashAt(size))}
}

// named is how records name the first blocks.
func (w *world) named() *notary.After {
	return &notary.After{Root: w.after.Root.String(), Size: w.after.Size}
}

func newWorld(t require.TestingT) *world {
	w := &world{t: t, tree: testonly.New(rfc6962.DefaultHasher), writes: map[string]written{}, batches: map[string]*batch{}}
	w.genesis()
	w.begin()
	w.records()
	w.begin()
	w.batchesOfDocuments()
	w.begin()
	w.falsehoods()
	return w
}

// genesis is what the checkpoint that records name is about, and writes of other chaincode.
func (w *world) genesis() {
	w.begin()
	w.begin()
	w.write("registry", evidence.Detail{Namespace: "registry", Kind: evidence.KindWrite, Key: []byte("\x00registry.record\x00associations\x00F1\x00")}, []byte(`{"v":1}`))
	w.write("deleted", evidence.Detail{Creator: sigi, Namespace: "registry", Kind: evidence.KindWrite, Key: []byte("gone")}, nil)
	metadata, err := evidence.EncodeMetadata([]evidence.Metadata{{Name: "VALIDATION_PARAMETER", Value: []byte{1, 2, 3}}})
	require.NoError(w.t, err)
	w.write("metadata", evidence.Detail{Namespace: "notary", Kind: evidence.KindMetadata, Key: []byte("key")}, metadata)
	hashed := hashOf("private key")
	w.write("private", evidence.Detail{Namespace: "registry", Kind: evidence.KindPrivate, Collection: "_implicit_org_CTIEMSP", Key: hashed[:]}, []byte("secret"))
	w.after = w.head(w.tree.Size())
}

func (w *world) records() {
	named := w.named()
	w.notarise("deed", ctie, func(n *notary.Notarisation) { n.After = named })
	w.notarise("plain", sigi, func(*notary.Notarisation) {})
	w.notarise("revoked", ctie, func(n *notary.Notarisation) {
		n.Status = notary.StatusRevoked
		n.Revocation = &notary.Revocation{Reason: notary.ReasonIssuedInError, At: "2026-11-24T11:59:59.000000000Z", TxID: transactionID("revoked")}
	})
	w.notarise("superseded", ctie, func(n *notary.Notarisation) {
		n.Status, n.SupersededBy = notary.StatusSuperseded, digest(w.t, notary.SHA2_256, "deed")
	})
	w.notarise("sha3", ctie, func(n *notary.Notarisation) { n.Digest = digest(w.t, notary.SHA3_512, "sha3") })
}

func (w *world) batchesOfDocuments() {
	named := w.named()
	w.anchor("batch", []string{"b0", "b1", "b2", "b3", "b4"}, func(a *notary.Anchor) { a.After = named })
	w.anchor("other batch", []string{"c0", "c1", "c2", "c3", "c4"}, func(*notary.Anchor) {})
	w.anchor("batch of one", []string{"only"}, func(*notary.Anchor) {})
	w.anchor("revoked batch", []string{"r0", "r1"}, func(a *notary.Anchor) {
		a.Status = notary.StatusRevoked
		a.Revocation = &notary.Revocation{Reason: notary.ReasonWithdrawn, At: "2026-11-24T11:59:59.000000000Z", TxID: transactionID("revoked batch")}
	})
}

// falsehoods are writes that the notary's chaincode never makes. The log has them, so what
// refuses them must be what looks at them.
func (w *world) falsehoods() {
	write := func(name, creator string, key, value []byte) {
		w.write(name, evidence.Detail{Creator: creator, Namespace: "notary", Kind: evidence.KindWrite, Key: key}, value)
	}
	plain := notarisation(w.t, "false", ctie)
	own := recordKey(plain.Digest, ctie)
	write("under another body's key", ctie, recordKey(plain.Digest, sigi), encoded(w.t, plain))
	write("under another document's key", ctie, recordKey(digest(w.t, notary.SHA2_256, "deed"), ctie), encoded(w.t, plain))
	write("by another body", sigi, own, encoded(w.t, plain))
	write("no record", ctie, own, []byte("a note"))
	write("of no body", ctie, []byte("\x00notary.record\x00"+string(plain.Digest)+"\x00"), encoded(w.t, plain))
	write("not canonical", ctie, own, append(encoded(w.t, plain), '\n'))
	write("deleted record", ctie, own, nil)
	revoked := plain
	revoked.Status = notary.StatusRevoked
	write("revoked without a reason", ctie, own, encoded(w.t, revoked))
	w.notarise("named too large", ctie, func(n *notary.Notarisation) { n.After = &notary.After{Root: hashOf("later").String(), Size: 1000} })
	w.notarise("named as a part", ctie, func(n *notary.Notarisation) {
		n.After = &notary.After{Root: hashOf("part").String(), Size: w.tree.Size() + 1}
	})
	write("anchor under another root", ctie, anchorKey(hashOf("y").String(), ctie), w.writes["batch of one"].value)
	write("no anchor", ctie, anchorKey(hashOf("y").String(), ctie), []byte(`{"v":1}`))
}
