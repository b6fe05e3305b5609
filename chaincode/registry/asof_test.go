package registry_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// versionsOf has a register of three versions: CTIE and SIGI write; SIGI alone; the
// steward alone.
func versionsOf(t *testing.T) []registry.Register {
	d := open()
	first := registerOf(t, d)
	versions := []registry.Register{first}
	for i, writers := range [][]string{{sigi}, nil} {
		d.Writers = writers
		next, err := registry.AmendRegister(ctie, registry.AmendRegisterRequest{RequestID: requestID, Base: i + 1, Definition: d}, txOf(10*(i+1)), &versions[i])
		require.NoError(t, err)
		versions = append(versions, next)
	}
	return versions
}

func TestARegisterAtATimeIsTheLastDefinitionWrittenByThen(t *testing.T) {
	versions := versionsOf(t)
	for at, want := range map[string]int{
		"2026-10-31T23:59:59Z": 0, "2026-11-01T00:00:00Z": 1, "2026-11-01T00:09:59.999Z": 1, "2026-11-01T00:10:00Z": 2, "2026-11-01T00:20:00Z": 3, "2099-01-01T00:00:00Z": 3,
		"never": 0,
	} {
		got, ok := registry.RegisterAt(versions, at)
		require.Equal(t, want > 0, ok)
		require.Equal(t, want, got.Version, at)
	}
}

func TestAWriterIsJudgedByTheDefinitionOfItsTime(t *testing.T) {
	versions := versionsOf(t)
	record := registry.Record{Register: "dwellings", ID: "DWL-1", Owner: ctie, Writer: ctie, Operation: registry.OpAmend, RegisterVersion: 1}
	change := func(f func(*registry.Record)) registry.Record {
		r := record
		f(&r)
		return r
	}
	for _, tc := range []struct {
		name                 string
		record               registry.Record
		at                   string
		entitled, entitledAt bool
		version              int
	}{
		{"then and now", record, "2026-11-01T00:05:00Z", true, true, 1},
		{"then, but not later", record, "2026-11-01T00:15:00Z", true, false, 2},
		{"then, and again as the steward", record, "2026-11-01T00:25:00Z", true, true, 3},
		{"not then", change(func(r *registry.Record) { r.RegisterVersion = 2 }), "2026-11-01T00:15:00Z", false, false, 2},
		{"before there was a register", record, "1999-01-01T00:00:00Z", true, false, 0},
		{"who declines an offer", change(func(r *registry.Record) { r.Writer, r.Operation = court, registry.OpDecline }), "2026-11-01T00:05:00Z", true, true, 1},
		{"who is no writer at all", change(func(r *registry.Record) { r.Owner, r.Writer = court, court }), "2026-11-01T00:05:00Z", false, false, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := registry.Judge(tc.record, tc.at, "", versions)
			require.NoError(t, err)
			require.Equal(t, tc.entitled, got.Entitled)
			require.Equal(t, tc.entitledAt, got.EntitledAt)
			require.Equal(t, tc.version, got.Register.Version)
			require.Equal(t, tc.record, got.Record)
			require.NotContains(t, jsonOf(t, got.Register), ":null")
		})
	}
	_, err := registry.Judge(change(func(r *registry.Record) { r.RegisterVersion = 4 }), "2026-11-01T00:05:00Z", "", versions)
	require.Equal(t, fault.Internal, fault.CodeOf(err))
}

func TestAsOfTimesAreChecked(t *testing.T) {
	_, err := registry.AsOfRecord(nil, "today", "")
	requireCode(t, fault.InvalidArgument, err)
	_, err = registry.AsOfRecord(nil, "2026-11-01T00:05:00Z", "today")
	requireCode(t, fault.InvalidArgument, err)
	_, err = registry.AsOfRecord(nil, "2026-11-01T00:05:00Z", "")
	require.EqualError(t, err, "NOT_FOUND: the register said nothing of the record at 2026-11-01T00:05:00.000000000Z")
}
