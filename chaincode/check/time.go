package check

import (
	"strings"
	"time"

	"github.com/psbc-lu/psbc/chaincode/canonical"
)

// Time parses an RFC 3339 time in UTC, written with "Z". The empty text gives the
// zero time.
func Time(field, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	const seconds = "2006-01-02T15:04:05"
	t, err := time.Parse(time.RFC3339Nano, s)
	// time.Parse is lenient: it takes single-digit hours, and "," before a fraction.
	if err != nil || !strings.HasSuffix(s, "Z") || strings.Contains(s, ",") ||
		len(s) > len(canonical.TimeLayout) || !strings.HasPrefix(s, t.Format(seconds)) {
		return time.Time{}, Invalid(field, "%s is not an RFC 3339 time in UTC such as 2026-11-22T09:30:00Z", Quote(s))
	}
	return t, nil
}
