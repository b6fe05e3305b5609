// Package export writes the records of a register to a file: as JSON Lines, which
// hold all that the ledger does, or as a sheet for people.
package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rows"
)

// Sheet writes records as CSV (RFC 4180): the id, a column for each field, and
// columns about the record itself, whose names begin with "_" so that a field may
// have any name.
//
// A cell is what [rows.Read] makes the same value of, as far as text can tell:
// elements of a list are parted by ";", anything deeper is JSON.
type Sheet struct {
	writer *csv.Writer
	fields []string
	open   bool
	row    []string
}

// NewSheet starts a sheet with its header. fields are the columns, in their order;
// an open sheet has a last column for the members that are not among them.
func NewSheet(out io.Writer, fields []string, open bool) (*Sheet, error) {
	s := &Sheet{writer: csv.NewWriter(out), fields: fields, open: open}
	id := "id"
	if slices.Contains(fields, id) {
		id = "_id"
	}
	s.row = append(append(s.row, id), fields...)
	s.row = append(s.row, "_version", "_status", "_owner", "_effective", "_claimedTime")
	if open {
		s.row = append(s.row, "_other")
	}
	return s, s.writer.Write(s.row)
}

// Write adds a record.
func (s *Sheet) Write(record registry.Record) error {
	var data map[string]json.RawMessage
	if err := json.Unmarshal(record.Data, &data); err != nil {
		return fmt.Errorf("data of %s: %w", record.ID, err)
	}
	s.row = append(s.row[:0], record.ID)
	for _, field := range s.fields {
		s.row = append(s.row, Cell(data[field]))
		delete(data, field)
	}
	s.row = append(s.row, strconv.Itoa(record.Version), string(record.Status), record.Owner, record.Effective, record.ClaimedTime)
	if s.open {
		other, err := rest(data)
		if err != nil {
			return err
		}
		s.row = append(s.row, other)
	} else if len(data) > 0 {
		return fmt.Errorf("%s has the member %q, which no schema of its register names", record.ID, slices.Sorted(maps.Keys(data))[0])
	}
	return s.writer.Write(s.row)
}

// Flush writes what is buffered.
func (s *Sheet) Flush() error {
	s.writer.Flush()
	return s.writer.Error()
}

// rest writes the members that have no column.
func rest(data map[string]json.RawMessage) (string, error) {
	if len(data) == 0 {
		return "", nil
	}
	encoded, err := canonical.Marshal(data)
	return string(encoded), err
}

// Cell writes a JSON value for a cell: text without quotes, a list of texts or
// numbers with its elements parted by ";" unless one of them holds that, and
// anything else as JSON. Absent and null are empty.
func Cell(raw json.RawMessage) string {
	var text string
	var list []json.RawMessage
	raw = bytes.Trim(raw, " \t\r\n") // RFC 8259, section 2: whitespace around a value means nothing
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return ""
	case json.Unmarshal(raw, &text) == nil:
		return text
	case json.Unmarshal(raw, &list) != nil || len(list) == 0:
		return string(raw)
	}
	elements := make([]string, len(list))
	for i, element := range list {
		elements[i] = Cell(element)
		nested := strings.HasPrefix(string(element), "[") || strings.HasPrefix(string(element), "{")
		if nested || strings.TrimSpace(elements[i]) != elements[i] || elements[i] == "" || strings.Contains(elements[i], rows.ElementSeparator) {
			return string(raw)
		}
	}
	joined := strings.Join(elements, rows.ElementSeparator)
	if strings.HasPrefix(joined, "[") {
		return string(raw) // would be read as JSON
	}
	return joined
}
