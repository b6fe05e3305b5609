package ledger

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

func someBatch() BatchName { return BatchName{"accesses", "office", 12} }

func someDatedBatch() datedBatch {
	return dated(trail.Batch{Trail: "accesses", Source: "office", Number: 12, ClaimedTime: "2026-11-22T09:30:00.000000000Z"})
}

func TestAKeyOfEntriesGivesItsBatchBack(t *testing.T) {
	k, err := someDatedBatch().entryKey(7)
	require.NoError(t, err)
	batch, chunk, err := entryChunk(string(k))
	require.NoError(t, err)
	require.Equal(t, someDatedBatch(), batch)
	require.Equal(t, 7, chunk)

	for _, index := range []string{typeSubject, typeSubjects, typeActor, typeActors} {
		k, err = someDatedBatch().postingKey(index, "k1:ab")
		require.NoError(t, err)
		batch, err = postingBatch(string(k))
		require.NoError(t, err)
		require.Equal(t, someDatedBatch(), batch)
	}
}

// The two lists of a person name a place by the same attributes, so that a page of both
// goes on in both.
func TestAPlaceInAnIndexHasACounterpart(t *testing.T) {
	own, _ := postingsOf(typeSubject, "k1:ab", "accesses")
	bucket, _ := postingsOf(typeSubjects, "ab", "accesses")
	k, err := someDatedBatch().postingKey(typeSubject, "k1:ab")
	require.NoError(t, err)
	shared, err := someDatedBatch().postingKey(typeSubjects, "ab")
	require.NoError(t, err)
	first, err := Window{From: "2026"}.first(own)
	require.NoError(t, err)
	sharedFirst, err := Window{From: "2026"}.first(bucket)
	require.NoError(t, err)
	for from, to := range map[key]key{k: shared, first: sharedFirst, "": ""} {
		there, err := counterpart(from, bucket)
		require.NoError(t, err)
		require.Equal(t, to, there)
		back, err := counterpart(there, own)
		require.NoError(t, err)
		require.Equal(t, from, back)
	}
	_, err = counterpart("\x00trail.subject\x00", own)
	require.Error(t, err)
}

func TestAKeyOfAnotherTypeHasNoEntries(t *testing.T) {
	entries, err := someDatedBatch().entryKey(7)
	require.NoError(t, err)
	_, err = postingBatch(string(entries))
	require.Error(t, err)
	for _, k := range []string{"", "\x00trail.entry\x00accesses\x00", strings.Replace(string(entries), "007", "x", 1), strings.Replace(string(entries), typeEntry, typeActor, 1)} {
		_, _, err := entryChunk(k)
		require.Error(t, err, "%q", k)
	}
}

// Entries are read in the order of their keys: it is that of claimed times, sources,
// numbers and chunks.
func TestKeysOfEntriesSortAsTheyAreRead(t *testing.T) {
	type place struct {
		at    datedBatch
		chunk int
	}
	one := func(rt *rapid.T, name string) (place, key) {
		p := place{
			dated(trail.Batch{
				Trail: "accesses", ClaimedTime: rapid.SampledFrom([]string{"2026-01-01T00:00:00.000000000Z", "2026-01-01T00:00:00.000000001Z"}).Draw(rt, name+" time"),
				Source: rapid.StringMatching(`[a-z0-9][a-z0-9-]{0,3}`).Draw(rt, name+" source"), Number: rapid.IntRange(1, trail.MaxNumber).Draw(rt, name+" number"),
			}),
			rapid.IntRange(0, trail.Chunks(trail.MaxEntries)-1).Draw(rt, name+" chunk"),
		}
		k, err := p.at.entryKey(p.chunk)
		require.NoError(rt, err)
		return p, k
	}
	rapid.Check(t, func(rt *rapid.T) {
		a, keyA := one(rt, "a")
		b, keyB := one(rt, "b")
		order := slices.Compare(
			[]string{a.at.claimedTime, a.at.source, a.at.number, chunkText(a.chunk)},
			[]string{b.at.claimedTime, b.at.source, b.at.number, chunkText(b.chunk)})
		require.Equal(rt, order, strings.Compare(string(keyA), string(keyB)))
	})
}

func TestAnEntryBookmarkLeadsToWhereItWasMade(t *testing.T) {
	longest := trail.Batch{
		Trail: strings.Repeat("t", trail.MaxID), Source: strings.Repeat("s", trail.MaxSource), Number: trail.MaxNumber, ClaimedTime: "2026-11-22T09:30:00.000000000Z",
	}
	pseudonym := strings.Repeat("k", trail.MaxKeyID) + ":" + strings.Repeat("a", 64)
	for _, batch := range []datedBatch{someDatedBatch(), dated(longest)} {
		entries, err := batch.entryKey(99)
		require.NoError(t, err)
		subject, err := batch.postingKey(typeSubject, pseudonym)
		require.NoError(t, err)
		all, allCount := postingsOf(typeSubject, pseudonym, "")
		inOne, oneCount := postingsOf(typeSubject, pseudonym, batch.trail)
		for _, list := range []struct {
			in    span
			count int
			at    entryPosition
		}{
			{entriesOf(batch.trail), chunkAttributes, entryPosition{entries, trail.ChunkEntries - 1}},
			{all, allCount, entryPosition{subject, 0}},
			{inOne, oneCount, entryPosition{subject, trail.MaxEntries - 1}},
		} {
			bookmark, err := entryBookmark(list.in, list.at)
			require.NoError(t, err)
			parsed, err := parseEntryBookmark(list.in, list.count, trail.MaxEntries, bookmark)
			require.NoError(t, err)
			require.Equal(t, list.at, parsed)
		}
	}
	_, err := entryBookmark(entriesOf("other"), entryPosition{key: "\x00trail.entry\x00accesses\x00x\x00"})
	require.Error(t, err)
}

func TestAPlaceBeforeTheWindowIsRefused(t *testing.T) {
	in := entriesOf("accesses")
	k, err := someDatedBatch().entryKey(0)
	require.NoError(t, err)
	bookmark, err := entryBookmark(in, entryPosition{key: k})
	require.NoError(t, err)
	for from, ok := range map[string]bool{
		"": true, "2026-11-22T09:30:00.000000000Z": true, "2026-11-22T09:30:00.000000001Z": false,
	} {
		first, err := Window{From: from}.first(in)
		require.NoError(t, err)
		position, err := start(in, chunkAttributes, trail.ChunkEntries, first, bookmark)
		require.Equal(t, ok, err == nil, from)
		if ok {
			require.Equal(t, k, position.key)
		}
	}
}

func FuzzEntryBookmarks(f *testing.F) {
	f.Add(encodeBookmark("2026-11-22T09:30:00.000000000Z", "office", "0000000012", "007", "49"))
	f.Add(encodeBookmark("2026-11-22T09:30:00.000000000Z", "office", "0000000012", "0"))
	f.Add(encodeBookmark("", "", "", "", "-1"))
	f.Add(encodeBookmark("", "", "", "", "007"))
	f.Add(encodeBookmark("\U0010ffff", "", "", "", "7"))
	f.Add("!")
	f.Fuzz(func(t *testing.T, bookmark string) {
		all, allCount := postingsOf(typeActor, "k1:ab", "")
		inOne, oneCount := postingsOf(typeActor, "k1:ab", "accesses")
		for _, list := range []struct {
			in    span
			count int
		}{{entriesOf("accesses"), chunkAttributes}, {all, allCount}, {inOne, oneCount}} {
			position, err := parseEntryBookmark(list.in, list.count, trail.MaxEntries, bookmark)
			if err != nil {
				require.Equal(t, fault.InvalidArgument, fault.CodeOf(err))
				continue
			}
			within, err := makeKey(list.in.objectType, list.in.attributes...)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(string(position.key), string(within)), "%q leads out of its list", bookmark)
			require.Less(t, position.offset, trail.MaxEntries)
			again, err := entryBookmark(list.in, position)
			require.NoError(t, err)
			require.Equal(t, bookmark, again)
		}
	})
}
