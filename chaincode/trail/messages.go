package trail

// DefineRequest defines a trail of the calling body.
type DefineRequest struct {
	RequestID string `json:"requestId"`
	Definition
}

// AmendRequest replaces the definition of a trail of the calling body.
type AmendRequest struct {
	RequestID string `json:"requestId"`
	// Base is the version that the change is based on.
	Base int `json:"base"`
	Definition
}

// Place says where in a source's numbering a batch stands.
type Place struct {
	Trail  string `json:"trail"`
	Source string `json:"source"`
	Number int    `json:"number"`
	// Previous is the last number before this one; absent (nil) for Number-1. Another one
	// declares a gap, and needs a reason.
	Previous  *int   `json:"previous,omitempty"`
	GapReason string `json:"gapReason,omitempty"` // code
}

// AppendRequest appends 1 to MaxEntries entries, in this order, all or nothing.
type AppendRequest struct {
	RequestID string `json:"requestId"`
	Place
	Entries []Entry `json:"entries"`
}

// SealRequest appends 1 to MaxEntries entries of which only commitments (see Commit)
// are shown until they are revealed.
type SealRequest struct {
	RequestID string `json:"requestId"`
	Place
	// RevealAfter is the earliest claimed time of the revelation, RFC 3339 UTC.
	RevealAfter string   `json:"revealAfter"`
	Commitments []string `json:"commitments"` // SHA-256, in hexadecimal
}

// Opened is a sealed entry with the salt that it was committed with.
type Opened struct {
	Entry Entry  `json:"entry"`
	Salt  string `json:"salt"` // standard base64, see check.Salt
}

// RevealRequest shows all entries of a sealed batch, in their order.
type RevealRequest struct {
	RequestID string   `json:"requestId"`
	Trail     string   `json:"trail"`
	Source    string   `json:"source"`
	Number    int      `json:"number"`
	Entries   []Opened `json:"entries"`
}

// RemoveRequest removes the entries of one batch, past the trail's retention, from
// the world state. The batch's head stays.
type RemoveRequest struct {
	RequestID string `json:"requestId"`
	Trail     string `json:"trail"`
	Source    string `json:"source"`
	Number    int    `json:"number"`
}

// TrailRequest asks for one trail.
type TrailRequest struct { //nolint:revive // named as BatchRequest is, for what it asks for
	Trail string `json:"trail"`
}

// TrailsRequest asks for a page of trails by id, those of one body if it is given.
type TrailsRequest struct {
	Body     string `json:"body,omitempty"`
	PageSize int    `json:"pageSize,omitempty"`
	Bookmark string `json:"bookmark,omitempty"`
}

// BatchRequest asks for the head of one batch.
type BatchRequest struct {
	Trail  string `json:"trail"`
	Source string `json:"source"`
	Number int    `json:"number"`
}

// BatchesRequest asks for a page of the heads of a trail, by source and number; of one
// source if it is given.
type BatchesRequest struct {
	Trail    string `json:"trail"`
	Source   string `json:"source,omitempty"`
	PageSize int    `json:"pageSize,omitempty"`
	Bookmark string `json:"bookmark,omitempty"`
}

// EntriesRequest asks for a page of a trail's entries by the claimed time of their
// batches: From is included, To is not; empty for no bound.
type EntriesRequest struct {
	Trail    string `json:"trail"`
	From     string `json:"from,omitempty"` // RFC 3339 UTC
	To       string `json:"to,omitempty"`
	PageSize int    `json:"pageSize,omitempty"`
	Bookmark string `json:"bookmark,omitempty"`
}

// PersonRequest asks for a page of the entries that concern a subject, or of the acts
// of an actor: by trail, and by claimed time within one. Trails that the calling body
// may not read are left out.
type PersonRequest struct {
	Pseudonym string `json:"pseudonym"`
	Trail     string `json:"trail,omitempty"` // empty for all
	From      string `json:"from,omitempty"`  // with Trail only; RFC 3339 UTC
	To        string `json:"to,omitempty"`    // with Trail only
	PageSize  int    `json:"pageSize,omitempty"`
	Bookmark  string `json:"bookmark,omitempty"`
}

// TrailPage is one page of trails; an empty Bookmark means that it is the last.
type TrailPage struct { //nolint:revive // named as BatchPage is, for what is on it
	Items    []Trail `json:"items"`
	Bookmark string  `json:"bookmark,omitempty"`
}

// BatchState is a batch's head with what happened to its entries.
type BatchState struct {
	Batch
	Revealed *Reveal  `json:"revealed,omitempty"`
	Removed  *Removal `json:"removed,omitempty"`
}

// BatchPage is one page of batches; an empty Bookmark means that it is the last.
type BatchPage struct {
	Items    []BatchState `json:"items"`
	Bookmark string       `json:"bookmark,omitempty"`
}

// EntryPage is one page of entries. It may have fewer than asked for, or none, and yet
// not be the last: an empty Bookmark alone says so.
type EntryPage struct {
	Items    []Located `json:"items"`
	Bookmark string    `json:"bookmark,omitempty"`
}

// Events of the contract.
const (
	EventDefined  = "trail.defined" // and amended
	EventAppended = "trail.appended"
	EventRevealed = "trail.revealed"
	EventRemoved  = "trail.removed"
)

// Event is the payload of all of them. It names no person.
type Event struct {
	Trail       string `json:"trail"`
	Body        string `json:"body"`
	Source      string `json:"source,omitempty"`
	Number      int    `json:"number,omitempty"`
	Entries     int    `json:"entries,omitempty"`
	Sealed      bool   `json:"sealed,omitempty"`
	ClaimedTime string `json:"claimedTime"`
	RequestID   string `json:"requestId"`
	V           int    `json:"v"`
}
