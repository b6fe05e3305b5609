package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/network"
)

// runner measures, phase by phase.
type runner struct {
	options    options
	source     network.Source
	work       *work
	keepers    []keeper
	recorder   *gateway.Trails
	reader     *gateway.Client // of the blocks; nil when there is no network
	operations []string        // addresses of the peers' operations endpoints
	meter      *meter
	progress   io.Writer
}

func (r *runner) say(format string, arguments ...any) {
	fmt.Fprintf(r.progress, format+"\n", arguments...)
}

// measure runs all phases. The ledger is counted before the rates fill it.
func (r *runner) measure(ctx context.Context) (*report, error) {
	began := time.Now()
	result := &report{V: reportVersion, At: began.UTC(), Machine: thisMachine(), Options: r.options}
	for _, b := range r.work.bodies {
		result.Bodies = append(result.Bodies, b.name)
	}

	if err := r.idle(ctx, result); err != nil {
		return nil, err
	}
	if err := r.surge(ctx, result); err != nil {
		return nil, err
	}
	if err := r.rates(ctx, result); err != nil {
		return nil, err
	}
	if r.options.Records > 0 {
		if err := r.registry(ctx, result); err != nil {
			return nil, err
		}
	}
	if r.options.Entries > 0 {
		if err := r.trail(ctx, result); err != nil {
			return nil, err
		}
	}
	if r.options.Digests > 0 {
		if err := r.evidence(ctx, result); err != nil {
			return nil, err
		}
	}
	result.Nodes = r.meter.finish()
	result.Seconds = time.Since(began).Seconds()
	result.judge()
	return result, nil
}

// measureEvidence runs the one phase that needs no network.
func (r *runner) measureEvidence(ctx context.Context) (*report, error) {
	began := time.Now()
	result := &report{V: reportVersion, At: began.UTC(), Machine: thisMachine(), Options: r.options}
	if err := r.evidence(ctx, result); err != nil {
		return nil, err
	}
	result.Seconds = time.Since(began).Seconds()
	result.judge()
	return result, nil
}

// idle submits one after the other, after a few that warm connections up.
func (r *runner) idle(ctx context.Context, result *report) error {
	r.say("idle: %d submits, one after the other", r.options.Idle)
	warm := driveCount(ctx, 1, 2*len(r.work.bodies), r.work.notarise("warm"))
	if failed := evaluateSamples(warm, span(warm), failureKind).Failures; len(failed) > 0 {
		return fmt.Errorf("the network does not notarise: %v", failed)
	}
	samples := driveCount(ctx, 1, r.options.Idle, r.work.notarise("idle"))
	result.Idle = evaluateSamples(samples, span(samples), failureKind)
	return interrupted(ctx)
}

const surgeLoad = "surge"

func (r *runner) surge(ctx context.Context, result *report) error {
	r.say("surge: %d submits, %d in flight", r.options.Submits, r.options.InFlight)
	samples := driveCount(ctx, r.options.InFlight, r.options.Submits, r.work.notarise(surgeLoad))
	result.Surge.outcome = evaluateSamples(samples, span(samples), failureKind)
	if err := interrupted(ctx); err != nil {
		return err
	}
	r.say("surge: counting on the ledger")
	var err error
	result.Surge.Ledger, err = r.work.audit(ctx, surgeLoad, samples)
	return err
}

// load is one of those whose rounds alternate.
type load struct {
	name     string
	inFlight int
	do       operation
	into     *rate

	next      int // number of the next operation
	outcomes  []outcome
	durations []time.Duration
	records   int // of warm-ups as well
	cpu       float64
}

// rates measures contracts against the substrate on a ledger that holds little, and then
// the same beside batches. What batches write makes a peer's database slower for
// everything else, and most for those that write much to random keys.
func (r *runner) rates(ctx context.Context, result *report) error {
	o, rates := r.options, &result.Rates
	pair := func(single, minimal *rate, suffix string) []*load {
		return []*load{
			{name: "single", inFlight: o.Concurrency, do: r.work.notarise("single" + suffix), into: single},
			{name: "minimal", inFlight: o.Concurrency, do: r.work.put("minimal" + suffix), into: minimal},
		}
	}
	beside := append(pair(&rates.GrownSingle, &rates.GrownMinimal, "-grown"),
		&load{name: "batch", inFlight: o.Batches, do: r.work.batch("batch", o.Batch), into: &rates.Batch},
		&load{name: "evaluate", inFlight: o.Concurrency, do: r.work.read("idle", o.Idle), into: &rates.Evaluate})
	for _, phase := range [][]*load{pair(&rates.Single, &rates.Minimal, ""), beside} {
		if err := r.alternate(ctx, phase); err != nil {
			return err
		}
	}
	rates.SingleToMinimal = median(ratios(rates.Single.Rounds, rates.Minimal.Rounds))
	rates.BatchToSingle = median(ratios(rates.Batch.Rounds, rates.GrownSingle.Rounds))
	rates.GrownSingleToMinimal = median(ratios(rates.GrownSingle.Rounds, rates.GrownMinimal.Rounds))
	return nil
}

// alternate measures loads in rounds, one after the other.
func (r *runner) alternate(ctx context.Context, loads []*load) error {
	rounds := r.options.Rounds
	for round := range rounds {
		for _, l := range order(loads, round) {
			if err := r.round(ctx, l); err != nil {
				return err
			}
			r.say("round %d of %d: %-8s %8.1f records/s", round+1, rounds, l.name, l.outcomes[round].PerSecond)
		}
	}
	for _, l := range loads {
		l.into.outcome = merge(l.outcomes, l.durations)
		for _, one := range l.outcomes {
			l.into.Rounds = append(l.into.Rounds, one.PerSecond)
		}
		if l.records > 0 {
			l.into.NodesCPU = l.cpu / float64(l.records) * 1000
		}
	}
	return nil
}

// order turns every other round around: what drifts during a run then favours
// neither of two loads.
func order[T any](loads []T, round int) []T {
	ordered := make([]T, len(loads))
	for i, l := range loads {
		if round%2 == 1 {
			i = len(loads) - 1 - i
		}
		ordered[i] = l
	}
	return ordered
}

func (r *runner) round(ctx context.Context, l *load) error {
	cpu := r.meter.nodesCPU()
	window := r.options.window()
	samples := driveFor(ctx, l.inFlight, l.next, window, l.do)
	l.cpu += r.meter.nodesCPU() - cpu
	l.next += len(samples)
	l.outcomes = append(l.outcomes, evaluateSamples(samples, window.measure, failureKind))
	l.durations = append(l.durations, successes(samples)...)
	for _, s := range samples {
		if s.failure == nil {
			l.records += s.records
		}
	}
	return interrupted(ctx)
}

// interrupted keeps half a measurement from being reported as a whole one.
func interrupted(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	if errors.Is(context.Cause(ctx), context.Canceled) {
		return errors.New("interrupted")
	}
	return context.Cause(ctx)
}
