package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// Private fields never reach public state. PutPrivate and PurgePrivate write to the
// private collection of one body and nowhere else, so that a peer of that body alone may
// endorse them and no other body's peer is ever sent the transient data. Hence they
// come before the record, in a transaction of their own for each body that keeps them.

// PutPrivate takes a registry.PutPrivateRequest, and the private fields as the transient
// value registry.PrivateTransient. It returns nothing.
func (c *Registry) PutPrivate(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(nil, c.putPrivate(ctx, request))
}

func (c *Registry) putPrivate(ctx contractapi.TransactionContextInterface, argument string) error {
	w, r, err := enter(c, ctx, "PutPrivate", argument, registry.ParsePutPrivateRequest)
	if err != nil {
		return err
	}
	transient, err := w.Transient(registry.PrivateTransient)
	if err != nil {
		return err
	}
	if transient == nil {
		return fault.New(fault.InvalidArgument, "the transient value %q is missing", registry.PrivateTransient)
	}
	values, encoded, err := registry.ParsePrivateList(transient)
	if err != nil {
		return err
	}
	request, err := w.request(r.RequestID, r)
	if err != nil {
		return err
	}
	stored, repeated, err := w.OpenPrivate(request, r.Body, r.Register)
	if err != nil {
		return err
	}
	if repeated {
		return w.RepeatPrivate(request, r.Body)
	}
	rules, err := w.rules.of(r.Register, stored)
	if err != nil {
		return err
	}
	if err := rules.CheckPrivate(w.body, r, values, encoded); err != nil {
		return err
	}
	if err := w.SavePrivate(request, r.Body, r.Register, r.Items, encoded); err != nil {
		return err
	}
	ids := make([]string, 0, len(r.Items))
	for _, item := range r.Items {
		ids = append(ids, item.ID)
	}
	return w.emit(request, registry.EventPrivate, registry.Event{Register: r.Register, IDs: ids})
}

// PurgePrivate takes a registry.PrivateRequest and erases the private fields, for good,
// from the peers of the caller's body. The record stands, and so do the copies of other
// bodies. It returns nothing.
func (c *Registry) PurgePrivate(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(nil, c.purgePrivate(ctx, request))
}

func (c *Registry) purgePrivate(ctx contractapi.TransactionContextInterface, argument string) error {
	w, r, err := enter(c, ctx, "PurgePrivate", argument, registry.ParsePurgePrivateRequest)
	if err != nil {
		return err
	}
	request, err := w.request(r.RequestID, r)
	if err != nil {
		return err
	}
	repeated, err := w.Repeated(request, w.body)
	if err != nil {
		return err
	}
	if repeated {
		return w.RepeatPrivate(request, w.body)
	}
	hash, err := w.PrivateHash(w.body, r.Register, r.ID, r.Hash)
	if err != nil {
		return err
	}
	if hash == "" {
		return noPrivate(w.body, r)
	}
	if err := w.Registry.PurgePrivate(request, r.Register, r.ID, r.Hash); err != nil {
		return err
	}
	return w.emit(request, registry.EventPrivate, registry.Event{Register: r.Register, IDs: []string{r.ID}})
}

// ReadPrivate takes a registry.PrivateRequest and returns the registry.PrivateFields that
// the caller's own body keeps. Any member of the body may read them, but only at a peer
// of the body. It is to be evaluated, never submitted: a submitted result is on every
// peer for ever.
func (c *Registry) ReadPrivate(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(lookUp(c, ctx, request, registry.ParseReadPrivateRequest, readPrivate))
}

func readPrivate(g ledger.Registry, r registry.PrivateRequest) (any, error) {
	caller, err := g.Caller()
	if err != nil {
		return nil, err
	}
	hash, err := g.PrivateHash(caller.Body, r.Register, r.ID, r.Hash)
	if err != nil {
		return nil, err
	}
	if hash == "" {
		return nil, noPrivate(caller.Body, r)
	}
	encoded, err := g.Private(caller.Body, r.Register, r.ID, r.Hash)
	if err != nil {
		return nil, err
	}
	if len(encoded) == 0 {
		return nil, fault.New(fault.FailedPrecondition, "this peer does not hold the private fields; ask a peer of %s", caller.Body)
	}
	fields, err := registry.ParsePrivateFields(encoded)
	if err != nil { // whose sentence would be that of a wrong request
		return nil, fault.New(fault.Internal, "the stored private fields of record %s of %s are damaged", r.ID, r.Register)
	}
	return fields, nil
}

func noPrivate(body string, r registry.PrivateRequest) error {
	return fault.New(fault.NotFound, "%s keeps no private fields of record %s of %s with hash %s; they may have been purged",
		body, r.ID, r.Register, r.Hash)
}
