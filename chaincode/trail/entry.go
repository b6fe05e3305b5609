package trail

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Outcomes returns every outcome of an act.
func Outcomes() []Outcome { return []Outcome{OutcomeSuccess, OutcomeFailure, OutcomeDenied} }

// Validate checks every field; the sentence names it as "/actor". It cannot check what
// depends on the trail (its own actions) or on the transaction's time.
func (e Entry) Validate() error {
	if err := e.checkSize(); err != nil {
		return err
	}
	if err := checkNeeded("/action", e.Action); err != nil {
		return err
	}
	if e.Actor == "" {
		return check.Invalid("/actor", "is missing")
	}
	if err := Pseudonym("/actor", e.Actor); err != nil {
		return err
	}
	if err := e.checkCircumstances(); err != nil {
		return err
	}
	if e.Subject == "" {
		return nil
	}
	return Pseudonym("/subject", e.Subject)
}

// checkCircumstances checks all that is said of an act beside who did what to whom.
func (e Entry) checkCircumstances() error {
	if err := checkCode("/basis", e.Basis); err != nil {
		return err
	}
	if err := checkText("/correlation", e.Correlation, MaxCorrelation); err != nil {
		return err
	}
	if e.DetailHash != "" {
		if err := check.Hash("/detailHash", e.DetailHash); err != nil {
			return personalOr("/detailHash", e.DetailHash, err)
		}
	}
	if err := checkOccurred("/occurredAt", e.OccurredAt); err != nil {
		return err
	}
	if err := checkOutcome("/outcome", e.Outcome); err != nil {
		return err
	}
	return checkCode("/purpose", e.Purpose)
}

// checkSize bounds the entry's canonical JSON. Its limit is far beyond what the fields
// may have together: it is there for the sentence.
func (e Entry) checkSize() error {
	const (
		names  = 200 // more than the members' names, quotes and commas take
		escape = 6   // the most bytes that one byte takes in JSON
	)
	texts := len(e.Action) + len(e.Actor) + len(e.Basis) + len(e.Correlation) + len(e.DetailHash) +
		len(e.OccurredAt) + len(e.Outcome) + len(e.Purpose) + len(e.Subject)
	if names+escape*texts <= MaxEntryBytes {
		return nil
	}
	written, err := canonical.MarshalSorted(e)
	if err != nil {
		return err
	}
	if len(written) > MaxEntryBytes {
		return fault.New(fault.InvalidArgument, "has %d bytes of canonical JSON, more than %d", len(written), MaxEntryBytes)
	}
	return nil
}

func checkOutcome(field string, o Outcome) error {
	switch o {
	case OutcomeSuccess, OutcomeFailure, OutcomeDenied:
		return nil
	case "":
		return check.Invalid(field, "is missing")
	}
	return personalOr(field, string(o), check.Invalid(field, "%s is not one of %s, %s and %s",
		check.Quote(string(o)), OutcomeSuccess, OutcomeFailure, OutcomeDenied))
}

func checkOccurred(field, s string) error {
	if s == "" {
		return check.Invalid(field, "is missing")
	}
	t, err := check.Time(field, s)
	if err != nil {
		return personalOr(field, s, err)
	}
	if t.Year() < 1 {
		return check.Invalid(field, "year 0 is not 1 to 9999")
	}
	return nil
}

// stored returns the entry as the ledger stores it: with its time in
// canonical.TimeLayout. It requires a valid entry.
func (e Entry) stored() Entry {
	e.OccurredAt = layout(e.OccurredAt)
	return e
}

// layout writes a time that check.Time takes in canonical.TimeLayout. Such a time
// differs from the layout in its fraction only.
func layout(s string) string {
	const whole = len("2006-01-02T15:04:05")
	if len(s) >= len(canonical.TimeLayout) || len(s) <= whole {
		return s
	}
	fraction := strings.TrimPrefix(strings.TrimSuffix(s[whole:], "Z"), ".")
	return s[:whole] + "." + fraction + "000000000"[len(fraction):] + "Z"
}

// checkEntries checks entries that are valid by themselves against the trail, and that
// none says to have occurred later than the tolerance after the claimed time. It
// returns the earliest and the latest time of an act, as the ledger writes them.
func checkEntries(entries []Entry, t Trail, claimedTime string) (first, last string, err error) {
	limit, err := latest(claimedTime)
	if err != nil {
		return "", "", err
	}
	for i, e := range entries {
		if !t.records(e.Action) {
			return "", "", inEntry(i, check.Invalid("/action", "%s is neither a common action nor one of trail %s", check.Quote(e.Action), t.ID))
		}
		at := layout(e.OccurredAt)
		if at > limit {
			return "", "", inEntry(i, check.Invalid("/occurredAt", "%s is more than %d seconds after the transaction's time %s", e.OccurredAt, ToleranceSeconds, claimedTime))
		}
		if first == "" || at < first {
			first = at
		}
		if at > last {
			last = at
		}
	}
	return first, last, nil
}

// latest returns the latest time that an act may have at a claimed time.
func latest(claimedTime string) (string, error) {
	claimed, err := claimed(claimedTime)
	if err != nil {
		return "", err
	}
	return canonical.FormatTime(claimed.Add(ToleranceSeconds * time.Second))
}

// claimed reads the time of a transaction or of what one wrote.
func claimed(claimedTime string) (time.Time, error) {
	t, err := time.Parse(canonical.TimeLayout, claimedTime)
	if err != nil {
		return time.Time{}, fmt.Errorf("claimed time: %w", err)
	}
	return t, nil
}

// inEntry puts the entry's index before a refusal whose sentence begins with a field's
// name, as in "entries 17 /actor: is missing".
func inEntry(i int, err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		separator := " "
		if !strings.HasPrefix(f.Message, "/") {
			separator = ": "
		}
		return fault.New(f.Code, "entries %d%s%s", i, separator, f.Message)
	}
	return fmt.Errorf("entries %d: %w", i, err)
}
