package notary

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/psbc-lu/psbc/chaincode/fault"
)

// BatchLeafPrefix begins the data of every leaf of a batch's tree. No entry of the ledger
// log begins so, hence no leaf of one tree passes for one of the other.
const BatchLeafPrefix = "psbc/batch/v1\n"

// BatchLeaf returns the hash of a document's leaf: RFC 6962 (section 2.1) over
// BatchLeafPrefix and the digest as it is written.
func BatchLeaf(d Digest) [sha256.Size]byte {
	return [sha256.Size]byte(rfc6962.DefaultHasher.HashLeaf([]byte(BatchLeafPrefix + string(d))))
}

// AnchorBatch decides on a valid request of a body; existing is the body's anchor of the
// same root. It fails with ALREADY_EXISTS when there is one.
func AnchorBatch(body string, r AnchorRequest, tx Tx, existing *Anchor) (Anchor, error) {
	if existing != nil {
		return Anchor{}, fault.New(fault.AlreadyExists, "%s has anchored the batch %s already", body, r.Root)
	}
	return Anchor{
		V:           SchemaVersion,
		Root:        r.Root,
		Count:       r.Count,
		Algorithm:   r.Algorithm,
		Body:        body,
		RequestID:   r.RequestID,
		Type:        r.Type,
		Reference:   r.Reference,
		ValidFrom:   r.ValidFrom,
		ValidUntil:  r.ValidUntil,
		After:       r.After,
		Status:      StatusActive,
		TxID:        tx.ID,
		ClaimedTime: tx.ClaimedTime,
	}, nil
}

// RevokeAnchor returns a as a valid request to revoke it makes it. It fails with
// FAILED_PRECONDITION unless a is active.
func RevokeAnchor(a Anchor, r RevokeAnchorRequest, tx Tx) (Anchor, error) {
	if err := a.mustBeActive(); err != nil {
		return Anchor{}, err
	}
	a.Status = StatusRevoked
	a.Revocation = &Revocation{Reason: r.Reason, Note: r.Note, At: tx.ClaimedTime, TxID: tx.ID}
	return a, nil
}

// RevokeMember decides on a valid request to take a document out of the batch a; existing
// is its revocation. It fails with FAILED_PRECONDITION when the document is revoked, or
// the whole batch, and with INVALID_ARGUMENT unless the path shows that the batch holds
// the document at that index.
func RevokeMember(a Anchor, r RevokeMemberRequest, tx Tx, existing *MemberRevocation) (MemberRevocation, error) {
	if existing != nil {
		return MemberRevocation{}, fault.New(fault.FailedPrecondition, "%s of the batch %s by %s is revoked", r.Digest, a.Root, a.Body)
	}
	if err := a.mustBeActive(); err != nil {
		return MemberRevocation{}, err
	}
	if err := a.mustHold(r); err != nil {
		return MemberRevocation{}, err
	}
	return MemberRevocation{
		V:          SchemaVersion,
		Root:       a.Root,
		Body:       a.Body,
		Digest:     r.Digest,
		Index:      r.Index,
		RequestID:  r.RequestID,
		Revocation: Revocation{Reason: r.Reason, Note: r.Note, At: tx.ClaimedTime, TxID: tx.ID},
	}, nil
}

// StatusOf says what has become of a document of the batch a, whose revocation is nil
// when there is none.
func StatusOf(a Anchor, revocation *MemberRevocation) MemberStatus {
	status := a.Status
	if revocation != nil {
		status = StatusRevoked
	}
	return MemberStatus{V: SchemaVersion, Status: status, Anchor: a, Revocation: revocation}
}

func (a Anchor) mustBeActive() error {
	if a.Status == StatusActive {
		return nil
	}
	return fault.New(fault.FailedPrecondition, "the batch %s by %s is %s", a.Root, a.Body, a.Status)
}

// mustHold checks the document's place in the batch's tree.
func (a Anchor) mustHold(r RevokeMemberRequest) error {
	if r.Digest.Algorithm() != a.Algorithm {
		return fault.New(fault.InvalidArgument, "digest: the batch %s by %s has digests by %s only", a.Root, a.Body, a.Algorithm)
	}
	if r.Index >= a.Count {
		return fault.New(fault.InvalidArgument, "index: %d is not less than %d, the number of documents in the batch %s by %s", r.Index, a.Count, a.Root, a.Body)
	}
	root, err := hex.DecodeString(a.Root)
	if err != nil {
		return fmt.Errorf("root of an anchor: %w", err)
	}
	path := make([][]byte, 0, len(r.Path))
	for i, text := range r.Path {
		hash, err := hex.DecodeString(text)
		if err != nil {
			return fault.New(fault.InvalidArgument, "path[%d]: is not hexadecimal", i)
		}
		path = append(path, hash)
	}
	leaf := BatchLeaf(r.Digest)
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, r.Index, a.Count, leaf[:], path, root); err != nil {
		return fault.New(fault.InvalidArgument, "path: does not show that the batch %s by %s holds %s at index %d", a.Root, a.Body, r.Digest, r.Index)
	}
	return nil
}
