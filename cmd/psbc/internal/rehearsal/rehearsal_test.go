package rehearsal_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rehearsal"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rows"
)

const now = "2026-01-01T00:00:00.000000000Z"

func dwellings() registry.Register {
	return registry.Register{
		V: registry.SchemaVersion, Steward: "CTIEMSP", Version: 1, SchemaVersion: 1, ClaimedTime: now, TxID: "tx-1", RequestID: "request-0001",
		Definition: registry.Definition{
			ID: "dwellings", Titles: registry.Titles{En: "Dwellings"}, IDs: registry.IDRule{Mint: "D-{8}"},
			Unique: []string{"plot"}, Indexed: []string{"city"},
			Schema: json.RawMessage(`{"type":"object","properties":{"plot":{"type":"integer"},"city":{"type":"string"}},"required":["plot"],"additionalProperties":false}`),
		},
	}
}

func row(file string, number int, id, data string) rows.Row {
	return rows.Row{File: file, Number: number, Line: number + 1, Item: registry.Item{ID: id, Data: json.RawMessage(data)}}
}

func TestRowsAreJudgedByTheRegisterAndAgainstEachOther(t *testing.T) {
	r, err := rehearsal.New([]registry.Register{dwellings()}, "CTIEMSP", now)
	require.NoError(t, err)
	for _, tc := range []struct {
		row           rows.Row
		code          fault.Code
		pointer, want string
	}{
		{row: row("a", 1, "D-1", `{"plot":1,"city":"Esch"}`)},
		{row: row("a", 2, "", `{"plot":2,"city":"Esch"}`)},
		{row: row("a", 3, "", `{"plot":3}`)},
		{row("a", 4, "D-1", `{"plot":4}`), fault.AlreadyExists, "", "the id is that of row 1 already"},
		{row("a", 5, "D-5", `{"plot":2}`), fault.AlreadyExists, "/plot", "the value is that of row 2 already, and has to be unique"},
		{row("b", 1, "D-6", `{"plot":1}`), fault.AlreadyExists, "/plot", "the value is that of row 1 of a already, and has to be unique"},
		{row("b", 2, "D-7", `{"plot":"7"}`), fault.InvalidArgument, "/plot", "is a text, not a whole number"},
		{row("b", 3, "D-8", `{"plot":8,"town":"Esch"}`), fault.InvalidArgument, "/town", ""},
		{row("b", 4, "no id", `{"plot":9}`), fault.InvalidArgument, "", "id"},
		{row: row("b", 5, "D-9", `{"plot":9}`)},
	} {
		faults, err := r.Judge(tc.row)
		require.NoError(t, err)
		name := fmt.Sprintf("%s, row %d", tc.row.File, tc.row.Number)
		if tc.code == "" {
			require.Empty(t, faults, name)
			continue
		}
		require.Len(t, faults, 1, name)
		require.Equal(t, tc.code, faults[0].Code, name)
		require.Equal(t, tc.pointer, faults[0].Pointer, name)
		require.Contains(t, faults[0].Message, tc.want, name)
		require.Equal(t, tc.row.Number, faults[0].Row)
		require.Equal(t, tc.row.Line, faults[0].Line)
		require.Equal(t, tc.row.File, faults[0].File)
	}
}

func TestWhatIsWrongWhateverTheRowsIsAnError(t *testing.T) {
	r, err := rehearsal.New([]registry.Register{dwellings()}, "SIGIMSP", now)
	require.NoError(t, err)
	_, err = r.Judge(row("a", 1, "D-1", `{"plot":1}`))
	require.Equal(t, fault.PermissionDenied, fault.CodeOf(err))

	approved := dwellings()
	approved.Writers, approved.Approvals = []string{"CTIEMSP", "SIGIMSP"}, 1
	r, err = rehearsal.New([]registry.Register{approved}, "CTIEMSP", now)
	require.NoError(t, err)
	_, err = r.Judge(row("a", 1, "D-1", `{"plot":1}`))
	require.Equal(t, fault.FailedPrecondition, fault.CodeOf(err))
}

func TestThePresentSchemaJudges(t *testing.T) {
	first, retitled, second := dwellings(), dwellings(), dwellings()
	retitled.Version = 2
	second.Version, second.SchemaVersion, second.Upgrade = 3, 2, &registry.Upgrade{Rename: []registry.Rename{{From: "city", To: "town"}}}
	second.Indexed = nil
	second.Schema = json.RawMessage(`{"type":"object","properties":{"plot":{"type":"integer"},"town":{"type":"string"}},"additionalProperties":false}`)
	r, err := rehearsal.New([]registry.Register{first, retitled, second}, "CTIEMSP", now)
	require.NoError(t, err)
	faults, err := r.Judge(row("a", 1, "D-1", `{"plot":1,"town":"Esch"}`))
	require.NoError(t, err)
	require.Empty(t, faults)
	faults, err = r.Judge(row("a", 2, "D-2", `{"plot":2,"city":"Esch"}`))
	require.NoError(t, err)
	require.Len(t, faults, 1)
}

func TestARegisterWithoutAHistoryCannotBeRehearsed(t *testing.T) {
	_, err := rehearsal.New(nil, "CTIEMSP", now)
	require.Error(t, err)
}

func BenchmarkJudge(b *testing.B) {
	r, err := rehearsal.New([]registry.Register{dwellings()}, "CTIEMSP", now)
	require.NoError(b, err)
	for i := 0; b.Loop(); i++ {
		_, err := r.Judge(row("a", i, fmt.Sprintf("D-%d", i), fmt.Sprintf(`{"plot":%d,"city":"Esch"}`, i)))
		require.NoError(b, err)
	}
}
