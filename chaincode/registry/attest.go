package registry

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// maxAttested bounds the fields of one attestation.
const maxAttested = 64

// Attest decides on a valid request of a body to attest a record, or to take its
// attestation back; existing is nil when there is no such record, and before is the
// body's attestation of it, nil when there is none. It fails with NOT_FOUND,
// with PERMISSION_DENIED when the body is not an attester or owns the record, with
// INVALID_ARGUMENT when a field is not in the data, and with FAILED_PRECONDITION when
// the record is at another version or in a final state. Taking back needs only an
// attestation that was not taken back before, whatever became of body and record.
func (r *Rules) Attest(body string, q AttestRequest, tx Tx, existing *Record, before *Attestation) (Attestation, error) {
	if err := r.exists(q.ID, existing); err != nil {
		return Attestation{}, err
	}
	if q.Withdraw {
		if before == nil || before.Withdrawn {
			return Attestation{}, fault.New(fault.NotFound, "%s has no attestation of record %s of %s", body, q.ID, r.register.ID)
		}
	} else if err := r.mayAttest(body, *existing); err != nil {
		return Attestation{}, err
	}
	if err := r.isCurrent(q.Base, *existing); err != nil {
		return Attestation{}, err
	}
	if q.Withdraw {
		a := *before
		a.Withdrawn, a.RequestID, a.TxID, a.ClaimedTime = true, q.RequestID, tx.ID, tx.ClaimedTime
		return a, nil
	}
	if err := r.isOpen(*existing); err != nil {
		return Attestation{}, err
	}
	if err := hasFields(*existing, q.Fields); err != nil {
		return Attestation{}, err
	}
	fields := slices.Clone(q.Fields)
	slices.Sort(fields)
	return Attestation{
		V: SchemaVersion, Register: r.register.ID, ID: q.ID, Body: body, RecordVersion: existing.Version,
		Fields: fields, Statement: q.Statement, RequestID: q.RequestID, TxID: tx.ID, ClaimedTime: tx.ClaimedTime,
	}, nil
}

func (r *Rules) mayAttest(body string, record Record) error {
	if !slices.Contains(r.register.Attesters, body) {
		return fault.New(fault.PermissionDenied, "%s is not an attester of register %s", body, r.register.ID)
	}
	if body == record.Owner {
		return fault.New(fault.PermissionDenied, "%s owns record %s of %s; it cannot attest it", body, record.ID, record.Register)
	}
	return nil
}

// hasFields checks that the data has the members.
func hasFields(record Record, fields []string) error {
	var data map[string]json.RawMessage
	if err := json.Unmarshal(record.Data, &data); err != nil {
		return fmt.Errorf("record %s: %w", record.ID, err)
	}
	for i, field := range fields {
		if _, ok := data[field]; !ok {
			return check.Invalid(fmt.Sprintf("fields[%d]", i), "%s is not in the data of record %s", check.Quote(field), record.ID)
		}
	}
	return nil
}

// ViewAttestation says what is left of an attestation under the record's present
// version, or under any from the attested one on. A field stands if it was not
// changed since; the attestation of all stands if nothing was, the private fields
// included. A withdrawn one never does.
func ViewAttestation(a Attestation, record Record) AttestationView {
	v := AttestationView{Attestation: a}
	since := func(f FieldVersion) bool { return f.Version > a.RecordVersion }
	if len(a.Fields) == 0 {
		v.Stands = !a.Withdrawn && !slices.ContainsFunc(record.Changed, since)
		return v
	}
	for _, field := range a.Fields {
		changed := slices.ContainsFunc(record.Changed, func(f FieldVersion) bool { return f.Field == field && since(f) })
		if changed || a.Withdrawn {
			v.Lost = append(v.Lost, field)
		} else {
			v.Standing = append(v.Standing, field)
		}
	}
	v.Stands = len(v.Standing) > 0
	return v
}

// Validate checks that a is a state that the functions of this package can reach.
func (a Attestation) Validate() error {
	if a.V != SchemaVersion {
		return fmt.Errorf("an attestation of schema version %d, not %d", a.V, SchemaVersion)
	}
	if err := recordNamed(a.RequestID, a.Register, a.ID, a.RecordVersion); err != nil {
		return err
	}
	if err := check.Body("body", a.Body); err != nil {
		return err
	}
	if err := checkList("fields", a.Fields, maxAttested, checkField); err != nil {
		return err
	}
	if err := check.Code("statement", a.Statement); err != nil {
		return err
	}
	return validateOrigin(a.RequestID, a.TxID, a.ClaimedTime)
}
