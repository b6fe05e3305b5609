package gateway_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

// manyDigests are that many different digests, without the cost of hashing anything.
func manyDigests(first, count int) iter.Seq2[gateway.Document, error] {
	return func(yield func(gateway.Document, error) bool) {
		var sum [32]byte
		for i := range count {
			binary.BigEndian.PutUint64(sum[24:], uint64(first+i))
			if !yield(gateway.Document{Digest: notary.Digest("sha2-256:" + hex.EncodeToString(sum[:]))}, nil) {
				return
			}
		}
	}
}

// BenchmarkBatchFileDigests is digests into a durable batch file, and its anchor: the goal is
// 300,000 a second on two cores.
func BenchmarkBatchFileDigests(b *testing.B) {
	const count = 1_000_000
	ctie := notaryOf(gatewaytest.New(b), "CTIEMSP")
	first := 0
	for b.Loop() {
		batch, err := ctie.NotariseMany(b.Context(), manyDigests(first, count), manyOptions(b))
		require.NoError(b, err)
		closed(b, batch)
		first += count
	}
	b.ReportMetric(float64(first)/b.Elapsed().Seconds(), "digests/s")
}

// BenchmarkBatchFileMembers cuts paths of a batch of ten million: the goal is less than a
// millisecond for any, and the 15,000/s at which evidence files are to be written.
func BenchmarkBatchFileMembers(b *testing.B) {
	const count = 10_000_000
	batch, err := notaryOf(gatewaytest.New(b), "CTIEMSP").NotariseMany(b.Context(), manyDigests(0, count), manyOptions(b))
	require.NoError(b, err)
	defer closed(b, batch)
	b.Run("any", func(b *testing.B) {
		random := rand.New(rand.NewPCG(1, 2))
		for b.Loop() {
			_, err := batch.Member(random.Uint64N(count))
			require.NoError(b, err)
		}
	})
	b.Run("in order", func(b *testing.B) {
		i := uint64(0)
		for b.Loop() {
			_, err := batch.Member(i % count)
			require.NoError(b, err)
			i++
		}
	})
	b.Run("find the last", func(b *testing.B) {
		last, err := batch.Member(count - 1)
		require.NoError(b, err)
		for b.Loop() {
			i, err := batch.Find(last.Digest)
			require.NoError(b, err)
			require.Equal(b, uint64(count-1), i)
		}
	})
}

// BenchmarkBatchFileFiles hashes files on all cores, and compares with as many sha256sum: the
// goal is 0.8 of its speed.
func BenchmarkBatchFileFiles(b *testing.B) {
	for _, size := range []int{1 << 10, 100 << 10, 64 << 20} {
		b.Run(fmt.Sprint(size>>10, " KiB"), func(b *testing.B) {
			count := max(8, min(20_000, 512<<20/size))
			dir := b.TempDir()
			content := make([]byte, size)
			paths := make([]string, count)
			for i := range paths {
				binary.BigEndian.PutUint64(content, rand.Uint64()) // another file each time
				paths[i] = filepath.Join(dir, fmt.Sprint(i))
				require.NoError(b, os.WriteFile(paths[i], content, 0o600))
			}
			documents := func(yield func(gateway.Document, error) bool) {
				for _, path := range paths {
					if !yield(gateway.Document{Path: path}, nil) {
						return
					}
				}
			}
			theirs := sha256sum(b, dir)
			ctie := notaryOf(gatewaytest.New(b), "CTIEMSP")
			runs := 0
			for b.Loop() {
				batch, err := ctie.NotariseMany(b.Context(), documents, manyOptions(b))
				require.NoError(b, err)
				closed(b, batch)
				runs++
			}
			ours := b.Elapsed() / time.Duration(runs)
			b.SetBytes(int64(size) * int64(count))
			b.ReportMetric(float64(theirs)/float64(ours), "of-sha256sum's-speed")
		})
	}
}

// sha256sum is the time that sha256sum takes for the files of a directory, on two cores.
func sha256sum(b *testing.B, dir string) time.Duration {
	b.Helper()
	script := "find . -type f -print0 | xargs -0 -n 256 -P 2 sha256sum > /dev/null"
	if entries, err := os.ReadDir(dir); err == nil && len(entries) < 512 {
		script = "find . -type f -print0 | xargs -0 -n 1 -P 2 sha256sum > /dev/null"
	}
	best := time.Hour
	for range 3 {
		command := exec.CommandContext(b.Context(), "sh", "-c", script)
		command.Dir = dir
		begin := time.Now()
		require.NoError(b, command.Run())
		best = min(best, time.Since(begin))
	}
	return best
}
