package main

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/bits"
	"time"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// The ledger log that the evidence is of, and whose witnesses cosign it.
const (
	sceneOrigin = "psbc.lu/psbc/0123456789abcdef"
	sceneSize   = 10_000_000 // entries
	sceneQuorum = 3
)

func sceneBodies() []string {
	return []string{benchBody, "SIGIMSP", "MinDigitalMSP", "CourDesComptesMSP"}
}

// scene is a log of which only one path is known, and the keys of four witnesses.
type scene struct {
	now time.Time
	// witnesses has the keys of both kinds, body by body.
	witnesses           map[string][]*evidence.Signer
	policy, postQuantum *evidence.Policy
}

func newScene() (*scene, error) {
	s := &scene{now: time.Now(), witnesses: make(map[string][]*evidence.Signer)}
	for _, body := range sceneBodies() {
		for _, algorithm := range []tlog.Algorithm{tlog.Ed25519, tlog.MLDSA44} {
			key, err := evidence.GenerateSigner(tlog.WitnessName(sceneOrigin, body), algorithm, rand.Reader)
			if err != nil {
				return nil, err
			}
			s.witnesses[body] = append(s.witnesses[body], key)
		}
	}
	var err error
	if s.policy, err = s.policyOf(tlog.Ed25519); err != nil {
		return nil, err
	}
	s.postQuantum, err = s.policyOf(tlog.MLDSA44)
	return s, err
}

// policyOf asks for three of the four bodies, each with its key of the algorithm. It is read
// back from a file, as verifiers do.
func (s *scene) policyOf(algorithm tlog.Algorithm) (*evidence.Policy, error) {
	p := &tlog.Policy{Origin: sceneOrigin, Quorum: tlog.BodiesGroup}
	quorum := tlog.Group{Name: tlog.BodiesGroup, Threshold: sceneQuorum}
	for _, body := range sceneBodies() {
		for _, signer := range s.witnesses[body] {
			key := signer.Key()
			if key.Algorithm != algorithm {
				continue
			}
			name := fmt.Sprintf("%s-%08x", body, key.ID)
			p.Witnesses = append(p.Witnesses, tlog.Witness{Name: name, Key: key})
			p.Groups = append(p.Groups, tlog.Group{Name: body, Threshold: 1, Members: []string{name}})
			quorum.Members = append(quorum.Members, body)
		}
	}
	p.Groups = append(p.Groups, quorum)
	return evidence.ParsePolicy(p.Format())
}

// cosign lets as many bodies as the quorum needs cosign with both of their keys.
func (s *scene) cosign(c evidence.Checkpoint, at time.Time) (evidence.SignedCheckpoint, error) {
	signed := evidence.SignedCheckpoint{Checkpoint: c}
	for _, body := range sceneBodies()[:sceneQuorum] {
		for _, signer := range s.witnesses[body] {
			line, err := signer.Sign(c, uint64(at.Unix()))
			if err != nil {
				return signed, err
			}
			signed.Cosignatures = append(signed.Cosignatures, line)
		}
	}
	return signed, nil
}

// anchored is the evidence of a batch's anchor. The record names an earlier checkpoint, as
// those do that clients make on a network with witnesses.
func (s *scene) anchored(batch *gateway.Batch) (*evidence.Proof, error) {
	earlier := evidence.Checkpoint{Origin: sceneOrigin, Size: sceneSize / 2, Root: sha256.Sum256([]byte("an earlier root"))}
	after, err := s.cosign(earlier, s.now.Add(-2*time.Minute))
	if err != nil {
		return nil, err
	}
	record := *batch.Anchor()
	record.After = &notary.After{Root: earlier.Root.String(), Size: earlier.Size}
	value, err := record.Encode()
	if err != nil {
		return nil, err
	}
	hash := evidence.Hash(sha256.Sum256(value))
	detail := evidence.Detail{
		Block: 4711, Tx: record.TxID, Creator: record.Body, Namespace: evidence.NotaryNamespace, Kind: evidence.KindWrite,
		Key: []byte("\x00" + evidence.AnchorKeyType + "\x00" + record.Root + "\x00" + record.Body + "\x00"), ValueHash: &hash,
	}
	p, err := s.included(detail)
	if err != nil {
		return nil, err
	}
	p.Extra.Value, p.Extra.After = value, &after
	return p, nil
}

// included puts a write into the log, at a place in its middle: siblings are any hashes, and
// the root is what they lead to.
func (s *scene) included(detail evidence.Detail) (*evidence.Proof, error) {
	salt := evidence.Salt([]byte("a nonce of twenty-four b"), detail.Tx, detail.Index)
	commitment, err := detail.Commit(salt)
	if err != nil {
		return nil, err
	}
	entry, err := evidence.WriteEntry{Block: detail.Block, Commitment: commitment}.Encode()
	if err != nil {
		return nil, err
	}
	const index = sceneSize / 3 * 2
	leaf := evidence.LeafHash(entry)
	var siblings [][]byte
	p := &evidence.Proof{Index: index, Extra: evidence.Extra{Detail: detail, Salt: salt}}
	for i := range pathLength(index, sceneSize) {
		sibling := sha256.Sum256(fmt.Append(nil, "sibling ", i))
		p.Path, siblings = append(p.Path, sibling), append(siblings, sibling[:])
	}
	root, err := proof.RootFromInclusionProof(rfc6962.DefaultHasher, index, sceneSize, leaf[:], siblings)
	if err != nil {
		return nil, err
	}
	head := evidence.Checkpoint{Origin: sceneOrigin, Size: sceneSize, Root: evidence.Hash(root)}
	p.Checkpoint, err = s.cosign(head, s.now.Add(-time.Minute))
	return p, err
}

// pathLength is how many siblings the path of a leaf has (RFC 9162, section 2.1.3).
func pathLength(index, size uint64) int {
	inner := bits.Len64(index ^ (size - 1))
	return inner + bits.OnesCount64(index>>inner)
}
