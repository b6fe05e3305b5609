package ledger

import (
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

// LoadAnchor reads, in one round trip, r.Body's anchor of a root, nil when there is none,
// and the receipt of r, nil when r is new. It fails with ALREADY_EXISTS when r's id was
// used for another request.
func (n Notary) LoadAnchor(r Request, root string) (*notary.Anchor, *Receipt, error) {
	var reads reading
	anchorAt := reads.add(anchorKey(root, r.Body))
	receiptAt := reads.add(requestKey(typeRequest, r.Body, r.ID))
	if err := reads.read(n.Tx); err != nil {
		return nil, nil, err
	}
	receipt, err := earlier(r, reads.value(receiptAt))
	if err != nil {
		return nil, nil, err
	}
	anchor, err := decodeOne(reads.value(anchorAt), notary.DecodeAnchor)
	return anchor, receipt, err
}

// LoadMember reads, in one round trip, what LoadAnchor does, and the revocation of one
// member of the batch, nil when there is none.
func (n Notary) LoadMember(r Request, root string, digest notary.Digest) (*notary.Anchor, *notary.MemberRevocation, *Receipt, error) {
	var reads reading
	anchorAt := reads.add(anchorKey(root, r.Body))
	memberAt := reads.add(memberKey(root, r.Body, digest))
	receiptAt := reads.add(requestKey(typeRequest, r.Body, r.ID))
	if err := reads.read(n.Tx); err != nil {
		return nil, nil, nil, err
	}
	receipt, err := earlier(r, reads.value(receiptAt))
	if err != nil {
		return nil, nil, nil, err
	}
	anchor, err := decodeOne(reads.value(anchorAt), notary.DecodeAnchor)
	if err != nil {
		return nil, nil, nil, err
	}
	member, err := decodeOne(reads.value(memberAt), notary.DecodeMemberRevocation)
	return anchor, member, receipt, err
}

// CreateAnchor writes, in one batch, an anchor that r creates, and r's receipt.
func (n Notary) CreateAnchor(r Request, anchor notary.Anchor) error {
	return n.saveAnchor(r, r.Body, anchor)
}

// ChangeAnchor writes, in one batch, an anchor that r changes, and r's receipt.
func (n Notary) ChangeAnchor(r Request, anchor notary.Anchor) error {
	return n.saveAnchor(r, keep, anchor)
}

func (n Notary) saveAnchor(r Request, owner string, anchor notary.Anchor) error {
	var w writing
	w.set(owner, w.key(anchorKey(anchor.Root, anchor.Body)), w.value(anchor.Encode()))
	return n.saveWithReceipt(r, &w)
}

// CreateMember writes, in one batch, the revocation of a member that r makes, and r's
// receipt.
func (n Notary) CreateMember(r Request, member notary.MemberRevocation) error {
	var w writing
	w.set(r.Body, w.key(memberKey(member.Root, member.Body, member.Digest)), w.value(member.Encode()))
	return n.saveWithReceipt(r, &w)
}

func (n Notary) saveWithReceipt(r Request, w *writing) error {
	receipt, err := n.receipt(typeRequest, r)
	if err != nil {
		return err
	}
	w.set(derived, receipt.key, receipt.value)
	return w.write(n.Tx)
}

// Anchor reads one anchor; it fails with NOT_FOUND when there is none.
func (n Notary) Anchor(root, body string) (notary.Anchor, error) {
	var reads reading
	place := reads.add(anchorKey(root, body))
	if err := reads.read(n.Tx); err != nil {
		return notary.Anchor{}, err
	}
	anchor, err := decodeOne(reads.value(place), notary.DecodeAnchor)
	if err != nil {
		return notary.Anchor{}, err
	}
	if anchor == nil {
		return notary.Anchor{}, NoAnchor(root, body)
	}
	return *anchor, nil
}

// Member reads what has become of one member of an anchored batch; it fails with
// NOT_FOUND when there is no such anchor.
func (n Notary) Member(root, body string, digest notary.Digest) (notary.MemberStatus, error) {
	var reads reading
	anchorAt := reads.add(anchorKey(root, body))
	memberAt := reads.add(memberKey(root, body, digest))
	if err := reads.read(n.Tx); err != nil {
		return notary.MemberStatus{}, err
	}
	anchor, err := decodeOne(reads.value(anchorAt), notary.DecodeAnchor)
	if err != nil {
		return notary.MemberStatus{}, err
	}
	member, err := decodeOne(reads.value(memberAt), notary.DecodeMemberRevocation)
	if err != nil {
		return notary.MemberStatus{}, err
	}
	if anchor == nil {
		return notary.MemberStatus{}, NoAnchor(root, body)
	}
	return notary.StatusOf(*anchor, member), nil
}

// NoAnchor is the refusal for an anchor that does not exist.
func NoAnchor(root, body string) error {
	return fault.New(fault.NotFound, "%s has not anchored the batch %s", body, root)
}
