package main

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestACountedLoadRunsEveryOperationOnce(t *testing.T) {
	const count, inFlight = 500, 7
	var (
		mu           sync.Mutex
		done         []int
		now, highest int
	)
	samples := driveCount(t.Context(), inFlight, count, func(_ context.Context, i int) (int, error) {
		mu.Lock()
		done = append(done, i)
		now++
		highest = max(highest, now)
		mu.Unlock()
		defer func() { mu.Lock(); now--; mu.Unlock() }()
		return 1, nil
	})
	require.Len(t, samples, count)
	require.LessOrEqual(t, highest, inFlight)
	slices.Sort(done)
	for i := range count {
		require.Equal(t, i, done[i])
	}
}

func TestATimedLoadCountsWhatEndsInTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Three workers whose operations take 300 ms: ends at 0.3, 0.6, … s.
		samples := driveFor(t.Context(), 3, 100, window{warmUp: time.Second, measure: 2 * time.Second},
			func(context.Context, int) (int, error) {
				time.Sleep(300 * time.Millisecond)
				return 1, nil
			})
		counted := 0
		seen := make(map[int]bool)
		for _, s := range samples {
			require.False(t, seen[s.index])
			seen[s.index] = true
			if s.counted {
				counted++
			}
		}
		// Ends at 1.2 to 2.7 s: six for each worker. 3.0 s is no longer inside.
		require.Equal(t, 18, counted)
		rate := evaluateSamples(samples, 2*time.Second, failureKind).PerSecond
		require.InDelta(t, 3/0.3, rate, 1e-6, "the rate is exact all the same")
		require.Len(t, samples, 30)
		require.True(t, seen[100] && seen[129], "numbered from the first that was given")
	})
}

func TestALoadEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	samples := driveCount(ctx, 1, 1000, func(_ context.Context, i int) (int, error) {
		if i == 4 {
			cancel()
		}
		return 1, nil
	})
	require.Len(t, samples, 5)
}

func TestEveryOtherRoundRunsBackwards(t *testing.T) {
	a, b, c := &load{name: "a"}, &load{name: "b"}, &load{name: "c"}
	loads := []*load{a, b, c}
	require.Equal(t, []*load{a, b, c}, order(loads, 0))
	require.Equal(t, []*load{c, b, a}, order(loads, 1))
	require.Equal(t, []*load{a, b, c}, loads)
}
