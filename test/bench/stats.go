package main

import (
	"math"
	"slices"
	"time"
)

// latency summarises how long operations took, in milliseconds.
type latency struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50Ms"`
	P95   float64 `json:"p95Ms"`
	P99   float64 `json:"p99Ms"`
	Max   float64 `json:"maxMs"`
}

// summarise computes exact percentiles; it sorts a copy.
func summarise(durations []time.Duration) latency {
	sorted := slices.Sorted(slices.Values(durations))
	if len(sorted) == 0 {
		return latency{}
	}
	return latency{
		Count: len(sorted),
		P50:   milliseconds(percentile(sorted, 50)),
		P95:   milliseconds(percentile(sorted, 95)),
		P99:   milliseconds(percentile(sorted, 99)),
		Max:   milliseconds(sorted[len(sorted)-1]),
	}
}

// percentile returns the smallest value that p percent of the values do not
// exceed (the nearest-rank method). It requires 0 < p <= 100 and a sorted,
// non-empty list.
func percentile(sorted []time.Duration, p float64) time.Duration {
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}

// median returns the middle value, the mean of the middle two for an even
// number, 0 for none.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	switch {
	case n == 0:
		return 0
	case n%2 == 1:
		return sorted[n/2]
	default:
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
}

// ratios divides round by round, which cancels what slows a whole round, and
// leaves rounds out in which the divisor is 0.
func ratios(dividends, divisors []float64) []float64 {
	var quotients []float64
	for i := range min(len(dividends), len(divisors)) {
		if divisors[i] > 0 {
			quotients = append(quotients, dividends[i]/divisors[i])
		}
	}
	return quotients
}

func milliseconds(d time.Duration) float64 {
	return float64(d) / float64(time.Millisecond)
}
