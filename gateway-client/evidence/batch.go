package evidence

import (
	"fmt"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// maxPath is the longest path in a tree of 2⁶⁴ leaves.
const maxPath = 64

// Member is a document's place in a batch that was notarised by the root of its tree.
type Member struct {
	Digest notary.Digest
	Index  uint64 // of the leaf, from 0
	Path   []Hash // from the leaf's sibling up
}

// BatchLeaf is the hash of a document's leaf in the tree of its batch: RFC 6962 over the
// label "psbc/batch/v1\n" and the digest as it is written.
// The label keeps it from being taken for an entry of the ledger log.
func BatchLeaf(d notary.Digest) Hash { return notary.BatchLeaf(d) }

// VerifyMember checks that a document is in the batch of that many documents with that
// root, at the place it names. It fails with a *[MemberError].
func VerifyMember(root Hash, count uint64, m Member) error {
	if _, err := notary.ParseDigest(string(m.Digest)); err != nil {
		return &MemberError{fmt.Errorf("its member: %w", err)}
	}
	if err := verifyInclusion(m.Index, count, BatchLeaf(m.Digest), m.Path, root); err != nil {
		return &MemberError{fmt.Errorf("%s is not document %d of the %d whose batch has the root %s: %w", m.Digest, m.Index, count, root, err)}
	}
	return nil
}

// verifyInclusion checks a path from a leaf to a root (RFC 9162, section 2.1.3.2). Its
// errors say what is wrong, for any input.
func verifyInclusion(index, size uint64, leaf Hash, path []Hash, root Hash) error {
	if index >= size {
		return fmt.Errorf("there is no entry %d among %d", index, size)
	}
	siblings := make([][]byte, len(path))
	for i := range path {
		siblings[i] = path[i][:]
	}
	got, err := proof.RootFromInclusionProof(rfc6962.DefaultHasher, index, size, leaf[:], siblings)
	if err != nil {
		return fmt.Errorf("its path does not fit: %w", err)
	}
	if Hash(got) != root {
		return fmt.Errorf("its path leads to the root %x, not %s", got, root)
	}
	return nil
}
