package registry_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

func importOf(items ...registry.Item) registry.ImportRequest {
	return registry.ImportRequest{RequestID: requestID, Register: "dwellings", Items: items}
}

func TestAnImportIsReportedRowByRow(t *testing.T) {
	rules := rulesOf(t, open())
	draft := item("DWL-3", data("123A-3"))
	draft.Draft = true
	bad := item("DWL-4", data("123A-4"))
	bad.Effective = "tomorrow"
	q := importOf(
		item("DWL-0", data("123A-0")),
		item("DWL 1", data("123A-1")),
		item("DWL-0", data("123A-2")),
		draft,
		bad,
		item("DWL-5", data("123A-0")),
		item("DWL-6", `{"cadastre":"123A-6","commune":"Esch","parts":["DWL-0","DWL-3"]}`),
		item("DWL-7", `{"cadastre":"123A-7","commune":"Esch","parts":["DWL-8"]}`), // listed later: looked up in the ledger
		item("DWL-8", `{"cadastre":"123A-8","commune":"Esch","parts":["DWL-4","DWL-0"],"building":"B1"}`),
		item("DWL-9", `{"cadastre":7}`),
		item("", data("123A-10")),
		item("DWL-11", `{"cadastre":"123A-11","commune":"Esch","building":"DWL-0"}`), // of another register
	)
	require.NoError(t, q.Validate())
	plan, faults, err := rules.PlanImport(ctie, q, txOf(1))
	require.NoError(t, err)
	want := []registry.RowFault{
		{1, "DWL 1", "INVALID_ARGUMENT", "", `id: "DWL 1" is not an id: ASCII letters and digits, and . _ - but not first`},
		{2, "DWL-0", "INVALID_ARGUMENT", "", "id: DWL-0 is the id of row 0 too"},
		{4, "DWL-4", "INVALID_ARGUMENT", "", `effective: "tomorrow" is not an RFC 3339 time in UTC such as 2026-11-22T09:30:00Z`},
		{5, "DWL-5", "INVALID_ARGUMENT", "/cadastre", "data /cadastre: has the unique value of row 0"},
		{6, "DWL-6", "FAILED_PRECONDITION", "/parts/1", "data /parts/1: refers to row 3, which is a draft"},
		{9, "DWL-9", "INVALID_ARGUMENT", "/cadastre", "data /cadastre: is a number, not a text"},
	}
	require.Equal(t, want, faults)
	require.Equal(t, []registry.Name{{"dwellings", "DWL-8"}, {"buildings", "B1"}, {"buildings", "DWL-0"}}, plan.Needs().References)

	found := everything(plan)
	found.References[0] = nil
	found.Holders[len(found.Holders)-1] = "DWL-old"
	existing := make([]*registry.Record, len(plan.IDs()))
	existing[0] = &registry.Record{ID: "DWL-0", Version: 4}
	changes, faults := plan.Decide(txOf(1), existing, found)
	require.Nil(t, changes, "all or nothing")
	require.Equal(t, []registry.RowFault{
		{0, "DWL-0", "ALREADY_EXISTS", "", "register dwellings has a record DWL-0 already"},
		want[0], want[1], want[2], want[3], want[4],
		{7, "DWL-7", "NOT_FOUND", "/parts/0", "data /parts/0: refers to DWL-8, which register dwellings does not have"},
		want[5],
		{11, "DWL-11", "ALREADY_EXISTS", "/cadastre", "data /cadastre: has the unique value of record DWL-old"},
	}, faults)
}

func TestAnImportIsCarriedOutAsAWhole(t *testing.T) {
	rules := rulesOf(t, open())
	var items []registry.Item
	for i := range registry.MaxBatch {
		items = append(items, item("", fmt.Sprintf(`{"cadastre":"123A-%d","commune":"Esch"}`, i)))
	}
	items[7] = item("DWL-7", `{"cadastre":"123A-7","commune":"Esch","parts":["DWL-6"]}`)
	items[6] = item("DWL-6", data("123A-6"))
	plan, faults, err := rules.PlanImport(ctie, importOf(items...), txOf(1))
	require.NoError(t, err)
	require.Empty(t, faults)
	require.Empty(t, plan.Needs().References, "an earlier row satisfies it")
	require.Len(t, plan.Needs().Unique, registry.MaxBatch)
	changes, faults := plan.Decide(txOf(1), make([]*registry.Record, registry.MaxBatch), everything(plan))
	require.Empty(t, faults)
	require.Len(t, changes, registry.MaxBatch)
	seen := map[string]bool{}
	for i, change := range changes {
		require.Equal(t, plan.IDs()[i], change.Record.ID)
		require.NoError(t, change.Record.Validate())
		require.True(t, change.Created)
		seen[change.Record.ID] = true
	}
	require.Len(t, seen, registry.MaxBatch)

	d := open()
	d.Approvals = 1
	_, _, err = rulesOf(t, d).PlanImport(ctie, importOf(items...), txOf(1))
	require.EqualError(t, err, "FAILED_PRECONDITION: register dwellings asks for approvals, record by record; it cannot be imported into")

	d = open()
	d.Schema = json.RawMessage(`{"anyOf":[` + strings.TrimSuffix(strings.Repeat(`{},`, 9000), ",") + `]}`)
	_, _, err = rulesOf(t, d).PlanImport(ctie, importOf(items[:900]...), txOf(1))
	require.NoError(t, err)
	_, _, err = rulesOf(t, d).PlanImport(ctie, importOf(heavy(900)...), txOf(1))
	requireCode(t, fault.InvalidArgument, err)
	require.ErrorContains(t, err, "than the schema can check in reasonable time; import fewer")
}

// heavy are records of many values each.
func heavy(n int) []registry.Item {
	list := make([]registry.Item, n)
	for i := range list {
		list[i] = item("", fmt.Sprintf(`{"cadastre":"%d","x":[0,0,0,0,0,0,0,0,0,0]}`, i))
	}
	return list
}
