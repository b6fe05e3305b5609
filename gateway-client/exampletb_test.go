package gateway_test

import (
	"log"
	"slices"
	"time"
)

// exampleTB stands in for the *testing.T that examples do not have.
type exampleTB struct{ cleanups []func() }

func (*exampleTB) Helper() {}

func (*exampleTB) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }

func (tb *exampleTB) Cleanup(cleanup func()) { tb.cleanups = append(tb.cleanups, cleanup) }

// cleanUp runs what was registered, the last first.
func (tb *exampleTB) cleanUp() {
	for _, cleanup := range slices.Backward(tb.cleanups) {
		cleanup()
	}
}

// patience is how long an example waits for what does not come.
func (*exampleTB) patience() time.Duration { return time.Second }
