package ledger

import (
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/trail"
)

// Trail is the trails' part of the ledger.
type Trail struct{ *Tx }

// Transaction returns the transaction of a caller from the body as the domain sees it.
func (g Trail) Transaction(body string) trail.Tx {
	return trail.Tx{ID: g.ID(), ClaimedTime: g.ClaimedTime(), Body: body}
}

// Open reads, in one round trip, what a request on a definition begins with: the trail
// and the receipt of the request, each nil when there is none. It fails with
// ALREADY_EXISTS when r's id was used for another request.
func (g Trail) Open(r Request, id string) (*trail.Trail, *Receipt, error) {
	var keys reading
	value, receipt := keys.add(trailKey(id)), keys.add(requestKey(typeTrailRequest, r.Body, r.ID))
	if err := keys.read(g.Tx); err != nil {
		return nil, nil, err
	}
	before, err := earlier(r, keys.value(receipt))
	if err != nil {
		return nil, nil, err
	}
	existing, err := decodeOne(keys.value(value), trail.DecodeTrail)
	return existing, before, err
}

// Opening is what the ledger holds of where a batch is to stand, nil for what there
// is not.
type Opening struct {
	Trail    *trail.Trail
	Head     *trail.Batch // of the batch itself: it was appended before
	Previous *trail.Batch // that the source sent before it
}

// Before reads, in one round trip, what appending a batch begins with; a previous of 0 is
// none. A head is written once, and nothing else that is read changes but the trail: an
// append conflicts with a change of the definition, and with an append of the same number,
// but with no other.
func (g Trail) Before(b BatchName, previous int) (Opening, error) {
	var keys reading
	value, head, before := keys.add(trailKey(b.Trail)), keys.add(batchKey(typeBatch, b)), absent
	if previous > 0 {
		before = keys.add(batchKey(typeBatch, BatchName{b.Trail, b.Source, previous}))
	}
	if err := keys.read(g.Tx); err != nil {
		return Opening{}, err
	}
	var opening Opening
	var err error
	if opening.Trail, err = decodeOne(keys.value(value), trail.DecodeTrail); err != nil {
		return Opening{}, err
	}
	if opening.Head, err = decodeOne(keys.value(head), trail.DecodeBatch); err != nil {
		return Opening{}, err
	}
	opening.Previous, err = decodeOne(keys.value(before), trail.DecodeBatch)
	return opening, err
}

// Standing is what the ledger holds of a batch, nil for what there is not.
type Standing struct {
	Trail    *trail.Trail
	Head     *trail.Batch
	Revealed *trail.Reveal
	Removed  *trail.Removal
}

// State is the standing of a batch that there is.
func (s Standing) State() trail.BatchState {
	return trail.BatchState{Batch: *s.Head, Revealed: s.Revealed, Removed: s.Removed}
}

// Standing reads, in one round trip, a trail and a batch of it, and what happened to the
// batch's entries.
func (g Trail) Standing(b BatchName) (Standing, error) {
	var keys reading
	value, head := keys.add(trailKey(b.Trail)), keys.add(batchKey(typeBatch, b))
	revealed, removed := keys.add(batchKey(typeReveal, b)), keys.add(batchKey(typeRemoval, b))
	if err := keys.read(g.Tx); err != nil {
		return Standing{}, err
	}
	var s Standing
	var err error
	if s.Trail, err = decodeOne(keys.value(value), trail.DecodeTrail); err != nil {
		return Standing{}, err
	}
	if s.Head, err = decodeOne(keys.value(head), trail.DecodeBatch); err != nil {
		return Standing{}, err
	}
	if s.Revealed, err = decodeOne(keys.value(revealed), trail.DecodeReveal); err != nil {
		return Standing{}, err
	}
	s.Removed, err = decodeOne(keys.value(removed), trail.DecodeRemoval)
	return s, err
}

// Commitments reads those of a sealed batch whose entries were not removed.
func (g Trail) Commitments(head trail.Batch) ([]string, error) {
	var keys reading
	for chunk := range trail.Chunks(head.Entries) {
		keys.add(sealedKey(nameOf(head), chunk))
	}
	return joined(g.Tx, keys, head, trail.DecodeCommitments)
}

// BatchEntries reads all entries of a batch that shows them and whose entries were not
// removed.
func (g Trail) BatchEntries(head trail.Batch) ([]trail.Entry, error) {
	var keys reading
	for chunk := range trail.Chunks(head.Entries) {
		keys.add(dated(head).entryKey(chunk))
	}
	return joined(g.Tx, keys, head, trail.DecodeChunk)
}

// joined reads chunks that come to as many items as the head says.
func joined[T any](t *Tx, keys reading, head trail.Batch, decode func([]byte) ([]T, error)) ([]T, error) {
	if err := keys.read(t); err != nil {
		return nil, err
	}
	items := make([]T, 0, head.Entries)
	for _, value := range keys.values {
		some, err := decode(value)
		if err != nil {
			return nil, damaged(err)
		}
		items = append(items, some...)
	}
	if len(items) != head.Entries {
		return nil, damaged(fmt.Errorf("batch %d of %s in trail %s has %d entries, not %d", head.Number, head.Source, head.Trail, len(items), head.Entries))
	}
	return items, nil
}

func nameOf(head trail.Batch) BatchName { return BatchName{head.Trail, head.Source, head.Number} }
