package conformance

import (
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance/scripted"
)

func endorsementCases() []Case {
	return []Case{
		{"a write needs the endorsement of a majority", func(s *script) {
			k := s.key("k")
			most := s.majority()
			s.commit(policyNotMet, s.as(s.a).at(most[1:]...).endorse(put(k, "one")))
			require.Nil(s, s.value(s.a, k))
			s.commit(valid, s.as(s.a).at(most...).endorse(put(k, "two")))
			require.Equal(s, "two", string(s.value(s.a, k)))
		}},
		{"a transaction that only reads needs it too", func(s *script) {
			s.commit(policyNotMet, s.as(s.a).at(s.a).endorse(get(s.key("k"))))
			s.commit(valid, s.as(s.a).at(s.majority()...).endorse(get(s.key("k"))))
		}},
		{"a transaction that does nothing needs it too", func(s *script) {
			s.commit(policyNotMet, s.as(s.a).at(s.a).endorse(do(scripted.Transaction)))
			s.as(s.a).submit(do(scripted.Transaction))
		}},
		{"a key's policy replaces the chaincode's", func(s *script) {
			k := s.key("k")
			s.as(s.a).submit(put(k, "one"), setPolicy(k, s.peersOf(1, s.b)))
			s.commit(policyNotMet, s.as(s.a).at(s.majority(s.b)...).endorse(put(k, "two")))
			s.commit(policyNotMet, s.as(s.a).at(s.majority(s.b)...).endorse(del(k)))
			require.Equal(s, "one", string(s.value(s.a, k)))
			s.commit(valid, s.as(s.a).at(s.b).endorse(put(k, "three")))
			require.Equal(s, "three", string(s.value(s.a, k)))
		}},
		{"a key's policy may ask for several bodies", func(s *script) {
			k := s.key("k")
			s.as(s.a).submit(put(k, "one"), setPolicy(k, s.peersOf(2, s.a, s.b)))
			s.commit(policyNotMet, s.as(s.a).at(s.a).endorse(put(k, "two")))
			s.commit(policyNotMet, s.as(s.a).at(s.a, s.c).endorse(put(k, "two")))
			s.commit(valid, s.as(s.a).at(s.a, s.b).endorse(put(k, "two")))
		}},
		{"the endorsers that a key's policy asks for are found", func(s *script) {
			k := s.key("k")
			s.as(s.a).submit(put(k, "one"), setPolicy(k, s.peersOf(2, s.b, s.c)))
			s.as(s.a).submit(put(k, "two"))
			s.as(s.a).submit(put(k, "three"), put(s.key("other"), "with a key of the chaincode's policy"))
			require.Equal(s, "three", string(s.value(s.a, k)))
		}},
		{"a key's first policy is set under the chaincode's", func(s *script) {
			k := s.key("k")
			s.commit(valid, s.as(s.a).at(s.majority(s.c)...).endorse(put(k, "one"), setPolicy(k, s.peersOf(1, s.c))))
		}},
		{"a key's policy is read back, and outlives a change of the value", func(s *script) {
			k, policy := s.key("k"), s.peersOf(1, s.b)
			results := s.as(s.a).submit(put(k, "one"), setPolicy(k, policy), getPolicy(k))
			require.Nil(s, results[2].Value)
			s.as(s.a).submit(put(k, "two"))
			results = s.as(s.c).evaluate(getPolicy(k), getPolicy(s.key("other")))
			require.Equal(s, policy, results[0].Value)
			require.Nil(s, results[1].Value)
		}},
		{"a key's policy is changed under itself", func(s *script) {
			k := s.key("k")
			s.as(s.a).submit(put(k, "one"), setPolicy(k, s.peersOf(1, s.b)))
			change := setPolicy(k, s.peersOf(1, s.a))
			s.commit(policyNotMet, s.as(s.a).at(s.majority(s.b)...).endorse(change))
			s.commit(policyNotMet, s.as(s.a).at(s.majority(s.b)...).endorse(put(k, "two"), change))
			s.commit(valid, s.as(s.a).at(s.b).endorse(change))
			s.commit(policyNotMet, s.as(s.b).at(s.majority(s.a)...).endorse(put(k, "three")))
			s.commit(valid, s.as(s.b).at(s.a).endorse(put(k, "four")))
			require.Equal(s, "four", string(s.value(s.a, k)))
		}},
		{"a deleted key loses its policy", func(s *script) {
			k := s.key("k")
			s.as(s.a).submit(put(k, "one"), setPolicy(k, s.peersOf(1, s.b)))
			s.commit(valid, s.as(s.a).at(s.b).endorse(del(k)))
			require.Nil(s, s.as(s.a).evaluate(getPolicy(k))[0].Value)
			s.commit(valid, s.as(s.a).at(s.majority(s.b)...).endorse(put(k, "two")))
			require.Nil(s, s.as(s.a).evaluate(getPolicy(k))[0].Value)
		}},
		{"a policy alone makes no key", func(s *script) {
			k := s.key("k")
			s.as(s.a).submit(setPolicy(k, s.peersOf(1, s.b)))
			results := s.as(s.a).evaluate(get(k), getPolicy(k), all(k))
			require.Nil(s, results[0].Value)
			require.Nil(s, results[1].Value)
			require.Empty(s, results[2].Pairs)
			s.commit(valid, s.as(s.a).at(s.majority(s.b)...).endorse(put(k, "one")))
		}},
		{"every key of a transaction is judged by its own policy", func(s *script) {
			k, other := s.key("k"), s.key("other")
			s.as(s.a).submit(put(k, "one"), setPolicy(k, s.peersOf(1, s.b)))
			ops := []scripted.Op{put(k, "two"), put(other, "two")}
			s.commit(policyNotMet, s.as(s.a).at(s.b).endorse(ops...))
			s.commit(policyNotMet, s.as(s.a).at(s.majority(s.b)...).endorse(ops...))
			require.Nil(s, s.value(s.a, other))
			s.commit(valid, s.as(s.a).at(append(s.majority(s.b), s.b)...).endorse(ops...))
			require.Equal(s, "two", string(s.value(s.a, other)))
		}},
		{"a transaction that fails at commit leaves nothing, private or public", func(s *script) {
			k, own := s.key("k"), implicit(s.a)
			stale := s.as(s.a).at(s.majority()...).endorse(get(k), put(k, "stale"), in(own, put(k, "stale")), setPolicy(k, s.peersOf(1, s.b)))
			s.as(s.b).submit(put(k, "one"))
			s.commit(mvccConflict, stale)
			results := s.as(s.a).evaluate(get(k), hash(own, k), getPolicy(k))
			require.Equal(s, "one", string(results[0].Value))
			require.Nil(s, results[1].Value)
			require.Nil(s, results[2].Value)
		}},
	}
}
