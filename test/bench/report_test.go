package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func goodReport() *report {
	r := &report{V: reportVersion, At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Bodies: []string{"CTIE", "SIGI"}}
	r.Nodes = []usage{{Node: "peer0.ctie.psbc.lu", PID: 7, CPUSeconds: 1.5, RSSPeak: 50e6}, {Node: "bench (the client)"}}
	r.Idle.Latency.P50 = 60
	r.Rates.SingleToMinimal = 0.95
	r.Rates.BatchToSingle = 40
	return r
}

func TestTargetsAreJudgedBothWays(t *testing.T) {
	tests := []struct {
		name   string
		change func(*report)
		missed []string
		broken bool
	}{
		{name: "all met", change: func(*report) {}},
		{name: "slower than the substrate allows", change: func(r *report) { r.Rates.SingleToMinimal = 0.89 }, missed: []string{"single rate / minimal chaincode's"}},
		{name: "batches too slow", change: func(r *report) { r.Rates.BatchToSingle = 24 }, missed: []string{"batch rate / single rate"}},
		{name: "slow when idle", change: func(r *report) { r.Idle.Latency.P50 = 101 }, missed: []string{"idle submit p50, ms"}},
		{name: "a failure", change: func(r *report) { r.Surge.Failures = map[string]int{"unavailable": 1} }, missed: []string{"failures in the surge"}},
		{name: "a lost record", change: func(r *report) { r.Surge.Ledger.Lost = 1 }, missed: []string{"records lost"}, broken: true},
		{name: "a doubled record", change: func(r *report) { r.Surge.Ledger.Doubled = 1 }, missed: []string{"records doubled"}, broken: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := goodReport()
			test.change(r)
			r.judge()
			require.Len(t, r.Targets, 6)
			require.Equal(t, test.missed, r.missed())
			require.Equal(t, test.broken, r.broken())

			dir := t.TempDir()
			require.Equal(t, test.broken, conclude(r, options{RunDir: dir}, io.Discard, io.Discard) != nil)
			require.Equal(t, len(test.missed) > 0, conclude(r, options{RunDir: dir, Check: true}, io.Discard, io.Discard) != nil)
		})
	}
}

func TestAReportIsPrintedAndSaved(t *testing.T) {
	dir := t.TempDir()
	r := goodReport()
	r.Surge.Failures = map[string]int{"unavailable": 2}
	r.judge()
	var out bytes.Buffer
	more := filepath.Join(dir, "deep", "more.json")
	require.NoError(t, conclude(r, options{RunDir: dir, Out: more}, &out, io.Discard))
	require.Contains(t, out.String(), "peer0.ctie.psbc.lu")
	require.Contains(t, out.String(), "surge: 2 failed: unavailable")
	require.Contains(t, out.String(), "MISSED")

	for _, path := range []string{filepath.Join(dir, "bench", "20260102T030405Z.json"), more} {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		var back report
		require.NoError(t, json.Unmarshal(data, &back))
		require.Equal(t, *r, back)
	}
}

func TestOptionsAreBounded(t *testing.T) {
	tests := []struct {
		name      string
		arguments []string
		wrong     string
	}{
		{"defaults", nil, ""},
		{"a short run", []string{"-submits", "1", "-rounds", "1", "-seconds", "1", "-warm-up", "0"}, ""},
		{"no round", []string{"-rounds", "0"}, "-rounds 0: 1 to 100 is possible"},
		{"a batch larger than the notary takes", []string{"-batch", "1001"}, "-batch 1001: 1 to 1000 is possible"},
		{"evidence alone", []string{"-only", "evidence", "-digests", "1"}, ""},
		{"another phase alone", []string{"-only", "surge"}, `-only "surge": the one phase that runs alone is evidence`},
		{"evidence alone, and left out", []string{"-only", "evidence", "-digests", "0"}, "-digests 0 leaves out what -only asks for"},
		{"not a flag", []string{"now"}, `unexpected argument "now"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o, err := parseOptions(test.arguments, io.Discard)
			if test.wrong != "" {
				require.EqualError(t, err, test.wrong)
				return
			}
			require.NoError(t, err)
			require.Equal(t, filepath.Join("run", "profiles"), o.in("run").Profiles)
		})
	}
}

func TestTheMeterMeasuresThisProcess(t *testing.T) {
	m, err := startMeter(t.Context(), []node{{name: "self", pid: os.Getpid()}})
	require.NoError(t, err)
	for limit := time.Now().Add(time.Minute); m.nodesCPU() == 0; { // until the kernel counts a tick
		require.True(t, time.Now().Before(limit), "no CPU time was seen")
	}
	all := m.finish()
	require.Len(t, all, 2, "the node and the client")
	require.Equal(t, "self", all[0].Node)
	require.Positive(t, all[0].RSSBefore)
	require.GreaterOrEqual(t, all[0].RSSPeak, all[0].RSSBefore)
	require.Positive(t, all[0].CPUSeconds)
	require.False(t, all[0].Gone)
}

func TestTheMeterNamesANodeThatDoesNotRun(t *testing.T) {
	const noProcess = 1<<31 - 2
	_, err := startMeter(t.Context(), []node{{name: "peer0.ctie", pid: noProcess}})
	require.ErrorContains(t, err, "peer0.ctie (pid 2147483646) does not run")
}
