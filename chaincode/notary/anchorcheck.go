package notary

import (
	"fmt"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/check"
)

// Validate checks every field.
func (r AnchorRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	return r.validateContent()
}

// validateContent checks all but the request id.
func (r AnchorRequest) validateContent() error {
	if err := check.Hash("root", r.Root); err != nil {
		return err
	}
	if r.Count < 1 || r.Count > MaxMembers {
		return check.Invalid("count", "%d is not 1 to %d", r.Count, uint64(MaxMembers))
	}
	if r.Algorithm.Size() == 0 {
		return check.Within("algorithm", unknownAlgorithm(string(r.Algorithm)))
	}
	if err := check.Code("type", r.Type); err != nil {
		return err
	}
	if err := check.Text("reference", r.Reference, MaxReference); err != nil {
		return err
	}
	if err := checkValidity("validFrom", r.ValidFrom, "validUntil", r.ValidUntil); err != nil {
		return err
	}
	return checkAfter("after.", r.After)
}

// Validate checks every field.
func (r ReadAnchorRequest) Validate() error {
	if err := check.Hash("root", r.Root); err != nil {
		return err
	}
	return check.Body("body", r.Body)
}

// Validate checks every field.
func (r RevokeAnchorRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if err := check.Hash("root", r.Root); err != nil {
		return err
	}
	return checkWhy(r.Reason, r.Note)
}

// Validate checks every field by itself; whether the path leads to the root,
// [RevokeMember] finds out.
func (r RevokeMemberRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if err := check.Hash("root", r.Root); err != nil {
		return err
	}
	if err := checkDigest("digest", r.Digest); err != nil {
		return err
	}
	if r.Index >= MaxMembers {
		return check.Invalid("index", "%d is not less than %d", r.Index, uint64(MaxMembers))
	}
	if len(r.Path) > MaxMemberPath {
		return check.Invalid("path", "has %d hashes, more than %d", len(r.Path), MaxMemberPath)
	}
	for i, hash := range r.Path {
		if err := check.Hash(fmt.Sprintf("path[%d]", i), hash); err != nil {
			return err
		}
	}
	return checkWhy(r.Reason, r.Note)
}

// Validate checks every field.
func (r ReadMemberRequest) Validate() error {
	if err := check.Hash("root", r.Root); err != nil {
		return err
	}
	if err := check.Body("body", r.Body); err != nil {
		return err
	}
	return checkDigest("digest", r.Digest)
}

// Validate checks that a is a state that the functions of this package can reach.
func (a Anchor) Validate() error {
	if a.V != SchemaVersion {
		return fmt.Errorf("an anchor of schema version %d, not %d", a.V, SchemaVersion)
	}
	r := AnchorRequest{
		RequestID: a.RequestID, Root: a.Root, Count: a.Count, Algorithm: a.Algorithm, Type: a.Type, Reference: a.Reference,
		ValidFrom: a.ValidFrom, ValidUntil: a.ValidUntil, After: a.After,
	}
	if err := r.Validate(); err != nil {
		return err
	}
	if err := check.Body("body", a.Body); err != nil {
		return err
	}
	if a.TxID == "" || a.ClaimedTime == "" {
		return check.Invalid("txId", "or claimedTime is missing")
	}
	if a.Status != StatusActive && a.Status != StatusRevoked {
		return check.Invalid("status", "%s is unknown", check.Quote(string(a.Status)))
	}
	if (a.Status == StatusRevoked) != (a.Revocation != nil) {
		return check.Invalid("revocation", "does not accord with the status %s", a.Status)
	}
	return nil
}

// Validate checks every field.
func (m MemberRevocation) Validate() error {
	if m.V != SchemaVersion {
		return fmt.Errorf("a member's revocation of schema version %d, not %d", m.V, SchemaVersion)
	}
	r := RevokeMemberRequest{
		RequestID: m.RequestID, Root: m.Root, Digest: m.Digest, Index: m.Index,
		Reason: m.Revocation.Reason, Note: m.Revocation.Note,
	}
	if err := r.Validate(); err != nil {
		return err
	}
	if err := check.Body("body", m.Body); err != nil {
		return err
	}
	if m.Revocation.TxID == "" || m.Revocation.At == "" {
		return check.Invalid("revocation", "has no txId, or says not when")
	}
	return nil
}

// checkWhy checks the reason of a revocation.
func checkWhy(reason Reason, note string) error {
	if !slices.Contains(Reasons(), reason) {
		return check.Invalid("reason", "%s is not one of %v", check.Quote(string(reason)), Reasons())
	}
	return check.Code("note", note)
}
