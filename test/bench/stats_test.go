package main

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPercentilesAreValuesThatOccurred(t *testing.T) {
	oneToHundred := make([]time.Duration, 100)
	for i := range oneToHundred {
		oneToHundred[i] = time.Duration(100-i) * time.Millisecond
	}
	tests := []struct {
		name      string
		durations []time.Duration
		want      latency
	}{
		{"no operation", nil, latency{}},
		{"one operation", []time.Duration{7 * time.Millisecond}, latency{Count: 1, P50: 7, P95: 7, P99: 7, Max: 7}},
		{"the middle of two is the lower", []time.Duration{9 * time.Millisecond, time.Millisecond}, latency{Count: 2, P50: 1, P95: 9, P99: 9, Max: 9}},
		{"a hundred, unsorted", oneToHundred, latency{Count: 100, P50: 50, P95: 95, P99: 99, Max: 100}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := slices.Clone(test.durations)
			require.Equal(t, test.want, summarise(test.durations))
			require.Equal(t, before, test.durations, "the samples keep their order")
		})
	}
}

func TestAPercentileIsTheLeastThatCoversIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, 1e12), 1, 200).Draw(t, "values")
		p := rapid.Float64Range(0.01, 100).Draw(t, "p")
		sorted := make([]time.Duration, 0, len(values))
		for _, v := range slices.Sorted(slices.Values(values)) {
			sorted = append(sorted, time.Duration(v))
		}
		got := percentile(sorted, p)

		atMost := func(bound time.Duration) (n int) {
			for _, v := range sorted {
				if v <= bound {
					n++
				}
			}
			return n
		}
		const slack = 1e-9 // of floating point
		need := p/100*float64(len(sorted)) - slack
		require.GreaterOrEqual(t, float64(atMost(got)), need, "covers p percent")
		require.Less(t, float64(atMost(got-1)), need+2*slack, "and nothing smaller does")
	})
}

func TestMedian(t *testing.T) {
	require.InDelta(t, 0, median(nil), 0)
	require.InDelta(t, 3, median([]float64{9, 3, 1}), 0)
	require.InDelta(t, 2.5, median([]float64{4, 1, 2, 3}), 0)
}

func TestRatiosAreRoundByRound(t *testing.T) {
	require.Equal(t, []float64{0.5, 2}, ratios([]float64{1, 4}, []float64{2, 2}))
	require.Equal(t, []float64{2}, ratios([]float64{1, 4}, []float64{0, 2}), "a round in which nothing was done has no ratio")
	require.Empty(t, ratios(nil, []float64{1}))
}

func TestOnlyTheWindowCountsButEveryFailureDoes(t *testing.T) {
	samples := []sample{
		{records: 10, duration: 5 * time.Millisecond, counted: true, share: 1},
		{records: 10, duration: 7 * time.Millisecond, counted: true, share: 0.5},
		{records: 10, duration: time.Hour, share: 0.5},
		{records: 10, duration: time.Hour},
		{failure: errors.New("in the warm-up")},
		{failure: errors.New("in the window"), counted: true, share: 1},
		{failure: errors.New("in the window"), counted: true, share: 1},
	}
	got := evaluateSamples(samples, 4*time.Second, func(err error) string { return err.Error() })
	require.Equal(t, outcome{
		Operations: 2, Records: 20, Seconds: 4, PerSecond: 5,
		Latency:  latency{Count: 2, P50: 5, P95: 7, P99: 7, Max: 7},
		Failures: map[string]int{"in the warm-up": 1, "in the window": 2},
	}, got)
}

func TestAnOperationCountsByItsPartInsideTheWindow(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	tests := []struct {
		name         string
		began, ended int
		want         float64
	}{
		{"before", 1, 9, 0},
		{"until the window begins", 1, 10, 0},
		{"half of it in the warm-up", 5, 15, 0.5},
		{"inside", 12, 13, 1},
		{"the whole window", 10, 20, 1},
		{"a quarter of it inside", 18, 26, 0.25},
		{"longer than the window", 5, 25, 0.5},
		{"after", 20, 22, 0},
		{"no time at all", 12, 12, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.InDelta(t, test.want, overlap(at(test.began), at(test.ended), at(10), at(20)), 1e-9)
		})
	}
}

func TestMergedRoundsAddUp(t *testing.T) {
	rounds := []outcome{
		{Operations: 2, Records: 20, Seconds: 4, PerSecond: 6, Failures: map[string]int{"conflict": 1}},
		{Operations: 1, Records: 10, Seconds: 1, PerSecond: 1, Failures: map[string]int{"conflict": 1, "rejected": 2}},
	}
	got := merge(rounds, []time.Duration{time.Millisecond})
	require.Equal(t, 3, got.Operations)
	require.Equal(t, 30, got.Records)
	require.InDelta(t, 5, got.PerSecond, 1e-9, "weighted by time, not a mean of means")
	require.Equal(t, map[string]int{"conflict": 2, "rejected": 2}, got.Failures)
	require.Equal(t, 1, got.Latency.Count)
}

func TestSpanIsFromTheFirstBeginningToTheLastEnd(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	require.Zero(t, span(nil))
	require.Equal(t, 9*time.Second, span([]sample{{began: at(3), ended: at(5)}, {began: at(1), ended: at(2)}, {began: at(4), ended: at(10)}}))
}
