package main

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rows"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

func TestAnUnknownOutcomeIsRepeatedWithTheSameBase(t *testing.T) {
	unknown := &gateway.Error{Op: "amend record", Kind: gateway.ErrOutcomeUnknown, RequestID: "request-1"}
	err := explain(repeatable(unknown, 7))
	require.ErrorIs(t, err, gateway.ErrOutcomeUnknown)
	require.Equal(t, "run it again with --request-id request-1 --base 7, the same request is not carried out twice", exit.RemedyOf(err))

	other := &gateway.Error{Op: "amend record", Kind: gateway.ErrConflict}
	require.Same(t, error(other), repeatable(other, 7))
	plain := errors.New("other")
	require.Same(t, plain, repeatable(plain, 7))
}

func TestValuesToFindAreOfTheFieldsType(t *testing.T) {
	register := &registry.Register{Definition: registry.Definition{
		ID: "dwellings", Unique: []string{"plot"}, Indexed: []string{"built", "listed"},
		Schema: json.RawMessage(`{"properties":{"plot":{"type":"string"},"built":{"type":"integer"},"listed":{"type":"boolean"},"city":{"type":"string"}}}`),
	}}
	for name, tc := range map[string]struct{ field, value, want, err string }{
		"text that looks like a number": {"plot", "1950", `"1950"`, ""},
		"a number":                      {"built", "1950", "1950", ""},
		"a truth":                       {"listed", "True", "true", ""},
		"no number":                     {"built", "old", "", `built: "old" is not an integer`},
		"a field mistyped":              {"bulit", "1", "", `dwellings cannot be searched by "bulit"; did you mean "built"?; it can by plot, built, listed`},
		"a field that has no index":     {"city", "Esch", "", `dwellings cannot be searched by "city"; it can by plot, built, listed`},
	} {
		t.Run(name, func(t *testing.T) {
			value, err := indexValue(register, tc.field, &tc.value)
			if tc.err != "" {
				require.EqualError(t, err, tc.err)
				require.Equal(t, exit.Usage, exit.CodeOf(err))
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, string(value))
		})
	}
	none, err := indexValue(register, "built", nil)
	require.NoError(t, err)
	require.Nil(t, none)
	_, err = indexValue(&registry.Register{Definition: registry.Definition{ID: "x"}}, "a", nil)
	require.EqualError(t, err, "x cannot be searched: it has no unique or indexed fields")
}

func TestAFaultThatTheLedgerFindsIsLocatedInItsFile(t *testing.T) {
	run := &importRun{starts: []fileStart{{"a.csv", 0}, {"b.csv", 10}, {"c.csv", 12}}}
	for row, want := range map[int]struct {
		file string
		row  int
	}{0: {"a.csv", 1}, 9: {"a.csv", 10}, 10: {"b.csv", 1}, 11: {"b.csv", 2}, 12: {"c.csv", 1}, 99: {"c.csv", 88}} {
		at := run.located(registry.RowFault{Row: row})
		require.Equal(t, want.file, at.File, row)
		require.Equal(t, want.row, at.Row, row)
	}
}

func TestFaultsAreCountedBeyondThoseListed(t *testing.T) {
	var run importRun
	run.addFaults(make([]rows.Fault, maxFaults-1))
	run.addFaults(make([]rows.Fault, 3))
	run.addFaults(make([]rows.Fault, 2))
	require.Len(t, run.result.Faults, maxFaults)
	require.Equal(t, 4, run.result.MoreFaults)
}

func TestProposalsWaitUntilTheyExpire(t *testing.T) {
	now := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		status  registry.ProposalStatus
		expires string
		want    bool
	}{
		"open, in time":   {registry.ProposalOpen, "2027-01-01T00:00:00.000000000Z", true},
		"open, too late":  {registry.ProposalOpen, "2026-12-31T23:59:59.999999999Z", false},
		"decided already": {registry.ProposalApplied, "2027-02-01T00:00:00.000000000Z", false},
	} {
		require.Equal(t, tc.want, waits(registry.Proposal{Status: tc.status, Expires: tc.expires}, now), name)
	}
}

func TestWhatIsLeftOfAnAttestationIsToldInWords(t *testing.T) {
	for want, view := range map[string]registry.AttestationView{
		"yes":                       {Stands: true},
		"for city, lost for street": {Stands: true, Standing: []string{"city"}, Lost: []string{"street"}},
		"no, changed since":         {},
		"withdrawn":                 {Attestation: registry.Attestation{Withdrawn: true}},
	} {
		require.Equal(t, want, describeStanding(view))
	}
}
