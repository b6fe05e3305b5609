package gateway_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	gateway "github.com/psbc-lu/psbc/gateway-client"
)

func TestEveryPhaseIsTracedAndCounted(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	reader := metric.NewManualReader()
	service := newScripted()
	service.endorse = []step{{err: errBusy}}
	service.submit = []step{{err: errNoQuorum}}
	client, _ := connect(t, service, 1,
		gateway.WithTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(spans))),
		gateway.WithMeterProvider(metric.NewMeterProvider(metric.WithReader(reader))))
	contract := client.Contract("any")
	_, err := contract.Submit(t.Context(), gateway.Call{Function: "Write", RequestID: "request-1"})
	require.NoError(t, err)
	service.evaluate = []step{{err: errNotFound}}
	_, err = contract.Evaluate(t.Context(), gateway.Call{Function: "Read"})
	require.ErrorIs(t, err, gateway.ErrNotFound)

	var names []string
	for _, span := range spans.Ended() {
		names = append(names, span.Name())
	}
	require.Equal(t, []string{
		"endorse", "endorse", "submit", "status", "submit", "status", "psbc.gateway/submit", "evaluate", "psbc.gateway/evaluate",
	}, names)
	root := spans.Ended()[6]
	require.Equal(t, root.SpanContext().SpanID(), spans.Ended()[0].Parent().SpanID())
	require.Contains(t, root.Attributes(), attribute.String("psbc.request_id", "request-1"))

	var data metricdata.ResourceMetrics
	require.NoError(t, reader.Collect(t.Context(), &data))
	counts := map[string]int64{}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch points := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, point := range points.DataPoints {
					counts[key(m.Name, point.Attributes)] = point.Value
				}
			case metricdata.Histogram[float64]:
				for _, point := range points.DataPoints {
					counts[key(m.Name, point.Attributes)] = int64(point.Count)
				}
			}
		}
	}
	require.Equal(t, map[string]int64{
		"psbc.gateway.operations operation=submit,outcome=ok":                  1,
		"psbc.gateway.operations operation=evaluate,outcome=not_found":         1,
		"psbc.gateway.operation.duration operation=submit,outcome=ok":          1,
		"psbc.gateway.operation.duration operation=evaluate,outcome=not_found": 1,
		"psbc.gateway.phase.duration outcome=error,phase=endorse":              1,
		"psbc.gateway.phase.duration outcome=ok,phase=endorse":                 1,
		"psbc.gateway.phase.duration outcome=error,phase=submit":               1,
		"psbc.gateway.phase.duration outcome=ok,phase=submit":                  1,
		"psbc.gateway.phase.duration outcome=error,phase=status":               1,
		"psbc.gateway.phase.duration outcome=ok,phase=status":                  1,
		"psbc.gateway.phase.duration outcome=error,phase=evaluate":             1,
		"psbc.gateway.submits ":                                                2,
		"psbc.gateway.retries operation=submit,reason=endorse":                 1,
		"psbc.gateway.retries operation=submit,reason=resend":                  1,
	}, counts)
}

func key(name string, attributes attribute.Set) string {
	return name + " " + attributes.Encoded(attribute.DefaultEncoder())
}
