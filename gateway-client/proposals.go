package gateway

import (
	"context"
	"iter"

	"github.com/psbc-lu/psbc/chaincode/registry"
)

// Decide approves or rejects another body's proposal. The outcome holds the
// proposal as it stands then and, when this approval was the last that it needed,
// the record as it was changed in the same transaction.
//
// Errors: ErrNotFound, ErrPermissionDenied for a body that may not approve,
// ErrFailedPrecondition when the proposal is decided, expired or overtaken by a
// change of the register or the record.
func (r *Registry) Decide(ctx context.Context, request registry.DecisionRequest) (*registry.Outcome, error) {
	request.RequestID = orNewID(request.RequestID)
	return write[registry.Outcome](ctx, r.contract, "decide", "Decide", request.RequestID, request, request.Validate)
}

// Proposal gives a proposal as it stands, ErrNotFound when there is none.
func (r *Registry) Proposal(ctx context.Context, request registry.ProposalRequest) (*registry.Proposal, error) {
	return read[registry.Proposal](ctx, r.contract, "read proposal", "ReadProposal", request, request.Validate)
}

// Proposals gives a page of a register's proposals, decided ones included.
func (r *Registry) Proposals(ctx context.Context, request registry.ListRequest) (*registry.ProposalPage, error) {
	return read[registry.ProposalPage](ctx, r.contract, "list proposals", "Proposals", request, request.Validate)
}

// AllProposals iterates over a register's proposals, fetching page after page
// from the request's bookmark on. An error is yielded last, once, with a zero
// proposal.
func (r *Registry) AllProposals(ctx context.Context, request registry.ListRequest) iter.Seq2[registry.Proposal, error] {
	return everyPage(request.Bookmark, func(bookmark string) (*registry.ProposalPage, error) {
		request.Bookmark = bookmark
		return r.Proposals(ctx, request)
	}, func(p *registry.ProposalPage) ([]registry.Proposal, string) { return p.Items, p.Bookmark })
}
