package contract_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/queryresult"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func day(n int) time.Time { return noon.AddDate(0, 0, n) }

func rfc(t time.Time) string { return t.Format(time.RFC3339) }

func TestAsOfSaysWhatHeldAndWhoWasEntitled(t *testing.T) {
	w := newEmptyRegistry(t)
	steward := w.registrar(ctie)
	answer[registry.Register](steward.with(ledgertest.At(day(0))), "CreateRegister", registry.CreateRegisterRequest{RequestID: id("define"), Definition: dwellingRegister()})
	made := create("d1", dwelling("Esch", 1))
	made.Effective = rfc(day(1))
	w.registrar(sigi).with(ledgertest.At(day(2))).changed("Create", made)
	corrected := amend("d1", 1, `{"rooms":2}`)
	corrected.Effective = rfc(day(3))
	w.registrar(sigi).with(ledgertest.At(day(10))).changed("Amend", corrected)
	narrow := dwellingRegister(func(d *registry.Definition) { d.Writers = []string{ctie} })
	answer[registry.Register](steward.with(ledgertest.At(day(20))), "AmendRegister", registry.AmendRegisterRequest{RequestID: id("amend"), Base: 1, Definition: narrow})

	for name, tc := range map[string]struct {
		at, known  string
		version    int
		entitledAt bool
		register   int
	}{
		"before it was written, as we know now":      {rfc(day(1)), "", 1, true, 1},
		"after the correction took effect":           {rfc(day(4)), "", 2, true, 1},
		"the same day, as it was known then":         {rfc(day(4)), rfc(day(9)), 1, true, 1},
		"after its writer lost the right":            {rfc(day(21)), "", 2, false, 2},
		"the very moment at which a change holds":    {rfc(day(3)), "", 2, true, 1},
		"a moment before, to the nanosecond":         {day(3).Add(-1).Format(time.RFC3339Nano), "", 1, true, 1},
		"long after, as it was known on the day 2":   {rfc(day(400)), rfc(day(2)), 1, false, 2},
		"the day the register was made is too early": {rfc(day(0)), "", 0, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			request := registry.AsOfRequest{Register: dwellings, ID: "d1", At: tc.at, Known: tc.known}
			if tc.version == 0 {
				requireRefused(t, fault.NotFound, w.reader(audit).evaluate("AsOf", request, &struct{}{}))
				return
			}
			found := shown[registry.AsOf](w.reader(audit), "AsOf", request)
			require.Equal(t, tc.version, found.Record.Version)
			require.True(t, found.Entitled)
			require.Equal(t, tc.entitledAt, found.EntitledAt)
			require.Equal(t, tc.register, found.Register.Version)
		})
	}
}

// As of any time is what a replay of the history up to it comes to.
func TestAsOfAnyTimeIsAReplayOfTheHistory(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newRegistry(t)
		for i := range rapid.IntRange(1, 8).Draw(rt, "versions") {
			effective := rfc(day(rapid.IntRange(0, 6).Draw(rt, "effective")))
			claimed := w.registrar(ctie).with(ledgertest.At(day(rapid.IntRange(0, 6).Draw(rt, "claimed"))))
			if i == 0 {
				request := create("d1", dwelling("Esch", 1))
				request.Effective = effective
				claimed.changed("Create", request)
				continue
			}
			request := amend("d1", i, fmt.Sprintf(`{"rooms":%d}`, i+1))
			request.Effective = effective
			claimed.changed("Amend", request)
		}
		at, known := day(rapid.IntRange(0, 6).Draw(rt, "at")), day(rapid.IntRange(0, 6).Draw(rt, "known"))
		var want *registry.Record
		for _, version := range shown[registry.History](w.reader(audit), "History", registry.ReadRequest{Register: dwellings, ID: "d1"}).Versions {
			effective, err := time.Parse(time.RFC3339Nano, version.Effective)
			require.NoError(rt, err)
			claimed, err := time.Parse(time.RFC3339Nano, version.ClaimedTime)
			require.NoError(rt, err)
			if !effective.After(at) && !claimed.After(known) {
				want = &version
			}
		}
		var got registry.AsOf
		err := w.reader(audit).evaluate("AsOf", registry.AsOfRequest{Register: dwellings, ID: "d1", At: rfc(at), Known: rfc(known)}, &got)
		if want == nil {
			require.ErrorContains(rt, err, "NOT_FOUND")
			return
		}
		require.NoError(rt, err)
		require.Equal(rt, *want, got.Record)
	})
}

func TestOldRecordsAreReadUnderANewSchema(t *testing.T) {
	w := newRegistry(t)
	w.registrar(ctie).changed("Create", create("d1", []byte(`{"commune":"Esch","rooms":3,"note":"attic","address":{"zip":"L-1"}}`)))
	upgraded := func(base int, from, to string, u registry.Upgrade) {
		t.Helper()
		next := dwellingRegister(func(d *registry.Definition) {
			d.Schema, d.Upgrade = []byte(strings.Replace(dwellingSchema, from, to, 1)), &u
		})
		answer[registry.Register](w.registrar(ctie), "AmendRegister", registry.AmendRegisterRequest{RequestID: id(fmt.Sprint("amend-", base)), Base: base, Definition: next})
	}
	upgraded(1, `"note"`, `"remark"`, registry.Upgrade{
		Rename: []registry.Rename{{From: "note", To: "remark"}}, Remove: []string{"address"},
	})
	upgraded(2, `"note"`, `"heating": {"type": "string"}, "remark"`, registry.Upgrade{
		Default: []registry.Default{{Field: "heating", Value: json.RawMessage(`"unknown"`)}},
	})

	asked := registry.ReadRequest{Register: dwellings, ID: "d1", View: registry.ViewCurrent}
	require.JSONEq(t, `{"commune":"Esch","rooms":3,"note":"attic","address":{"zip":"L-1"}}`, string(w.reader(audit).view(dwellings, "d1").Record.Data))
	view := shown[registry.RecordView](w.reader(audit), "Read", asked).Record
	require.JSONEq(t, `{"commune":"Esch","rooms":3,"remark":"attic","heating":"unknown"}`, string(view.Data))
	require.Equal(t, 3, view.SchemaVersion)

	record := w.registrar(ctie).changed("Amend", amend("d1", 1, `{"rooms":4}`))
	require.JSONEq(t, `{"commune":"Esch","rooms":4,"remark":"attic","heating":"unknown"}`, string(record.Data))
	require.Equal(t, 3, record.SchemaVersion)
	versions := shown[registry.History](w.reader(audit), "History", asked).Versions
	require.Len(t, versions, 2)
	require.JSONEq(t, string(view.Data), string(versions[0].Data))

	_, err := w.registrar(ctie).submit("Create", create("d2", []byte(`{"commune":"Esch","rooms":3,"note":"old"}`)))
	requireRefused(t, fault.InvalidArgument, err)

	t.Run("every schema is on the ledger", func(t *testing.T) {
		for version := 1; version <= 3; version++ {
			require.Contains(t, w.State(), fmt.Sprintf("\x00registry.schema\x00dwellings\x00%08d\x00", version))
		}
		require.JSONEq(t, `{"steps":[
			{"upgrade":{"rename":[{"from":"note","to":"remark"}],"remove":["address"]},"version":2},
			{"upgrade":{"default":[{"field":"heating","value":"unknown"}]},"version":3}],"v":1}`,
			string(w.State()["\x00registry.steps\x00dwellings\x00"]))
	})
	t.Run("a changed schema has to say how", func(t *testing.T) {
		silent := dwellingRegister(func(d *registry.Definition) {
			d.Schema = []byte(strings.Replace(dwellingSchema, `"note"`, `"other"`, 1))
		})
		_, err := w.registrar(ctie).submit("AmendRegister", registry.AmendRegisterRequest{RequestID: id("silent"), Base: 3, Definition: silent})
		requireRefused(t, fault.InvalidArgument, err)
	})
	t.Run("records made meanwhile are not written under the old rules", func(t *testing.T) {
		pending := w.registrar(ctie).mustEndorse("Create", create("d3", dwelling("Esch", 3)))
		same := shown[registry.Register](w.reader(ctie), "ReadRegister", registry.RegisterRequest{Register: dwellings}).Definition
		same.Upgrade, same.Retention = nil, "keep"
		answer[registry.Register](w.registrar(ctie), "AmendRegister", registry.AmendRegisterRequest{RequestID: id("retention"), Base: 3, Definition: same})
		require.Equal(t, codes(conflict), w.Commit(pending))
	})
}

// longLived is the chaincode on a ledger where every key has a long history.
type longLived struct {
	shim.Chaincode
	versions, size int
}

func (l longLived) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	return l.Chaincode.Invoke(longStub{stub, l})
}

type longStub struct {
	shim.ChaincodeStubInterface
	of longLived
}

func (s longStub) GetHistoryForKey(key string) (shim.HistoryQueryIteratorInterface, error) {
	iterator, err := s.ChaincodeStubInterface.GetHistoryForKey(key)
	if err != nil {
		return nil, err
	}
	newest, err := iterator.Next()
	if err != nil {
		return nil, err
	}
	value := slices.Concat(newest.GetValue(), []byte(strings.Repeat(" ", s.of.size))) // JSON still
	return &longHistory{iterator, &queryresult.KeyModification{TxId: newest.GetTxId(), Value: value}, s.of.versions}, nil
}

type longHistory struct {
	shim.HistoryQueryIteratorInterface
	version *queryresult.KeyModification
	left    int
}

func (h *longHistory) HasNext() bool { return h.left > 0 }

func (h *longHistory) Next() (*queryresult.KeyModification, error) {
	h.left--
	return h.version, nil
}

func TestAHistoryThatIsTooLongIsNotRead(t *testing.T) {
	for name, tc := range map[string]struct {
		versions, size int
		ok             bool
	}{
		"as many versions as there may be": {10_000, 0, true}, "one more": {10_001, 0, false},
		"as many bytes as there may be": {63, 1 << 20, true}, "more": {64, 1 << 20, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{ledgertest.New(t, longLived{newRegistryChaincode(t), tc.versions, tc.size}, ledgertest.WithBodies(bodies()...)), t}
			w.define(dwellingRegister())
			w.registrar(ctie).changed("Create", create("d1", dwelling("Esch", 1)))
			history := registry.ReadRequest{Register: dwellings, ID: "d1"}
			if tc.ok {
				require.Len(t, shown[registry.History](w.reader(ctie), "History", history).Versions, tc.versions)
				return
			}
			for function, request := range map[string]any{
				"History":         history,
				"AsOf":            registry.AsOfRequest{Register: dwellings, ID: "d1", At: rfc(noon)},
				"RegisterHistory": registry.RegisterRequest{Register: dwellings},
			} {
				requireRefused(t, fault.FailedPrecondition, w.reader(ctie).evaluate(function, request, &struct{}{}))
			}
		})
	}
}
