package trail_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/trail"
)

func TestAnIndexNamesEachEntryOnce(t *testing.T) {
	list := []trail.Entry{{Actor: "b", Subject: "x"}, {Actor: "a"}, {Actor: "b", Subject: "y"}, {Actor: "b", Subject: "x"}}
	subjects, actors := trail.Index(list)
	require.Equal(t, []trail.Posting{{[]int{0, 3}, "x"}, {[]int{2}, "y"}}, subjects)
	require.Equal(t, []trail.Posting{{[]int{1}, "a"}, {[]int{0, 2, 3}, "b"}}, actors)

	subjects, actors = trail.Index(nil)
	require.Empty(t, subjects)
	require.Empty(t, actors)
}

func TestAnIndexCoversAllEntriesInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := make([]trail.Entry, rapid.IntRange(0, 200).Draw(t, "n"))
		people := rapid.IntRange(1, 20).Draw(t, "people")
		for i := range list {
			list[i].Actor = fmt.Sprint("actor", rapid.IntRange(0, people).Draw(t, "actor"))
			if who := rapid.IntRange(0, people).Draw(t, "subject"); who > 0 {
				list[i].Subject = fmt.Sprint("subject", who)
			}
		}
		subjects, actors := trail.Index(list)
		requireCovers(t, subjects, list, func(e trail.Entry) string { return e.Subject })
		requireCovers(t, actors, list, func(e trail.Entry) string { return e.Actor })
	})
}

// Each pseudonym is in the bucket that is looked for, and nowhere else; there are never
// more buckets than IndexBuckets, whatever the pseudonyms are.
func TestBucketsHoldEachPostingOnce(t *testing.T) {
	require.False(t, trail.Bucketed(trail.IndexBuckets))
	require.True(t, trail.Bucketed(trail.IndexBuckets+1))
	require.Empty(t, trail.Buckets(nil))
	rapid.Check(t, func(t *rapid.T) {
		var postings []trail.Posting
		for i := range rapid.IntRange(0, 1000).Draw(t, "n") {
			postings = append(postings, trail.Posting{At: []int{i}, Pseudonym: pseudonym(fmt.Sprint(i))})
		}
		slices.SortFunc(postings, func(a, b trail.Posting) int { return strings.Compare(a.Pseudonym, b.Pseudonym) })
		buckets := trail.Buckets(postings)
		require.LessOrEqual(t, len(buckets), trail.IndexBuckets)
		require.True(t, slices.IsSortedFunc(buckets, func(a, b trail.Bucket) int { return strings.Compare(a.Name, b.Name) }))
		var all []trail.Posting
		for _, b := range buckets {
			value, err := trail.EncodeBucket(b.Postings)
			require.NoError(t, err)
			got, err := trail.DecodeBucket(value)
			require.NoError(t, err, "sorted, and none empty")
			require.Equal(t, b.Postings, got)
			for _, p := range b.Postings {
				require.Equal(t, b.Name, trail.BucketOf(p.Pseudonym))
			}
			all = append(all, b.Postings...)
		}
		require.ElementsMatch(t, postings, all)
	})
}

func requireCovers(t *rapid.T, postings []trail.Posting, list []trail.Entry, of func(trail.Entry) string) {
	require.True(t, slices.IsSortedFunc(postings, func(a, b trail.Posting) int { return strings.Compare(a.Pseudonym, b.Pseudonym) }))
	seen := make([]int, len(list))
	for i, p := range postings {
		require.NotEmpty(t, p.Pseudonym)
		require.NotEmpty(t, p.At)
		require.True(t, slices.IsSorted(p.At))
		if i > 0 {
			require.NotEqual(t, postings[i-1].Pseudonym, p.Pseudonym)
		}
		for _, position := range p.At {
			require.Equal(t, p.Pseudonym, of(list[position]))
			seen[position]++
		}
	}
	for i, e := range list {
		want := 1
		if of(e) == "" {
			want = 0
		}
		require.Equal(t, want, seen[i])
	}
}

// batchesOf are the heads of the present numbers of a source, each with the one before.
func batchesOf(source string, numbers ...int) []trail.Batch {
	var list []trail.Batch
	before := 0
	for _, n := range numbers {
		b := trail.Batch{Source: source, Number: n, Previous: before}
		if before != n-1 {
			b.GapReason = "lost"
		}
		list = append(list, b)
		before = n
	}
	return list
}

func TestGapsAreTheNumbersThatWereNeverSent(t *testing.T) {
	undeclared := func(number, previous int) trail.Batch {
		return trail.Batch{Source: "a", Number: number, Previous: previous}
	}
	for _, tc := range []struct {
		name    string
		batches []trail.Batch
		want    []trail.Gap
	}{
		{"nothing", nil, nil},
		{"all there", batchesOf("a", 1, 2, 3), nil},
		{"a declared gap", batchesOf("a", 1, 4), []trail.Gap{{"a", 1, 4, "lost"}}},
		{"a gap at the beginning", batchesOf("a", 3, 4), []trail.Gap{{"a", 0, 3, "lost"}}},
		{"several sources", append(batchesOf("a", 2), batchesOf("b", 1, 3)...), []trail.Gap{{"a", 0, 2, "lost"}, {"b", 1, 3, "lost"}}},
		{"a gap that was filled later", []trail.Batch{undeclared(1, 0), undeclared(2, 1), {Source: "a", Number: 3, Previous: 1, GapReason: "late"}}, nil},
		{"a gap that was filled in part", []trail.Batch{undeclared(1, 0), {Source: "a", Number: 3, Previous: 1, GapReason: "x"}, {Source: "a", Number: 5, Previous: 1, GapReason: "y"}}, []trail.Gap{{"a", 1, 3, "x"}, {"a", 3, 5, "y"}}},
		{"a batch that was taken away", []trail.Batch{undeclared(1, 0), undeclared(3, 2)}, []trail.Gap{{"a", 1, 3, ""}}},
		{"the first ones taken away", []trail.Batch{undeclared(3, 2)}, []trail.Gap{{"a", 0, 3, ""}}},
		{"the one before a gap taken away", []trail.Batch{undeclared(1, 0), {Source: "a", Number: 6, Previous: 3, GapReason: "lost"}}, []trail.Gap{{"a", 1, 4, ""}, {"a", 3, 6, "lost"}}},
	} {
		t.Run(tc.name, func(t *testing.T) { require.Equal(t, tc.want, trail.Gaps(tc.batches)) })
	}
}

// TestGapsOfAnySubsetAreExactlyWhatIsMissing: whatever the heads say was before them,
// each number that is not there is told once, and none that is there.
func TestGapsOfAnySubsetAreExactlyWhatIsMissing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var batches []trail.Batch
		missing := map[string]map[int]bool{}
		for _, source := range []string{"a", "b", "c"} {
			present := rapid.SliceOfNDistinct(rapid.IntRange(1, 30), 0, 30, rapid.ID[int]).Draw(t, source)
			slices.Sort(present)
			list := batchesOf(source, present...)
			for i := range list {
				if rapid.Bool().Draw(t, "says otherwise") {
					list[i].Previous = rapid.IntRange(0, list[i].Number-1).Draw(t, "previous")
				}
			}
			batches = append(batches, list...)
			missing[source] = map[int]bool{}
			if len(present) > 0 {
				for n := 1; n < present[len(present)-1]; n++ {
					missing[source][n] = !slices.Contains(present, n)
				}
			}
		}
		for _, gap := range trail.Gaps(batches) {
			require.Less(t, gap.After+1, gap.Before, "a gap has a number")
			for n := gap.After + 1; n < gap.Before; n++ {
				require.True(t, missing[gap.Source][n], "%v tells of %d, which is there or was told before", gap, n)
				missing[gap.Source][n] = false
			}
		}
		for source, numbers := range missing {
			for n, untold := range numbers {
				require.False(t, untold, "%d of %s is not told", n, source)
			}
		}
	})
}
