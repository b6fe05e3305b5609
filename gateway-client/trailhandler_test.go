package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/trail"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// memoryRecorder keeps what is recorded.
type memoryRecorder struct {
	mu      sync.Mutex
	entries []trail.Entry
	err     error // of every Record
}

func (r *memoryRecorder) Record(ctx context.Context, entry trail.Entry) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := errors.Join(ctx.Err(), r.err); err != nil {
		return err
	}
	r.entries = append(r.entries, entry)
	return nil
}

// take returns the entries so far, and forgets them.
func (r *memoryRecorder) take() []trail.Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.entries
	r.entries = nil
	return taken
}

type userID string

// LogValue makes a pseudonym when the value is logged.
func (userID) LogValue() slog.Value { return slog.StringValue(actor) }

func newTrailLogger() (*slog.Logger, *memoryRecorder, *bytes.Buffer) {
	recorder, out := &memoryRecorder{}, &bytes.Buffer{}
	next := slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelWarn, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	return slog.New(gateway.NewTrailHandler(recorder, next)), recorder, out
}

func TestWhatIsLoggedWithAnActionIsRecorded(t *testing.T) {
	log, recorder, out := newTrailLogger()
	before := time.Now().UTC()
	log.With("actor", userID("jdoe"), "version", 3).Debug("shows a civil status",
		"action", trail.ActionRead, "subject", subject, "purpose", "residence-check", "basis", "lu.loi:2013-06-19",
		"correlation", "trace-1", "name", "Jane Doe", slog.Group("more", "outcome", "failure"))
	entries := recorder.take()
	require.Len(t, entries, 1)
	occurred, err := time.Parse(time.RFC3339Nano, entries[0].OccurredAt)
	require.NoError(t, err)
	require.WithinRange(t, occurred, before, time.Now())
	entries[0].OccurredAt = ""
	require.Equal(t, trail.Entry{
		Action: trail.ActionRead, Actor: actor, Subject: subject, Outcome: trail.OutcomeSuccess,
		Purpose: "residence-check", Basis: "lu.loi:2013-06-19", Correlation: "trace-1",
	}, entries[0])
	require.Empty(t, out.String())

	log.Error("refused", "action", "login", "actor", actor, "outcome", trail.OutcomeDenied)
	require.Equal(t, trail.OutcomeDenied, recorder.take()[0].Outcome)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	log.InfoContext(ctx, "whoever asked is gone", "action", "read", "actor", actor)
	require.Len(t, recorder.take(), 1)
}

func TestWhatIsLoggedWithoutAnActionIsPassedOn(t *testing.T) {
	log, recorder, out := newTrailLogger()
	log.Info("below the level of the other handler")
	require.Empty(t, out.String())
	log.With("actor", "a1").Warn("slow", "took", 7)
	log.WithGroup("request").With("actor", actor).Error("failed", "action", "read")
	require.Equal(t, "level=WARN msg=slow actor=a1 took=7\nlevel=ERROR msg=failed request.actor="+actor+" request.action=read\n", out.String())
	require.Empty(t, recorder.take())
}

func TestWhatCannotBeRecordedIsLogged(t *testing.T) {
	log, recorder, out := newTrailLogger()
	recorder.err = gateway.ErrQueueFull
	log.With("actor", actor).Info("shows", "action", "read", "subject", subject)
	require.Equal(t, "level=ERROR msg=\"an event was not recorded in the audit trail\" action=read error=\"queue full\"\n", out.String())
}
