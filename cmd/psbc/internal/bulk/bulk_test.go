package bulk_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/bulk"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/intake"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// ledger is one body's notarisations: all-or-nothing batches, no overwriting.
type ledger struct {
	mu      sync.Mutex
	records map[notary.Digest]notary.Notarisation
	batches [][]notary.Digest // committed
	singles int
	reads   int
	// before is called before each write, outside the lock; an error fails the write.
	before func(write int) error
	writes int
}

func newLedger(existing ...notary.Notarisation) *ledger {
	l := &ledger{records: map[notary.Digest]notary.Notarisation{}}
	for _, n := range existing {
		l.records[n.Digest] = n
	}
	return l
}

func (l *ledger) enter() error {
	l.mu.Lock()
	l.writes++
	write := l.writes
	l.mu.Unlock()
	if l.before != nil {
		return l.before(write)
	}
	return nil
}

func (l *ledger) put(items []notary.Item) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, item := range items {
		if _, ok := l.records[item.Digest]; ok {
			return "", &gateway.Error{Op: "notarise", Kind: gateway.ErrAlreadyExists}
		}
	}
	tx := "tx" + strconv.Itoa(l.writes)
	for _, item := range items {
		l.records[item.Digest] = notary.Notarisation{
			Digest: item.Digest, Type: item.Type, Reference: item.Reference, ValidUntil: item.ValidUntil,
			DetailsHash: item.DetailsHash, Status: notary.StatusActive, TxID: tx, ClaimedTime: "2026-11-22T09:00:00Z",
		}
	}
	return tx, nil
}

func (l *ledger) Notarise(ctx context.Context, r gateway.NotariseRequest, options ...gateway.NotariseOption) (*gateway.Notarisation, error) {
	if err := errors.Join(ctx.Err(), l.enter()); err != nil {
		return nil, err
	}
	if len(options) > 0 {
		r.DetailsHash = "hash"
	}
	if _, err := l.put([]notary.Item{r.Item}); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.singles++
	record := l.records[r.Digest]
	return &record, nil
}

func (l *ledger) NotariseBatch(ctx context.Context, r gateway.BatchRequest) (*gateway.BatchResult, error) {
	if err := errors.Join(ctx.Err(), l.enter()); err != nil {
		return nil, err
	}
	if len(r.Items) == 0 || len(r.Items) > notary.MaxBatch {
		return nil, &gateway.Error{Op: "notarise batch", Kind: gateway.ErrInvalidArgument}
	}
	tx, err := l.put(r.Items)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var digests []notary.Digest
	for _, item := range r.Items {
		digests = append(digests, item.Digest)
	}
	l.batches = append(l.batches, digests)
	return &notary.BatchResult{TxID: tx, Count: len(digests), ClaimedTime: "2026-11-22T09:00:00Z"}, nil
}

func (l *ledger) Read(ctx context.Context, r gateway.RecordRequest) (*gateway.Notarisation, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	record, ok := l.records[r.Digest]
	if !ok {
		return nil, &gateway.Error{Op: "read", Kind: gateway.ErrNotFound}
	}
	return &record, nil
}

func digest(content string) notary.Digest {
	d, err := gateway.Digest(strings.NewReader(content), notary.SHA2_256)
	if err != nil {
		panic(err)
	}
	return d
}

// documents makes files f0, f1 … with different content.
func documents(n int) []intake.Document {
	var documents []intake.Document
	for i := range n {
		name := "f" + strconv.Itoa(i)
		documents = append(documents, intake.Document{Name: name, Digest: digest(name)})
	}
	return documents
}

func run(l *ledger) *bulk.Run {
	return &bulk.Run{Notary: l, Bound: context.WithCancel}
}

func outcomes(results []bulk.Result) map[bulk.Outcome]int {
	counts := map[bulk.Outcome]int{}
	for _, r := range results {
		counts[r.Outcome]++
	}
	return counts
}

func TestAFirstRunSendsFullBatchesAndReadsNothing(t *testing.T) {
	l := newLedger()
	results, err := run(l).Do(t.Context(), documents(2*notary.MaxBatch+7))
	require.NoError(t, err)
	require.Equal(t, map[bulk.Outcome]int{bulk.Notarised: 2007}, outcomes(results))
	require.Zero(t, l.reads)
	require.Len(t, l.records, 2007)
	var sizes []int
	for _, b := range l.batches {
		sizes = append(sizes, len(b))
	}
	require.ElementsMatch(t, []int{1000, 1000, 7}, sizes)
	for i, r := range results {
		require.Equal(t, "f"+strconv.Itoa(i), r.Name)
		require.NotEmpty(t, r.TxID)
		require.NotEmpty(t, r.ClaimedTime)
	}
}

func TestOneDocumentTakesASingleTransaction(t *testing.T) {
	l := newLedger()
	results, err := run(l).Do(t.Context(), documents(1))
	require.NoError(t, err)
	require.Equal(t, bulk.Notarised, results[0].Outcome)
	require.Equal(t, 1, l.singles)
	require.Empty(t, l.batches)
}

func TestIdenticalDocumentsAreNotarisedOnce(t *testing.T) {
	same := digest("same")
	l := newLedger()
	results, err := run(l).Do(t.Context(), []intake.Document{{Name: "a", Digest: same}, {Name: "b", Digest: digest("b")}, {Name: "c", Digest: same}})
	require.NoError(t, err)
	require.Equal(t, []bulk.Outcome{bulk.Notarised, bulk.Notarised, bulk.Identical}, []bulk.Outcome{results[0].Outcome, results[1].Outcome, results[2].Outcome})
	require.Equal(t, "a", results[2].SameAs)
	require.Len(t, l.records, 2)
}

func TestARunMayBeRepeated(t *testing.T) {
	l := newLedger()
	docs := documents(1500)
	_, err := run(l).Do(t.Context(), docs[:700])
	require.NoError(t, err)
	results, err := run(l).Do(t.Context(), docs)
	require.NoError(t, err)
	require.Equal(t, map[bulk.Outcome]int{bulk.Already: 700, bulk.Notarised: 800}, outcomes(results))
	results, err = run(l).Do(t.Context(), docs)
	require.NoError(t, err)
	require.Equal(t, map[bulk.Outcome]int{bulk.Already: 1500}, outcomes(results))
	require.Len(t, l.records, 1500)
}

func TestWhatStandsOtherwiseIsReportedAndLeftAlone(t *testing.T) {
	docs := documents(4)
	record := func(i int, change func(*notary.Notarisation)) notary.Notarisation {
		n := notary.Notarisation{Digest: docs[i].Digest, Status: notary.StatusActive, Type: "deed", TxID: "earlier"}
		change(&n)
		return n
	}
	l := newLedger(
		record(0, func(*notary.Notarisation) {}),
		record(1, func(n *notary.Notarisation) { n.Type = "will" }),
		record(2, func(n *notary.Notarisation) { n.Status = notary.StatusRevoked }),
	)
	r := run(l)
	r.Template.Type = "deed"
	results, err := r.Do(t.Context(), docs)
	require.NoError(t, err)
	require.Equal(t, bulk.Already, results[0].Outcome)
	require.Equal(t, bulk.Differs, results[1].Outcome)
	require.Contains(t, results[1].Note, `type is "will", not "deed"`)
	require.Equal(t, bulk.Ended, results[2].Outcome)
	require.Contains(t, results[2].Note, "revoked")
	require.Equal(t, bulk.Notarised, results[3].Outcome)
	require.Equal(t, "will", l.records[docs[1].Digest].Type)
}

func TestDetailsTakeATransactionEachAndLookFirst(t *testing.T) {
	docs := documents(30)
	l := newLedger(
		notary.Notarisation{Digest: docs[0].Digest, Status: notary.StatusActive, DetailsHash: "hash"},
		notary.Notarisation{Digest: docs[1].Digest, Status: notary.StatusActive},
	)
	r := run(l)
	r.Details = func(d intake.Document) notary.Details { return notary.Details{FileName: d.Name} }
	results, err := r.Do(t.Context(), docs)
	require.NoError(t, err)
	require.Equal(t, map[bulk.Outcome]int{bulk.Already: 1, bulk.Differs: 1, bulk.Notarised: 28}, outcomes(results))
	require.Equal(t, 28, l.writes, "documents that are notarised already are not written to")
	require.Empty(t, l.batches)
}

func TestAnInterruptedRunSaysHowFarItCame(t *testing.T) {
	l := newLedger()
	ctx, cancel := context.WithCancel(t.Context())
	l.before = func(write int) error {
		if write == 3 {
			cancel()
			return context.Canceled
		}
		return nil
	}
	docs := documents(10 * notary.MaxBatch)
	results, err := run(l).Do(ctx, docs)
	require.ErrorIs(t, err, context.Canceled)
	done := outcomes(results)
	require.Positive(t, done[bulk.Pending])
	require.Equal(t, len(l.records), done[bulk.Notarised])

	l.before = nil
	results, err = run(l).Do(t.Context(), docs)
	require.NoError(t, err)
	require.Equal(t, len(docs), outcomes(results)[bulk.Notarised]+outcomes(results)[bulk.Already])
	require.Len(t, l.records, len(docs))
}

func TestAnotherRunOverTheSameDocumentsIsWaitedOut(t *testing.T) {
	l := newLedger()
	docs := documents(100)
	l.before = func(write int) error {
		if write <= 3 { // another process notarises one of them each time
			_, err := l.put([]notary.Item{{Digest: docs[write].Digest}})
			return err
		}
		return nil
	}
	results, err := run(l).Do(t.Context(), docs)
	require.NoError(t, err)
	require.Equal(t, map[bulk.Outcome]int{bulk.Already: 3, bulk.Notarised: 97}, outcomes(results))
}

func TestAlreadyExistsWithoutAnyDocumentThereIsAnError(t *testing.T) {
	l := newLedger()
	refusal := &gateway.Error{Op: "notarise", Kind: gateway.ErrAlreadyExists, Message: "request id was used for another request"}
	l.before = func(int) error { return refusal }
	for _, n := range []int{1, 2} {
		results, err := run(l).Do(t.Context(), documents(n))
		require.ErrorIs(t, err, gateway.ErrAlreadyExists, "%d documents", n)
		require.Equal(t, n, outcomes(results)[bulk.Pending])
	}
}

func TestProgressCountsEveryDocumentOnce(t *testing.T) {
	pool := documents(2500)
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.IntRange(1, len(pool)).Draw(t, "documents")
		before := rapid.IntRange(0, total).Draw(t, "notarised before")
		doubled := rapid.IntRange(0, 5).Draw(t, "identical")
		docs := pool[:total]
		l := newLedger()
		_, err := run(l).Do(context.Background(), docs[:before])
		require.NoError(t, err)

		all := slices.Clone(docs)
		for i := range doubled {
			all = append(all, intake.Document{Name: fmt.Sprintf("copy%d", i), Digest: docs[i%total].Digest})
		}
		var counted atomic.Int64
		r := run(l)
		r.Progress = func(n int) { counted.Add(int64(n)) }
		results, err := r.Do(context.Background(), all)
		require.NoError(t, err)
		require.EqualValues(t, len(all), counted.Load())
		require.Equal(t, before, outcomes(results)[bulk.Already])
		require.Equal(t, doubled, outcomes(results)[bulk.Identical])
		require.Equal(t, total-before, outcomes(results)[bulk.Notarised])
		require.Len(t, l.records, total)
	})
}
