package ledger

import (
	"encoding/json"
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
)

// Checkpoint is the checkpoints' part of the ledger.
type Checkpoint struct{ *Tx }

// Transaction returns the transaction of a caller from the body as the domain sees it.
func (g Checkpoint) Transaction(body string) checkpoint.Tx {
	return checkpoint.Tx{ID: g.ID(), ClaimedTime: g.ClaimedTime(), Body: body}
}

// OpenKey reads, in one round trip, what a request to change a key of r's body begins
// with: the key and the receipt of the request, each nil when there is none. It fails with
// ALREADY_EXISTS when r's id was used for another request.
func (g Checkpoint) OpenKey(r Request, keyID string) (*checkpoint.WitnessKey, *Receipt, error) {
	var keys reading
	value, receipt := keys.add(witnessKeyKey(r.Body, keyID)), keys.add(requestKey(typeCheckpointRequest, r.Body, r.ID))
	if err := keys.read(g.Tx); err != nil {
		return nil, nil, err
	}
	before, err := earlier(r, keys.value(receipt))
	if err != nil {
		return nil, nil, err
	}
	existing, err := witnessKey(keys.value(value), r.Body, keyID)
	return existing, before, err
}

// OpenRegistration is OpenKey for a key that is to be registered, given by its id and its
// public key (see checkpoint.Public).
func (g Checkpoint) OpenRegistration(r Request, keyID, public string) (checkpoint.Registered, *Receipt, error) {
	var keys reading
	value, receipt := keys.add(witnessKeyKey(r.Body, keyID)), keys.add(requestKey(typeCheckpointRequest, r.Body, r.ID))
	count, holder := keys.add(witnessKeysKey(r.Body)), keys.add(publicKeyKey(public))
	if err := keys.read(g.Tx); err != nil {
		return checkpoint.Registered{}, nil, err
	}
	before, err := earlier(r, keys.value(receipt))
	if err != nil {
		return checkpoint.Registered{}, nil, err
	}
	var held checkpoint.Registered
	if held.Existing, err = witnessKey(keys.value(value), r.Body, keyID); err != nil {
		return checkpoint.Registered{}, nil, err
	}
	counted, err := decodeOne(keys.value(count), decodeHeld)
	if err != nil {
		return checkpoint.Registered{}, nil, err
	}
	taken, err := decodeOne(keys.value(holder), decodeHeld)
	if err != nil {
		return checkpoint.Registered{}, nil, err
	}
	if counted != nil {
		held.Keys = counted.Count
	}
	if taken != nil {
		held.Holder = taken.Body
	}
	return held, before, nil
}

// SaveKey writes a key that r changed, and r's receipt. The key is protected for its body.
func (g Checkpoint) SaveKey(r Request, k checkpoint.WitnessKey) error {
	var w writing
	g.saveKey(&w, keep, r, k)
	return w.write(g.Tx)
}

// SaveRegistration writes a key that r registered, beside the keys that the body had.
func (g Checkpoint) SaveRegistration(r Request, k checkpoint.WitnessKey, keys int) error {
	var w writing
	g.saveKey(&w, k.Body, r, k)
	w.set(derived, w.key(witnessKeysKey(k.Body)), w.value(canonical.MarshalSorted(heldKeys{Body: k.Body, Count: keys + 1, V: heldVersion})))
	w.set(derived, w.key(publicKeyKey(checkpoint.Public(k.Key))), w.value(canonical.MarshalSorted(heldKeys{Body: k.Body, Count: 1, V: heldVersion})))
	return w.write(g.Tx)
}

func (g Checkpoint) saveKey(w *writing, owner string, r Request, k checkpoint.WitnessKey) {
	w.set(owner, w.key(witnessKeyKey(k.Body, k.KeyID)), w.value(k.Encode()))
	receipt, err := g.receipt(typeCheckpointRequest, r)
	w.set(derived, w.key(receipt.key, err), receipt.value)
}

// heldKeys says whose keys something is about, and how many they are.
type heldKeys struct {
	Body  string `json:"body"`
	Count int    `json:"count"`
	V     int    `json:"v"`
}

const heldVersion = 1

func decodeHeld(value []byte) (heldKeys, error) {
	var h heldKeys
	if err := json.Unmarshal(value, &h); err != nil {
		return heldKeys{}, fmt.Errorf("count of keys: %w", err)
	}
	if h.V != heldVersion || h.Body == "" || h.Count < 1 {
		return heldKeys{}, fmt.Errorf("count of keys: %+v", h)
	}
	return h, nil
}

// witnessKey decodes the value of a key of a body's witness, nil when there is none.
func witnessKey(value []byte, body, keyID string) (*checkpoint.WitnessKey, error) {
	k, err := decodeOne(value, checkpoint.DecodeWitnessKey)
	if err == nil && k != nil && (k.Body != body || k.KeyID != keyID) {
		return nil, damaged(fmt.Errorf("key %s of %s stands where key %s of %s is expected", k.KeyID, k.Body, keyID, body))
	}
	return k, err
}
