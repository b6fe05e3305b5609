package trail

import (
	"fmt"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Define decides on a valid request; existing is the trail of that id, nil when there
// is none. It fails with ALREADY_EXISTS when there is one.
func Define(r DefineRequest, tx Tx, existing *Trail) (Trail, error) {
	if existing != nil {
		return Trail{}, fault.New(fault.AlreadyExists, "trail %s exists already; %s keeps it", existing.ID, existing.Body)
	}
	return Trail{
		V: SchemaVersion, Body: tx.Body, Version: 1, Definition: r.Definition,
		RequestID: r.RequestID, TxID: tx.ID, ClaimedTime: tx.ClaimedTime,
	}, nil
}

// Amend decides on a valid request to replace the definition of existing, nil when
// there is no such trail. It fails with NOT_FOUND when there is none, with
// PERMISSION_DENIED unless the caller's body keeps it, and with FAILED_PRECONDITION
// when the request is based on another version, or drops an action that entries may
// have, sealed ones that are yet to be revealed included.
func Amend(r AmendRequest, tx Tx, existing *Trail) (Trail, error) {
	if existing == nil {
		return Trail{}, fault.New(fault.NotFound, "there is no trail %s", r.ID)
	}
	if err := CheckOwner(*existing, tx); err != nil {
		return Trail{}, err
	}
	if r.Base != existing.Version {
		return Trail{}, fault.New(fault.FailedPrecondition, "trail %s is at version %d, not at %d", r.ID, existing.Version, r.Base)
	}
	for _, action := range existing.Actions {
		if !r.records(action) {
			return Trail{}, fault.New(fault.FailedPrecondition, "trail %s records %s: an action may be added, not dropped", r.ID, action)
		}
	}
	return Trail{
		V: SchemaVersion, Body: existing.Body, Version: existing.Version + 1, Definition: r.Definition,
		RequestID: r.RequestID, TxID: tx.ID, ClaimedTime: tx.ClaimedTime,
	}, nil
}

// CheckOwner fails with PERMISSION_DENIED unless the caller's body keeps the trail.
func CheckOwner(t Trail, tx Tx) error {
	if tx.Body != t.Body {
		return fault.New(fault.PermissionDenied, "trail %s is kept by %s, not by %s", t.ID, t.Body, tx.Body)
	}
	return nil
}

// ReadableBy says whether a body, by MSP ID, may read the trail's batches and entries.
func (t Trail) ReadableBy(body string) bool {
	return body == t.Body || len(t.Readers) == 0 || slices.Contains(t.Readers, body)
}

// Validate checks that t is a state that the functions of this package can reach.
func (t Trail) Validate() error {
	if err := checkVersion("trail", t.V); err != nil {
		return err
	}
	if err := t.Definition.Validate(); err != nil {
		return err
	}
	if err := check.Body("body", t.Body); err != nil {
		return err
	}
	if t.Version < 1 {
		return check.Invalid("version", "%d is not from 1", t.Version)
	}
	return validateOrigin(t.RequestID, t.TxID, t.ClaimedTime)
}

func checkVersion(what string, v int) error {
	if v != SchemaVersion {
		return fmt.Errorf("a %s of schema version %d, not %d", what, v, SchemaVersion)
	}
	return nil
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
