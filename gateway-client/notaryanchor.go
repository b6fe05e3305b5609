package gateway

import (
	"context"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// The requests and results for anchored batches are those of the chaincode.
type (
	// Anchor is the public record of one batch and body.
	Anchor = notary.Anchor
	// AnchorRequest asks for one anchor by the client's body.
	AnchorRequest = notary.AnchorRequest
	// ReadAnchorRequest names one anchor.
	ReadAnchorRequest = notary.ReadAnchorRequest
	// RevokeAnchorRequest ends the own body's anchor.
	RevokeAnchorRequest = notary.RevokeAnchorRequest
	// RevokeMemberRequest takes one document out of the own body's batch.
	RevokeMemberRequest = notary.RevokeMemberRequest
	// MemberRevocation is the public record of that.
	MemberRevocation = notary.MemberRevocation
	// ReadMemberRequest names one document of a batch.
	ReadMemberRequest = notary.ReadMemberRequest
	// MemberStatus is what has become of it.
	MemberStatus = notary.MemberStatus
	// After names a checkpoint of the ledger log that a notarisation is later than.
	After = notary.After
)

// AnchorBatch records that the client's body vouches for every document of a batch, by the
// root of the Merkle tree over their digests. NotariseMany makes the tree, keeps it and
// anchors it; this is for those who have a tree of their own, as notary.BatchLeaf says.
//
// Errors: ErrAlreadyExists when the body has anchored the root already,
// ErrPermissionDenied without the role psbc.notary, ErrInvalidArgument; and those of the
// package documentation.
func (n *Notary) AnchorBatch(ctx context.Context, request AnchorRequest) (*Anchor, error) {
	request.RequestID = orNewID(request.RequestID)
	request.After = n.orRecent(ctx, request.After)
	return n.anchor(ctx, request)
}

func (n *Notary) anchor(ctx context.Context, request AnchorRequest) (*Anchor, error) {
	return write[Anchor](ctx, n.contract, "anchor batch", "AnchorBatch", request.RequestID, request, request.Validate)
}

// RevokeAnchor ends the own body's word for every document of a batch. Errors:
// ErrNotFound, ErrFailedPrecondition when it has ended already.
func (n *Notary) RevokeAnchor(ctx context.Context, request RevokeAnchorRequest) (*Anchor, error) {
	request.RequestID = orNewID(request.RequestID)
	return write[Anchor](ctx, n.contract, "revoke anchor", "RevokeAnchor", request.RequestID, request, request.Validate)
}

// RevokeMember takes one document out of the own body's batch. The ledger checks that the
// batch holds it; Batch.Revocation makes the request from the batch file. A document that the batch
// holds more than once is revoked as such. Errors: ErrNotFound when the root is not
// anchored by the own body, ErrInvalidArgument when the batch does not hold the document at
// that index, ErrFailedPrecondition when the document or the batch is revoked already.
func (n *Notary) RevokeMember(ctx context.Context, request RevokeMemberRequest) (*MemberRevocation, error) {
	request.RequestID = orNewID(request.RequestID)
	return write[MemberRevocation](ctx, n.contract, "revoke member", "RevokeMember", request.RequestID, request, request.Validate)
}

// ReadAnchor gives one body's anchor, ErrNotFound when there is none.
func (n *Notary) ReadAnchor(ctx context.Context, request ReadAnchorRequest) (*Anchor, error) {
	request.Body = n.orOwn(request.Body)
	return read[Anchor](ctx, n.contract, "read anchor", "ReadAnchor", request, request.Validate)
}

// ReadMember tells whether a document of a batch, or the whole batch, was revoked. That the
// batch holds the document, it does not tell. ErrNotFound when the body has not anchored
// the batch.
func (n *Notary) ReadMember(ctx context.Context, request ReadMemberRequest) (*MemberStatus, error) {
	request.Body = n.orOwn(request.Body)
	return read[MemberStatus](ctx, n.contract, "read member", "ReadMember", request, request.Validate)
}
