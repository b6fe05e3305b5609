package prove_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/auditor/internal/blocktest"
	"github.com/psbc-lu/psbc/auditor/prove"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

var update = flag.Bool("update", false, "write examples/evidence again")

const samples = "../../examples/evidence"

// The sample is of a made-up network; its times are in the past for every clock.
const (
	sampleFirst  = 1735725600 // 2025-01-01T10:00:00Z
	sampleClaim  = "2025-01-01T10:00:05.000000000Z"
	sampleEnded  = "2025-01-01T10:05:00.000000000Z"
	sampleTx     = "4f6a0e3b7f0d9c51f3d6c2f7a8f1c46c6b0c7f5a4e0ce5d1b0a5f8c2d9e7a613"
	sampleBatch  = "8c1d2f4e6a7b90c3d5e8f1a2b4c6d7e9f0a1b3c5d7e8f9a0b2c4d6e8f0a1b3c5"
	sampleRevoke = "b7e4c2a19f8d6e5c3b2a1908f7e6d5c4b3a29180f7e6d5c4b3a29180f7e6d5c4"
)

func sampleBodies() []string {
	return []string{"CTIEMSP", "SIGIMSP", "MinDigitalMSP", "CourDesComptesMSP"}
}

// seed makes a sample's key the same every time; it is not secret.
type seed string

func (s seed) Read(p []byte) (int, error) {
	sum := sha256.Sum256([]byte("key of the sample's witness of " + s))
	return copy(p, sum[:]), nil
}

// sample is what the example files are made of.
type sample struct {
	*channel
	signers []*evidence.Signer
	record  notary.Notarisation
	batch   []string // documents
}

func newSample(t testing.TB) *sample {
	t.Helper()
	s := &sample{}
	for i := range 20 {
		s.batch = append(s.batch, fmt.Sprintf("Letter %d of a sample.\n", i))
	}
	permit, err := os.ReadFile("../../examples/permit.txt")
	require.NoError(t, err)
	empty := newChannel(t).cosigned(0)
	after := &notary.After{Size: empty.Size, Root: empty.Root.String()}
	s.record = notary.Notarisation{
		V: 1, Digest: digestOf(permit), Body: ctie, RequestID: "01942110-85a0-7c41-9f00-3d2b1a0c9e8f", Type: "building-permit",
		Status: notary.StatusActive, After: after, TxID: sampleTx, ClaimedTime: sampleClaim,
	}
	revoked := s.record
	revoked.Status = notary.StatusRevoked
	revoked.Revocation = &notary.Revocation{Reason: notary.ReasonIssuedInError, At: sampleEnded, TxID: sampleRevoke}

	tree := treeOf(s.batch)
	anchor := notary.Anchor{
		V: 1, Root: fmt.Sprintf("%x", tree.Hash()), Count: tree.Size(), Algorithm: notary.SHA2_256, Body: ctie,
		RequestID: "01942110-9d10-7aaa-8f00-0123456789ab", Type: "letter", Status: notary.StatusActive, After: after, TxID: sampleBatch, ClaimedTime: sampleClaim,
	}
	s.channel = newChannel(t,
		[]blocktest.Tx{blocktest.Endorsed("other", blocktest.Puts("trail", "a", "b", "c")), blocktest.Endorsed(sampleTx, stores(t, recordKey(s.record), s.record))},
		[]blocktest.Tx{blocktest.Endorsed(sampleBatch, stores(t, []byte("\x00notary.anchor\x00"+anchor.Root+"\x00"+ctie+"\x00"), anchor))},
		[]blocktest.Tx{blocktest.Endorsed(sampleRevoke, stores(t, recordKey(revoked), revoked))},
	)
	s.policy = &tlog.Policy{Origin: s.log.Head().Origin, Quorum: tlog.BodiesGroup}
	quorum := tlog.Group{Name: tlog.BodiesGroup, Threshold: tlog.Majority(len(sampleBodies()))}
	for _, body := range sampleBodies() {
		signer, err := evidence.GenerateSigner(tlog.WitnessName(s.policy.Origin, body), tlog.Ed25519, seed(body))
		require.NoError(t, err)
		s.signers = append(s.signers, signer)
		name := fmt.Sprintf("%s-%08x", body, signer.Key().ID)
		s.policy.Witnesses = append(s.policy.Witnesses, tlog.Witness{Name: name, Key: signer.Key()})
		s.policy.Groups = append(s.policy.Groups, tlog.Group{Name: body, Threshold: 1, Members: []string{name}})
		quorum.Members = append(quorum.Members, body)
	}
	s.policy.Groups = append(s.policy.Groups, quorum)
	require.NoError(t, s.policy.Validate())
	return s
}

func recordKey(n notary.Notarisation) []byte {
	return []byte("\x00notary.record\x00" + string(n.Digest) + "\x00" + n.Body + "\x00")
}

func stores(t testing.TB, key []byte, record interface{ Encode() ([]byte, error) }) blocktest.Set {
	t.Helper()
	value, err := record.Encode()
	require.NoError(t, err)
	return blocktest.Set{Namespace: "notary", Public: &kvrwset.KVRWSet{Writes: []*kvrwset.KVWrite{{Key: string(key), Value: value}}}}
}

// signed is the checkpoint at the end of a block, cosigned by the first three bodies, one
// second after the other.
func (s *sample) signed(number uint64) tlog.SignedCheckpoint {
	s.t.Helper()
	out := tlog.SignedCheckpoint{Checkpoint: s.cosigned(number).Checkpoint}
	for i, signer := range s.signers[:3] {
		c, err := signer.Sign(out.Checkpoint, sampleFirst+10*number+uint64(i))
		require.NoError(s.t, err)
		out.Cosignatures = append(out.Cosignatures, c)
	}
	return out
}

// files are the example files, by their names.
func (s *sample) files() map[string][]byte {
	s.t.Helper()
	after := s.signed(0)
	prove1 := func(number uint64) *evidence.Proof {
		b := s.blocks[number]
		w := b.Transactions[len(b.Transactions)-1].Writes[0]
		p, err := prove.Prove(prove.Request{
			Block: b, Target: prove.Target{Namespace: w.Namespace, Key: w.Key}, Checkpoint: s.signed(3), After: &after,
		}, s.log)
		require.NoError(s.t, err)
		return p
	}
	marshal := func(p *evidence.Proof) []byte {
		file, err := p.Marshal()
		require.NoError(s.t, err)
		return file
	}
	const which = 7
	letters := make([]notary.Digest, len(s.batch))
	for i, letter := range s.batch {
		letters[i] = digestOf([]byte(letter))
	}
	cutter, err := prove.NewCutter(prove1(2))
	require.NoError(s.t, err)
	letter, err := cutter.Cut(member(s.t, letters, treeOf(s.batch), which))
	require.NoError(s.t, err)
	return map[string][]byte{
		"sample.policy":                 s.policy.Format(),
		"permit.txt.tlog-proof":         marshal(prove1(1)),
		"permit.txt.revoked.tlog-proof": marshal(prove1(3)),
		"letter.txt":                    []byte(s.batch[which]),
		"letter.txt.tlog-proof":         letter,
	}
}

func TestTheExampleFilesAreWhatIsMadeToday(t *testing.T) {
	for name, want := range newSample(t).files() {
		path := filepath.Join(samples, name)
		if *update {
			require.NoError(t, os.WriteFile(path, want, 0o644))
		}
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "%s: go test ./auditor/prove -run ExampleFiles -update", name)
	}
}

func TestTheExampleFilesProveWhatTheDocumentationSays(t *testing.T) {
	read := func(name string) []byte {
		raw, err := os.ReadFile(filepath.Join(samples, name))
		require.NoError(t, err)
		return raw
	}
	policy, err := evidence.ParsePolicy(read("sample.policy"))
	require.NoError(t, err)
	permit, err := os.ReadFile("../../examples/permit.txt")
	require.NoError(t, err)
	for name, tc := range map[string]struct{ document, status string }{
		"permit.txt.tlog-proof":         {string(permit), "active"},
		"permit.txt.revoked.tlog-proof": {string(permit), "revoked"},
		"letter.txt.tlog-proof":         {string(read("letter.txt")), "active"},
	} {
		p, err := evidence.ParseProof(read(name))
		require.NoError(t, err, name)
		result, err := evidence.Verify(strings.NewReader(tc.document), p, policy, time.Unix(sampleFirst+3600, 0))
		require.NoError(t, err, name)
		require.Equal(t, tc.status, result.Status, name)
		require.Equal(t, time.Unix(sampleFirst+32, 0).UTC(), result.ExistedBefore, name)
		require.Equal(t, time.Unix(sampleFirst, 0).UTC(), *result.NotBefore, name)
	}
}
