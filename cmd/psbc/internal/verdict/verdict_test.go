package verdict_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/verdict"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339Nano, s)
	require.NoError(t, err)
	return moment
}

func TestJudge(t *testing.T) {
	bounded := notary.Notarisation{Status: notary.StatusActive, ValidFrom: "2026-01-01T00:00:00Z", ValidUntil: "2026-12-31T23:59:59Z"}
	revoked, superseded := bounded, bounded
	revoked.Status, superseded.Status = notary.StatusRevoked, notary.StatusSuperseded

	for name, tc := range map[string]struct {
		record notary.Notarisation
		at     string
		want   verdict.Verdict
	}{
		"an active record without bounds is valid":        {notary.Notarisation{Status: notary.StatusActive}, "1999-01-01T00:00:00Z", verdict.Valid},
		"inside its bounds it is valid":                   {bounded, "2026-06-01T00:00:00Z", verdict.Valid},
		"the first moment is inside":                      {bounded, "2026-01-01T00:00:00Z", verdict.Valid},
		"just before the first moment it is not valid":    {bounded, "2025-12-31T23:59:59.999999999Z", verdict.NotYetValid},
		"the last moment is inside":                       {bounded, "2026-12-31T23:59:59Z", verdict.Valid},
		"just after the last moment it has expired":       {bounded, "2026-12-31T23:59:59.000000001Z", verdict.Expired},
		"a revoked record stays revoked once expired":     {revoked, "2030-01-01T00:00:00Z", verdict.Revoked},
		"a superseded record stays so inside its bounds":  {superseded, "2026-06-01T00:00:00Z", verdict.Superseded},
		"the moment may be given in another time zone":    {bounded, "2027-01-01T00:59:59+01:00", verdict.Valid},
		"another time zone does not stretch the validity": {bounded, "2026-12-31T23:59:59-01:00", verdict.Expired},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := verdict.Judge(tc.record, at(t, tc.at))
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}

func TestARecordThatCannotBeJudgedIsNeverValid(t *testing.T) {
	for name, record := range map[string]notary.Notarisation{
		"an unknown status":       {Status: "suspended"},
		"no status":               {},
		"a validUntil not a time": {Status: notary.StatusActive, ValidUntil: "tomorrow"},
		"a validFrom not a time":  {Status: notary.StatusActive, ValidFrom: "31.12.2026"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := verdict.Judge(record, at(t, "2026-06-01T00:00:00Z"))
			require.Error(t, err)
			require.Empty(t, got)
		})
	}
}

func TestOverall(t *testing.T) {
	for name, tc := range map[string]struct {
		said []verdict.Verdict
		want verdict.Verdict
	}{
		"nothing said is not notarised":        {nil, verdict.NotNotarised},
		"one valid notarisation is enough":     {[]verdict.Verdict{verdict.Revoked, verdict.Valid, verdict.Expired}, verdict.Valid},
		"a withdrawal outweighs a lapse":       {[]verdict.Verdict{verdict.Expired, verdict.Revoked}, verdict.Revoked},
		"superseded outweighs not yet valid":   {[]verdict.Verdict{verdict.NotYetValid, verdict.Superseded}, verdict.Superseded},
		"the only thing said is what it means": {[]verdict.Verdict{verdict.NotYetValid}, verdict.NotYetValid},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, verdict.Overall(tc.said)) })
	}
}

func TestOverallDoesNotDependOnTheOrder(t *testing.T) {
	all := []verdict.Verdict{verdict.Valid, verdict.NotYetValid, verdict.Expired, verdict.Superseded, verdict.Revoked}
	rapid.Check(t, func(t *rapid.T) {
		said := rapid.SliceOf(rapid.SampledFrom(all)).Draw(t, "said")
		shuffled := rapid.Permutation(said).Draw(t, "shuffled")
		require.Equal(t, verdict.Overall(said), verdict.Overall(shuffled))
		require.Equal(t, verdict.Overall(said) == verdict.Valid, contains(said, verdict.Valid))
	})
}

func contains(said []verdict.Verdict, v verdict.Verdict) bool {
	for _, s := range said {
		if s == v {
			return true
		}
	}
	return false
}

func TestAsOf(t *testing.T) {
	history := notary.History{Changes: []notary.Change{
		{TxID: "a", ClaimedTime: "2026-01-01T00:00:00.000000000Z", Record: notary.Notarisation{Status: notary.StatusActive}},
		{TxID: "b", ClaimedTime: "2026-03-01T00:00:00.000000000Z", Record: notary.Notarisation{Status: notary.StatusRevoked}},
	}}
	for name, tc := range map[string]struct {
		at    string
		found bool
		want  notary.Status
	}{
		"before the first change there is nothing": {"2025-12-31T23:59:59Z", false, ""},
		"from its claimed time on a change counts": {"2026-01-01T00:00:00Z", true, notary.StatusActive},
		"until the next change":                    {"2026-02-28T23:59:59.999999999Z", true, notary.StatusActive},
		"then that one counts":                     {"2026-03-01T00:00:00Z", true, notary.StatusRevoked},
	} {
		t.Run(name, func(t *testing.T) {
			record, found, err := verdict.AsOf(history, at(t, tc.at))
			require.NoError(t, err)
			require.Equal(t, tc.found, found)
			require.Equal(t, tc.want, record.Status)
		})
	}

	t.Run("a claimed time that is none is an error", func(t *testing.T) {
		_, _, err := verdict.AsOf(notary.History{Changes: []notary.Change{{TxID: "a", ClaimedTime: "soon"}}}, time.Now())
		require.ErrorContains(t, err, "transaction a")
	})
}
