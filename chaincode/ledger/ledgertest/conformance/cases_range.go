package conformance

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance/scripted"
)

// What a peer says to a write after, or before, a query that allows none.
const (
	pagedBeforeWrite   = "unsuppored transaction. Transaction has already performed a paginated query. Writes are not allowed"
	writeBeforePaged   = "unsuppored transaction. Paginated queries are supported only in a read-only transaction"
	privateBeforeWrite = "unsuppored transaction. Transaction has already performed queries on pvt data. Writes are not allowed"
	writeBeforePrivate = "unsuppored transaction. Queries on pvt data is supported only in a read-only transaction"
)

// peerBatch is how many results a peer sends at a time.
const peerBatch = 100

func rangeCases() []Case {
	return []Case{
		{"a range has its start and not its end, in the order of bytes", func(s *script) {
			names := []string{"A", "B", "a", "z", "\u00e9", "\uffff", "\U0001f600"} // UTF-16 would have the last two the other way
			var ops []scripted.Op
			var want []string
			for _, name := range names {
				ops = append(ops, put(s.key(name), name))
				want = append(want, string(s.key(name))+"="+name)
			}
			s.as(s.a).submit(ops...)
			results := s.as(s.a).evaluate(
				all(s.key("")), within(s.key("B"), s.key("z")), within(s.key("AA"), s.key("B\x00")),
				within(s.key("z"), s.key("A")), within(s.key("A"), s.key("A")))
			require.Equal(s, want, pairs(results[0]))
			require.Equal(s, want[1:3], pairs(results[1]))
			require.Equal(s, want[1:2], pairs(results[2]))
			require.Empty(s, pairs(results[3]))
			require.Empty(s, pairs(results[4]))
		}},
		{"an empty start begins behind the composite keys", func(s *script) {
			simple, composite := []byte("\x01"+s.prefix), compositeKey(s.prefix)
			s.as(s.a).submit(put(simple, "simple"), put(composite, "composite"))
			r := s.as(s.a).evaluate(within(nil, []byte("\x02")))[0]
			found := false
			for _, p := range r.Pairs {
				require.NotEqual(s, byte(0), p.Key[0])
				found = found || bytes.Equal(p.Key, simple)
			}
			require.True(s, found)
		}},
		{"an empty end goes on to the last key", func(s *script) {
			last := []byte("\U0010ffff" + s.prefix)
			s.as(s.a).submit(put(last, "last"), put(s.key("k"), "no"))
			r := s.as(s.a).evaluate(within(last, nil))[0]
			require.Contains(s, pairs(r), string(last)+"=last")
			for _, p := range r.Pairs {
				require.True(s, strings.HasPrefix(string(p.Key), "\U0010ffff"))
			}
		}},
		{"a partial composite key finds the keys with all of its parts", func(s *script) {
			kind := s.prefix
			var ops []scripted.Op
			for _, parts := range [][]string{{"a"}, {"a", "1"}, {"a", "2", "x"}, {"ab", "1"}, {"b"}} {
				ops = append(ops, put(compositeKey(append([]string{kind}, parts...)...), "v"))
			}
			s.as(s.a).submit(append(ops, put(compositeKey(kind+"b", "a"), "other type"))...)
			results := s.as(s.a).evaluate(partial(kind), partial(kind, "a"), partial(kind, "a", "2"), partial(kind, "c"))
			require.Len(s, results[0].Pairs, 5)
			// The key itself is its own first match: a, a/1, a/2/x.
			require.Len(s, results[1].Pairs, 3)
			require.Equal(s, compositeKey(kind, "a", "2", "x"), results[2].Pairs[0].Key)
			require.Empty(s, results[3].Pairs)
		}},
		{"a range is complete however many messages it takes", func(s *script) {
			const count = 2*peerBatch + 50
			s.as(s.a).submit(do(scripted.StartBatch), putMany(s.key("k"), count))
			part := all(s.key(""))
			part.Count = peerBatch + 1
			results := s.as(s.b).evaluate(all(s.key("")), part)
			require.Len(s, results[0].Pairs, count)
			for i, p := range results[0].Pairs {
				require.Equal(s, fmt.Sprintf("%s%06d", s.key("k"), i), string(p.Key))
			}
			require.Len(s, results[1].Pairs, peerBatch+1)
		}},
	}
}

func pageCases() []Case {
	return []Case{
		{"pages join to the whole, and a bookmark is the next key", func(s *script) {
			const count, size = 10, 3
			s.as(s.a).submit(putMany(s.key("k"), count))
			start, end := s.key(""), after(s.key(""))
			var keys []string
			var bookmark []byte
			for n := 0; n < count; n += size {
				r := s.as(s.a).evaluate(page(start, end, size, bookmark))[0]
				require.Empty(s, r.Error)
				require.EqualValues(s, len(r.Pairs), r.Fetched)
				require.Len(s, r.Pairs, min(size, count-n))
				keys = append(keys, pairs(r)...)
				bookmark = r.Bookmark
				if n+size < count {
					require.Equal(s, fmt.Sprintf("%s%06d", s.key("k"), n+size), string(bookmark))
				}
			}
			require.Empty(s, bookmark)
			require.Equal(s, pairs(s.as(s.a).evaluate(all(s.key("")))[0]), keys)
		}},
		{"a last page that is full has no bookmark", func(s *script) {
			s.as(s.a).submit(putMany(s.key("k"), 4))
			results := s.as(s.a).evaluate(
				page(s.key(""), after(s.key("")), 4, nil),
				page(s.key(""), after(s.key("")), 5, nil),
				page(s.key(""), after(s.key("")), 2, s.key("k000002")),
				page(s.key("x"), after(s.key("x")), 2, nil))
			for i, count := range []int{4, 4, 2, 0} {
				require.Len(s, results[i].Pairs, count)
				require.EqualValues(s, count, results[i].Fetched)
				require.Empty(s, results[i].Bookmark)
			}
		}},
		{"a page size of nothing is no paging, unless there is a bookmark", func(s *script) {
			s.as(s.a).submit(putMany(s.key("k"), 3))
			results := s.as(s.a).evaluate(
				page(s.key(""), after(s.key("")), 0, nil), page(s.key(""), after(s.key("")), 0, s.key("k000001")))
			require.Len(s, results[0].Pairs, 3)
			require.Zero(s, results[0].Fetched)
			require.Len(s, results[1].Pairs, 2)
			require.EqualValues(s, 2, results[1].Fetched)
		}},
		{"a paged query allows no write after it, nor any before", func(s *script) {
			k, list := s.key("k"), page(s.key(""), after(s.key("")), 1, nil)
			results := s.as(s.a).evaluate(list, put(k, "x"), del(k), setPolicy(k, s.peersOf(1, s.a)), in(implicit(s.a), put(k, "x")), list)
			require.Contains(s, results[1].Error, "PUT_STATE failed: transaction ID: ")
			for _, r := range results[1:5] {
				require.Contains(s, r.Error, pagedBeforeWrite)
			}
			require.Empty(s, results[5].Error)
			results = s.as(s.a).evaluate(put(k, "x"), list)
			require.Empty(s, results[0].Error)
			require.Contains(s, results[1].Error, "GET_STATE_BY_RANGE failed: transaction ID: ")
			require.Contains(s, results[1].Error, writeBeforePaged)
		}},
		{"partial composite keys are paged likewise", func(s *script) {
			kind := s.prefix
			s.as(s.a).submit(
				put(compositeKey(kind, "a", "1"), "1"), put(compositeKey(kind, "a", "2"), "2"),
				put(compositeKey(kind, "a", "3"), "3"), put(compositeKey(kind, "b", "1"), "4"))
			op := scripted.Op{Kind: scripted.PartialPage, Type: kind, Attributes: raw([]string{"a"}), Size: 2}
			first := s.as(s.a).evaluate(op)[0]
			require.Len(s, first.Pairs, 2)
			require.Equal(s, compositeKey(kind, "a", "3"), first.Bookmark)
			op.Bookmark = first.Bookmark
			second := s.as(s.a).evaluate(op)[0]
			require.Len(s, second.Pairs, 1)
			require.Equal(s, "3", string(second.Pairs[0].Value))
			require.Empty(s, second.Bookmark)
		}},
		{"all composite keys can be paged through", func(s *script) {
			mine := [][]byte{compositeKey(s.prefix, "1"), compositeKey(s.prefix, "2")}
			s.as(s.a).submit(put(mine[0], "v"), put(mine[1], "v"), put(s.key("simple"), "v"))
			op := scripted.Op{Kind: scripted.AllComposite, Size: 1000}
			var found [][]byte
			for {
				r := s.as(s.a).evaluate(op)[0]
				for _, p := range r.Pairs {
					require.Equal(s, byte(0), p.Key[0])
					if bytes.Contains(p.Key, []byte(s.prefix)) {
						found = append(found, p.Key)
					}
				}
				if op.Bookmark = r.Bookmark; len(op.Bookmark) == 0 {
					break
				}
			}
			require.Equal(s, mine, found)
		}},
	}
}
