package trail

import (
	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Validate checks every field, and that a gap is declared with its reason, and a
// reason with its gap.
func (p Place) Validate() error {
	if err := checkBatch(p.Trail, p.Source, p.Number); err != nil {
		return err
	}
	if err := checkCode("gapReason", p.GapReason); err != nil {
		return err
	}
	previous := p.previous()
	switch {
	case previous < 0 || previous >= p.Number:
		return check.Invalid("previous", "%d is not 0 to %d: it is a number before the batch's own", previous, p.Number-1)
	case previous != p.Number-1 && p.GapReason == "":
		return check.Invalid("gapReason", "is missing: batch %d does not follow batch %d, and a gap is declared with its reason", p.Number, previous)
	case previous == p.Number-1 && p.GapReason != "":
		return check.Invalid("gapReason", "is given, but batch %d follows batch %d without a gap", p.Number, previous)
	}
	return nil
}

// previous is the number before, as the request says or means.
func (p Place) previous() int {
	if p.Previous == nil {
		return p.Number - 1
	}
	return *p.Previous
}

// NeedsPrevious returns the number of the batch that must be on the ledger before this
// one, 0 for none.
func (p Place) NeedsPrevious() int { return p.previous() }

// checkBatch checks what names a batch.
func checkBatch(trail, source string, number int) error {
	if err := checkTrail("trail", trail); err != nil {
		return err
	}
	if err := checkSource("source", source); err != nil {
		return err
	}
	if number < 1 || number > MaxNumber {
		return check.Invalid("number", "%d is not 1 to %d", number, MaxNumber)
	}
	return nil
}

// checkPrevious fails with FAILED_PRECONDITION when the batch before the place is not
// there; previous is its head, nil when there is none.
func (p Place) checkPrevious(previous *Batch) error {
	if p.previous() > 0 && previous == nil {
		return fault.New(fault.FailedPrecondition, "batch %d of source %s is not on the ledger: append it first, or declare the gap", p.previous(), p.Source)
	}
	return nil
}
