package registry

import (
	"fmt"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Tx is the transaction that a state change belongs to.
type Tx struct {
	ID string
	// ClaimedTime is the transaction timestamp as canonical.FormatTime writes it.
	ClaimedTime string
}

// CreateRegister decides on a valid request of a body, which becomes the steward;
// existing is the register of that id, nil when there is none. It fails with
// ALREADY_EXISTS when there is one, and with INVALID_ARGUMENT when what a writer
// proposes could not be approved.
func CreateRegister(body string, r CreateRegisterRequest, tx Tx, existing *Register) (Register, error) {
	if existing != nil {
		return Register{}, fault.New(fault.AlreadyExists, "register %s exists already; %s keeps it", existing.ID, existing.Steward)
	}
	if err := r.checkApprovals(body); err != nil {
		return Register{}, err
	}
	definition, err := r.canonical()
	if err != nil {
		return Register{}, err
	}
	return Register{
		V: SchemaVersion, Steward: body, Version: 1, SchemaVersion: 1, Definition: definition,
		RequestID: r.RequestID, TxID: tx.ID, ClaimedTime: tx.ClaimedTime,
	}, nil
}

// AmendRegister decides on a valid request of a body to replace the definition of
// existing, nil when there is no such register. It fails with NOT_FOUND when there is
// none, with PERMISSION_DENIED unless the body is the steward, with
// FAILED_PRECONDITION when it is based on another version or wants what records
// written before lack, and with INVALID_ARGUMENT when a changed schema does not say
// how older records are read.
func AmendRegister(body string, r AmendRegisterRequest, tx Tx, existing *Register) (Register, error) {
	if existing == nil {
		return Register{}, fault.New(fault.NotFound, "there is no register %s", r.ID)
	}
	if body != existing.Steward {
		return Register{}, fault.New(fault.PermissionDenied, "register %s is kept by %s, not by %s", r.ID, existing.Steward, body)
	}
	if r.Base != existing.Version {
		return Register{}, fault.New(fault.FailedPrecondition, "register %s is at version %d, not at %d", r.ID, existing.Version, r.Base)
	}
	if err := r.checkApprovals(body); err != nil {
		return Register{}, err
	}
	if err := checkNarrows(existing.Definition, r.Definition); err != nil {
		return Register{}, err
	}
	definition, err := r.canonical()
	if err != nil {
		return Register{}, err
	}
	same, err := sameJSON(existing.Schema, definition.Schema)
	if err != nil {
		return Register{}, fmt.Errorf("schema of register %s: %w", r.ID, err)
	}
	next := Register{
		V: SchemaVersion, Steward: body, Version: existing.Version + 1, SchemaVersion: existing.SchemaVersion, Definition: definition,
		RequestID: r.RequestID, TxID: tx.ID, ClaimedTime: tx.ClaimedTime,
	}
	switch {
	case same && r.Upgrade != nil:
		return Register{}, check.Invalid("upgrade", "is given, but the schema is the same")
	case !same && r.Upgrade == nil:
		return Register{}, check.Invalid("upgrade", "is missing: the schema is another, so it says how older records are read ({} for as they are)")
	case !same:
		next.SchemaVersion++
	}
	return next, nil
}

// checkNarrows refuses additions to what the ledger keeps for every record, since
// the records that exist would be without it.
func checkNarrows(old, next Definition) error {
	added := func(field string) error {
		return fault.New(fault.FailedPrecondition, "%s: may lose entries but not gain any, since the records that exist would be without", field)
	}
	var oldPrivate, nextPrivate Private
	if old.Private != nil {
		oldPrivate = *old.Private
	}
	if next.Private != nil {
		nextPrivate = *next.Private
	}
	for _, list := range []struct {
		field     string
		old, next []string
	}{
		{"unique", old.Unique, next.Unique},
		{"indexed", old.Indexed, next.Indexed},
		{"private.fields", oldPrivate.Fields, nextPrivate.Fields},
		{"private.bodies", oldPrivate.Bodies, nextPrivate.Bodies},
	} {
		if !within(list.next, list.old) {
			return added(list.field)
		}
	}
	if !within(next.References, old.References) {
		return added("references")
	}
	if next.IDs.Pattern != "" && next.IDs.Pattern != old.IDs.Pattern || next.IDs.Mint != "" && next.IDs.Mint != old.IDs.Mint {
		return fault.New(fault.FailedPrecondition, "ids: may be emptied but not changed, since the records that exist have other ids")
	}
	return nil
}

// within says whether all of list is in other.
func within[T comparable](list, other []T) bool {
	return !slices.ContainsFunc(list, func(item T) bool { return !slices.Contains(other, item) })
}

// Validate checks that r is a state that the functions of this package can reach. It
// does not compile the schema.
func (r Register) Validate() error {
	if r.V != SchemaVersion {
		return fmt.Errorf("a register of schema version %d, not %d", r.V, SchemaVersion)
	}
	if err := r.validateFields(); err != nil {
		return err
	}
	if err := check.Body("steward", r.Steward); err != nil {
		return err
	}
	if r.SchemaVersion < 1 || r.SchemaVersion > r.Version {
		return check.Invalid("schemaVersion", "%d does not accord with version %d", r.SchemaVersion, r.Version)
	}
	if !isObject(r.Schema) {
		return check.Invalid("schema", "is not an object")
	}
	return validateOrigin(r.RequestID, r.TxID, r.ClaimedTime)
}

// validateOrigin checks what every value of the ledger says of the transaction that
// wrote it.
func validateOrigin(requestID, txID, claimedTime string) error {
	if err := check.RequestID("requestId", requestID); err != nil {
		return err
	}
	if txID == "" || claimedTime == "" {
		return check.Invalid("txId", "or claimedTime is missing")
	}
	return nil
}
