package main

import (
	"context"
	"errors"
	"iter"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// fakeLedger is one body's ledger, which can be made to misbehave.
type fakeLedger struct {
	mspID string

	mu      sync.Mutex
	order   []string
	records map[notary.Digest]*notary.Notarisation
	changes map[notary.Digest]int

	// refuse and lie, by request id: refuse writes nothing, lose says that it
	// wrote but did not, hide writes but says that it did not.
	refuse, lose, hide map[string]bool
}

func newFakeLedger(mspID string) *fakeLedger {
	return &fakeLedger{
		mspID: mspID, records: map[notary.Digest]*notary.Notarisation{}, changes: map[notary.Digest]int{},
		refuse: map[string]bool{}, lose: map[string]bool{}, hide: map[string]bool{},
	}
}

func (f *fakeLedger) Notarise(_ context.Context, r gateway.NotariseRequest, _ ...gateway.NotariseOption) (*gateway.Notarisation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse[r.RequestID] {
		return nil, &gateway.Error{Kind: gateway.ErrUnavailable}
	}
	record := &notary.Notarisation{Digest: r.Digest, Body: f.mspID, RequestID: r.RequestID}
	if !f.lose[r.RequestID] {
		f.records[r.Digest] = record
		f.changes[r.Digest]++
		f.order = append(f.order, r.RequestID)
	}
	if f.hide[r.RequestID] {
		return nil, &gateway.Error{Kind: gateway.ErrOutcomeUnknown}
	}
	return record, nil
}

func (f *fakeLedger) NotariseBatch(ctx context.Context, r gateway.BatchRequest) (*gateway.BatchResult, error) {
	for _, item := range r.Items {
		if _, err := f.Notarise(ctx, gateway.NotariseRequest{RequestID: r.RequestID, Item: item}); err != nil {
			return nil, err
		}
	}
	return &gateway.BatchResult{Count: len(r.Items)}, nil
}

func (f *fakeLedger) Read(_ context.Context, r gateway.RecordRequest) (*gateway.Notarisation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if record, ok := f.records[r.Digest]; ok && r.Body == f.mspID {
		return record, nil
	}
	return nil, &gateway.Error{Kind: gateway.ErrNotFound}
}

func (f *fakeLedger) History(_ context.Context, r gateway.RecordRequest) (*gateway.History, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return &gateway.History{Changes: make([]notary.Change, f.changes[r.Digest])}, nil
}

func (f *fakeLedger) AllByBody(context.Context, gateway.ListRequest) iter.Seq2[gateway.Notarisation, error] {
	return func(yield func(gateway.Notarisation, error) bool) {
		for _, id := range f.order {
			if !yield(gateway.Notarisation{RequestID: id}, nil) {
				return
			}
		}
	}
}

func fakeWork() (*work, *fakeLedger, *fakeLedger) {
	one, two := newFakeLedger("OneMSP"), newFakeLedger("TwoMSP")
	return newWork([]body{
		{name: "One", mspID: "OneMSP", ledger: one},
		{name: "Two", mspID: "TwoMSP", ledger: two},
	}), one, two
}

func TestAuditCountsWhatTheLedgerHolds(t *testing.T) {
	const count = 10
	tests := []struct {
		name   string
		before func(w *work, one, two *fakeLedger)
		after  func(w *work, one, two *fakeLedger)
		want   account
	}{
		{
			name: "all is well",
			want: account{Reported: 10, OnLedger: 10},
		},
		{
			name:   "a refusal is neither lost nor reported",
			before: func(w *work, one, _ *fakeLedger) { one.refuse[w.requestID("l", 2)] = true },
			want:   account{Reported: 9, OnLedger: 9},
		},
		{
			name:   "reported, but not on the ledger",
			before: func(w *work, _, two *fakeLedger) { two.lose[w.requestID("l", 3)] = true },
			want:   account{Reported: 10, OnLedger: 9, Lost: 1},
		},
		{
			name:   "on the ledger, but reported as unknown",
			before: func(w *work, one, _ *fakeLedger) { one.hide[w.requestID("l", 4)] = true },
			want:   account{Reported: 9, OnLedger: 10, Unreported: 1},
		},
		{
			name:  "listed twice",
			after: func(w *work, one, _ *fakeLedger) { one.order = append(one.order, w.requestID("l", 4)) },
			want:  account{Reported: 10, OnLedger: 11, Doubled: 1},
		},
		{
			name: "written by two transactions",
			after: func(w *work, one, _ *fakeLedger) {
				request, _ := w.request("l", 4)
				one.changes[request.Digest]++
			},
			want: account{Reported: 10, OnLedger: 10, Doubled: 1},
		},
		{
			name: "other loads are not counted",
			after: func(w *work, one, _ *fakeLedger) {
				one.order = append(one.order, w.requestID("ll", 4), "bench-earlier-l-4")
			},
			want: account{Reported: 10, OnLedger: 10},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, one, two := fakeWork()
			if test.before != nil {
				test.before(w, one, two)
			}
			samples := driveCount(t.Context(), 3, count, w.notarise("l"))
			if test.after != nil {
				test.after(w, one, two)
			}
			got, err := w.audit(t.Context(), "l", samples)
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestAnAuditThatCannotFinishFails(t *testing.T) {
	w, _, _ := fakeWork()
	samples := driveCount(t.Context(), 1, 4, w.notarise("l"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.audit(ctx, "l", samples)
	require.ErrorIs(t, err, context.Canceled)
}

func TestLoadsSpreadEvenlyOverTheBodies(t *testing.T) {
	w, one, two := fakeWork()
	driveCount(t.Context(), 2, 10, w.notarise("l"))
	require.Len(t, one.order, 5)
	require.Len(t, two.order, 5)
}

func TestABatchHoldsDifferentDocumentsAndCountsThem(t *testing.T) {
	w, one, _ := fakeWork()
	records, err := w.batch("b", 50)(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, 50, records)
	require.Len(t, one.records, 50)
}

func TestTheMinimalChaincodeGetsTheSameBytes(t *testing.T) {
	w, _, _ := fakeWork()
	var got string
	w.bodies[1].put = func(_ context.Context, argument string) error { got = argument; return nil }
	_, err := w.put("m")(t.Context(), 1)
	require.NoError(t, err)

	request, err := w.request("m", 1)
	require.NoError(t, err)
	require.Contains(t, got, request.RequestID)
	require.Contains(t, got, string(request.Digest))
}

func TestFailuresAreCountedByTheirKind(t *testing.T) {
	require.Equal(t, "unavailable", failureKind(&gateway.Error{Kind: gateway.ErrUnavailable, Message: "orderer0"}))
	require.Equal(t, "rejected ENDORSEMENT_POLICY_FAILURE", failureKind(&gateway.Error{Kind: gateway.ErrRejected, Validation: "ENDORSEMENT_POLICY_FAILURE"}))
	require.Equal(t, "other: disk full", failureKind(errors.New("disk full")))
}
