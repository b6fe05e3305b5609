package evidence_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

func (s *scene) verify() (*evidence.Result, error) {
	return evidence.Verify(bytes.NewReader(s.document), s.proof(), s.policy, at(s.now))
}

func TestTheResultSaysWhatWasProven(t *testing.T) {
	s := newScene(t, newWorld(t))
	s.show()
	s.cosigned = append(s.cosigned, by(court, noon+9999), signing{"NobodyMSP", "1", tlog.Ed25519, noon})
	r, err := s.verify()
	require.NoError(t, err)
	written := s.w.writes["deed"]
	require.Equal(t, written.detail, r.Detail)
	require.Equal(t, written.value, r.Value)
	require.Equal(t, written.index, r.Index)
	require.Equal(t, s.head, r.Checkpoint)
	require.Equal(t, ctie, r.Notarisation.Body)
	require.Equal(t, r.Notarisation.Digest, r.Document)
	require.Nil(t, r.Anchor)
	require.Equal(t, "active", r.Status)
	require.Equal(t, time.Unix(noon+3, 0).UTC(), r.ExistedBefore)
	require.Equal(t, time.Unix(noon-9, 0).UTC(), *r.NotBefore)

	require.Len(t, r.Cosigners, 5)
	require.Equal(t, evidence.Cosigner{
		Body: sigi, Witness: "SIGIMSP-1", Key: r.Cosigners[1].Key, Algorithm: tlog.Ed25519, Time: time.Unix(noon+2, 0).UTC(), Counted: true,
	}, r.Cosigners[1])
	require.False(t, r.Cosigners[3].Counted)
	require.Equal(t, court, r.Cosigners[3].Body)
	require.Contains(t, r.Cosigners[3].Why, "future")
	require.False(t, r.Cosigners[4].Counted)
	require.Empty(t, r.Cosigners[4].Body, "nothing is known of a key that the policy does not name")
	require.True(t, r.Cosigners[4].Time.IsZero())
	require.Len(t, r.Checks, len(evidence.CheckNames())-2, "all but the form, and the member that is not there")
}

// The moment is that of the quorum, whoever's clock is wrong.
func TestExistedBeforeDependsOnNoSingleBody(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		what  string
		times [4]uint64
		want  int64
	}{
		{"all agree", [4]uint64{noon, noon, noon, noon}, noon},
		{"in order", [4]uint64{noon + 1, noon + 2, noon + 3, noon + 4}, noon + 3},
		{"out of order", [4]uint64{noon + 4, noon + 1, noon + 3, noon + 2}, noon + 3},
		{"one is early", [4]uint64{noon - 99999, noon + 2, noon + 3, noon + 4}, noon + 3},
		{"one is late", [4]uint64{noon + 1, noon + 2, noon + 3, noon + 59}, noon + 3},
	} {
		s := newScene(t, w)
		s.cosigned = nil
		for i, body := range bodies() {
			s.cosigned = append(s.cosigned, by(body, tc.times[i]))
		}
		r, err := s.verify()
		require.NoError(t, err, tc.what)
		require.Equal(t, tc.want, r.ExistedBefore.Unix(), tc.what)
	}
}

func TestASecondKeyOfABodyMovesNothing(t *testing.T) {
	s := newScene(t, newWorld(t))
	s.policy = twoKeys(t, tlog.Ed25519)
	s.cosigned = append([]signing{{ctie, "2", tlog.Ed25519, noon - 50}}, s.cosigned...)
	r, err := s.verify()
	require.NoError(t, err)
	require.EqualValues(t, noon+3, r.ExistedBefore.Unix())
	require.True(t, r.Cosigners[0].Counted)
}

// An id has 32 bits: a body can make two keys with one. It keeps nobody from verifying.
func TestTwoKeysWithOneIDAreToldApart(t *testing.T) {
	s := newScene(t, newWorld(t))
	s.policy = twoKeys(t, tlog.Ed25519)
	s.cosigned[0].seed = "2"
	p := s.proof()
	const id = 7
	s.policy.Witnesses[0].Key.ID, s.policy.Witnesses[4].Key.ID, p.Checkpoint.Cosignatures[0].KeyID = id, id, id
	r, err := evidence.Verify(nil, p, s.policy, at(s.now))
	require.NoError(t, err)
	require.Equal(t, "CTIEMSP-2", r.Cosigners[0].Witness)
}

// A checkpoint made by hand may have a line twice, which no file has.
func TestALineTwiceCountsOnce(t *testing.T) {
	s := newScene(t, newWorld(t))
	s.cosigned[2] = s.cosigned[0]
	_, err := s.verify()
	var short *evidence.QuorumError
	require.ErrorAs(t, err, &short)
	require.Equal(t, evidence.QuorumError{Quorum: tlog.BodiesGroup, Have: []string{ctie, sigi}, Needed: 3}, *short)
	require.ErrorContains(t, err, `3 of "bodies" are needed, there is CTIEMSP, SIGIMSP`)
}

func TestTheVerdictIsForPeople(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		what   string
		change func(*scene)
		want   []string
	}{
		{"a document", (*scene).show, []string{
			"The evidence holds.", "Proven: CTIEMSP notarised this document, sha2-256:", "It claimed the time 2026-11-24T11:59:58.000000000Z.", "Status then: active.",
			"Written by transaction ", "valid and committed in block 2 (entry 7 of", "Existed before: 2026-11-24 12:00:03 UTC.", "Not before: the record names a state of the ledger that was first cosigned at 2026-11-24 11:59:51 UTC.",
			"Cosigned by SIGIMSP at 2026-11-24 12:00:02 UTC (Ed25519, key psbc.lu/psbc/0123456789abcdef/SIGIMSP+", "Not proven: that the content is true; and what happened later, a revocation for example.",
		}},
		{"no document", func(s *scene) { s.document = nil }, []string{"notarised a document (none was given to compare) with the digest sha2-256:"}},
		{"revoked", func(s *scene) { s.write, s.document = "revoked", document("revoked") }, []string{"Status then: revoked. Reason: issued-in-error, at the claimed time 2026-11-24T11:59:59.000000000Z."}},
		{"superseded", func(s *scene) { s.write, s.document = "superseded", document("superseded") }, []string{"Status then: superseded. It is superseded by sha2-256:"}},
		{"a member", func(s *scene) { s.of("batch", 1) }, []string{"CTIEMSP notarised this document, sha2-256:", "one of a batch of 5."}},
		{"a batch", func(s *scene) { s.about("revoked batch") }, []string{"notarised a batch of 2 documents, whose root is ", "Reason: withdrawn"}},
		{"a write", func(s *scene) { s.about("registry") }, []string{`CTIEMSP wrote the key "\x00registry.record\x00associations\x00F1\x00" of chaincode registry.`}},
		{"a deletion", func(s *scene) { s.about("deleted") }, []string{`SIGIMSP deleted the key "gone" of chaincode registry.`}},
		{"metadata", func(s *scene) { s.about("metadata") }, []string{`CTIEMSP set the metadata of the key "key" of chaincode notary.`}},
		{"private", func(s *scene) { s.about("private") }, []string{"CTIEMSP wrote a private value of collection _implicit_org_CTIEMSP of chaincode registry, under the key with the hash "}},
		{"not counted", func(s *scene) {
			s.cosigned = append(s.cosigned, by(court, noon+9999), signing{"NobodyMSP", "1", tlog.Ed25519, noon})
		}, []string{"Not counted: CourDesComptesMSP at 2026-11-24 14:46:39 UTC", "its time is in the future", "Not counted: a signature of the key \"psbc.lu/psbc/0123456789abcdef/NobodyMSP+"}},
	} {
		s := newScene(t, w)
		tc.change(s)
		var document *bytes.Reader
		if s.document != nil {
			document = bytes.NewReader(s.document)
		}
		r, err := verifyReader(document, s)
		require.NoError(t, err, tc.what)
		for _, want := range tc.want {
			require.Contains(t, r.String(), want, tc.what)
		}
		require.True(t, strings.HasSuffix(r.String(), ".\n"))
	}
}

// verifyReader keeps a nil *bytes.Reader from becoming a reader.
func verifyReader(document *bytes.Reader, s *scene) (*evidence.Result, error) {
	if document == nil {
		return evidence.Verify(nil, s.proof(), s.policy, at(s.now))
	}
	return evidence.Verify(document, s.proof(), s.policy, at(s.now))
}

func TestADocumentThatCannotBeReadIsNoVerdict(t *testing.T) {
	s := newScene(t, newWorld(t))
	broken := errors.New("disk on fire")
	_, err := evidence.Verify(iotest.ErrReader(broken), s.proof(), s.policy, at(s.now))
	require.ErrorIs(t, err, broken)
	var other *evidence.DocumentError
	require.NotErrorAs(t, err, &other)
}

func TestWhatIsMadeByHandIsChecked(t *testing.T) {
	s := newScene(t, newWorld(t))
	var malformed *evidence.MalformedError
	_, err := evidence.Verify(nil, nil, s.policy, at(s.now))
	require.ErrorAs(t, err, &malformed)
	_, err = evidence.Verify(nil, s.proof(), nil, at(s.now))
	require.ErrorAs(t, err, &malformed)
	_, err = evidence.Verify(nil, s.proof(), &evidence.Policy{Origin: origin}, at(s.now))
	require.ErrorAs(t, err, &malformed)
	p := s.proof()
	p.Extra.Detail.Namespace = "\xff"
	_, err = evidence.Verify(nil, p, s.policy, at(s.now))
	require.ErrorAs(t, err, &malformed)
	var missing *evidence.InclusionError
	_, err = evidence.Verify(nil, &evidence.Proof{Checkpoint: p.Checkpoint, Extra: evidence.Extra{Detail: someDetail()}}, s.policy, at(s.now))
	require.ErrorAs(t, err, &missing)
}

func TestWhatIsWrongWithTheEarlierCheckpointIsSaid(t *testing.T) {
	s := newScene(t, newWorld(t))
	s.show()
	s.afterSigned = s.afterSigned[:2]
	_, err := s.verify()
	var (
		after *evidence.AfterError
		short *evidence.QuorumError
	)
	require.ErrorAs(t, err, &after)
	require.ErrorAs(t, err, &short)
}
