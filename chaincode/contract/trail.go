package contract

import (
	"errors"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

// RoleRecorder is the certificate attribute that a caller needs to define trails and to
// append to them: its value is "true". Reading needs to be a member of a body that the
// trail is shown to.
const RoleRecorder = "psbc.recorder"

// Trail is the contract of audit trails. Its methods are the functions that a client
// calls; arguments and results are JSON of the types of package trail. Errors read
// "CODE: sentence"; see package fault. A write that repeats one that was carried out
// returns what that led to, as it stands, and writes nothing: for a definition the
// request id tells, for a batch its number and content.
type Trail struct {
	contractapi.Contract
	protection *ledger.Protection
}

// NewTrail makes the contract. The protection must be the same at every endorser,
// since the policies that it makes are part of what they endorse.
func NewTrail(protection *ledger.Protection) (*Trail, error) {
	if protection == nil {
		return nil, errors.New("the trails need a protection")
	}
	return &Trail{
		Contract:   base("trail", "Audit trails", "Bodies record who did what, to whose data, and why. Arguments and results are JSON texts."),
		protection: protection,
	}, nil
}

// GetEvaluateTransactions names, for the metadata, the functions to evaluate. Submitted,
// their results would be on every peer for ever.
func (c *Trail) GetEvaluateTransactions() []string {
	return []string{"ReadTrail", "Trails", "ReadBatch", "Batches", "Entries", "BySubject", "ByActor"}
}

// recorder is a transaction of a caller who may write in the trails of a body.
type recorder struct {
	ledger.Trail
	author
}

// record begins a function that writes.
func record[R any](c *Trail, ctx contractapi.TransactionContextInterface, function, argument string, parse func(string) (R, error)) (recorder, R, error) {
	tx, by, request, err := begin(ctx, c.protection, RoleRecorder, function, argument, parse)
	return recorder{ledger.Trail{Tx: tx}, by}, request, err
}

// transaction returns the transaction as the domain sees it.
func (w recorder) transaction() trail.Tx { return w.Transaction(w.body) }

func (w recorder) emit(name string, event trail.Event) error {
	event.V = trail.SchemaVersion
	event.Body = w.body
	event.ClaimedTime = w.ClaimedTime()
	return emit(w.Tx, name, event)
}

// Define takes a trail.DefineRequest and returns the trail.Trail, which is the caller's
// body's.
func (c *Trail) Define(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.define(ctx, request))
}

func (c *Trail) define(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := record(c, ctx, "Define", argument, trail.ParseDefineRequest)
	if err != nil {
		return nil, err
	}
	return w.saveDefinition(r.RequestID, r.ID, r, func(existing *trail.Trail) (trail.Trail, error) {
		return trail.Define(r, w.transaction(), existing)
	})
}

// Amend takes a trail.AmendRequest and returns the trail.Trail.
func (c *Trail) Amend(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.amend(ctx, request))
}

func (c *Trail) amend(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := record(c, ctx, "Amend", argument, trail.ParseAmendRequest)
	if err != nil {
		return nil, err
	}
	return w.saveDefinition(r.RequestID, r.ID, r, func(existing *trail.Trail) (trail.Trail, error) {
		return trail.Amend(r, w.transaction(), existing)
	})
}

// saveDefinition stores the definition of a trail that decide comes to.
func (w recorder) saveDefinition(requestID, id string, content any, decide func(existing *trail.Trail) (trail.Trail, error)) (any, error) {
	request, err := w.request(requestID, content, trail.ContentHash)
	if err != nil {
		return nil, err
	}
	existing, receipt, err := w.Open(request, id)
	if err != nil {
		return nil, err
	}
	if receipt != nil {
		return standing(existing)
	}
	t, err := decide(existing)
	if err != nil {
		return nil, err
	}
	if err := w.SaveTrail(request, t, existing == nil); err != nil {
		return nil, err
	}
	return t, w.emit(trail.EventDefined, trail.Event{Trail: id, RequestID: requestID})
}

func noTrail(id string) error {
	return fault.New(fault.NotFound, "there is no trail %s", id)
}
