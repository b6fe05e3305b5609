package gateway

import (
	"context"
	"iter"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
)

// checkpointChaincode is the checkpoints' name on the channel.
const checkpointChaincode = "checkpoint"

// Checkpoints collects what the bodies' witnesses say of the ledger log, and their keys.
// Requests and results are those of the chaincode, of package checkpoint. In every request
// that has one, an empty RequestID is filled in by the library. Bodies are named by MSP ID;
// Profile.FindBody translates names.
//
// What it answers is what the own body's peer says, and so as good as that. What is to
// convince others is the cosignatures in a Standing's Note, checked against a policy that
// they trust: see package evidence.
//
// Requests are checked before anything is sent, so that malformed ones fail with
// ErrInvalidArgument at once.
type Checkpoints struct {
	contract *Contract
}

// Checkpoints uses the channel's chaincode "checkpoint". Not to be confused with a
// Checkpoint, which keeps the position of a stream of events.
func (c *Client) Checkpoints() *Checkpoints {
	return &Checkpoints{contract: c.Contract(checkpointChaincode)}
}

// RegisterKey registers a key of the witness of the client's body, from the transaction's
// claimed time on. It is for the body's administrators.
//
// Errors: ErrPermissionDenied for all others, ErrAlreadyExists when the key or its public
// key is registered, by whatever body, ErrFailedPrecondition when the body has as many keys
// as it may have, ErrInvalidArgument; and those of the package documentation.
func (c *Checkpoints) RegisterKey(ctx context.Context, request checkpoint.RegisterKeyRequest) (*checkpoint.WitnessKey, error) {
	request.RequestID = orNewID(request.RequestID)
	return write[checkpoint.WitnessKey](ctx, c.contract, "register key", "RegisterKey", request.RequestID, request, request.Validate)
}

// RetireKey ends the life of a key of the client's body: at once, if Until is empty. It is
// for the body's administrators. Errors: ErrPermissionDenied for all others, ErrNotFound,
// ErrInvalidArgument when Until is past, ErrFailedPrecondition when the key is revoked, or
// ends before that.
func (c *Checkpoints) RetireKey(ctx context.Context, request checkpoint.RetireKeyRequest) (*checkpoint.WitnessKey, error) {
	request.RequestID = orNewID(request.RequestID)
	return write[checkpoint.WitnessKey](ctx, c.contract, "retire key", "RetireKey", request.RequestID, request, request.Validate)
}

// RevokeKey revokes a key of the client's body: cosignatures timed from Since on never
// count. It is for the body's administrators. Errors: ErrPermissionDenied for all others,
// ErrNotFound, ErrInvalidArgument when Since is to come, ErrFailedPrecondition when the key
// is revoked since then, or since earlier, already.
func (c *Checkpoints) RevokeKey(ctx context.Context, request checkpoint.RevokeKeyRequest) (*checkpoint.WitnessKey, error) {
	request.RequestID = orNewID(request.RequestID)
	return write[checkpoint.WitnessKey](ctx, c.contract, "revoke key", "RevokeKey", request.RequestID, request, request.Validate)
}

// Cosign puts the cosignatures of the witness of the client's body on record;
// checkpoint.NewCosignRequest makes a request of them. A size and root that the body has
// cosigned already are returned as they stand. What differs from what others say is taken
// as well: At shows it.
//
// Errors: ErrPermissionDenied without the role psbc.witness, ErrFailedPrecondition when a
// key is not registered, or does not count at the time of its cosignature,
// ErrInvalidArgument when a cosignature is not the body's, does not verify, or is of a time
// to come.
func (c *Checkpoints) Cosign(ctx context.Context, request checkpoint.CosignRequest) (*checkpoint.Cosigned, error) {
	return write[checkpoint.Cosigned](ctx, c.contract, "cosign", "Cosign", "", request, request.Validate)
}

// Latest gives the largest size of the log of which a quorum of bodies has cosigned one
// root. Errors: ErrNotFound when there is none, or no body has a key;
// ErrFailedPrecondition when more bodies are asked for than have keys.
func (c *Checkpoints) Latest(ctx context.Context, request checkpoint.LatestRequest) (*checkpoint.Standing, error) {
	return read[checkpoint.Standing](ctx, c.contract, "latest checkpoint", "Latest", request, request.Validate)
}

// At gives what bodies said of a size, one Standing for each root: several mean that they
// disagree, and none that nobody said anything.
func (c *Checkpoints) At(ctx context.Context, request checkpoint.AtRequest) ([]checkpoint.Standing, error) {
	standings, err := read[checkpoint.Standings](ctx, c.contract, "checkpoints at", "At", request, request.Validate)
	if err != nil {
		return nil, err
	}
	return standings.Items, nil
}

// Policy gives the policy file for a time. Errors: those of Latest. A policy decides what
// is believed: take one from the ledger only if you trust the peer that gives it.
func (c *Checkpoints) Policy(ctx context.Context, request checkpoint.PolicyRequest) (*checkpoint.PolicyFile, error) {
	return read[checkpoint.PolicyFile](ctx, c.contract, "policy", "Policy", request, request.Validate)
}

// Keys gives a page of the keys of a body's witness, or of all bodies', by body and key id.
func (c *Checkpoints) Keys(ctx context.Context, request checkpoint.KeysRequest) (*checkpoint.KeyPage, error) {
	return read[checkpoint.KeyPage](ctx, c.contract, "keys", "Keys", request, request.Validate)
}

// AllKeys iterates over keys by body and key id, fetching page after page from the
// request's bookmark on. An error is yielded last, once, with a zero key.
func (c *Checkpoints) AllKeys(ctx context.Context, request checkpoint.KeysRequest) iter.Seq2[checkpoint.WitnessKey, error] {
	return everyPage(request.Bookmark, func(bookmark string) (*checkpoint.KeyPage, error) {
		request.Bookmark = bookmark
		return c.Keys(ctx, request)
	}, func(p *checkpoint.KeyPage) ([]checkpoint.WitnessKey, string) { return p.Items, p.Bookmark })
}
