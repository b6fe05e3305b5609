package contract_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// approved is a register where two of sigi, digital and audit approve what ctie does.
func approved(d *registry.Definition) {
	d.Approvals, d.Approvers, d.Writers, d.ProposalDays = 2, []string{sigi, digital, audit}, []string{ctie}, 10
}

func proposing(u *user, function string, request any) registry.Proposal {
	u.t.Helper()
	outcome := answer[registry.Outcome](u, function, request)
	require.Nil(u.t, outcome.Record)
	require.NotNil(u.t, outcome.Proposal)
	return *outcome.Proposal
}

func verdict(body string, p registry.Proposal, reject bool) registry.DecisionRequest {
	r := registry.DecisionRequest{
		RequestID: body + "-" + strings.TrimPrefix(p.RequestID, "request-"), Register: p.Register, Body: p.Body, Proposal: p.RequestID, Reject: reject,
	}
	if reject {
		r.Reason = "incomplete"
	}
	return r
}

func (u *user) proposal(p registry.Proposal) registry.Proposal {
	u.t.Helper()
	return shown[registry.Proposal](u, "ReadProposal", registry.ProposalRequest{Register: p.Register, Body: p.Body, Proposal: p.RequestID})
}

func TestAChangeWaitsForItsApprovals(t *testing.T) {
	w := newRegistry(t, approved)
	request := create("", parcel("Esch", "1/1"))
	request.RequestID = id("proposed")
	proposal := proposing(w.registrar(ctie), "Create", request)
	require.Equal(t, registry.ProposalOpen, proposal.Status)
	require.NotEmpty(t, proposal.ID)
	require.Equal(t, []string{proposal.ID}, w.requireEvent(registry.EventProposal).IDs)
	requireRefused(t, fault.NotFound, w.reader(ctie).evaluate("Read", registry.ReadRequest{Register: dwellings, ID: proposal.ID}, &struct{}{}))
	require.Equal(t, proposal, w.reader(audit).proposal(proposal))
	require.Equal(t, proposal, proposing(w.registrar(ctie), "Create", request), "repeated, it is the proposal as it stands")

	t.Run("not by the body that proposes, or one that may not approve", func(t *testing.T) {
		_, err := w.registrar(ctie).submit("Decide", verdict(ctie, proposal, false))
		requireRefused(t, fault.PermissionDenied, err)
	})

	first := verdict(sigi, proposal, false)
	outcome := answer[registry.Outcome](w.registrar(sigi), "Decide", first)
	require.Nil(t, outcome.Record)
	require.Len(t, outcome.Proposal.Verdicts, 1)
	require.Equal(t, registry.OpCreate, w.requireEvent(registry.EventProposal).Operation)
	require.Equal(t, outcome, answer[registry.Outcome](w.registrar(sigi), "Decide", first), "repeated, it changes nothing")

	t.Run("nor twice by one body", func(t *testing.T) {
		again := first
		again.RequestID = id("again")
		_, err := w.registrar(sigi).submit("Decide", again)
		requireRefused(t, fault.FailedPrecondition, err)
	})

	last := verdict(audit, proposal, false)
	outcome = answer[registry.Outcome](w.registrar(audit), "Decide", last)
	require.Equal(t, registry.ProposalApplied, outcome.Proposal.Status)
	require.Equal(t, proposal.ID, outcome.Record.ID)
	require.Equal(t, ctie, outcome.Record.Owner)
	require.Equal(t, []string{sigi, audit}, outcome.Record.Approvers)
	event := w.requireEvent(registry.EventRecords)
	require.Equal(t, []string{proposal.ID}, event.IDs)
	require.Equal(t, audit, event.Body)
	require.Equal(t, *outcome.Record, w.reader(sigi).view(dwellings, proposal.ID).Record)
	require.Equal(t, []string{proposal.ID}, w.reader(sigi).ids(t, "Find", 5, registry.FindRequest{Field: "parcel", Value: []byte(`"1/1"`)}))

	t.Run("repeated, both requests return the record", func(t *testing.T) {
		require.Equal(t, outcome, answer[registry.Outcome](w.registrar(audit), "Decide", last))
		require.Equal(t, outcome, answer[registry.Outcome](w.registrar(ctie), "Create", request))
	})
	t.Run("what is applied is not decided on again", func(t *testing.T) {
		_, err := w.registrar(digital).submit("Decide", verdict(digital, proposal, true))
		requireRefused(t, fault.FailedPrecondition, err)
	})
	t.Run("the record is its owner's, not the approver's", func(t *testing.T) {
		key := "\x00registry.record\x00dwellings\x00" + proposal.ID + "\x00"
		require.Contains(t, w.State(), key)
		change := proposing(w.registrar(ctie), "Amend", amend(proposal.ID, 1, `{"rooms":9}`))
		answer[registry.Outcome](w.registrar(sigi), "Decide", verdict(sigi, change, false))
		_, err := w.registrar(digital).with(ledgertest.EndorsedBy(sigi, digital, audit)).submit("Decide", verdict(digital, change, false))
		requireInvalid(t, unmet, err)
		done := answer[registry.Outcome](w.registrar(digital), "Decide", verdict(digital, change, false))
		require.Equal(t, 2, done.Record.Version)
	})
}

func TestEveryKindOfChangeCanBeProposed(t *testing.T) {
	w := newRegistry(t, func(d *registry.Definition) {
		approved(d)
		d.Writers = []string{ctie, sigi}
	})
	both := func(p registry.Proposal) registry.Record {
		t.Helper()
		answer[registry.Outcome](w.registrar(audit), "Decide", verdict(audit, p, false))
		return *answer[registry.Outcome](w.registrar(digital), "Decide", verdict(digital, p, false)).Record
	}
	require.Equal(t, 1, both(proposing(w.registrar(ctie), "Create", create("d1", dwelling("Esch", 1)))).Version)
	require.Equal(t, 2, both(proposing(w.registrar(ctie), "Amend", amend("d1", 1, `{"rooms":2}`))).Version)
	require.Equal(t, registry.StatusSuspended, both(proposing(w.registrar(ctie), "ChangeStatus", move("d1", 2, registry.OpSuspend))).Status)
	require.Equal(t, sigi, both(proposing(w.registrar(ctie), "Transfer", transfer("d1", 3, registry.OpOffer, sigi))).OfferedTo)
	require.Equal(t, sigi, w.registrar(sigi).changed("Transfer", transfer("d1", 4, registry.OpAccept, "")).Owner, "the answer needs no approval")

	_, err := w.registrar(ctie).submit("Import", importOf("x", registry.Item{ID: "d2", Data: dwelling("Esch", 1)}))
	requireRefused(t, fault.FailedPrecondition, err)
}

func TestAProposalIsJudgedWhenItIsMadeAndWhenItIsApplied(t *testing.T) {
	w := newRegistry(t, approved)
	err := w.requireNothingWritten(func() error {
		_, err := w.registrar(ctie).submit("Create", create("d1", []byte(`{"commune":"Esch"}`)))
		return err
	})
	requireRefused(t, fault.InvalidArgument, err)

	one := proposing(w.registrar(ctie), "Create", create("d1", parcel("Esch", "1/1")))
	two := proposing(w.registrar(ctie), "Create", create("d2", parcel("Esch", "1/1")))
	for _, p := range []registry.Proposal{one, two} {
		answer[registry.Outcome](w.registrar(sigi), "Decide", verdict(sigi, p, false))
	}
	answer[registry.Outcome](w.registrar(audit), "Decide", verdict(audit, one, false))
	err = w.requireNothingWritten(func() error { _, err := w.registrar(audit).submit("Decide", verdict(audit, two, false)); return err })
	requireRefused(t, fault.AlreadyExists, err)
	require.Equal(t, registry.ProposalOpen, w.reader(ctie).proposal(two).Status, "it stays open, and can be rejected")
}

func TestAProposalEndsWithoutItsApprovals(t *testing.T) {
	t.Run("when too many reject it", func(t *testing.T) {
		w := newRegistry(t, approved)
		p := proposing(w.registrar(ctie), "Create", create("d1", dwelling("Esch", 1)))
		answer[registry.Outcome](w.registrar(sigi), "Decide", verdict(sigi, p, true))
		outcome := answer[registry.Outcome](w.registrar(audit), "Decide", verdict(audit, p, true))
		require.Equal(t, registry.ProposalRejected, outcome.Proposal.Status)
		_, err := w.registrar(digital).submit("Decide", verdict(digital, p, false))
		requireRefused(t, fault.FailedPrecondition, err)
	})
	t.Run("when its time is over", func(t *testing.T) {
		w := newRegistry(t, approved)
		made := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		p := proposing(w.registrar(ctie).with(ledgertest.At(made)), "Create", create("d1", dwelling("Esch", 1)))
		require.Equal(t, "2026-03-11T12:00:00.000000000Z", p.Expires)
		answer[registry.Outcome](w.registrar(sigi).with(ledgertest.At(made.AddDate(0, 0, 10))), "Decide", verdict(sigi, p, false))
		_, err := w.registrar(audit).with(ledgertest.At(made.AddDate(0, 0, 10).Add(1))).submit("Decide", verdict(audit, p, false))
		requireRefused(t, fault.FailedPrecondition, err)
		require.ErrorContains(t, err, "expired at 2026-03-11")
	})
	t.Run("when the register changes", func(t *testing.T) {
		w := newRegistry(t, approved)
		p := proposing(w.registrar(ctie), "Create", create("d1", dwelling("Esch", 1)))
		next := dwellingRegister(approved, func(d *registry.Definition) { d.ProposalDays = 11 })
		answer[registry.Register](w.registrar(ctie), "AmendRegister", registry.AmendRegisterRequest{RequestID: id("amend"), Base: 1, Definition: next})
		_, err := w.registrar(audit).submit("Decide", verdict(audit, p, false))
		requireRefused(t, fault.FailedPrecondition, err)
	})
}

func TestTwoApprovalsAtOnceAreCountedOneByOne(t *testing.T) {
	w := newRegistry(t, approved)
	p := proposing(w.registrar(ctie), "Create", create("d1", dwelling("Esch", 1)))
	a, b := w.registrar(sigi).mustEndorse("Decide", verdict(sigi, p, false)), w.registrar(audit).mustEndorse("Decide", verdict(audit, p, false))
	require.Equal(t, codes(valid, conflict), w.Commit(a, b))
	outcome := answer[registry.Outcome](w.registrar(audit), "Decide", verdict(audit, p, false))
	require.Equal(t, registry.ProposalApplied, outcome.Proposal.Status)
}

func TestProposalsAreListedPageByPage(t *testing.T) {
	w := newRegistry(t, func(d *registry.Definition) {
		approved(d)
		d.Writers = []string{ctie, sigi}
	})
	var want []string
	for _, body := range []string{ctie, sigi} {
		for i := range 5 {
			want = append(want, proposing(w.registrar(body), "Create", create(fmt.Sprint(body, i), dwelling("Esch", 1))).ID)
		}
	}
	for size := 1; size <= 11; size++ {
		var got []string
		request := registry.ListRequest{Register: dwellings, PageSize: size}
		for {
			page := shown[registry.ProposalPage](w.reader(digital), "Proposals", request)
			for _, p := range page.Items {
				got = append(got, p.ID)
			}
			if request.Bookmark = page.Bookmark; request.Bookmark == "" {
				break
			}
		}
		require.Equal(t, want, got, "page size %d", size)
	}
}
