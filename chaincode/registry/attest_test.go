package registry_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

func attestRequest(r registry.Record, fields ...string) registry.AttestRequest {
	return registry.AttestRequest{RequestID: requestID, Register: r.Register, ID: r.ID, Base: r.Version, Fields: fields}
}

func withdrawRequest(r registry.Record) registry.AttestRequest {
	q := attestRequest(r)
	q.Withdraw = true
	return q
}

func attested(t require.TestingT, rules *registry.Rules, r registry.Record, fields ...string) registry.Attestation {
	a, err := rules.Attest(court, attestRequest(r, fields...), txOf(50), &r, nil)
	require.NoError(t, err)
	require.NoError(t, a.Validate())
	return a
}

func TestAnAttestationIsRefusedWhereItIsNotDue(t *testing.T) {
	d := open()
	d.Attesters = []string{court, ctie}
	rules := rulesOf(t, d)
	record := created(t, rules, ctie, "DWL-1", data("123A-1"))
	revoked := moved(t, rules, record, 2, registry.OpRevoke)
	before := attested(t, rules, record)
	withdrawn := before
	withdrawn.Withdrawn = true
	stale := record
	stale.Version = 2
	for _, tc := range []struct {
		name     string
		body     string
		request  registry.AttestRequest
		existing *registry.Record
		before   *registry.Attestation
		want     string
	}{
		{"of nothing", court, attestRequest(record), nil, nil, "NOT_FOUND: register dwellings has no record DWL-1"},
		{"by who is no attester", sigi, attestRequest(record), &record, nil, "PERMISSION_DENIED: SIGIMSP is not an attester of register dwellings"},
		{"by the owner", ctie, attestRequest(record), &record, nil, "PERMISSION_DENIED: CTIEMSP owns record DWL-1 of dwellings; it cannot attest it"},
		{"of another version", court, attestRequest(stale), &record, nil, "FAILED_PRECONDITION: record DWL-1 of dwellings is at version 1, not at 2"},
		{"of a revoked record", court, attestRequest(revoked), &revoked, nil, "FAILED_PRECONDITION: record DWL-1 of dwellings is revoked, which is final"},
		{"of a field that is not there", court, attestRequest(record, "rooms", "area"), &record, nil, `INVALID_ARGUMENT: fields[1]: "area" is not in the data of record DWL-1`},
		{"withdrawn when there is none", court, withdrawRequest(record), &record, nil, "NOT_FOUND: CourDesComptesMSP has no attestation of record DWL-1 of dwellings"},
		{"withdrawn twice", court, withdrawRequest(record), &record, &withdrawn, "NOT_FOUND: CourDesComptesMSP has no attestation of record DWL-1 of dwellings"},
		{"withdrawn of another version", court, withdrawRequest(stale), &record, &before, "FAILED_PRECONDITION: record DWL-1 of dwellings is at version 1, not at 2"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.NoError(t, tc.request.Validate())
			_, err := rules.Attest(tc.body, tc.request, txOf(3), tc.existing, tc.before)
			require.EqualError(t, err, tc.want)
		})
	}
	a, err := rules.Attest(court, withdrawRequest(revoked), txOf(9), &revoked, &before)
	require.NoError(t, err, "it can be taken back whatever became of the record")
	require.NoError(t, a.Validate())
	require.True(t, a.Withdrawn)
	require.Equal(t, before.Fields, a.Fields)
	require.Equal(t, "tx9", a.TxID)
	require.Equal(t, fault.NotFound, fault.CodeOf(func() error {
		_, err := rules.Attest(court, withdrawRequest(revoked), txOf(9), &revoked, &a)
		return err
	}()))
}

func TestAnAttestationLosesExactlyTheFieldsThatChange(t *testing.T) {
	rules := rulesOf(t, open())
	record := created(t, rules, ctie, "DWL-1", `{"cadastre":"123A-1","commune":"Esch","rooms":3,"area":80}`)
	all, two := attested(t, rules, record), attested(t, rules, record, "rooms", "area")
	require.Equal(t, []string{"area", "rooms"}, two.Fields)

	next := amended(t, rules, record, 2, `{"heated":true}`)
	require.True(t, registry.ViewAttestation(two, next).Stands)
	require.False(t, registry.ViewAttestation(all, next).Stands)

	next = amended(t, rules, next, 3, `{"rooms":4,"commune":"Wiltz"}`)
	view := registry.ViewAttestation(two, next)
	require.True(t, view.Stands)
	require.Equal(t, []string{"area"}, view.Standing)
	require.Equal(t, []string{"rooms"}, view.Lost)

	back := amended(t, rules, next, 4, `{"rooms":3}`)
	require.Equal(t, []string{"rooms"}, registry.ViewAttestation(two, back).Lost, "what came back was not attested")

	gone := amended(t, rules, back, 5, `{"area":null}`)
	view = registry.ViewAttestation(two, gone)
	require.False(t, view.Stands)
	require.Equal(t, []string{"area", "rooms"}, view.Lost)
	require.Empty(t, view.Standing)

	moved := moved(t, rules, record, 2, registry.OpSuspend)
	require.True(t, registry.ViewAttestation(all, moved).Stands, "a change of state leaves the data as it is")
	two.Withdrawn = true
	view = registry.ViewAttestation(two, record)
	require.False(t, view.Stands)
	require.Equal(t, two.Fields, view.Lost)
	all.Withdrawn = true
	require.False(t, registry.ViewAttestation(all, record).Stands)
}

func TestAnAttestationOfAllIncludesThePrivateFields(t *testing.T) {
	rules := rulesOf(t, definition())
	q := createRequest("DWL-1", data("123A-1"))
	q.PrivateHash = hash
	plan, err := rules.PlanCreate(ctie, q, txOf(1))
	require.NoError(t, err)
	change, err := plan.DecideOne(txOf(1), nil, everything(plan))
	require.NoError(t, err)
	record := change.Record
	all, one := attested(t, rules, record), attested(t, rules, record, "commune")

	private := registry.AmendRequest{RequestID: requestID, Register: "dwellings", ID: "DWL-1", Base: 1, PrivateHash: "1" + hash[1:]}
	plan, err = rules.PlanAmend(ctie, private, &record)
	next := done(t, plan, err, 2, record)
	require.False(t, registry.ViewAttestation(all, next).Stands)
	require.True(t, registry.ViewAttestation(one, next).Stands)
}

// TestAttestationsEqualAComparisonOfAllVersions decides on each field by looking at
// every version since the attestation.
func TestAttestationsEqualAComparisonOfAllVersions(t *testing.T) {
	d := registry.Definition{ID: "dwellings", Titles: registry.Titles{En: "Any"}, Attesters: []string{court}, Schema: json.RawMessage(`{}`)}
	rules := rulesOf(t, d)
	members := func(r registry.Record) map[string]string {
		var raw map[string]json.RawMessage
		if err := json.Unmarshal(r.Data, &raw); err != nil {
			panic(err)
		}
		m := map[string]string{}
		for name, value := range raw {
			m[name] = string(value)
		}
		return m
	}
	object := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), rapid.IntRange(0, 1), 1, 4)
	rapid.Check(t, func(t *rapid.T) {
		record := created(t, rules, ctie, "DWL-1", jsonOf(t, object.Draw(t, "data")))
		versions := []registry.Record{record}
		for i := range rapid.IntRange(0, 8).Draw(t, "versions") {
			q := registry.AmendRequest{RequestID: requestID, Register: "dwellings", ID: "DWL-1", Base: record.Version, Data: json.RawMessage(jsonOf(t, object.Draw(t, "data")))}
			plan, err := rules.PlanAmend(ctie, q, &record)
			record = done(t, plan, err, i+2, record)
			versions = append(versions, record)
		}
		at := rapid.IntRange(0, len(versions)-1).Draw(t, "at")
		then := members(versions[at])
		untouched := func(field string) bool {
			return !slices.ContainsFunc(versions[at:], func(v registry.Record) bool { return members(v)[field] != then[field] })
		}
		var fields, standing, lost []string
		for _, field := range []string{"a", "b", "c", "d"} {
			if _, ok := then[field]; !ok {
				continue
			}
			fields = append(fields, field)
			if untouched(field) {
				standing = append(standing, field)
			} else {
				lost = append(lost, field)
			}
		}
		view := registry.ViewAttestation(attested(t, rules, versions[at], fields...), record)
		require.Equal(t, standing, view.Standing)
		require.Equal(t, lost, view.Lost)
		require.Equal(t, len(standing) > 0, view.Stands)
		all := !slices.ContainsFunc(versions[at:], func(v registry.Record) bool { return string(v.Data) != string(versions[at].Data) })
		require.Equal(t, all, registry.ViewAttestation(attested(t, rules, versions[at]), record).Stands)
	})
}
