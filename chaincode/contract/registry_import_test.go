package contract_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

func TestAnImportCreatesAThousandRecords(t *testing.T) {
	w := newRegistry(t)
	request := importOf("all")
	for i := range registry.MaxBatch {
		request.Items = append(request.Items, registry.Item{Data: parcel([]string{"Esch", "Wiltz"}[i%2], fmt.Sprint("1/", i))})
	}
	result := answer[registry.ImportResult](w.registrar(ctie), "Import", request)
	require.Len(t, result.IDs, registry.MaxBatch)
	require.Equal(t, ctie, result.Owner)
	event := w.requireEvent(registry.EventRecords)
	require.Equal(t, result.IDs, event.IDs)
	require.Equal(t, registry.OpCreate, event.Operation)
	require.Equal(t, 1, event.Version)

	record := w.reader(audit).view(dwellings, result.IDs[999]).Record
	require.Equal(t, result.TxID, record.TxID)
	require.JSONEq(t, string(request.Items[999].Data), string(record.Data))
	require.Len(t, w.reader(audit).ids(t, "List", 300, registry.FindRequest{}), registry.MaxBatch)

	t.Run("repeated, it answers the same and writes nothing", func(t *testing.T) {
		state := w.State()
		require.Equal(t, result, answer[registry.ImportResult](w.registrar(ctie), "Import", request))
		require.Equal(t, state, w.State())
		require.Empty(t, w.Events(w.Height()-1))
		require.Empty(t, shown[registry.ImportReport](w.reader(ctie), "CheckImport", request).Faults)
	})
	t.Run("with one row more it is another request", func(t *testing.T) {
		other := request
		other.Items = request.Items[:1]
		for _, function := range []string{"Import"} {
			_, err := w.registrar(ctie).submit(function, other)
			requireRefused(t, fault.AlreadyExists, err)
		}
		requireRefused(t, fault.AlreadyExists, w.reader(ctie).evaluate("CheckImport", other, &struct{}{}))
	})
}

func TestAnImportIsAllOrNothing(t *testing.T) {
	w := newRegistry(t)
	w.registrar(ctie).changed("Create", create("d1", parcel("Esch", "1/1")))
	good := registry.Item{ID: "good", Data: parcel("Esch", "9/9")}
	item := func(id, data string) registry.Item { return registry.Item{ID: id, Data: []byte(data)} }
	for name, tc := range map[string]struct {
		items  []registry.Item
		code   fault.Code
		error  string
		faults []registry.RowFault // without their messages
	}{
		"a row is not as the schema says": {
			[]registry.Item{good, item("a", `{"commune":"Esch","rooms":1,"address":{"zip":4}}`)}, fault.InvalidArgument, "INVALID_ARGUMENT: row 1 /address/zip: ",
			[]registry.RowFault{{Row: 1, ID: "a", Code: "INVALID_ARGUMENT", Pointer: "/address/zip"}},
		},
		"several rows are wrong": {
			[]registry.Item{item("a", `{"commune":"Esch"}`), good, item("b", `{"commune":"Esch","rooms":0}`), item("d1", `{"commune":"Esch","rooms":1}`)},
			fault.InvalidArgument, "(and 2 more rows are wrong: CheckImport reports them)",
			[]registry.RowFault{{Row: 0, ID: "a", Code: "INVALID_ARGUMENT", Pointer: "/rooms"}, {Row: 2, ID: "b", Code: "INVALID_ARGUMENT", Pointer: "/rooms"}, {Row: 3, ID: "d1", Code: "ALREADY_EXISTS"}},
		},
		"a unique value occurs twice": {
			[]registry.Item{good, item("a", `{"commune":"Esch","rooms":1,"parcel":"9/9"}`)}, fault.InvalidArgument, "INVALID_ARGUMENT: row 1 /parcel: ",
			[]registry.RowFault{{Row: 1, ID: "a", Code: "INVALID_ARGUMENT", Pointer: "/parcel"}},
		},
		"a unique value is another record's": {
			[]registry.Item{item("a", `{"commune":"Esch","rooms":1,"parcel":"1/1"}`), good}, fault.AlreadyExists, "ALREADY_EXISTS: row 0 /parcel: ",
			[]registry.RowFault{{Row: 0, ID: "a", Code: "ALREADY_EXISTS", Pointer: "/parcel"}},
		},
		"a reference leads nowhere": {
			[]registry.Item{good, item("a", `{"commune":"Esch","rooms":1,"owners":["o1","o2"]}`)}, fault.NotFound, "NOT_FOUND: row 1 /owners/0: ",
			[]registry.RowFault{{Row: 1, ID: "a", Code: "NOT_FOUND", Pointer: "/owners/0"}, {Row: 1, ID: "a", Code: "NOT_FOUND", Pointer: "/owners/1"}},
		},
		"private fields are not there": {
			[]registry.Item{good, {ID: "a", Data: dwelling("Esch", 1), PrivateHash: strings.Repeat("a", 64)}}, fault.FailedPrecondition, "FAILED_PRECONDITION: row 1: privateHash: ",
			[]registry.RowFault{{Row: 1, ID: "a", Code: "FAILED_PRECONDITION"}, {Row: 1, ID: "a", Code: "FAILED_PRECONDITION"}},
		},
		"an id occurs twice": {
			[]registry.Item{good, item("good", `{"commune":"Esch","rooms":1}`)}, fault.InvalidArgument, "INVALID_ARGUMENT: row 1: id: ",
			[]registry.RowFault{{Row: 1, ID: "good", Code: "INVALID_ARGUMENT"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			request := importOf("x", tc.items...)
			err := w.requireNothingWritten(func() error { _, err := w.registrar(ctie).submit("Import", request); return err })
			requireRefused(t, tc.code, err)
			require.ErrorContains(t, err, tc.error)

			report := shown[registry.ImportReport](w.registrar(ctie), "CheckImport", request)
			require.Equal(t, len(tc.items), report.Rows)
			for i := range report.Faults {
				require.NotEmpty(t, report.Faults[i].Message)
				report.Faults[i].Message = ""
			}
			require.Equal(t, tc.faults, report.Faults)
		})
	}
	t.Run("and nothing stands in the way of a sound one", func(t *testing.T) {
		report := shown[registry.ImportReport](w.registrar(ctie), "CheckImport", importOf("x", good))
		require.Equal(t, registry.ImportReport{V: 1, Rows: 1, Faults: []registry.RowFault{}}, report)
	})
}

func TestRowsMayReferToRowsBeforeThem(t *testing.T) {
	w := newRegistry(t, func(d *registry.Definition) {
		d.References = []registry.Reference{{Field: "owners", Register: dwellings}}
	})
	item := func(id, owners string) registry.Item {
		return registry.Item{ID: id, Data: fmt.Appendf(nil, `{"commune":"Esch","rooms":1,"owners":[%q]}`, owners)}
	}
	house := registry.Item{ID: "house", Data: dwelling("Esch", 1)}
	_, err := w.registrar(ctie).submit("Import", importOf("wrong", item("flat", "house"), house))
	requireRefused(t, fault.NotFound, err)
	answer[registry.ImportResult](w.registrar(ctie), "Import", importOf("right", house, item("flat", "house")))
}

func TestAnImportConflictsOnlyWithWhatItShares(t *testing.T) {
	w := newRegistry(t)
	batchOf := func(name string) registry.ImportRequest {
		request := importOf(name)
		for i := range 50 {
			request.Items = append(request.Items, registry.Item{ID: fmt.Sprint(name, i), Data: parcel("Esch", fmt.Sprint(len(name), "/", i))})
		}
		return request
	}
	a, b := w.registrar(ctie).mustEndorse("Import", batchOf("a")), w.registrar(sigi).mustEndorse("Import", batchOf("bb"))
	c := w.registrar(sigi).mustEndorse("Import", batchOf("c")) // its parcels are those of a
	require.Equal(t, codes(valid, valid, conflict), w.Commit(a, b, c))
}

func BenchmarkImport(b *testing.B) {
	w := newRegistry(b)
	for i := range b.N {
		request := importOf(fmt.Sprint("b", i))
		for j := range registry.MaxBatch {
			request.Items = append(request.Items, registry.Item{Data: parcel("Esch", fmt.Sprint(i, "/", j))})
		}
		_, err := w.registrar(ctie).client.Endorse("Import", text(b, request))
		require.NoError(b, err)
	}
}
