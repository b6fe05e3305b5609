package registry

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/fault"
)

// maxFaults bounds what is reported of one row.
const maxFaults = 10

// Decide carries the plan out, all or nothing: it returns a change for each of IDs, or
// what is wrong, ordered by row, planning's faults included. existing is parallel to
// IDs and holds the records as they are, nil for none.
func (p *Plan) Decide(tx Tx, existing []*Record, found Found) ([]Change, []RowFault) {
	faults := slices.Clone(p.faults)
	changes := make([]Change, 0, len(p.rows))
	if err := p.complete(len(existing), found); err != nil {
		return nil, []RowFault{rowFault(0, "", err)}
	}
	for i, one := range p.rows {
		errs := p.judge(one, existing[i], found)
		for _, err := range errs[:min(len(errs), maxFaults)] {
			faults = append(faults, rowFault(one.number, one.change.Record.ID, err))
		}
		changes = append(changes, p.finish(one, tx))
	}
	if len(faults) > 0 {
		slices.SortStableFunc(faults, func(a, b RowFault) int { return cmp.Compare(a.Row, b.Row) })
		return nil, faults
	}
	return changes, nil
}

// DecideOne is Decide for a plan of one record. It fails with ALREADY_EXISTS when the
// record to be created exists or a unique value is taken, with NOT_FOUND when a
// reference is, and with FAILED_PRECONDITION when what it refers to is not in force, or
// the private fields are not stored.
func (p *Plan) DecideOne(tx Tx, existing *Record, found Found) (Change, error) {
	if len(p.rows) != 1 {
		return Change{}, fmt.Errorf("a plan of %d records", len(p.rows))
	}
	if err := p.complete(1, found); err != nil {
		return Change{}, err
	}
	if errs := p.judge(p.rows[0], existing, found); len(errs) > 0 {
		return Change{}, errs[0]
	}
	return p.finish(p.rows[0], tx), nil
}

// complete checks that everything was looked up.
func (p *Plan) complete(existing int, found Found) error {
	if existing != len(p.rows) || len(found.Holders) != len(p.needs.Unique) ||
		len(found.References) != len(p.needs.References) || len(found.PrivateHashes) != len(p.needs.Private) {
		return fmt.Errorf("a plan with other needs than what was found")
	}
	return nil
}

// judge returns all that stands against a row.
func (p *Plan) judge(one row, existing *Record, found Found) []error {
	record := one.change.Record
	if one.change.Created {
		if existing != nil {
			return []error{fault.New(fault.AlreadyExists, "register %s has a record %s already", record.Register, record.ID)}
		}
	} else if existing == nil || existing.Version != record.Version-1 {
		return []error{fmt.Errorf("record %s changed while it was planned", record.ID)}
	}
	var errs []error
	for _, e := range one.change.AddUnique {
		if holder := found.Holders[p.uniqueAt[e]]; holder != "" && holder != record.ID {
			errs = append(errs, refuse(fault.AlreadyExists, "data", step("", e.Field), "has the unique value of record %s", holder))
		}
	}
	for _, ref := range one.references {
		if err := ref.judge(found.References[p.referenceAt[ref.name]]); err != nil {
			errs = append(errs, err)
		}
	}
	for _, private := range one.privates {
		if found.PrivateHashes[p.privateAt[private]] != private.Hash {
			errs = append(errs, fault.New(fault.FailedPrecondition, "privateHash: the private fields of %s with hash %s are not stored at %s",
				private.ID, private.Hash, private.Body))
		}
	}
	return errs
}

// finish adds what the deciding transaction gives.
func (p *Plan) finish(one row, tx Tx) Change {
	change := one.change
	change.Record.Approvers = p.approvers
	change.Record.TxID = tx.ID
	change.Record.ClaimedTime = tx.ClaimedTime
	if change.Record.Effective == "" {
		change.Record.Effective = tx.ClaimedTime
	}
	return change
}
