// Package notary is the pure domain of document notarisation: what a
// notarisation is, which requests are well-formed, and how its state moves.
//
// It knows neither Fabric nor any clock: the caller supplies the caller's
// identity, the transaction and its claimed time. The same types travel as
// JSON between client and chaincode, so the gateway client imports this package
// and no type is written twice.
package notary

import "github.com/psbc-lu/psbc/chaincode/check"

// SchemaVersion is the "v" of every value this package defines.
const SchemaVersion = 1

// Limits of the public interface. Lengths are bytes of UTF-8.
const (
	MaxBatch          = 1000              // digests in one NotariseBatch
	MaxPageSize       = check.MaxPageSize // records in one page
	DefaultPageSize   = check.DefaultPageSize
	MaxReference      = 256
	MaxCode           = check.MaxCode // document type and note codes
	MinRequestID      = check.MinRequestID
	MaxRequestID      = check.MaxRequestID
	MinSalt           = check.MinSalt // bytes, before encoding
	MaxSalt           = check.MaxSalt
	MaxDetailsTitle   = 512
	MaxDetailsFile    = 255
	MaxDetailsPersons = 64
	MaxDetailsPerson  = 256

	MaxRequestBytes      = 16 << 10 // any request but a batch
	MaxBatchRequestBytes = 4 << 20
	MaxDetailsBytes      = 64 << 10
)

// Status is the state of a notarisation.
type Status string

// The states. Revoked and superseded are final.
const (
	StatusActive     Status = "active"
	StatusRevoked    Status = "revoked"
	StatusSuperseded Status = "superseded"
)

// Reason is a revocation reason of the fixed list.
type Reason string

// The revocation reasons; [Reasons] lists them.
const (
	ReasonIssuedInError     Reason = "issued-in-error"
	ReasonContentIncorrect  Reason = "content-incorrect"
	ReasonWithdrawn         Reason = "withdrawn"
	ReasonCompromised       Reason = "compromised"
	ReasonCourtOrder        Reason = "court-order"
	ReasonLegalBasisExpired Reason = "legal-basis-expired"
	ReasonOther             Reason = "other"
)

// Notarisation is the public record of one (digest, body).
type Notarisation struct {
	V            int         `json:"v"`
	Digest       Digest      `json:"digest"`
	Body         string      `json:"body"` // MSP ID of the owning body
	RequestID    string      `json:"requestId"`
	Type         string      `json:"type,omitempty"`
	Reference    string      `json:"reference,omitempty"`
	ValidFrom    string      `json:"validFrom,omitempty"`  // RFC 3339 UTC
	ValidUntil   string      `json:"validUntil,omitempty"` // RFC 3339 UTC
	Supersedes   Digest      `json:"supersedes,omitempty"`
	SupersededBy Digest      `json:"supersededBy,omitempty"`
	Status       Status      `json:"status"`
	Revocation   *Revocation `json:"revocation,omitempty"`
	// DetailsHash is the lower-case hex SHA-256 of the salted private details as
	// stored in the body's private collection; empty when there are none.
	DetailsHash string `json:"detailsHash,omitempty"`
	// After names a checkpoint that the notarisation is later than.
	After *After `json:"after,omitempty"`
	TxID  string `json:"txId"`
	// ClaimedTime is the transaction timestamp, which the client chose.
	ClaimedTime string `json:"claimedTime"`
}

// Revocation says why, when and by which transaction a notarisation ended.
type Revocation struct {
	Reason Reason `json:"reason"`
	Note   string `json:"note,omitempty"` // a code, not a sentence
	At     string `json:"at"`             // claimed time of the revoking transaction
	TxID   string `json:"txId"`
}

// Item is what a notarisation says of one document.
type Item struct {
	Digest      Digest `json:"digest"`
	Type        string `json:"type,omitempty"`
	Reference   string `json:"reference,omitempty"`
	ValidFrom   string `json:"validFrom,omitempty"`
	ValidUntil  string `json:"validUntil,omitempty"`
	Supersedes  Digest `json:"supersedes,omitempty"`
	DetailsHash string `json:"detailsHash,omitempty"`
	After       *After `json:"after,omitempty"`
}

// NotariseRequest asks for one notarisation by the calling body.
type NotariseRequest struct {
	RequestID string `json:"requestId"`
	Item
}

// BatchRequest asks for 1 to MaxBatch notarisations, all or nothing.
type BatchRequest struct {
	RequestID string `json:"requestId"`
	Items     []Item `json:"items"`
	// After is that of every item that does not name one itself.
	After *After `json:"after,omitempty"`
}

// BatchResult reports a batch: its records share transaction and claimed time,
// so they are not repeated here (a response stays on every peer forever).
type BatchResult struct {
	V           int    `json:"v"`
	RequestID   string `json:"requestId"`
	Body        string `json:"body"`
	Count       int    `json:"count"`
	TxID        string `json:"txId"`
	ClaimedTime string `json:"claimedTime"`
}

// RevokeRequest ends the calling body's notarisation of a digest.
type RevokeRequest struct {
	RequestID string `json:"requestId"`
	Digest    Digest `json:"digest"`
	Reason    Reason `json:"reason"`
	Note      string `json:"note,omitempty"`
}

// SupersedeRequest links two existing notarisations of the calling body: Old
// becomes superseded by New. To notarise the new document in the same step, use
// a NotariseRequest with Supersedes.
type SupersedeRequest struct {
	RequestID string `json:"requestId"`
	Old       Digest `json:"old"`
	New       Digest `json:"new"`
}

// Details is private: it travels as transient data only and is stored in the
// body's private collection. Its JCS encoding is what DetailsHash hashes, and
// the salt is what makes that hash safe to publish.
type Details struct {
	V        int      `json:"v"`
	Salt     string   `json:"salt"` // standard base64 of MinSalt to MaxSalt random bytes
	Title    string   `json:"title,omitempty"`
	FileName string   `json:"fileName,omitempty"`
	Persons  []string `json:"persons,omitempty"`
}

// PutDetailsRequest stores private details for a document that the calling body
// is about to notarise (or has notarised with the same DetailsHash). The details
// themselves are the transient value DetailsTransient. The request ids of
// PutDetails and PurgeDetails are kept in the body's private collection, apart from
// those of the other functions.
type PutDetailsRequest struct {
	RequestID   string `json:"requestId"`
	Digest      Digest `json:"digest"`
	DetailsHash string `json:"detailsHash"`
}

// DetailsTransient is the key of the transient map that carries Details.
const DetailsTransient = "details"

// DigestRequest names a document for the calling body: ReadDetails, PurgeDetails.
type DigestRequest struct {
	RequestID string `json:"requestId,omitempty"` // required by PurgeDetails
	Digest    Digest `json:"digest"`
}

// RecordRequest names one notarisation: Read, History.
type RecordRequest struct {
	Digest Digest `json:"digest"`
	Body   string `json:"body"`
}

// FindRequest asks for every body's notarisation of a digest.
type FindRequest struct {
	Digest   Digest `json:"digest"`
	PageSize int    `json:"pageSize,omitempty"`
	Bookmark string `json:"bookmark,omitempty"`
}

// ListRequest asks for a page of a body's notarisations, oldest claimed time first.
type ListRequest struct {
	Body     string `json:"body"`
	PageSize int    `json:"pageSize,omitempty"`
	Bookmark string `json:"bookmark,omitempty"`
}

// Page is one page of notarisations; an empty Bookmark means that it is the last.
type Page struct {
	Items    []Notarisation `json:"items"`
	Bookmark string         `json:"bookmark,omitempty"`
}

// Change is one committed state of a notarisation, oldest first.
type Change struct {
	TxID        string       `json:"txId"`
	ClaimedTime string       `json:"claimedTime"`
	Record      Notarisation `json:"record"`
}

// History is every committed state of a notarisation.
type History struct {
	Changes []Change `json:"changes"`
}
