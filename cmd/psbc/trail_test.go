package main

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/feed"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

// past is the script command that appends batch 1 of a source as CTIE would have in
// 2020: past append TRAIL SOURCE, and past seal TRAIL SOURCE FILE, which keeps in FILE
// what reveals it from 2021 on.
func past(ts *testscript.TestScript, _ bool, args []string) {
	ledger := ts.Value(networkKey{}).(*gatewaytest.Network).Ledger()
	switch {
	case len(args) == 3 && args[0] == "append":
		ts.Check(appendInThePast(ledger, args[1], args[2]))
	case len(args) == 4 && args[0] == "seal":
		ts.Check(sealInThePast(ledger, args[1], args[2], ts.MkAbs(args[3])))
	default:
		ts.Fatalf("usage: past append TRAIL SOURCE, past seal TRAIL SOURCE FILE")
	}
}

// pastEntry is an act of 2020.
func pastEntry() trail.Entry {
	return trail.Entry{Action: trail.ActionRead, Actor: "k0:" + strings.Repeat("ab", 32), OccurredAt: "2020-01-01T00:00:00Z", Outcome: trail.OutcomeSuccess, Purpose: "long-ago"}
}

func appendInThePast(ledger *ledgertest.Ledger, id, source string) error {
	return submitInThePast(ledger, "Append", trail.AppendRequest{
		RequestID: "past-append-" + source, Place: trail.Place{Trail: id, Source: source, Number: 1}, Entries: []trail.Entry{pastEntry()},
	})
}

func sealInThePast(ledger *ledgertest.Ledger, id, source, path string) error {
	place := trail.Place{Trail: id, Source: source, Number: 1}
	commitments, opened, err := gateway.NewCommitments(place, []trail.Entry{pastEntry(), pastEntry()})
	if err != nil {
		return err
	}
	kept := feed.Kept{V: 1, RequestID: "past-seal-" + source, Place: place, RevealAfter: "2021-01-01T00:00:00Z", Entries: opened}
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return submitInThePast(ledger, "Seal", trail.SealRequest{RequestID: kept.RequestID, Place: place, RevealAfter: kept.RevealAfter, Commitments: commitments})
}

func submitInThePast(ledger *ledgertest.Ledger, function string, request any) error {
	text, err := json.Marshal(request)
	if err != nil {
		return err
	}
	recorder := ledger.Client("CTIEMSP", ledgertest.WithAttribute(contract.RoleRecorder, "true"))
	_, err = recorder.With(ledgertest.Calling("trail"), ledgertest.At(time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC))).Submit(function, string(text))
	return err
}

func TestAGapThatNobodyDeclaredIsTold(t *testing.T) {
	result := viewGaps("civil-status", []trail.Gap{{Source: "a", After: 0, Before: 3, Declared: "restored-backup"}, {Source: "b", After: 4, Before: 6}})
	require.Equal(t, gapsResult{Trail: "civil-status", Undeclared: 1, Gaps: []gapView{
		{Source: "a", First: 1, Last: 2, Missing: 2, Declared: "restored-backup"},
		{Source: "b", First: 5, Last: 5, Missing: 1},
	}}, result)
	var out strings.Builder
	writeGaps(&out, result, 7)
	require.Contains(t, out.String(), "a\t2\t1 to 2\trestored-backup\n")
	require.Contains(t, out.String(), "b\t1\t5\tNOT DECLARED\n")
}

func TestABatchIsDescribedByWhatHappenedToIt(t *testing.T) {
	sealed := trail.Batch{RevealAfter: "2030-01-01T00:00:00.000000000Z"}
	for want, b := range map[string]trail.BatchState{
		"open":                              {},
		"open, follows 3, restored-backup":  {Batch: trail.Batch{Previous: 3, GapReason: "restored-backup"}},
		"sealed until 2030-01-01T00:00:00Z": {Batch: sealed},
		"revealed at 2030-01-02T00:00:00Z":  {Batch: sealed, Revealed: &trail.Reveal{ClaimedTime: "2030-01-02T00:00:00Z"}},
		"removed at 2030-01-03T00:00:00Z":   {Batch: sealed, Revealed: &trail.Reveal{}, Removed: &trail.Removal{ClaimedTime: "2030-01-03T00:00:00Z"}},
	} {
		require.Equal(t, want, describeBatch(b))
	}
}

// A batch is written as a whole: once one of its entries is new, all are, and in the
// next round none is.
func TestAFollowerTellsNewBatches(t *testing.T) {
	at := func(source string, number, second int) trail.Located {
		return trail.Located{Source: source, Number: number, ClaimedTime: time.Date(2026, 1, 1, 0, 0, second, 0, time.UTC).Format("2006-01-02T15:04:05.000000000Z")}
	}
	f := newFollower("")
	require.Empty(t, f.request("civil-status").From, "of an empty trail, all is new")
	f.see(at("a", 1, 0))
	require.False(t, f.isNew(at("a", 1, 0)))
	require.True(t, f.isNew(at("a", 2, 40)))
	require.True(t, f.isNew(at("a", 2, 40)), "the next entry of the same batch")
	require.True(t, f.isNew(at("b", 1, 35)), "of another source, a little earlier")
	f.next()
	require.False(t, f.isNew(at("a", 2, 40)))
	require.False(t, f.isNew(at("b", 1, 35)))
	require.Equal(t, "2026-01-01T00:00:10.000000000Z", f.request("civil-status").From)
	require.NotContains(t, f.batches, "a/1", "what is not looked for any more is forgotten")

	f = newFollower("2026-01-01T00:00:20.000000000Z")
	f.see(at("a", 1, 40))
	require.Equal(t, "2026-01-01T00:00:20.000000000Z", f.request("civil-status").From, "what was not looked at is not new")
}

// A trail that is followed shows what is appended meanwhile, each entry once.
func TestATrailIsFollowed(t *testing.T) {
	run := filepath.Join(t.TempDir(), ".run")
	network := gatewaytest.New(t)
	writeProfiles(t, network, run)
	psbc := func(out io.Writer, args ...string) exit.Code {
		var errOut strings.Builder
		code := execute(t.Context(), append(args, "--run-dir", run), strings.NewReader(""), out, &errOut)
		require.Empty(t, errOut.String())
		return code
	}
	require.Equal(t, exit.OK, psbc(io.Discard, "trail", "create", filepath.Join("testdata", "examples", "civil-status.yaml")))
	require.NoError(t, appendInThePast(network.Ledger(), "civil-status", "first"))

	reader, writer := io.Pipe()
	ended := make(chan exit.Code, 1)
	go func() {
		ended <- psbc(writer, "trail", "tail", "civil-status", "--follow", "--json", "--limit", "3")
		_ = writer.Close()
	}()
	lines := bufio.NewScanner(reader)
	for _, source := range []string{"first", "second", "third"} {
		if source != "first" {
			require.NoError(t, appendInThePast(network.Ledger(), "civil-status", source))
		}
		require.True(t, lines.Scan())
		require.Contains(t, lines.Text(), `"source":"`+source+`"`)
	}
	require.False(t, lines.Scan())
	require.Equal(t, exit.OK, <-ended)
}

func TestATrailIsDefinedByFlags(t *testing.T) {
	f := trailFlags{id: "a", titles: []string{"fr=État civil", "en=a=b"}, days: 3, readers: []string{"SIGI"}}
	d, err := f.definition()
	require.NoError(t, err)
	require.Equal(t, trail.Definition{ID: "a", Titles: trail.Titles{Fr: "État civil", En: "a=b"}, RetentionDays: 3, Readers: []string{"SIGI"}}, d)
	for _, title := range []string{"x=y", "fr", "=y"} {
		f.titles = []string{title}
		_, err := f.definition()
		require.Equal(t, exit.Usage, exit.CodeOf(err), title)
	}
}

func TestAPseudonymIsShortenedForPeople(t *testing.T) {
	require.Equal(t, "k1:abababababab…", briefPseudonym("k1:"+strings.Repeat("ab", 32)))
	require.Empty(t, briefPseudonym(""))
	require.Equal(t, "x", briefPseudonym("x"))
}
