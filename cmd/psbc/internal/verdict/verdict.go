// Package verdict decides what a document's notarisations say about it at a
// moment. It is pure: the caller supplies the records and the time.
package verdict

import (
	"fmt"
	"slices"
	"time"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// Verdict is what a notarisation, or all of a document's, say about it.
type Verdict string

// The verdicts. Only Valid is a yes.
const (
	Valid        Verdict = "valid"
	NotYetValid  Verdict = "not-yet-valid"
	Expired      Verdict = "expired"
	Superseded   Verdict = "superseded"
	Revoked      Verdict = "revoked"
	NotNotarised Verdict = "not-notarised"
)

// weight orders the verdicts for [Overall]: what weighs most comes first.
var weight = []Verdict{Valid, Revoked, Superseded, Expired, NotYetValid, NotNotarised}

// Judge returns what one notarisation says at a moment. It goes by the record as
// it stands; for a moment in the past, pass the record as it stood then, which
// [AsOf] finds. Validity starts at validFrom and ends at validUntil, both
// included. It fails when the record's times are not RFC 3339.
func Judge(n notary.Notarisation, at time.Time) (Verdict, error) {
	switch n.Status {
	case notary.StatusRevoked:
		return Revoked, nil
	case notary.StatusSuperseded:
		return Superseded, nil
	case notary.StatusActive:
	default:
		return "", fmt.Errorf("the record of %s by %s has the unknown status %q", n.Digest, n.Body, n.Status)
	}
	from, err := moment(n.ValidFrom)
	if err != nil {
		return "", fmt.Errorf("validFrom of %s by %s: %w", n.Digest, n.Body, err)
	}
	until, err := moment(n.ValidUntil)
	if err != nil {
		return "", fmt.Errorf("validUntil of %s by %s: %w", n.Digest, n.Body, err)
	}
	switch {
	case n.ValidFrom != "" && at.Before(from):
		return NotYetValid, nil
	case n.ValidUntil != "" && at.After(until):
		return Expired, nil
	}
	return Valid, nil
}

// Overall returns what several notarisations of one document say together: valid
// when any one is; else the weightiest of the reasons against it, a body's
// withdrawal before a lapse of time; [NotNotarised] when there are none.
func Overall(verdicts []Verdict) Verdict {
	for _, v := range weight {
		if slices.Contains(verdicts, v) {
			return v
		}
	}
	return NotNotarised
}

// AsOf returns the record as it stood at a moment by the claimed times of its
// changes, and false when it was not there yet. Claimed times are the clients'
// own, so the answer is as good as the bodies' honesty about their clocks.
func AsOf(h notary.History, at time.Time) (notary.Notarisation, bool, error) {
	var record notary.Notarisation
	found := false
	for _, change := range h.Changes {
		claimed, err := moment(change.ClaimedTime)
		if err != nil {
			return notary.Notarisation{}, false, fmt.Errorf("claimed time of transaction %s: %w", change.TxID, err)
		}
		if !claimed.After(at) {
			record, found = change.Record, true
		}
	}
	return record, found, nil
}

func moment(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339Nano, s)
}
