package notary

import "github.com/psbc-lu/psbc/chaincode/canonical"

// The names of the chaincode's events. A transaction that changes something has
// exactly one; repeating a request changes nothing and has none. Details have
// events too, which name digests only.
const (
	EventNotarised      = "notary.notarised"
	EventBatchNotarised = "notary.batch-notarised"
	EventRevoked        = "notary.revoked"
	EventSuperseded     = "notary.superseded"
	EventDetailsStored  = "notary.details-stored"
	EventDetailsPurged  = "notary.details-purged"
	EventAnchored       = "notary.anchored"
	EventAnchorRevoked  = "notary.anchor-revoked"
	EventMemberRevoked  = "notary.member-revoked"
)

// Event is the payload of every event: enough to find the records, no more. Its members
// are in canonical order, as canonical.MarshalSorted requires.
type Event struct {
	Body        string `json:"body"`
	ClaimedTime string `json:"claimedTime"`
	// Count is the number of documents notarised, revoked or superseded; of an anchor,
	// all that the batch holds.
	Count int `json:"count"`
	// Digest is the document; empty for a batch, whose records share RequestID, and
	// for an anchor, which has none but a Root.
	// Of EventSuperseded it is the new document.
	Digest Digest `json:"digest,omitempty"`
	// Reason is that of EventRevoked, EventAnchorRevoked and EventMemberRevoked.
	Reason    Reason `json:"reason,omitempty"`
	RequestID string `json:"requestId"`
	// Root is the anchored batch that the event is about, if any.
	Root string `json:"root,omitempty"`
	// Supersedes is the document that Digest replaces, if any.
	Supersedes Digest `json:"supersedes,omitempty"`
	V          int    `json:"v"`
}

// Encode returns the event's canonical JSON.
func (e Event) Encode() ([]byte, error) { return canonical.MarshalSorted(e) }

// DecodeEvent reads the payload of an event.
func DecodeEvent(payload []byte) (Event, error) {
	var e Event
	err := canonical.Unmarshal(payload, &e)
	return e, err
}
