package registry

import "encoding/json"

// CreateRegisterRequest defines a register, whose steward is the calling body.
type CreateRegisterRequest struct {
	RequestID string `json:"requestId"`
	Definition
}

// AmendRegisterRequest replaces the definition of a register of the calling body.
type AmendRegisterRequest struct {
	RequestID string `json:"requestId"`
	// Base is the version that the change is based on.
	Base int `json:"base"`
	Definition
}

// Item is a record to be created.
type Item struct {
	// ID is empty for an id that the register mints.
	ID string `json:"id,omitempty"`
	// Effective is RFC 3339 UTC; empty for the claimed time.
	Effective string          `json:"effective,omitempty"`
	Draft     bool            `json:"draft,omitempty"`
	Data      json.RawMessage `json:"data"`
	// PrivateHash is that of the private fields, stored before with PutPrivate.
	PrivateHash string `json:"privateHash,omitempty"`
}

// CreateRequest creates one record, owned by the calling body.
type CreateRequest struct {
	RequestID string `json:"requestId"`
	Register  string `json:"register"`
	Item
}

// ImportRequest creates 1 to MaxBatch records, all or nothing.
type ImportRequest struct {
	RequestID string `json:"requestId"`
	Register  string `json:"register"`
	Items     []Item `json:"items"`
}

// AmendRequest changes a record's data: by Data as a whole, or by Patch, a JSON
// merge patch (RFC 7396). Exactly one of them is given, or neither with a new
// PrivateHash.
type AmendRequest struct {
	RequestID   string          `json:"requestId"`
	Register    string          `json:"register"`
	ID          string          `json:"id"`
	Base        int             `json:"base"`
	Effective   string          `json:"effective,omitempty"`
	Data        json.RawMessage `json:"data,omitempty"`
	Patch       json.RawMessage `json:"patch,omitempty"`
	PrivateHash string          `json:"privateHash,omitempty"`
}

// StatusRequest moves a record to another state: OpActivate, OpSuspend,
// OpReinstate, OpRevoke or OpRetire.
type StatusRequest struct {
	RequestID string    `json:"requestId"`
	Register  string    `json:"register"`
	ID        string    `json:"id"`
	Base      int       `json:"base"`
	Operation Operation `json:"operation"`
	Effective string    `json:"effective,omitempty"`
	Reason    string    `json:"reason,omitempty"` // a code; needed to suspend and to revoke
	Note      string    `json:"note,omitempty"`   // a code, such as a file number
}

// TransferRequest is a step of a record's way to another body: OpOffer by its owner,
// with To; OpAccept by the body that it is offered to; OpDecline by either.
type TransferRequest struct {
	RequestID string    `json:"requestId"`
	Register  string    `json:"register"`
	ID        string    `json:"id"`
	Base      int       `json:"base"`
	Operation Operation `json:"operation"`
	To        string    `json:"to,omitempty"` // MSP ID
}

// AttestRequest states that the calling body vouches for a record as it stands, or
// for named fields of it. It replaces what the body attested of it before.
type AttestRequest struct {
	RequestID string `json:"requestId"`
	Register  string `json:"register"`
	ID        string `json:"id"`
	Base      int    `json:"base"`
	// Fields are members of the data; empty for all of it.
	Fields []string `json:"fields,omitempty"`
	// Statement is a code for what is attested, such as "checked-on-site".
	Statement string `json:"statement,omitempty"`
	// Withdraw takes the body's attestation back instead. Fields and Statement are empty then.
	Withdraw bool `json:"withdraw,omitempty"`
}

// DecisionRequest approves or rejects a proposal.
type DecisionRequest struct {
	RequestID string `json:"requestId"`
	Register  string `json:"register"`
	// Body and Proposal name the proposal: the body that made it, and its request id.
	Body     string `json:"body"`
	Proposal string `json:"proposal"`
	Reject   bool   `json:"reject,omitempty"`
	Reason   string `json:"reason,omitempty"` // a code; needed to reject
}

// ProposalRequest names a proposal: by the body that made it, and its request id.
type ProposalRequest struct {
	Register string `json:"register"`
	Body     string `json:"body"`
	Proposal string `json:"proposal"`
}

// PrivateItem names the private fields of one record by their hash.
type PrivateItem struct {
	ID   string `json:"id"`
	Hash string `json:"hash"`
}

// PutPrivateRequest stores private fields at one body, before the records that refer
// to them are written. The values are the transient value PrivateTransient, a
// JSON list of PrivateFields in the order of Items.
type PutPrivateRequest struct {
	RequestID string        `json:"requestId"`
	Register  string        `json:"register"`
	Body      string        `json:"body"` // MSP ID of the body that keeps them
	Items     []PrivateItem `json:"items"`
}

// PrivateTransient is the name of the transient value of PutPrivate.
const PrivateTransient = "private"

// PrivateFields are the private fields of one record, with the salt that makes
// their hash safe to publish. Their canonical JSON is what PrivateHash hashes.
type PrivateFields struct {
	V      int             `json:"v"`
	Salt   string          `json:"salt"` // standard base64 of MinSalt to MaxSalt random bytes
	Fields json.RawMessage `json:"fields"`
}

// PrivateRequest names private fields at the calling body: to read them, or, with a
// request id, to purge them.
type PrivateRequest struct {
	RequestID string `json:"requestId,omitempty"`
	Register  string `json:"register"`
	ID        string `json:"id"`
	Hash      string `json:"hash"`
}

// RegisterRequest names a register.
type RegisterRequest struct {
	Register string `json:"register"`
}

// RegistersRequest asks for a page of all registers, by id.
type RegistersRequest struct {
	PageSize int    `json:"pageSize,omitempty"`
	Bookmark string `json:"bookmark,omitempty"`
}

// View says how a record of an older schema version is shown.
type View string

// The views.
const (
	ViewStored  View = ""        // as it was written
	ViewCurrent View = "current" // brought to the register's present schema
)

// ReadRequest names a record.
type ReadRequest struct {
	Register string `json:"register"`
	ID       string `json:"id"`
	View     View   `json:"view,omitempty"`
}

// FindRequest asks for records by a unique or indexed field: those with Value, or,
// without Value, all that have the field, ordered by it, beginning at From.
type FindRequest struct {
	Register string          `json:"register"`
	Field    string          `json:"field"`
	Value    json.RawMessage `json:"value,omitempty"`
	From     json.RawMessage `json:"from,omitempty"`
	PageSize int             `json:"pageSize,omitempty"`
	Bookmark string          `json:"bookmark,omitempty"`
}

// ListRequest asks for a page of a register: its records by id, or its proposals.
type ListRequest struct {
	Register string `json:"register"`
	PageSize int    `json:"pageSize,omitempty"`
	Bookmark string `json:"bookmark,omitempty"`
}

// AsOfRequest asks what a register said of a record at a time: of the versions
// that were written by Known, the last one that was effective at At.
type AsOfRequest struct {
	Register string `json:"register"`
	ID       string `json:"id"`
	At       string `json:"at"`              // RFC 3339 UTC, business time
	Known    string `json:"known,omitempty"` // RFC 3339 UTC, claimed time; empty for all
}

// Outcome is what a change led to: a new version of the record, or, where the
// register asks for approvals, a proposal.
type Outcome struct {
	V        int       `json:"v"`
	Record   *Record   `json:"record,omitempty"`
	Proposal *Proposal `json:"proposal,omitempty"`
}

// ImportResult reports an import: its records share transaction and claimed time.
type ImportResult struct {
	V           int      `json:"v"`
	Register    string   `json:"register"`
	RequestID   string   `json:"requestId"`
	Owner       string   `json:"owner"`
	IDs         []string `json:"ids"`
	TxID        string   `json:"txId"`
	ClaimedTime string   `json:"claimedTime"`
}

// RowFault is what is wrong with one record of an import.
type RowFault struct {
	Row     int    `json:"row"` // from 0
	ID      string `json:"id,omitempty"`
	Code    string `json:"code"`              // of package fault
	Pointer string `json:"pointer,omitempty"` // JSON pointer (RFC 6901) into the row's data
	Message string `json:"message"`
}

// ImportReport is the judgement on an import that was not carried out.
type ImportReport struct {
	V      int        `json:"v"`
	Rows   int        `json:"rows"`
	Faults []RowFault `json:"faults"`
}

// Attestation is a body's word for a record, or for fields of it.
type Attestation struct {
	V             int      `json:"v"`
	Register      string   `json:"register"`
	ID            string   `json:"id"`
	Body          string   `json:"body"`
	RecordVersion int      `json:"recordVersion"`
	Fields        []string `json:"fields,omitempty"` // empty: all
	Statement     string   `json:"statement,omitempty"`
	Withdrawn     bool     `json:"withdrawn,omitempty"`
	RequestID     string   `json:"requestId"`
	TxID          string   `json:"txId"`
	ClaimedTime   string   `json:"claimedTime"`
}

// AttestationView is an attestation beside the record's present version. An
// attestation of all fields stands until any changes; one of named fields loses
// exactly those that were changed since.
type AttestationView struct {
	Attestation
	Stands bool `json:"stands"` // for at least one field, and not withdrawn
	// Standing and Lost part Fields; both are empty for an attestation of all.
	Standing []string `json:"standing,omitempty"`
	Lost     []string `json:"lost,omitempty"`
}

// RecordView is a record with the attestations of it.
type RecordView struct {
	V            int               `json:"v"`
	Record       Record            `json:"record"`
	Attestations []AttestationView `json:"attestations,omitempty"`
}

// Verdict is a body's word on a proposal.
type Verdict struct {
	Body        string `json:"body"`
	Approves    bool   `json:"approves"`
	Reason      string `json:"reason,omitempty"`
	TxID        string `json:"txId"`
	ClaimedTime string `json:"claimedTime"`
}

// ProposalStatus is the state of a proposal. An open proposal whose time is over is
// expired whether or not the ledger says so yet.
type ProposalStatus string

// The states of a proposal. All but open are final.
const (
	ProposalOpen     ProposalStatus = "open"
	ProposalApplied  ProposalStatus = "applied"
	ProposalRejected ProposalStatus = "rejected"
)

// Proposal is a change that waits for approvals.
type Proposal struct {
	V         int    `json:"v"`
	Register  string `json:"register"`
	Body      string `json:"body"`      // that proposes
	RequestID string `json:"requestId"` // with Body, its name
	// RegisterVersion is that under which it was proposed; a change of the register
	// ends it.
	RegisterVersion int            `json:"registerVersion"`
	Operation       Operation      `json:"operation"`
	ID              string         `json:"id"` // of the record
	Status          ProposalStatus `json:"status"`
	// Exactly one of these is the change.
	Create   *CreateRequest   `json:"create,omitempty"`
	Amend    *AmendRequest    `json:"amend,omitempty"`
	Move     *StatusRequest   `json:"move,omitempty"`
	Transfer *TransferRequest `json:"transfer,omitempty"`

	Needed      int       `json:"needed"` // approvals
	Eligible    []string  `json:"eligible"`
	Verdicts    []Verdict `json:"verdicts,omitempty"`
	Expires     string    `json:"expires"`
	TxID        string    `json:"txId"`
	ClaimedTime string    `json:"claimedTime"`
}

// Page is one page of records; an empty Bookmark means that it is the last.
type Page struct {
	Items    []Record `json:"items"`
	Bookmark string   `json:"bookmark,omitempty"`
}

// RegisterPage is one page of registers.
type RegisterPage struct {
	Items    []Register `json:"items"`
	Bookmark string     `json:"bookmark,omitempty"`
}

// ProposalPage is one page of proposals.
type ProposalPage struct {
	Items    []Proposal `json:"items"`
	Bookmark string     `json:"bookmark,omitempty"`
}

// History is every committed version of a record, oldest first.
type History struct {
	Versions []Record `json:"versions"`
}

// RegisterHistory is every committed version of a register, oldest first.
type RegisterHistory struct {
	Versions []Register `json:"versions"`
}

// AsOf is the answer to an AsOfRequest.
type AsOf struct {
	V     int    `json:"v"`
	At    string `json:"at"`
	Known string `json:"known,omitempty"`
	// Record is the version that held, and Entitled says whether its writer was one of
	// the register's writers under RegisterVersion, the definition in force then.
	Record   Record `json:"record"`
	Entitled bool   `json:"entitled"`
	// EntitledAt says whether the owner was among the writers at At.
	EntitledAt bool `json:"entitledAt"`
	// Register is the definition that was in force at At.
	Register Register `json:"registerAt"`
}

// The names of the chaincode's events. A transaction that changes something has
// exactly one.
const (
	EventRegister    = "registry.register"    // defined or amended
	EventRecords     = "registry.records"     // created or changed
	EventProposal    = "registry.proposal"    // made, approved so far, or rejected
	EventAttestation = "registry.attestation" // made or withdrawn
	EventPrivate     = "registry.private"     // stored or purged
)

// Event is the payload of every event.
type Event struct {
	V         int       `json:"v"`
	Register  string    `json:"register"`
	Body      string    `json:"body"`
	RequestID string    `json:"requestId"`
	Operation Operation `json:"operation,omitempty"`
	// IDs are the records concerned, Version is that of the first: of an import all
	// have version 1.
	IDs         []string `json:"ids,omitempty"`
	Version     int      `json:"version,omitempty"`
	ClaimedTime string   `json:"claimedTime"`
}
