package siem

import (
	"encoding/csv"
	"io"
	"strconv"
)

// Sheet writes events as CSV (RFC 4180), with a header.
type Sheet struct{ writer *csv.Writer }

// NewSheet starts a sheet with its header.
func NewSheet(out io.Writer) (*Sheet, error) {
	s := &Sheet{csv.NewWriter(out)}
	return s, s.writer.Write([]string{
		"occurredAt", "body", "trail", "action", "outcome", "actor", "subject", "purpose", "basis", "correlation", "detailHash",
		"claimedTime", "source", "number", "position", "txId", "revealed",
	})
}

// Write adds an event.
func (s *Sheet) Write(e Event) error {
	return s.writer.Write([]string{
		e.Entry.OccurredAt, e.BodyName, e.Trail, e.Entry.Action, string(e.Entry.Outcome), e.Entry.Actor, e.Entry.Subject,
		e.Entry.Purpose, e.Entry.Basis, guard(e.Entry.Correlation), e.Entry.DetailHash,
		e.ClaimedTime, e.Source, strconv.Itoa(e.Number), strconv.Itoa(e.Position), e.TxID, e.Revealed,
	})
}

// guard keeps a spreadsheet from taking the only free text for a formula: an
// apostrophe says that it is text.
func guard(s string) string {
	if s != "" && (s[0] == '=' || s[0] == '+' || s[0] == '-' || s[0] == '@') {
		return "'" + s
	}
	return s
}

// Flush writes what is buffered.
func (s *Sheet) Flush() error {
	s.writer.Flush()
	return s.writer.Error()
}
