package gateway

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// instrumentation is the scope of this package's spans and metrics.
const instrumentation = "github.com/psbc-lu/psbc/gateway-client"

// The phases of an operation, as spans and metric attributes name them.
const (
	phaseEvaluate = "evaluate"
	phaseEndorse  = "endorse"
	phaseSubmit   = "submit"
	phaseStatus   = "status"
)

// operation is one call of this package's API.
type operation struct {
	name      string
	chaincode string
	call      Call
}

// telemetry holds the instruments; the package documentation lists them.
type telemetry struct {
	tracer        trace.Tracer
	meter         metric.Meter // for what has instruments of its own
	operations    metric.Int64Counter
	duration      metric.Float64Histogram
	phaseDuration metric.Float64Histogram
	submits       metric.Int64Counter
	retries       metric.Int64Counter
}

func newTelemetry(tracers trace.TracerProvider, meters metric.MeterProvider) (*telemetry, error) {
	meter := meters.Meter(instrumentation)
	t := &telemetry{tracer: tracers.Tracer(instrumentation), meter: meter}
	var errs [5]error
	t.operations, errs[0] = meter.Int64Counter("psbc.gateway.operations",
		metric.WithDescription("Operations by outcome"), metric.WithUnit("{operation}"))
	t.duration, errs[1] = meter.Float64Histogram("psbc.gateway.operation.duration",
		metric.WithDescription("Time of an operation, retries included"), metric.WithUnit("s"))
	t.phaseDuration, errs[2] = meter.Float64Histogram("psbc.gateway.phase.duration",
		metric.WithDescription("Time of one request to the gateway peer"), metric.WithUnit("s"))
	t.submits, errs[3] = meter.Int64Counter("psbc.gateway.submits",
		metric.WithDescription("Transactions sent to ordering, resent ones included"), metric.WithUnit("{transaction}"))
	t.retries, errs[4] = meter.Int64Counter("psbc.gateway.retries",
		metric.WithDescription("Steps done again, by reason"), metric.WithUnit("{retry}"))
	return t, errors.Join(errs[:]...)
}

// begin starts an operation; the returned function ends it with its error.
func (t *telemetry) begin(ctx context.Context, op *operation) (context.Context, func(error)) {
	ctx, span := t.tracer.Start(ctx, "psbc.gateway/"+op.name, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(
			attribute.String("psbc.chaincode", op.chaincode),
			attribute.String("psbc.function", op.call.Function),
			attribute.String("psbc.request_id", op.call.RequestID),
		))
	started := time.Now()
	return ctx, func(err error) {
		attributes := metric.WithAttributes(attribute.String("operation", op.name), attribute.String("outcome", outcome(err)))
		t.operations.Add(ctx, 1, attributes)
		t.duration.Record(ctx, time.Since(started).Seconds(), attributes)
		endSpan(span, err)
	}
}

// phase starts one request to the gateway peer; the returned function ends it.
func (t *telemetry) phase(ctx context.Context, name, txID string) (context.Context, func(error)) {
	ctx, span := t.tracer.Start(ctx, name, trace.WithAttributes(attribute.String("psbc.tx_id", txID)))
	started := time.Now()
	if name == phaseSubmit {
		t.submits.Add(ctx, 1)
	}
	return ctx, func(err error) {
		result := "ok"
		if err != nil {
			result = "error"
		}
		t.phaseDuration.Record(ctx, time.Since(started).Seconds(),
			metric.WithAttributes(attribute.String("phase", name), attribute.String("outcome", result)))
		endSpan(span, err)
	}
}

func (t *telemetry) retry(ctx context.Context, op *operation, reason string) {
	t.retries.Add(ctx, 1, metric.WithAttributes(attribute.String("operation", op.name), attribute.String("reason", reason)))
	trace.SpanFromContext(ctx).AddEvent("retry", trace.WithAttributes(attribute.String("reason", reason)))
}

func endSpan(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}

// outcome names an operation's result for metrics: few values, no texts.
func outcome(err error) string {
	var e *Error
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &e):
		return strings.ReplaceAll(string(e.Kind), " ", "_")
	default:
		return "internal"
	}
}
