package evidence_test

import (
	"slices"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// evidenceOfAnotherValue shows a value that was not written.
func evidenceOfAnotherValue() []scripted {
	const want = "ValueError"
	value := func(change func([]byte) []byte) func(*scene) { return func(s *scene) { s.value = change } }
	return []scripted{
		{"a record altered by one byte", want, value(func(v []byte) []byte { v = slices.Clone(v); v[len(v)-9] ^= 1; return v })},
		{"a record with a byte more", want, value(func(v []byte) []byte { return append(slices.Clone(v), ' ') })},
		{"a record that is not shown", want, value(func([]byte) []byte { return nil })},
		{"the record of another document", want, func(s *scene) {
			s.document = document("plain")
			s.value = func([]byte) []byte { return s.w.writes["plain"].value }
		}},
		{"a revoked record shown as active", want, func(s *scene) {
			s.write, s.document = "revoked", document("revoked")
			s.value = func([]byte) []byte { return encoded(s.t, notarisation(s.t, "revoked", ctie)) }
		}},
		{"a value of what was deleted", want, func(s *scene) {
			s.about("deleted")
			s.value = func([]byte) []byte { return []byte("still there") }
		}},
		{"another private value", want, func(s *scene) {
			s.about("private")
			s.value = func([]byte) []byte { return []byte("guess") }
		}},
		{"metadata that is not shown", want, func(s *scene) {
			s.about("metadata")
			s.value = func([]byte) []byte { return nil }
		}},
	}
}

// evidenceOfFalseRecords is of writes that are in the log, and that the notary does not
// make.
func evidenceOfFalseRecords() []scripted {
	var cases []scripted
	for _, write := range []string{
		"under another body's key", "under another document's key", "by another body", "no record", "of no body", "not canonical", "deleted record",
		"revoked without a reason", "anchor under another root", "no anchor",
	} {
		cases = append(cases, scripted{"a false record: " + write, "RecordError", func(s *scene) { s.about(write) }})
	}
	return cases
}

// evidenceOfAnotherDocument holds, but not for the document.
func evidenceOfAnotherDocument() []scripted {
	const want = "DocumentError"
	given := func(content []byte) func(*scene) { return func(s *scene) { s.document = content } }
	return []scripted{
		{"another document", want, given(document("plain"))},
		{"the document altered by one byte", want, given([]byte("The document deed,\n"))},
		{"the document without its last byte", want, given([]byte("The document deed."))},
		{"an empty document", want, given([]byte{})},
		{"a document of the batch, and the place of another", want, func(s *scene) { s.of("batch", 1); s.document = document("b2") }},
		{"a document with evidence of a whole batch", want, func(s *scene) { s.write = "batch"; s.document = document("b1") }},
		{"a document with evidence of another chaincode's write", want, func(s *scene) { s.write = "registry" }},
		{"a document with evidence of a key's metadata", want, func(s *scene) { s.write = "metadata" }},
	}
}

// evidenceOfNoMember shows a place in a batch that the document has not.
func evidenceOfNoMember() []scripted {
	const want = "MemberError"
	member := func(index int, change func(s *scene, m *evidence.Member)) func(*scene) {
		return func(s *scene) { s.of("batch", index); change(s, s.member) }
	}
	return []scripted{
		{"a leaf of another batch", want, func(s *scene) { s.of("other batch", 2); s.write = "batch" }},
		{"another document in the batch's place", want, member(1, func(s *scene, m *evidence.Member) {
			m.Digest, s.document = digest(s.t, "sha2-256", "plain"), document("plain")
		})},
		{"a place too high by one", want, member(1, func(_ *scene, m *evidence.Member) { m.Index++ })},
		{"a place beyond the batch", want, member(4, func(_ *scene, m *evidence.Member) { m.Index++ })},
		{"a truncated path in the batch", want, member(1, func(_ *scene, m *evidence.Member) { m.Path = m.Path[:len(m.Path)-1] })},
		{"a path in the batch with two hashes swapped", want, member(1, func(_ *scene, m *evidence.Member) { m.Path[0], m.Path[1] = m.Path[1], m.Path[0] })},
		{"a path in the batch with one bit flipped", want, member(1, func(_ *scene, m *evidence.Member) { m.Path[0][0] ^= 1 })},
		{"the same digest of another algorithm", want, member(1, func(s *scene, m *evidence.Member) { m.Digest = "sha3-256" + m.Digest[len("sha2-256"):] })},
		{"a leaf of the batch presented as a node", want, member(0, func(_ *scene, m *evidence.Member) { m.Path = m.Path[1:] })},
		{"an entry of the ledger log presented as a document", want, member(1, func(s *scene, m *evidence.Member) {
			path, err := s.w.tree.InclusionProof(1, s.w.tree.Size())
			require.NoError(s.t, err)
			m.Index, m.Path = 1, hashes(path)
		})},
		{"a place in a batch with evidence of a single document", want, func(s *scene) {
			s.of("batch", 1)
			s.write = "deed"
		}},
		{"a place in a batch with evidence of another chaincode's write", want, func(s *scene) {
			s.of("batch", 1)
			s.write = "registry"
		}},
	}
}

// evidenceNotAfter shows an earlier checkpoint that proves nothing.
func evidenceNotAfter() []scripted {
	const want = "AfterError"
	later := func(change func(s *scene)) func(*scene) { return func(s *scene) { s.show(); change(s) } }
	return []scripted{
		{"an earlier checkpoint with a forged signature", want, later(func(s *scene) {
			s.change = func(p *evidence.Proof) { p.Extra.After.Cosignatures[0].Signature[5] ^= 1 }
		})},
		{"an earlier checkpoint whose time was moved", want, later(func(s *scene) {
			s.change = func(p *evidence.Proof) { p.Extra.After.Cosignatures[1].Time -= 3600 }
		})},
		{"an earlier checkpoint with another root", want, later(func(s *scene) { s.after.Root = hashOf("another") })},
		{"an earlier checkpoint of another size", want, later(func(s *scene) { s.after.Size-- })},
		{"an earlier checkpoint than the one that is named", want, later(func(s *scene) { s.after = pointer(s.w.head(2)) })},
		{"an earlier checkpoint of another log", want, later(func(s *scene) { s.after.Origin = "psbc.lu/psbc/fedcba9876543210" })},
		{"an earlier checkpoint short of the quorum by one", want, later(func(s *scene) { s.afterSigned = s.afterSigned[1:] })},
		{"an earlier checkpoint cosigned by one body with two keys", want, later(func(s *scene) {
			s.policy = twoKeys(s.t, tlog.Ed25519)
			s.afterSigned[2] = signing{ctie, "2", tlog.Ed25519, noon - 5}
		})},
		{"an earlier checkpoint cosigned with a key that did not count yet", want, later(func(s *scene) { bounded(s.policy, "CTIEMSP-1", noon, 0) })},
		{"an earlier checkpoint cosigned in the future", want, later(func(s *scene) { s.afterSigned[0].at = noon + 9999 })},
		{"an earlier checkpoint that the record does not name", want, func(s *scene) {
			s.write, s.document = "plain", document("plain")
			s.show()
		}},
		{"an earlier checkpoint of a batch that names none", want, func(s *scene) { s.of("other batch", 1); s.show() }},
		{"an earlier checkpoint of another chaincode's write", want, func(s *scene) { s.about("registry"); s.show() }},
		{"an earlier checkpoint that is larger than the log", want, func(s *scene) {
			s.about("named too large")
			s.after = &tlog.Checkpoint{Origin: origin, Size: 1000, Root: hashOf("later")}
		}},
		{"an earlier checkpoint that the record itself would be a part of", want, func(s *scene) {
			s.about("named as a part")
			s.after = &tlog.Checkpoint{Origin: origin, Size: s.w.writes["named as a part"].index + 1, Root: hashOf("part")}
		}},
		{"an earlier checkpoint of no entries", want, later(func(s *scene) {
			s.after = &tlog.Checkpoint{Origin: origin, Root: evidence.Hash(rfc6962.DefaultHasher.EmptyRoot())}
		})},
	}
}
