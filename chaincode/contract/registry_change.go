package contract

import (
	"errors"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// Create takes a registry.CreateRequest and returns a registry.Outcome.
func (c *Registry) Create(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.create(ctx, request))
}

func (c *Registry) create(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := enter(c, ctx, "Create", argument, registry.ParseCreateRequest)
	if err != nil {
		return nil, err
	}
	return w.change(change{
		requestID: r.RequestID, content: r, register: r.Register, id: r.ID, operation: registry.OpCreate,
		proposed: registry.ProposedChange{Create: &r},
		plan: func(rules *registry.Rules, _ *registry.Record) (*registry.Plan, error) {
			return rules.PlanCreate(w.body, r, w.Transaction())
		},
	})
}

// Amend takes a registry.AmendRequest and returns a registry.Outcome.
func (c *Registry) Amend(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.amend(ctx, request))
}

func (c *Registry) amend(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := enter(c, ctx, "Amend", argument, registry.ParseAmendRequest)
	if err != nil {
		return nil, err
	}
	return w.change(change{
		requestID: r.RequestID, content: r, register: r.Register, id: r.ID, operation: registry.OpAmend,
		proposed: registry.ProposedChange{Amend: &r},
		plan: func(rules *registry.Rules, existing *registry.Record) (*registry.Plan, error) {
			return rules.PlanAmend(w.body, r, existing)
		},
	})
}

// ChangeStatus takes a registry.StatusRequest and returns a registry.Outcome.
func (c *Registry) ChangeStatus(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.changeStatus(ctx, request))
}

func (c *Registry) changeStatus(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := enter(c, ctx, "ChangeStatus", argument, registry.ParseStatusRequest)
	if err != nil {
		return nil, err
	}
	return w.change(change{
		requestID: r.RequestID, content: r, register: r.Register, id: r.ID, operation: r.Operation,
		proposed: registry.ProposedChange{Move: &r},
		plan: func(rules *registry.Rules, existing *registry.Record) (*registry.Plan, error) {
			return rules.PlanStatus(w.body, r, existing)
		},
	})
}

// Transfer takes a registry.TransferRequest and returns a registry.Outcome.
func (c *Registry) Transfer(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.transfer(ctx, request))
}

func (c *Registry) transfer(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := enter(c, ctx, "Transfer", argument, registry.ParseTransferRequest)
	if err != nil {
		return nil, err
	}
	return w.change(change{
		requestID: r.RequestID, content: r, register: r.Register, id: r.ID, operation: r.Operation,
		proposed: registry.ProposedChange{Transfer: &r},
		plan: func(rules *registry.Rules, existing *registry.Record) (*registry.Plan, error) {
			return rules.PlanTransfer(w.body, r, existing)
		},
	})
}

// change is a request to change one record.
type change struct {
	requestID string
	content   any
	register  string
	id        string // empty when it is to be minted
	operation registry.Operation
	proposed  registry.ProposedChange
	plan      func(rules *registry.Rules, existing *registry.Record) (*registry.Plan, error)
}

// change carries a change out, or proposes it.
func (w registrar) change(q change) (any, error) {
	request, err := w.request(q.requestID, q.content)
	if err != nil {
		return nil, err
	}
	opened, err := w.Open(request, q.register, ledger.Wanted{Record: q.id})
	if err != nil {
		return nil, err
	}
	if opened.Receipt != nil {
		return w.repeated(request, q, *opened.Receipt)
	}
	rules, err := w.rules.of(q.register, opened.Register)
	if err != nil {
		return nil, err
	}
	if rules.NeedsApproval(q.operation) {
		return w.propose(request, rules, q, opened.Record)
	}
	plan, err := q.plan(rules, opened.Record)
	if err != nil {
		return nil, err
	}
	done, err := w.settle(plan, q, opened.Record)
	if err != nil {
		return nil, err
	}
	if err := w.SaveChanges(request, []registry.Change{done}, q.minted(done.Record.ID)...); err != nil {
		return nil, err
	}
	return outcome(&done.Record, nil), w.emitRecord(request, done.Record)
}

// settle looks up what a plan for one record needs, and decides on it. The record was
// read before, unless its id is minted.
func (w registrar) settle(plan *registry.Plan, q change, existing *registry.Record) (registry.Change, error) {
	var ids []string
	if q.id == "" {
		ids = plan.IDs()
	}
	records, found, err := w.Lookup(q.register, ids, plan.Needs())
	if err != nil {
		return registry.Change{}, err
	}
	if q.id == "" {
		existing = records[0]
	}
	return plan.DecideOne(w.Transaction(), existing, found)
}

// minted returns the record's id for the receipt, if the request does not name it.
func (q change) minted(id string) []string {
	if q.id != "" {
		return nil
	}
	return []string{id}
}

// propose judges a change as if it were carried out, and stores it as a proposal.
func (w registrar) propose(request ledger.Request, rules *registry.Rules, q change, existing *registry.Record) (any, error) {
	proposal, err := rules.Propose(w.body, w.Transaction(), q.proposed)
	if err != nil {
		return nil, err
	}
	plan, err := rules.PlanProposal(proposal, w.Transaction(), existing)
	if err != nil {
		return nil, err
	}
	if _, err := w.settle(plan, q, existing); err != nil {
		return nil, err
	}
	if err := w.SaveProposal(request, proposal, q.minted(proposal.ID)...); err != nil {
		return nil, err
	}
	return outcome(nil, &proposal), w.emitProposal(request, proposal)
}

// repeated answers a request that was carried out before with what it led to, as it
// stands: the record, the proposal, or both when the proposal was carried out.
func (w registrar) repeated(request ledger.Request, q change, receipt ledger.Receipt) (any, error) {
	id := q.id
	if id == "" && len(receipt.IDs) > 0 {
		id = receipt.IDs[0]
	}
	record, proposal, err := w.Standing(q.register, id, ledger.ProposalName{Body: request.Body, RequestID: request.ID})
	if err != nil {
		return nil, err
	}
	return standingOutcome(record, proposal)
}

// standingOutcome is the answer to a repeated request on a record.
func standingOutcome(record *registry.Record, proposal *registry.Proposal) (any, error) {
	switch {
	case proposal != nil && proposal.Status != registry.ProposalApplied:
		return outcome(nil, proposal), nil // whatever the record is, it is not of this request
	case record == nil:
		return nil, errors.New("the request was carried out before, but its record is missing")
	}
	return outcome(record, proposal), nil
}

// outcomeJSON is a registry.Outcome that is encoded as the ledger encodes what is in it,
// so that a request and its repetition get the same bytes.
type outcomeJSON registry.Outcome

// Encode returns the canonical JSON.
func (o outcomeJSON) Encode() ([]byte, error) { return canonical.Marshal(registry.Outcome(o)) }

func outcome(record *registry.Record, proposal *registry.Proposal) outcomeJSON {
	return outcomeJSON{V: registry.SchemaVersion, Record: record, Proposal: proposal}
}

func (w registrar) emitRecord(r ledger.Request, record registry.Record) error {
	return w.emit(r, registry.EventRecords, registry.Event{
		Register: record.Register, Operation: record.Operation, IDs: []string{record.ID}, Version: record.Version,
	})
}

func (w registrar) emitProposal(r ledger.Request, p registry.Proposal) error {
	return w.emit(r, registry.EventProposal, registry.Event{Register: p.Register, Operation: p.Operation, IDs: []string{p.ID}})
}
