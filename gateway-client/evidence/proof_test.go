package evidence_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	formatsproof "github.com/transparency-dev/formats/proof"
	formats "github.com/transparency-dev/formats/witness"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// The format is not ours: transparency.dev's implementation reads what is written, and its
// policy is satisfied by it.
func TestOtherProgramsReadEvidence(t *testing.T) {
	s := newScene(t, newWorld(t))
	file := s.file()
	var theirs formatsproof.TLogProof
	require.NoError(t, theirs.Unmarshal(file))
	require.Equal(t, string(file), string(theirs.Marshal()))
	ours, err := evidence.ParseProof(file)
	require.NoError(t, err)
	require.Equal(t, ours.Index, theirs.Index)
	require.Len(t, theirs.Hashes, len(ours.Path))
	require.Equal(t, ours.Checkpoint.Marshal(), theirs.Checkpoint)

	var policy strings.Builder
	for line := range strings.Lines(string(s.policy.Format())) {
		if strings.HasPrefix(line, "witness ") {
			line = strings.TrimSuffix(line, "\n") + " https://witness.example/\n"
		}
		policy.WriteString(line)
	}
	believed, err := formats.ParsePolicy([]byte(policy.String()))
	require.NoError(t, err)
	require.True(t, believed.Satisfied(theirs.Checkpoint))
}

func TestEvidenceIsReadAsItWasWritten(t *testing.T) {
	s := newScene(t, newWorld(t))
	s.of("batch", 2)
	s.show()
	p := s.proof()
	file, err := p.Marshal()
	require.NoError(t, err)
	got, err := evidence.ParseProof(file)
	require.NoError(t, err)
	require.Equal(t, p, got)
}

// The issue promises about 2 to 4 KB.
func TestEvidenceIsSmall(t *testing.T) {
	s := newScene(t, newWorld(t))
	s.of("batch", 2)
	s.show()
	file := s.file()
	t.Logf("%d bytes", len(file))
	require.Less(t, len(file), 6000)
}

func TestWhatIsNoEvidenceIsNotWritten(t *testing.T) {
	w := newWorld(t)
	for what, change := range map[string]func(p *evidence.Proof){
		"an unknown kind":                func(p *evidence.Proof) { p.Extra.Detail.Kind = "rumour" },
		"too long a path":                func(p *evidence.Proof) { p.Path = make([]evidence.Hash, 65) },
		"a checkpoint without an origin": func(p *evidence.Proof) { p.Checkpoint.Origin = "" },
		"a checkpoint nobody cosigned":   func(p *evidence.Proof) { p.Checkpoint.Cosignatures = nil },
		"a member without a digest":      func(p *evidence.Proof) { p.Extra.Member = &evidence.Member{} },
		"a member with too large a place": func(p *evidence.Proof) {
			p.Extra.Member = &evidence.Member{Digest: digest(t, notary.SHA2_256, "x"), Index: 1 << 60}
		},
		"a member with too long a path": func(p *evidence.Proof) {
			p.Extra.Member = &evidence.Member{Digest: digest(t, notary.SHA2_256, "x"), Path: make([]evidence.Hash, 65)}
		},
		"an earlier checkpoint of nothing": func(p *evidence.Proof) { p.Extra.After = &evidence.SignedCheckpoint{} },
		"an earlier one nobody cosigned":   func(p *evidence.Proof) { p.Extra.After = &evidence.SignedCheckpoint{Checkpoint: w.after} },
		"a value of more than there is room for": func(p *evidence.Proof) {
			p.Extra.Value = make([]byte, evidence.MaxProof)
		},
	} {
		p := newScene(t, w).proof()
		change(p)
		_, err := p.Marshal()
		require.Error(t, err, what)
	}
}

func TestAValueOfFourMiBHasRoom(t *testing.T) {
	s := newScene(t, newWorld(t))
	p := s.proof()
	p.Extra.Value = bytes.Repeat([]byte{0xff}, 4<<20)
	file, err := p.Marshal()
	require.NoError(t, err)
	_, err = evidence.ParseProof(file)
	require.NoError(t, err)
	_, err = evidence.ParseProof(make([]byte, evidence.MaxProof+1))
	var malformed *evidence.MalformedError
	require.ErrorAs(t, err, &malformed)
}

// Whatever digit of base64 is changed: it is refused, or says something else and is written
// that way again.
func TestNothingIsReadInTwoWays(t *testing.T) {
	file := newScene(t, newWorld(t)).file()
	for i := range file {
		for _, c := range []byte{'A', 'B', '=', '\n', ' ', file[i] ^ 1, file[i] ^ 0x20} {
			changed := bytes.Clone(file)
			changed[i] = c
			p, err := evidence.ParseProof(changed)
			if err != nil {
				continue
			}
			again, err := p.Marshal()
			require.NoError(t, err)
			require.Equal(t, string(changed), string(again))
		}
	}
}

func TestBatchLeavesAreNoEntries(t *testing.T) {
	d := digest(t, notary.SHA2_256, "x")
	require.NotEqual(t, evidence.LeafHash([]byte(d)), evidence.BatchLeaf(d))
	require.Equal(t, evidence.LeafHash([]byte("psbc/batch/v1\n"+string(d))), evidence.BatchLeaf(d))
	_, err := evidence.ParseEntry([]byte("psbc/batch/v1\n" + string(d)))
	require.Error(t, err)
}

func TestEveryMemberOfABatchIsVerified(t *testing.T) {
	w := newWorld(t)
	b := w.batches["batch"]
	root := evidence.Hash(b.tree.Hash())
	for i, name := range b.documents {
		path, err := b.tree.InclusionProof(uint64(i), b.tree.Size())
		require.NoError(t, err)
		m := evidence.Member{Digest: digest(t, notary.SHA2_256, name), Index: uint64(i), Path: hashes(path)}
		require.NoError(t, evidence.VerifyMember(root, b.tree.Size(), m))
		var missing *evidence.MemberError
		require.ErrorAs(t, evidence.VerifyMember(root, b.tree.Size()+8, m), &missing)
		m.Digest = "sha2-256:x"
		require.ErrorAs(t, evidence.VerifyMember(root, b.tree.Size(), m), &missing)
	}
}

func TestTheOriginAndTheKeysAreTheLogs(t *testing.T) {
	p, err := evidence.ParsePolicy(threeOfFour(t, tlog.Ed25519).Format())
	require.NoError(t, err)
	require.Equal(t, origin, p.Origin)
	_, err = evidence.ParsePolicy([]byte(base64.StdEncoding.EncodeToString([]byte("no policy"))))
	var malformed *evidence.MalformedError
	require.ErrorAs(t, err, &malformed)
}
