package gateway

import (
	"context"

	"github.com/psbc-lu/psbc/chaincode/trail"
)

// trailChaincode is the audit trails' name on the channel.
const trailChaincode = "trail"

// Trails defines audit trails, and appends to and reads them. Requests and results
// are those of the chaincode, of package trail. In every request that writes, an empty
// RequestID is filled in by the library. Bodies are named by MSP ID; Profile.FindBody
// translates names.
//
// An application that records what it does as it does it uses a Recorder instead of
// Append: it needs no batches, no numbers and no ledger that answers at once.
//
// Requests are checked before anything is sent, so that malformed ones fail with
// ErrInvalidArgument at once. The checks look for personal data too: identification
// numbers, e-mail addresses and account numbers are refused in every field.
type Trails struct {
	contract *Contract
}

// Trail keeps audit trails, with the channel's chaincode "trail".
func (c *Client) Trail() *Trails { return &Trails{contract: c.Contract(trailChaincode)} }

// Define defines a trail of the client's body.
//
// Errors: ErrAlreadyExists when there is a trail with this id, ErrPermissionDenied
// without the role psbc.recorder, ErrInvalidArgument; and those of the package
// documentation.
func (t *Trails) Define(ctx context.Context, request trail.DefineRequest) (*trail.Trail, error) {
	request.RequestID = orNewTrailID(request.RequestID)
	return write[trail.Trail](ctx, t.contract, "define trail", "Define", request.RequestID, request, request.Validate)
}

// Amend replaces the definition of a trail of the client's body. Errors: ErrNotFound,
// ErrPermissionDenied for another body, ErrFailedPrecondition when the trail is not at
// the version in Base any more, or an action is dropped.
func (t *Trails) Amend(ctx context.Context, request trail.AmendRequest) (*trail.Trail, error) {
	request.RequestID = orNewTrailID(request.RequestID)
	return write[trail.Trail](ctx, t.contract, "amend trail", "Amend", request.RequestID, request, request.Validate)
}

// Append appends a batch of 1 to trail.MaxEntries entries, all or nothing. The batch's
// place is what makes it one: appended again with the same entries, under whatever
// request id, it is returned as it stands.
//
// Errors: ErrAlreadyExists when the place is taken by other content, ErrNotFound when
// there is no such trail, ErrPermissionDenied for another body's, ErrFailedPrecondition
// when the batch before is not on the ledger and no gap is declared, ErrInvalidArgument
// with the entry and the field, such as "entries 17 /actor".
func (t *Trails) Append(ctx context.Context, request trail.AppendRequest) (*trail.Batch, error) {
	request.RequestID = orNewTrailID(request.RequestID)
	return write[trail.Batch](ctx, t.contract, "append", "Append", request.RequestID, request, request.Validate)
}

// Seal appends a batch of which only commitments are shown; NewCommitments makes them.
// Errors: those of Append.
func (t *Trails) Seal(ctx context.Context, request trail.SealRequest) (*trail.Batch, error) {
	request.RequestID = orNewTrailID(request.RequestID)
	return write[trail.Batch](ctx, t.contract, "seal", "Seal", request.RequestID, request, request.Validate)
}

// Reveal shows the entries of a sealed batch, for everyone who may read the trail and
// for good. A batch that is revealed already is returned as it stands.
//
// Errors: ErrFailedPrecondition before the batch's RevealAfter, or when its entries
// were removed; ErrInvalidArgument when an entry is not the one committed; ErrNotFound;
// ErrPermissionDenied for another body.
func (t *Trails) Reveal(ctx context.Context, request trail.RevealRequest) (*trail.BatchState, error) {
	request.RequestID = orNewTrailID(request.RequestID)
	return write[trail.BatchState](ctx, t.contract, "reveal", "Reveal", request.RequestID, request, request.Validate)
}

// Remove takes the entries of a batch out of the world state, once the retention is over:
// the trail's now or when they were appended, whichever is longer. Its head, a record of the removal and the blocks stay. A batch
// that is removed already is returned as it stands.
//
// Errors: ErrFailedPrecondition before the time is over, ErrNotFound,
// ErrPermissionDenied for another body.
func (t *Trails) Remove(ctx context.Context, request trail.RemoveRequest) (*trail.BatchState, error) {
	request.RequestID = orNewTrailID(request.RequestID)
	return write[trail.BatchState](ctx, t.contract, "remove", "Remove", request.RequestID, request, request.Validate)
}

// Read gives a trail as it is defined now, ErrNotFound when there is none.
func (t *Trails) Read(ctx context.Context, request trail.TrailRequest) (*trail.Trail, error) {
	return read[trail.Trail](ctx, t.contract, "read trail", "ReadTrail", request, request.Validate)
}

// Batch gives the head of a batch and what happened to its entries. Errors:
// ErrNotFound, ErrPermissionDenied when the client's body may not read the trail.
func (t *Trails) Batch(ctx context.Context, request trail.BatchRequest) (*trail.BatchState, error) {
	return read[trail.BatchState](ctx, t.contract, "read batch", "ReadBatch", request, request.Validate)
}

// NewCommitments makes what Seal publishes of entries, and what Reveal has to show
// later. Both are tied to the batch's place. The opened entries stay with the body, in
// a safe place: without their salts nobody can reveal the batch. Errors:
// ErrInvalidArgument, with the entry.
func NewCommitments(place trail.Place, entries []trail.Entry) ([]string, []trail.Opened, error) {
	commitments, opened := make([]string, len(entries)), make([]trail.Opened, len(entries))
	for i, entry := range entries {
		opened[i] = trail.Opened{Entry: entry, Salt: newSalt()}
		commitment, err := trail.Commit(place.Trail, place.Source, place.Number, i, entry, opened[i].Salt)
		if err != nil {
			return nil, nil, refused("seal", "", err)
		}
		commitments[i] = commitment
	}
	return commitments, opened, nil
}

// orNewTrailID is orNewID. The ledger refuses ids that look like an identification
// number, which a random one may do, if hardly ever.
func orNewTrailID(id string) string {
	for {
		made := orNewID(id)
		if made == id || trail.CheckPersonal("requestId", made) == nil {
			return made
		}
	}
}
