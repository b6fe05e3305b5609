package feed_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/feed"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

var errCrash = errors.New("crash")

// ledger is a ledger with one trail, whose rules are the domain's own.
type ledger struct {
	trail     trail.Trail
	heads     map[int]trail.Batch
	entries   map[int][]trail.Entry
	committed map[int][]string
	// fail, if set, is asked before every write; lost says that the write is carried out
	// and its answer lost.
	fail func() (lost bool, err error)
	seen func(trail.AppendRequest)
}

func newLedger() *ledger {
	return &ledger{
		trail:     trail.Trail{Definition: trail.Definition{ID: "civil-status", Actions: []string{"stamp"}}, Body: "CTIEMSP"},
		heads:     map[int]trail.Batch{},
		entries:   map[int][]trail.Entry{},
		committed: map[int][]string{},
	}
}

func (l *ledger) tx() trail.Tx {
	now, err := canonical.FormatTime(time.Now())
	if err != nil {
		panic(err)
	}
	return trail.Tx{ID: fmt.Sprint("tx", len(l.heads)), Body: "CTIEMSP", ClaimedTime: now}
}

// write carries out a write whose verdict is judge's.
func (l *ledger) write(place trail.Place, content string, judge func(previous *trail.Batch) (trail.Batch, error), save func(trail.Batch)) (*trail.Batch, error) {
	lost := false
	if l.fail != nil {
		var err error
		if lost, err = l.fail(); err != nil && !lost {
			return nil, err
		}
	}
	if head, found := l.heads[place.Number]; found {
		return &head, told(trail.Repeated(head, content))
	}
	var previous *trail.Batch
	if head, found := l.heads[place.NeedsPrevious()]; found {
		previous = &head
	}
	head, err := judge(previous)
	if err != nil {
		return nil, told(err)
	}
	l.heads[place.Number] = head
	save(head)
	if lost {
		return nil, errCrash
	}
	return &head, nil
}

// told turns a refusal into what the gateway client makes of it.
func told(err error) error {
	if err == nil {
		return nil
	}
	f, _ := errors.AsType[*fault.Error](err)
	kind := strings.ToLower(strings.ReplaceAll(string(f.Code), "_", " "))
	return &gateway.Error{Op: "append", Kind: gateway.Kind(kind), Code: f.Code, Message: f.Message}
}

func (l *ledger) Append(_ context.Context, r trail.AppendRequest) (*trail.Batch, error) {
	if err := r.Validate(); err != nil {
		return nil, told(err)
	}
	if l.seen != nil {
		l.seen(r)
	}
	content, err := trail.ContentHash("Append", r)
	if err != nil {
		return nil, err
	}
	return l.write(r.Place, content,
		func(previous *trail.Batch) (trail.Batch, error) {
			return trail.Append(r, l.tx(), l.trail, content, previous)
		},
		func(trail.Batch) { l.entries[r.Number] = r.Entries })
}

func (l *ledger) Seal(_ context.Context, r trail.SealRequest) (*trail.Batch, error) {
	if err := r.Validate(); err != nil {
		return nil, told(err)
	}
	content, err := trail.ContentHash("Seal", r)
	if err != nil {
		return nil, err
	}
	return l.write(r.Place, content,
		func(previous *trail.Batch) (trail.Batch, error) {
			return trail.Seal(r, l.tx(), l.trail, content, previous)
		},
		func(trail.Batch) { l.committed[r.Number] = r.Commitments })
}

func (l *ledger) Head(_ context.Context, _, _ string, number int) (*trail.Batch, error) {
	if head, found := l.heads[number]; found {
		return &head, nil
	}
	return nil, nil
}

func (l *ledger) Last(context.Context, string, string) (int, error) {
	last := 0
	for number := range l.heads {
		last = max(last, number)
	}
	return last, nil
}

// correlations lists what tells the entries apart, in the order of the numbering.
func (l *ledger) correlations() []string {
	var found []string
	last, _ := l.Last(nil, "", "") //nolint:staticcheck // the context is not looked at
	for number := 1; number <= last; number++ {
		for _, e := range l.entries[number] {
			found = append(found, e.Correlation)
		}
	}
	return found
}

// other appends a batch that is not the run's, under the next number.
func (l *ledger) other(t require.TestingT) {
	last, err := l.Last(context.Background(), "", "")
	require.NoError(t, err)
	fail := l.fail
	l.fail = nil
	_, err = l.Append(context.Background(), trail.AppendRequest{RequestID: "other-request", Place: trail.Place{Trail: "civil-status", Source: "eservices", Number: last + 1},
		Entries: []trail.Entry{entry("other")}})
	require.NoError(t, err)
	l.fail = fail
}

func entry(correlation string) trail.Entry {
	return trail.Entry{Action: "read", Actor: "k1:" + strings.Repeat("ab", 32), OccurredAt: "2026-01-01T00:00:00Z", Outcome: "success", Correlation: correlation}
}

func line(correlation string) string {
	return `{"action":"read","actor":"k1:` + strings.Repeat("ab", 32) + `","occurredAt":"2026-01-01T00:00:00Z","outcome":"success","correlation":"` + correlation + `"}`
}

func lines(n int) []string {
	var all []string
	for i := range n {
		all = append(all, line(fmt.Sprint("c", i)))
	}
	return all
}

func numbered(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprint("c", i))
	}
	return all
}

// do runs once over the lines.
func do(ctx context.Context, l *ledger, journal string, size int, text []string, change ...func(*feed.Run)) (feed.Summary, error) {
	run := &feed.Run{Ledger: l, Trail: l.trail, Source: "eservices", Body: "CTIEMSP", Size: size, Journal: journal}
	for _, c := range change {
		c(run)
	}
	return run.Do(ctx, feed.Lines(strings.NewReader(strings.Join(text, "\n")), nil))
}

func newJournal(t testing.TB) string { return filepath.Join(t.TempDir(), "append.journal") }
