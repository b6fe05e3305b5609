package gateway

import (
	"context"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// notaryChaincode is the notary's name on the channel.
const notaryChaincode = "notary"

// The requests and results of Notary are those of the chaincode.
type (
	// Notarisation is the public record of one digest and body.
	Notarisation = notary.Notarisation
	// NotariseRequest asks for one notarisation by the client's body.
	NotariseRequest = notary.NotariseRequest
	// BatchRequest asks for 1 to notary.MaxBatch notarisations, all or nothing.
	BatchRequest = notary.BatchRequest
	// BatchResult reports a batch.
	BatchResult = notary.BatchResult
	// RevokeRequest ends the own body's notarisation of a digest.
	RevokeRequest = notary.RevokeRequest
	// SupersedeRequest links two notarisations of the own body.
	SupersedeRequest = notary.SupersedeRequest
	// RecordRequest names one notarisation.
	RecordRequest = notary.RecordRequest
	// FindRequest asks for every body's notarisations of a digest.
	FindRequest = notary.FindRequest
	// ListRequest asks for a body's notarisations.
	ListRequest = notary.ListRequest
	// DigestRequest names a document of the own body.
	DigestRequest = notary.DigestRequest
	// Details are what the own body keeps to itself about a document.
	Details = notary.Details
	// Page is one page of notarisations; an empty Bookmark means that it is the last.
	Page = notary.Page
	// History is every committed state of a notarisation.
	History = notary.History
)

// Notary notarises documents and reads notarisations. In every request an
// empty RequestID is filled in by the library, and an empty Body means the
// client's own. Bodies are named by MSP ID; Profile.FindBody translates names.
//
// Requests are checked before anything is sent, so that malformed ones fail
// with ErrInvalidArgument at once.
type Notary struct {
	contract *Contract
	mspID    string
	recent   *recentCheckpoint // nil: requests are sent as they are
}

// NotariseOption adds to a Notarise.
type NotariseOption func(*notariseSettings)

type notariseSettings struct{ details *Details }

// WithDetails keeps private details of the document in the body's own private
// collection, where they can be purged. Only their salted hash becomes public.
// V and Salt are filled in by the library; DetailsHash of the request must be empty.
func WithDetails(details Details) NotariseOption {
	return func(s *notariseSettings) { s.details = &details }
}

// Notarise records that the client's body vouches for a document. With
// WithDetails, the details are stored first, in a transaction of their own that
// only the own body endorses, so that no other body's peer sees them.
//
// An After that the request does not name is filled in, as WithoutAfter says.
//
// Errors: ErrAlreadyExists when the body has notarised the digest already,
// ErrPermissionDenied without the role psbc.notary, ErrInvalidArgument; and
// those of the package documentation.
func (n *Notary) Notarise(ctx context.Context, request NotariseRequest, options ...NotariseOption) (*Notarisation, error) {
	var s notariseSettings
	for _, option := range options {
		option(&s)
	}
	request.RequestID = orNewID(request.RequestID)
	if s.details != nil {
		hash, err := n.keepDetails(ctx, request, *s.details)
		if err != nil {
			return nil, err
		}
		request.DetailsHash = hash
	}
	request.After = n.orRecent(ctx, request.After)
	return write[Notarisation](ctx, n.contract, "notarise", "Notarise", request.RequestID, request, request.Validate)
}

// NotariseBatch notarises 1 to notary.MaxBatch documents in one transaction, all
// or nothing. A batch is worth it from a few documents on: the records of one
// transaction cost little more than one. After is filled in as with Notarise; for more
// documents than that there is NotariseMany.
func (n *Notary) NotariseBatch(ctx context.Context, request BatchRequest) (*BatchResult, error) {
	request.RequestID = orNewID(request.RequestID)
	request.After = n.orRecent(ctx, request.After)
	return write[BatchResult](ctx, n.contract, "notarise batch", "NotariseBatch", request.RequestID, request, request.Validate)
}

// Revoke ends the own body's notarisation of a digest. Errors: ErrNotFound,
// ErrFailedPrecondition when it has ended already.
func (n *Notary) Revoke(ctx context.Context, request RevokeRequest) (*Notarisation, error) {
	request.RequestID = orNewID(request.RequestID)
	return write[Notarisation](ctx, n.contract, "revoke", "Revoke", request.RequestID, request, request.Validate)
}

// Supersede links two notarisations of the own body: Old becomes superseded by
// New. It returns the record of New. Errors: ErrNotFound, ErrFailedPrecondition.
func (n *Notary) Supersede(ctx context.Context, request SupersedeRequest) (*Notarisation, error) {
	request.RequestID = orNewID(request.RequestID)
	return write[Notarisation](ctx, n.contract, "supersede", "Supersede", request.RequestID, request, request.Validate)
}

// Read gives one body's notarisation of a digest, ErrNotFound when there is none.
func (n *Notary) Read(ctx context.Context, request RecordRequest) (*Notarisation, error) {
	request.Body = n.orOwn(request.Body)
	return read[Notarisation](ctx, n.contract, "read", "Read", request, request.Validate)
}

// History gives every committed state of a notarisation, oldest first,
// ErrNotFound when there is none.
func (n *Notary) History(ctx context.Context, request RecordRequest) (*History, error) {
	request.Body = n.orOwn(request.Body)
	return read[History](ctx, n.contract, "history", "History", request, request.Validate)
}

func (n *Notary) orOwn(body string) string {
	if body == "" {
		return n.mspID
	}
	return body
}
