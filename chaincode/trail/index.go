package trail

import (
	"cmp"
	"slices"
	"strings"
)

// Posting says where in a batch a pseudonym occurs. Its members are declared in canonical
// order, as canonical.MarshalSorted requires.
type Posting struct {
	At        []int  `json:"at"` // positions, from 0, ascending
	Pseudonym string `json:"pseudonym"`
}

// IndexBuckets is how many keys an index takes at most for one batch. Up to as many
// pseudonyms have a key each, so that a person's entries are found without reading anyone
// else's. A batch with more of them shares keys: what the ledger writes costs it by the
// key, and a person's page then reads one key in vain for each batch of such a size.
const IndexBuckets = 256

// Bucket is what one shared key of an index holds of a batch.
type Bucket struct {
	Name     string // what BucketOf says of each
	Postings []Posting
}

// Bucketed says whether an index keeps that many pseudonyms of a batch in buckets.
func Bucketed(pseudonyms int) bool { return pseudonyms > IndexBuckets }

// BucketOf returns the bucket that a pseudonym belongs to: its last two hexadecimal
// digits. Pseudonyms are HMACs, so the buckets fill evenly.
func BucketOf(pseudonym string) string { return pseudonym[max(0, len(pseudonym)-2):] }

// Buckets sorts the postings of a batch into buckets, by name; none is empty.
func Buckets(postings []Posting) []Bucket {
	sorted := slices.Clone(postings)
	slices.SortStableFunc(sorted, func(a, b Posting) int {
		return strings.Compare(BucketOf(a.Pseudonym), BucketOf(b.Pseudonym))
	})
	var list []Bucket
	for begin := 0; begin < len(sorted); {
		name := BucketOf(sorted[begin].Pseudonym)
		end := begin + 1
		for end < len(sorted) && BucketOf(sorted[end].Pseudonym) == name {
			end++
		}
		list = append(list, Bucket{Name: name, Postings: sorted[begin:end:end]})
		begin = end
	}
	return list
}

// Index returns where each subject and each actor of a batch's entries occurs, by
// pseudonym. Entries without a subject are in actors alone.
func Index(entries []Entry) (subjects, actors []Posting) {
	return postings(entries, func(e *Entry) string { return e.Subject }),
		postings(entries, func(e *Entry) string { return e.Actor })
}

// postings sorts positions rather than fill a map, whose order would differ from body to
// body.
func postings(entries []Entry, of func(*Entry) string) []Posting {
	at := make([]int, 0, len(entries))
	for i := range entries {
		if of(&entries[i]) != "" {
			at = append(at, i)
		}
	}
	slices.SortFunc(at, func(i, j int) int {
		return cmp.Or(strings.Compare(of(&entries[i]), of(&entries[j])), cmp.Compare(i, j))
	})

	var list []Posting
	for begin := 0; begin < len(at); {
		pseudonym := of(&entries[at[begin]])
		end := begin + 1
		for end < len(at) && of(&entries[at[end]]) == pseudonym {
			end++
		}
		list = append(list, Posting{At: at[begin:end:end], Pseudonym: pseudonym})
		begin = end
	}
	return list
}
