// Package rows reads the files that an import takes: comma-separated values with a
// header, JSON Lines, and JSON arrays. It reads them as streams, so that a file of
// any size needs the memory of one row.
//
// It turns text into JSON, and no more: whether a record is what its register asks
// for is the register's business.
package rows

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// maxRow bounds one row as it stands in a file. A record's data has to fit into
// registry.MaxRecordBytes; white space and escapes may make its text longer.
const maxRow = 4 * registry.MaxRecordBytes

// Row is one record to be created, and where it stands.
type Row struct {
	File   string // that it stands in; empty from Read
	Number int    // in its file, from 1; a header does not count
	Line   int    // at which it begins, from 1; 0 in a JSON array
	Item   registry.Item
}

// Fault is what is wrong with one row. Reading goes on after it.
type Fault struct {
	File    string     `json:"file,omitempty"`
	Row     int        `json:"row"`            // in its file, from 1; a header does not count
	Line    int        `json:"line,omitempty"` // from 1; absent for a JSON array
	ID      string     `json:"id,omitempty"`
	Code    fault.Code `json:"code"`
	Pointer string     `json:"pointer,omitempty"` // JSON pointer (RFC 6901) into the row's data
	Message string     `json:"message"`
}

// FaultOf turns what a register says of a row into a fault of that row. The message
// loses the place that it begins with, which Pointer gives.
func FaultOf(row Row, found registry.RowFault) Fault {
	return Fault{
		File: row.File, Row: row.Number, Line: row.Line, ID: row.Item.ID, Code: fault.Code(found.Code),
		Pointer: found.Pointer, Message: strings.TrimPrefix(found.Message, "data "+found.Pointer+": "),
	}
}

// Error returns the fault with its place.
func (f *Fault) Error() string {
	at := fmt.Sprintf("row %d", f.Row)
	if f.File != "" {
		at = f.File + ", " + at
	}
	if f.Pointer != "" {
		at += ", " + f.Pointer
	}
	return at + ": " + f.Message
}

// Format is how a file is written.
type Format string

// The formats.
const (
	CSV   Format = "csv"   // RFC 4180, with a header
	Lines Format = "jsonl" // a JSON object on each line
	Array Format = "json"  // one JSON array of objects
)

// Formats lists them.
func Formats() []Format { return []Format{CSV, Lines, Array} }

// FormatOf tells the format of a file by its name: .csv, .tsv, .jsonl, .ndjson and
// .json are known.
func FormatOf(name string) (Format, bool) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv", ".tsv":
		return CSV, true
	case ".jsonl", ".ndjson":
		return Lines, true
	case ".json":
		return Array, true
	}
	return "", false
}

// Options say how rows become records.
type Options struct {
	// Fields maps the names of columns, or of members, to those of fields. What it
	// does not name keeps its name; what it maps to "" is left out.
	Fields map[string]string
	// IDColumn holds the record's id. Empty: "id", unless the shape has a field of
	// that name.
	IDColumn string
	// EffectiveColumn holds the time from which the record holds: RFC 3339, or a
	// date, from its start in UTC.
	EffectiveColumn string
	// Delimiter separates the columns of CSV; 0 for a comma.
	Delimiter rune
	// Effective and Draft are those of rows that do not say it themselves.
	Effective string
	Draft     bool
}

// Read returns the rows of in. An error that is a [*Fault] concerns one row, and
// reading goes on after it; any other is yielded last.
func Read(in io.Reader, format Format, shape *Shape, options Options) iter.Seq2[Row, error] {
	builder := newBuilder(shape, options)
	switch format {
	case CSV:
		return readCSV(in, builder)
	case Lines:
		return readLines(in, builder)
	case Array:
		return readArray(in, builder)
	}
	return func(yield func(Row, error) bool) { yield(Row{}, fmt.Errorf("unknown format %q", format)) }
}

// budget bounds what is read for one row, so that a file of one endless row fails
// before it fills the memory.
type budget struct {
	in   io.Reader
	left int
}

func newBudget(in io.Reader) *budget { return &budget{in: in, left: maxRow} }

func (b *budget) reset() { b.left = maxRow }

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("a row is longer than %d bytes", maxRow)
	}
	n, err := b.in.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// member is one name and value of a row.
type member struct {
	name  string
	value json.RawMessage
}

// object writes members as a JSON object, in their order. A name that stands twice
// stays so: the register refuses it with the place.
func object(members []member) json.RawMessage {
	var out strings.Builder
	out.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(text(m.name))
		out.WriteByte(':')
		out.Write(m.value)
	}
	out.WriteByte('}')
	return json.RawMessage(out.String())
}

// text returns s as a JSON text. It is valid UTF-8, so that nothing can be lost.
func text(s string) json.RawMessage {
	encoded, err := json.Marshal(s)
	if err != nil {
		return json.RawMessage(`""`) // cannot happen: a string always has an encoding
	}
	return encoded
}

// Pointer returns the JSON pointer to a member.
func Pointer(name string) string {
	return "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func invalidf(at, format string, args ...any) *Fault {
	return &Fault{Code: fault.InvalidArgument, Pointer: at, Message: fmt.Sprintf(format, args...)}
}

// notUTF8 says so of a text of another encoding, which old exports often have.
func notUTF8(s string) bool { return !utf8.ValidString(s) }
