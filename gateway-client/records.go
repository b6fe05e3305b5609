package gateway

import (
	"context"
	"encoding/json"

	"github.com/psbc-lu/psbc/chaincode/registry"
)

// Create makes a record, owned by the client's body. Where the register asks for
// approvals, the outcome is a proposal instead of a record, as with every change.
//
// With WithPrivate, the private fields are stored first, in a transaction of its
// own at each body that keeps them, endorsed by that body alone, so that no other
// body's peer sees them.
//
// Errors: ErrAlreadyExists when the id or a unique value is taken, ErrNotFound
// when the register or a referenced record is missing, ErrPermissionDenied
// for a body that may not write, ErrFailedPrecondition, ErrInvalidArgument with a
// JSON pointer into the data; and those of the package documentation.
func (r *Registry) Create(ctx context.Context, request registry.CreateRequest, options ...RecordOption) (*registry.Outcome, error) {
	repeated := request.RequestID != ""
	request.RequestID = orNewID(request.RequestID)
	if private := privateFieldsOf(options); private != nil {
		hash, err := r.keepPrivate(ctx, privateChange{
			op: opCreateRecord, register: request.Register, id: request.ID, requestID: request.RequestID,
			repeated: repeated, hash: request.PrivateHash,
			validate: func(hash string) error {
				checked := request
				checked.PrivateHash = hash
				return checked.Validate()
			},
		}, *private)
		if err != nil {
			return nil, err
		}
		request.PrivateHash = hash
	}
	return write[registry.Outcome](ctx, r.contract, opCreateRecord, "Create", request.RequestID, request, request.Validate)
}

// Amend changes a record's data as a whole, or by a JSON merge patch (RFC 7396).
// With WithPrivate, the private fields are replaced as a whole, and stored first,
// as with Create.
//
// Errors: ErrNotFound, ErrPermissionDenied for another body than the owner,
// ErrFailedPrecondition when the record is not at the version in Base any more,
// or its state does not allow it, ErrAlreadyExists when a unique value is taken,
// ErrInvalidArgument.
func (r *Registry) Amend(ctx context.Context, request registry.AmendRequest, options ...RecordOption) (*registry.Outcome, error) {
	repeated := request.RequestID != ""
	request.RequestID = orNewID(request.RequestID)
	if private := privateFieldsOf(options); private != nil {
		hash, err := r.keepPrivate(ctx, privateChange{
			op: opAmendRecord, register: request.Register, id: request.ID, requestID: request.RequestID,
			repeated: repeated, hash: request.PrivateHash,
			validate: func(hash string) error {
				checked := request
				checked.PrivateHash = hash
				return checked.Validate()
			},
		}, *private)
		if err != nil {
			return nil, err
		}
		request.PrivateHash = hash
	}
	return write[registry.Outcome](ctx, r.contract, opAmendRecord, "Amend", request.RequestID, request, request.Validate)
}

// ChangeStatus activates, suspends, reinstates, revokes or retires a record.
// Errors: those of Amend.
func (r *Registry) ChangeStatus(ctx context.Context, request registry.StatusRequest) (*registry.Outcome, error) {
	request.RequestID = orNewID(request.RequestID)
	return write[registry.Outcome](ctx, r.contract, "change status", "ChangeStatus", request.RequestID, request, request.Validate)
}

// Transfer offers a record to another body, or accepts or declines what was
// offered. Errors: those of Amend.
func (r *Registry) Transfer(ctx context.Context, request registry.TransferRequest) (*registry.Outcome, error) {
	request.RequestID = orNewID(request.RequestID)
	return write[registry.Outcome](ctx, r.contract, "transfer", "Transfer", request.RequestID, request, request.Validate)
}

// Attest states that the client's body vouches for a record as it stands, or for
// named fields of it, or takes that back. Errors: ErrNotFound,
// ErrPermissionDenied for a body that is not among the register's attesters,
// ErrFailedPrecondition when the record is not at the version in Base any more.
func (r *Registry) Attest(ctx context.Context, request registry.AttestRequest) (*registry.Attestation, error) {
	request.RequestID = orNewID(request.RequestID)
	return write[registry.Attestation](ctx, r.contract, "attest", "Attest", request.RequestID, request, request.Validate)
}

// Read gives a record with its attestations, ErrNotFound when there is none.
func (r *Registry) Read(ctx context.Context, request registry.ReadRequest) (*registry.RecordView, error) {
	return read[registry.RecordView](ctx, r.contract, "read record", "Read", request, request.Validate)
}

// History gives every version of a record, oldest first, ErrNotFound when there
// is none.
func (r *Registry) History(ctx context.Context, request registry.ReadRequest) (*registry.History, error) {
	return read[registry.History](ctx, r.contract, "record history", "History", request, request.Validate)
}

// AsOf gives the version of a record that held at a time, and says whether its
// writer was entitled to write it. ErrNotFound when nothing held then.
func (r *Registry) AsOf(ctx context.Context, request registry.AsOfRequest) (*registry.AsOf, error) {
	return read[registry.AsOf](ctx, r.contract, "as of", "AsOf", request, request.Validate)
}

// Names of operations that have more than one step.
const (
	opCreateRecord = "create record"
	opAmendRecord  = "amend record"
)

// RecordOption adds to a Create or an Amend.
type RecordOption func(*recordSettings)

type recordSettings struct{ private *json.RawMessage }

func privateFieldsOf(options []RecordOption) *json.RawMessage {
	var s recordSettings
	for _, option := range options {
		option(&s)
	}
	return s.private
}
