package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// Where the notary's records are (chaincode/ledger/keys.go, whose test compares).
const (
	NotaryNamespace = "notary"
	// RecordKeyType and AnchorKeyType are the types of the composite keys of notarisations
	// and of anchored batches.
	RecordKeyType = "notary.record"
	AnchorKeyType = "notary.anchor"
)

// documentBuffer balances system calls against cache misses.
const documentBuffer = 256 << 10

// Verify checks evidence offline, against a policy; nothing else is believed. document is
// compared with what the evidence says of it; without one (nil) only what the ledger says
// is checked. now is the verifier's clock, which cosignatures may be ahead of by Tolerance.
//
// It fails with the error type of the first check that fails, in this order:
// *[OriginError], *[CosignatureError], *[FutureError] or *[QuorumError], *[InclusionError],
// *[ValueError], *[RecordError], *[MemberError], *[AfterError], *[DocumentError]; with a
// *[MalformedError] when policy or evidence is nil or could not have been read from a file;
// and with the reader's error, wrapped, when the document cannot be read.
//
// What counts: a cosignature under a key of the policy must be genuine. It does not count
// when its time is outside the key's bounds, or later than now and the tolerance; both are
// reported in Cosigners. What is signed by keys that the policy does not name is passed
// over. The record may say that it is revoked or superseded: the evidence holds all the
// same, for it proves that, and Result.Status says so.
//
// What it cannot see: a time is what the witness wrote, so whoever has stolen a key can
// sign with a time before the key was revoked. Only a quorum of bodies at fault together
// can make false evidence hold.
func Verify(document io.Reader, p *Proof, policy *Policy, now time.Time) (*Result, error) {
	return verify(document, p, policy, now, everyCheck)
}

// verification is the state of one call of Verify.
type verification struct {
	proof       *Proof
	source      io.Reader // of the document, nil when there is none
	head, after *witnessing
	result      *Result
}

func verify(document io.Reader, p *Proof, policy *Policy, now time.Time, made checks) (*Result, error) {
	if p == nil || policy == nil {
		return nil, malformed("evidence", errors.New("there is no evidence, or no policy to verify it against"))
	}
	if err := policy.Validate(); err != nil {
		return nil, malformed("policy", err)
	}
	v := &verification{proof: p, source: document, head: newWitnessing(&p.Checkpoint, policy, now)}
	v.result = &Result{Detail: p.Extra.Detail, Value: p.Extra.Value, Member: p.Extra.Member, Checkpoint: p.Checkpoint.Checkpoint, Index: p.Index}
	if p.Extra.After != nil {
		v.after = newWitnessing(p.Extra.After, policy, now)
	}
	for _, s := range steps() {
		if !made(s.name) {
			continue
		}
		sentence, err := s.run(v)
		if err != nil {
			return nil, err
		}
		if sentence != "" {
			v.result.Checks = append(v.result.Checks, Check{Name: s.name, Sentence: sentence})
		}
	}
	v.result.Cosigners = v.head.cosigners()
	_, v.result.ExistedBefore = v.head.times()
	if v.after != nil {
		first, _ := v.after.times()
		v.result.NotBefore = &first
	}
	return v.result, nil
}

// inclusion checks that the tree has the entry which commits to the detail. It is what
// makes the detail, the salt and the index more than a claim.
func (v *verification) inclusion() (string, error) {
	entry, err := v.proof.Extra.Detail.entry(v.proof.Extra.Salt)
	if err != nil {
		return "", malformed("evidence", err)
	}
	c := v.proof.Checkpoint.Checkpoint
	if err := verifyInclusion(v.proof.Index, c.Size, LeafHash(entry), v.proof.Path, c.Root); err != nil {
		return "", &InclusionError{Index: v.proof.Index, Size: c.Size, Err: err}
	}
	return fmt.Sprintf("The write is entry %d of the log's %d.", v.proof.Index, c.Size), nil
}

func (v *verification) value() (string, error) {
	extra := &v.proof.Extra
	switch want := extra.Detail.ValueHash; {
	case want == nil && len(extra.Value) > 0:
		return "", &ValueError{"the key was deleted, and there is a value"}
	case want == nil:
		return "The key was deleted.", nil
	case len(extra.Value) == 0 && extra.Detail.Kind == KindPrivate:
		return "", nil // it is not shown
	case sha256.Sum256(extra.Value) != *want:
		return "", &ValueError{fmt.Sprintf("its SHA-256 is %x, not %s", sha256.Sum256(extra.Value), want)}
	}
	return "The value is the one that was written.", nil
}

// record reads what the notary wrote, if the write is of a notarisation or an anchor.
func (v *verification) record() (string, error) {
	detail := &v.proof.Extra.Detail
	if detail.Namespace != NotaryNamespace || detail.Kind != KindWrite {
		return "", nil
	}
	switch keyAttributes(detail.Key)[0] {
	case RecordKeyType:
		n, err := readRecord(v.proof.Extra.Value, notary.DecodeNotarisation)
		if err != nil {
			return "", err
		}
		v.result.Notarisation, v.result.Status = &n, string(n.Status)
		return "The value is a notarisation.", nil
	case AnchorKeyType:
		a, err := readRecord(v.proof.Extra.Value, notary.DecodeAnchor)
		if err != nil {
			return "", err
		}
		v.result.Anchor, v.result.Status = &a, string(a.Status)
		return "The value is the notarisation of a batch.", nil
	}
	return "", nil
}

// readRecord reads a value of the notary, which writes each record in one way.
func readRecord[R interface{ Encode() ([]byte, error) }](value []byte, decode func([]byte) (R, error)) (R, error) {
	r, err := decode(value)
	if err != nil {
		return r, &RecordError{err}
	}
	again, err := r.Encode()
	if err != nil {
		return r, &RecordError{err}
	}
	if !bytes.Equal(value, again) {
		return r, &RecordError{errors.New("it is not written as the notary writes")}
	}
	return r, nil
}

// keyAttributes takes a composite key apart: its type, then its attributes. Of a key that
// is none it returns the key.
func keyAttributes(key []byte) []string {
	inner, ok := strings.CutPrefix(string(key), "\x00")
	inner, ended := strings.CutSuffix(inner, "\x00")
	if !ok || !ended {
		return []string{string(key)}
	}
	return strings.Split(inner, "\x00")
}

// owner returns what the record says that its key must say too, and its body.
func (r *Result) owner() (identity, body string, ok bool) {
	switch {
	case r.Notarisation != nil:
		return string(r.Notarisation.Digest), r.Notarisation.Body, true
	case r.Anchor != nil:
		return r.Anchor.Root, r.Anchor.Body, true
	}
	return "", "", false
}

func (v *verification) recordKey() (string, error) {
	identity, body, ok := v.result.owner()
	if !ok {
		return "", nil
	}
	attributes := keyAttributes(v.proof.Extra.Detail.Key)
	if len(attributes) != 3 || attributes[1] != identity || attributes[2] != body {
		return "", &RecordError{fmt.Errorf("it is of %s by %s, and stands under the key %q", identity, body, v.proof.Extra.Detail.Key)}
	}
	return "The record stands under its own key.", nil
}

func (v *verification) creator() (string, error) {
	_, body, ok := v.result.owner()
	if !ok {
		return "", nil
	}
	if creator := v.proof.Extra.Detail.Creator; creator != body {
		return "", &RecordError{fmt.Errorf("it is a record of %s, and %s wrote it", body, creator)}
	}
	return fmt.Sprintf("The record is of %s, which made the transaction.", body), nil
}

func (v *verification) member() (string, error) {
	m, a := v.proof.Extra.Member, v.result.Anchor
	if m == nil {
		return "", nil
	}
	if a == nil {
		return "", &MemberError{errors.New("the evidence is of no batch, and names a place in one")}
	}
	root, err := tlog.ParseHash(a.Root)
	if err != nil {
		return "", &MemberError{err}
	}
	if err := VerifyMember(root, a.Count, *m); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s is document %d of the batch's %d.", m.Digest, m.Index, a.Count), nil
}

// named returns the checkpoint that the record says it is later than.
func (v *verification) named() *notary.After {
	switch {
	case v.result.Notarisation != nil:
		return v.result.Notarisation.After
	case v.result.Anchor != nil:
		return v.result.Anchor.After
	}
	return nil
}

func (v *verification) afterRecord() (string, error) {
	if v.after == nil {
		return "", nil
	}
	shown, named := v.after.signed.Checkpoint, v.named()
	if named == nil {
		return "", &AfterError{errors.New("the record names none")}
	}
	if named.Size != shown.Size || named.Root != shown.Root.String() {
		return "", &AfterError{fmt.Errorf("the record names another, of size %d with the root %s", named.Size, named.Root)}
	}
	return fmt.Sprintf("The record names the checkpoint of size %d.", shown.Size), nil
}

// afterSize checks that the record is no part of what it says it is later than.
func (v *verification) afterSize() (string, error) {
	if v.after == nil {
		return "", nil
	}
	if size := v.after.signed.Size; size > v.proof.Index {
		return "", &AfterError{fmt.Errorf("its %d entries are more than the %d before the record", size, v.proof.Index)}
	}
	return "The checkpoint that the record names is of entries before it.", nil
}

func (v *verification) document() (string, error) {
	if v.source == nil {
		return "", nil
	}
	want, ok := v.result.digest()
	if !ok {
		return "", &DocumentError{}
	}
	hash, err := want.Algorithm().New()
	if err != nil {
		return "", &DocumentError{Evidence: want}
	}
	// A reader's own WriteTo would ignore the buffer, and os.File's halves the speed.
	if _, err := io.CopyBuffer(hash, struct{ io.Reader }{v.source}, make([]byte, documentBuffer)); err != nil {
		return "", fmt.Errorf("read the document: %w", err)
	}
	got := notary.Digest(string(want.Algorithm()) + ":" + hex.EncodeToString(hash.Sum(nil)))
	if got != want {
		return "", &DocumentError{Document: got, Evidence: want}
	}
	v.result.Document = got
	return "The document is the one that was notarised.", nil
}

// digest returns the digest of the document that the evidence is about, if it is about one.
func (r *Result) digest() (notary.Digest, bool) {
	switch {
	case r.Member != nil:
		return r.Member.Digest, true
	case r.Notarisation != nil:
		return r.Notarisation.Digest, true
	}
	return "", false
}
