package rows_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rows"
)

// dwelling has a field of every kind that a cell can be.
const dwelling = `{
  "type": "object",
  "$defs": {"year": {"type": "integer"}, "loop": {"$ref": "#/$defs/loop"}},
  "properties": {
    "street": {"type": "string"},
    "rooms": {"type": ["integer", "null"]},
    "surface": {"type": "number"},
    "listed": {"type": "boolean"},
    "built": {"$ref": "#/$defs/year"},
    "uses": {"type": "array", "items": {"type": "string"}},
    "floors": {"type": "array", "items": {"type": "integer"}},
    "place": {"type": "object"},
    "lot": {"type": ["integer", "string"]},
    "energy": {"enum": ["A", "B"]},
    "grade": {"enum": [1, 2]},
    "either": {"anyOf": [{"type": "boolean"}, {"type": "integer"}]},
    "circle": {"$ref": "#/$defs/loop"},
    "owner": {"type": "string"}
  },
  "additionalProperties": false
}`

func shapeOf(t require.TestingT, schema string, private ...string) *rows.Shape {
	definition := registry.Definition{Schema: json.RawMessage(schema)}
	if len(private) > 0 {
		definition.Private = &registry.Private{Fields: private}
	}
	shape, err := rows.NewShape(definition)
	require.NoError(t, err)
	return shape
}

// read returns the items as JSON, the faults, and the error that ended reading.
func read(t testing.TB, format rows.Format, shape *rows.Shape, options rows.Options, content string) (items, faults []string, failed error) {
	t.Helper()
	for row, err := range rows.Read(strings.NewReader(content), format, shape, options) {
		if fault, ok := errors.AsType[*rows.Fault](err); ok {
			require.Equal(t, row.Number, fault.Row)
			faults = append(faults, fault.Error())
			continue
		}
		if err != nil {
			require.NoError(t, failed, "an error is yielded last")
			failed = err
			continue
		}
		require.NoError(t, failed)
		encoded, err := json.Marshal(row.Item)
		require.NoError(t, err)
		items = append(items, string(encoded))
	}
	return items, faults, failed
}

func TestCellsBecomeValuesOfTheTypeOfTheirField(t *testing.T) {
	shape := shapeOf(t, dwelling)
	for name, tc := range map[string]struct{ field, cell, want string }{
		"text is as it is":                             {"street", " 1, rue de la Loi ", `" 1, rue de la Loi "`},
		"text that looks like a number is text":        {"street", "007", `"007"`},
		"text is composed":                             {"street", "Re\u0301gime", `"Régime"`},
		"an integer, with spaces around it":            {"rooms", " -12 ", `-12`},
		"a number":                                     {"surface", "81.50", `81.50`},
		"an integer where a number may be":             {"surface", "81", `81`},
		"a truth in any case":                          {"listed", "TRUE", `true`},
		"by reference":                                 {"built", "1907", `1907`},
		"a list":                                       {"uses", "housing; office", `["housing","office"]`},
		"a list of one":                                {"uses", "housing", `["housing"]`},
		"a list of numbers":                            {"floors", "1;2", `[1,2]`},
		"a list written as JSON":                       {"uses", `["a;b"]`, `["a;b"]`},
		"an object written as JSON":                    {"place", `{"zip":"L-1111"}`, `{"zip":"L-1111"}`},
		"the narrowest type that fits":                 {"lot", "12", `12`},
		"text where no narrower type fits":             {"lot", "12b", `"12b"`},
		"the type of listed texts":                     {"energy", "A", `"A"`},
		"the type of listed numbers":                   {"grade", "2", `2`},
		"one of several schemas":                       {"either", "false", `false`},
		"a schema that refers to itself gives no type": {"circle", "1", `"1"`},
		"a field that the schema does not name":        {"other", "1", `"1"`},
	} {
		t.Run(name, func(t *testing.T) {
			value, err := shape.Convert(tc.field, tc.cell)
			require.NoError(t, err)
			require.Equal(t, tc.want, string(value))
		})
	}
}

func TestCellsThatAreNotOfTheirTypeAreRefused(t *testing.T) {
	shape := shapeOf(t, dwelling)
	for name, tc := range map[string]struct{ field, cell, want string }{
		"a fraction for an integer": {"rooms", "1.5", `"1.5" is not an integer`},
		"a comma for a point":       {"surface", "81,5", `"81,5" is not a number`},
		"leading zeros":             {"rooms", "007", `"007" is not an integer`},
		"a plus sign":               {"rooms", "+7", `"+7" is not an integer`},
		"hexadecimal":               {"rooms", "0x1f", `"0x1f" is not an integer`},
		"a truth in French":         {"listed", "oui", `"oui" is not a boolean`},
		"two types, neither":        {"either", "x", `"x" is not a boolean or an integer`},
		"an empty element":          {"uses", "a;;b", `"a;;b" has an empty element between two ";"`},
		"an element of no number":   {"floors", "1;x", `"x" is not an integer`},
		"half an object":            {"place", `{"zip":`, `"{\"zip\":" is not an object`},
		"another encoding":          {"street", "R\xe9gime", `"R\xe9gime" is not UTF-8`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := shape.Convert(tc.field, tc.cell)
			require.EqualError(t, err, tc.want)
		})
	}
}

func TestCSV(t *testing.T) {
	shape := shapeOf(t, dwelling, "owner")
	content := "\ufeffid,street,rooms,listed,note\n" +
		"A-1,\"1, rue\r\nde la Loi\",3,true,x\n" +
		",no id,,,\n" +
		"A-3,x,many,,\n" +
		"A-4,too,few\n" +
		"A-5,last,1,false,y\n"
	items, faults, err := read(t, rows.CSV, shape, rows.Options{Fields: map[string]string{"note": ""}, Draft: true}, content)
	require.NoError(t, err)
	require.Equal(t, []string{
		`{"id":"A-1","draft":true,"data":{"street":"1, rue\nde la Loi","rooms":3,"listed":true}}`,
		`{"draft":true,"data":{"street":"no id"}}`,
		`{"id":"A-5","draft":true,"data":{"street":"last","rooms":1,"listed":false}}`,
	}, items)
	require.Equal(t, []string{
		`row 3, /rooms: "many" is not an integer`,
		`row 4: has 3 cells, and the header 5`,
	}, faults)
}

func TestColumnsAreMappedToFields(t *testing.T) {
	shape := shapeOf(t, dwelling)
	items, faults, err := read(t, rows.CSV, shape, rows.Options{
		Fields:   map[string]string{"Rue": "street", "Pièces": "rooms"},
		IDColumn: "Numéro", EffectiveColumn: "Depuis", Delimiter: ';', Effective: "2001-01-01T00:00:00Z",
	}, "Numéro;Rue;Pièces;Depuis\n1;r;2;2020-02-03\n2;r;2;2020-02-03T01:00:00+01:00\n3;r;2;\n4;r;2;soon\n")
	require.NoError(t, err)
	require.Equal(t, []string{
		`{"id":"1","effective":"2020-02-03T00:00:00Z","data":{"street":"r","rooms":2}}`,
		`{"id":"2","effective":"2020-02-03T00:00:00Z","data":{"street":"r","rooms":2}}`,
		`{"id":"3","effective":"2001-01-01T00:00:00Z","data":{"street":"r","rooms":2}}`,
	}, items)
	require.Equal(t, []string{`row 4, /Depuis: "soon" is neither an RFC 3339 time nor a date such as 2027-01-31`}, faults)
}

func TestAColumnCanBeTheIDAndAField(t *testing.T) {
	items, _, err := read(t, rows.CSV, shapeOf(t, dwelling), rows.Options{IDColumn: "lot"}, "lot\n7\n")
	require.NoError(t, err)
	require.Equal(t, []string{`{"id":"7","data":{"lot":7}}`}, items)

	withID := `{"properties":{"id":{"type":"integer"}}}`
	items, _, err = read(t, rows.CSV, shapeOf(t, withID), rows.Options{}, "id\n7\n")
	require.NoError(t, err)
	require.Equal(t, []string{`{"data":{"id":7}}`}, items, "a field called id is not the record's id unless somebody says so")
}

func TestHeadersThatCannotBeRightEndReading(t *testing.T) {
	shape := shapeOf(t, dwelling, "owner")
	for name, tc := range map[string]struct {
		options rows.Options
		content string
		want    string
	}{
		"nothing at all":                 {rows.Options{}, "", "there is no header"},
		"an unknown field":               {rows.Options{}, "id,stret\n", `the register has no field "stret"; did you mean "street"?; name one with --map "stret=FIELD", or leave the column out with --map "stret="`},
		"a private field":                {rows.Options{}, "id,owner\n", `column "owner" is the private field "owner", which an import cannot carry: leave it out with --map "owner="`},
		"a column without a name":        {rows.Options{}, "id,street,\n", "column 3 has no name"},
		"two columns for one field":      {rows.Options{Fields: map[string]string{"rue": "street"}}, "street,rue\n", `the columns "street" and "rue" are both the field "street"`},
		"a map of a column not there":    {rows.Options{Fields: map[string]string{"rues": "street"}}, "rue\n", `the register has no field "rue"`},
		"an id column that is not there": {rows.Options{IDColumn: "Id"}, "ID,street\n", `the register has no field "ID"`},
		"an id column mistyped":          {rows.Options{IDColumn: "strete"}, "street\n", `there is no column "strete"; did you mean "street"?`},
		"another encoding":               {rows.Options{}, "Num\xe9ro\n", "the header is not UTF-8"},
		"a quote that never ends":        {rows.Options{}, "id,street\n1,\"x\n", "column"},
	} {
		t.Run(name, func(t *testing.T) {
			items, faults, err := read(t, rows.CSV, shape, tc.options, tc.content)
			require.ErrorContains(t, err, tc.want)
			require.Empty(t, items)
			require.Empty(t, faults)
		})
	}
}

func TestJSONLinesAndArraysSayTheSame(t *testing.T) {
	shape := shapeOf(t, dwelling)
	objects := []string{
		`{"id":"A-1","street":"x","rooms":3}`,
		`{"rooms": 4, "street":"y"}`,
		`{"id":"A-3","effective":"2020-01-01","draft":true,"data":{"street":"z","place":{"a":[1, 2]}}}`,
		`{"id":7,"street":"x"}`,
		`["not an object"]`,
		`{"id":"A-6","data":{"street":"x"},"version":3}`,
		`{"id":"A-7","data":{},"draft":"yes"}`,
		`{"id":"A-8","id":"A-9"}`,
		`{"street":"x","street":"y"}`,
	}
	want := []string{
		`{"id":"A-1","data":{"street":"x","rooms":3}}`,
		`{"data":{"rooms":4,"street":"y"}}`,
		`{"id":"A-3","effective":"2020-01-01T00:00:00Z","draft":true,"data":{"street":"z","place":{"a":[1,2]}}}`,
		`{"data":{"street":"x","street":"y"}}`, // for the register to refuse
	}
	wantFaults := []string{
		"row 4, /id: is not text",
		"row 5: is not a JSON object",
		`row 6: "version" is not one of id, effective, draft and data`,
		"row 7: draft is neither true nor false",
		`row 8: "id" stands twice`,
	}
	for format, content := range map[rows.Format]string{
		rows.Lines: "\ufeff" + strings.Join(objects, "\n\n") + "\r\n",
		rows.Array: "\ufeff [" + strings.Join(objects, ",\n") + "] ",
	} {
		t.Run(string(format), func(t *testing.T) {
			items, faults, err := read(t, format, shape, rows.Options{}, content)
			require.NoError(t, err)
			require.Equal(t, want, items)
			require.Equal(t, wantFaults, faults)
		})
	}
}

func TestMembersAreMappedToFields(t *testing.T) {
	items, faults, err := read(t, rows.Lines, shapeOf(t, dwelling), rows.Options{
		Fields: map[string]string{"rue": "street", "note": ""}, IDColumn: "no", EffectiveColumn: "since",
	}, `{"no":"1","rue":"x","note":"n","since":"2020-01-01"}`+"\n"+`{"id":"2","data":{"rue":"y","note":1}}`)
	require.NoError(t, err)
	require.Empty(t, faults)
	require.Equal(t, []string{
		`{"id":"1","effective":"2020-01-01T00:00:00Z","data":{"street":"x"}}`,
		`{"id":"2","data":{"street":"y"}}`,
	}, items)
}

func TestWhatIsNoJSONEndsAnArrayButOnlyALine(t *testing.T) {
	shape := shapeOf(t, `{}`)
	items, faults, err := read(t, rows.Lines, shape, rows.Options{}, "{\"a\":1}\n{a:1}\n{\"a\":2\n{} {}\n{\"a\":3}")
	require.NoError(t, err)
	require.Len(t, items, 2)
	require.Equal(t, []string{"row 2: is not JSON (at byte 1)", "row 3: is incomplete JSON", "row 4: has text after the JSON object"}, faults)

	for content, want := range map[string]string{
		``:            "the JSON array is incomplete",
		`{"a":1}`:     "is not a JSON array; for a JSON object on each line say --format jsonl",
		`[{"a":1}`:    "the JSON array is incomplete",
		`[{"a":1},`:   "the JSON array is incomplete",
		`[{"a":1} x`:  "is not JSON",
		`[{"a":1}] x`: "there is text after the JSON array",
	} {
		_, _, err := read(t, rows.Array, shape, rows.Options{}, content)
		require.ErrorContains(t, err, want, content)
	}
}

// endless is a row that never ends.
type endless struct{ start string }

func (e *endless) Read(p []byte) (int, error) {
	if e.start != "" {
		n := copy(p, e.start)
		e.start = e.start[n:]
		return n, nil
	}
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestAnEndlessRowFailsBeforeItFillsTheMemory(t *testing.T) {
	for format, start := range map[rows.Format]string{rows.CSV: "id\n\"", rows.Lines: `{"a":"`, rows.Array: `[{"a":"`} {
		var failed error
		for _, err := range rows.Read(&endless{start}, format, shapeOf(t, `{}`), rows.Options{}) {
			failed = err
		}
		require.ErrorContains(t, failed, "a row is longer than", format)
	}
}

func TestManyRowsOfAnyLengthPass(t *testing.T) {
	line := `{"a":"` + strings.Repeat("x", 100_000) + "\"}\n"
	n := 0
	for _, err := range rows.Read(io.MultiReader(strings.NewReader(strings.Repeat(line, 50))), rows.Lines, shapeOf(t, `{}`), rows.Options{}) {
		require.NoError(t, err)
		n++
	}
	require.Equal(t, 50, n, "the bound is one row's, not the file's")
}

func TestFormatsAreKnownByName(t *testing.T) {
	for name, want := range map[string]rows.Format{
		"a.csv": rows.CSV, "A.CSV": rows.CSV, "a.tsv": rows.CSV, "x/a.jsonl": rows.Lines, "a.ndjson": rows.Lines, "a.json": rows.Array,
	} {
		format, ok := rows.FormatOf(name)
		require.True(t, ok, name)
		require.Equal(t, want, format, name)
	}
	for _, name := range []string{"", "-", "a.xlsx", "csv"} {
		_, ok := rows.FormatOf(name)
		require.False(t, ok, name)
	}
}

func TestASchemaThatIsNoObjectHasNoShape(t *testing.T) {
	for _, schema := range []string{`true`, `[]`, `{`, ``} {
		_, err := rows.NewShape(registry.Definition{Schema: json.RawMessage(schema)})
		require.Error(t, err, schema)
	}
}

func TestSchemasThatGoInCirclesComeToAnEnd(t *testing.T) {
	for _, schema := range []string{
		`{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/a"}]}},"properties":{"x":{"$ref":"#/$defs/a"}}}`,
		`{"allOf":[{"$ref":"#"},{"$ref":"#"},{"properties":{"x":{"type":"integer"}}}]}`,
	} {
		require.Equal(t, []string{"x"}, shapeOf(t, schema).Fields())
	}
}
