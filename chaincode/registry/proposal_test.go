package registry_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// approved is a register whose changes need two of three approvers.
func approved() registry.Definition {
	d := open()
	d.Approvals, d.Approvers, d.ProposalDays = 2, []string{sigi, court, ministry}, 10
	return d
}

func proposed(t require.TestingT, rules *registry.Rules, body string) registry.Proposal {
	q := createRequest("", data("123A-1"))
	p, err := rules.Propose(body, txOf(1), registry.ProposedChange{Create: &q})
	require.NoError(t, err)
	require.NoError(t, p.Validate())
	return p
}

func decision(p registry.Proposal, reject bool) registry.DecisionRequest {
	q := registry.DecisionRequest{RequestID: requestID, Register: p.Register, Body: p.Body, Proposal: p.RequestID, Reject: reject}
	if reject {
		q.Reason = "no"
	}
	return q
}

func TestAProposalSaysWhatItNeeds(t *testing.T) {
	rules := rulesOf(t, approved())
	p := proposed(t, rules, ctie)
	require.Regexp(t, `^DWL-2026-[0-9A-Z]{9}$`, p.ID)
	require.Equal(t, p.ID, p.Create.ID, "the id is fixed")
	require.Equal(t, 2, p.Needed)
	require.Equal(t, []string{court, ministry, sigi}, p.Eligible)
	require.Equal(t, "2026-11-11T00:01:00.000000000Z", p.Expires)
	require.Equal(t, registry.OpCreate, p.Operation)
	require.Equal(t, []string{court, ministry}, proposed(t, rules, sigi).Eligible, "not by oneself")

	d := approved()
	d.Approvers, d.Approvals, d.ProposalDays = nil, 1, 0
	p = proposed(t, rulesOf(t, d), ctie)
	require.Equal(t, []string{sigi}, p.Eligible, "the other writers")
	require.Equal(t, "2026-12-01T00:01:00.000000000Z", p.Expires)

	for operation, want := range map[registry.Operation]bool{registry.OpCreate: true, registry.OpOffer: true, registry.OpAccept: false, registry.OpDecline: false} {
		require.Equal(t, want, rules.NeedsApproval(operation), operation)
		require.False(t, rulesOf(t, open()).NeedsApproval(operation))
	}
}

func TestOnlyWhatNeedsApprovalsIsProposed(t *testing.T) {
	record := created(t, rulesOf(t, open()), ctie, "DWL-1", data("123A-1"))
	accept, amend := transferRequest(record, registry.OpAccept, ""), amendRequest(record, `{}`)
	_, err := rulesOf(t, approved()).Propose(sigi, txOf(1), registry.ProposedChange{Transfer: &accept})
	require.EqualError(t, err, "FAILED_PRECONDITION: register dwellings asks for no approvals to accept a record")
	_, err = rulesOf(t, open()).Propose(ctie, txOf(1), registry.ProposedChange{Amend: &amend})
	require.EqualError(t, err, "FAILED_PRECONDITION: register dwellings asks for no approvals to amend a record")
	for _, bad := range []registry.ProposedChange{{}, {Transfer: &accept, Amend: &amend}} {
		_, err = rulesOf(t, approved()).Propose(ctie, txOf(1), bad)
		require.Equal(t, fault.Internal, fault.CodeOf(err))
	}
	d := approved()
	d.IDs = registry.IDRule{}
	create := createRequest("", data("123A-1"))
	_, err = rulesOf(t, d).Propose(ctie, txOf(1), registry.ProposedChange{Create: &create})
	require.EqualError(t, err, "INVALID_ARGUMENT: id: is missing, and register dwellings does not mint ids")
}

func TestTheLastApprovalCarriesTheChangeOut(t *testing.T) {
	rules := rulesOf(t, approved())
	p := proposed(t, rules, ctie)
	first, complete, err := rules.DecideProposal(court, decision(p, false), txOf(2), &p)
	require.NoError(t, err)
	require.False(t, complete)
	require.Equal(t, registry.ProposalOpen, first.Status)
	require.Empty(t, p.Verdicts, "what it was made from is as it was")

	second, complete, err := rules.DecideProposal(sigi, decision(p, false), txOf(3), &first)
	require.NoError(t, err)
	require.True(t, complete)
	require.Equal(t, registry.ProposalApplied, second.Status)
	require.NoError(t, second.Validate())

	plan, err := rules.PlanProposal(second, txOf(3), nil)
	require.NoError(t, err)
	change, err := plan.DecideOne(txOf(3), nil, everything(plan))
	require.NoError(t, err)
	require.NoError(t, change.Record.Validate())
	require.Equal(t, p.ID, change.Record.ID)
	require.Equal(t, []string{court, sigi}, change.Record.Approvers)
	require.Equal(t, ctie, change.Record.Owner)
	require.Equal(t, requestID, change.Record.RequestID)
	require.Equal(t, txOf(3).ClaimedTime, change.Record.Effective)
	require.Equal(t, "tx3", change.Record.TxID)

	record := change.Record
	for operation, c := range map[registry.Operation]registry.ProposedChange{
		registry.OpAmend:   {Amend: ptr(amendRequest(record, `{"rooms":9}`))},
		registry.OpSuspend: {Move: ptr(statusRequest(record, registry.OpSuspend))},
		registry.OpOffer:   {Transfer: ptr(transferRequest(record, registry.OpOffer, sigi))},
	} {
		p, err := rules.Propose(ctie, txOf(4), c)
		require.NoError(t, err)
		require.NoError(t, p.Validate())
		require.Equal(t, c, p.Change())
		plan, err := rules.PlanProposal(p, txOf(4), &record)
		require.Equal(t, operation, done(t, plan, err, 4, record).Operation)
	}
	_, err = rules.PlanProposal(registry.Proposal{Body: ctie}, txOf(4), nil)
	require.Equal(t, fault.Internal, fault.CodeOf(err))

	stale := amendRequest(record, `{"rooms":9}`)
	p, err = rules.Propose(ctie, txOf(4), registry.ProposedChange{Amend: &stale})
	require.NoError(t, err)
	record.Version++
	_, err = rules.PlanProposal(p, txOf(5), &record)
	require.EqualError(t, err, "FAILED_PRECONDITION: record "+record.ID+" of dwellings is at version 2, not at 1", "it is judged anew")
}

func ptr[T any](v T) *T { return &v }

func TestAVerdictIsRefusedWhereItIsNotDue(t *testing.T) {
	rules := rulesOf(t, approved())
	p := proposed(t, rules, ctie)
	change := func(f func(*registry.Proposal)) *registry.Proposal {
		q := p
		f(&q)
		return &q
	}
	register := rules.Register()
	register.Version = 2
	amendedRules, err := registry.NewRules(register, nil)
	require.NoError(t, err)
	last := registry.Tx{ID: "tx9", ClaimedTime: p.Expires}
	late := registry.Tx{ID: "tx9", ClaimedTime: "2026-11-11T00:01:00.000000001Z"}
	for _, tc := range []struct {
		name  string
		rules *registry.Rules
		body  string
		tx    registry.Tx
		p     *registry.Proposal
		want  string
	}{
		{"on nothing", rules, court, txOf(2), nil, "NOT_FOUND: CTIEMSP has made no proposal request-0001 in register dwellings"},
		{"by the proposer", rules, ctie, txOf(2), &p, "PERMISSION_DENIED: CTIEMSP may not approve proposal request-0001 of CTIEMSP"},
		{"at the last moment", rules, court, last, &p, ""},
		{"too late", rules, court, late, &p, "FAILED_PRECONDITION: proposal request-0001 of CTIEMSP expired at 2026-11-11T00:01:00.000000000Z"},
		{"on an applied one", rules, court, txOf(2), change(func(p *registry.Proposal) { p.Status = registry.ProposalApplied }), "FAILED_PRECONDITION: proposal request-0001 of CTIEMSP is applied"},
		{"under another definition", amendedRules, court, txOf(2), &p, "FAILED_PRECONDITION: proposal request-0001 of CTIEMSP was made under version 1 of register dwellings, which is at 2"},
		{"twice", rules, court, txOf(2), change(func(p *registry.Proposal) { p.Verdicts = []registry.Verdict{{Body: court}} }), "FAILED_PRECONDITION: proposal request-0001 of CTIEMSP has the word of CourDesComptesMSP already"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := tc.rules.DecideProposal(tc.body, decision(p, false), tc.tx, tc.p)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, tc.want)
		})
	}
}

// TestAProposalEndsAsSoonAsItIsDecided gives random words in random order.
func TestAProposalEndsAsSoonAsItIsDecided(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := open()
		for i := range rapid.IntRange(1, 8).Draw(t, "approvers") {
			d.Approvers = append(d.Approvers, fmt.Sprintf("A%d", i))
		}
		d.Approvals = rapid.IntRange(1, len(d.Approvers)).Draw(t, "approvals")
		rules := rulesOf(t, d)
		p := proposed(t, rules, ctie)
		approvals, rejections := 0, 0
		for _, body := range rapid.Permutation(slices.Clone(d.Approvers)).Draw(t, "order") {
			reject := rapid.Bool().Draw(t, "reject")
			next, complete, err := rules.DecideProposal(body, decision(p, reject), txOf(2), &p)
			decided := approvals >= d.Approvals || rejections > len(d.Approvers)-d.Approvals
			if decided {
				require.ErrorIs(t, err, &fault.Error{Code: fault.FailedPrecondition})
				continue
			}
			require.NoError(t, err)
			require.NoError(t, next.Validate())
			if reject {
				rejections++
			} else {
				approvals++
			}
			require.Equal(t, approvals == d.Approvals, complete)
			p = next
		}
		require.NotEqual(t, registry.ProposalOpen, p.Status, "when all have spoken, it is decided")
	})
}

func TestAProposalIsReadAsItWasWritten(t *testing.T) {
	rules := rulesOf(t, approved())
	p := proposed(t, rules, ctie)
	p, _, err := rules.DecideProposal(court, decision(p, true), txOf(2), &p)
	require.NoError(t, err)
	p.Create.Data = json.RawMessage(`{"cadastre":"123A-1","commune":"Esch","rooms":3}`)
	value, err := p.Encode()
	require.NoError(t, err)
	decoded, err := registry.DecodeProposal(value)
	require.NoError(t, err)
	require.Equal(t, p, decoded)

	for name, spoil := range map[string]func(*registry.Proposal){
		"another version":      func(p *registry.Proposal) { p.V = 2 },
		"no id":                func(p *registry.Proposal) { p.ID = "" },
		"no body":              func(p *registry.Proposal) { p.Body = "" },
		"no change":            func(p *registry.Proposal) { p.Create = nil },
		"another's id":         func(p *registry.Proposal) { p.ID = "DWL-2" },
		"another operation":    func(p *registry.Proposal) { p.Operation = registry.OpAmend },
		"applied too soon":     func(p *registry.Proposal) { p.Status = registry.ProposalApplied },
		"open when rejected":   func(p *registry.Proposal) { p.Needed = 3 },
		"no transaction":       func(p *registry.Proposal) { p.TxID = "" },
		"an unknown status":    func(p *registry.Proposal) { p.Status = "lost" },
		"no register version":  func(p *registry.Proposal) { p.RegisterVersion = 0 },
		"of a broken register": func(p *registry.Proposal) { p.Register = "a b" },
	} {
		bad := p
		spoil(&bad)
		value, err := bad.Encode()
		require.NoError(t, err)
		_, err = registry.DecodeProposal(value)
		require.Error(t, err, name)
	}
}
