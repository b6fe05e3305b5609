package main

import (
	"context"
	"sync"
	"time"
)

// operation does the i-th operation of a load and returns how many records it
// wrote or read.
type operation func(ctx context.Context, i int) (records int, err error)

// sample is one finished operation.
type sample struct {
	index    int
	records  int
	began    time.Time
	ended    time.Time
	failure  error
	duration time.Duration
	counted  bool // ended inside the measured window
	// share is the part of the duration that lies in the window, from 0 to 1. Rates
	// are made of shares: counting ends instead would round a rate to whole
	// operations, which matters when one takes seconds and writes 1,000 records.
	share float64
}

// window is when a timed load is measured: after the warm-up, for a fixed time.
// What happens earlier or later is load, but does not count.
type window struct {
	warmUp  time.Duration
	measure time.Duration
}

// driveFor keeps inFlight operations running until the window has passed, then
// waits for the last. Operations are numbered from first.
func driveFor(ctx context.Context, inFlight, first int, w window, do operation) []sample {
	begin := time.Now().Add(w.warmUp)
	end := begin.Add(w.measure)
	samples := drive(ctx, inFlight, func(i int) (int, bool) { return first + i, time.Now().Before(end) }, do)
	for i := range samples {
		s := &samples[i]
		s.counted = !s.ended.Before(begin) && s.ended.Before(end)
		s.share = overlap(s.began, s.ended, begin, end)
	}
	return samples
}

// driveCount runs operations 0 to count-1, inFlight of them at a time.
func driveCount(ctx context.Context, inFlight, count int, do operation) []sample {
	samples := drive(ctx, inFlight, func(i int) (int, bool) { return i, i < count }, do)
	for i := range samples {
		samples[i].counted, samples[i].share = true, 1
	}
	return samples
}

// overlap returns the part of the time from began to ended that lies between begin
// and end.
func overlap(began, ended, begin, end time.Time) float64 {
	if !ended.After(began) {
		return 0
	}
	from, to := began, ended
	if begin.After(from) {
		from = begin
	}
	if end.Before(to) {
		to = end
	}
	return max(0, float64(to.Sub(from))/float64(ended.Sub(began)))
}

// drive runs operations in inFlight workers until next says that there is none,
// or the context ends.
func drive(ctx context.Context, inFlight int, next func(i int) (int, bool), do operation) []sample {
	var (
		mu      sync.Mutex
		issued  int
		samples []sample
		workers sync.WaitGroup
	)
	take := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		index, more := next(issued)
		issued++
		return index, more && ctx.Err() == nil
	}
	for range inFlight {
		workers.Go(func() {
			for {
				index, more := take()
				if !more {
					return
				}
				began := time.Now()
				records, err := do(ctx, index)
				ended := time.Now()
				mu.Lock()
				samples = append(samples, sample{
					index: index, records: records, failure: err,
					began: began, ended: ended, duration: ended.Sub(began),
				})
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	return samples
}

// outcome is what a load came to.
type outcome struct {
	Operations int            `json:"operations"` // that ended in the measured time
	Records    int            `json:"records"`    // of these operations
	Seconds    float64        `json:"seconds"`    // measured
	PerSecond  float64        `json:"recordsPerSecond"`
	Latency    latency        `json:"latency"`
	Failures   map[string]int `json:"failures,omitempty"`
}

// evaluateSamples counts the successes of the measured window, and the failures
// of the whole load: none may hide in the warm-up.
func evaluateSamples(samples []sample, elapsed time.Duration, kind func(error) string) outcome {
	o := outcome{Seconds: elapsed.Seconds(), Failures: make(map[string]int)}
	var shares float64
	for _, s := range samples {
		switch {
		case s.failure != nil:
			o.Failures[kind(s.failure)]++
			continue
		case s.counted:
			o.Operations++
			o.Records += s.records
		}
		shares += s.share * float64(s.records)
	}
	if elapsed > 0 {
		o.PerSecond = shares / elapsed.Seconds()
	}
	o.Latency = summarise(successes(samples))
	return o
}

// span returns the time from the first beginning to the last end.
func span(samples []sample) time.Duration {
	if len(samples) == 0 {
		return 0
	}
	first, last := samples[0].began, samples[0].ended
	for _, s := range samples[1:] {
		if s.began.Before(first) {
			first = s.began
		}
		if s.ended.After(last) {
			last = s.ended
		}
	}
	return last.Sub(first)
}

// merge adds the rounds of one load up. Latencies cannot be merged from
// percentiles, so the samples' own are passed.
func merge(rounds []outcome, durations []time.Duration) outcome {
	total := outcome{Failures: make(map[string]int), Latency: summarise(durations)}
	var records float64
	for _, r := range rounds {
		records += r.PerSecond * r.Seconds
		total.Operations += r.Operations
		total.Records += r.Records
		total.Seconds += r.Seconds
		for kind, count := range r.Failures {
			total.Failures[kind] += count
		}
	}
	if total.Seconds > 0 {
		total.PerSecond = records / total.Seconds
	}
	return total
}

// successes returns the durations that count.
func successes(samples []sample) []time.Duration {
	var durations []time.Duration
	for _, s := range samples {
		if s.counted && s.failure == nil {
			durations = append(durations, s.duration)
		}
	}
	return durations
}
