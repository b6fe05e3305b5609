package contract

import (
	"errors"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// RoleRegistrar is the certificate attribute that a caller needs to define registers and
// to write, attest or approve records: its value is "true". Reading needs nothing but
// to be a member of the channel, and of the body itself for private fields.
const RoleRegistrar = "psbc.registrar"

// Registry is the contract of public registers. Its methods are the functions that a
// client calls; arguments and results are JSON of the types of package registry.
// Errors read "CODE: sentence"; see package fault. A write whose request id was used
// for the same request returns what that led to, as it stands, and writes nothing.
//
// Where a register asks for approvals, functions that change a record make a proposal
// of the change, and Decide carries it out.
type Registry struct {
	contractapi.Contract
	protection *ledger.Protection
	rules      *rulebook
}

// NewRegistry makes the contract. The protection must be the same at every endorser,
// since the policies that it makes are part of what they endorse.
func NewRegistry(protection *ledger.Protection) (*Registry, error) {
	if protection == nil {
		return nil, errors.New("the registry needs a protection")
	}
	return &Registry{
		Contract:   base("registry", "Public registers", "Bodies define registers by a schema and keep their records. Arguments and results are JSON texts."),
		protection: protection,
		rules:      newRulebook(),
	}, nil
}

// GetEvaluateTransactions names, for the metadata, the functions to evaluate.
// ReadPrivate above all: submitted, its result would be on every peer for ever.
func (c *Registry) GetEvaluateTransactions() []string {
	return []string{
		"CheckImport", "ReadPrivate", "ReadRegister", "Registers", "RegisterHistory",
		"Read", "Find", "List", "History", "AsOf", "Proposals", "ReadProposal",
	}
}

// registrar is a transaction of a caller who may write in registers for a body.
type registrar struct {
	ledger.Registry
	author
	rules *rulebook
}

// enter begins a function that writes.
func enter[R any](c *Registry, ctx contractapi.TransactionContextInterface, function, argument string, parse func(string) (R, error)) (registrar, R, error) {
	tx, by, request, err := begin(ctx, c.protection, RoleRegistrar, function, argument, parse)
	return registrar{ledger.Registry{Tx: tx}, by, c.rules}, request, err
}

// request identifies what is asked for.
func (w registrar) request(id string, content any) (ledger.Request, error) {
	return w.author.request(id, content, registry.ContentHash)
}

func (w registrar) emit(r ledger.Request, name string, event registry.Event) error {
	event.V = registry.SchemaVersion
	event.Body = w.body
	event.RequestID = r.ID
	event.ClaimedTime = w.ClaimedTime()
	return emit(w.Tx, name, event)
}

// CreateRegister takes a registry.CreateRegisterRequest and returns the
// registry.Register, whose steward is the caller's body.
func (c *Registry) CreateRegister(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.createRegister(ctx, request))
}

func (c *Registry) createRegister(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := enter(c, ctx, "CreateRegister", argument, registry.ParseCreateRegisterRequest)
	if err != nil {
		return nil, err
	}
	return w.define(r.RequestID, r.ID, registry.OpCreate, r, func(existing *registry.Register) (registry.Register, error) {
		return registry.CreateRegister(w.body, r, w.Transaction(), existing)
	})
}

// AmendRegister takes a registry.AmendRegisterRequest and returns the
// registry.Register.
func (c *Registry) AmendRegister(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.amendRegister(ctx, request))
}

func (c *Registry) amendRegister(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := enter(c, ctx, "AmendRegister", argument, registry.ParseAmendRegisterRequest)
	if err != nil {
		return nil, err
	}
	return w.define(r.RequestID, r.ID, registry.OpAmend, r, func(existing *registry.Register) (registry.Register, error) {
		return registry.AmendRegister(w.body, r, w.Transaction(), existing)
	})
}

// define stores the definition of a register that decide comes to.
func (w registrar) define(requestID, id string, operation registry.Operation, content any, decide func(existing *registry.Register) (registry.Register, error)) (any, error) {
	request, err := w.request(requestID, content)
	if err != nil {
		return nil, err
	}
	opened, err := w.Open(request, id, ledger.Wanted{})
	if err != nil {
		return nil, err
	}
	existing, err := opened.Register.Register()
	if err != nil {
		return nil, err
	}
	if opened.Receipt != nil {
		return standing(existing)
	}
	register, err := decide(existing)
	if err != nil {
		return nil, err
	}
	if err := w.SaveRegister(request, register, opened.Register); err != nil {
		return nil, err
	}
	return register, w.emit(request, registry.EventRegister, registry.Event{
		Register: id, Operation: operation, Version: register.Version,
	})
}

// standing is the answer to a repeated request.
func standing[T any](result *T) (any, error) {
	if result == nil {
		return nil, errors.New("the request was carried out before, but what it led to is missing")
	}
	return *result, nil
}
