package gateway

import (
	"context"
	"log/slog"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

// EventRecorder is what records events: a *Recorder, or a test's own.
type EventRecorder interface {
	// Record returns nil once the event is safe.
	Record(ctx context.Context, entry trail.Entry) error
}

// TrailHandler is an slog.Handler that records what is logged with an action.
type TrailHandler struct {
	recorder EventRecorder
	next     slog.Handler
	plain    slog.Handler // next, without the logger's attributes
	entry    trail.Entry  // of the attributes that the logger has
	grouped  bool         // further attributes are within a group
}

// NewTrailHandler makes a handler that turns a log record with the attribute "action"
// into an entry of an audit trail, at whatever level, and hands all others to next. The
// entry takes over the record's time and its attributes action, actor, subject,
// outcome ("success" if there is none), purpose, basis and correlation, which a logger
// may have from With. Message and other attributes are left out; so is everything
// within a group. Actor and subject are pseudonyms: see PseudonymKeys.
//
// An entry that cannot be recorded is logged to next as an error, with its action and
// nothing else of it, since slog.Logger tells nobody. Where an act must not happen unrecorded, call
// Record, or use TrailMiddleware.
func NewTrailHandler(recorder EventRecorder, next slog.Handler) *TrailHandler {
	return &TrailHandler{recorder: recorder, next: next, plain: next}
}

// Enabled is true: what is recorded does not depend on the level that is logged.
func (h *TrailHandler) Enabled(context.Context, slog.Level) bool { return true }

// Handle records or passes on.
func (h *TrailHandler) Handle(ctx context.Context, record slog.Record) error {
	entry := h.entry
	if !h.grouped {
		record.Attrs(func(a slog.Attr) bool {
			take(&entry, a)
			return true
		})
	}
	if entry.Action == "" {
		if !h.next.Enabled(ctx, record.Level) {
			return nil
		}
		return h.next.Handle(ctx, record)
	}
	if entry.Outcome == "" {
		entry.Outcome = trail.OutcomeSuccess
	}
	if !record.Time.IsZero() {
		entry.OccurredAt = record.Time.UTC().Format(canonical.TimeLayout)
	}
	err := h.recorder.Record(context.WithoutCancel(ctx), entry)
	if err != nil && h.plain.Enabled(ctx, slog.LevelError) {
		failure := slog.NewRecord(record.Time, slog.LevelError, "an event was not recorded in the audit trail", record.PC)
		failure.AddAttrs(slog.String("action", entry.Action), slog.String("error", err.Error()))
		_ = h.plain.Handle(ctx, failure) // the first error tells more
	}
	return err
}

// WithAttrs is a handler for a logger with more attributes.
func (h *TrailHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	if !h.grouped {
		for _, a := range attrs {
			take(&with.entry, a)
		}
	}
	with.next = h.next.WithAttrs(attrs)
	return &with
}

// WithGroup is a handler for a logger whose further attributes are in a group. They are
// not recorded.
func (h *TrailHandler) WithGroup(name string) slog.Handler {
	with := *h
	with.grouped = h.grouped || name != ""
	with.next = h.next.WithGroup(name)
	return &with
}

// take puts an attribute into the field of its name, if there is one.
func take(entry *trail.Entry, a slog.Attr) {
	switch text := a.Value.Resolve().String(); a.Key {
	case "action":
		entry.Action = text
	case "actor":
		entry.Actor = text
	case "subject":
		entry.Subject = text
	case "outcome":
		entry.Outcome = trail.Outcome(text)
	case "purpose":
		entry.Purpose = text
	case "basis":
		entry.Basis = text
	case "correlation":
		entry.Correlation = text
	}
}
