package evidence_test

import (
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// evidenceThatHolds, so that strictness is not taken too far.
func evidenceThatHolds() []scripted {
	return []scripted{
		{"a notarised document, cosigned by three of four bodies", "", func(*scene) {}},
		{"the same, without the document", "", func(s *scene) { s.document = nil }},
		{"cosigned by all four", "", func(s *scene) { s.cosigned = append(s.cosigned, by(court, noon+4)) }},
		{"cosigned in another order", "", func(s *scene) { s.cosigned[0], s.cosigned[2] = s.cosigned[2], s.cosigned[0] }},
		{"cosigned with ML-DSA-44", "", func(s *scene) {
			s.policy = threeOfFour(s.t, tlog.MLDSA44)
			for i := range s.cosigned {
				s.cosigned[i].algorithm = tlog.MLDSA44
			}
		}},
		{"beside the cosignatures, others that the policy does not know", "", func(s *scene) {
			s.cosigned = append(s.cosigned, signing{ctie, "1", tlog.MLDSA44, noon}, signing{"NobodyMSP", "1", tlog.Ed25519, noon}, signing{ctie, "unknown", tlog.Ed25519, noon})
		}},
		{"beside the cosignatures, a signature that is not a cosignature", "", func(s *scene) {
			s.text = func(f []byte) []byte { return append(f, "— example.org/log AAAAAQAAAAAAAAAAAA==\n"...) }
		}},
		{"a body cosigned with both of its keys, and two more bodies", "", func(s *scene) {
			s.policy = twoKeys(s.t, tlog.Ed25519)
			s.cosigned = append(s.cosigned, signing{ctie, "2", tlog.Ed25519, noon + 9})
		}},
		{"a key that counts from the second of its cosignature on", "", func(s *scene) { bounded(s.policy, "CTIEMSP-1", noon+1, 0) }},
		{"a key that was retired a second after its cosignature", "", func(s *scene) { bounded(s.policy, "CTIEMSP-1", 0, noon+2) }},
		{"a cosignature outside its key's bounds, which is not needed", "", func(s *scene) {
			s.cosigned = append(s.cosigned, by(court, noon+4))
			bounded(s.policy, "CTIEMSP-1", 0, noon+1)
		}},
		{"a cosignature from the future, which is not needed", "", func(s *scene) { s.cosigned = append(s.cosigned, by(court, noon+60+301)) }},
		{"a cosignature ahead by the tolerance of five minutes", "", func(s *scene) { s.cosigned[2].at = noon + 60 + 300 }},
		{"a cosignature with an early time, which moves nothing", "", func(s *scene) { s.cosigned[0].at = 1 }},
		{"a body's key under two groups of groups", "", func(s *scene) {
			s.policy.Groups[4] = tlog.Group{Name: "ministries", Threshold: 1, Members: []string{ctie, minDigital}}
			s.policy.Groups = append(s.policy.Groups, tlog.Group{Name: "both", Threshold: 2, Members: []string{"ministries", sigi}})
			s.policy.Quorum = "both"
		}},
		{"a policy with the addresses of witnesses, and comments", "", func(s *scene) {
			s.lines = func(p []byte) []byte {
				return replaced(s.t, p, "\ngroup", " https://witness.example/\n# three of four\ngroup")
			}
		}},
		{"a revoked notarisation, which it proves", "", func(s *scene) { s.write, s.document = "revoked", document("revoked") }},
		{"a superseded notarisation, which it proves", "", func(s *scene) { s.write, s.document = "superseded", document("superseded") }},
		{"a document hashed with SHA3-512", "", func(s *scene) { s.write, s.document = "sha3", document("sha3") }},
		{"a notarisation that names no earlier checkpoint", "", func(s *scene) { s.write, s.document = "plain", document("plain") }},
		{"with the checkpoint that the record names: not before", "", (*scene).show},
		{"a document of a batch", "", func(s *scene) { s.of("batch", 3) }},
		{"the last document of a batch, on the tree's right border", "", func(s *scene) { s.of("batch", 4) }},
		{"the only document of a batch", "", func(s *scene) { s.of("batch of one", 0) }},
		{"a document of a batch, with the checkpoint that the batch names", "", func(s *scene) { s.of("batch", 0); s.show() }},
		{"a document of a batch that is revoked", "", func(s *scene) { s.of("revoked batch", 1) }},
		{"a batch, without a document", "", func(s *scene) { s.about("batch") }},
		{"a write of another chaincode", "", func(s *scene) { s.about("registry") }},
		{"a deletion", "", func(s *scene) { s.about("deleted") }},
		{"a change of a key's metadata, under the notary's namespace", "", func(s *scene) { s.about("metadata") }},
		{"a private write, with its value", "", func(s *scene) { s.about("private") }},
		{"a private write, its value not shown", "", func(s *scene) {
			s.about("private")
			s.value = func([]byte) []byte { return nil }
		}},
		{"a log of one entry", "", func(s *scene) {
			s.path = func([]evidence.Hash) []evidence.Hash { return nil }
			s.change = func(p *evidence.Proof) {
				p.Index = 0
				p.Checkpoint = s.sign(tlog.Checkpoint{Origin: origin, Size: 1, Root: s.leaf()}, s.cosigned)
			}
		}},
	}
}
