package registry

import (
	"fmt"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
)

// Validate checks that r is a state that the functions of this package can reach:
// every field well-formed, and the states in accord. It does not check the data,
// which was checked when it was written.
func (r Record) Validate() error {
	if r.V != SchemaVersion {
		return fmt.Errorf("a record of schema version %d, not %d", r.V, SchemaVersion)
	}
	if err := checkRecord(r.Register, r.ID); err != nil {
		return err
	}
	for _, version := range []struct {
		field  string
		number int
	}{{"version", r.Version}, {"registerVersion", r.RegisterVersion}, {"schemaVersion", r.SchemaVersion}} {
		if version.number < 1 {
			return check.Invalid(version.field, "%d is not the number of a version", version.number)
		}
	}
	if err := r.validateState(); err != nil {
		return err
	}
	if !isObject(r.Data) {
		return check.Invalid("data", "is not an object")
	}
	if r.PrivateHash != "" {
		if err := check.Hash("privateHash", r.PrivateHash); err != nil {
			return err
		}
	}
	if err := r.validateChanged(); err != nil {
		return err
	}
	if err := check.Code("reason", r.Reason); err != nil {
		return err
	}
	if err := check.Code("note", r.Note); err != nil {
		return err
	}
	if len(r.Effective) != len(canonical.TimeLayout) {
		return check.Invalid("effective", "%s is not a time as the ledger writes it", check.Quote(r.Effective))
	}
	return validateOrigin(r.RequestID, r.TxID, r.ClaimedTime)
}

// validateState checks the status, and that it accords with the operation and the
// bodies.
func (r Record) validateState() error {
	for _, body := range []struct{ field, name string }{{"owner", r.Owner}, {"writer", r.Writer}} {
		if err := check.Body(body.field, body.name); err != nil {
			return err
		}
	}
	if err := checkList("approvers", r.Approvers, MaxBodies, check.Body); err != nil {
		return err
	}
	if !slices.Contains([]Status{StatusDraft, StatusActive, StatusSuspended, StatusRevoked, StatusRetired}, r.Status) {
		return check.Invalid("status", "%s is unknown", check.Quote(string(r.Status)))
	}
	switch r.Operation {
	case OpCreate, OpAmend, OpOffer, OpAccept, OpDecline:
		if r.Status == StatusRevoked || r.Status == StatusRetired {
			return check.Invalid("status", "%s is final and does not accord with the operation %s", r.Status, r.Operation)
		}
	default:
		if _, to := transition(r.Operation); to != r.Status || to == "" {
			return check.Invalid("status", "%s does not accord with the operation %s", r.Status, check.Quote(string(r.Operation)))
		}
	}
	if (r.Operation == OpCreate) != (r.Version == 1) {
		return check.Invalid("version", "%d does not accord with the operation %s", r.Version, r.Operation)
	}
	if r.Writer != r.Owner && r.Operation != OpDecline {
		return check.Invalid("writer", "is not the owner")
	}
	return r.validateOffer()
}

func (r Record) validateOffer() error {
	if r.OfferedTo == "" {
		if r.Operation == OpOffer {
			return check.Invalid("offeredTo", "is missing")
		}
		return nil
	}
	if err := check.Body("offeredTo", r.OfferedTo); err != nil {
		return err
	}
	if r.OfferedTo == r.Owner || r.Operation == OpAccept || r.Operation == OpDecline || r.Status == StatusRevoked || r.Status == StatusRetired {
		return check.Invalid("offeredTo", "does not accord with the operation %s and the status %s", r.Operation, r.Status)
	}
	return nil
}

func (r Record) validateChanged() error {
	for i, f := range r.Changed {
		if f.Version < 2 || f.Version > r.Version {
			return check.Invalid(fmt.Sprintf("changed[%d].version", i), "%d is not 2 to %d", f.Version, r.Version)
		}
		if i > 0 && r.Changed[i-1].Field >= f.Field {
			return check.Invalid(fmt.Sprintf("changed[%d].field", i), "is not after the one before it")
		}
	}
	return nil
}
