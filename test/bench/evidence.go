package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/test/tesseratool"
)

// evidences is what evidence was measured at. Nothing of it waits for a network, so it is
// the same with and without one, but for the blocks of the ledger log.
type evidences struct {
	// Verify is of evidence files of a batch's documents, parsing and hashing of the document
	// included: a quorum of three cosigned the checkpoint, and the one that proves "not
	// before". VerifyPostQuantum is of the same files by a policy of ML-DSA-44 keys.
	Verify            figure `json:"verify"`
	VerifyPostQuantum figure `json:"verifyPostQuantum"`

	// Log is of entries, from stored blocks to the durable log.
	Log       figure `json:"log"`
	LogBlocks int    `json:"logBlocks"`
	LogSource string `json:"logSource"`

	// Batch is of ready digests, until the batch file is durable and its root anchored in a
	// ledger in memory. Tessera is of appends of the same digests, 32 bytes each, to a log on
	// Tessera's POSIX storage, until they are durable and integrated.
	Batch          figure  `json:"batch"`
	Tessera        figure  `json:"tessera"`
	BatchToTessera float64 `json:"batchToTessera"` // median of the rounds' ratios

	// Cut is of one evidence file, of any document of the batch, from the batch file.
	Cut figure `json:"cut"`
	// Write is of evidence files, one per document; Plain of files of the same length that
	// one goroutine writes.
	Write figure `json:"write"`
	Plain figure `json:"plainFiles"`

	// Hash is of files into a batch file, in megabytes of 10⁶ bytes; Sha256sum of the same
	// files by as many processes as there are processors. The page cache is warm.
	Hash            figure  `json:"hash"`
	HashFiles       int     `json:"hashFiles"`
	Sha256sum       figure  `json:"sha256sum"`
	HashToSha256sum float64 `json:"hashToSha256sum"` // median of the rounds' ratios
}

// figure is what was measured in rounds, or one by one.
type figure struct {
	outcome
	Rounds []float64 `json:"rounds,omitempty"` // per second
}

// evidence measures what evidence costs, and checks that it is right on the way. Files are
// written below the run directory, and removed at the end.
func (r *runner) evidence(ctx context.Context, result *report) error {
	if _, err := exec.LookPath(sha256sum); err != nil {
		return fmt.Errorf("hashing is compared with %s of the GNU core utilities: %w", sha256sum, err)
	}
	r.say("evidence: building what to compare with")
	tools, err := tesseratool.Build(ctx, r.source.Root)
	if err != nil {
		return err
	}
	dir := filepath.Join(r.options.RunDir, "bench", "evidence")
	if err := os.RemoveAll(dir); err != nil { // of a run that was killed
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	e := &evidences{}
	result.Evidence = e
	if err := r.buildLog(ctx, filepath.Join(dir, "log"), e); err != nil {
		return fmt.Errorf("ledger log: %w", err)
	}
	return withNotary(func(n *gateway.Notary) error {
		b := &batches{runner: r, notary: n, tools: tools, dir: filepath.Join(dir, "batch"), figures: e}
		if err := b.measure(ctx); err != nil {
			return fmt.Errorf("batch: %w", err)
		}
		if err := r.hashFiles(ctx, n, filepath.Join(dir, "files"), e); err != nil {
			return fmt.Errorf("hash files: %w", err)
		}
		return interrupted(ctx)
	})
}

// makeApart makes a directory, and asks the file system to place what is made in it apart
// from what was there before. Without a journal, ext4 takes ten times as long to create a
// file near where many were deleted in the last five minutes (recently_deleted in
// fs/ext4/ialloc.c), such as those of an earlier run. Others need not be asked, and refuse.
func makeApart(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	_ = exec.CommandContext(ctx, "chattr", "+T", dir).Run()
	return nil
}

// side is one of what is compared. do returns how many records it did, and how long that
// took; what it prepares before and checks afterwards does not count.
type side struct {
	name string
	unit string
	into *figure
	do   func(ctx context.Context, round int) (records int, took time.Duration, err error)
}

// compare measures sides in rounds, in turns: what slows the machine for a while slows all.
// A round begins when nothing of earlier ones is left to be written to the disk.
func (r *runner) compare(ctx context.Context, sides ...*side) error {
	outcomes := make(map[*side][]outcome, len(sides))
	for round := range r.options.Rounds {
		for _, s := range order(sides, round) {
			if err := exec.CommandContext(ctx, "sync").Run(); err != nil {
				return fmt.Errorf("sync: %w", err)
			}
			records, took, err := s.do(ctx, round)
			if err := errors.Join(err, interrupted(ctx)); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			o := outcome{Operations: 1, Records: records, Seconds: took.Seconds(), PerSecond: float64(records) / took.Seconds()}
			outcomes[s] = append(outcomes[s], o)
			s.into.Rounds = append(s.into.Rounds, o.PerSecond)
			r.say("round %d of %d: %-22s %10.0f %s/s", round+1, r.options.Rounds, s.name, o.PerSecond, s.unit)
		}
	}
	for _, s := range sides {
		s.into.outcome = merge(outcomes[s], nil)
	}
	return nil
}

// judge adds the targets of evidence.
func (e *evidences) judge(atLeast, atMost bound) {
	atMost("evidence verified, Ed25519, p95 ms", e.Verify.Latency.P95, 1)
	atLeast("ledger log, entries a second", median(e.Log.Rounds), 50_000)
	atLeast("digests into a batch file a second", median(e.Batch.Rounds), 300_000)
	atLeast("digests / tessera's POSIX appends", e.BatchToTessera, 3)
	atMost("evidence of a batch's document cut, p99 ms", e.Cut.Latency.P99, 1)
	atLeast("evidence files written a second", median(e.Write.Rounds), 15_000)
	atLeast("files hashed / sha256sum", e.HashToSha256sum, 0.8)
	atMost("failures of evidence", float64(total(e.Verify.Failures)+total(e.VerifyPostQuantum.Failures)+total(e.Cut.Failures)), 0)
}

// print writes the evidence's lines of the table.
func (e *evidences) print(line func(cells ...string)) {
	row := func(name, unit string, f figure) {
		cells := []string{name, fmt.Sprintf("%.0f", f.PerSecond), unit, "", "", "", ""}
		if l := f.Latency; l.Count > 0 {
			cells = append(cells[:3], fmt.Sprintf("%.3f", l.P50), fmt.Sprintf("%.3f", l.P95), fmt.Sprintf("%.3f", l.P99), fmt.Sprintf("%.3f", l.Max))
		}
		line(append(cells, fmt.Sprint(total(f.Failures)))...)
	}
	line("evidence", "a second", "of", "p50 ms", "p95 ms", "p99 ms", "max ms", "failures")
	row("verify, Ed25519", "files", e.Verify)
	row("verify, ML-DSA-44", "files", e.VerifyPostQuantum)
	row("cut from the batch file", "files", e.Cut)
	row("write, one file each", "files", e.Write)
	row("plain files, as long", "files", e.Plain)
	row("ledger log, "+e.LogSource, "entries", e.Log)
	row("digests into a batch file", "digests", e.Batch)
	row("appends to tessera, POSIX", "entries", e.Tessera)
	row(fmt.Sprintf("hash %d files", e.HashFiles), "MB", e.Hash)
	row(sha256sum+" of them", "MB", e.Sha256sum)
	line()
}

// everyProcessor is how many of something run side by side.
func everyProcessor() int { return max(1, thisMachine().CPUs) }
