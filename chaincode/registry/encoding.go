package registry

import (
	"encoding/json"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
)

// canonicalRecord is Record with its members in canonical order, as
// canonical.MarshalSorted requires. An import encodes a thousand records at every
// endorser, where sorting members each time is what most of the time would go to.
type canonicalRecord struct {
	Approvers       []string        `json:"approvers,omitempty"`
	Changed         []FieldVersion  `json:"changed,omitempty"` // in canonical order
	ClaimedTime     string          `json:"claimedTime"`
	Data            json.RawMessage `json:"data"` // canonical
	Effective       string          `json:"effective"`
	ID              string          `json:"id"`
	Note            string          `json:"note,omitempty"`
	OfferedTo       string          `json:"offeredTo,omitempty"`
	Operation       Operation       `json:"operation"`
	Owner           string          `json:"owner"`
	PrivateHash     string          `json:"privateHash,omitempty"`
	Reason          string          `json:"reason,omitempty"`
	Register        string          `json:"register"`
	RegisterVersion int             `json:"registerVersion"`
	RequestID       string          `json:"requestId"`
	SchemaVersion   int             `json:"schemaVersion"`
	Status          Status          `json:"status"`
	TxID            string          `json:"txId"`
	V               int             `json:"v"`
	Version         int             `json:"version"`
	Writer          string          `json:"writer"`
}

// Encode returns the canonical JSON (RFC 8785) of r: the value that the ledger
// stores, and so what evidence is about. It requires that Data is canonical JSON, as
// that of every Change is.
func (r Record) Encode() ([]byte, error) {
	return canonical.MarshalSorted(canonicalRecord{
		Approvers:       r.Approvers,
		Changed:         r.Changed,
		ClaimedTime:     r.ClaimedTime,
		Data:            r.Data,
		Effective:       r.Effective,
		ID:              r.ID,
		Note:            r.Note,
		OfferedTo:       r.OfferedTo,
		Operation:       r.Operation,
		Owner:           r.Owner,
		PrivateHash:     r.PrivateHash,
		Reason:          r.Reason,
		Register:        r.Register,
		RegisterVersion: r.RegisterVersion,
		RequestID:       r.RequestID,
		SchemaVersion:   r.SchemaVersion,
		Status:          r.Status,
		TxID:            r.TxID,
		V:               r.V,
		Version:         r.Version,
		Writer:          r.Writer,
	})
}

// DecodeRecord reads what Encode wrote, and checks it as Validate does.
func DecodeRecord(value []byte) (Record, error) {
	return check.Decode("record", value, Record.Validate)
}

// Encode returns the canonical JSON (RFC 8785) of r, the value that the ledger stores.
func (r Register) Encode() ([]byte, error) { return canonical.Marshal(r) }

// DecodeRegister reads what Encode wrote, and checks it as Validate does.
func DecodeRegister(value []byte) (Register, error) {
	return check.Decode("register", value, Register.Validate)
}

// Encode returns the canonical JSON (RFC 8785) of a, the value that the ledger stores.
func (a Attestation) Encode() ([]byte, error) { return canonical.Marshal(a) }

// DecodeAttestation reads what Encode wrote, and checks it as Validate does.
func DecodeAttestation(value []byte) (Attestation, error) {
	return check.Decode("attestation", value, Attestation.Validate)
}

// Encode returns the canonical JSON (RFC 8785) of p, the value that the ledger stores.
func (p Proposal) Encode() ([]byte, error) { return canonical.Marshal(p) }

// DecodeProposal reads what Encode wrote, and checks it as Validate does.
func DecodeProposal(value []byte) (Proposal, error) {
	return check.Decode("proposal", value, Proposal.Validate)
}

// Encode returns the event's canonical JSON.
func (e Event) Encode() ([]byte, error) { return canonical.Marshal(e) }

// DecodeEvent reads the payload of an event.
func DecodeEvent(payload []byte) (Event, error) {
	var e Event
	err := canonical.Unmarshal(payload, &e)
	return e, err
}
