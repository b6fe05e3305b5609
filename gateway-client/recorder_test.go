package gateway_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/trail"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

var (
	actor   = "k1:" + strings.Repeat("a1", 32)
	subject = "k1:" + strings.Repeat("5b", 32)
)

// accesses defines a trail.
func accesses() trail.DefineRequest {
	return trail.DefineRequest{Definition: trail.Definition{
		ID: "accesses", Titles: trail.Titles{En: "Accesses"}, Records: "accesses to civil status",
		LegalBasis: "lu.loi:2018-08-01", Retention: "years-5", RetentionDays: 1827, Actions: []string{"certify"},
	}}
}

// event is the n-th of a test.
func event(n int) trail.Entry {
	return trail.Entry{Action: trail.ActionRead, Actor: actor, Subject: subject, Outcome: trail.OutcomeSuccess, Correlation: fmt.Sprintf("event-%d", n)}
}

func events(from, to int) []string {
	var list []string
	for n := from; n <= to; n++ {
		list = append(list, event(n).Correlation)
	}
	return list
}

// patient sends only what is full, or flushed.
func patient(dir string) gateway.RecorderConfig {
	return gateway.RecorderConfig{Trail: "accesses", Source: "portal", Dir: dir, MaxBatch: 10, MaxAge: time.Hour}
}

func openRecorder(t *testing.T, client *gateway.Client, config gateway.RecorderConfig) *gateway.Recorder {
	t.Helper()
	r, err := gateway.OpenRecorder(t.Context(), client, config)
	require.NoError(t, err)
	return r
}

func record(t *testing.T, r *gateway.Recorder, from, to int) {
	t.Helper()
	for n := from; n <= to; n++ {
		require.NoError(t, r.Record(t.Context(), event(n)))
	}
}

// trailNetwork has the trail, and a client that may append to it.
func trailNetwork(t *testing.T) (*gatewaytest.Network, *gateway.Client) {
	t.Helper()
	network := gatewaytest.New(t)
	client := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleRecorder), gatewaytest.WithOptions(
		gateway.WithTimeouts(gateway.Timeouts{Evaluate: time.Second, Endorse: time.Second, Submit: time.Second, Commit: 100 * time.Millisecond, Grace: 50 * time.Millisecond}),
		gateway.WithRetry(quick(time.Second))))
	_, err := client.Trail().Define(t.Context(), accesses())
	require.NoError(t, err)
	return network, client
}

// onLedger are the correlations of the events on the trail, in their order, and the
// number of entries of each batch.
func onLedger(t *testing.T, client *gateway.Client) (list []string, sizes []int) {
	t.Helper()
	for located, err := range client.Trail().AllEntries(t.Context(), trail.EntriesRequest{Trail: "accesses"}) {
		require.NoError(t, err)
		list = append(list, located.Entry.Correlation)
	}
	for batch, err := range client.Trail().AllBatches(t.Context(), trail.BatchesRequest{Trail: "accesses"}) {
		require.NoError(t, err)
		sizes = append(sizes, batch.Entries)
	}
	return list, sizes
}

func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func eventually(t *testing.T, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, 30*time.Second, 5*time.Millisecond)
}

func TestEventsGetOntoTheTrailInTheirOrder(t *testing.T) {
	_, client := trailNetwork(t)
	r := openRecorder(t, client, patient(t.TempDir()))
	require.NoError(t, r.Flush(t.Context()), "nothing waits")
	before := time.Now()
	record(t, r, 1, 5)
	stats := r.Stats()
	require.Equal(t, 5, stats.Queued)
	require.Positive(t, stats.QueuedBytes)
	require.WithinRange(t, stats.Oldest, before, time.Now())
	record(t, r, 6, 25)
	require.NoError(t, r.Flush(t.Context()))
	require.Equal(t, gateway.RecorderStats{Appended: 25}, r.Stats())
	list, sizes := onLedger(t, client)
	require.Equal(t, events(1, 25), list)
	require.Equal(t, []int{10, 10, 5}, sizes)

	record(t, r, 26, 26)
	require.NoError(t, r.Close(t.Context()), "it sends what waits")
	require.NoError(t, r.Close(t.Context()), "closed already")
	list, _ = onLedger(t, client)
	require.Equal(t, events(1, 26), list)
	require.ErrorIs(t, r.Record(t.Context(), event(27)), gateway.ErrFailedPrecondition)
	gaps, err := client.Trail().Gaps(t.Context(), "accesses")
	require.NoError(t, err)
	require.Empty(t, gaps)
}

func TestEventsAreSentWhenABatchIsFullOrOldEnough(t *testing.T) {
	_, client := trailNetwork(t)
	full := openRecorder(t, client, patient(t.TempDir()))
	record(t, full, 1, 10)
	eventually(t, func() bool { return full.Stats().Appended == 10 })
	require.NoError(t, full.Close(t.Context()))

	config := patient(t.TempDir())
	config.Source, config.MaxAge = "archive", 20*time.Millisecond
	old := openRecorder(t, client, config)
	record(t, old, 11, 11)
	eventually(t, func() bool { return old.Stats().Appended == 1 })
	record(t, old, 12, 12)
	eventually(t, func() bool { return old.Stats().Appended == 2 })
	require.NoError(t, old.Close(t.Context()))
}

func TestManyRecordAtOnce(t *testing.T) {
	_, client := trailNetwork(t)
	config := patient(t.TempDir())
	config.MaxBatch = trail.MaxEntries
	r := openRecorder(t, client, config)
	var recording sync.WaitGroup
	for writer := range 8 {
		recording.Go(func() {
			for i := range 50 {
				require.NoError(t, r.Record(t.Context(), event(writer*50+i+1)))
			}
		})
	}
	recording.Wait()
	require.NoError(t, r.Close(t.Context()))
	list, _ := onLedger(t, client)
	require.ElementsMatch(t, events(1, 400), list)
}

func TestWithoutALedgerARecorderAcceptsUpToItsBoundAndCatchesUp(t *testing.T) {
	network, client := trailNetwork(t)
	config := patient(t.TempDir())
	config.MaxQueueBytes, config.MaxAge = trail.MaxEntryBytes, time.Millisecond
	r := openRecorder(t, client, config)
	network.Kill("CTIEMSP")
	accepted := 0
	for {
		err := r.Record(t.Context(), event(accepted+1))
		if err != nil {
			require.ErrorIs(t, err, gateway.ErrQueueFull)
			require.ErrorContains(t, err, config.Dir)
			break
		}
		accepted++
	}
	require.Greater(t, accepted, 20)
	require.LessOrEqual(t, r.Stats().QueuedBytes, config.MaxQueueBytes)
	eventually(t, func() bool { return r.Stats().LastError != nil })
	require.ErrorIs(t, r.Stats().LastError, gateway.ErrUnavailable)
	err := r.Flush(soon(t))
	require.ErrorIs(t, err, gateway.ErrUnavailable)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, fmt.Sprintf("%d events still wait", accepted))
	require.Equal(t, accepted, r.Stats().Queued)

	network.Restart("CTIEMSP")
	require.NoError(t, r.Flush(t.Context()))
	require.Equal(t, gateway.RecorderStats{Appended: int64(accepted)}, r.Stats())
	record(t, r, accepted+1, accepted+1)
	require.NoError(t, r.Close(t.Context()))
	list, _ := onLedger(t, client)
	require.Equal(t, events(1, accepted+1), list)
}

func TestABatchThatWasOnItsWayWhenTheProcessEndedIsAppendedOnce(t *testing.T) {
	for name, resume := range map[string]bool{"it got there before the next recorder": true, "it gets there after its copy was made": false} {
		t.Run(name, func(t *testing.T) {
			network, client := trailNetwork(t)
			dir := t.TempDir()
			r := openRecorder(t, client, patient(dir))
			network.StallOrdering()
			record(t, r, 1, 12)
			eventually(t, func() bool { return r.Stats().LastError != nil })
			require.ErrorIs(t, r.Stats().LastError, gateway.ErrOutcomeUnknown)
			require.ErrorIs(t, r.Close(soon(t)), context.DeadlineExceeded)
			if resume {
				network.ResumeOrdering()
			}
			other := patient(dir)
			other.MaxBatch = 3 // the batch that was begun keeps its extent
			r = openRecorder(t, client, other)
			require.Equal(t, 12, r.Stats().Queued)
			record(t, r, 13, 14)
			network.ResumeOrdering()
			require.NoError(t, r.Close(t.Context()))
			list, sizes := onLedger(t, client)
			require.Equal(t, events(1, 14), list)
			require.Equal(t, []int{10, 3, 1}, sizes)
		})
	}
}

func TestNumberingGoesOnAfterTheLedgersLastNumber(t *testing.T) {
	_, client := trailNetwork(t)
	for directory := range 3 {
		r := openRecorder(t, client, patient(filepath.Join(t.TempDir(), "new")))
		record(t, r, directory+1, directory+1)
		require.NoError(t, r.Close(t.Context()))
	}
	list, sizes := onLedger(t, client)
	require.Equal(t, events(1, 3), list)
	require.Equal(t, []int{1, 1, 1}, sizes)
}

func TestABatchWhoseNumberIsTakenStopsTheSendingAndLosesNothing(t *testing.T) {
	_, client := trailNetwork(t)
	dir := t.TempDir()
	r := openRecorder(t, client, patient(dir))
	_, err := client.Trail().Append(t.Context(), trail.AppendRequest{
		Place: trail.Place{Trail: "accesses", Source: "portal", Number: 1}, Entries: []trail.Entry{at(event(99), time.Now())},
	})
	require.NoError(t, err)
	record(t, r, 1, 10)
	eventually(t, func() bool { return r.Stats().LastError != nil })
	require.ErrorIs(t, r.Stats().LastError, gateway.ErrAlreadyExists)
	require.ErrorIs(t, r.Flush(t.Context()), gateway.ErrAlreadyExists)
	record(t, r, 11, 12)
	require.ErrorIs(t, r.Flush(t.Context()), gateway.ErrAlreadyExists)
	require.Equal(t, 12, r.Stats().Queued)
	require.ErrorIs(t, r.Close(t.Context()), gateway.ErrAlreadyExists)

	r = openRecorder(t, client, patient(dir))
	require.Equal(t, 12, r.Stats().Queued)
	require.ErrorIs(t, r.Close(t.Context()), gateway.ErrAlreadyExists)
}

func at(entry trail.Entry, when time.Time) trail.Entry {
	entry.OccurredAt = when.UTC().Format(time.RFC3339Nano)
	return entry
}

func TestABadEventIsRefusedAtOnceWithItsFieldNamed(t *testing.T) {
	_, client := trailNetwork(t)
	r := openRecorder(t, client, patient(t.TempDir()))
	for field, change := range map[string]func(*trail.Entry){
		"/action: is missing":                                   func(e *trail.Entry) { e.Action = "" },
		`/action: "fly" is neither a common action`:             func(e *trail.Entry) { e.Action = "fly" },
		"/actor: is missing":                                    func(e *trail.Entry) { e.Actor = "" },
		"/actor: is not a pseudonym":                            func(e *trail.Entry) { e.Actor = "jdoe" },
		"/subject: looks like an e-mail address":                func(e *trail.Entry) { e.Subject = "jane.doe@example.org" },
		"/subject: looks like a national identification number": func(e *trail.Entry) { e.Subject = "1893120105732" },
		"/outcome: is missing":                                  func(e *trail.Entry) { e.Outcome = "" },
		"/purpose":                                              func(e *trail.Entry) { e.Purpose = "no code" },
		"/correlation":                                          func(e *trail.Entry) { e.Correlation = strings.Repeat("x", trail.MaxCorrelation+1) },
		"/occurredAt: \"yesterday\" is not":                     func(e *trail.Entry) { e.OccurredAt = "yesterday" },
		"is more than 300 seconds from now":                     func(e *trail.Entry) { *e = at(*e, time.Now().Add(time.Hour)) },
	} {
		entry := event(1)
		change(&entry)
		err := r.Record(t.Context(), entry)
		require.ErrorIs(t, err, gateway.ErrInvalidArgument, field)
		require.ErrorContains(t, err, field)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, r.Record(ctx, event(1)), gateway.ErrCanceled)
	require.Zero(t, r.Stats().Queued)

	own := at(event(1), time.Now().Add(-24*time.Hour))
	own.Action = "certify"
	require.NoError(t, r.Record(t.Context(), own), "an action of the trail's own, yesterday")
	require.NoError(t, r.Record(t.Context(), at(event(2), time.Now().Add(time.Minute))), "within the tolerance")
	require.NoError(t, r.Close(t.Context()))
}

func TestARecorderIsOpenedForATrailOfTheOwnBody(t *testing.T) {
	network, client := trailNetwork(t)
	open := func(client *gateway.Client, change func(*gateway.RecorderConfig)) error {
		config := patient(t.TempDir())
		change(&config)
		_, err := gateway.OpenRecorder(t.Context(), client, config)
		return err
	}
	for field, change := range map[string]func(*gateway.RecorderConfig){
		"trail: is missing": func(c *gateway.RecorderConfig) { c.Trail = "" },
		"source":            func(c *gateway.RecorderConfig) { c.Source = "A B" },
		"Dir: is missing":   func(c *gateway.RecorderConfig) { c.Dir = "" },
		"MaxBatch":          func(c *gateway.RecorderConfig) { c.MaxBatch = trail.MaxEntries + 1 },
		"MaxAge":            func(c *gateway.RecorderConfig) { c.MaxAge = -1 },
		"MaxQueueBytes":     func(c *gateway.RecorderConfig) { c.MaxQueueBytes = 100 },
	} {
		err := open(client, change)
		require.ErrorIs(t, err, gateway.ErrInvalidArgument, field)
		require.ErrorContains(t, err, field)
	}
	require.ErrorIs(t, open(client, func(c *gateway.RecorderConfig) { c.Trail = "nowhere" }), gateway.ErrNotFound)
	sigi := network.Client("SIGIMSP", gatewaytest.WithRole(contract.RoleRecorder))
	err := open(sigi, func(*gateway.RecorderConfig) {})
	require.ErrorIs(t, err, gateway.ErrPermissionDenied)
	require.ErrorContains(t, err, "trail accesses is that of CTIEMSP, not of SIGIMSP")

	config := patient(t.TempDir())
	r := openRecorder(t, client, config)
	_, err = gateway.OpenRecorder(t.Context(), client, config)
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	require.ErrorContains(t, err, "in use by another process")
	require.NoError(t, r.Close(t.Context()))
	other := config
	other.Source = "archive"
	_, err = gateway.OpenRecorder(t.Context(), client, other)
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	require.ErrorContains(t, err, `is that of the queue "psbc/accesses/portal"`)
	require.NoError(t, os.WriteFile(filepath.Join(config.Dir, "state"), []byte("?"), 0o600))
	_, err = gateway.OpenRecorder(t.Context(), client, config)
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	require.ErrorContains(t, err, "state: line 1")

	network.Kill("CTIEMSP")
	_, err = gateway.OpenRecorder(t.Context(), client, patient(t.TempDir()))
	require.ErrorIs(t, err, gateway.ErrUnavailable)
}

// Who may not append is told so when the first batch is sent.
func TestARecorderWithoutTheRoleSaysSo(t *testing.T) {
	network, _ := trailNetwork(t)
	r := openRecorder(t, network.Client("CTIEMSP"), patient(t.TempDir()))
	record(t, r, 1, 1)
	require.ErrorIs(t, r.Flush(t.Context()), gateway.ErrPermissionDenied)
	require.ErrorIs(t, r.Close(t.Context()), gateway.ErrPermissionDenied)
}
