package rows

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// builder makes items of named values, whatever format they come from.
type builder struct {
	shape   *Shape
	options Options
	id      string // name of the column that holds the id
	data    bool   // an object with a member "data" is an item, not data
}

func newBuilder(shape *Shape, options Options) *builder {
	_, idIsField := shape.fields["id"]
	_, dataIsField := shape.fields["data"]
	b := &builder{shape: shape, options: options, id: options.IDColumn, data: !dataIsField}
	if b.id == "" && !idIsField {
		b.id = "id"
	}
	return b
}

// field returns the field that a column or member is meant for, "" for none.
func (b *builder) field(name string) string {
	if field, mapped := b.options.Fields[name]; mapped {
		return field
	}
	return name
}

// row starts a row with what the options say of all.
func (b *builder) row(number, line int) Row {
	row := Row{Number: number, Line: line}
	row.Item.Effective, row.Item.Draft = b.options.Effective, b.options.Draft
	return row
}

// fromObject makes an item of a JSON object: of data with the id among it, or of
// {"id", "effective", "draft", "data"}.
func (b *builder) fromObject(row *Row, raw []byte) error {
	members, err := split(raw)
	if err != nil {
		return invalidf("", "%s", err)
	}
	if b.data && has(members, "data") {
		return b.fromItem(row, members)
	}
	var data []member
	for _, m := range members {
		if m.name == b.id {
			if err := readText(&row.Item.ID, m); err != nil {
				return err
			}
		}
		if m.name != "" && m.name == b.options.EffectiveColumn {
			if err := readEffective(row, m); err != nil {
				return err
			}
		}
		if field := b.dataField(m.name); field != "" {
			data = append(data, member{field, m.value})
		}
	}
	row.Item.Data = object(data)
	return nil
}

// dataField returns the field of the data that a column or member becomes, "" for
// none. What holds the id or the effective time becomes data only where the
// schema has a field for it as well.
func (b *builder) dataField(name string) string {
	field := b.field(name)
	if name == b.id || name == b.options.EffectiveColumn {
		if _, known := b.shape.fields[field]; !known {
			return ""
		}
	}
	return field
}

func readEffective(row *Row, m member) error {
	var given string
	if err := readText(&given, m); err != nil {
		return err
	}
	var err error
	if row.Item.Effective, err = effective(given); err != nil {
		return invalidf(Pointer(m.name), "%s", err)
	}
	return nil
}

// fromItem reads an object that says more of a record than its data. What else an
// exported record has is refused: an import could not keep it.
func (b *builder) fromItem(row *Row, members []member) error {
	seen := map[string]bool{}
	for _, m := range members {
		if seen[m.name] {
			return invalidf("", "%q stands twice", clip(m.name))
		}
		seen[m.name] = true
		var err error
		switch m.name {
		case "id":
			err = readText(&row.Item.ID, m)
		case "effective":
			err = readEffective(row, m)
		case "draft":
			if row.Item.Draft = string(m.value) == "true"; !row.Item.Draft && string(m.value) != "false" {
				err = errors.New("draft is neither true nor false")
			}
		case "data":
			row.Item.Data, err = b.renamed(m.value)
		default:
			err = fmt.Errorf("%q is not one of id, effective, draft and data", clip(m.name))
		}
		if err != nil {
			return invalidf("", "%s", plain(err))
		}
	}
	return nil
}

// renamed applies the map of fields to the data of an item.
func (b *builder) renamed(raw json.RawMessage) (json.RawMessage, error) {
	members, err := split(raw)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	var data []member
	for _, m := range members {
		if field := b.field(m.name); field != "" {
			data = append(data, member{field, m.value})
		}
	}
	return object(data), nil
}

// plain drops the place from a fault, which the fault around it gives.
func plain(err error) string {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.Message
	}
	return err.Error()
}

// split returns the members of a JSON object, in their order, duplicates included.
func split(raw []byte) ([]member, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	start, err := decoder.Token()
	if err != nil {
		return nil, notJSON(err)
	}
	if start != json.Delim('{') {
		return nil, errors.New("is not a JSON object")
	}
	var members []member
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, notJSON(err)
		}
		m := member{}
		m.name, _ = name.(string) // the decoder admits nothing else here
		if err := decoder.Decode(&m.value); err != nil {
			return nil, notJSON(err)
		}
		members = append(members, m)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, notJSON(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("has text after the JSON object")
	}
	return members, nil
}

// notJSON words the errors of encoding/json.
func notJSON(err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("is not JSON (at byte %d)", syntax.Offset)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("is incomplete JSON")
	}
	return fmt.Errorf("is not JSON: %w", err)
}

func has(members []member, name string) bool {
	for _, m := range members {
		if m.name == name {
			return true
		}
	}
	return false
}

// readText reads a member that has to be text, once.
func readText(into *string, m member) error {
	if *into != "" {
		return invalidf("", "%q stands twice", clip(m.name))
	}
	if !strings.HasPrefix(string(m.value), `"`) {
		return invalidf(Pointer(m.name), "is not text")
	}
	if err := json.Unmarshal(m.value, into); err != nil {
		return invalidf(Pointer(m.name), "is not text")
	}
	return nil
}

// effective reads a time or a date, which is from its start in UTC. The register
// checks the rest.
func effective(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		return day.Format(time.RFC3339), nil
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return "", fmt.Errorf("%q is neither an RFC 3339 time nor a date such as 2027-01-31", clip(s))
	}
	return at.UTC().Format(time.RFC3339Nano), nil
}
