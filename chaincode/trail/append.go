package trail

import (
	"time"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Repeated judges a request whose place is taken by head; content is its hash, as
// ContentHash makes it. It returns nil when the request is the one that made the batch,
// whatever its id, and fails with ALREADY_EXISTS when it is another.
func Repeated(head Batch, content string) error {
	if head.Content == content {
		return nil
	}
	return fault.New(fault.AlreadyExists, "batch %d of source %s was appended with other content", head.Number, head.Source)
}

// Append decides on a valid request, whose content hash is given, to a trail; previous
// is the head of the batch that it names as the one before, nil when there is none. It
// returns the new batch's head. It fails with PERMISSION_DENIED unless the caller's body
// keeps the trail, with FAILED_PRECONDITION when the batch before is not there, and with
// INVALID_ARGUMENT when an entry's action is not the trail's or its time is too late.
func Append(r AppendRequest, tx Tx, t Trail, content string, previous *Batch) (Batch, error) {
	head, err := r.Place.head(r.RequestID, tx, t, content, previous)
	if err != nil {
		return Batch{}, err
	}
	head.Entries = len(r.Entries)
	head.First, head.Last, err = checkEntries(r.Entries, t, tx.ClaimedTime)
	if err != nil {
		return Batch{}, err
	}
	return head, nil
}

// Seal decides as Append does on a request to append commitments. It fails with
// INVALID_ARGUMENT too when they are to be revealed before the transaction's claimed time,
// or more than a hundred years after it.
func Seal(r SealRequest, tx Tx, t Trail, content string, previous *Batch) (Batch, error) {
	head, err := r.Place.head(r.RequestID, tx, t, content, previous)
	if err != nil {
		return Batch{}, err
	}
	head.Entries = len(r.Commitments)
	if head.RevealAfter, err = moment("revealAfter", r.RevealAfter); err != nil {
		return Batch{}, err
	}
	now, err := claimed(tx.ClaimedTime)
	if err != nil {
		return Batch{}, err
	}
	most, err := canonical.FormatTime(now.Add(days(MaxDays)))
	if err != nil {
		return Batch{}, err
	}
	if head.RevealAfter <= tx.ClaimedTime {
		return Batch{}, check.Invalid("revealAfter", "%s is not after the transaction's time %s", r.RevealAfter, tx.ClaimedTime)
	}
	if head.RevealAfter > most {
		return Batch{}, check.Invalid("revealAfter", "%s is more than %d days after the transaction's time", r.RevealAfter, MaxDays)
	}
	return head, nil
}

func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

// head makes the head of a new batch, but for what depends on its entries.
func (p Place) head(requestID string, tx Tx, t Trail, content string, previous *Batch) (Batch, error) {
	if err := CheckOwner(t, tx); err != nil {
		return Batch{}, err
	}
	if err := p.checkPrevious(previous); err != nil {
		return Batch{}, err
	}
	return Batch{
		V: SchemaVersion, Trail: p.Trail, Source: p.Source, Number: p.Number, Previous: p.previous(), GapReason: p.GapReason,
		Body: tx.Body, RetentionDays: t.RetentionDays, Content: content, ClaimedTime: tx.ClaimedTime, TxID: tx.ID, RequestID: requestID,
	}, nil
}

// Validate checks that b is a state that the functions of this package can reach.
func (b Batch) Validate() error {
	if err := checkVersion("batch", b.V); err != nil {
		return err
	}
	place := Place{Trail: b.Trail, Source: b.Source, Number: b.Number, Previous: &b.Previous, GapReason: b.GapReason}
	if err := place.Validate(); err != nil {
		return err
	}
	if b.Entries < 1 || b.Entries > MaxEntries {
		return check.Invalid("entries", "%d is not 1 to %d", b.Entries, MaxEntries)
	}
	if err := check.Body("body", b.Body); err != nil {
		return err
	}
	if err := checkDays(b.RetentionDays); err != nil {
		return err
	}
	if err := check.Hash("content", b.Content); err != nil {
		return err
	}
	if sealed := b.RevealAfter != ""; sealed != (b.First == "") || sealed != (b.Last == "") {
		return check.Invalid("revealAfter", "%s does not accord with the times of the entries", check.Quote(b.RevealAfter))
	}
	return validateOrigin(b.RequestID, b.TxID, b.ClaimedTime)
}
