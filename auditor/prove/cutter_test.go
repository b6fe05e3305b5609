package prove_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/auditor/prove"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// evidenceOf is the evidence of a batch's anchor.
func evidenceOf(t testing.TB, c *channel, key []byte, after *tlog.SignedCheckpoint) *evidence.Proof {
	t.Helper()
	p, err := prove.Prove(prove.Request{
		Block: c.blocks[1], Target: prove.Target{Namespace: "notary", Key: key}, Checkpoint: c.cosigned(1), After: after,
	}, c.log)
	require.NoError(t, err)
	return p
}

func TestTheCutterWritesWhatMarshalWrites(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		count := rapid.IntRange(1, 600).Draw(r, "count")
		digests, tree := batchOf(t, count)
		c, key := anchored(t, uint64(count), tree.Hash(), nil)
		anchor := evidenceOf(t, c, key, nil)
		if rapid.Bool().Draw(r, "after") {
			before := c.cosigned(0)
			anchor.Extra.After = &before
		}
		cutter, err := prove.NewCutter(anchor)
		require.NoError(t, err)
		m := member(t, digests, tree, rapid.Uint64Range(0, uint64(count)-1).Draw(r, "index"))
		got, err := cutter.Cut(m)
		require.NoError(t, err)

		whole := *anchor
		whole.Extra.Member = &m
		want, err := whole.Marshal()
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	})
}

func TestWhatTheCutterWritesHolds(t *testing.T) {
	digests, tree := batchOf(t, 5)
	empty := newChannel(t).cosigned(0) // the channels have the same first block
	c, key := anchored(t, 5, tree.Hash(), &notary.After{Size: empty.Size, Root: empty.Root.String()})
	cutter, err := prove.NewCutter(evidenceOf(t, c, key, &empty))
	require.NoError(t, err)
	file, err := cutter.Cut(member(t, digests, tree, 3))
	require.NoError(t, err)
	p, err := evidence.ParseProof(file)
	require.NoError(t, err)
	result, err := evidence.Verify(bytes.NewReader([]byte("document 3")), p, c.policy, time.Unix(now, 0))
	require.NoError(t, err)
	require.Equal(t, digests[3], result.Document)
	require.NotNil(t, result.NotBefore)
}

func TestTheCutterRefusesADocumentThatTheBatchDoesNotHave(t *testing.T) {
	digests, tree := batchOf(t, 5)
	c, key := anchored(t, 5, tree.Hash(), nil)
	cutter, err := prove.NewCutter(evidenceOf(t, c, key, nil))
	require.NoError(t, err)
	good := member(t, digests, tree, 3)
	for name, change := range map[string]func(*evidence.Member){
		"another digest": func(m *evidence.Member) { m.Digest = digests[2] },
		"no digest":      func(m *evidence.Member) { m.Digest = `"` },
		"another index":  func(m *evidence.Member) { m.Index = 2 },
		"a short path":   func(m *evidence.Member) { m.Path = m.Path[1:] },
	} {
		m := good
		change(&m)
		_, err := cutter.Cut(m)
		var refused *evidence.MemberError
		require.ErrorAs(t, err, &refused, name)
	}
}

func TestTheCutterIsForAnchorsOnly(t *testing.T) {
	c := ledger(t)
	p, err := prove.Prove(prove.Request{Block: c.blocks[1], Target: prove.Target{Namespace: "notary", Key: []byte("x")}, Checkpoint: c.cosigned(1)}, c.log)
	require.NoError(t, err)
	_, err = prove.NewCutter(p)
	require.ErrorContains(t, err, "not that of a batch")
}

func TestWriteAllWritesAFileForEachDocument(t *testing.T) {
	const count = 700
	digests, tree := batchOf(t, count)
	c, key := anchored(t, count, tree.Hash(), nil)
	cutter, err := prove.NewCutter(evidenceOf(t, c, key, nil))
	require.NoError(t, err)
	dir := t.TempDir()
	path := func(i uint64) string {
		return filepath.Join(dir, fmt.Sprint(i%3), fmt.Sprint(i)+evidence.FileExtension)
	}
	require.NoError(t, os.MkdirAll(filepath.Dir(path(0)), 0o755))
	require.NoError(t, os.WriteFile(path(0), []byte("older evidence"), 0o600))
	var written atomic.Int64
	require.NoError(t, cutter.WriteAll(t.Context(), count, func(i uint64) (string, evidence.Member, error) {
		return path(i), member(t, digests, tree, i), nil
	}, func(n int) { written.Add(int64(n)) }))
	require.EqualValues(t, count, written.Load())
	for i := range uint64(count) {
		file, err := os.ReadFile(path(i))
		require.NoError(t, err)
		result, err := c.verify(file)
		require.NoError(t, err)
		require.Equal(t, digests[i], result.Member.Digest)
	}
	info, err := os.Stat(path(1))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o644), info.Mode().Perm())
	left, err := filepath.Glob(filepath.Join(dir, "*", ".psbc*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestWriteAllStopsAtTheFirstFailure(t *testing.T) {
	digests, tree := batchOf(t, 10)
	c, key := anchored(t, 10, tree.Hash(), nil)
	cutter, err := prove.NewCutter(evidenceOf(t, c, key, nil))
	require.NoError(t, err)
	broken := errors.New("the batch file is damaged")
	dir := t.TempDir()
	err = cutter.WriteAll(t.Context(), 10, func(i uint64) (string, evidence.Member, error) {
		if i == 4 {
			return "", evidence.Member{}, broken
		}
		return filepath.Join(dir, fmt.Sprint(i)), member(t, digests, tree, i), nil
	}, nil)
	require.ErrorIs(t, err, broken)
}

func BenchmarkWriteAll(b *testing.B) {
	const count = 20_000
	digests, tree := batchOf(b, count)
	c, key := anchored(b, count, tree.Hash(), nil)
	cutter, err := prove.NewCutter(evidenceOf(b, c, key, nil))
	require.NoError(b, err)
	members := make([]evidence.Member, count)
	for i := range members {
		members[i] = member(b, digests, tree, uint64(i))
	}
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		b.StartTimer()
		require.NoError(b, cutter.WriteAll(b.Context(), count, func(i uint64) (string, evidence.Member, error) {
			return filepath.Join(dir, fmt.Sprint(i/1000), fmt.Sprint(i)+evidence.FileExtension), members[i], nil
		}, nil))
	}
	b.ReportMetric(float64(count)*float64(b.N)/b.Elapsed().Seconds(), "files/s")
}
