package gateway

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// observe lets a meter read how the recorder stands; the package documentation lists
// the instruments. The returned function ends it.
func (r *Recorder) observe(meter metric.Meter) (func() error, error) {
	var errs [4]error
	queued, err := meter.Int64ObservableGauge("psbc.gateway.recorder.queued",
		metric.WithDescription("Events that wait for the ledger"), metric.WithUnit("{event}"))
	errs[0] = err
	size, err := meter.Int64ObservableGauge("psbc.gateway.recorder.queued.size",
		metric.WithDescription("Events that wait for the ledger, as JSON"), metric.WithUnit("By"))
	errs[1] = err
	age, err := meter.Float64ObservableGauge("psbc.gateway.recorder.lag",
		metric.WithDescription("Age of the oldest event that waits for the ledger"), metric.WithUnit("s"))
	errs[2] = err
	appended, err := meter.Int64ObservableCounter("psbc.gateway.recorder.appended",
		metric.WithDescription("Events that got onto the ledger"), metric.WithUnit("{event}"))
	errs[3] = err
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	attributes := metric.WithAttributes(attribute.String("trail", r.config.Trail), attribute.String("source", r.config.Source))
	registration, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		stats := r.Stats()
		o.ObserveInt64(queued, int64(stats.Queued), attributes)
		o.ObserveInt64(size, stats.QueuedBytes, attributes)
		o.ObserveFloat64(age, stats.age(time.Now()).Seconds(), attributes)
		o.ObserveInt64(appended, stats.Appended, attributes)
		return nil
	}, queued, size, age, appended)
	if err != nil {
		return nil, err
	}
	return registration.Unregister, nil
}

// age is how long the oldest event has waited, 0 when none waits.
func (s RecorderStats) age(now time.Time) time.Duration {
	if s.Oldest.IsZero() {
		return 0
	}
	return max(0, now.Sub(s.Oldest))
}
