package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// Limits of an audit. It lists whole ledgers, which earlier runs have filled.
const (
	auditLimit       = 10 * time.Minute
	auditConcurrency = 64
)

// account is what the ledger holds of a load, against what the client was told.
type account struct {
	Reported int `json:"reported"` // the client was told: committed
	OnLedger int `json:"onLedger"` // records of the load in the bodies' lists
	Lost     int `json:"lost"`     // reported, but not on the ledger
	Doubled  int `json:"doubled"`  // listed twice, or written by more than one transaction
	// Unreported are on the ledger although the client was told otherwise: that
	// the outcome is unknown, at best.
	Unreported int `json:"unreported"`
}

// audit counts a finished load on the ledger: it lists every body's records from
// that body's peer, and asks for the history of each record of the load.
func (w *work) audit(ctx context.Context, load string, samples []sample) (account, error) {
	ctx, cancel := context.WithTimeout(ctx, auditLimit)
	defer cancel()

	listed, err := w.list(ctx, load)
	if err != nil {
		return account{}, err
	}
	changed, err := w.changes(ctx, load, samples, listed)
	if err != nil {
		return account{}, err
	}
	var a account
	for _, count := range listed {
		a.OnLedger += count
	}
	for _, s := range samples {
		id := w.requestID(load, s.index)
		switch count := listed[id]; {
		case count == 0 && s.failure == nil:
			a.Lost++
		case count > 1 || changed[id] > 1:
			a.Doubled++
		case count == 1 && s.failure != nil:
			a.Unreported++
		}
		if s.failure == nil {
			a.Reported++
		}
	}
	return a, nil
}

// list counts the records of a load by their request id.
func (w *work) list(ctx context.Context, load string) (map[string]int, error) {
	prefix := strings.TrimSuffix(w.requestID(load, 0), "0")
	listed := make(map[string]int)
	for _, b := range w.bodies {
		for record, err := range b.ledger.AllByBody(ctx, gateway.ListRequest{Body: b.mspID, PageSize: 1000}) {
			if err != nil {
				return nil, fmt.Errorf("list the records of %s: %w", b.name, err)
			}
			if strings.HasPrefix(record.RequestID, prefix) {
				listed[record.RequestID]++
			}
		}
	}
	return listed, nil
}

// changes counts the transactions that wrote each listed record.
func (w *work) changes(ctx context.Context, load string, samples []sample, listed map[string]int) (map[string]int, error) {
	counts := make([]int, len(samples))
	asked := driveCount(ctx, auditConcurrency, len(samples), func(ctx context.Context, i int) (int, error) {
		index := samples[i].index
		request, err := w.request(load, index)
		if err != nil || listed[request.RequestID] == 0 {
			return 0, err
		}
		b := w.body(index)
		history, err := b.ledger.History(ctx, gateway.RecordRequest{Digest: request.Digest, Body: b.mspID})
		if err != nil {
			return 0, err
		}
		counts[i] = len(history.Changes)
		return 1, nil
	})
	changed := make(map[string]int)
	for _, s := range asked {
		if s.failure != nil {
			return nil, fmt.Errorf("history of a record: %w", s.failure)
		}
		changed[w.requestID(load, samples[s.index].index)] = counts[s.index]
	}
	if len(asked) < len(samples) {
		return nil, fmt.Errorf("count what is on the ledger: %w", context.Cause(ctx))
	}
	return changed, nil
}
