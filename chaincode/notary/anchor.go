package notary

import "github.com/psbc-lu/psbc/chaincode/check"

// Limits of anchored batches.
const (
	// MaxMembers is how many documents an anchor stands for at most.
	MaxMembers = 1 << 32
	// MaxMemberPath is the longest path in a tree of that many leaves.
	MaxMemberPath = 32
)

// Anchor is the public record of one (batch of documents, body): the root of a Merkle
// tree over their digests. A body vouches by it for every document of the batch, but for
// those whose MemberRevocation says otherwise.
//
// The tree is that of RFC 6962 (section 2.1); [BatchLeaf] gives its leaves. The documents
// themselves, or how their tree is stored, the ledger does not know.
type Anchor struct {
	V          int         `json:"v"`
	Root       string      `json:"root"`  // lower-case hex
	Count      uint64      `json:"count"` // leaves, 1 to MaxMembers
	Algorithm  Algorithm   `json:"algorithm"`
	Body       string      `json:"body"` // MSP ID of the owning body
	RequestID  string      `json:"requestId"`
	Type       string      `json:"type,omitempty"`
	Reference  string      `json:"reference,omitempty"`
	ValidFrom  string      `json:"validFrom,omitempty"`  // RFC 3339 UTC
	ValidUntil string      `json:"validUntil,omitempty"` // RFC 3339 UTC
	After      *After      `json:"after,omitempty"`
	Status     Status      `json:"status"` // active or revoked
	Revocation *Revocation `json:"revocation,omitempty"`
	TxID       string      `json:"txId"`
	// ClaimedTime is the transaction timestamp, which the client chose.
	ClaimedTime string `json:"claimedTime"`
}

// MemberRevocation is the public record of one document that is taken out of an anchored
// batch. It can only be there for a document that the batch holds.
type MemberRevocation struct {
	V          int        `json:"v"`
	Root       string     `json:"root"` // of the batch, lower-case hex
	Body       string     `json:"body"` // MSP ID of the owning body
	Digest     Digest     `json:"digest"`
	Index      uint64     `json:"index"` // of the leaf, from 0
	RequestID  string     `json:"requestId"`
	Revocation Revocation `json:"revocation"`
}

// AnchorRequest asks for one anchor by the calling body: AnchorBatch.
type AnchorRequest struct {
	RequestID  string    `json:"requestId"`
	Root       string    `json:"root"`
	Count      uint64    `json:"count"`
	Algorithm  Algorithm `json:"algorithm"`
	Type       string    `json:"type,omitempty"`
	Reference  string    `json:"reference,omitempty"`
	ValidFrom  string    `json:"validFrom,omitempty"`
	ValidUntil string    `json:"validUntil,omitempty"`
	After      *After    `json:"after,omitempty"`
}

// ReadAnchorRequest names one anchor: ReadAnchor.
type ReadAnchorRequest struct {
	Root string `json:"root"`
	Body string `json:"body"`
}

// RevokeAnchorRequest ends the calling body's anchor, and so its word for every document
// of the batch: RevokeAnchor.
type RevokeAnchorRequest struct {
	RequestID string `json:"requestId"`
	Root      string `json:"root"`
	Reason    Reason `json:"reason"`
	Note      string `json:"note,omitempty"`
}

// RevokeMemberRequest takes one document out of the calling body's batch: RevokeMember.
// Index and Path are the document's place in the batch's tree (RFC 6962, section 2.1.1),
// from the leaf's sibling up, each hash in lower-case hex.
type RevokeMemberRequest struct {
	RequestID string   `json:"requestId"`
	Root      string   `json:"root"`
	Digest    Digest   `json:"digest"`
	Index     uint64   `json:"index"`
	Path      []string `json:"path,omitempty"`
	Reason    Reason   `json:"reason"`
	Note      string   `json:"note,omitempty"`
}

// ReadMemberRequest asks what has become of one document of a batch: ReadMember.
type ReadMemberRequest struct {
	Root   string `json:"root"`
	Body   string `json:"body"`
	Digest Digest `json:"digest"`
}

// MemberStatus is the answer to a ReadMemberRequest. That the batch holds the document at
// all is not in it, unless it is revoked: a path shows that.
type MemberStatus struct {
	V int `json:"v"`
	// Status is revoked when the document is, or the whole batch.
	Status     Status            `json:"status"`
	Anchor     Anchor            `json:"anchor"`
	Revocation *MemberRevocation `json:"revocation,omitempty"`
}

// ParseAnchorRequest reads and checks the argument of AnchorBatch.
func ParseAnchorRequest(s string) (AnchorRequest, error) {
	return check.Parse(s, MaxRequestBytes, AnchorRequest.Validate)
}

// ParseReadAnchorRequest reads and checks the argument of ReadAnchor.
func ParseReadAnchorRequest(s string) (ReadAnchorRequest, error) {
	return check.Parse(s, MaxRequestBytes, ReadAnchorRequest.Validate)
}

// ParseRevokeAnchorRequest reads and checks the argument of RevokeAnchor.
func ParseRevokeAnchorRequest(s string) (RevokeAnchorRequest, error) {
	return check.Parse(s, MaxRequestBytes, RevokeAnchorRequest.Validate)
}

// ParseRevokeMemberRequest reads and checks the argument of RevokeMember.
func ParseRevokeMemberRequest(s string) (RevokeMemberRequest, error) {
	return check.Parse(s, MaxRequestBytes, RevokeMemberRequest.Validate)
}

// ParseReadMemberRequest reads and checks the argument of ReadMember.
func ParseReadMemberRequest(s string) (ReadMemberRequest, error) {
	return check.Parse(s, MaxRequestBytes, ReadMemberRequest.Validate)
}
