package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

const opPutPrivate = "put private"

// WithPrivate gives the private fields of a record, a JSON object. They are salted,
// and stored in the private collections of the bodies that the register names;
// only the salted hash becomes public. PrivateHash of the request must be empty.
//
// When the caller repeats a request with its id, the hash that was published the
// first time is used again and nothing is stored.
func WithPrivate(fields json.RawMessage) RecordOption {
	return func(s *recordSettings) { s.private = &fields }
}

// PrivateValue are the private fields of one record.
type PrivateValue struct {
	ID     string
	Fields json.RawMessage // a JSON object
}

// PutPrivate stores the private fields of 1 to registry.MaxBatch records that are
// to be created or amended next, and returns the hashes that the records have to
// name as their PrivateHash, in the order of the values. There is one transaction
// for each body that the register names, endorsed by that body alone. Create and
// Amend do this themselves with WithPrivate; before an Import it is the caller's.
//
// Each call salts anew. Values that no record refers to in the end stay where
// they are until they are purged.
func (r *Registry) PutPrivate(ctx context.Context, register string, values []PrivateValue) ([]string, error) {
	items := make([]registry.PrivateItem, len(values))
	hashes := make([]string, len(values))
	var transient bytes.Buffer
	for i, value := range values {
		encoded, err := registry.PrivateFields{V: registry.SchemaVersion, Salt: newSalt(), Fields: value.Fields}.Encode()
		if err != nil {
			return nil, refused(opPutPrivate, "", err)
		}
		transient.WriteByte(listSeparator(i))
		transient.Write(encoded)
		hashes[i] = registry.PrivateHash(encoded)
		items[i] = registry.PrivateItem{ID: value.ID, Hash: hashes[i]}
	}
	transient.WriteByte(']')

	bodies, err := r.privateBodies(ctx, register)
	if err != nil {
		return nil, err
	}
	for _, body := range bodies {
		put := registry.PutPrivateRequest{RequestID: orNewID(""), Register: register, Body: body, Items: items}
		call, err := callOf(opPutPrivate, "PutPrivate", put.RequestID, put, put.Validate)
		if err != nil {
			return nil, err
		}
		call.Transient = map[string][]byte{registry.PrivateTransient: transient.Bytes()}
		call.Endorsers = []string{body} // nobody else may see the transient data
		if _, err := r.contract.submit(ctx, opPutPrivate, call); err != nil {
			return nil, err
		}
	}
	return hashes, nil
}

func listSeparator(index int) byte {
	if index == 0 {
		return '['
	}
	return ','
}

func (r *Registry) privateBodies(ctx context.Context, register string) ([]string, error) {
	definition, err := r.Register(ctx, register)
	if err != nil {
		return nil, err
	}
	if definition.Private == nil {
		return nil, refused(opPutPrivate, "", fault.New(fault.InvalidArgument, "register %s has no private fields", register))
	}
	return definition.Private.Bodies, nil
}

// ReadPrivate gives private fields that the own body keeps, ErrNotFound when there
// are none or they were purged. Only the own body's peers hold them.
func (r *Registry) ReadPrivate(ctx context.Context, request registry.PrivateRequest) (*registry.PrivateFields, error) {
	return read[registry.PrivateFields](ctx, r.contract, "read private", "ReadPrivate", request, request.ValidateRead)
}

// PurgePrivate erases private fields that the own body keeps, from state and
// history of its peers. The record stands, and so do the copies of other bodies.
func (r *Registry) PurgePrivate(ctx context.Context, request registry.PrivateRequest) error {
	const op = "purge private"
	request.RequestID = orNewID(request.RequestID)
	call, err := callOf(op, "PurgePrivate", request.RequestID, request, request.ValidatePurge)
	if err != nil {
		return err
	}
	call.Endorsers = []string{r.mspID}
	_, err = r.contract.submit(ctx, op, call)
	return err
}

// privateChange is a change that private fields are stored for.
type privateChange struct {
	op, register, id, requestID string
	repeated                    bool   // perhaps: the caller gave the request id
	hash                        string // what the request says itself
	validate                    func(hash string) error
}

// keepPrivate stores the private fields of a change, and returns their hash.
func (r *Registry) keepPrivate(ctx context.Context, change privateChange, fields json.RawMessage) (string, error) {
	if change.hash != "" {
		return "", refused(change.op, change.requestID, fault.New(fault.InvalidArgument,
			"privateHash is filled in when private fields are given: leave it empty"))
	}
	if err := change.validate(registry.PrivateHash(nil)); err != nil { // before anything is written for it
		return "", refused(change.op, change.requestID, err)
	}
	if change.id == "" {
		id, err := r.mintID(ctx, change)
		if err != nil {
			return "", err
		}
		change.id = id
	}
	if hash, err := r.publishedHash(ctx, change); hash != "" || err != nil {
		return hash, err
	}
	hashes, err := r.PutPrivate(ctx, change.register, []PrivateValue{{ID: change.id, Fields: fields}})
	if err != nil {
		return "", err
	}
	return hashes[0], nil
}

// publishedHash returns the hash that an earlier attempt at the same request
// published, and "" when there was none. Values are salted at random, so a
// repeated request would otherwise be another one to the ledger.
func (r *Registry) publishedHash(ctx context.Context, change privateChange) (string, error) {
	if !change.repeated {
		return "", nil
	}
	history, err := r.History(ctx, registry.ReadRequest{Register: change.register, ID: change.id})
	if err == nil {
		for _, version := range history.Versions {
			if version.RequestID == change.requestID && version.Writer == r.mspID {
				return version.PrivateHash, nil
			}
		}
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", err
	}
	proposal, err := r.Proposal(ctx, registry.ProposalRequest{Register: change.register, Body: r.mspID, Proposal: change.requestID})
	switch {
	case errors.Is(err, ErrNotFound):
		return "", nil
	case err != nil:
		return "", err
	case proposal.Create != nil:
		return proposal.Create.PrivateHash, nil
	case proposal.Amend != nil:
		return proposal.Amend.PrivateHash, nil
	}
	return "", nil
}

// mintID returns the id that the ledger is going to give a record without one: its
// private fields are stored under it before. At the turn of a year the ledger may
// come to another one; then it finds no private fields, and says so.
func (r *Registry) mintID(ctx context.Context, change privateChange) (string, error) {
	register, err := r.Register(ctx, change.register)
	if err != nil {
		return "", err
	}
	now, err := canonical.FormatTime(time.Now())
	if err != nil {
		return "", refused(change.op, change.requestID, err)
	}
	id, err := register.MintID(r.mspID, change.requestID, 0, now)
	if err != nil {
		return "", refused(change.op, change.requestID, err)
	}
	return id, nil
}
