package rows_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/rows"
)

// requireSound reads anything: it ends, rows are numbered from 1 without a gap, and
// what is no fault is JSON.
func requireSound(t *testing.T, format rows.Format, content []byte) {
	number := 0
	for row, err := range rows.Read(bytes.NewReader(content), format, shapeOf(t, dwelling, "owner"), rows.Options{}) {
		if _, fault := errors.AsType[*rows.Fault](err); err != nil && !fault {
			return
		}
		number++
		require.Equal(t, number, row.Number)
		if err == nil {
			require.True(t, json.Valid(row.Item.Data), "%q", row.Item.Data)
		}
	}
}

func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"id,street\n1,x\n", "\ufeffid;street\r\n1;\"a\nb\"\n", "rooms,uses\n1,a;b\n", "place\n\"{\"\"a\"\":1}\"\n", "id\n\"", "id\n\xff\n", "id,id\n1,2\n", "\n\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) { requireSound(t, rows.CSV, content) })
}

func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`[{"id":"1","street":"x"}]`, `[{"id":"1","data":{"street":"x"},"draft":true}]`, `[1,"x",null,[]]`, `[{"a":1},`, `{"id":"\ud800"}`, `[{"data":null}]`, "{}\n{}\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		requireSound(t, rows.Array, content)
		requireSound(t, rows.Lines, content)
	})
}

func FuzzShape(f *testing.F) {
	for _, seed := range []string{dwelling, `{"properties":{"a":{"$ref":"#"}}}`, `{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}}`, `{"allOf":[{"properties":{"a":true}}]}`} {
		f.Add(seed, "12")
	}
	f.Fuzz(func(t *testing.T, schema, cell string) {
		if !json.Valid([]byte(schema)) || !strings.HasPrefix(strings.TrimSpace(schema), "{") {
			return
		}
		shape := shapeOf(t, schema)
		for _, field := range shape.Fields() {
			if value, err := shape.Convert(field, cell); err == nil {
				require.True(t, json.Valid(value), "%q", value)
			}
		}
	})
}
