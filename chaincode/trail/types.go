// Package trail is the pure domain of audit trails: who did what, to whose data, and
// why. It says what a trail, a batch and an entry are, which requests are well-formed,
// and how a trail's state moves.
//
// A body keeps one trail for each of its systems. What a system records, it appends in
// numbered batches, so that an auditor can tell that everything it sent is there. The
// package knows neither Fabric nor any clock: the caller supplies who asks, the
// transaction and its claimed time. The same types travel as JSON between client and
// chaincode.
package trail

import "github.com/psbc-lu/psbc/chaincode/check"

// SchemaVersion is the "v" of every value that this package defines.
const SchemaVersion = 1

// Limits of the public interface. Lengths are bytes of UTF-8.
const (
	MaxEntries      = 5000 // in one batch
	MaxPageSize     = check.MaxPageSize
	DefaultPageSize = check.DefaultPageSize

	MinRequestID   = check.MinRequestID
	MaxRequestID   = check.MaxRequestID
	MaxID          = 64 // of a trail
	MaxSource      = 32 // name of what appends to a trail
	MaxCode        = check.MaxCode
	MaxTitle       = 256
	MaxRecords     = 1024 // what a trail records, in words
	MaxLegal       = 256
	MaxReaders     = 64
	MaxActions     = 64 // of a trail, beside the common ones
	MaxCorrelation = 128
	MaxKeyID       = 16            // of a pseudonym's key
	MaxNumber      = 1_000_000_000 // of a batch
	MaxDays        = 36_525        // of retention: a hundred years

	MaxEntryBytes   = 8 << 10 // of one entry, as canonical JSON
	MaxAppendBytes  = 4 << 20 // of a request to append or reveal
	MaxRequestBytes = 64 << 10

	// ChunkEntries is how many entries are stored under one key. Readers fetch whole
	// chunks, and each key costs a write at every peer.
	ChunkEntries = 50
)

// ToleranceSeconds is how far a time may lie after the transaction's claimed time: clocks of
// systems differ.
const ToleranceSeconds = 300

// Actions that every trail may record. A trail's definition may add its own.
const (
	ActionRead     = "read"
	ActionSearch   = "search"
	ActionCreate   = "create"
	ActionAmend    = "amend"
	ActionDelete   = "delete"
	ActionExport   = "export"
	ActionDisclose = "disclose"
	ActionLogin    = "login"
	ActionLogout   = "logout"
	ActionDecide   = "decide"
	ActionGrant    = "grant"
	ActionRevoke   = "revoke"
)

// Outcome says how an act ended.
type Outcome string

// Outcomes of an act.
const (
	OutcomeSuccess Outcome = "success"
	OutcomeFailure Outcome = "failure"
	OutcomeDenied  Outcome = "denied"
)

// Titles names a trail in the languages of the country. At least one is given.
type Titles struct {
	De string `json:"de,omitempty"`
	En string `json:"en,omitempty"`
	Fr string `json:"fr,omitempty"`
	Lb string `json:"lb,omitempty"`
}

// Definition is what a body says of a trail.
type Definition struct {
	ID     string `json:"id"`
	Titles Titles `json:"titles"`
	// Records says, in words, what the trail records, such as "accesses to civil status".
	Records string `json:"records"`
	// LegalBasis is an ELI URI or a text code.
	LegalBasis string `json:"legalBasis"`
	// Retention is the code of the rule that says how long entries are kept, and
	// RetentionDays how long that is, counted from the batch's claimed time.
	Retention     string `json:"retention"`
	RetentionDays int    `json:"retentionDays"`
	// Actions are codes of the trail's own, beside the common ones.
	Actions []string `json:"actions,omitempty"`
	// Readers are the MSP IDs of the bodies that may read the entries beside the trail's
	// own; empty for all.
	Readers []string `json:"readers,omitempty"`
}

// Trail is a trail as the ledger has it.
type Trail struct {
	Definition
	Body        string `json:"body"`    // MSP ID of the body whose trail it is
	Version     int    `json:"version"` // of the definition, from 1
	ClaimedTime string `json:"claimedTime"`
	TxID        string `json:"txId"`
	RequestID   string `json:"requestId"`
	V           int    `json:"v"`
}

// Entry is one act. It has no place for a name: those who acted and those concerned are
// pseudonyms, and everything else is a code, a time or a hash.
type Entry struct {
	Action string `json:"action"`
	Actor  string `json:"actor"` // pseudonym
	// Basis is the code of the legal basis of the act.
	Basis string `json:"basis,omitempty"`
	// Correlation ties acts of several systems together, such as a request's trace id.
	Correlation string `json:"correlation,omitempty"`
	// DetailHash is the SHA-256, in hexadecimal, of salted detail that stays with the body.
	DetailHash string `json:"detailHash,omitempty"`
	// OccurredAt is the system's own time of the act, RFC 3339 UTC.
	OccurredAt string  `json:"occurredAt"`
	Outcome    Outcome `json:"outcome"`
	Purpose    string  `json:"purpose,omitempty"` // code
	// Subject is the pseudonym of the person concerned; empty when the act concerns nobody.
	Subject string `json:"subject,omitempty"`
}

// Batch is the head of a batch: what a system sent under one number, and when.
type Batch struct {
	Trail  string `json:"trail"`
	Source string `json:"source"` // what appended it; each source numbers its own batches
	Number int    `json:"number"` // from 1
	// Previous is the number that the source sent before, 0 for none. It is Number-1
	// unless the source declares a gap, with its reason.
	Previous  int    `json:"previous"`
	GapReason string `json:"gapReason,omitempty"`
	Entries   int    `json:"entries"`
	Body      string `json:"body"` // MSP ID
	// RetentionDays is the trail's when the batch was appended. A shorter one comes too late.
	RetentionDays int `json:"retentionDays"`
	// First and Last are the earliest and the latest OccurredAt; empty while sealed.
	First string `json:"first,omitempty"`
	Last  string `json:"last,omitempty"`
	// Content is the SHA-256, in hexadecimal, of the request without its id.
	Content string `json:"content"`
	// RevealAfter is when a sealed batch may be revealed; empty for one that is not sealed.
	RevealAfter string `json:"revealAfter,omitempty"`
	ClaimedTime string `json:"claimedTime"`
	TxID        string `json:"txId"`
	RequestID   string `json:"requestId"`
	V           int    `json:"v"`
}

// Located is an entry with its place.
type Located struct {
	Trail       string `json:"trail"`
	Body        string `json:"body"`
	Source      string `json:"source"`
	Number      int    `json:"number"`   // of its batch
	Position    int    `json:"position"` // in its batch, from 0
	ClaimedTime string `json:"claimedTime"`
	TxID        string `json:"txId"` // that appended it
	// Revealed is the transaction that revealed it; empty for one that was never sealed.
	Revealed string `json:"revealed,omitempty"`
	Entry    Entry  `json:"entry"`
}

// Reveal is the record that a sealed batch was revealed.
type Reveal struct {
	Trail       string `json:"trail"`
	Source      string `json:"source"`
	Number      int    `json:"number"`
	ClaimedTime string `json:"claimedTime"`
	TxID        string `json:"txId"`
	RequestID   string `json:"requestId"`
	V           int    `json:"v"`
}

// Removal is the record that a batch's entries were removed from the world state,
// because their time was over. The blocks keep them.
type Removal struct {
	Trail       string `json:"trail"`
	Source      string `json:"source"`
	Number      int    `json:"number"`
	Retention   string `json:"retention"`     // as the definition said at that time
	Days        int    `json:"retentionDays"` // that had to be over
	ClaimedTime string `json:"claimedTime"`
	TxID        string `json:"txId"`
	RequestID   string `json:"requestId"`
	V           int    `json:"v"`
}

// Tx is the transaction that changes something.
type Tx struct {
	ID          string
	ClaimedTime string // canonical.TimeLayout
	Body        string // MSP ID of the caller
}
