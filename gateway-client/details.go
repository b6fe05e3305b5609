package gateway

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

// saltSize is the number of random bytes that hide private details behind their
// public hash, as many as the hash has.
const saltSize = sha256.Size

// ReadDetails gives the private details that the own body stored for a digest,
// ErrNotFound when there are none or they were purged. Only the own body's
// peers hold them.
func (n *Notary) ReadDetails(ctx context.Context, request DigestRequest) (*Details, error) {
	return read[Details](ctx, n.contract, "read details", "ReadDetails", request, request.ValidateRead)
}

// PurgeDetails erases the private details that the own body stored for a
// digest, from state and history of its peers. The notarisation stands.
func (n *Notary) PurgeDetails(ctx context.Context, request DigestRequest) error {
	const op = "purge details"
	request.RequestID = orNewID(request.RequestID)
	call, err := callOf(op, "PurgeDetails", request.RequestID, request, request.ValidatePurge)
	if err != nil {
		return err
	}
	call.Endorsers = []string{n.mspID}
	_, err = n.contract.submit(ctx, op, call)
	return err
}

// keepDetails makes sure that details are in the body's private collection, and
// returns the hash to publish. Details that are there already keep their salt:
// so a caller who repeats a Notarise sends the very same request again, and a
// notarisation that refers to them is not cut off from them.
func (n *Notary) keepDetails(ctx context.Context, request NotariseRequest, details Details) (string, error) {
	const op = "put details"
	if request.DetailsHash != "" {
		return "", refused(op, request.RequestID, fault.New(fault.InvalidArgument,
			"detailsHash is filled in when details are given: leave it empty"))
	}
	if err := request.Validate(); err != nil { // before anything is written for it
		return "", refused(op, request.RequestID, err)
	}
	details.V, details.Salt = notary.SchemaVersion, newSalt()
	value, err := details.Encode()
	if err != nil {
		return "", refused(op, request.RequestID, err)
	}
	stored, err := n.ReadDetails(ctx, DigestRequest{Digest: request.Digest})
	switch {
	case err == nil && sameDetails(*stored, details):
		if value, err = stored.Encode(); err != nil {
			return "", refused(op, request.RequestID, err)
		}
		return notary.DetailsHash(value), nil
	case err != nil && !errors.Is(err, ErrNotFound):
		return "", err
	}
	put := notary.PutDetailsRequest{RequestID: orNewID(""), Digest: request.Digest, DetailsHash: notary.DetailsHash(value)}
	call, err := callOf(op, "PutDetails", put.RequestID, put, put.Validate)
	if err != nil {
		return "", err
	}
	call.Transient = map[string][]byte{notary.DetailsTransient: value}
	call.Endorsers = []string{n.mspID} // nobody else may see the transient data
	if _, err := n.contract.submit(ctx, op, call); err != nil && !errors.Is(err, ErrFailedPrecondition) {
		return "", err
	}
	// A failed precondition: the digest is notarised already, with other details
	// or without. Notarise itself says that best.
	return put.DetailsHash, nil
}

// sameDetails compares what people wrote, not the salt.
func sameDetails(stored, given Details) bool {
	return stored.Title == given.Title && stored.FileName == given.FileName && slices.Equal(stored.Persons, given.Persons)
}

func newSalt() string {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails (Go 1.24)
	return base64.StdEncoding.EncodeToString(salt)
}
