package ledger

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/psbc-lu/psbc/chaincode/trail"
)

// The keys of trails, all of them public state:
//
//	trail.trail    trail                                             the trail
//	trail.request  body, request id                                  the receipt of a request on a definition
//	trail.batch    trail, source, number                             the head of a batch
//	trail.entry    trail, claimed time, source, number, chunk        up to trail.ChunkEntries entries
//	trail.sealed   trail, source, number, chunk                      as many commitments
//	trail.subject  pseudonym, trail, claimed time, source, number    the positions of the entries that concern it
//	trail.subjects bucket, trail, claimed time, source, number       the same for each subject of the bucket
//	trail.actor    pseudonym, trail, claimed time, source, number    the positions of the acts of it
//	trail.actors   bucket, trail, claimed time, source, number       the same for each actor of the bucket
//	trail.reveal   trail, source, number                             the record that a sealed batch was revealed
//	trail.removal  trail, source, number                             the record that its entries were removed
//
// Of a batch, an index has either a key for each pseudonym or one for each bucket: see
// trail.IndexBuckets.
//
// Attributes are ASCII, of bounded length. A claimed time is that of the batch's head, in
// canonical.TimeLayout; numbers and chunks have leading zeros. So entries are read in the
// order of claimed time, and those of a batch in its own.
const (
	typeTrail        = "trail.trail"
	typeTrailRequest = "trail.request"
	typeBatch        = "trail.batch"
	typeEntry        = "trail.entry"
	typeSealed       = "trail.sealed"
	typeSubject      = "trail.subject"
	typeSubjects     = "trail.subjects"
	typeActor        = "trail.actor"
	typeActors       = "trail.actors"
	typeReveal       = "trail.reveal"
	typeRemoval      = "trail.removal"
)

func trailKey(id string) (key, error) { return makeKey(typeTrail, id) }

func allTrails() span { return span{typeTrail, nil} }

// BatchName names a batch: by the trail, what appended it, and its number there.
type BatchName struct {
	Trail, Source string
	Number        int
}

// batchKey is the key of what there is once of a batch, by the type: its head, its
// revelation, its removal.
func batchKey(objectType string, b BatchName) (key, error) {
	return makeKey(objectType, b.Trail, b.Source, numberText(b.Number))
}

// batchesOf is the heads of a trail; of one source, if it is given.
func batchesOf(id, source string) (s span, count int) {
	if source == "" {
		return span{typeBatch, []string{id}}, 2
	}
	return span{typeBatch, []string{id, source}}, 1
}

func sealedKey(b BatchName, chunk int) (key, error) {
	return makeKey(typeSealed, b.Trail, b.Source, numberText(b.Number), chunkText(chunk))
}

// datedBatch is a batch as the keys spell it that are ordered by claimed time.
type datedBatch struct{ trail, claimedTime, source, number string }

func dated(b trail.Batch) datedBatch {
	return datedBatch{b.Trail, b.ClaimedTime, b.Source, numberText(b.Number)}
}

func (d datedBatch) headKey() (key, error) { return makeKey(typeBatch, d.trail, d.source, d.number) }

func (d datedBatch) entryKey(chunk int) (key, error) {
	return makeKey(typeEntry, d.trail, d.claimedTime, d.source, d.number, chunkText(chunk))
}

// postingKey is the key of a subject or an actor, by the type, in a batch: that of its
// pseudonym, or that of its bucket.
func (d datedBatch) postingKey(objectType, pseudonymOrBucket string) (key, error) {
	return makeKey(objectType, pseudonymOrBucket, d.trail, d.claimedTime, d.source, d.number)
}

// entryChunk takes the key of a chunk of entries apart.
func entryChunk(k string) (datedBatch, int, error) {
	a := attributesOf(k)
	if len(a) != 6 || a[0] != typeEntry {
		return datedBatch{}, 0, fmt.Errorf("unexpected key %q among entries", k)
	}
	chunk, err := strconv.Atoi(a[5])
	if err != nil {
		return datedBatch{}, 0, fmt.Errorf("unexpected key %q among entries: %w", k, err)
	}
	return datedBatch{a[1], a[2], a[3], a[4]}, chunk, nil
}

// postingBatch returns the batch that the key of a subject or an actor, or of a bucket of
// them, is about.
func postingBatch(k string) (datedBatch, error) {
	a := attributesOf(k)
	if len(a) != 6 || !slices.Contains([]string{typeSubject, typeSubjects, typeActor, typeActors}, a[0]) {
		return datedBatch{}, fmt.Errorf("unexpected key %q in an index of pseudonyms", k)
	}
	return datedBatch{a[2], a[3], a[4], a[5]}, nil
}

// entriesOf is the chunks of a trail; their keys differ in chunkAttributes attributes.
func entriesOf(id string) span { return span{typeEntry, []string{id}} }

const chunkAttributes = 4

// postingsOf is what an index, by the type, has of a pseudonym or a bucket; in one trail,
// if it is given.
func postingsOf(objectType, pseudonymOrBucket, id string) (s span, count int) {
	if id == "" {
		return span{objectType, []string{pseudonymOrBucket}}, 4
	}
	return span{objectType, []string{pseudonymOrBucket, id}}, 3
}

// counterpart returns the key, or the beginning of one, of the same batch in another span
// of postings; "" for "".
func counterpart(k key, in span) (key, error) {
	if k == "" {
		return "", nil
	}
	a := attributesOf(string(k))
	if len(a) < 2 {
		return "", fmt.Errorf("unexpected key %q in an index of pseudonyms", k)
	}
	return makeKey(in.objectType, append([]string{in.attributes[0]}, a[2:]...)...)
}

func numberText(n int) string { return fmt.Sprintf("%010d", n) }

func chunkText(n int) string { return fmt.Sprintf("%03d", n) }
