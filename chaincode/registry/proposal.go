package registry

import (
	"fmt"
	"slices"
	"time"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// ProposedChange is a valid request that is to be proposed: exactly one of them.
type ProposedChange struct {
	Create   *CreateRequest
	Amend    *AmendRequest
	Move     *StatusRequest
	Transfer *TransferRequest // an offer
}

// Change returns what p proposes.
func (p Proposal) Change() ProposedChange {
	return ProposedChange{Create: p.Create, Amend: p.Amend, Move: p.Move, Transfer: p.Transfer}
}

// named returns what a proposal says of its change, whose record may have no id yet.
func (c ProposedChange) named() (requestID, id string, operation Operation, err error) {
	found := 0
	if c.Create != nil {
		requestID, id, operation, found = c.Create.RequestID, c.Create.ID, OpCreate, found+1
	}
	if c.Amend != nil {
		requestID, id, operation, found = c.Amend.RequestID, c.Amend.ID, OpAmend, found+1
	}
	if c.Move != nil {
		requestID, id, operation, found = c.Move.RequestID, c.Move.ID, c.Move.Operation, found+1
	}
	if c.Transfer != nil {
		requestID, id, operation, found = c.Transfer.RequestID, c.Transfer.ID, c.Transfer.Operation, found+1
	}
	if found != 1 {
		err = fmt.Errorf("a proposal of %d changes", found)
	}
	return requestID, id, operation, err
}

// Propose makes a proposal of a change that needs approvals (see NeedsApproval). The
// id of a record to be created is minted now and fixed in the proposal. Whether the
// change is sound is for PlanProposal, which the caller asks before it stores the
// proposal. It fails with INVALID_ARGUMENT when no id can be minted.
func (r *Rules) Propose(body string, tx Tx, change ProposedChange) (Proposal, error) {
	requestID, id, operation, err := change.named()
	if err != nil {
		return Proposal{}, err
	}
	if !r.NeedsApproval(operation) {
		return Proposal{}, fault.New(fault.FailedPrecondition, "register %s asks for no approvals to %s a record", r.register.ID, operation)
	}
	if create := change.Create; create != nil {
		if id, err = r.idOf(body, requestID, 0, create.ID, tx); err != nil {
			return Proposal{}, err
		}
		fixed := *create
		fixed.ID = id
		change.Create = &fixed
	}
	days := r.register.ProposalDays
	if days == 0 {
		days = DefaultDays
	}
	expires, err := after(tx.ClaimedTime, days)
	if err != nil {
		return Proposal{}, err
	}
	return Proposal{
		V: SchemaVersion, Register: r.register.ID, Body: body, RequestID: requestID, RegisterVersion: r.register.Version,
		Operation: operation, ID: id, Status: ProposalOpen,
		Create: change.Create, Amend: change.Amend, Move: change.Move, Transfer: change.Transfer,
		Needed: r.register.Approvals, Eligible: r.register.eligible(r.register.Steward, body),
		Expires: expires, TxID: tx.ID, ClaimedTime: tx.ClaimedTime,
	}, nil
}

// after returns the time some days after a claimed time.
func after(claimed string, days int) (string, error) {
	t, err := time.Parse(canonical.TimeLayout, claimed)
	if err != nil {
		return "", fmt.Errorf("claimed time %s: %w", check.Quote(claimed), err)
	}
	return canonical.FormatTime(t.AddDate(0, 0, days))
}

// PlanProposal plans the change that a proposal proposes, as the other Plan functions
// do, with the bodies that have approved it so far; existing is the record as it is,
// nil when there is none. It is asked when the proposal is made, and anew by the
// transaction that brings the last approval.
func (r *Rules) PlanProposal(p Proposal, tx Tx, existing *Record) (*Plan, error) {
	plan, err := r.planChange(p.Body, p.Change(), tx, existing)
	if err != nil {
		return nil, err
	}
	for _, verdict := range p.Verdicts {
		if verdict.Approves {
			plan.approvers = append(plan.approvers, verdict.Body)
		}
	}
	return plan, nil
}

func (r *Rules) planChange(body string, change ProposedChange, tx Tx, existing *Record) (*Plan, error) {
	switch {
	case change.Create != nil:
		return r.PlanCreate(body, *change.Create, tx)
	case change.Amend != nil:
		return r.PlanAmend(body, *change.Amend, existing)
	case change.Move != nil:
		return r.PlanStatus(body, *change.Move, existing)
	case change.Transfer != nil:
		return r.PlanTransfer(body, *change.Transfer, existing)
	}
	return nil, fmt.Errorf("a proposal of no change")
}

// DecideProposal decides on a valid request of a body to approve or reject p, nil when
// there is no such proposal. It returns the proposal as it becomes, and true when it
// now has the approvals it needs, so that the change is to be carried out. It fails
// with NOT_FOUND, with PERMISSION_DENIED when the body may not approve it, and with
// FAILED_PRECONDITION when the proposal is decided or expired, was made under another
// definition of the register, or has the body's word already.
func (r *Rules) DecideProposal(body string, q DecisionRequest, tx Tx, p *Proposal) (Proposal, bool, error) {
	if p == nil {
		return Proposal{}, false, fault.New(fault.NotFound, "%s has made no proposal %s in register %s", q.Body, q.Proposal, r.register.ID)
	}
	if !slices.Contains(p.Eligible, body) {
		return Proposal{}, false, fault.New(fault.PermissionDenied, "%s may not approve proposal %s of %s", body, p.RequestID, p.Body)
	}
	if err := r.awaits(*p, body, tx); err != nil {
		return Proposal{}, false, err
	}
	next := *p
	next.Verdicts = append(slices.Clone(p.Verdicts), Verdict{
		Body: body, Approves: !q.Reject, Reason: q.Reason, TxID: tx.ID, ClaimedTime: tx.ClaimedTime,
	})
	approvals, rejections := next.count()
	switch {
	case approvals >= next.Needed:
		next.Status = ProposalApplied
		return next, true, nil
	case len(next.Eligible)-rejections < next.Needed:
		next.Status = ProposalRejected
	}
	return next, false, nil
}

// awaits says whether a proposal still waits for a body's word.
func (r *Rules) awaits(p Proposal, body string, tx Tx) error {
	refuse := func(format string, args ...any) error {
		return fault.New(fault.FailedPrecondition, "proposal %s of %s "+format, append([]any{p.RequestID, p.Body}, args...)...)
	}
	switch {
	case p.Status != ProposalOpen:
		return refuse("is %s", p.Status)
	case tx.ClaimedTime > p.Expires: // both are in the layout that sorts
		return refuse("expired at %s", p.Expires)
	case p.RegisterVersion != r.register.Version:
		return refuse("was made under version %d of register %s, which is at %d", p.RegisterVersion, r.register.ID, r.register.Version)
	case slices.ContainsFunc(p.Verdicts, func(v Verdict) bool { return v.Body == body }):
		return refuse("has the word of %s already", body)
	}
	return nil
}

func (p Proposal) count() (approvals, rejections int) {
	for _, v := range p.Verdicts {
		if v.Approves {
			approvals++
		} else {
			rejections++
		}
	}
	return approvals, rejections
}

// Validate checks that p is a state that the functions of this package can reach. It
// does not check the change, which is judged when it is carried out.
func (p Proposal) Validate() error {
	if p.V != SchemaVersion {
		return fmt.Errorf("a proposal of schema version %d, not %d", p.V, SchemaVersion)
	}
	if err := recordNamed(p.RequestID, p.Register, p.ID, p.RegisterVersion); err != nil {
		return err
	}
	if err := check.Body("body", p.Body); err != nil {
		return err
	}
	requestID, id, operation, err := p.Change().named()
	if err != nil {
		return err
	}
	if requestID != p.RequestID || id != p.ID || operation != p.Operation {
		return check.Invalid("id", "does not accord with the change")
	}
	approvals, rejections := p.count()
	status := ProposalOpen
	switch {
	case approvals >= p.Needed:
		status = ProposalApplied
	case len(p.Eligible)-rejections < p.Needed:
		status = ProposalRejected
	}
	if p.Status != status {
		return check.Invalid("status", "%s does not accord with the verdicts", check.Quote(string(p.Status)))
	}
	return validateOrigin(p.RequestID, p.TxID, p.ClaimedTime)
}
