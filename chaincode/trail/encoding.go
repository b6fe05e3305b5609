package trail

import (
	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
)

// Encode returns the canonical JSON (RFC 8785) of t: the value that the ledger stores,
// and so what evidence is about.
func (t Trail) Encode() ([]byte, error) { return canonical.Marshal(t) }

// DecodeTrail reads what Encode wrote, and checks it as Validate does.
func DecodeTrail(value []byte) (Trail, error) { return check.Decode("trail", value, Trail.Validate) }

// Encode returns the canonical JSON (RFC 8785) of b, the value that the ledger stores.
func (b Batch) Encode() ([]byte, error) { return canonical.Marshal(b) }

// DecodeBatch reads what Encode wrote, and checks it as Validate does.
func DecodeBatch(value []byte) (Batch, error) { return check.Decode("batch", value, Batch.Validate) }

// Encode returns the canonical JSON (RFC 8785) of s. Without it, s would have the encoding
// of the head in it.
func (s BatchState) Encode() ([]byte, error) { return canonical.Marshal(s) }

// Encode returns the canonical JSON (RFC 8785) of r, the value that the ledger stores.
func (r Reveal) Encode() ([]byte, error) { return canonical.Marshal(r) }

// DecodeReveal reads what Encode wrote, and checks it as Validate does.
func DecodeReveal(value []byte) (Reveal, error) {
	return check.Decode("reveal", value, Reveal.Validate)
}

// Encode returns the canonical JSON (RFC 8785) of r, the value that the ledger stores.
func (r Removal) Encode() ([]byte, error) { return canonical.Marshal(r) }

// DecodeRemoval reads what Encode wrote, and checks it as Validate does.
func DecodeRemoval(value []byte) (Removal, error) {
	return check.Decode("removal", value, Removal.Validate)
}

// Encode returns the event's canonical JSON.
func (e Event) Encode() ([]byte, error) { return canonical.Marshal(e) }

// DecodeEvent reads the payload of an event.
func DecodeEvent(payload []byte) (Event, error) {
	var e Event
	err := canonical.Unmarshal(payload, &e)
	return e, err
}
