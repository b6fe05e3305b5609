package registry

import (
	"encoding/json"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
)

// The Parse functions read a request as a client sends it: one strict JSON value
// (see package canonical) of a bounded size, whose fields are all valid. They fail
// with INVALID_ARGUMENT and a sentence that names the field.

// ParseCreateRegisterRequest reads and checks the argument of CreateRegister.
func ParseCreateRegisterRequest(s string) (CreateRegisterRequest, error) {
	return check.Parse(s, MaxRequestBytes, CreateRegisterRequest.Validate)
}

// ParseAmendRegisterRequest reads and checks the argument of AmendRegister.
func ParseAmendRegisterRequest(s string) (AmendRegisterRequest, error) {
	return check.Parse(s, MaxRequestBytes, AmendRegisterRequest.Validate)
}

// ParseCreateRequest reads and checks the argument of Create.
func ParseCreateRequest(s string) (CreateRequest, error) {
	return check.Parse(s, MaxRequestBytes, CreateRequest.Validate)
}

// ParseImportRequest reads the argument of Import. Its items are checked one by one
// when the import is planned, so that a report can name all that is wrong.
func ParseImportRequest(s string) (ImportRequest, error) {
	return check.Parse(s, MaxImportBytes, ImportRequest.Validate)
}

// ParseAmendRequest reads and checks the argument of Amend.
func ParseAmendRequest(s string) (AmendRequest, error) {
	return check.Parse(s, MaxRequestBytes, AmendRequest.Validate)
}

// ParseStatusRequest reads and checks the argument of the changes of status.
func ParseStatusRequest(s string) (StatusRequest, error) {
	return check.Parse(s, MaxRequestBytes, StatusRequest.Validate)
}

// ParseTransferRequest reads and checks the argument of the steps of a transfer.
func ParseTransferRequest(s string) (TransferRequest, error) {
	return check.Parse(s, MaxRequestBytes, TransferRequest.Validate)
}

// ParseAttestRequest reads and checks the argument of Attest.
func ParseAttestRequest(s string) (AttestRequest, error) {
	return check.Parse(s, MaxRequestBytes, AttestRequest.Validate)
}

// ParseDecisionRequest reads and checks the argument of Decide.
func ParseDecisionRequest(s string) (DecisionRequest, error) {
	return check.Parse(s, MaxRequestBytes, DecisionRequest.Validate)
}

// Validate checks every field, and that the schema compiles.
func (r CreateRegisterRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if r.Upgrade != nil {
		return check.Invalid("upgrade", "is for a changed schema; a new register has none")
	}
	return r.Definition.Validate()
}

// Validate checks every field, and that the schema compiles.
func (r AmendRegisterRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if err := checkBase(r.Base); err != nil {
		return err
	}
	return r.Definition.Validate()
}

func checkBase(base int) error {
	if base < 1 {
		return check.Invalid("base", "%d is not the number of a version", base)
	}
	return nil
}

// Validate checks every field. Whether the data is as the schema says is for Rules.
func (r CreateRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if err := checkID("register", r.Register); err != nil {
		return err
	}
	_, err := r.Item.read()
	return err
}

// read checks every field of an item and reads its data.
func (i Item) read() (document, error) {
	if i.ID != "" {
		if err := checkID("id", i.ID); err != nil {
			return document{}, err
		}
	}
	if err := checkMoment("effective", i.Effective); err != nil {
		return document{}, err
	}
	if i.PrivateHash != "" {
		if err := check.Hash("privateHash", i.PrivateHash); err != nil {
			return document{}, err
		}
	}
	if len(i.Data) == 0 {
		return document{}, misplaced("data", "", "is missing")
	}
	return readDocument("data", i.Data, MaxRecordBytes)
}

// checkMoment checks a time that the ledger writes; the empty text passes.
func checkMoment(field, s string) error {
	_, err := moment(field, s, "")
	return err
}

// moment returns a time as the ledger writes it, and absent for the empty text.
func moment(field, s, absent string) (string, error) {
	if s == "" {
		return absent, nil
	}
	t, err := check.Time(field, s)
	if err != nil {
		return "", err
	}
	written, err := canonical.FormatTime(t)
	if err != nil {
		return "", check.Invalid(field, "%v", err)
	}
	return written, nil
}

// Validate checks every field but those of the items, and the number of items.
func (r ImportRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if err := checkID("register", r.Register); err != nil {
		return err
	}
	return checkCount("items", len(r.Items))
}

func checkCount(field string, n int) error {
	if n == 0 || n > MaxBatch {
		return check.Invalid(field, "has %d entries, not 1 to %d", n, MaxBatch)
	}
	return nil
}

// recordNamed checks what names a record and the version that a change is based on.
func recordNamed(requestID, register, id string, base int) error {
	if err := check.RequestID("requestId", requestID); err != nil {
		return err
	}
	if err := checkRecord(register, id); err != nil {
		return err
	}
	return checkBase(base)
}

func checkRecord(register, id string) error {
	if err := checkID("register", register); err != nil {
		return err
	}
	return checkID("id", id)
}

// Validate checks every field. Whether the data is as the schema says is for Rules.
func (r AmendRequest) Validate() error {
	if err := recordNamed(r.RequestID, r.Register, r.ID, r.Base); err != nil {
		return err
	}
	if err := checkMoment("effective", r.Effective); err != nil {
		return err
	}
	if r.PrivateHash != "" {
		if err := check.Hash("privateHash", r.PrivateHash); err != nil {
			return err
		}
	}
	switch {
	case len(r.Data) > 0 && len(r.Patch) > 0:
		return check.Invalid("patch", "is given beside data; a record is changed by one of them")
	case len(r.Data) > 0:
		_, err := readDocument("data", r.Data, MaxRecordBytes)
		return err
	case len(r.Patch) > 0:
		_, err := readDocument("patch", r.Patch, MaxRecordBytes)
		return err
	case r.PrivateHash == "":
		return check.Invalid("data", "is missing, and so are patch and privateHash: there is nothing to change")
	}
	return nil
}

// Validate checks every field.
func (r StatusRequest) Validate() error {
	if err := recordNamed(r.RequestID, r.Register, r.ID, r.Base); err != nil {
		return err
	}
	switch r.Operation {
	case OpActivate, OpReinstate, OpRetire:
	case OpSuspend, OpRevoke:
		if r.Reason == "" {
			return check.Invalid("reason", "is missing; it is needed to %s", r.Operation)
		}
	default:
		return check.Invalid("operation", "%s is not one of %s, %s, %s, %s and %s", check.Quote(string(r.Operation)),
			OpActivate, OpSuspend, OpReinstate, OpRevoke, OpRetire)
	}
	if err := checkMoment("effective", r.Effective); err != nil {
		return err
	}
	if err := check.Code("reason", r.Reason); err != nil {
		return err
	}
	return check.Code("note", r.Note)
}

// Validate checks every field.
func (r TransferRequest) Validate() error {
	if err := recordNamed(r.RequestID, r.Register, r.ID, r.Base); err != nil {
		return err
	}
	switch r.Operation {
	case OpOffer:
		return check.Body("to", r.To)
	case OpAccept, OpDecline:
		if r.To != "" {
			return check.Invalid("to", "is given, though only an offer goes to a body")
		}
		return nil
	}
	return check.Invalid("operation", "%s is not one of %s, %s and %s", check.Quote(string(r.Operation)), OpOffer, OpAccept, OpDecline)
}

// Validate checks every field.
func (r AttestRequest) Validate() error {
	if err := recordNamed(r.RequestID, r.Register, r.ID, r.Base); err != nil {
		return err
	}
	if r.Withdraw && (len(r.Fields) > 0 || r.Statement != "") {
		return check.Invalid("withdraw", "is true beside fields or a statement; an attestation is withdrawn whole")
	}
	if err := checkList("fields", r.Fields, maxAttested, checkField); err != nil {
		return err
	}
	return check.Code("statement", r.Statement)
}

// Validate checks every field.
func (r DecisionRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if err := checkID("register", r.Register); err != nil {
		return err
	}
	if err := check.Body("body", r.Body); err != nil {
		return err
	}
	if err := check.RequestID("proposal", r.Proposal); err != nil {
		return err
	}
	if r.Reject && r.Reason == "" {
		return check.Invalid("reason", "is missing; it is needed to reject")
	}
	return check.Code("reason", r.Reason)
}

// ContentHash returns what identifies the content of a request to a function, as
// check.ContentHash does. Requests whose data differs only in how its JSON is
// written are the same.
func ContentHash(function string, request any) (string, error) {
	content, err := canonical.Marshal(request)
	if err != nil {
		// Data that has no canonical form is refused where it is read; until then,
		// what the request says as it stands is good enough to know it again.
		return check.ContentHash(function, request)
	}
	return check.ContentHash(function, json.RawMessage(content))
}
