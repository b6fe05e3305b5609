package registry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/fault"
)

// next begins the next version of a record.
func (r *Rules) next(existing Record, writer, requestID string, operation Operation) Record {
	n := existing
	n.Version++
	n.Writer = writer
	n.Operation = operation
	n.RegisterVersion = r.register.Version
	n.Changed = slices.Clone(existing.Changed)
	n.RequestID = requestID
	n.Effective, n.Approvers, n.TxID, n.ClaimedTime = "", nil, "", ""
	return n
}

// PlanAmend plans a valid request of a body to change a record's data; existing is
// nil when there is no such record. It fails with NOT_FOUND, with PERMISSION_DENIED
// unless the body owns the record and may write, with FAILED_PRECONDITION when the
// record is at another version or in a final state, and with INVALID_ARGUMENT when
// the record would not be as the register wants.
func (r *Rules) PlanAmend(body string, q AmendRequest, existing *Record) (*Plan, error) {
	if err := r.mayChange(body, q.ID, q.Base, existing); err != nil {
		return nil, err
	}
	if err := r.isOpen(*existing); err != nil {
		return nil, err
	}
	record := r.next(*existing, body, q.RequestID, OpAmend)
	var err error
	if record.Effective, err = moment("effective", q.Effective, ""); err != nil {
		return nil, err
	}
	data, err := r.amended(*existing, q)
	if err != nil {
		return nil, err
	}
	record.SchemaVersion = r.register.SchemaVersion
	one := row{change: Change{Record: record}}
	old, _, err := readTree("data", existing.Data)
	if err != nil {
		return nil, fmt.Errorf("record %s of %s: %w", existing.ID, existing.Register, err)
	}
	before, _ := old.(map[string]any)
	if err := r.setData(&one, before, data); err != nil {
		return nil, err
	}
	if err := one.change.Record.noteChanges(existing.Data, data.raw); err != nil {
		return nil, err
	}
	if err := r.setPrivate(&one, q.PrivateHash); err != nil {
		return nil, err
	}
	return r.newPlan(one), nil
}

// amended returns the data that a request leads to.
func (r *Rules) amended(existing Record, q AmendRequest) (document, error) {
	if len(q.Data) > 0 {
		return readDocument("data", q.Data, MaxRecordBytes)
	}
	current, err := r.Current(existing)
	if err != nil {
		return document{}, err
	}
	data := current.Data
	if len(q.Patch) > 0 {
		if _, err := readDocument("patch", q.Patch, MaxRecordBytes); err != nil {
			return document{}, err
		}
		if data, err = MergePatch(data, q.Patch); err != nil {
			return document{}, fmt.Errorf("record %s: %w", existing.ID, err)
		}
	}
	return readDocument("data", data, MaxRecordBytes)
}

// setPrivate sets the hash of the private fields, which stays as it is when none is
// given.
func (r *Rules) setPrivate(one *row, hash string) error {
	record := &one.change.Record
	if hash == "" {
		return r.checkPrivateHash(record.PrivateHash)
	}
	if err := r.checkPrivateHash(hash); err != nil {
		return err
	}
	if hash != record.PrivateHash {
		record.PrivateHash = hash
		record.noteChange(privateMember)
	}
	r.needPrivate(one)
	return nil
}

// privateMember stands for the private fields in Record.Changed. No member of the
// data that an attestation names has the empty name.
const privateMember = ""

// noteChanges notes the members in which two versions of the data differ.
func (r *Record) noteChanges(old, data json.RawMessage) error {
	before, err := membersOf(old)
	if err != nil {
		return fmt.Errorf("record %s: %w", r.ID, err)
	}
	after, err := membersOf(data)
	if err != nil {
		return fmt.Errorf("record %s: %w", r.ID, err)
	}
	for _, name := range append(before.names(), after.names()...) {
		if !bytes.Equal(before[name], after[name]) { // both are canonical
			r.noteChange(name)
		}
	}
	return nil
}

func (r *Record) noteChange(name string) {
	i, known := slices.BinarySearchFunc(r.Changed, name, func(f FieldVersion, name string) int { return strings.Compare(f.Field, name) })
	if known {
		r.Changed[i].Version = r.Version
		return
	}
	r.Changed = slices.Insert(r.Changed, i, FieldVersion{Field: name, Version: r.Version})
}

// isOpen says whether a record is in a state in which its data may change.
func (r *Rules) isOpen(record Record) error {
	switch record.Status {
	case StatusDraft, StatusActive, StatusSuspended:
		return nil
	}
	return fault.New(fault.FailedPrecondition, "record %s of %s is %s, which is final", record.ID, record.Register, record.Status)
}

// PlanStatus plans a valid request of a body to move a record to another state. It
// fails as PlanAmend does, and with FAILED_PRECONDITION when the record is in a state
// that the operation does not start from.
func (r *Rules) PlanStatus(body string, q StatusRequest, existing *Record) (*Plan, error) {
	if err := r.mayChange(body, q.ID, q.Base, existing); err != nil {
		return nil, err
	}
	from, to := transition(q.Operation)
	if !slices.Contains(from, existing.Status) {
		return nil, fault.New(fault.FailedPrecondition, "record %s of %s is %s; to %s it, it has to be %s",
			existing.ID, existing.Register, existing.Status, q.Operation, joined(from, func(s Status) string { return string(s) }, " or "))
	}
	record := r.next(*existing, body, q.RequestID, q.Operation)
	record.Status, record.Reason, record.Note = to, q.Reason, q.Note
	if to == StatusRevoked || to == StatusRetired {
		record.OfferedTo = "" // nothing is left to accept
	}
	var err error
	if record.Effective, err = moment("effective", q.Effective, ""); err != nil {
		return nil, err
	}
	return r.newPlan(row{change: Change{Record: record}}), nil
}

// transition returns the states that an operation starts from, and the one it leads
// to.
func transition(operation Operation) (from []Status, to Status) {
	switch operation {
	case OpActivate:
		return []Status{StatusDraft}, StatusActive
	case OpSuspend:
		return []Status{StatusActive}, StatusSuspended
	case OpReinstate:
		return []Status{StatusSuspended}, StatusActive
	case OpRevoke:
		return []Status{StatusDraft, StatusActive, StatusSuspended}, StatusRevoked
	case OpRetire:
		return []Status{StatusActive, StatusSuspended}, StatusRetired
	}
	return nil, ""
}

// PlanTransfer plans a valid request of a body for one step of a record's way to
// another. It fails with NOT_FOUND, with PERMISSION_DENIED when the step is another
// body's or the body that is to own the record may not write, and with
// FAILED_PRECONDITION when the record is at another version, in a final state, or not
// at that step.
func (r *Rules) PlanTransfer(body string, q TransferRequest, existing *Record) (*Plan, error) {
	if q.Operation == OpOffer {
		return r.planOffer(body, q, existing)
	}
	if err := r.exists(q.ID, existing); err != nil {
		return nil, err
	}
	if existing.OfferedTo == "" {
		return nil, fault.New(fault.FailedPrecondition, "record %s of %s is not offered to any body", q.ID, r.register.ID)
	}
	if body != existing.OfferedTo && (q.Operation == OpAccept || body != existing.Owner) {
		return nil, fault.New(fault.PermissionDenied, "record %s of %s is offered to %s, not to %s", q.ID, r.register.ID, existing.OfferedTo, body)
	}
	if err := r.isCurrent(q.Base, *existing); err != nil {
		return nil, err
	}
	change := Change{Record: r.next(*existing, body, q.RequestID, q.Operation)}
	change.Record.OfferedTo = ""
	if q.Operation == OpAccept {
		if err := r.mayWrite(body); err != nil {
			return nil, err
		}
		change.PreviousOwner, change.Record.Owner = existing.Owner, body
	}
	return r.newPlan(row{change: change}), nil
}

func (r *Rules) planOffer(body string, q TransferRequest, existing *Record) (*Plan, error) {
	if err := r.mayChange(body, q.ID, q.Base, existing); err != nil {
		return nil, err
	}
	if err := r.isOpen(*existing); err != nil {
		return nil, err
	}
	switch {
	case existing.OfferedTo != "":
		return nil, fault.New(fault.FailedPrecondition, "record %s of %s is offered to %s already", q.ID, r.register.ID, existing.OfferedTo)
	case q.To == body:
		return nil, fault.New(fault.FailedPrecondition, "to: %s owns the record already", q.To)
	case !slices.Contains(r.register.writers(r.register.Steward), q.To):
		return nil, fault.New(fault.FailedPrecondition, "to: %s is not a writer of register %s", q.To, r.register.ID)
	}
	record := r.next(*existing, body, q.RequestID, OpOffer)
	record.OfferedTo = q.To
	return r.newPlan(row{change: Change{Record: record}}), nil
}
