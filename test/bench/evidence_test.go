package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/network"
)

func evidenceOptions(t *testing.T) options {
	o, err := parseOptions([]string{
		"-only", onlyEvidence, "-run-dir", t.TempDir(), "-digests", "3000", "-log-entries", "5000", "-hash-megabytes", "30", "-evidence-files", "1500", "-rounds", "2",
	}, io.Discard)
	require.NoError(t, err)
	return o
}

func TestEvidenceIsMeasuredWithoutANetwork(t *testing.T) {
	o := evidenceOptions(t)
	r := &runner{options: o, source: network.Source{Root: filepath.Join("..", "..")}, progress: io.Discard}
	result, err := r.measureEvidence(t.Context())
	require.NoError(t, err)

	e := result.Evidence
	for name, f := range map[string]figure{
		"verify": e.Verify, "ML-DSA": e.VerifyPostQuantum, "cut": e.Cut, "write": e.Write, "plain": e.Plain, "log": e.Log, "batch": e.Batch, "tessera": e.Tessera,
		"hash": e.Hash, "sha256sum": e.Sha256sum,
	} {
		require.Positive(t, f.PerSecond, name)
		require.Empty(t, f.Failures, name)
	}
	require.Equal(t, verifySamples, e.Verify.Latency.Count)
	require.Len(t, e.Batch.Rounds, 2)
	require.Equal(t, 2*3000, e.Batch.Records)
	require.Equal(t, e.Batch.Records, e.Tessera.Records)
	require.Equal(t, 2*1500, e.Write.Records)
	require.GreaterOrEqual(t, e.Log.Records, 2*5000)
	require.Equal(t, madeBlocks, e.LogSource)
	require.Positive(t, e.BatchToTessera)
	require.Positive(t, e.HashToSha256sum)
	require.NoDirExists(t, filepath.Join(o.RunDir, "bench", "evidence"), "nothing is left behind")

	var out bytes.Buffer
	require.NoError(t, conclude(result, o, &out, io.Discard))
	require.Contains(t, out.String(), "digests into a batch file")
	require.NotContains(t, out.String(), "surge", "there was no network")
	files, err := filepath.Glob(filepath.Join(o.RunDir, "bench", "*.json"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	data, err := os.ReadFile(files[0])
	require.NoError(t, err)
	var back report
	require.NoError(t, json.Unmarshal(data, &back))
	again, err := json.MarshalIndent(back, "", "  ")
	require.NoError(t, err)
	require.Equal(t, string(data), string(again)+"\n")
}

func TestTargetsOfEvidenceAreJudged(t *testing.T) {
	good := func() *evidences {
		e := &evidences{BatchToTessera: 3, HashToSha256sum: 0.8}
		e.Verify.Latency.P95, e.Cut.Latency.P99 = 1, 1
		e.Log.Rounds, e.Batch.Rounds, e.Write.Rounds = []float64{50_000}, []float64{300_000}, []float64{15_000}
		return e
	}
	tests := []struct {
		name   string
		change func(*evidences)
		missed []string
	}{
		{"all just met", func(*evidences) {}, nil},
		{"verified too slowly", func(e *evidences) { e.Verify.Latency.P95 = 1.1 }, []string{"evidence verified, Ed25519, p95 ms"}},
		{"a log built too slowly", func(e *evidences) { e.Log.Rounds = []float64{49_999} }, []string{"ledger log, entries a second"}},
		{"digests too slow", func(e *evidences) { e.Batch.Rounds = []float64{299_999} }, []string{"digests into a batch file a second"}},
		{"not faster enough than others", func(e *evidences) { e.BatchToTessera = 2.9 }, []string{"digests / tessera's POSIX appends"}},
		{"cut too slowly", func(e *evidences) { e.Cut.Latency.P99 = 1.1 }, []string{"evidence of a batch's document cut, p99 ms"}},
		{"written too slowly", func(e *evidences) { e.Write.Rounds = []float64{14_999} }, []string{"evidence files written a second"}},
		{"hashed too slowly", func(e *evidences) { e.HashToSha256sum = 0.79 }, []string{"files hashed / sha256sum"}},
		{"one that does not verify", func(e *evidences) { e.Verify.Failures = map[string]int{"other": 1} }, []string{"failures of evidence"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := goodReport()
			r.Evidence = good()
			test.change(r.Evidence)
			r.judge()
			require.Equal(t, test.missed, r.missed())
			require.Len(t, r.Targets, 6+8, "beside those of the network")

			alone := &report{Options: options{Only: onlyEvidence}, Evidence: r.Evidence}
			alone.judge()
			require.Equal(t, test.missed, alone.missed())
			require.Len(t, alone.Targets, 8)
		})
	}
}

func TestMadeUpBlocksFollowEachOther(t *testing.T) {
	var previous *block.Block
	entries, invalid := 0, 0
	for raw, err := range madeUp(10_000) {
		require.NoError(t, err)
		b, err := block.Decode(raw)
		require.NoError(t, err)
		if previous != nil {
			require.Equal(t, previous.HeaderHash, *b.PreviousHash)
		}
		previous = b
		list, err := ledgerlog.Entries(b)
		require.NoError(t, err)
		entries += len(list)
		for _, tx := range b.Transactions {
			if !tx.Valid {
				invalid++
			}
		}
	}
	require.GreaterOrEqual(t, entries, 10_000)
	require.Less(t, entries, 10_000+madeBatchWrites+2, "no more blocks than needed")
	require.Positive(t, invalid)
}

func TestBlocksEndAtTheHeight(t *testing.T) {
	taken := 0
	for b, err := range first(func(yield func(*common.Block, error) bool) {
		for n := uint64(0); yield(&common.Block{Header: &common.BlockHeader{Number: n}}, nil); n++ {
		}
	}, 3) {
		require.NoError(t, err)
		require.Equal(t, uint64(taken), b.GetHeader().GetNumber())
		taken++
	}
	require.Equal(t, 3, taken)
}

func TestSidesTakeTurns(t *testing.T) {
	r := &runner{options: options{Rounds: 2}, progress: io.Discard}
	var sequence []string
	var a, b figure
	one := func(name string, into *figure, records int) *side {
		return &side{name, "things", into, func(context.Context, int) (int, time.Duration, error) {
			sequence = append(sequence, name)
			return records, 2 * time.Second, nil
		}}
	}
	require.NoError(t, r.compare(t.Context(), one("a", &a, 10), one("b", &b, 4)))
	require.Equal(t, []string{"a", "b", "b", "a"}, sequence)
	require.Equal(t, []float64{5, 5}, a.Rounds)
	require.Equal(t, 8, b.Records)
	require.InDelta(t, 2, b.PerSecond, 1e-9)
}

func TestSharesHaveTheSameBytes(t *testing.T) {
	f := &fileSet{names: []string{"a", "b", "c", "d"}, sizes: []int{1, 5, 3, 3}}
	require.Equal(t, [][]string{{"b", "a"}, {"c", "d"}}, f.shares(2))
	require.Len(t, f.shares(9), 4, "no process without a file")
}

func TestALedgerInMemoryThatFailsIsAnError(t *testing.T) {
	h := &harness{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.Fatalf("no port %d", 7)
	}()
	<-done
	require.EqualError(t, h.err, "ledger in memory: no port 7")
}
