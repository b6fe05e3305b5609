package canonical

import (
	"fmt"
	"time"
)

// TimeLayout is how chaincode writes a moment: RFC 3339, UTC, always nine digits
// of fraction, so that of two texts the earlier moment sorts first.
const TimeLayout = "2006-01-02T15:04:05.000000000Z"

// FormatTime writes t in TimeLayout. It fails outside the years 1 to 9999, which
// RFC 3339 cannot write.
func FormatTime(t time.Time) (string, error) {
	t = t.UTC()
	if t.Year() < 1 || t.Year() > 9999 {
		return "", fmt.Errorf("year %d is not 1 to 9999", t.Year())
	}
	return t.Format(TimeLayout), nil
}
