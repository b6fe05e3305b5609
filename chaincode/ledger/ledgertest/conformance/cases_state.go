package conformance

import (
	"crypto/sha256"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance/scripted"
)

func stateCases() []Case {
	return []Case{
		{"a key that was never written has no value", func(s *script) {
			require.Nil(s, s.value(s.a, s.key("k")))
		}},
		{"a committed value is read at every body", func(s *script) {
			s.as(s.a).submit(put(s.key("k"), "one"))
			for _, body := range s.ledger.Bodies() {
				require.Equal(s, "one", string(s.value(body, s.key("k"))))
			}
		}},
		{"a transaction does not read its own writes", func(s *script) {
			k := s.key("k")
			results := s.as(s.a).submit(put(k, "one"), get(k), getMultiple(k))
			require.Nil(s, results[1].Value)
			require.Equal(s, [][]byte{nil}, results[2].Values)
			results = s.as(s.a).submit(put(k, "two"), get(k))
			require.Equal(s, "one", string(results[1].Value))
			require.Equal(s, "two", string(s.value(s.a, k)))
		}},
		{"a transaction does not see its own deletions", func(s *script) {
			k := s.key("k")
			s.as(s.a).submit(put(k, "one"))
			results := s.as(s.a).submit(del(k), get(k), all(s.key("")))
			require.Equal(s, "one", string(results[1].Value))
			require.Equal(s, []string{string(k) + "=one"}, pairs(results[2]))
			require.Nil(s, s.value(s.a, k))
		}},
		{"a range query does not show the transaction's own writes", func(s *script) {
			results := s.as(s.a).submit(put(s.key("k"), "one"), all(s.key("")))
			require.Empty(s, results[1].Pairs)
		}},
		{"the last write to a key wins", func(s *script) {
			x, y, z := s.key("x"), s.key("y"), s.key("z")
			s.as(s.a).submit(put(x, "one"), put(x, "two"), put(y, "one"), del(y), del(z), put(z, "one"))
			require.Equal(s, "two", string(s.value(s.a, x)))
			require.Nil(s, s.value(s.a, y))
			require.Equal(s, "one", string(s.value(s.a, z)))
		}},
		{"an empty value is a deletion", func(s *script) {
			k := s.key("k")
			s.as(s.a).submit(put(k, "one"))
			s.as(s.a).submit(put(k, ""))
			results := s.as(s.a).evaluate(get(k), all(s.key("")), history(k))
			require.Nil(s, results[0].Value)
			require.Empty(s, results[1].Pairs)
			require.Len(s, results[2].Changes, 2)
			require.True(s, results[2].Changes[0].Deleted)
		}},
		{"deleting a key that does not exist is valid", func(s *script) {
			s.as(s.a).submit(del(s.key("k")))
			require.Nil(s, s.value(s.a, s.key("k")))
		}},
		{"an evaluation writes nothing", func(s *script) {
			results := s.as(s.a).evaluate(put(s.key("k"), "one"), setPolicy(s.key("k"), s.peersOf(1, s.a)), event("e", ""))
			for _, r := range results {
				require.Empty(s, r.Error)
			}
			require.Nil(s, s.value(s.a, s.key("k")))
		}},
		{"a value of a mebibyte is kept", func(s *script) {
			k := s.key("k")
			s.as(s.a).submit(scripted.Op{Kind: scripted.Put, Key: k, Value: []byte("0123456789abcdef"), Repeat: 1 << 16})
			want, have := sha256.Sum256([]byte(strings.Repeat("0123456789abcdef", 1<<16))), sha256.Sum256(s.value(s.b, k))
			require.Equal(s, want, have)
		}},
		{"several keys are read in their order, absent ones without a value", func(s *script) {
			x, y := s.key("x"), s.key("y")
			s.as(s.a).submit(put(x, "one"), put(y, "two"))
			r := s.as(s.a).evaluate(getMultiple(y, s.key("absent"), x, y))[0]
			require.Equal(s, [][]byte{[]byte("two"), nil, []byte("one"), []byte("two")}, r.Values)
		}},
		{"more keys are read at once than a peer takes in one message", func(s *script) {
			k := s.key("k")
			s.as(s.a).submit(put(k, "one"))
			keys := make([][]byte, multipleGetLimit+2)
			for i := range keys {
				keys[i] = s.key("absent")
			}
			keys[multipleGetLimit+1] = k
			r := s.as(s.a).evaluate(getMultiple(keys...), getMultiple())
			require.Len(s, r[0].Values, multipleGetLimit+2)
			require.Nil(s, r[0].Values[0])
			require.Equal(s, "one", string(r[0].Values[multipleGetLimit+1]))
			require.Empty(s, r[1].Values)
		}},
		{"a rich query is refused by LevelDB", func(s *script) {
			r := s.as(s.a).evaluate(scripted.Op{Kind: scripted.Query, Value: []byte(`{"selector":{}}`)})[0]
			require.Contains(s, r.Error, "GET_QUERY_RESULT failed: transaction ID: ")
			require.Contains(s, r.Error, ": ExecuteQuery not supported for leveldb")
		}},
	}
}

func batchCases() []Case {
	return []Case{
		{"a write batch is written, and not read before", func(s *script) {
			x, y := s.key("x"), s.key("y")
			s.as(s.a).submit(put(y, "old"))
			results := s.as(s.a).submit(
				do(scripted.StartBatch), put(x, "one"), put(x, "two"), del(y), get(x), get(y), do(scripted.FinishBatch), get(x))
			require.Nil(s, results[4].Value)
			require.Equal(s, "old", string(results[5].Value))
			require.Nil(s, results[7].Value)
			require.Equal(s, "two", string(s.value(s.a, x)))
			require.Nil(s, s.value(s.a, y))
		}},
		{"a write batch may be larger than a peer takes in one message, and needs no end", func(s *script) {
			s.as(s.a).submit(do(scripted.StartBatch), putMany(s.key("k"), multipleGetLimit+5))
			r := s.as(s.b).evaluate(all(s.key("")))[0]
			require.Len(s, r.Pairs, multipleGetLimit+5)
		}},
		{"a write batch protects keys and refuses an empty one at once", func(s *script) {
			k := s.key("k")
			results := s.as(s.a).evaluate(do(scripted.StartBatch), put(nil, "x"), put(k, "one"))
			require.Equal(s, "key must not be an empty string", results[1].Error)
			s.as(s.a).submit(do(scripted.StartBatch), put(k, "one"), setPolicy(k, s.peersOf(1, s.a)), do(scripted.FinishBatch))
			require.Equal(s, s.peersOf(1, s.a), s.as(s.b).evaluate(getPolicy(k))[0].Value)
		}},
		{"a write batch in a paged query is refused when it is sent", func(s *script) {
			results := s.as(s.a).evaluate(
				page(s.key(""), after(s.key("")), 1, nil), do(scripted.StartBatch), put(s.key("k"), "one"), do(scripted.FinishBatch))
			require.Empty(s, results[2].Error)
			require.Contains(s, results[3].Error, "WRITE_BATCH_STATE failed: transaction ID: ")
			require.Contains(s, results[3].Error, pagedBeforeWrite)
		}},
	}
}

func historyCases() []Case {
	return []Case{
		{"a key's history is newest first, with deletions", func(s *script) {
			k := s.key("k")
			var ids []string
			for _, op := range []scripted.Op{put(k, "one"), put(k, "two"), del(k), put(k, "three")} {
				tx := s.as(s.a).endorse(op)
				s.commit(valid, tx)
				ids = append([]string{tx.TransactionID()}, ids...)
			}
			r := s.as(s.b).evaluate(history(k))[0]
			require.Len(s, r.Changes, 4)
			for i, want := range []string{"three", "", "two", "one"} {
				require.Equal(s, ids[i], r.Changes[i].TransactionID)
				require.Equal(s, want, string(r.Changes[i].Value))
				require.Equal(s, want == "", r.Changes[i].Deleted)
			}
		}},
		{"history carries the transactions' own timestamps", func(s *script) {
			k := s.key("k")
			now := s.as(s.a).submit(put(k, "one"), do(scripted.Transaction))[1].Context
			r := s.as(s.a).evaluate(history(k))[0]
			require.Equal(s, now.ID, r.Changes[0].TransactionID)
			require.Equal(s, now.Seconds, r.Changes[0].Seconds)
			require.Equal(s, now.Nanos, r.Changes[0].Nanos)
		}},
		{"history shows neither invalid transactions nor changes of the policy alone", func(s *script) {
			k := s.key("k")
			stale := s.as(s.a).endorse(get(k), put(k, "stale"))
			s.as(s.a).submit(put(k, "one"), history(k))
			s.commit(mvccConflict, stale)
			s.as(s.a).submit(setPolicy(k, s.peersOf(1, s.a)))
			results := s.as(s.a).evaluate(put(k, "not yet"), history(k))
			require.Len(s, results[1].Changes, 1)
			require.Equal(s, "one", string(results[1].Changes[0].Value))
		}},
		{"a key that was never written has no history", func(s *script) {
			require.Empty(s, s.as(s.a).evaluate(history(s.key("k")))[0].Changes)
		}},
	}
}
