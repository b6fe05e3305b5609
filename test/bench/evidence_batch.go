package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/psbc-lu/psbc/auditor/prove"
	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
	"github.com/psbc-lu/psbc/test/tesseratool"
)

const (
	// cutSamples and verifySamples are how often evidence is cut and verified, one after the
	// other.
	cutSamples    = 20_000
	verifySamples = 2_000
	// filesOfDirectory is how many evidence files one directory takes.
	filesOfDirectory = 1000
	tesseraLimit     = 10 * time.Minute
)

// batches measures a batch of ready digests, and the evidence of its documents.
type batches struct {
	runner  *runner
	notary  *gateway.Notary
	tools   *tesseratool.Tools
	dir     string
	figures *evidences

	digests []notary.Digest
	batch   *gateway.Batch // the last one that was made
	scene   *scene
	cutter  *prove.Cutter
}

// document is the content of the i-th document, of which the batch knows the digest.
func document(i uint64) []byte { return fmt.Appendf(nil, "The %d-th document of the benchmark.\n", i) }

func (b *batches) measure(ctx context.Context) error {
	if err := makeApart(ctx, b.dir); err != nil {
		return err
	}
	entries := filepath.Join(b.dir, "entries")
	if err := b.prepare(entries); err != nil {
		return err
	}
	f := b.figures
	defer func() {
		if b.batch != nil {
			_ = b.batch.Close()
		}
	}()
	err := b.runner.compare(ctx,
		&side{"digests", "digests", &f.Batch, b.anchor},
		&side{"tessera", "entries", &f.Tessera, func(ctx context.Context, round int) (int, time.Duration, error) {
			return b.tessera(ctx, entries, round)
		}})
	if err != nil {
		return err
	}
	f.BatchToTessera = median(ratios(f.Batch.Rounds, f.Tessera.Rounds))
	for _, step := range []func(context.Context) error{b.prove, b.cut, b.verify, b.write} {
		if err := errors.Join(step(ctx), interrupted(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes the digests, and writes the same to a file for Tessera: 32 bytes each, which
// is the least to hash and to write that a digest can be.
func (b *batches) prepare(entries string) error {
	count := b.runner.options.Digests
	raw := make([]byte, 0, count*sha256.Size)
	b.digests = make([]notary.Digest, count)
	for i := range b.digests {
		sum := sha256.Sum256(document(uint64(i)))
		raw = append(raw, sum[:]...)
		var err error
		if b.digests[i], err = notary.NewDigest(notary.SHA2_256, sum[:]); err != nil {
			return err
		}
	}
	return os.WriteFile(entries, raw, 0o644)
}

// documents are the batch's, beginning with another one in each round: one batch cannot be
// anchored twice.
func (b *batches) documents(first int) iter.Seq2[gateway.Document, error] {
	return func(yield func(gateway.Document, error) bool) {
		for _, part := range [][]notary.Digest{b.digests[first:], b.digests[:first]} {
			for _, digest := range part {
				if !yield(gateway.Document{Digest: digest}, nil) {
					return
				}
			}
		}
	}
}

// anchor makes a batch file and keeps it for what follows, instead of the one before.
func (b *batches) anchor(ctx context.Context, round int) (int, time.Duration, error) {
	path := filepath.Join(b.dir, fmt.Sprintf("batch-%d", round))
	began := time.Now()
	batch, err := b.notary.NotariseMany(ctx, b.documents(round%len(b.digests)), gateway.ManyOptions{BatchFile: path, Reference: "benchmark"})
	took := time.Since(began)
	if err != nil {
		return 0, 0, err
	}
	if b.batch != nil {
		err = b.batch.Close()
	}
	b.batch = batch
	if batch.Len() != uint64(len(b.digests)) {
		err = errors.Join(err, fmt.Errorf("the batch has %d documents", batch.Len()))
	}
	return int(batch.Len()), took, err
}

func (b *batches) tessera(ctx context.Context, entries string, round int) (int, time.Duration, error) {
	dir := filepath.Join(b.dir, fmt.Sprintf("tessera-%d", round))
	a, err := b.tools.Append(ctx, dir, entries, sha256.Size, tesseraLimit)
	if err == nil && a.Entries != len(b.digests) {
		err = fmt.Errorf("%d entries were appended, not %d", a.Entries, len(b.digests))
	}
	return a.Entries, time.Duration(a.Seconds * float64(time.Second)), err
}

// prove makes the evidence of the anchor, once.
func (b *batches) prove(context.Context) error {
	var err error
	if b.scene, err = newScene(); err != nil {
		return err
	}
	anchor, err := b.scene.anchored(b.batch)
	if err != nil {
		return err
	}
	b.cutter, err = prove.NewCutter(anchor)
	return err
}

// file cuts the evidence of one document.
func (b *batches) file(i uint64) ([]byte, error) {
	member, err := b.batch.Member(i)
	if err != nil {
		return nil, err
	}
	return b.cutter.Cut(member)
}

// cut cuts evidence of documents all over the batch.
func (b *batches) cut(ctx context.Context) error {
	b.runner.say("evidence: cutting %d files, one after the other", cutSamples)
	random := rand.New(rand.NewPCG(1, 2))
	samples := driveCount(ctx, 1, cutSamples, func(context.Context, int) (int, error) {
		_, err := b.file(random.Uint64N(b.batch.Len()))
		return 1, err
	})
	b.figures.Cut.outcome = evaluateSamples(samples, span(samples), failureKind)
	return nil
}

// verify verifies files as they are on disk against documents, by both policies.
func (b *batches) verify(ctx context.Context) error {
	var files, documents [][]byte
	first := uint64(b.runner.options.Rounds-1) % uint64(len(b.digests)) // of the last round
	for i := range min(b.batch.Len(), 256) {
		file, err := b.file(i)
		if err != nil {
			return err
		}
		files, documents = append(files, file), append(documents, document((i+first)%b.batch.Len()))
	}
	for _, policy := range []struct {
		name string
		*evidence.Policy
		into *figure
	}{
		{"Ed25519", b.scene.policy, &b.figures.Verify},
		{"ML-DSA-44", b.scene.postQuantum, &b.figures.VerifyPostQuantum},
	} {
		b.runner.say("evidence: verifying %d files of %d bytes, %s", verifySamples, len(files[0]), policy.name)
		check := func(_ context.Context, i int) (int, error) {
			return 1, b.holds(documents[i%len(files)], files[i%len(files)], policy.Policy)
		}
		if err := refuses(documents[0], files, policy.Policy); err != nil {
			return err
		}
		driveCount(ctx, 1, len(files), check) // warms up
		samples := driveCount(ctx, 1, verifySamples, check)
		policy.into.outcome = evaluateSamples(samples, span(samples), failureKind)
	}
	return nil
}

// holds does what a verifier does with a file.
func (b *batches) holds(document, file []byte, policy *evidence.Policy) error {
	p, err := evidence.ParseProof(file)
	if err != nil {
		return err
	}
	result, err := evidence.Verify(bytes.NewReader(document), p, policy, b.scene.now)
	if err != nil {
		return err
	}
	if result.Member == nil || result.NotBefore == nil || result.Status != string(notary.StatusActive) {
		return errors.New("less was proven than the file says")
	}
	return nil
}

// refuses makes sure that what is measured does verify.
func refuses(document []byte, files [][]byte, policy *evidence.Policy) error {
	p, err := evidence.ParseProof(files[0])
	if err != nil {
		return err
	}
	var wrong *evidence.DocumentError
	_, err = evidence.Verify(io.MultiReader(bytes.NewReader(document), bytes.NewReader([]byte{0})), p, policy, time.Now())
	if !errors.As(err, &wrong) {
		return fmt.Errorf("evidence holds for another document: %w", err)
	}
	return nil
}

// write writes evidence files for documents of the batch, into new directories; beside it,
// by one goroutine, files that are as long, which tells what the file system has to say.
func (b *batches) write(ctx context.Context) error {
	count := min(uint64(b.runner.options.EvidenceFiles), b.batch.Len())
	plain := &side{"plain files", "files", &b.figures.Plain, func(_ context.Context, round int) (int, time.Duration, error) {
		return b.writePlain(filepath.Join(b.dir, fmt.Sprintf("plain-%d", round)), count)
	}}
	return b.runner.compare(ctx, plain, &side{"evidence files", "files", &b.figures.Write, func(ctx context.Context, round int) (int, time.Duration, error) {
		dir := filepath.Join(b.dir, fmt.Sprintf("evidence-%d", round))
		began := time.Now()
		err := b.cutter.WriteAll(ctx, count, func(i uint64) (string, evidence.Member, error) {
			member, err := b.batch.Member(i)
			return filepath.Join(dir, fmt.Sprint(i/filesOfDirectory), fmt.Sprint(i)+evidence.FileExtension), member, err
		}, nil)
		took := time.Since(began)
		if err == nil {
			err = b.written(dir, count)
		}
		return int(count), took, err
	}})
}

func (b *batches) writePlain(dir string, count uint64) (int, time.Duration, error) {
	content, err := b.file(0)
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	for i := range count {
		below := filepath.Join(dir, fmt.Sprint(i/filesOfDirectory))
		if i%filesOfDirectory == 0 {
			if err := os.MkdirAll(below, 0o755); err != nil {
				return 0, 0, err
			}
		}
		if err := os.WriteFile(filepath.Join(below, fmt.Sprint(i)), content, 0o644); err != nil {
			return 0, 0, err
		}
	}
	return int(count), time.Since(began), nil
}

// written compares what was written with what would be cut now, here and there.
func (b *batches) written(dir string, count uint64) error {
	for i := uint64(0); i < count; i += 1 + count/50 {
		got, err := os.ReadFile(filepath.Join(dir, fmt.Sprint(i/filesOfDirectory), fmt.Sprint(i)+evidence.FileExtension))
		if err != nil {
			return err
		}
		want, err := b.file(i)
		if err != nil {
			return err
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("the evidence file of document %d is not what is cut for it", i)
		}
	}
	return nil
}
