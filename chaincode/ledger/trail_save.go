package ledger

import (
	"slices"

	"github.com/psbc-lu/psbc/chaincode/trail"
)

// What a transaction writes, it writes in one batch. A trail, the heads of its batches,
// their entries and commitments, and what happened to them are protected for the body
// whose trail it is. Receipts and the indexes of subjects and actors are derived from
// those, and are no body's own: see derived.

// SaveTrail writes a trail that r defined or amended, and r's receipt.
func (g Trail) SaveTrail(r Request, t trail.Trail, created bool) error {
	var w writing
	owner := keep
	if created {
		owner = t.Body
	}
	w.set(owner, w.key(trailKey(t.ID)), w.value(t.Encode()))
	receipt, err := g.receipt(typeTrailRequest, r)
	w.set(derived, w.key(receipt.key, err), receipt.value)
	return w.write(g.Tx)
}

// SaveBatch writes a batch that shows its entries.
func (g Trail) SaveBatch(head trail.Batch, entries []trail.Entry) error {
	var w writing
	saveHead(&w, head)
	saveEntries(&w, head, entries)
	return w.write(g.Tx)
}

// SaveSealed writes a batch that shows commitments only.
func (g Trail) SaveSealed(head trail.Batch, commitments []string) error {
	var w writing
	saveHead(&w, head)
	chunk := 0
	for some := range slices.Chunk(commitments, trail.ChunkEntries) {
		w.set(head.Body, w.key(sealedKey(nameOf(head), chunk)), w.value(trail.EncodeCommitments(some)))
		chunk++
	}
	return w.write(g.Tx)
}

// SaveReveal writes the entries of a sealed batch, and the record that they were revealed.
func (g Trail) SaveReveal(head trail.Batch, entries []trail.Entry, reveal trail.Reveal) error {
	var w writing
	w.set(head.Body, w.key(batchKey(typeReveal, nameOf(head))), w.value(reveal.Encode()))
	saveEntries(&w, head, entries)
	return w.write(g.Tx)
}

// SaveRemoval removes a batch's commitments, and its entries, if it shows them, from the
// ledger and its indexes, and writes the record of that.
func (g Trail) SaveRemoval(head trail.Batch, entries []trail.Entry, removal trail.Removal) error {
	var w writing
	w.set(head.Body, w.key(batchKey(typeRemoval, nameOf(head))), w.value(removal.Encode()))
	if head.RevealAfter != "" {
		for chunk := range trail.Chunks(head.Entries) {
			w.remove(w.key(sealedKey(nameOf(head), chunk)))
		}
	}
	at := dated(head)
	for chunk := range trail.Chunks(len(entries)) {
		w.remove(w.key(at.entryKey(chunk)))
	}
	for _, p := range indexOf(&w, at, entries) {
		w.remove(p.key)
	}
	return w.write(g.Tx)
}

func saveHead(w *writing, head trail.Batch) {
	w.set(head.Body, w.key(batchKey(typeBatch, nameOf(head))), w.value(head.Encode()))
}

func saveEntries(w *writing, head trail.Batch, entries []trail.Entry) {
	at, chunk := dated(head), 0
	for some := range slices.Chunk(entries, trail.ChunkEntries) {
		w.set(head.Body, w.key(at.entryKey(chunk)), w.value(trail.EncodeChunk(some)))
		chunk++
	}
	for _, p := range indexOf(w, at, entries) {
		w.set(derived, p.key, p.value)
	}
}

// indexOf is what the indexes of pseudonyms have of a batch.
func indexOf(w *writing, at datedBatch, entries []trail.Entry) []entry {
	subjects, actors := trail.Index(entries)
	return append(
		postingEntries(w, at, typeSubject, typeSubjects, subjects),
		postingEntries(w, at, typeActor, typeActors, actors)...)
}

func postingEntries(w *writing, at datedBatch, single, shared string, postings []trail.Posting) []entry {
	var list []entry
	if trail.Bucketed(len(postings)) {
		for _, b := range trail.Buckets(postings) {
			list = append(list, entry{w.key(at.postingKey(shared, b.Name)), w.value(trail.EncodeBucket(b.Postings))})
		}
		return list
	}
	for _, p := range postings {
		list = append(list, entry{w.key(at.postingKey(single, p.Pseudonym)), w.value(trail.EncodePositions(p.At))})
	}
	return list
}
