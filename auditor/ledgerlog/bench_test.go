package ledgerlog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/auditor/ledgerlog"
)

// BenchmarkBuild builds logs from stored blocks, decoding and flushing included. The promise
// is 50,000 entries a second on two cores.
func BenchmarkBuild(b *testing.B) {
	var writes []int
	for range 200 {
		writes = append(writes, 500)
	}
	h := historyOf(b, writes...)
	root := b.TempDir()
	b.ResetTimer()
	for n := range b.N {
		l := open(b, path(root, string(rune('a'+n%26)), string(rune('a'+n/26))))
		require.NoError(b, ledgerlog.Build(b.Context(), h.stream(0), l, nil))
		require.NoError(b, l.Close())
	}
	b.ReportMetric(float64(b.N)*float64(h.tree.Size())/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkFlush is what one small block costs when it is flushed at once.
func BenchmarkFlush(b *testing.B) {
	writes := make([]int, b.N)
	for i := range writes {
		writes[i] = 4
	}
	h := historyOf(b, writes...)
	l := open(b, b.TempDir())
	defer l.Close()
	b.ResetTimer()
	for _, block := range h.blocks {
		require.NoError(b, l.Append(block))
		require.NoError(b, l.Flush())
	}
}

// BenchmarkInclusion proves entries of a log on the disk.
func BenchmarkInclusion(b *testing.B) {
	h := historyOf(b, 50_000, 50_000, 10)
	dir := b.TempDir()
	logOf(b, dir, h)
	reader, err := ledgerlog.OpenReader(dir)
	require.NoError(b, err)
	b.ResetTimer()
	for n := range uint64(b.N) {
		_, err := reader.Inclusion(n*7919%h.tree.Size(), h.tree.Size())
		require.NoError(b, err)
	}
}
