package gateway_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/trail"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// describeAccess makes an entry of every request but those for /health.
func describeAccess(r *http.Request, status int) (trail.Entry, bool) {
	entry := event(status)
	switch {
	case status >= 500:
		entry.Outcome = trail.OutcomeFailure
	case status >= 400:
		entry.Outcome = trail.OutcomeDenied
	}
	return entry, r.URL.Path != "/health"
}

func TestAnAccessIsRecordedBeforeItIsAnswered(t *testing.T) {
	const secret = "the data"
	for _, test := range []struct {
		name    string
		path    string
		next    http.HandlerFunc
		status  int
		body    string
		outcome trail.Outcome // empty: nothing is recorded
	}{
		{"with a status", "/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, 403, "", trail.OutcomeDenied},
		{"without one", "/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, secret) }, 200, secret, trail.OutcomeSuccess},
		{"with nothing", "/", func(http.ResponseWriter, *http.Request) {}, 200, "", trail.OutcomeSuccess},
		{"in parts", "/", func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, secret)
			w.WriteHeader(http.StatusTeapot) // too late
		}, 200, secret, trail.OutcomeSuccess},
		{"after a hint", "/", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusNotFound)
		}, 404, "", trail.OutcomeDenied},
		{"of no interest", "/health", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }, 200, "ok", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			recorder := &memoryRecorder{}
			server := httptest.NewServer(gateway.TrailMiddleware(recorder, test.next, describeAccess))
			defer server.Close()
			status, body := get(t, server.URL+test.path)
			require.Equal(t, test.status, status)
			require.Equal(t, test.body, body)
			entries := recorder.take()
			if test.outcome == "" {
				require.Empty(t, entries)
				return
			}
			require.Len(t, entries, 1)
			require.Equal(t, test.outcome, entries[0].Outcome)
		})
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(body)
}

func TestWhatCannotBeRecordedIsNotAnswered(t *testing.T) {
	const secret = "the data"
	for name, answer := range map[string]func(http.ResponseWriter) error{
		"written": func(w http.ResponseWriter) error {
			_, err := io.WriteString(w, secret)
			return err
		},
		"with a header": func(w http.ResponseWriter) error {
			w.Header().Set("X-Name", secret)
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(http.StatusOK)
			_, err := io.WriteString(w, secret)
			return err
		},
		"flushed": func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() },
	} {
		t.Run(name, func(t *testing.T) {
			recorder := &memoryRecorder{err: gateway.ErrQueueFull}
			w := httptest.NewRecorder()
			next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				assert.ErrorContains(t, answer(w), "held back", "who answers is told")
			})
			gateway.TrailMiddleware(recorder, next, describeAccess).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
			require.Equal(t, http.StatusServiceUnavailable, w.Code)
			require.Equal(t, "the access cannot be recorded at the moment\n", w.Body.String())
			require.Empty(t, w.Header().Get("X-Name"))
		})
	}
}

func TestAPanicIsRecordedAsAFailureAndGoesOn(t *testing.T) {
	recorder := &memoryRecorder{}
	handler := gateway.TrailMiddleware(recorder, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a mistake") }), describeAccess)
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // the client does not wait
	require.PanicsWithValue(t, "a mistake", func() {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody))
	})
	require.Equal(t, trail.OutcomeFailure, recorder.take()[0].Outcome)
}
