package evidence_test

import (
	"encoding/base64"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// vector is one case of test/vectors: evidence, what to verify it against, and what comes
// of it.
type vector struct {
	Desc string `json:"desc"`
	// WantErr names the type of the error, empty when the evidence holds.
	WantErr  string  `json:"wantErr"`
	Policy   string  `json:"policy"`
	Document *string `json:"document,omitempty"` // base64
	Now      int64   `json:"now"`                // seconds since 1970
	Proof    string  `json:"proof"`
	Want     *want   `json:"want,omitempty"` // of evidence that holds
}

// want is a part of the result. Times are seconds since 1970.
type want struct {
	ExistedBefore int64  `json:"existedBefore"`
	NotBefore     int64  `json:"notBefore,omitempty"`
	Status        string `json:"status"`
}

// signing is one cosignature to be made.
type signing struct {
	body, seed string
	algorithm  tlog.Algorithm
	at         uint64
}

func by(body string, at uint64) signing { return signing{body, "1", tlog.Ed25519, at} }

// scene is evidence in the making. As it comes it holds; a case changes one thing.
type scene struct {
	t        require.TestingT
	w        *world
	write    string
	document []byte // nil: none is given
	member   *evidence.Member
	policy   *tlog.Policy
	now      int64

	head        tlog.Checkpoint // to be cosigned
	cosigned    []signing
	after       *tlog.Checkpoint // to be cosigned and shown
	afterSigned []signing

	change func(*evidence.Proof)      // once cosigned
	text   func(file []byte) []byte   // once written
	lines  func(policy []byte) []byte // of the policy, once written
	value  func(value []byte) []byte  // that is shown
	detail func(d *evidence.Detail)   // that is shown
	path   func(p []evidence.Hash) []evidence.Hash
}

func newScene(t require.TestingT, w *world) *scene {
	return &scene{
		t: t, w: w, write: "deed", document: document("deed"), policy: threeOfFour(t, tlog.Ed25519), now: noon + 60,
		head:        w.head(w.tree.Size()),
		cosigned:    []signing{by(ctie, noon+1), by(sigi, noon+2), by(minDigital, noon+3)},
		afterSigned: []signing{by(sigi, noon-7), by(ctie, noon-9), by(court, noon-8)},
		change:      func(*evidence.Proof) {}, text: func(f []byte) []byte { return f }, lines: func(p []byte) []byte { return p },
		value: func(v []byte) []byte { return v }, detail: func(*evidence.Detail) {}, path: func(p []evidence.Hash) []evidence.Hash { return p },
	}
}

// about makes the evidence about another write, and gives no document.
func (s *scene) about(write string) { s.write, s.document = write, nil }

// of makes the evidence about a member of a batch.
func (s *scene) of(batch string, index int) {
	s.write = batch
	b := s.w.batches[batch]
	s.document = document(b.documents[index])
	path, err := b.tree.InclusionProof(uint64(index), b.tree.Size())
	require.NoError(s.t, err)
	s.member = &evidence.Member{Digest: digest(s.t, "sha2-256", b.documents[index]), Index: uint64(index), Path: hashes(path)}
}

// show shows the checkpoint that records name.
func (s *scene) show() { s.after = pointer(s.w.after) }

func hashes(raw [][]byte) []evidence.Hash {
	list := make([]evidence.Hash, len(raw))
	for i := range raw {
		list[i] = evidence.Hash(raw[i])
	}
	return list
}

func (s *scene) sign(c tlog.Checkpoint, by []signing) evidence.SignedCheckpoint {
	signed := evidence.SignedCheckpoint{Checkpoint: c}
	for _, b := range by {
		signed.Cosignatures = append(signed.Cosignatures, newWitness(s.t, s.policy.Origin, b.body, b.seed).cosign(s.t, b.algorithm, c, b.at))
	}
	return signed
}

func (s *scene) proof() *evidence.Proof {
	written := s.w.writes[s.write]
	path, err := s.w.tree.InclusionProof(written.index, s.w.tree.Size())
	require.NoError(s.t, err)
	p := &evidence.Proof{
		Index: written.index, Path: s.path(hashes(path)), Checkpoint: s.sign(s.head, s.cosigned),
		Extra: evidence.Extra{Detail: written.detail, Salt: written.salt, Value: s.value(written.value), Member: s.member},
	}
	s.detail(&p.Extra.Detail)
	if s.after != nil {
		p.Extra.After = pointer(s.sign(*s.after, s.afterSigned))
	}
	s.change(p)
	return p
}

func (s *scene) file() []byte {
	file, err := s.proof().Marshal()
	require.NoError(s.t, err)
	return s.text(file)
}

func (s *scene) vector(desc, wantErr string) vector {
	v := vector{Desc: desc, WantErr: wantErr, Policy: string(s.lines(s.policy.Format())), Now: s.now, Proof: string(s.file())}
	if s.document != nil {
		v.Document = pointer(base64.StdEncoding.EncodeToString(s.document))
	}
	return v
}

func at(seconds int64) time.Time { return time.Unix(seconds, 0) }

// scripted is one case: what is changed of evidence that holds, and what comes of it.
type scripted struct {
	desc    string
	wantErr string
	change  func(*scene)
}
