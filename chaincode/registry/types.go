// Package registry is the pure domain of public registers: what a register and a
// record are, which requests are well-formed, and how their state moves.
//
// A body defines a register once, with a JSON Schema for its records, and then
// keeps it, alone or with others, without writing chaincode. The package knows
// neither Fabric nor any clock: the caller supplies who asks, the transaction and
// its claimed time. The same types travel as JSON between client and chaincode.
package registry

import (
	"encoding/json"

	"github.com/psbc-lu/psbc/chaincode/check"
)

// SchemaVersion is the "v" of every value that this package defines.
const SchemaVersion = 1

// Limits of the public interface. Lengths are bytes of UTF-8.
const (
	MaxBatch        = 1000 // records in one import
	MaxPageSize     = check.MaxPageSize
	DefaultPageSize = check.DefaultPageSize

	MinRequestID = check.MinRequestID
	MaxRequestID = check.MaxRequestID
	MaxID        = 64 // of a register or a record
	MaxCode      = check.MaxCode
	MaxTitle     = 256
	MaxLegal     = 256
	MaxBodies    = 64 // in each list of a register
	MaxFields    = 16 // in each list of a register
	MaxApprovals = 10
	MaxDays      = 365 // of a proposal's life
	DefaultDays  = 30

	MaxSchemaBytes   = 64 << 10
	MaxRecordBytes   = 256 << 10     // data of one record
	MaxDepth         = 32            // of a schema, and of a record's data
	MaxSubschemas    = 10_000        // of a schema with its references written out
	MaxPattern       = 256           // of one regular expression
	MaxIndexed       = 256           // of a value of a unique or indexed field
	MinSalt          = check.MinSalt // bytes, before encoding
	MaxSalt          = check.MaxSalt
	MaxRequestBytes  = 512 << 10
	MaxImportBytes   = 8 << 20
	MaxPrivateBytes  = 64 << 10 // private fields of one record
	MaxPrivateImport = 4 << 20
)

// Titles names a register in the languages of the country. At least one is given.
type Titles struct {
	De string `json:"de,omitempty"`
	En string `json:"en,omitempty"`
	Fr string `json:"fr,omitempty"`
	Lb string `json:"lb,omitempty"`
}

// IDRule says what the ids of records look like.
type IDRule struct {
	// Pattern is a regular expression (RE2, anchored) that ids have to match;
	// empty for any id of letters, digits, dot, dash and underscore.
	Pattern string `json:"pattern,omitempty"`
	// Mint is a template for the ids of records that are created without one, such as
	// "DWL-{year}-{8}": {year} is the claimed time's, {N} are N characters (6 to
	// 26) of a hash of the request, {check} is an ISO 7064 MOD 37-2 check character
	// over what stands before it. Empty: every record is given an id.
	Mint string `json:"mint,omitempty"`
}

// Reference says that a field holds the id, or a list of ids, of records in
// another register (or the same one).
type Reference struct {
	Field    string `json:"field"`
	Register string `json:"register"`
}

// Private says which fields never reach public state, and at which bodies their
// values are kept.
type Private struct {
	Fields []string `json:"fields"`
	Bodies []string `json:"bodies"` // MSP IDs
}

// Rename is one member that an older schema version called otherwise.
type Rename struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Default is a member that a record of an older schema version lacks.
type Default struct {
	Field string          `json:"field"`
	Value json.RawMessage `json:"value"`
}

// Upgrade says how records of the schema version before are read under this
// one: members renamed, then removed, then added where they are missing.
type Upgrade struct {
	Rename  []Rename  `json:"rename,omitempty"`
	Remove  []string  `json:"remove,omitempty"`
	Default []Default `json:"default,omitempty"`
}

// Definition is what a steward says of a register. Fields are named by the member
// of a record's data, at its top level.
type Definition struct {
	ID     string `json:"id"`
	Titles Titles `json:"titles"`
	// LegalBasis is an ELI URI or a text code.
	LegalBasis string `json:"legalBasis,omitempty"`
	// Retention is a code of the body's own retention schedule.
	Retention string `json:"retention,omitempty"`
	// Writers are the bodies that may create and change records, by MSP ID; empty
	// for the steward alone.
	Writers []string `json:"writers,omitempty"`
	// Attesters are the bodies that may attest records; empty for nobody.
	Attesters []string `json:"attesters,omitempty"`
	// Approvals is how many other bodies have to approve a change; 0: none.
	Approvals int `json:"approvals,omitempty"`
	// Approvers are the bodies that may approve; empty for the writers. A body
	// never approves its own proposal.
	Approvers []string `json:"approvers,omitempty"`
	// ProposalDays is how long a proposal waits for approvals; 0 for DefaultDays.
	ProposalDays int         `json:"proposalDays,omitempty"`
	IDs          IDRule      `json:"ids"`
	Unique       []string    `json:"unique,omitempty"`
	Indexed      []string    `json:"indexed,omitempty"`
	Private      *Private    `json:"private,omitempty"`
	References   []Reference `json:"references,omitempty"`
	// Schema is the JSON Schema (2020-12) of the public data of records.
	Schema json.RawMessage `json:"schema"`
	// Upgrade is for a changed schema: how older records are read.
	Upgrade *Upgrade `json:"upgrade,omitempty"`
}

// Register is a register as the ledger holds it.
type Register struct {
	V       int    `json:"v"`
	Steward string `json:"steward"` // MSP ID
	// Version counts definitions from 1, SchemaVersion counts schemas from 1.
	Version       int `json:"version"`
	SchemaVersion int `json:"schemaVersion"`
	Definition
	RequestID   string `json:"requestId"`
	TxID        string `json:"txId"`
	ClaimedTime string `json:"claimedTime"`
}

// Status is the state of a record.
type Status string

// The states. Revoked and retired are final.
const (
	StatusDraft     Status = "draft"     // not in force yet
	StatusActive    Status = "active"    // in force
	StatusSuspended Status = "suspended" // out of force for a while
	StatusRevoked   Status = "revoked"   // should not have been, or not any more
	StatusRetired   Status = "retired"   // came to its regular end
)

// Operation is what a change does to a record.
type Operation string

// The operations.
const (
	OpCreate    Operation = "create"
	OpAmend     Operation = "amend"
	OpActivate  Operation = "activate" // a draft
	OpSuspend   Operation = "suspend"
	OpReinstate Operation = "reinstate"
	OpRevoke    Operation = "revoke"
	OpRetire    Operation = "retire"
	OpOffer     Operation = "offer"   // to another body
	OpAccept    Operation = "accept"  // by that body
	OpDecline   Operation = "decline" // by that body, or by the owner
)

// FieldVersion is the record version in which a member of the data was last
// changed. Members that are as they were created are left out.
type FieldVersion struct {
	Field   string `json:"field"`
	Version int    `json:"version"`
}

// Record is a record as the ledger holds it.
type Record struct {
	V        int    `json:"v"`
	Register string `json:"register"`
	ID       string `json:"id"`
	// Version counts the record's changes from 1.
	Version int    `json:"version"`
	Status  Status `json:"status"`
	Owner   string `json:"owner"` // MSP ID
	// Writer is the body that made this version: the owner, or at OpAccept and
	// OpDecline the body that answers.
	Writer    string    `json:"writer"`
	Operation Operation `json:"operation"`
	// RegisterVersion and SchemaVersion are those under which Data was written.
	RegisterVersion int             `json:"registerVersion"`
	SchemaVersion   int             `json:"schemaVersion"`
	Data            json.RawMessage `json:"data"`
	// PrivateHash is the lower-case hex SHA-256 of the salted private fields; empty
	// when there are none.
	PrivateHash string         `json:"privateHash,omitempty"`
	Changed     []FieldVersion `json:"changed,omitempty"`
	// OfferedTo is the body that the record is offered to.
	OfferedTo string `json:"offeredTo,omitempty"`
	// Reason and Note are codes that say why the status is what it is.
	Reason string `json:"reason,omitempty"`
	Note   string `json:"note,omitempty"`
	// Effective is the business time from which this version holds, RFC 3339 UTC.
	Effective string `json:"effective"`
	RequestID string `json:"requestId"`
	// Approvers are the bodies that approved this version, where it needed it.
	Approvers   []string `json:"approvers,omitempty"`
	TxID        string   `json:"txId"`
	ClaimedTime string   `json:"claimedTime"`
}
