package evidence_test

import (
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// evidenceOfAnotherLog is cosigned well, but not for the log of the policy.
func evidenceOfAnotherLog() []scripted {
	const other = "psbc.lu/psbc/fedcba9876543210"
	return []scripted{
		{"a checkpoint of another log, cosigned with the policy's keys", "OriginError", func(s *scene) { s.head.Origin = other }},
		{"a policy of another log", "OriginError", func(s *scene) {
			s.lines = func(p []byte) []byte {
				s.policy.Origin = other
				for i, body := range bodies() {
					s.policy.Witnesses[i].Key = newWitness(s.t, other, body, "1").key(s.t, tlog.Ed25519)
				}
				return s.policy.Format()
			}
			s.proof() // is made before the policy changes
		}},
		{"a checkpoint whose origin was changed after it was cosigned", "OriginError", func(s *scene) {
			s.change = func(p *evidence.Proof) { p.Checkpoint.Origin = other }
		}},
	}
}

// evidenceOfForgedSignatures has lines under keys of the policy that those have not made.
func evidenceOfForgedSignatures() []scripted {
	const want = "CosignatureError"
	signatures := func(change func(s *scene, c []tlog.Cosignature)) func(*scene) {
		return func(s *scene) {
			s.cosigned = append(s.cosigned, by(court, noon+4))
			s.change = func(p *evidence.Proof) { change(s, p.Checkpoint.Cosignatures) }
		}
	}
	return []scripted{
		{"one bit of a signature flipped, though three others are enough", want, signatures(func(_ *scene, c []tlog.Cosignature) { c[0].Signature[9] ^= 1 })},
		{"a signature of the wrong length", want, signatures(func(_ *scene, c []tlog.Cosignature) { c[1].Signature = c[1].Signature[1:] })},
		{"a time that was moved forward", want, signatures(func(_ *scene, c []tlog.Cosignature) { c[1].Time++ })},
		{"a time that was moved back", want, signatures(func(_ *scene, c []tlog.Cosignature) { c[1].Time -= 86400 })},
		{"a time that is no time", want, signatures(func(_ *scene, c []tlog.Cosignature) { c[1].Time = 1<<63 + noon })},
		{"a body's cosignature under the name and id of another's key", want, signatures(func(_ *scene, c []tlog.Cosignature) {
			c[3].Name, c[3].KeyID = c[2].Name, c[2].KeyID
			c[2].Name = "moved-away"
		})},
		{"a signature of an earlier checkpoint", want, func(s *scene) {
			s.change = func(p *evidence.Proof) { p.Checkpoint.Cosignatures[0] = s.sign(s.w.after, s.cosigned).Cosignatures[0] }
		}},
		{"a root that was changed after it was cosigned", want, func(s *scene) { s.change = func(p *evidence.Proof) { p.Checkpoint.Root[0] ^= 1 } }},
		{"a size that was changed after it was cosigned", want, func(s *scene) { s.change = func(p *evidence.Proof) { p.Checkpoint.Size++ } }},
		{"one bit of an ML-DSA-44 signature flipped", want, func(s *scene) {
			s.policy = threeOfFour(s.t, tlog.MLDSA44)
			for i := range s.cosigned {
				s.cosigned[i].algorithm = tlog.MLDSA44
			}
			s.change = func(p *evidence.Proof) { p.Checkpoint.Cosignatures[2].Signature[1000] ^= 1 }
		}},
	}
}

// evidenceWithoutAQuorum has genuine cosignatures, but not enough that count.
func evidenceWithoutAQuorum() []scripted {
	const want = "QuorumError"
	return []scripted{
		{"a quorum short by one", want, func(s *scene) { s.cosigned = s.cosigned[:2] }},
		{"one body only", want, func(s *scene) { s.cosigned = s.cosigned[:1] }},
		{"bodies that the policy does not know", want, func(s *scene) {
			s.cosigned = []signing{by("OneMSP", noon), by("TwoMSP", noon), by("ThreeMSP", noon)}
		}},
		{"keys of the bodies that the policy does not know", want, func(s *scene) {
			for i := range s.cosigned {
				s.cosigned[i].seed = "unknown"
			}
		}},
		{"the same body counted twice under two keys", want, func(s *scene) {
			s.policy = twoKeys(s.t, tlog.Ed25519)
			s.cosigned[2] = signing{ctie, "2", tlog.Ed25519, noon + 3}
		}},
		{"the same body counted twice under two algorithms", want, func(s *scene) {
			s.policy.Witnesses = append(s.policy.Witnesses, tlog.Witness{Name: "CTIEMSP-pq", Key: newWitness(s.t, origin, ctie, "1").key(s.t, tlog.MLDSA44)})
			s.policy.Groups[0].Members = append(s.policy.Groups[0].Members, "CTIEMSP-pq")
			s.cosigned[2] = signing{ctie, "1", tlog.MLDSA44, noon + 3}
		}},
		{"ML-DSA-44 signatures where the policy asks for Ed25519", want, func(s *scene) {
			for i := range s.cosigned {
				s.cosigned[i].algorithm = tlog.MLDSA44
			}
		}},
		{"a quorum of all, and one is missing", want, func(s *scene) { s.policy.Groups[4].Threshold = 4 }},
		{"a member of the quorum that alone must have cosigned has not", want, func(s *scene) { s.policy.Quorum = court }},
		{"a key revoked before the signing time", want, func(s *scene) { bounded(s.policy, "CTIEMSP-1", 0, noon-100) }},
		{"a key revoked at the signing time, to the second", want, func(s *scene) { bounded(s.policy, "CTIEMSP-1", 0, noon+1) }},
		{"a key that counts only from a second after the signing time on", want, func(s *scene) { bounded(s.policy, "CTIEMSP-1", noon+2, 0) }},
		{"a quorum short by one even with what is from the future", want, func(s *scene) {
			s.cosigned = []signing{by(ctie, noon+1), by(sigi, noon+9999)}
		}},
		{"a key revoked since, with a cosignature from the future", want, func(s *scene) {
			s.cosigned[0].at = noon + 9999
			bounded(s.policy, "CTIEMSP-1", 0, noon+500)
		}},
		{"a future timestamp that the quorum needs", "FutureError", func(s *scene) { s.cosigned[2].at = noon + 86400 }},
		{"a future timestamp, a second more than the tolerance", "FutureError", func(s *scene) { s.cosigned[2].at = noon + 60 + 301 }},
		{"all timestamps in the future: this machine's clock is wrong", "FutureError", func(s *scene) { s.now = 0 }},
		{"a clock before 1970", "FutureError", func(s *scene) { s.now = -1 << 40 }},
		{"a timestamp in a year that has more than four digits", "FutureError", func(s *scene) { s.cosigned[2].at = 1<<63 - 1 }},
	}
}
