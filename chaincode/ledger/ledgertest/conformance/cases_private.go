package conformance

import (
	"crypto/sha256"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance/scripted"
)

// notAvailable is what the peer of a body outside the collection says.
const notAvailable = "private data matching public hash version is not available. Public hash version = {BlockNum: "

func privateCases() []Case {
	return []Case{
		{"private data is read at its body's peer only, its hash at every peer", func(s *script) {
			k, own := s.key("k"), implicit(s.a)
			s.as(s.a).at(s.a).submit(in(own, put(k, "secret")))
			require.Equal(s, "secret", string(s.as(s.a).evaluate(in(own, get(k)))[0].Value))
			want := sha256.Sum256([]byte("secret"))
			for _, body := range s.ledger.Bodies() {
				results := s.as(body).evaluate(hash(own, k), get(k))
				require.Equal(s, want[:], results[0].Value)
				require.Nil(s, results[1].Value)
			}
			r := s.as(s.b).evaluate(in(own, get(k)))[0]
			require.Contains(s, r.Error, "GET_STATE failed: transaction ID: ")
			require.Contains(s, r.Error, notAvailable)
			require.Contains(s, r.Error, "Private data version = <nil>")
		}},
		{"an implicit collection lets anyone's client read at its body's peer", func(s *script) {
			k, own := s.key("k"), implicit(s.a)
			s.as(s.a).at(s.a).submit(in(own, put(k, "secret")))
			r := s.as(s.b).at(s.a).evaluate(in(own, get(k)))[0]
			require.Empty(s, r.Error)
			require.Equal(s, "secret", string(r.Value))
		}},
		{"several private values are read at once, silently none at another body's peer", func(s *script) {
			x, y, own := s.key("x"), s.key("y"), implicit(s.a)
			s.as(s.a).at(s.a).submit(in(own, put(x, "one")), in(own, put(y, "two")))
			list := in(own, getMultiple(y, s.key("absent"), x))
			require.Equal(s, [][]byte{[]byte("two"), nil, []byte("one")}, s.as(s.a).evaluate(list)[0].Values)
			r := s.as(s.b).evaluate(list)[0]
			require.Empty(s, r.Error)
			require.Equal(s, [][]byte{nil, nil, nil}, r.Values)
		}},
		{"private data that was never written has neither value nor hash anywhere", func(s *script) {
			for _, body := range []string{s.a, s.b} {
				for _, r := range s.as(body).evaluate(in(implicit(s.a), get(s.key("k"))), hash(implicit(s.a), s.key("k"))) {
					require.Empty(s, r.Error)
					require.Nil(s, r.Value)
				}
			}
		}},
		{"a transaction does not read its own private writes", func(s *script) {
			k, own := s.key("k"), implicit(s.a)
			results := s.as(s.a).at(s.a).submit(in(own, put(k, "one")), in(own, get(k)), hash(own, k))
			require.Nil(s, results[1].Value)
			require.Nil(s, results[2].Value)
		}},
		{"a write to a body's implicit collection is endorsed by that body alone", func(s *script) {
			k, own := s.key("k"), implicit(s.a)
			s.as(s.a).submit(in(own, put(k, "one"))) // the ledger itself finds the endorser
			s.commit(valid, s.as(s.a).at(s.a).endorse(in(own, put(k, "two"))))
			s.commit(policyNotMet, s.as(s.b).at(s.b).endorse(in(own, put(k, "three"))))
			require.Equal(s, "two", string(s.as(s.a).evaluate(in(own, get(k)))[0].Value))
		}},
		{"a private write together with a public one needs the chaincode's policy as well", func(s *script) {
			k, own := s.key("k"), implicit(s.a)
			ops := []scripted.Op{in(own, put(k, "secret")), put(k, "public")}
			s.commit(policyNotMet, s.as(s.a).at(s.a).endorse(ops...))
			require.Nil(s, s.as(s.a).evaluate(hash(own, k))[0].Value)
			s.commit(policyNotMet, s.as(s.b).at(s.majority(s.a)...).endorse(ops...))
			s.commit(valid, s.as(s.a).at(s.majority()...).endorse(ops...))
			require.Equal(s, "public", string(s.value(s.b, k)))
		}},
		{"deleted private data has neither value nor hash", func(s *script) {
			k, own := s.key("k"), implicit(s.a)
			s.as(s.a).at(s.a).submit(in(own, put(k, "secret")))
			s.as(s.a).at(s.a).submit(in(own, del(k)))
			s.noPrivateData(own, k)
		}},
		{"purged private data has neither value nor hash, and the key can be written again", func(s *script) {
			k, own := s.key("k"), implicit(s.a)
			s.as(s.a).at(s.a).submit(in(own, put(k, "secret")))
			s.as(s.a).at(s.a).submit(purge(own, k))
			s.noPrivateData(own, k)
			s.as(s.a).at(s.a).submit(in(own, put(k, "again")))
			require.Equal(s, "again", string(s.as(s.a).evaluate(in(own, get(k)))[0].Value))
		}},
		{"purging what does not exist is valid", func(s *script) {
			s.as(s.a).at(s.a).submit(purge(implicit(s.a), s.key("k")))
		}},
		{"private data is listed in order, at its body's peer", func(s *script) {
			own, kind := implicit(s.a), s.prefix
			s.as(s.a).at(s.a).submit(
				in(own, put(s.key("b"), "2")), in(own, put(s.key("a"), "1")),
				in(own, put(compositeKey(kind, "x", "1"), "3")), in(own, put(compositeKey(kind, "y", "1"), "4")))
			ops := []scripted.Op{in(own, all(s.key(""))), in(own, partial(kind, "x"))}
			results := s.as(s.a).evaluate(ops...)
			require.Equal(s, []string{string(s.key("a")) + "=1", string(s.key("b")) + "=2"}, pairs(results[0]))
			require.Equal(s, []string{string(compositeKey(kind, "x", "1")) + "=3"}, pairs(results[1]))
			for _, r := range s.as(s.b).evaluate(ops...) {
				require.Empty(s, r.Error)
				require.Empty(s, r.Pairs)
			}
		}},
		{"a query of private data allows no write after it, nor any before", func(s *script) {
			k, own := s.key("k"), implicit(s.a)
			results := s.as(s.a).evaluate(in(own, all(s.key(""))), put(k, "x"), in(own, put(k, "x")))
			require.Contains(s, results[1].Error, privateBeforeWrite)
			require.Contains(s, results[2].Error, privateBeforeWrite)
			results = s.as(s.a).evaluate(put(k, "x"), in(own, all(s.key(""))))
			require.Contains(s, results[1].Error, writeBeforePrivate)
		}},
		{"a collection must exist", func(s *script) {
			k := s.key("k")
			for _, op := range []scripted.Op{get(k), put(k, "x"), getMultiple(k), all(k)} {
				results := s.as(s.a).evaluate(in("nowhere", op), in(implicit("NobodyMSP"), op))
				require.Contains(s, results[0].Error, "/nowhere could not be found")
				require.Contains(s, results[1].Error, "collection [_implicit_org_NobodyMSP] not defined in the collection config for chaincode [")
			}
			results := s.as(s.a).evaluate(hash("nowhere", k), hash("", k), purge("", k))
			require.Contains(s, results[0].Error, "collection [nowhere] not defined in the collection config for chaincode [")
			require.Equal(s, "collection must not be an empty string", results[1].Error)
			require.Equal(s, "collection must not be an empty string", results[2].Error)
		}},
		{"reading a private hash conflicts with its change", func(s *script) {
			k, own := s.key("k"), implicit(s.a)
			reader := s.as(s.b).endorse(hash(own, k), put(s.key("note"), "absent"))
			s.as(s.a).at(s.a).submit(in(own, put(k, "one")))
			s.commit(mvccConflict, reader)
			reader = s.as(s.a).at(s.a).endorse(in(own, get(k)), in(own, put(s.key("note"), "seen")))
			s.as(s.a).at(s.a).submit(in(own, put(k, "two")))
			s.commit(mvccConflict, reader)
		}},
		{"a body that did not endorse a write to its implicit collection has the hash alone", withheldCase},
		{"a private key's policy replaces its collection's, and leaves the value readable", func(s *script) {
			k, own := s.key("k"), implicit(s.a)
			s.as(s.a).at(s.a).submit(in(own, put(k, "one")))
			s.as(s.a).at(s.a).submit(in(own, setPolicy(k, s.peersOf(2, s.a, s.b))))
			results := s.as(s.a).evaluate(in(own, get(k)), in(own, getPolicy(k)))
			require.Empty(s, results[0].Error)
			require.Equal(s, "one", string(results[0].Value))
			require.Equal(s, s.peersOf(2, s.a, s.b), results[1].Value)
			s.commit(policyNotMet, s.as(s.a).at(s.a).endorse(in(own, put(k, "two"))))
			s.commit(valid, s.as(s.a).at(s.a, s.b).endorse(in(own, put(k, "three"))))
			require.Equal(s, "three", string(s.as(s.a).evaluate(in(own, get(k)))[0].Value))
		}},
	}
}

// withheldCase writes to a body's implicit collection without that body, which a
// key's policy can allow.
func withheldCase(s *script) {
	k, own := s.key("k"), implicit(s.a)
	s.as(s.a).at(s.a).submit(in(own, put(k, "one")))
	s.as(s.a).at(s.a).submit(in(own, setPolicy(k, s.peersOf(1, s.b))))
	s.commit(valid, s.as(s.b).at(s.b).endorse(in(own, put(k, "two"))))
	want := sha256.Sum256([]byte("two"))
	for _, body := range []string{s.a, s.b} {
		results := s.as(body).evaluate(hash(own, k), in(own, get(k)))
		require.Equal(s, want[:], results[0].Value)
		require.Contains(s, results[1].Error, notAvailable)
	}
}

// noPrivateData asserts that the key has no value at a member, and no hash.
func (s *script) noPrivateData(collection string, key []byte) {
	results := s.as(s.a).evaluate(in(collection, get(key)), hash(collection, key), in(collection, all(key)))
	for _, r := range results {
		require.Empty(s, r.Error)
		require.Nil(s, r.Value)
		require.Empty(s, r.Pairs)
	}
	require.Nil(s, s.as(s.b).evaluate(hash(collection, key))[0].Value)
}
