package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

// AnchorBatch takes a notary.AnchorRequest and returns the notary.Anchor.
func (c *Notary) AnchorBatch(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.anchorBatch(ctx, request))
}

func (c *Notary) anchorBatch(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := write(c, ctx, "AnchorBatch", argument, notary.ParseAnchorRequest)
	if err != nil {
		return nil, err
	}
	request, err := w.request(r.RequestID, r.Content())
	if err != nil {
		return nil, err
	}
	existing, receipt, err := w.LoadAnchor(request, r.Root)
	if err != nil {
		return nil, err
	}
	if receipt != nil {
		return asItStands(existing)
	}
	anchor, err := notary.AnchorBatch(w.body, r, w.Transaction(), existing)
	if err != nil {
		return nil, err
	}
	if err := w.CreateAnchor(request, anchor); err != nil {
		return nil, err
	}
	return anchor, w.emit(request, notary.EventAnchored, notary.Event{Root: anchor.Root, Count: countOf(anchor)})
}

// RevokeAnchor takes a notary.RevokeAnchorRequest and returns the notary.Anchor.
func (c *Notary) RevokeAnchor(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.revokeAnchor(ctx, request))
}

func (c *Notary) revokeAnchor(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := write(c, ctx, "RevokeAnchor", argument, notary.ParseRevokeAnchorRequest)
	if err != nil {
		return nil, err
	}
	request, err := w.request(r.RequestID, r)
	if err != nil {
		return nil, err
	}
	anchor, receipt, err := w.LoadAnchor(request, r.Root)
	if err != nil {
		return nil, err
	}
	if receipt != nil {
		return asItStands(anchor)
	}
	if anchor == nil {
		return nil, ledger.NoAnchor(r.Root, w.body)
	}
	revoked, err := notary.RevokeAnchor(*anchor, r, w.Transaction())
	if err != nil {
		return nil, err
	}
	if err := w.ChangeAnchor(request, revoked); err != nil {
		return nil, err
	}
	return revoked, w.emit(request, notary.EventAnchorRevoked, notary.Event{Root: r.Root, Reason: r.Reason, Count: countOf(revoked)})
}

// RevokeMember takes a notary.RevokeMemberRequest and returns the notary.MemberRevocation.
func (c *Notary) RevokeMember(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.revokeMember(ctx, request))
}

func (c *Notary) revokeMember(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := write(c, ctx, "RevokeMember", argument, notary.ParseRevokeMemberRequest)
	if err != nil {
		return nil, err
	}
	request, err := w.request(r.RequestID, r)
	if err != nil {
		return nil, err
	}
	anchor, existing, receipt, err := w.LoadMember(request, r.Root, r.Digest)
	if err != nil {
		return nil, err
	}
	if receipt != nil {
		return asItStands(existing)
	}
	if anchor == nil {
		return nil, ledger.NoAnchor(r.Root, w.body)
	}
	revocation, err := notary.RevokeMember(*anchor, r, w.Transaction(), existing)
	if err != nil {
		return nil, err
	}
	if err := w.CreateMember(request, revocation); err != nil {
		return nil, err
	}
	return revocation, w.emit(request, notary.EventMemberRevoked, notary.Event{
		Digest: r.Digest, Root: r.Root, Reason: r.Reason, Count: 1,
	})
}

// ReadAnchor takes a notary.ReadAnchorRequest and returns the notary.Anchor.
func (c *Notary) ReadAnchor(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(read(c, ctx, request, notary.ParseReadAnchorRequest, func(n ledger.Notary, r notary.ReadAnchorRequest) (any, error) {
		return n.Anchor(r.Root, r.Body)
	}))
}

// ReadMember takes a notary.ReadMemberRequest and returns a notary.MemberStatus.
func (c *Notary) ReadMember(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(read(c, ctx, request, notary.ParseReadMemberRequest, func(n ledger.Notary, r notary.ReadMemberRequest) (any, error) {
		return n.Member(r.Root, r.Body, r.Digest)
	}))
}

// countOf is how many documents an anchor stands for.
func countOf(anchor notary.Anchor) int {
	return int(anchor.Count) //nolint:gosec // at most notary.MaxMembers
}
