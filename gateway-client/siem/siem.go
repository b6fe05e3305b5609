// Package siem writes the entries of audit trails for programs that watch or report:
// as OCSF and CEF lines for a SIEM, as a sheet, and as the list that a citizen is
// shown.
//
// What has no place of its own in a format is put where that format keeps such
// things, so that nothing of an entry is lost but in [Usage], which is for people.
package siem

import (
	"fmt"
	"slices"
	"time"

	"github.com/psbc-lu/psbc/chaincode/trail"
)

// Event is an entry with its place, and the name of the body whose trail it is in.
type Event struct {
	BodyName string `json:"bodyName"`
	trail.Located
}

// uid names the entry for good: a batch is written once, and a position in it too.
func (e Event) uid() string {
	return fmt.Sprintf("%s/%s/%d/%d", e.Trail, e.Source, e.Number, e.Position)
}

// milliseconds turns a time of the ledger into milliseconds since 1970, which both
// OCSF and CEF count in.
func milliseconds(field, s string) (int64, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", field, err)
	}
	return t.UnixMilli(), nil
}

// Occurred is when the act occurred, by the clock of its system; the zero time for what
// is no time.
func (e Event) Occurred() time.Time {
	t, err := time.Parse(time.RFC3339Nano, e.Entry.OccurredAt)
	if err != nil {
		return time.Time{}
	}
	return t
}

// LatestFirst sorts events for people. Those of one moment stay in their order.
func LatestFirst(events []Event) {
	slices.SortStableFunc(events, func(a, b Event) int { return b.Occurred().Compare(a.Occurred()) })
}

// times are the moments of an event, in milliseconds.
func (e Event) times() (occurred, claimed int64, err error) {
	if occurred, err = milliseconds("occurredAt", e.Entry.OccurredAt); err != nil {
		return 0, 0, err
	}
	if claimed, err = milliseconds("claimedTime", e.ClaimedTime); err != nil {
		return 0, 0, err
	}
	return occurred, claimed, nil
}
