package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

// Details are private to a body. PutDetails and PurgeDetails write to its private
// collection and nowhere else, so that a peer of the body alone may endorse them and
// no other body's peer is ever sent the transient data. Hence they come before the
// notarisation, in a transaction of their own, and never together with it.

// PutDetails takes a notary.PutDetailsRequest, and the details as the transient value
// notary.DetailsTransient. It returns nothing.
func (c *Notary) PutDetails(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(nil, c.putDetails(ctx, request))
}

func (c *Notary) putDetails(ctx contractapi.TransactionContextInterface, argument string) error {
	w, r, err := write(c, ctx, "PutDetails", argument, notary.ParsePutDetailsRequest)
	if err != nil {
		return err
	}
	encoded, err := w.Transient(notary.DetailsTransient)
	if err != nil {
		return err
	}
	if encoded == nil {
		return fault.New(fault.InvalidArgument, "the transient value %q is missing", notary.DetailsTransient)
	}
	request, err := w.request(r.RequestID, r)
	if err != nil {
		return err
	}
	stored, repeated, err := w.LoadDetails(request, r.Digest)
	if err != nil {
		return err
	}
	if repeated {
		return w.RepeatDetails(request)
	}
	if err := notary.PutDetails(w.body, r, encoded, stored); err != nil {
		return err
	}
	if err := w.SaveDetails(request, r.Digest, encoded); err != nil {
		return err
	}
	return w.emit(request, notary.EventDetailsStored, notary.Event{Digest: r.Digest, Count: 1})
}

// PurgeDetails takes a notary.DigestRequest and erases the details, for good, from
// the peers of the body. The notarisation stands. It returns nothing.
func (c *Notary) PurgeDetails(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(nil, c.purgeDetails(ctx, request))
}

func (c *Notary) purgeDetails(ctx contractapi.TransactionContextInterface, argument string) error {
	w, r, err := write(c, ctx, "PurgeDetails", argument, notary.ParsePurgeDetailsRequest)
	if err != nil {
		return err
	}
	request, err := w.request(r.RequestID, r)
	if err != nil {
		return err
	}
	stored, repeated, err := w.LoadDetails(request, r.Digest)
	if err != nil {
		return err
	}
	if repeated {
		return w.RepeatDetails(request)
	}
	if err := notary.PurgeDetails(w.body, r, stored); err != nil {
		return err
	}
	if err := w.Notary.PurgeDetails(request, r.Digest); err != nil {
		return err
	}
	return w.emit(request, notary.EventDetailsPurged, notary.Event{Digest: r.Digest, Count: 1})
}

// ReadDetails takes a notary.DigestRequest and returns the notary.Details of the
// caller's own body. Any member of the body may read them, but only at a peer of the
// body. It is to be evaluated, never submitted: a submitted result is on every
// peer for ever.
func (c *Notary) ReadDetails(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(read(c, ctx, request, notary.ParseReadDetailsRequest, func(n ledger.Notary, r notary.DigestRequest) (any, error) {
		caller, err := n.Caller()
		if err != nil {
			return nil, err
		}
		stored, err := n.Stored(caller.Body, r.Digest)
		if err != nil {
			return nil, err
		}
		var encoded []byte
		if stored.DetailsHash != "" {
			if encoded, err = n.Details(caller.Body, r.Digest); err != nil {
				return nil, err
			}
		}
		return notary.ReadDetails(caller.Body, r, encoded, stored)
	}))
}
