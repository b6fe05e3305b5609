package gateway

import (
	"encoding/hex"
	"errors"
	"iter"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
	"github.com/psbc-lu/psbc/gateway-client/internal/batchfile"
)

const opBatchFile = "batch file"

// Batch is an open batch file of NotariseMany: what is needed, besides the ledger log, to
// make evidence for each of its documents. It is safe for concurrent use.
type Batch struct{ file *batchfile.File }

// OpenBatch opens a batch file. It reads the file's head only; each member is checked
// against the root when it is asked for.
//
// Errors: ErrNotFound; ErrFailedPrecondition when hashing was not finished, or when the file is
// damaged: the message names it, and what to do.
func OpenBatch(path string) (*Batch, error) {
	file, err := batchfile.Open(path)
	if err != nil {
		return nil, batchFailure(opBatchFile, err)
	}
	return &Batch{file}, nil
}

// Close closes the file.
func (b *Batch) Close() error { return b.file.Close() }

// Anchor is the batch's record on the ledger as it was when it was made, nil as long as it
// is not known to be there. NotariseMany with the batch file makes it.
func (b *Batch) Anchor() *Anchor { return b.file.Answer() }

// Request is what anchors the batch.
func (b *Batch) Request() AnchorRequest { return b.file.Head().Request }

// Body is the MSP ID of the body whose batch it is.
func (b *Batch) Body() string { return b.file.Head().Body }

// Len is how many documents it has.
func (b *Batch) Len() uint64 { return b.file.Head().Request.Count }

// Member gives document i's place in the batch's tree, for i less than Len. It takes well
// under a millisecond, whatever Len is, and a few microseconds for one document after the
// other.
func (b *Batch) Member(i uint64) (evidence.Member, error) {
	if i >= b.Len() {
		return evidence.Member{}, refused(opBatchFile, "", fault.New(fault.InvalidArgument, "the batch has %d documents: there is none with index %d", b.Len(), i))
	}
	member, err := b.file.Member(i)
	if err != nil {
		return evidence.Member{}, batchFailure(opBatchFile, err)
	}
	path := make([]evidence.Hash, len(member.Path))
	for k, hash := range member.Path {
		path[k] = hash
	}
	return evidence.Member{Digest: member.Digest, Index: member.Index, Path: path}, nil
}

// Find gives the index of the first document with a digest, ErrNotFound when there is none. It
// reads the batch's digests up to there: a million of them in hundredths of a second, when
// the file is in memory.
func (b *Batch) Find(digest notary.Digest) (uint64, error) {
	i, found, err := b.file.Find(digest, 0)
	if err != nil {
		return 0, batchFailure(opBatchFile, err)
	}
	if !found {
		return 0, refused(opBatchFile, "", fault.New(fault.NotFound, "%s is not in the batch %s", digest, b.file.Path()))
	}
	return i, nil
}

// Name is what document i is called, for i less than Len; empty when it has no name, or when the file
// with the names was deleted.
func (b *Batch) Name(i uint64) (string, error) {
	name, err := b.file.Name(i)
	if err != nil && !errors.Is(err, batchfile.ErrNoNames) {
		return "", batchFailure(opBatchFile, err)
	}
	return name, nil
}

// Names iterates over what the documents are called, in their order. An error is yielded
// last, once.
func (b *Batch) Names() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for i := range b.Len() {
			name, err := b.Name(i)
			if !yield(name, err) || err != nil {
				return
			}
		}
	}
}

// Revocation makes the request that takes document i out of the batch, for
// Notary.RevokeMember.
func (b *Batch) Revocation(i uint64, reason notary.Reason, note string) (RevokeMemberRequest, error) {
	member, err := b.Member(i)
	if err != nil {
		return RevokeMemberRequest{}, err
	}
	request := RevokeMemberRequest{Root: b.Request().Root, Digest: member.Digest, Index: i, Reason: reason, Note: note}
	for _, hash := range member.Path {
		request.Path = append(request.Path, hex.EncodeToString(hash[:]))
	}
	return request, nil
}
