package trail

import (
	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// CheckRemove decides on a valid request to remove the entries of a batch, whose head
// is given, and returns the record of it. It fails with PERMISSION_DENIED unless the
// caller's body keeps the trail, and with FAILED_PRECONDITION, and the date, when their
// time is not over: the longer one of what the trail says now and of what it said when
// they were appended.
func CheckRemove(r RemoveRequest, tx Tx, t Trail, head Batch) (Removal, error) {
	if err := CheckOwner(t, tx); err != nil {
		return Removal{}, err
	}
	begin, err := claimed(head.ClaimedTime)
	if err != nil {
		return Removal{}, err
	}
	kept := max(t.RetentionDays, head.RetentionDays)
	end, err := canonical.FormatTime(begin.Add(days(kept)))
	if err != nil {
		return Removal{}, err
	}
	if tx.ClaimedTime < end {
		return Removal{}, fault.New(fault.FailedPrecondition, "batch %d of source %s is kept for %d days (%s): its entries may be removed from %s",
			head.Number, head.Source, kept, t.Retention, end)
	}
	return Removal{
		V: SchemaVersion, Trail: head.Trail, Source: head.Source, Number: head.Number, Retention: t.Retention, Days: kept,
		RequestID: r.RequestID, TxID: tx.ID, ClaimedTime: tx.ClaimedTime,
	}, nil
}

// Validate checks that r is a record that CheckRemove makes.
func (r Removal) Validate() error {
	if err := checkVersion("removal", r.V); err != nil {
		return err
	}
	if err := checkBatch(r.Trail, r.Source, r.Number); err != nil {
		return err
	}
	if err := checkNeeded("retention", r.Retention); err != nil {
		return err
	}
	if err := checkDays(r.Days); err != nil {
		return err
	}
	return validateOrigin(r.RequestID, r.TxID, r.ClaimedTime)
}
