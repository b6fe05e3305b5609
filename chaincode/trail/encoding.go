package trail

import (
	"encoding/json"
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/canonical"
)

// Encode returns the canonical JSON (RFC 8785) of t: the value that the ledger stores,
// and so what evidence is about.
func (t Trail) Encode() ([]byte, error) { return canonical.Marshal(t) }

// DecodeTrail reads what Encode wrote, and checks it as Validate does.
func DecodeTrail(value []byte) (Trail, error) { return decode("trail", value, Trail.Validate) }

// Encode returns the canonical JSON (RFC 8785) of b, the value that the ledger stores.
func (b Batch) Encode() ([]byte, error) { return canonical.Marshal(b) }

// DecodeBatch reads what Encode wrote, and checks it as Validate does.
func DecodeBatch(value []byte) (Batch, error) { return decode("batch", value, Batch.Validate) }

// Encode returns the canonical JSON (RFC 8785) of s. Without it, s would have the encoding
// of the head in it.
func (s BatchState) Encode() ([]byte, error) { return canonical.Marshal(s) }

// Encode returns the canonical JSON (RFC 8785) of r, the value that the ledger stores.
func (r Reveal) Encode() ([]byte, error) { return canonical.Marshal(r) }

// DecodeReveal reads what Encode wrote, and checks it as Validate does.
func DecodeReveal(value []byte) (Reveal, error) { return decode("reveal", value, Reveal.Validate) }

// Encode returns the canonical JSON (RFC 8785) of r, the value that the ledger stores.
func (r Removal) Encode() ([]byte, error) { return canonical.Marshal(r) }

// DecodeRemoval reads what Encode wrote, and checks it as Validate does.
func DecodeRemoval(value []byte) (Removal, error) {
	return decode("removal", value, Removal.Validate)
}

func decode[T any](what string, value []byte, validate func(T) error) (T, error) {
	var v, none T
	if err := json.Unmarshal(value, &v); err != nil {
		return none, fmt.Errorf("%s: %w", what, err)
	}
	if err := validate(v); err != nil {
		return none, fmt.Errorf("%s: %w", what, err)
	}
	return v, nil
}

// Encode returns the event's canonical JSON.
func (e Event) Encode() ([]byte, error) { return canonical.Marshal(e) }

// DecodeEvent reads the payload of an event.
func DecodeEvent(payload []byte) (Event, error) {
	var e Event
	err := canonical.Unmarshal(payload, &e)
	return e, err
}
