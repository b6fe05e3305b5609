package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/psbc-lu/psbc/chaincode/trail"
)

// trails is what the audit trails were measured at.
type trails struct {
	// Single is of appends with one entry each; Append of full batches by several
	// recorders, until the last is committed. Both append to one trail.
	Single    outcome `json:"single"`
	Append    outcome `json:"append"`
	Conflicts int     `json:"mvccConflicts"` // of both, counted by a peer
	OnLedger  int     `json:"entriesOnLedger"`
	Gaps      int     `json:"gaps"`
	// Subject is of pages of one subject's entries, asked for one after the other.
	Subject outcome `json:"subject"`

	AppendToSingle float64 `json:"appendToSingle"`
}

// get makes the fields of trails that were left out readable.
func (g *trails) get() trails {
	if g == nil {
		return trails{}
	}
	return *g
}

const (
	// trailSubjects is how many persons the entries of one batch concern.
	trailSubjects = 1000
	// subjectSamples is how many pages are asked for.
	subjectSamples = 200
)

// trail measures a trail of its own.
func (r *runner) trail(ctx context.Context, result *report) error {
	g := &trails{}
	result.Trail = g
	id := "bench-" + r.work.run
	_, err := r.recorder.Define(ctx, trail.DefineRequest{Definition: trail.Definition{
		ID: id, Titles: trail.Titles{En: "Benchmark"}, Records: "accesses that nobody made", LegalBasis: "none",
		Retention: "benchmark", RetentionDays: 1,
	}})
	if err != nil {
		return fmt.Errorf("define a trail: %w", err)
	}
	before, err := conflicts(ctx, r.operations)
	if err != nil {
		return err
	}
	if err := r.appends(ctx, id, g); err != nil {
		return err
	}
	after, err := conflicts(ctx, r.operations)
	if err != nil {
		return err
	}
	g.Conflicts = after - before
	if err := r.countEntries(ctx, id, g); err != nil {
		return err
	}
	return r.subjects(ctx, id, g)
}

// appends measures appends of one entry, and full batches.
func (r *runner) appends(ctx context.Context, id string, g *trails) error {
	o := r.options
	r.say("trail: %d appends of one entry, %d in flight", o.Appends, o.InFlight)
	one := r.sources(id, "one", o.InFlight)
	samples := driveCount(ctx, o.InFlight, o.Appends, func(ctx context.Context, _ int) (int, error) { return 1, one.append(ctx, 1) })
	g.Single = evaluateSamples(samples, span(samples), failureKind)
	if err := interrupted(ctx); err != nil {
		return err
	}

	batches := max(1, o.Entries/trail.MaxEntries)
	r.say("trail: %d batches of %d entries by %d recorders", batches, trail.MaxEntries, o.Recorders)
	many := r.sources(id, "many", o.Recorders)
	samples = driveCount(ctx, o.Recorders, batches, func(ctx context.Context, _ int) (int, error) {
		return trail.MaxEntries, many.append(ctx, trail.MaxEntries)
	})
	g.Append = evaluateSamples(samples, span(samples), failureKind)
	if g.Single.PerSecond > 0 {
		g.AppendToSingle = g.Append.PerSecond / g.Single.PerSecond
	}
	r.say("trail: %.0f entries/s", g.Append.PerSecond)
	return interrupted(ctx)
}

// sources append to one trail, each its own batches one after the other.
type sources struct {
	runner *runner
	trail  string
	free   chan *source
}

type source struct {
	name string
	last int
}

func (r *runner) sources(id, name string, count int) *sources {
	s := &sources{runner: r, trail: id, free: make(chan *source, count)}
	for i := range count {
		s.free <- &source{name: fmt.Sprintf("%s-%d", name, i)}
	}
	return s
}

// append appends the next batch of a source that is not appending.
func (s *sources) append(ctx context.Context, entries int) error {
	from := <-s.free
	defer func() { s.free <- from }()
	ctx, cancel := context.WithTimeout(ctx, operationLimit)
	defer cancel()
	number := from.last + 1
	request := trail.AppendRequest{
		Place:   trail.Place{Trail: s.trail, Source: from.name, Number: number},
		Entries: make([]trail.Entry, entries),
	}
	now := time.Now().UTC().Format(time.RFC3339Nano)
	for i := range request.Entries {
		request.Entries[i] = trail.Entry{
			Action: trail.ActionRead, Actor: pseudonym(fmt.Sprintf("clerk %s %d", from.name, i%50)), Basis: "law-2013-06-19",
			Correlation: fmt.Sprintf("%s-%d-%d", from.name, number, i), OccurredAt: now, Outcome: trail.OutcomeSuccess,
			Purpose: "permit", Subject: s.runner.subject(i),
		}
	}
	_, err := s.runner.recorder.Append(ctx, request)
	if err == nil {
		from.last = number
	}
	return err
}

// subject is the person that the i-th entry of every batch concerns.
func (r *runner) subject(i int) string {
	return pseudonym(fmt.Sprintf("%s person %d", r.work.run, i%trailSubjects))
}

// pseudonym has the form of one; the benchmark knows nobody.
func pseudonym(of string) string {
	sum := sha256.Sum256([]byte(of))
	return "bench:" + hex.EncodeToString(sum[:])
}

// countEntries counts what the heads on the ledger say, and reads the last batch of one
// recorder back.
func (r *runner) countEntries(ctx context.Context, id string, g *trails) error {
	for batch, err := range r.recorder.AllBatches(ctx, trail.BatchesRequest{Trail: id, PageSize: trail.MaxPageSize}) {
		if err != nil {
			return fmt.Errorf("count the entries: %w", err)
		}
		g.OnLedger += batch.Entries
	}
	gaps, err := r.recorder.Gaps(ctx, id)
	if err != nil {
		return fmt.Errorf("look for gaps: %w", err)
	}
	g.Gaps = len(gaps)
	if appended := g.Single.Records + g.Append.Records; g.OnLedger != appended {
		return fmt.Errorf("%d entries were appended and %d are on the ledger", appended, g.OnLedger)
	}
	return nil
}

func (r *runner) subjects(ctx context.Context, id string, g *trails) error {
	samples := driveCount(ctx, 1, subjectSamples, func(ctx context.Context, i int) (int, error) {
		subject := r.subject(i * 7)
		page, err := r.recorder.BySubject(ctx, trail.PersonRequest{Pseudonym: subject, Trail: id})
		if err != nil {
			return 0, err
		}
		return len(page.Items), concerns(page, subject)
	})
	g.Subject = evaluateSamples(samples, span(samples), failureKind)
	return interrupted(ctx)
}

func concerns(page *trail.EntryPage, subject string) error {
	if len(page.Items) == 0 {
		return errors.New("no entry of a subject that every batch has")
	}
	for _, item := range page.Items {
		if item.Entry.Subject != subject {
			return fmt.Errorf("entry %d of batch %d concerns somebody else", item.Position, item.Number)
		}
	}
	return nil
}
