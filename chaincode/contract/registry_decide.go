package contract

import (
	"errors"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// Decide takes a registry.DecisionRequest and returns a registry.Outcome: the
// proposal, and the record when this was the last approval that the change needed, and
// so carried it out.
func (c *Registry) Decide(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.decide(ctx, request))
}

func (c *Registry) decide(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := enter(c, ctx, "Decide", argument, registry.ParseDecisionRequest)
	if err != nil {
		return nil, err
	}
	request, err := w.request(r.RequestID, r)
	if err != nil {
		return nil, err
	}
	opened, err := w.Open(request, r.Register, ledger.Wanted{Proposal: ledger.ProposalName{Body: r.Body, RequestID: r.Proposal}})
	if err != nil {
		return nil, err
	}
	if opened.Receipt != nil {
		return w.decided(opened.Proposal)
	}
	rules, err := w.rules.of(r.Register, opened.Register)
	if err != nil {
		return nil, err
	}
	proposal, complete, err := rules.DecideProposal(w.body, r, w.Transaction(), opened.Proposal)
	if err != nil {
		return nil, err
	}
	if complete {
		return w.apply(request, rules, proposal)
	}
	if err := w.SaveProposal(request, proposal); err != nil {
		return nil, err
	}
	return outcome(nil, &proposal), w.emitProposal(request, proposal)
}

// apply judges the change of a proposal anew and carries it out.
func (w registrar) apply(request ledger.Request, rules *registry.Rules, proposal registry.Proposal) (any, error) {
	existing, err := w.Record(proposal.Register, proposal.ID)
	if err != nil {
		return nil, err
	}
	plan, err := rules.PlanProposal(proposal, w.Transaction(), existing)
	if err != nil {
		return nil, err
	}
	done, err := w.settle(plan, change{register: proposal.Register, id: proposal.ID}, existing)
	if err != nil {
		return nil, err
	}
	if err := w.SaveApplied(request, done, proposal); err != nil {
		return nil, err
	}
	return outcome(&done.Record, &proposal), w.emitRecord(request, done.Record)
}

// decided answers a repeated decision with the proposal as it stands, and with the record
// when it was carried out.
func (w registrar) decided(proposal *registry.Proposal) (any, error) {
	if proposal == nil {
		return nil, errors.New("the request was carried out before, but its proposal is missing")
	}
	record, err := w.Record(proposal.Register, proposal.ID)
	if err != nil {
		return nil, err
	}
	return standingOutcome(record, proposal)
}
