package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// sha256sum is the program of the GNU core utilities.
const sha256sum = "sha256sum"

// fileSizes are those of a set of documents, some 26 MB in all: letters, scans, and a film.
func fileSizes() []int {
	return slices.Concat(slices.Repeat([]int{4 << 10}, 64), slices.Repeat([]int{64 << 10}, 32), slices.Repeat([]int{1 << 20}, 8), []int{16 << 20})
}

// fileSet is the files to hash.
type fileSet struct {
	dir   string
	names []string
	sizes []int
	bytes int
}

// hashFiles measures NotariseMany with files against sha256sum, which gets as many processes
// as there are processors, and to each of them as many bytes. Both find the files in the
// page cache: what is measured is hashing, not the disk.
func (r *runner) hashFiles(ctx context.Context, n *gateway.Notary, dir string, e *evidences) error {
	r.say("evidence: writing %d MB of files", r.options.HashMegabytes)
	files, err := writeFiles(ctx, dir, r.options.HashMegabytes)
	if err != nil {
		return err
	}
	e.HashFiles = len(files.names)
	var batch, sums []notary.Digest                 // of the last round
	if sums, _, err = files.sums(ctx); err != nil { // warms the cache up
		return err
	}
	err = r.compare(ctx,
		&side{"files", "MB", &e.Hash, func(ctx context.Context, round int) (_ int, took time.Duration, err error) {
			batch, took, err = files.notarise(ctx, n, filepath.Join(dir, fmt.Sprintf("batch-%d", round)), round)
			return files.bytes / 1e6, took, err
		}},
		&side{sha256sum, "MB", &e.Sha256sum, func(ctx context.Context, _ int) (_ int, took time.Duration, err error) {
			sums, took, err = files.sums(ctx)
			return files.bytes / 1e6, took, err
		}})
	if err != nil {
		return err
	}
	if !slices.Equal(batch, sums) {
		return errors.New("the digests in the batch file are not those of " + sha256sum)
	}
	e.HashToSha256sum = median(ratios(e.Hash.Rounds, e.Sha256sum.Rounds))
	return nil
}

// writeFiles writes sets of files of any content until they have that many megabytes.
func writeFiles(ctx context.Context, dir string, megabytes int) (*fileSet, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	f := &fileSet{dir: dir}
	random := rand.NewChaCha8([32]byte{1})
	for sizes := fileSizes(); f.bytes < megabytes*1e6; {
		size := sizes[len(f.names)%len(sizes)]
		content := make([]byte, size)
		if _, err := random.Read(content); err != nil {
			return nil, err
		}
		name := fmt.Sprintf("%06d", len(f.names))
		if err := errors.Join(os.WriteFile(filepath.Join(dir, name), content, 0o644), ctx.Err()); err != nil {
			return nil, err
		}
		f.names, f.sizes, f.bytes = append(f.names, name), append(f.sizes, size), f.bytes+size
	}
	return f, nil
}

// notarise hashes the files into a batch file and anchors it. Each round begins with another
// file, as one batch cannot be anchored twice; the digests are returned in the files' order.
func (f *fileSet) notarise(ctx context.Context, n *gateway.Notary, path string, round int) ([]notary.Digest, time.Duration, error) {
	first := round % len(f.names)
	documents := iter.Seq2[gateway.Document, error](func(yield func(gateway.Document, error) bool) {
		for i := range f.names {
			name := f.names[(first+i)%len(f.names)]
			if !yield(gateway.Document{Path: filepath.Join(f.dir, name), Name: name}, nil) {
				return
			}
		}
	})
	began := time.Now()
	batch, err := n.NotariseMany(ctx, documents, gateway.ManyOptions{BatchFile: path, Reference: "benchmark"})
	took := time.Since(began)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = batch.Close() }()
	digests := make([]notary.Digest, len(f.names))
	for i := range digests {
		member, err := batch.Member(uint64(i))
		if err != nil {
			return nil, 0, err
		}
		digests[(first+i)%len(digests)] = member.Digest
	}
	return digests, took, nil
}

// sums runs sha256sum and returns the digests in the files' order.
func (f *fileSet) sums(ctx context.Context) ([]notary.Digest, time.Duration, error) {
	shares := f.shares(everyProcessor())
	outputs := make([]bytes.Buffer, len(shares))
	group, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	for i, share := range shares {
		cmd := exec.CommandContext(ctx, sha256sum, append([]string{"--"}, share...)...)
		cmd.Dir, cmd.Stdout = f.dir, &outputs[i]
		group.Go(cmd.Run)
	}
	err := group.Wait()
	took := time.Since(began)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", sha256sum, err)
	}
	digests, err := f.parse(outputs)
	return digests, took, err
}

// shares divides the files, the largest first, so that each share has the same bytes.
func (f *fileSet) shares(count int) [][]string {
	order := make([]int, len(f.names))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return f.sizes[b] - f.sizes[a] })
	shares, load := make([][]string, count), make([]int, count)
	for _, i := range order {
		least := slices.Index(load, slices.Min(load))
		shares[least], load[least] = append(shares[least], f.names[i]), load[least]+f.sizes[i]
	}
	return slices.DeleteFunc(shares, func(share []string) bool { return len(share) == 0 })
}

// parse reads sha256sum's output: digest, two spaces, name.
func (f *fileSet) parse(outputs []bytes.Buffer) ([]notary.Digest, error) {
	found := make(map[string]notary.Digest, len(f.names))
	for i := range outputs {
		for lines := bufio.NewScanner(&outputs[i]); lines.Scan(); {
			digits, name, _ := strings.Cut(lines.Text(), "  ")
			digest, err := notary.ParseDigest(string(notary.SHA2_256) + ":" + digits)
			if err != nil {
				return nil, fmt.Errorf("output of %s: %w", sha256sum, err)
			}
			found[name] = digest
		}
	}
	digests := make([]notary.Digest, len(f.names))
	for i, name := range f.names {
		if digests[i] = found[name]; digests[i] == "" {
			return nil, fmt.Errorf("%s has not hashed %s", sha256sum, name)
		}
	}
	return digests, nil
}
