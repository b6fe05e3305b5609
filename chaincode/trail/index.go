package trail

import (
	"cmp"
	"slices"
	"strings"
)

// Posting says where in a batch a pseudonym occurs.
type Posting struct {
	Pseudonym string
	At        []int // positions, from 0, ascending
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
		list = append(list, Posting{Pseudonym: pseudonym, At: at[begin:end:end]})
		begin = end
	}
	return list
}
