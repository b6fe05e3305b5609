package checkpoint

import (
	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
)

// Encode returns the canonical JSON (RFC 8785) of k: the value that the ledger stores.
func (k WitnessKey) Encode() ([]byte, error) { return canonical.Marshal(k) }

// DecodeWitnessKey reads what Encode wrote, and checks it as Validate does.
func DecodeWitnessKey(value []byte) (WitnessKey, error) {
	return check.Decode("key", value, WitnessKey.Validate)
}

// Encode returns the canonical JSON (RFC 8785) of s: the value that the ledger stores.
func (s Statement) Encode() ([]byte, error) { return canonical.Marshal(s) }

// DecodeStatement reads what Encode wrote, and checks it as Validate does.
func DecodeStatement(value []byte) (Statement, error) {
	return check.Decode("statement", value, Statement.Validate)
}

// Encode returns the canonical JSON (RFC 8785) of c: the value that the ledger stores.
func (c Cosigned) Encode() ([]byte, error) { return canonical.Marshal(c) }

// DecodeCosigned reads what Encode wrote, and checks it as Validate does.
func DecodeCosigned(value []byte) (Cosigned, error) {
	return check.Decode("cosigned checkpoint", value, Cosigned.Validate)
}

// Encode returns the event's canonical JSON.
func (e Event) Encode() ([]byte, error) { return canonical.Marshal(e) }

// DecodeEvent reads the payload of an event.
func DecodeEvent(payload []byte) (Event, error) {
	var e Event
	err := canonical.Unmarshal(payload, &e)
	return e, err
}
