package gateway

import (
	"cmp"
	"crypto"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
)

// Option changes how Connect sets up a Client.
type Option func(*settings)

// Timeouts bound single steps. Every step is also bounded by the operation's
// context. Zero fields keep their defaults.
type Timeouts struct {
	// Connect bounds Connect itself. Default 10 s.
	Connect time.Duration
	// Evaluate bounds one read. Default 15 s.
	Evaluate time.Duration
	// Endorse bounds one round of endorsements. Default 30 s.
	Endorse time.Duration
	// Submit bounds one hand-over to the ordering service. Default 15 s.
	Submit time.Duration
	// Commit is how long to wait for a sent transaction to be committed before
	// the same transaction is sent again. Default 10 s, which outlasts the
	// replacement of a dead ordering leader on a tuned network.
	Commit time.Duration
	// Grace is how long the status of a sent transaction may still be asked for
	// after the context's deadline has passed. Default 1 s.
	Grace time.Duration
}

// Retry bounds what the library does again on its own. Intervals grow
// exponentially with jitter. Zero fields keep their defaults.
type Retry struct {
	// Conflicts is how many times a transaction that a concurrent change
	// invalidated is proposed anew. Default 10; negative means never.
	Conflicts int
	// Interval is the first pause between attempts. Default 50 ms.
	Interval time.Duration
	// MaxInterval is the longest pause. Default 2 s.
	MaxInterval time.Duration
	// MaxElapsed bounds an operation and all its retries when its context does
	// not end it earlier. Default 60 s.
	MaxElapsed time.Duration
}

// WithSigner signs with a key that never leaves its owner, such as one in a
// hardware security module; the profile's identity.key is not read then. The
// signer's public key must be the certificate's: ECDSA (P-256 or P-384) or
// Ed25519. An ECDSA signer is asked to sign SHA-256 digests, and its signatures
// are brought to the low-S form that Fabric demands. It must be safe for
// concurrent use.
func WithSigner(signer crypto.Signer) Option {
	return func(s *settings) { s.signer = signer }
}

// WithLogger logs to the given logger instead of nowhere: attempts at debug
// level, retries at info, what an operator should look at as a warning.
func WithLogger(logger *slog.Logger) Option {
	return func(s *settings) { s.logger = logger }
}

// WithTracerProvider makes spans with the given provider instead of the global one.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return func(s *settings) { s.tracers = provider }
}

// WithMeterProvider records metrics with the given provider instead of the global one.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return func(s *settings) { s.meters = provider }
}

// WithTimeouts replaces the default timeouts.
func WithTimeouts(timeouts Timeouts) Option {
	return func(s *settings) { s.timeouts = timeouts }
}

// WithRetry replaces the default retry bounds.
func WithRetry(retry Retry) Option {
	return func(s *settings) { s.retry = retry }
}

// applyDefaults fills in what the options left open.
func (s *settings) applyDefaults() {
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if s.tracers == nil {
		s.tracers = otel.GetTracerProvider()
	}
	if s.meters == nil {
		s.meters = otel.GetMeterProvider()
	}
	s.timeouts = Timeouts{
		Connect:  cmp.Or(s.timeouts.Connect, 10*time.Second),
		Evaluate: cmp.Or(s.timeouts.Evaluate, 15*time.Second),
		Endorse:  cmp.Or(s.timeouts.Endorse, 30*time.Second),
		Submit:   cmp.Or(s.timeouts.Submit, 15*time.Second),
		Commit:   cmp.Or(s.timeouts.Commit, 10*time.Second),
		Grace:    cmp.Or(s.timeouts.Grace, time.Second),
	}
	s.retry = Retry{
		Conflicts:   cmp.Or(s.retry.Conflicts, 10),
		Interval:    cmp.Or(s.retry.Interval, 50*time.Millisecond),
		MaxInterval: cmp.Or(s.retry.MaxInterval, 2*time.Second),
		MaxElapsed:  cmp.Or(s.retry.MaxElapsed, time.Minute),
	}
}
