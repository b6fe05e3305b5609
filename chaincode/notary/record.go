package notary

import (
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Tx is the transaction that a state change belongs to.
type Tx struct {
	ID string
	// ClaimedTime is the transaction timestamp as canonical.FormatTime writes it.
	ClaimedTime string
}

// Prior is what the ledger holds, before a transaction, of what one Item speaks of.
type Prior struct {
	// Existing is the body's notarisation of Item.Digest, nil when there is none.
	Existing *Notarisation
	// Superseded is the body's notarisation of Item.Supersedes, nil when there is none.
	Superseded *Notarisation
	// DetailsHash is the hash of the details that the body stored for Item.Digest, empty
	// when there are none.
	DetailsHash string
}

// Outcome is what a request to notarise changes.
type Outcome struct {
	Created    []Notarisation // one per item, in the items' order
	Superseded []Notarisation // the notarisations that the items supersede
}

// Notarise decides on a valid request of a body. It fails with ALREADY_EXISTS
// when the body has notarised the digest, with NOT_FOUND when what is to be
// superseded does not exist, and with FAILED_PRECONDITION when that is not active or
// when the details are not stored.
func Notarise(body string, r NotariseRequest, tx Tx, prior Prior) (Outcome, error) {
	var outcome Outcome
	if err := outcome.add(body, r.RequestID, r.Item, tx, prior); err != nil {
		return Outcome{}, err
	}
	return outcome, nil
}

// NotariseBatch decides on a valid batch; prior has one element for each item. It
// fails as Notarise does, for the whole batch, and names the item.
func NotariseBatch(body string, r BatchRequest, tx Tx, prior []Prior) (Outcome, error) {
	if len(prior) != len(r.Items) {
		return Outcome{}, fmt.Errorf("%d items with %d prior states", len(r.Items), len(prior))
	}
	outcome := Outcome{Created: make([]Notarisation, 0, len(r.Items))}
	for i, item := range r.Items {
		if item.After == nil {
			item.After = r.After
		}
		if err := outcome.add(body, r.RequestID, item, tx, prior[i]); err != nil {
			return Outcome{}, check.Within(fmt.Sprintf("items[%d]", i), err)
		}
	}
	return outcome, nil
}

// add decides on one item.
func (o *Outcome) add(body, requestID string, item Item, tx Tx, prior Prior) error {
	if prior.Existing != nil {
		return fault.New(fault.AlreadyExists, "%s has notarised %s already", body, item.Digest)
	}
	if item.DetailsHash != "" && item.DetailsHash != prior.DetailsHash {
		return fault.New(fault.FailedPrecondition, "the details with hash %s are not stored for %s", item.DetailsHash, item.Digest)
	}
	created := Notarisation{
		V:           SchemaVersion,
		Digest:      item.Digest,
		Body:        body,
		RequestID:   requestID,
		Type:        item.Type,
		Reference:   item.Reference,
		ValidFrom:   item.ValidFrom,
		ValidUntil:  item.ValidUntil,
		Status:      StatusActive,
		DetailsHash: item.DetailsHash,
		After:       item.After,
		TxID:        tx.ID,
		ClaimedTime: tx.ClaimedTime,
	}
	if item.Supersedes != "" {
		if prior.Superseded == nil {
			return fault.New(fault.NotFound, "%s has not notarised %s, which is to be superseded", body, item.Supersedes)
		}
		superseded, replacing, err := Supersede(*prior.Superseded, created)
		if err != nil {
			return err
		}
		created = replacing
		o.Superseded = append(o.Superseded, superseded)
	}
	o.Created = append(o.Created, created)
	return nil
}

// Supersede links two notarisations of one body and returns both as they become.
// It fails with FAILED_PRECONDITION unless both are active and replacing
// supersedes nothing yet; hence links never form a circle.
func Supersede(superseded, replacing Notarisation) (Notarisation, Notarisation, error) {
	if superseded.Body != replacing.Body || superseded.Digest == replacing.Digest {
		return Notarisation{}, Notarisation{}, fault.New(fault.InvalidArgument, "%s by %s cannot supersede %s by %s",
			replacing.Digest, replacing.Body, superseded.Digest, superseded.Body)
	}
	if err := superseded.mustBeActive(); err != nil {
		return Notarisation{}, Notarisation{}, err
	}
	if err := replacing.mustBeActive(); err != nil {
		return Notarisation{}, Notarisation{}, err
	}
	if replacing.Supersedes != "" {
		return Notarisation{}, Notarisation{}, fault.New(fault.FailedPrecondition, "the notarisation of %s by %s supersedes %s already",
			replacing.Digest, replacing.Body, replacing.Supersedes)
	}
	superseded.Status = StatusSuperseded
	superseded.SupersededBy = replacing.Digest
	replacing.Supersedes = superseded.Digest
	return superseded, replacing, nil
}

// Revoke returns n as a valid request to revoke it makes it. It fails with
// FAILED_PRECONDITION unless n is active.
func Revoke(n Notarisation, r RevokeRequest, tx Tx) (Notarisation, error) {
	if err := n.mustBeActive(); err != nil {
		return Notarisation{}, err
	}
	n.Status = StatusRevoked
	n.Revocation = &Revocation{Reason: r.Reason, Note: r.Note, At: tx.ClaimedTime, TxID: tx.ID}
	return n, nil
}

func (n Notarisation) mustBeActive() error {
	switch n.Status {
	case StatusActive:
		return nil
	case StatusSuperseded:
		return fault.New(fault.FailedPrecondition, "the notarisation of %s by %s is superseded by %s", n.Digest, n.Body, n.SupersededBy)
	}
	return fault.New(fault.FailedPrecondition, "the notarisation of %s by %s is %s", n.Digest, n.Body, n.Status)
}

// Validate checks that n is a state that the functions of this package can
// reach: every field well-formed, and the status in accord with the rest.
func (n Notarisation) Validate() error {
	if n.V != SchemaVersion {
		return fmt.Errorf("a notarisation of schema version %d, not %d", n.V, SchemaVersion)
	}
	item := Item{
		Digest: n.Digest, Type: n.Type, Reference: n.Reference, ValidFrom: n.ValidFrom, ValidUntil: n.ValidUntil,
		Supersedes: n.Supersedes, DetailsHash: n.DetailsHash, After: n.After,
	}
	if err := item.validate(""); err != nil {
		return err
	}
	if err := check.Body("body", n.Body); err != nil {
		return err
	}
	if err := check.RequestID("requestId", n.RequestID); err != nil {
		return err
	}
	if n.TxID == "" || n.ClaimedTime == "" {
		return check.Invalid("txId", "or claimedTime is missing")
	}
	return n.validateStatus()
}

func (n Notarisation) validateStatus() error {
	switch n.Status {
	case StatusActive, StatusRevoked, StatusSuperseded:
	default:
		return check.Invalid("status", "%s is unknown", check.Quote(string(n.Status)))
	}
	if (n.Status == StatusRevoked) != (n.Revocation != nil) {
		return check.Invalid("revocation", "does not accord with the status %s", n.Status)
	}
	if (n.Status == StatusSuperseded) != (n.SupersededBy != "") {
		return check.Invalid("supersededBy", "does not accord with the status %s", n.Status)
	}
	return nil
}
