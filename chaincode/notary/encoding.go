package notary

import (
	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
)

// canonicalNotarisation is Notarisation with its members in canonical order, as
// canonical.MarshalSorted requires. A batch encodes a thousand records at every
// endorser, where sorting members each time is what most of the time would go to.
type canonicalNotarisation struct {
	After        *After               `json:"after,omitempty"`
	Body         string               `json:"body"`
	ClaimedTime  string               `json:"claimedTime"`
	DetailsHash  string               `json:"detailsHash,omitempty"`
	Digest       Digest               `json:"digest"`
	Reference    string               `json:"reference,omitempty"`
	RequestID    string               `json:"requestId"`
	Revocation   *canonicalRevocation `json:"revocation,omitempty"`
	Status       Status               `json:"status"`
	SupersededBy Digest               `json:"supersededBy,omitempty"`
	Supersedes   Digest               `json:"supersedes,omitempty"`
	TxID         string               `json:"txId"`
	Type         string               `json:"type,omitempty"`
	V            int                  `json:"v"`
	ValidFrom    string               `json:"validFrom,omitempty"`
	ValidUntil   string               `json:"validUntil,omitempty"`
}

type canonicalRevocation struct {
	At     string `json:"at"`
	Note   string `json:"note,omitempty"`
	Reason Reason `json:"reason"`
	TxID   string `json:"txId"`
}

func (r Revocation) canonical() canonicalRevocation {
	return canonicalRevocation{At: r.At, Note: r.Note, Reason: r.Reason, TxID: r.TxID}
}

// Encode returns the canonical JSON (RFC 8785) of n: the value that the ledger
// stores, and so what evidence is about.
func (n Notarisation) Encode() ([]byte, error) {
	c := canonicalNotarisation{
		After:        n.After,
		Body:         n.Body,
		ClaimedTime:  n.ClaimedTime,
		DetailsHash:  n.DetailsHash,
		Digest:       n.Digest,
		Reference:    n.Reference,
		RequestID:    n.RequestID,
		Status:       n.Status,
		SupersededBy: n.SupersededBy,
		Supersedes:   n.Supersedes,
		TxID:         n.TxID,
		Type:         n.Type,
		V:            n.V,
		ValidFrom:    n.ValidFrom,
		ValidUntil:   n.ValidUntil,
	}
	if n.Revocation != nil {
		revocation := n.Revocation.canonical()
		c.Revocation = &revocation
	}
	return canonical.MarshalSorted(c)
}

// DecodeNotarisation reads what Encode wrote, and checks it as Validate does.
func DecodeNotarisation(value []byte) (Notarisation, error) {
	return check.Decode("notarisation", value, Notarisation.Validate)
}
