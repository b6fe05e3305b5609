package siem_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/gateway-client/siem"
)

var update = flag.Bool("update", false, "write the golden files again")

// samples are one entry with everything that an entry can have, awkward characters
// included, and one with as little as it may have.
func samples() []siem.Event {
	full := trail.Entry{
		Action: trail.ActionRead, Actor: "k1:" + strings.Repeat("a1", 32), Basis: "lu.law.2018-08-01:4", Correlation: `req=7|C:\tmp`,
		DetailHash: strings.Repeat("0f", 32), OccurredAt: "2026-03-01T09:30:00.25Z", Outcome: trail.OutcomeDenied,
		Purpose: "civil-status", Subject: "k2:" + strings.Repeat("b2", 32),
	}
	least := trail.Entry{Action: "reindex", Actor: "k1:" + strings.Repeat("c3", 32), OccurredAt: "2026-03-01T10:00:00Z", Outcome: trail.OutcomeSuccess}
	place := trail.Located{
		Trail: "civil-status", Body: "CTIEMSP", Source: "eservices", Number: 7, Position: 3,
		ClaimedTime: "2026-03-01T10:00:05.000000000Z", TxID: "tx-1", Revealed: "tx-2", Entry: full,
	}
	other := place
	other.Position, other.Revealed, other.Entry = 4, "", least
	return []siem.Event{{Located: place, BodyName: "CTIE"}, {Located: other, BodyName: "CTIE"}}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func TestEventsAreWrittenAsTheFormatsSay(t *testing.T) {
	var ocsf, cef, sheet bytes.Buffer
	csvSheet, err := siem.NewSheet(&sheet)
	require.NoError(t, err)
	for _, e := range samples() {
		line, err := siem.OCSF(e)
		require.NoError(t, err)
		require.NoError(t, json.Indent(&ocsf, line, "", "  "))
		ocsf.WriteByte('\n')
		text, err := siem.CEF(e)
		require.NoError(t, err)
		cef.WriteString(text + "\n")
		require.NoError(t, csvSheet.Write(e))
	}
	require.NoError(t, csvSheet.Flush())
	golden(t, "events.ocsf.json", ocsf.Bytes())
	golden(t, "events.cef", cef.Bytes())
	golden(t, "events.csv", sheet.Bytes())

	usage, err := json.MarshalIndent(siem.UsageOf(samples(), func(string) string { return "Civil status" }), "", "  ")
	require.NoError(t, err)
	golden(t, "usage.json", append(usage, '\n'))
}

// The members that class 6005 of OCSF 1.3.0 requires, and the sums that it defines.
func TestOCSFHasWhatItsClassRequires(t *testing.T) {
	for action, activity := range map[string]float64{
		trail.ActionRead: 1, trail.ActionAmend: 2, trail.ActionLogin: 3, trail.ActionSearch: 4, trail.ActionCreate: 6, trail.ActionDelete: 7,
		trail.ActionExport: 99, trail.ActionDisclose: 99, trail.ActionDecide: 99, "own": 99,
	} {
		e := samples()[0]
		e.Entry.Action = action
		line, err := siem.OCSF(e)
		require.NoError(t, err)
		require.NotContains(t, string(line), "\n")
		var event map[string]any
		require.NoError(t, json.Unmarshal(line, &event))
		for _, member := range []string{"activity_id", "actor", "category_uid", "class_uid", "database", "metadata", "severity_id", "src_endpoint", "time", "type_uid"} {
			require.Contains(t, event, member)
		}
		require.Equal(t, activity, event["activity_id"], action)
		require.Equal(t, event["class_uid"].(float64)*100+activity, event["type_uid"])
		require.Equal(t, event["class_uid"].(float64)-5, event["category_uid"].(float64)*1000)
		if activity == 99 {
			require.Equal(t, action, event["activity_name"])
		}
	}
}

func TestWhatIsNoTimeIsNotWritten(t *testing.T) {
	for _, spoil := range []func(*siem.Event){
		func(e *siem.Event) { e.Entry.OccurredAt = "yesterday" },
		func(e *siem.Event) { e.ClaimedTime = "" },
	} {
		e := samples()[0]
		spoil(&e)
		_, err := siem.OCSF(e)
		require.Error(t, err)
		_, err = siem.CEF(e)
		require.Error(t, err)
	}
	e := samples()[0]
	e.Entry.OccurredAt = "yesterday"
	require.True(t, e.Occurred().IsZero())
}

// Whatever the texts are, a reader that knows only CEF's escapes gets them back.
func TestCEFIsReadBack(t *testing.T) {
	header := regexp.MustCompile(`^CEF:0((?:\|(?:[^|\\]|\\\\|\\\|)*){6})\|`)
	pair := regexp.MustCompile(`(?:^| )([A-Za-z0-9]+)=`)
	unescape := strings.NewReplacer(`\\`, `\`, `\=`, `=`, `\n`, "\n", `\r`, "\r")
	rapid.Check(t, func(t *rapid.T) {
		e := samples()[0]
		awkward := rapid.StringMatching(`[a-z0-9=|\\\r\n ]{1,30}`)
		e.Entry.Correlation = awkward.Draw(t, "correlation")
		e.Entry.Action = awkward.Draw(t, "action")
		line, err := siem.CEF(e)
		require.NoError(t, err)
		require.NotContains(t, line, "\n")
		require.NotContains(t, line, "\r")

		head := header.FindString(line)
		require.NotEmpty(t, head, line)
		extension := line[len(head):]
		values := map[string]string{}
		found := pair.FindAllStringSubmatchIndex(extension, -1)
		for i, at := range found {
			end := len(extension)
			if i+1 < len(found) {
				end = found[i+1][0]
			}
			values[extension[at[2]:at[3]]] = unescape.Replace(extension[at[1]:end])
		}
		require.Equal(t, e.Entry.Correlation, values["cs3"])
		require.Equal(t, e.Entry.Action, values["act"])
		require.Equal(t, e.Entry.Subject, values["duid"])
	})
}

func TestASheetHoldsNoFormula(t *testing.T) {
	for _, text := range []string{"=1+1", "+1", "-1", "@a"} {
		var out bytes.Buffer
		sheet, err := siem.NewSheet(&out)
		require.NoError(t, err)
		e := samples()[0]
		e.Entry.Correlation = text
		require.NoError(t, sheet.Write(e))
		require.NoError(t, sheet.Flush())
		rows, err := csv.NewReader(&out).ReadAll()
		require.NoError(t, err)
		require.Len(t, rows, 2)
		require.Equal(t, "correlation", rows[0][9])
		require.Equal(t, "'"+text, rows[1][9])
	}
}

func TestTheLatestUseComesFirst(t *testing.T) {
	usage := siem.UsageOf(samples(), strings.ToUpper)
	require.Equal(t, 2, usage.TotalUsages)
	require.Equal(t, "reindex", usage.Usages[0].Action)
	require.Equal(t, "read for civil-status (denied)", usage.Usages[1].Action)
	require.Equal(t, "CIVIL-STATUS", usage.Usages[1].ReceiverSystem)
	empty, err := json.Marshal(siem.UsageOf(nil, strings.ToUpper))
	require.NoError(t, err)
	require.JSONEq(t, `{"totalUsages":0,"usages":[]}`, string(empty))
}
