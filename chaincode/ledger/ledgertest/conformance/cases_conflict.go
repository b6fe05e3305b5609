package conformance

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance/scripted"
)

func conflictCases() []Case {
	return []Case{
		{"of two transactions that read and write one key, one is valid", func(s *script) {
			k := s.key("k")
			s.as(s.a).submit(put(k, "zero"))
			txs := []Endorsed{
				s.as(s.a).endorse(get(k), put(k, "one")),
				s.as(s.b).endorse(get(k), put(k, "two")),
				s.as(s.c).endorse(getMultiple(k), put(k, "three")),
			}
			winners := 0
			for i, o := range s.commitAll(txs...) {
				if o.Code == valid {
					winners++
					require.Equal(s, []string{"one", "two", "three"}[i], string(s.value(s.a, k)))
					continue
				}
				require.Equal(s, mvccConflict, o.Code)
			}
			require.Equal(s, 1, winners)
		}},
		{"writes without reads do not conflict", func(s *script) {
			k := s.key("k")
			one, two := s.as(s.a).endorse(put(k, "one")), s.as(s.b).endorse(put(k, "two"))
			for _, o := range s.commitAll(one, two) {
				require.Equal(s, valid, o.Code)
			}
			require.Len(s, s.as(s.a).evaluate(history(k))[0].Changes, 2)
		}},
		{"of two transactions of a block that create one key with its policy, the later fails the policy", func(s *script) {
			k := s.key("k")
			policy := s.peersOf(1, s.a)
			one := s.as(s.a).endorse(get(k), put(k, "one"), setPolicy(k, policy))
			two := s.as(s.a).endorse(get(k), put(k, "two"), setPolicy(k, policy))
			outcomes := s.commitAll(one, two)
			winners := 0
			for _, o := range outcomes {
				if o.Code == valid {
					winners++
					continue
				}
				if outcomes[0].Block == outcomes[1].Block {
					require.Equal(s, policyNotMet, o.Code)
				} else { // a real ledger may have ordered them into two blocks
					require.Equal(s, mvccConflict, o.Code)
				}
			}
			require.Equal(s, 1, winners)
		}},
		{"a read conflicts with a change in a block since", func(s *script) {
			k := s.key("k")
			s.as(s.a).submit(put(k, "one"))
			stale := s.as(s.a).endorse(get(k), put(s.key("note"), "one"))
			s.as(s.b).submit(put(k, "one")) // the same value, a new version
			s.commit(mvccConflict, stale)
			require.Nil(s, s.value(s.a, s.key("note")))
		}},
		{"a read of an absent key conflicts with its creation", func(s *script) {
			stale := s.as(s.a).endorse(get(s.key("k")), put(s.key("note"), "absent"))
			s.as(s.b).submit(put(s.key("k"), "one"))
			s.commit(mvccConflict, stale)
		}},
		{"a read conflicts with deletion and with deletion and writing again", func(s *script) {
			k := s.key("k")
			s.as(s.a).submit(put(k, "one"))
			first := s.as(s.a).endorse(get(k), put(s.key("note"), "1"))
			second := s.as(s.a).endorse(get(k), put(s.key("note"), "2"))
			s.as(s.b).submit(del(k))
			s.commit(mvccConflict, first)
			s.as(s.b).submit(put(k, "one"))
			s.commit(mvccConflict, second)
		}},
		{"a read of a key's policy conflicts with a change of its value", func(s *script) {
			k := s.key("k")
			s.as(s.a).submit(put(k, "one"))
			stale := s.as(s.a).endorse(getPolicy(k), put(s.key("note"), "none"))
			s.as(s.b).submit(put(k, "two"))
			s.commit(mvccConflict, stale)
		}},
		{"a read of a key conflicts with a change of its policy", func(s *script) {
			k := s.key("k")
			s.as(s.a).submit(put(k, "one"))
			stale := s.as(s.a).endorse(get(k), put(s.key("note"), "one"))
			s.as(s.b).submit(setPolicy(k, s.peersOf(1, s.a)))
			s.commit(mvccConflict, stale)
		}},
		{"reading history conflicts with nothing", func(s *script) {
			k := s.key("k")
			s.as(s.a).submit(put(k, "one"))
			tx := s.as(s.a).endorse(history(k), put(s.key("note"), "one"))
			s.as(s.b).submit(put(k, "two"))
			s.commit(valid, tx)
		}},
	}
}

func phantomCases() []Case {
	return []Case{
		{"a range query conflicts with a key that appears in it", func(s *script) {
			s.as(s.a).submit(put(s.key("r/b"), "one"))
			list := all(s.key("r/"))
			first := s.as(s.a).endorse(list, put(s.key("note"), "1"))
			s.as(s.b).submit(put(s.key("r/a"), "two"))
			s.commit(phantomConflict, first)
			second := s.as(s.a).endorse(list, put(s.key("note"), "2"))
			s.as(s.b).submit(put(s.key("r/c"), "three"))
			s.commit(phantomConflict, second)
			require.Nil(s, s.value(s.a, s.key("note")))
		}},
		{"an empty range query conflicts with the first key in it", func(s *script) {
			tx := s.as(s.a).endorse(partial(s.prefix, "a"), put(s.key("note"), "none"))
			s.as(s.b).submit(put(compositeKey(s.prefix, "a", "1"), "one"))
			s.commit(phantomConflict, tx)
		}},
		{"a range query conflicts with a change and with a deletion in it", func(s *script) {
			s.as(s.a).submit(put(s.key("r/a"), "one"), put(s.key("r/b"), "two"))
			list := all(s.key("r/"))
			first := s.as(s.a).endorse(list, put(s.key("note"), "1"))
			s.as(s.b).submit(put(s.key("r/a"), "one"))
			s.commit(phantomConflict, first)
			second := s.as(s.a).endorse(list, put(s.key("note"), "2"))
			s.as(s.b).submit(del(s.key("r/b")))
			s.commit(phantomConflict, second)
		}},
		{"a range query does not conflict with keys outside of it", func(s *script) {
			s.as(s.a).submit(put(s.key("r/b"), "one"))
			tx := s.as(s.a).endorse(within(s.key("r/b"), s.key("r/d")), put(s.key("note"), "1"))
			s.as(s.b).submit(put(s.key("r/a"), "two"), put(s.key("r/d"), "the end is outside"))
			s.commit(valid, tx)
		}},
		{"of two transactions that list a range and add to it, one is valid", func(s *script) {
			list := all(s.key("r/"))
			txs := []Endorsed{
				s.as(s.a).endorse(list, put(s.key("r/a"), "one")),
				s.as(s.b).endorse(list, put(s.key("r/b"), "two")),
			}
			winners := 0
			for _, o := range s.commitAll(txs...) {
				if o.Code == valid {
					winners++
					continue
				}
				require.Equal(s, phantomConflict, o.Code)
			}
			require.Equal(s, 1, winners)
		}},
		{"a range counts as read as far as the peer sent it, whether used or not", func(s *script) {
			s.as(s.a).submit(do(scripted.StartBatch), putMany(s.key("r/"), peerBatch+50))
			one := all(s.key("r/"))
			one.Count = 1
			behind := func(n int) []byte { return s.key(fmt.Sprintf("r/%06dx", n)) }

			tx := s.as(s.a).endorse(one, put(s.key("note"), "1"))
			s.as(s.b).submit(put(behind(peerBatch), "the peer had read one ahead of the batch"))
			s.commit(valid, tx)

			tx = s.as(s.a).endorse(one, put(s.key("note"), "2"))
			s.as(s.b).submit(put(behind(peerBatch-1), "within what was sent"))
			s.commit(phantomConflict, tx)
		}},
		{"a paged query alone may be submitted, and conflicts like any other", func(s *script) {
			s.as(s.a).submit(putMany(s.key("k"), 3))
			list := page(s.key(""), after(s.key("")), 2, nil)
			s.as(s.a).submit(list)
			tx := s.as(s.a).endorse(list)
			s.as(s.b).submit(put(s.key("k000000x"), "new"))
			s.commit(phantomConflict, tx)
		}},
	}
}
