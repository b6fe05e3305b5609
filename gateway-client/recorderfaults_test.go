package gateway_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/psbc-lu/psbc/chaincode/fault"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

func trailRefusal(code fault.Code, message string) error {
	return chaincodeRefusal(codes.Aborted, "failed to endorse transaction", &fault.Error{Code: code, Message: message})
}

func TestWhatPassesIsTriedAgainWithTheVerySameBatch(t *testing.T) {
	for name, answer := range map[string]error{
		"the peer cannot be reached":                     errLost,
		"the peer is too busy":                           errBusy,
		"the peers disagree":                             errDisagree,
		"no set of endorsers is reachable":               errNoPlan,
		"a peer that is behind does not know the trail":  trailRefusal(fault.NotFound, "there is no trail accesses"),
		"a peer that is behind does not know the batch":  trailRefusal(fault.FailedPrecondition, "batch 1 of source portal is not on the ledger"),
		"the chaincode is being upgraded":                errUndefined,
		"a peer that is starting does not know anyone":   errStarting,
		"a peer that is starting does not know the body": errExpired,
		"an answer that nobody understands":              status.Error(codes.Internal, "?"),
	} {
		t.Run(name, func(t *testing.T) {
			service := newTrailPeer()
			client, _ := connect(t, service, 1)
			r := openRecorder(t, client, patient(t.TempDir()))
			const failures = 15 // more than one operation retries
			list := make([]error, failures)
			for i := range list {
				list[i] = answer
			}
			service.next(list...)
			record(t, r, 1, 4)
			require.NoError(t, r.Flush(t.Context()))
			require.NoError(t, r.Close(t.Context()))
			require.Equal(t, events(1, 4), service.appended())
			sent := service.next()
			require.Len(t, sent, failures+1)
			for _, request := range sent {
				require.Equal(t, contentOfBatch(sent[0]), contentOfBatch(request))
			}
		})
	}
}

func TestWhatStaysIsNotTriedAgain(t *testing.T) {
	for name, answer := range map[string]error{
		"the entries are refused":        trailRefusal(fault.InvalidArgument, "entries 0 /action: is not one of trail accesses"),
		"the place is taken":             trailRefusal(fault.AlreadyExists, "batch 1 was appended with other content"),
		"the role is missing":            trailRefusal(fault.PermissionDenied, "needs the role psbc.recorder"),
		"the gateway finds it malformed": errMalformed,
	} {
		t.Run(name, func(t *testing.T) {
			service := newTrailPeer()
			client, _ := connect(t, service, 1)
			dir := t.TempDir()
			r := openRecorder(t, client, patient(dir))
			service.next(answer)
			record(t, r, 1, 4)
			err := r.Flush(t.Context())
			require.Error(t, err)
			require.Equal(t, err, r.Stats().LastError)
			record(t, r, 5, 6)
			require.ErrorIs(t, r.Close(t.Context()), err)
			require.Len(t, service.next(), 1)

			r = openRecorder(t, client, patient(dir)) // somebody has mended it
			require.NoError(t, r.Close(t.Context()))
			require.Equal(t, events(1, 6), service.appended())
		})
	}
}

func TestAnAnswerThatIsLostMakesNoSecondBatch(t *testing.T) {
	service := newTrailPeer()
	client, _ := connect(t, service, 1)
	r := openRecorder(t, client, patient(t.TempDir()))
	service.submit = []error{errLost, errNoQuorum, errLost}
	record(t, r, 1, 30)
	require.NoError(t, r.Close(t.Context()))
	require.Equal(t, events(1, 30), service.appended())
}

func TestARecorderIsMeasured(t *testing.T) {
	reader := metric.NewManualReader()
	service := newTrailPeer()
	client, _ := connect(t, service, 1, gateway.WithMeterProvider(metric.NewMeterProvider(metric.WithReader(reader))))
	measure := func() map[string]float64 {
		var data metricdata.ResourceMetrics
		require.NoError(t, reader.Collect(t.Context(), &data))
		values := map[string]float64{}
		for _, scope := range data.ScopeMetrics {
			for _, m := range scope.Metrics {
				switch points := m.Data.(type) {
				case metricdata.Gauge[int64]:
					for _, point := range points.DataPoints {
						values[key(m.Name, point.Attributes)] = float64(point.Value)
					}
				case metricdata.Gauge[float64]:
					for _, point := range points.DataPoints {
						values[key(m.Name, point.Attributes)] = point.Value
					}
				case metricdata.Sum[int64]:
					for _, point := range points.DataPoints {
						values[key(m.Name, point.Attributes)] = float64(point.Value)
					}
				}
			}
		}
		return values
	}
	const attributes = " source=portal,trail=accesses"
	r := openRecorder(t, client, patient(t.TempDir()))
	record(t, r, 1, 3)
	values := measure()
	require.Equal(t, 3., values["psbc.gateway.recorder.queued"+attributes])
	require.InDelta(t, r.Stats().QueuedBytes, values["psbc.gateway.recorder.queued.size"+attributes], 0)
	require.Positive(t, values["psbc.gateway.recorder.lag"+attributes])
	require.Contains(t, values, "psbc.gateway.recorder.appended"+attributes)
	require.NoError(t, r.Flush(t.Context()))
	values = measure()
	require.Zero(t, values["psbc.gateway.recorder.queued"+attributes])
	require.Zero(t, values["psbc.gateway.recorder.lag"+attributes])
	require.Equal(t, 3., values["psbc.gateway.recorder.appended"+attributes])
	require.NoError(t, r.Close(t.Context()))
	require.NotContains(t, measure(), "psbc.gateway.recorder.queued"+attributes, "it is gone")
}
