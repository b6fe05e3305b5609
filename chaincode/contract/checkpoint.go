package contract

import (
	"errors"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger"
)

// RoleWitness is the certificate attribute that a caller needs to cosign checkpoints: its
// value is "true". Keys are for the body's administrators, whose certificates are of the
// organisational unit "admin". Reading needs channel membership only.
const RoleWitness = "psbc.witness"

// Checkpoint is the contract of checkpoints of the ledger log. Its methods are the
// functions that a client calls; arguments and results are JSON of the types of package
// checkpoint. Errors read "CODE: sentence"; see package fault. A write that repeats one
// that was carried out returns what that led to, as it stands, and writes nothing: of a key
// the request id tells, of a cosigned checkpoint the body, the size and the root.
type Checkpoint struct {
	contractapi.Contract
	protection *ledger.Protection
}

// NewCheckpoint makes the contract. The protection must be the same at every endorser,
// since the policies that it makes are part of what they endorse.
func NewCheckpoint(protection *ledger.Protection) (*Checkpoint, error) {
	if protection == nil {
		return nil, errors.New("the checkpoints need a protection")
	}
	return &Checkpoint{
		Contract:   base("checkpoint", "Checkpoints", "Bodies' witnesses cosign the heads of the ledger log. Arguments and results are JSON texts."),
		protection: protection,
	}, nil
}

// GetEvaluateTransactions names, for the metadata, the functions to evaluate. Submitted,
// their results would be on every peer for ever.
func (c *Checkpoint) GetEvaluateTransactions() []string {
	return []string{"Latest", "At", "Policy", "Keys"}
}

// witnessing is a transaction of a caller who writes for a body's witness.
type witnessing struct {
	ledger.Checkpoint
	author
}

// transaction returns the transaction as the domain sees it.
func (w witnessing) transaction() checkpoint.Tx { return w.Transaction(w.body) }

// administer begins a function that changes the body's keys.
func administer[R any](c *Checkpoint, ctx contractapi.TransactionContextInterface, function, argument string, parse func(string) (R, error)) (witnessing, R, error) {
	tx, by, request, err := admit(ctx, c.protection, function, argument, parse, func(caller ledger.Caller) error {
		if !caller.Administers() {
			return fault.New(fault.PermissionDenied, "%s needs the certificate of an administrator of the body: one of the organisational unit admin", function)
		}
		return nil
	})
	return witnessing{ledger.Checkpoint{Tx: tx}, by}, request, err
}

// RegisterKey takes a checkpoint.RegisterKeyRequest and returns the
// checkpoint.WitnessKey, which is the caller's body's.
func (c *Checkpoint) RegisterKey(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.registerKey(ctx, request))
}

func (c *Checkpoint) registerKey(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := administer(c, ctx, "RegisterKey", argument, checkpoint.ParseRegisterKeyRequest)
	if err != nil {
		return nil, err
	}
	request, err := w.request(r.RequestID, r, checkpoint.ContentHash)
	if err != nil {
		return nil, err
	}
	held, receipt, err := w.OpenRegistration(request, checkpoint.KeyID(r.Key), checkpoint.Public(r.Key))
	if err != nil {
		return nil, err
	}
	if receipt != nil {
		return standing(held.Existing)
	}
	k, err := checkpoint.Register(r, w.transaction(), held)
	if err != nil {
		return nil, err
	}
	if err := w.SaveRegistration(request, k, held.Keys); err != nil {
		return nil, err
	}
	return k, w.emitKey(k)
}

// RetireKey takes a checkpoint.RetireKeyRequest and returns the checkpoint.WitnessKey.
func (c *Checkpoint) RetireKey(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.retireKey(ctx, request))
}

func (c *Checkpoint) retireKey(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := administer(c, ctx, "RetireKey", argument, checkpoint.ParseRetireKeyRequest)
	if err != nil {
		return nil, err
	}
	return w.changeKey(r.RequestID, r.KeyID, r, func(existing *checkpoint.WitnessKey) (checkpoint.WitnessKey, error) {
		return checkpoint.Retire(r, w.transaction(), existing)
	})
}

// RevokeKey takes a checkpoint.RevokeKeyRequest and returns the checkpoint.WitnessKey.
func (c *Checkpoint) RevokeKey(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.revokeKey(ctx, request))
}

func (c *Checkpoint) revokeKey(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := administer(c, ctx, "RevokeKey", argument, checkpoint.ParseRevokeKeyRequest)
	if err != nil {
		return nil, err
	}
	return w.changeKey(r.RequestID, r.KeyID, r, func(existing *checkpoint.WitnessKey) (checkpoint.WitnessKey, error) {
		return checkpoint.Revoke(r, w.transaction(), existing)
	})
}

// changeKey stores what decide makes of a key of the body.
func (w witnessing) changeKey(requestID, keyID string, content any, decide func(existing *checkpoint.WitnessKey) (checkpoint.WitnessKey, error)) (any, error) {
	request, err := w.request(requestID, content, checkpoint.ContentHash)
	if err != nil {
		return nil, err
	}
	existing, receipt, err := w.OpenKey(request, keyID)
	if err != nil {
		return nil, err
	}
	if receipt != nil {
		return standing(existing)
	}
	k, err := decide(existing)
	if err != nil {
		return nil, err
	}
	if err := w.SaveKey(request, k); err != nil {
		return nil, err
	}
	return k, w.emitKey(k)
}

func (w witnessing) emitKey(k checkpoint.WitnessKey) error {
	return emit(w.Tx, checkpoint.EventKey, checkpoint.Event{
		V: checkpoint.SchemaVersion, Body: k.Body, KeyID: k.KeyID, RequestID: k.RequestID, ClaimedTime: w.ClaimedTime(),
	})
}

// Cosign takes a checkpoint.CosignRequest and returns the checkpoint.Cosigned. What is not
// what another body said first of the size is taken all the same, with an event that says
// so: a disagreement is to be seen, not to be prevented.
func (c *Checkpoint) Cosign(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.cosign(ctx, request))
}

func (c *Checkpoint) cosign(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	tx, by, r, err := begin(ctx, c.protection, RoleWitness, "Cosign", argument, checkpoint.ParseCosignRequest)
	if err != nil {
		return nil, err
	}
	w := witnessing{ledger.Checkpoint{Tx: tx}, by}
	ids, err := r.KeyIDs()
	if err != nil {
		return nil, err
	}
	found, err := w.OpenCosign(checkpoint.Cosigned{Origin: r.Origin, Size: r.Size, Root: r.Root, Body: w.body}, ids)
	if err != nil {
		return nil, err
	}
	if found.Own != nil {
		return *found.Own, nil
	}
	cosigned, err := checkpoint.Cosign(r, w.transaction(), found.Keys)
	if err != nil {
		return nil, err
	}
	if err := w.SaveCosigned(cosigned, found.First == nil); err != nil {
		return nil, err
	}
	name, event := checkpoint.Told(cosigned, found.First)
	return cosigned, emit(tx, name, event)
}
