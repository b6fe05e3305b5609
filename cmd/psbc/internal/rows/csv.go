package rows

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/suggest"
)

// readCSV reads RFC 4180: a header that names the columns, then a row for each
// record. An empty cell is an absent field.
func readCSV(in io.Reader, b *builder) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		bounded := newBudget(in)
		reader := csv.NewReader(bounded)
		reader.ReuseRecord = true
		if b.options.Delimiter != 0 {
			reader.Comma = b.options.Delimiter
		}
		header, err := readHeader(reader, b)
		if err != nil {
			yield(Row{}, err)
			return
		}
		for number := 1; ; number++ {
			bounded.reset()
			cells, err := reader.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil && !errors.Is(err, csv.ErrFieldCount) {
				yield(Row{}, csvError(err))
				return
			}
			line, _ := reader.FieldPos(0)
			row := b.row(number, line)
			if err == nil {
				err = b.fromCells(&row, header, cells)
			} else {
				err = invalidf("", "has %d cells, and the header %d", len(cells), len(header))
			}
			if !yieldRow(yield, row, err) {
				return
			}
		}
	}
}

// yieldRow yields a row, or what is wrong with it. It returns false when reading is
// to stop.
func yieldRow(yield func(Row, error) bool, row Row, err error) bool {
	if f, ok := errors.AsType[*Fault](err); ok {
		f.Row, f.Line, f.ID = row.Number, row.Line, row.Item.ID
	}
	return yield(row, err)
}

// readHeader reads the names of the columns and checks that each means something.
func readHeader(reader *csv.Reader, b *builder) ([]string, error) {
	cells, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("there is no header")
	}
	if err != nil {
		return nil, csvError(err)
	}
	header := make([]string, len(cells))
	targets := map[string]string{}
	for i, cell := range cells {
		name := strings.TrimSpace(cell)
		if i == 0 {
			name = strings.TrimSpace(strings.TrimPrefix(cell, "\ufeff")) // what spreadsheets begin with
		}
		if notUTF8(name) {
			return nil, fmt.Errorf("the header is not UTF-8: convert the file first, for example with iconv -f ISO-8859-1 -t UTF-8")
		}
		header[i] = name
		if err := b.checkColumn(i, name, targets); err != nil {
			return nil, err
		}
	}
	for _, wanted := range []string{b.options.IDColumn, b.options.EffectiveColumn} {
		if wanted != "" && !slices.Contains(header, wanted) {
			return nil, fmt.Errorf("there is no column %q%s", wanted, suggest.DidYouMean(wanted, header))
		}
	}
	for _, column := range slices.Sorted(maps.Keys(b.options.Fields)) {
		if !slices.Contains(header, column) {
			return nil, fmt.Errorf("there is no column %q to map%s", column, suggest.DidYouMean(column, header))
		}
	}
	return header, nil
}

// checkColumn refuses a column that the register cannot hold before any row is
// read: the same fault in each row would help nobody.
func (b *builder) checkColumn(i int, name string, targets map[string]string) error {
	field := b.dataField(name)
	switch {
	case name == "" && field == "":
		return fmt.Errorf("column %d has no name", i+1)
	case field == "":
		return nil
	case b.shape.private[field]:
		return fmt.Errorf("column %q is the private field %q, which an import cannot carry: leave it out with --map %q", name, field, name+"=")
	case targets[field] != "":
		return fmt.Errorf("the columns %q and %q are both the field %q", targets[field], name, field)
	}
	targets[field] = name
	if _, known := b.shape.fields[field]; !known && b.shape.closed {
		return fmt.Errorf("the register has no field %q%s; name one with --map %q, or leave the column out with --map %q",
			field, suggest.DidYouMean(field, b.shape.Fields()), name+"=FIELD", name+"=")
	}
	return nil
}

func (b *builder) fromCells(row *Row, header, cells []string) error {
	data := make([]member, 0, len(cells))
	for i, cell := range cells {
		if strings.TrimSpace(cell) == "" {
			continue
		}
		name := header[i]
		if name == b.id {
			row.Item.ID = strings.TrimSpace(cell)
		}
		if name == b.options.EffectiveColumn {
			var err error
			if row.Item.Effective, err = effective(cell); err != nil {
				return invalidf(Pointer(name), "%s", err)
			}
		}
		field := b.dataField(name)
		if field == "" {
			continue
		}
		value, err := b.shape.Convert(field, cell)
		if err != nil {
			return invalidf(Pointer(field), "%s", err)
		}
		data = append(data, member{field, value})
	}
	row.Item.Data = object(data)
	return nil
}

// csvError words what package csv says, with its place.
func csvError(err error) error {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return fmt.Errorf("line %d, column %d: %w", e.Line, e.Column, e.Err)
	}
	return err
}
