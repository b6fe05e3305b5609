package checkpoint

import (
	"math"
	"time"

	"github.com/psbc-lu/psbc/chaincode/canonical"
)

// forever is the end of a window that has none. No cosignature is of that time.
const forever = math.MaxUint64

// Window is when a cosignature must have been made to count: From included, Until not, in
// seconds since 1970.
type Window struct{ From, Until uint64 }

// Window returns the times of the cosignatures of k that count. Cosignatures tell whole
// seconds, k's own times do not: the second in which a key is registered, or until which
// one is retired, counts; that since which one is revoked does not.
func (k WitnessKey) Window() Window {
	w := Window{From: floor(k.From), Until: forever}
	if k.Until != "" {
		w.Until = min(w.Until, ceiling(k.Until))
	}
	if k.Revoked != nil {
		w.Until = min(w.Until, floor(k.Revoked.Since))
	}
	return w
}

// Contains says whether a cosignature of that time counts.
func (w Window) Contains(seconds uint64) bool { return w.From <= seconds && seconds < w.Until }

// bounds are those of the window in a policy, where 0 is no bound.
func (w Window) bounds() (from, until uint64) {
	if w.Until == forever {
		return w.From, 0
	}
	return w.From, w.Until
}

// floor returns the second that a time of the ledger lies in; 0 for those before 1970.
func floor(moment string) uint64 {
	seconds, _ := seconds(moment)
	return seconds
}

// ceiling returns the first second that does not begin before a time of the ledger.
func ceiling(moment string) uint64 {
	seconds, whole := seconds(moment)
	if !whole {
		seconds++
	}
	return seconds
}

func seconds(moment string) (since uint64, whole bool) {
	t, err := time.Parse(canonical.TimeLayout, moment)
	if err != nil || t.Unix() < 0 {
		return 0, true // what is decoded has been checked to be times
	}
	return uint64(t.Unix()), t.Nanosecond() == 0 //nolint:gosec // not negative
}

// written is a second as a sentence shows it.
func written(seconds uint64) string {
	if seconds > math.MaxInt64 {
		return "a time without a date"
	}
	text, err := canonical.FormatTime(time.Unix(int64(seconds), 0).UTC())
	if err != nil {
		return "a time without a date"
	}
	return text
}
