package export_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/export"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rows"
)

func record(id, data string) registry.Record {
	return registry.Record{
		ID: id, Version: 2, Status: registry.StatusActive, Owner: "CTIEMSP", Data: json.RawMessage(data),
		Effective: "2020-01-01T00:00:00.000000000Z", ClaimedTime: "2021-01-01T00:00:00.000000000Z",
	}
}

func TestASheetHasAColumnForEachField(t *testing.T) {
	var out bytes.Buffer
	sheet, err := export.NewSheet(&out, []string{"rooms", "street", "uses"}, false)
	require.NoError(t, err)
	require.NoError(t, sheet.Write(record("A", `{"rooms":3,"street":"1, rue \"x\"","uses":["a","b"]}`)))
	require.NoError(t, sheet.Write(record("B", `{"rooms":null}`)))
	require.ErrorContains(t, sheet.Write(record("C", `{"z":1,"y":1}`)), `C has the member "y"`)
	require.NoError(t, sheet.Flush())
	require.Equal(t, `id,rooms,street,uses,_version,_status,_owner,_effective,_claimedTime
A,3,"1, rue ""x""",a;b,2,active,CTIEMSP,2020-01-01T00:00:00.000000000Z,2021-01-01T00:00:00.000000000Z
B,,,,2,active,CTIEMSP,2020-01-01T00:00:00.000000000Z,2021-01-01T00:00:00.000000000Z
`, out.String())
}

func TestAnOpenSheetKeepsWhatHasNoColumn(t *testing.T) {
	var out bytes.Buffer
	sheet, err := export.NewSheet(&out, []string{"id"}, true)
	require.NoError(t, err)
	require.NoError(t, sheet.Write(record("A", `{"id":7,"b":1,"a":"x"}`)))
	require.NoError(t, sheet.Flush())
	lines, err := csv.NewReader(&out).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"_id", "id", "_version", "_status", "_owner", "_effective", "_claimedTime", "_other"}, lines[0])
	require.Equal(t, "7", lines[1][1])
	require.Equal(t, `{"a":"x","b":1}`, lines[1][7])
}

// TestACellIsReadBackAsTheValueItWasWrittenFor is the law that ties export to import.
func TestACellIsReadBackAsTheValueItWasWrittenFor(t *testing.T) {
	shape, err := rows.NewShape(registry.Definition{Schema: json.RawMessage(`{"properties":{
		"integer":{"type":"integer"},"boolean":{"type":"boolean"},"string":{"type":"string"},
		"strings":{"type":"array","items":{"type":"string"}},"integers":{"type":"array","items":{"type":"integer"}},
		"object":{"type":"object"}}}`)})
	require.NoError(t, err)
	word := rapid.StringMatching(`[ a-zé;"\[\]{}0-9]{1,8}`)
	rapid.Check(t, func(t *rapid.T) {
		values := map[string]any{
			"integer": rapid.Int32().Draw(t, "integer"), "boolean": rapid.Bool().Draw(t, "boolean"), "string": word.Draw(t, "string"),
			"strings":  rapid.SliceOfN(word, 1, 4).Draw(t, "strings"),
			"integers": rapid.SliceOfN(rapid.Int32(), 1, 4).Draw(t, "integers"),
			"object":   map[string]string{"a": word.Draw(t, "object")},
		}
		for _, field := range shape.Fields() {
			raw, err := json.Marshal(values[field])
			require.NoError(t, err)
			back, err := shape.Convert(field, export.Cell(raw))
			require.NoError(t, err, "%s: %s", field, export.Cell(raw))
			require.JSONEq(t, string(raw), string(back), field)
		}
	})
}

func TestAFileAppearsWhenItIsComplete(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.jsonl")
	require.NoError(t, os.WriteFile(path, []byte("before"), 0o600))

	failed, err := export.CreateFile(path)
	require.NoError(t, err)
	fmt.Fprintln(failed, "half")
	failed.Abort()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "before", string(content))

	f, err := export.CreateFile(path)
	require.NoError(t, err)
	_, err = f.Write([]byte("abc\ndef\n"))
	require.NoError(t, err)
	sum, err := f.Commit()
	require.NoError(t, err)
	f.Abort()
	require.Equal(t, "924d391c158a46409fdff363063d718ea0bc00b14556f129984942af91233bbe", sum)
	content, err = os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "abc\ndef\n", string(content))
	beside, err := os.ReadFile(path + ".sha256")
	require.NoError(t, err)
	require.Equal(t, sum+"  out.jsonl\n", string(beside))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2, "nothing else is left")

	_, err = export.CreateFile(filepath.Join(dir, "nowhere", "x"))
	require.ErrorContains(t, err, "create")
}

func FuzzCell(f *testing.F) {
	for _, seed := range []string{`"a"`, `1.50`, `["a","b;c"]`, `[[1]]`, `{"a":1}`, `null`, `[]`, `[""]`, `["[1"]`, "0        ", "[\"\xff\"]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if !json.Valid([]byte(raw)) {
			return
		}
		cell := export.Cell(json.RawMessage(raw))
		require.Equal(t, cell, export.Cell(json.RawMessage(" \r\n\t"+raw+"\n ")), "whitespace around a value means nothing")
		// A byte that is no UTF-8 becomes U+FFFD, which takes three.
		require.LessOrEqual(t, len(cell), 3*len(strings.TrimSpace(raw)))
	})
}
