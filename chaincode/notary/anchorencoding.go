package notary

import (
	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
)

// canonicalAnchor is Anchor with its members in canonical order, as
// canonical.MarshalSorted requires.
type canonicalAnchor struct {
	After       *After               `json:"after,omitempty"`
	Algorithm   Algorithm            `json:"algorithm"`
	Body        string               `json:"body"`
	ClaimedTime string               `json:"claimedTime"`
	Count       uint64               `json:"count"`
	Reference   string               `json:"reference,omitempty"`
	RequestID   string               `json:"requestId"`
	Revocation  *canonicalRevocation `json:"revocation,omitempty"`
	Root        string               `json:"root"`
	Status      Status               `json:"status"`
	TxID        string               `json:"txId"`
	Type        string               `json:"type,omitempty"`
	V           int                  `json:"v"`
	ValidFrom   string               `json:"validFrom,omitempty"`
	ValidUntil  string               `json:"validUntil,omitempty"`
}

// canonicalMember is MemberRevocation with its members in canonical order.
type canonicalMember struct {
	Body       string              `json:"body"`
	Digest     Digest              `json:"digest"`
	Index      uint64              `json:"index"`
	RequestID  string              `json:"requestId"`
	Revocation canonicalRevocation `json:"revocation"`
	Root       string              `json:"root"`
	V          int                 `json:"v"`
}

// Encode returns the canonical JSON (RFC 8785) of a: the value that the ledger stores, and
// so what evidence is about.
func (a Anchor) Encode() ([]byte, error) {
	c := canonicalAnchor{
		After:       a.After,
		Algorithm:   a.Algorithm,
		Body:        a.Body,
		ClaimedTime: a.ClaimedTime,
		Count:       a.Count,
		Reference:   a.Reference,
		RequestID:   a.RequestID,
		Root:        a.Root,
		Status:      a.Status,
		TxID:        a.TxID,
		Type:        a.Type,
		V:           a.V,
		ValidFrom:   a.ValidFrom,
		ValidUntil:  a.ValidUntil,
	}
	if a.Revocation != nil {
		revocation := a.Revocation.canonical()
		c.Revocation = &revocation
	}
	return canonical.MarshalSorted(c)
}

// DecodeAnchor reads what Encode wrote, and checks it as Validate does.
func DecodeAnchor(value []byte) (Anchor, error) {
	return check.Decode("anchor", value, Anchor.Validate)
}

// Encode returns the canonical JSON (RFC 8785) of m: the value that the ledger stores.
func (m MemberRevocation) Encode() ([]byte, error) {
	return canonical.MarshalSorted(canonicalMember{
		Body: m.Body, Digest: m.Digest, Index: m.Index, RequestID: m.RequestID, Revocation: m.Revocation.canonical(), Root: m.Root, V: m.V,
	})
}

// DecodeMemberRevocation reads what Encode wrote, and checks it as Validate does.
func DecodeMemberRevocation(value []byte) (MemberRevocation, error) {
	return check.Decode("revocation of a member", value, MemberRevocation.Validate)
}
