package registry_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// machine is a register of few records, changed at random. It does what the ledger
// does: it keeps records, unique values and index entries, as the changes say.
type machine struct {
	rules   *registry.Rules
	records map[string]registry.Record
	history map[string][]registry.Record
	unique  map[registry.Entry]string
	index   map[registry.Entry][]string
	n       int // transactions so far
}

func newMachine(t require.TestingT) *machine {
	d := open()
	d.Writers = []string{ctie, sigi, court}
	d.References = []registry.Reference{{Field: "parts", Register: "dwellings"}}
	return &machine{
		rules: rulesOf(t, d), records: map[string]registry.Record{}, history: map[string][]registry.Record{},
		unique: map[registry.Entry]string{}, index: map[registry.Entry][]string{},
	}
}

func (m *machine) existing(id string) *registry.Record {
	if r, ok := m.records[id]; ok {
		return &r
	}
	return nil
}

// find looks a plan's needs up.
func (m *machine) find(p *registry.Plan) registry.Found {
	found := nothing(p)
	for i, e := range p.Needs().Unique {
		found.Holders[i] = m.unique[e]
	}
	for i, name := range p.Needs().References {
		found.References[i] = m.existing(name.ID)
	}
	return found
}

// try carries a plan out where it can be, and checks what came of it.
func (m *machine) try(t *rapid.T, body, id string, operation registry.Operation, plan *registry.Plan, err error) {
	before := m.existing(id)
	var change registry.Change
	m.n++
	if err == nil {
		change, err = plan.DecideOne(txOf(m.n), before, m.find(plan))
	}
	if err != nil {
		requireRefusal(t, err)
		return // nothing changes but by a change
	}
	m.checkChange(t, body, operation, before, change)
	r := change.Record
	m.records[r.ID] = r
	m.history[r.ID] = append(m.history[r.ID], r)
	for _, e := range change.RemoveUnique {
		require.Equal(t, r.ID, m.unique[e])
		delete(m.unique, e)
	}
	for _, e := range change.AddUnique {
		require.Empty(t, m.unique[e])
		m.unique[e] = r.ID
	}
	for _, e := range change.RemoveIndex {
		at := slices.Index(m.index[e], r.ID)
		require.GreaterOrEqual(t, at, 0)
		m.index[e] = slices.Delete(m.index[e], at, at+1)
	}
	for _, e := range change.AddIndex {
		require.NotContains(t, m.index[e], r.ID)
		m.index[e] = append(m.index[e], r.ID)
	}
}

func requireRefusal(t *rapid.T, err error) {
	require.Contains(t, []fault.Code{fault.InvalidArgument, fault.NotFound, fault.AlreadyExists, fault.PermissionDenied, fault.FailedPrecondition}, fault.CodeOf(err), "%v", err)
}

// allowed is the state machine, written down a second time.
var allowed = map[registry.Operation]map[registry.Status]registry.Status{
	registry.OpAmend:     {"draft": "draft", "active": "active", "suspended": "suspended"},
	registry.OpActivate:  {"draft": "active"},
	registry.OpSuspend:   {"active": "suspended"},
	registry.OpReinstate: {"suspended": "active"},
	registry.OpRevoke:    {"draft": "revoked", "active": "revoked", "suspended": "revoked"},
	registry.OpRetire:    {"active": "retired", "suspended": "retired"},
	registry.OpOffer:     {"draft": "draft", "active": "active", "suspended": "suspended"},
	registry.OpAccept:    {"draft": "draft", "active": "active", "suspended": "suspended"},
	registry.OpDecline:   {"draft": "draft", "active": "active", "suspended": "suspended"},
}

// checkChange checks that a change leads from one defined state to another, and
// that whoever made it might.
func (m *machine) checkChange(t *rapid.T, body string, operation registry.Operation, before *registry.Record, change registry.Change) {
	r := change.Record
	writers := m.rules.Register().Writers
	require.NoError(t, r.Validate())
	require.Equal(t, operation, r.Operation)
	require.Equal(t, body, r.Writer)
	require.Contains(t, writers, r.Owner, "the owner is a writer")
	value, err := r.Encode()
	require.NoError(t, err)
	decoded, err := registry.DecodeRecord(value)
	require.NoError(t, err)
	require.Equal(t, r, decoded)
	plan, err := m.rules.PlanCreate(r.Owner, createRequest("DWL-X", string(r.Data)), txOf(1))
	require.NoError(t, err, "its data is as the register wants it")
	require.Equal(t, []string{"DWL-X"}, plan.IDs())
	if before == nil {
		require.True(t, change.Created)
		require.Equal(t, 1, r.Version)
		require.Equal(t, body, r.Owner)
		require.Contains(t, []registry.Status{registry.StatusDraft, registry.StatusActive}, r.Status)
		return
	}
	require.False(t, change.Created)
	require.Equal(t, before.Version+1, r.Version)
	require.Equal(t, allowed[operation][before.Status], r.Status)
	switch operation {
	case registry.OpAccept:
		require.Equal(t, before.OfferedTo, body)
		require.Equal(t, body, r.Owner)
		require.Equal(t, before.Owner, change.PreviousOwner)
	case registry.OpDecline:
		require.Contains(t, []string{before.OfferedTo, before.Owner}, body)
		require.Equal(t, before.Owner, r.Owner)
	default:
		require.Equal(t, before.Owner, body)
		require.Equal(t, before.Owner, r.Owner)
	}
	if operation != registry.OpAmend {
		require.Equal(t, before.Data, r.Data)
		require.Equal(t, before.Changed, r.Changed)
	}
}

// checkIndexes compares what the changes made of the indexes with the records.
func (m *machine) checkIndexes(t *rapid.T) {
	unique := map[registry.Entry]string{}
	index := map[registry.Entry][]string{}
	for id, r := range m.records {
		var data map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(r.Data, &data))
		for _, field := range []string{"cadastre", "commune", "rooms", "heated"} {
			raw, ok := data[field]
			if !ok {
				continue
			}
			value, err := registry.IndexValue(raw)
			require.NoError(t, err)
			e := registry.Entry{Field: field, Value: value}
			if field == "cadastre" {
				require.Empty(t, unique[e], "two records have one unique value")
				unique[e] = id
			} else {
				index[e] = append(index[e], id)
			}
		}
	}
	require.Equal(t, unique, m.unique)
	for e, ids := range m.index {
		require.ElementsMatch(t, index[e], ids)
		delete(index, e)
	}
	require.Empty(t, index)
}

// step makes one random change, which may well be refused.
func (m *machine) step(t *rapid.T) {
	ids := []string{"DWL-1", "DWL-2", "DWL-3"}
	id, body := rapid.SampledFrom(ids).Draw(t, "id"), rapid.SampledFrom(bodies()).Draw(t, "body")
	existing := m.existing(id)
	seen := registry.Record{Register: "dwellings", ID: id, Version: 1}
	if existing != nil {
		seen = *existing
		body = rapid.SampledFrom([]string{existing.Owner, existing.Owner, existing.Owner, body}).Draw(t, "whose")
		seen.Version += rapid.SampledFrom([]int{0, 0, 0, 0, 0, 1}).Draw(t, "stale")
	}
	operation := rapid.SampledFrom(append(due(existing), operations()...)).Draw(t, "operation")
	effective := rapid.SampledFrom([]string{"", "2026-11-01T00:00:00Z", "2026-11-01T00:10:00Z", "2026-11-01T01:00:00Z"}).Draw(t, "effective")
	var plan *registry.Plan
	var err error
	switch operation {
	case registry.OpCreate:
		q := createRequest(id, anyData(t))
		q.Draft, q.Effective = rapid.Bool().Draw(t, "draft"), effective
		plan, err = m.rules.PlanCreate(body, q, txOf(m.n+1))
	case registry.OpAmend:
		q := amendRequest(seen, anyPatch(t))
		if rapid.Bool().Draw(t, "whole") {
			q.Patch, q.Data = nil, json.RawMessage(anyData(t))
		}
		q.Effective = effective
		plan, err = m.rules.PlanAmend(body, q, existing)
	case registry.OpOffer:
		plan, err = m.rules.PlanTransfer(body, transferRequest(seen, operation, rapid.SampledFrom(bodies()).Draw(t, "to")), existing)
	case registry.OpAccept, registry.OpDecline:
		if existing != nil && existing.OfferedTo != "" {
			body = rapid.SampledFrom([]string{existing.OfferedTo, existing.OfferedTo, body}).Draw(t, "taker")
		}
		plan, err = m.rules.PlanTransfer(body, transferRequest(seen, operation, ""), existing)
	default:
		q := statusRequest(seen, operation)
		q.Effective = effective
		plan, err = m.rules.PlanStatus(body, q, existing)
	}
	m.try(t, body, id, operation, plan, err)
}

// due are operations that a record is ready for, several times, so that they are
// drawn more often than the others.
func due(r *registry.Record) []registry.Operation {
	var list []registry.Operation
	switch {
	case r == nil:
		list = []registry.Operation{registry.OpCreate}
	case r.OfferedTo != "":
		list = []registry.Operation{registry.OpAccept, registry.OpDecline, registry.OpAmend}
	case r.Status == registry.StatusDraft:
		list = []registry.Operation{registry.OpActivate, registry.OpAmend, registry.OpOffer}
	case r.Status == registry.StatusActive:
		list = []registry.Operation{registry.OpOffer, registry.OpSuspend, registry.OpAmend}
	default:
		list = []registry.Operation{registry.OpReinstate, registry.OpAmend, registry.OpOffer}
	}
	return slices.Repeat(list, 6)
}

func operations() []registry.Operation {
	return []registry.Operation{
		registry.OpCreate, registry.OpAmend, registry.OpOffer, registry.OpAccept, registry.OpDecline, registry.OpSuspend, registry.OpReinstate,
		registry.OpActivate, registry.OpRetire, registry.OpRevoke,
	}
}

// anyData is mostly as the register wants it. rapid prefers what is listed first.
func anyData(t *rapid.T) string {
	rest := rapid.SampledFrom([]string{
		`"commune":"Esch"}`, `"commune":"Esch","rooms":1}`, `"commune":"Wiltz","rooms":2,"heated":true}`, `"commune":"Wiltz","heated":false,"area":1.5}`,
		`"commune":"Esch","parts":["DWL-1"]}`, `"commune":"Esch","parts":["DWL-3","DWL-2"],"rooms":1}`, `"commune":"Wiltz","building":null}`,
		`"commune":""}`, `"commune":"Esch","rooms":100}`, `"commune":"Esch","colour":"red"}`, `"commune":"Esch","parts":["DWL-9"]}`, `"x":1}`,
	}).Draw(t, "data")
	return fmt.Sprintf(`{"cadastre":"123A-%d",`, rapid.IntRange(1, 6).Draw(t, "cadastre")) + rest
}

func anyPatch(t *rapid.T) string {
	return rapid.SampledFrom([]string{
		`{"rooms":1}`, `{"rooms":2,"heated":null}`, `{"rooms":null}`, `{"commune":"Wiltz"}`, `{"commune":null}`, `{"cadastre":"123A-1"}`, `{"cadastre":"123A-4","heated":true}`,
		`{"parts":["DWL-1","DWL-2"]}`, `{"parts":null,"building":"x"}`, `{"building":null}`, `{"colour":"red"}`, `{"address":{"zip":"L-4002"}}`, `{}`,
	}).Draw(t, "patch")
}

// TestNoSequenceOfChangesReachesAnUndefinedState also shows that every operation is
// carried out now and then: a machine that refuses all would be in good order too.
func TestNoSequenceOfChangesReachesAnUndefinedState(t *testing.T) {
	carriedOut := map[registry.Operation]int{}
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		for range rapid.SampledFrom([]int{60, 10, 3, 100}).Draw(t, "steps") {
			m.step(t)
		}
		m.checkIndexes(t)
		for _, versions := range m.history {
			for i, r := range versions {
				require.Equal(t, i+1, r.Version)
				carriedOut[r.Operation]++
			}
		}
	})
	t.Logf("%v", carriedOut)
	for _, operation := range operations() {
		require.Positive(t, carriedOut[operation], operation)
	}
}

// replayed goes through the history up to a moment, as a reader would who kept a book.
func replayed(versions []registry.Record, at, known string) (registry.Record, bool) {
	var book registry.Record
	for _, v := range versions {
		if known != "" && v.ClaimedTime > known {
			continue // not written yet
		}
		if v.Effective > at {
			continue // not in effect yet
		}
		book = v
	}
	return book, book.Version > 0
}

func TestAsOfEqualsAReplayOfTheHistory(t *testing.T) {
	moments := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf("2026-11-01T%02d:%02d:%02dZ", rapid.IntRange(0, 1).Draw(t, "h"), rapid.IntRange(0, 59).Draw(t, "m"), rapid.SampledFrom([]int{0, 30}).Draw(t, "s"))
	})
	long := func(s string) string { return strings.TrimSuffix(s, "Z") + ".000000000Z" }
	rapid.Check(t, func(t *rapid.T) {
		m := newMachine(t)
		for range 60 {
			m.step(t)
		}
		for range 10 {
			at := moments.Draw(t, "at")
			known, full := "", ""
			if rapid.Bool().Draw(t, "known") {
				known = moments.Draw(t, "by")
				full = long(known)
			}
			for _, versions := range m.history {
				want, ok := replayed(versions, long(at), full)
				got, err := registry.AsOfRecord(versions, at, known)
				if !ok {
					require.ErrorIs(t, err, &fault.Error{Code: fault.NotFound})
					continue
				}
				require.NoError(t, err)
				require.Equal(t, want, got)
			}
		}
	})
}
