package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"runtime"

	"github.com/gofrs/flock"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/gateway-client/internal/batchfile"
)

const opNotariseMany = "notarise many"

// MaxManyWorkers bounds the files that NotariseMany reads at once.
const MaxManyWorkers = 256

// Document is one document of NotariseMany.
type Document struct {
	// Path is the file to hash, unless there is a Digest.
	Path string
	// Digest is that of a document that was hashed before, by the batch's algorithm.
	Digest notary.Digest
	// Name is what the document is called in the file with the names; empty for its Path.
	Name string
}

// ManyOptions say how NotariseMany notarises. Zero fields have their defaults.
type ManyOptions struct {
	// BatchFile is where the batch is kept. Required. Who loses it cannot make evidence for
	// any document of the batch, unless all of them are there in the same order still.
	BatchFile string
	// Algorithm is that of every digest. Default notary.SHA2_256.
	Algorithm notary.Algorithm
	// Type, Reference, ValidFrom and ValidUntil are what the anchor says of the batch.
	Type       string
	Reference  string
	ValidFrom  string
	ValidUntil string
	// RequestID is that of the anchor. Empty: one is made, and kept in the batch file.
	RequestID string
	// Workers is how many files are read and hashed at once: 1 to MaxManyWorkers, default
	// one for each processor.
	Workers int
	// Progress is told how far the hashing is, now and then. Calls do not overlap, and hold it up.
	// It may be nil.
	Progress func(ManyProgress)
}

// ManyProgress is how far the hashing of a batch is.
type ManyProgress struct {
	// Documents are in the batch file, though not durably before the last one is.
	Documents uint64
	// Bytes of them were read and hashed.
	Bytes uint64
}

// NotariseMany notarises any number of documents, up to notary.MaxMembers, in one
// transaction: it hashes files on all processors, builds a Merkle tree over the digests in
// the documents' order, and anchors its root. One record on the ledger stands for all of
// them; the batch file, which it makes, holds the digests and the tree, so that the place of
// each document in it can be shown at any time. Memory use does not depend on their number.
// A document may occur more than once.
//
// Documents are read as they are needed. An error that documents yields, or a file that
// cannot be read, ends it, and nothing is notarised.
//
// A call that was interrupted, by kill -9 too, is taken up again by another one with the
// same batch file and options. As long as not all is hashed, that starts over. As soon as
// it is, the batch file says what is to be anchored: documents are not looked at any more,
// and the anchor is made exactly once, under one request id. Of a batch that is anchored,
// the file is returned at once. One call at a time may use a batch file; a lock file beside it,
// which stays, sees to that.
//
// What documents are called stands in a second file beside the batch file, and nowhere else; it
// may be deleted.
//
// The Batch is open and must be closed. Errors: those of AnchorBatch;
// ErrFailedPrecondition when the batch file is that of another batch, damaged, or in use. A
// batch that the body has anchored before, with the same options, is no error: that is how a
// batch file that was lost is made again.
func (n *Notary) NotariseMany(ctx context.Context, documents iter.Seq2[Document, error], options ManyOptions) (*Batch, error) {
	if err := options.applyDefaults(); err != nil {
		return nil, err
	}
	lock := flock.New(options.BatchFile + ".lock")
	switch locked, err := lock.TryLock(); {
	case err != nil:
		return nil, batchFailure(opNotariseMany, err)
	case !locked:
		return nil, refused(opNotariseMany, "", fault.New(fault.FailedPrecondition, "the batch file %s is in use", options.BatchFile))
	}
	defer func() { _ = lock.Unlock() }() // the system would

	file, err := n.sealedBatch(ctx, documents, options)
	if err != nil {
		return nil, err
	}
	if err := n.anchorFile(ctx, file); err != nil {
		_ = file.Close() // the first error tells more
		return nil, err
	}
	return &Batch{file}, nil
}

func (o *ManyOptions) applyDefaults() error {
	invalid := func(format string, args ...any) error {
		return refused(opNotariseMany, o.RequestID, fault.New(fault.InvalidArgument, format, args...))
	}
	if o.BatchFile == "" {
		return invalid("BatchFile is missing: without it there is no evidence")
	}
	if o.Algorithm == "" {
		o.Algorithm = notary.SHA2_256
	}
	if o.Workers == 0 {
		o.Workers = min(runtime.GOMAXPROCS(0), MaxManyWorkers)
	}
	if o.Workers < 1 || o.Workers > MaxManyWorkers {
		return invalid("Workers is %d, not 1 to %d", o.Workers, MaxManyWorkers)
	}
	o.RequestID = orNewID(o.RequestID)
	some := o.request()
	some.Root, some.Count = fmt.Sprintf("%064d", 0), 1
	if err := some.Validate(); err != nil { // before anything is hashed
		return refused(opNotariseMany, o.RequestID, err)
	}
	return nil
}

// request is what is to be anchored, less what only the documents tell.
func (o *ManyOptions) request() notary.AnchorRequest {
	return notary.AnchorRequest{
		RequestID: o.RequestID, Algorithm: o.Algorithm, Type: o.Type, Reference: o.Reference, ValidFrom: o.ValidFrom, ValidUntil: o.ValidUntil,
	}
}

// sealedBatch opens the batch file, or makes it.
func (n *Notary) sealedBatch(ctx context.Context, documents iter.Seq2[Document, error], options ManyOptions) (*batchfile.File, error) {
	file, err := batchfile.Open(options.BatchFile)
	switch {
	case err == nil:
		if !sameBatch(file.Head(), n.mspID, options.request()) {
			_ = file.Close() // nothing was written to it
			return nil, refused(opNotariseMany, "", fault.New(fault.FailedPrecondition,
				"the batch file %s is that of another batch, or was begun by another body or with other options: name another file", options.BatchFile))
		}
		return file, nil
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, batchfile.ErrUnfinished):
		return nil, batchFailure(opNotariseMany, err)
	}
	if err := n.seal(ctx, documents, options); err != nil {
		return nil, err
	}
	if file, err = batchfile.Open(options.BatchFile); err != nil {
		return nil, batchFailure(opNotariseMany, err)
	}
	return file, nil
}

// sameBatch says whether a batch file is that of an earlier call with the same options. The
// request id is not compared: it is the file's, unless the caller insists on one.
func sameBatch(head batchfile.Head, body string, options notary.AnchorRequest) bool {
	asked := options
	asked.RequestID, asked.Root, asked.Count = head.Request.RequestID, head.Request.Root, head.Request.Count
	return head.Body == body && head.Request.Content() == asked
}

// seal hashes the documents into a new batch file.
func (n *Notary) seal(ctx context.Context, documents iter.Seq2[Document, error], options ManyOptions) error {
	writer, err := batchfile.Create(options.BatchFile, options.Algorithm)
	if err != nil {
		return batchFailure(opNotariseMany, err)
	}
	defer writer.Abort()
	if err := hashMany(ctx, documents, options, writer); err != nil {
		return err
	}
	if writer.Count() == 0 {
		return refused(opNotariseMany, options.RequestID, fault.New(fault.InvalidArgument, "there are no documents to notarise"))
	}
	request := options.request()
	if request.Root, err = writer.Root(); err != nil {
		return batchFailure(opNotariseMany, err)
	}
	request.Count = writer.Count()
	request.After = n.orRecent(ctx, nil)
	if err := writer.Seal(batchfile.Head{Body: n.mspID, Request: request}); err != nil {
		return batchFailure(opNotariseMany, err)
	}
	return nil
}

// anchorFile anchors what the batch file says, unless it says that this is done.
func (n *Notary) anchorFile(ctx context.Context, file *batchfile.File) error {
	if file.Answer() != nil {
		return nil
	}
	request := file.Head().Request
	anchor, err := n.anchor(ctx, request)
	if errors.Is(err, ErrAlreadyExists) {
		anchor, err = n.anchoredBefore(ctx, request, err)
	}
	if err != nil {
		return err
	}
	if err := file.SetAnswer(*anchor); err != nil {
		return batchFailure(opNotariseMany, err)
	}
	return nil
}

// anchoredBefore returns the anchor that the body has made of the same batch under another
// request id; otherwise the error that led here.
func (n *Notary) anchoredBefore(ctx context.Context, request notary.AnchorRequest, refusal error) (*Anchor, error) {
	anchor, err := n.ReadAnchor(ctx, ReadAnchorRequest{Root: request.Root})
	if err != nil {
		return nil, refusal
	}
	stands := notary.AnchorRequest{
		RequestID: request.RequestID, Root: anchor.Root, Count: anchor.Count, Algorithm: anchor.Algorithm,
		Type: anchor.Type, Reference: anchor.Reference, ValidFrom: anchor.ValidFrom, ValidUntil: anchor.ValidUntil,
	}
	if stands != request.Content() {
		return nil, refusal
	}
	return anchor, nil
}

// batchFailure is the error for a batch file that cannot be read or written.
func batchFailure(op string, err error) error {
	kind := ErrFailedPrecondition
	switch {
	case errors.Is(err, fs.ErrPermission):
		kind = ErrPermissionDenied
	case errors.Is(err, fs.ErrNotExist):
		kind = ErrNotFound
	}
	return &Error{Op: op, Kind: kind, Message: err.Error(), cause: err}
}
