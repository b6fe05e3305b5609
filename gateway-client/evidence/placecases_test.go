package evidence_test

import (
	"crypto/sha256"
	"slices"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"

	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// entry is the entry of the write that the evidence is about.
func (s *scene) entry() []byte {
	written := s.w.writes[s.write]
	commitment, err := written.detail.Commit(written.salt)
	require.NoError(s.t, err)
	return encoded(s.t, evidence.WriteEntry{Block: written.detail.Block, Commitment: commitment})
}

func (s *scene) leaf() evidence.Hash { return evidence.LeafHash(s.entry()) }

// fakeTree cosigns a tree of four leaves in which the write's is hashed otherwise.
func (s *scene) fakeTree(leaf [32]byte) {
	tree := testonly.New(rfc6962.DefaultHasher)
	tree.AppendData([]byte("a"))
	tree.Append(leaf[:])
	tree.AppendData([]byte("b"), []byte("c"))
	path, err := tree.InclusionProof(1, 4)
	require.NoError(s.t, err)
	s.head = tlog.Checkpoint{Origin: origin, Size: 4, Root: evidence.Hash(tree.Hash())}
	s.path = func([]evidence.Hash) []evidence.Hash { return hashes(path) }
	s.change = func(p *evidence.Proof) { p.Index = 1 }
}

// evidenceOutOfPlace is of writes that are not where it says.
func evidenceOutOfPlace() []scripted {
	const want = "InclusionError"
	onPath := func(change func(p []evidence.Hash) []evidence.Hash) func(*scene) {
		return func(s *scene) { s.path = change }
	}
	index := func(change func(i uint64) uint64) func(*scene) {
		return func(s *scene) { s.change = func(p *evidence.Proof) { p.Index = change(p.Index) } }
	}
	detail := func(change func(d *evidence.Detail)) func(*scene) { return func(s *scene) { s.detail = change } }
	return []scripted{
		{"a path without its last hash", want, onPath(func(p []evidence.Hash) []evidence.Hash { return p[:len(p)-1] })},
		{"a path without its first hash", want, onPath(func(p []evidence.Hash) []evidence.Hash { return p[1:] })},
		{"no path", want, onPath(func([]evidence.Hash) []evidence.Hash { return nil })},
		{"a path with one hash more", want, onPath(func(p []evidence.Hash) []evidence.Hash { return append(p, hashOf("more")) })},
		{"a path with its first two hashes swapped", want, onPath(func(p []evidence.Hash) []evidence.Hash { p[0], p[1] = p[1], p[0]; return p })},
		{"a path in the wrong direction", want, onPath(func(p []evidence.Hash) []evidence.Hash { slices.Reverse(p); return p })},
		{"a path with one bit flipped", want, onPath(func(p []evidence.Hash) []evidence.Hash { p[2][31] ^= 1; return p })},
		{"an index too high by one", want, index(func(i uint64) uint64 { return i + 1 })},
		{"an index too low by one", want, index(func(i uint64) uint64 { return i - 1 })},
		{"an index that is the log's size", want, func(s *scene) { s.change = func(p *evidence.Proof) { p.Index = p.Checkpoint.Size } }},
		{"an index beyond any log", want, index(func(uint64) uint64 { return 1<<64 - 1 })},
		{"index and path of another entry", want, func(s *scene) {
			s.change = func(p *evidence.Proof) {
				p.Index++
				path, err := s.w.tree.InclusionProof(p.Index, s.head.Size)
				require.NoError(s.t, err)
				p.Path = hashes(path)
			}
		}},
		{"a log of no entries", want, func(s *scene) { s.head = tlog.Checkpoint{Origin: origin, Root: sha256.Sum256(nil)} }},
		{"a checkpoint of before the write", want, func(s *scene) { s.head = s.w.after }},
		{"a checkpoint of the same size with another root", want, func(s *scene) { s.head.Root = hashOf("another root") }},
		{"a checkpoint of another size with the same root", want, func(s *scene) { s.head.Size *= 2 }},
		{"a leaf presented as a node: its parent's place", want, func(s *scene) {
			s.head = tlog.Checkpoint{Origin: origin, Size: s.head.Size / 2, Root: s.head.Root}
			s.change = func(p *evidence.Proof) { p.Index /= 2; p.Path = p.Path[1:] }
		}},
		{"a leaf presented as a node: hashed as one", want, func(s *scene) { s.fakeTree(sha256.Sum256(append([]byte{1}, s.entry()...))) }},
		{"a leaf that is not marked as one", want, func(s *scene) { s.fakeTree(sha256.Sum256(s.entry())) }},
		{"a leaf that is the detail itself", want, func(s *scene) {
			s.fakeTree(evidence.LeafHash(encoded(s.t, s.w.writes[s.write].detail)))
		}},
		{"another block", want, detail(func(d *evidence.Detail) { d.Block++ })},
		{"another transaction", want, detail(func(d *evidence.Detail) { d.Tx = transactionID("another") })},
		{"another place in the block", want, detail(func(d *evidence.Detail) { d.TxIndex++ })},
		{"another place in the transaction", want, detail(func(d *evidence.Detail) { d.Index++ })},
		{"extra data lying about the creator", want, detail(func(d *evidence.Detail) { d.Creator = sigi })},
		{"extra data lying about the namespace", want, detail(func(d *evidence.Detail) { d.Namespace = "registry" })},
		{"extra data lying about the kind", want, detail(func(d *evidence.Detail) { d.Kind = evidence.KindMetadata })},
		{"extra data lying about the key", want, detail(func(d *evidence.Detail) { d.Key = append([]byte{}, d.Key[1:]...) })},
		{"extra data lying about a deletion", want, func(s *scene) {
			s.detail = func(d *evidence.Detail) { d.ValueHash = nil }
			s.value = func([]byte) []byte { return nil }
		}},
		{"extra data lying about the value and its hash", want, func(s *scene) {
			s.value = func([]byte) []byte { return encoded(s.t, notarisation(s.t, "deed", ctie)) }
			s.detail = func(d *evidence.Detail) { d.ValueHash = pointer(evidence.Hash(sha256.Sum256(s.value(nil)))) }
		}},
		{"extra data lying about a collection", want, func(s *scene) {
			s.about("private")
			s.detail = func(d *evidence.Detail) { d.Collection = "_implicit_org_SIGIMSP" }
		}},
		{"another salt", want, func(s *scene) { s.change = func(p *evidence.Proof) { p.Extra.Salt[0] ^= 1 } }},
	}
}
