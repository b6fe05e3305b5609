package gateway

import (
	"context"
	"errors"
	"net/http"

	"github.com/psbc-lu/psbc/chaincode/trail"
)

// errUnrecorded is what a handler's writes fail with when its answer is held back.
var errUnrecorded = errors.New("the access could not be recorded: the answer is held back")

// TrailMiddleware records accesses over HTTP. When next begins to answer, describe says
// which entry the request makes, given the answer's status, or that it makes none. The
// entry is recorded before the first byte of the answer leaves: when it cannot be, the
// client gets 503 Service Unavailable and nothing of what next answers, so that nobody
// sees data without a trace. What next has done by then is not undone.
//
// An empty OccurredAt is filled in by the Recorder. The answer can be flushed, but the
// connection cannot be taken over (http.Hijacker). A panic of next before it answers
// counts as status 500, and goes on.
func TrailMiddleware(recorder EventRecorder, next http.Handler, describe func(r *http.Request, status int) (trail.Entry, bool)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &recordedAnswer{ResponseWriter: w, record: func(status int) error {
			entry, relevant := describe(r, status)
			if !relevant {
				return nil
			}
			// The client may be gone already; the access took place.
			return recorder.Record(context.WithoutCancel(r.Context()), entry)
		}}
		status := http.StatusInternalServerError // of a panic
		defer func() { answer.begin(status) }()
		next.ServeHTTP(answer, r)
		status = http.StatusOK
	})
}

// recordedAnswer lets nothing through before it is recorded.
type recordedAnswer struct {
	http.ResponseWriter
	record func(status int) error
	begun  bool
	held   bool // it could not be recorded
}

// begin records the access and sends the status, if that was not done yet.
func (a *recordedAnswer) begin(status int) {
	if a.begun {
		return
	}
	a.begun = true
	if err := a.record(status); err != nil {
		a.held = true
		clear(a.Header())
		http.Error(a.ResponseWriter, "the access cannot be recorded at the moment", http.StatusServiceUnavailable)
		return
	}
	a.ResponseWriter.WriteHeader(status)
}

// WriteHeader begins the answer, unless it is only informational (1xx).
func (a *recordedAnswer) WriteHeader(status int) {
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols {
		if !a.begun {
			a.ResponseWriter.WriteHeader(status)
		}
		return
	}
	a.begin(status)
}

func (a *recordedAnswer) Write(data []byte) (int, error) {
	a.begin(http.StatusOK)
	if a.held {
		return 0, errUnrecorded
	}
	return a.ResponseWriter.Write(data)
}

// FlushError is for http.ResponseController.
func (a *recordedAnswer) FlushError() error {
	a.begin(http.StatusOK)
	if a.held {
		return errUnrecorded
	}
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// Flush is for http.Flusher.
func (a *recordedAnswer) Flush() { _ = a.FlushError() }
