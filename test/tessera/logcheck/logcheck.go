// Package logcheck runs the official fsck of Tessera on a served log, and comes to a
// verdict within a bounded time.
//
// The official command (cmd/fsck) is made for people: it reports a log that is not whole
// by a line of its log, and exits 0. What is checked is the same here, by the same package.
package logcheck

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
)

// workers fetch and compare at a time.
const workers = 4

// Target is a log to check.
type Target struct {
	// URL is where its tlog-tiles are: http, https or, for a directory, file.
	URL string
	// Origin is the first line of its checkpoints; if empty, the name of the key.
	Origin string
	// Key is the public key that has signed or cosigned the checkpoint, as a note's
	// verifier key.
	Key string
}

// Verdict is what was found of a log that is whole.
type Verdict struct {
	Origin    string `json:"origin"`
	Size      uint64 `json:"size"`
	Root      string `json:"root"`      // hex
	Resources uint64 `json:"resources"` // tiles, bundles and checkpoints that were fetched
	Bytes     uint64 `json:"bytes"`
}

// Check fetches the log's checkpoint, all of its entry bundles and all of its tiles. It
// computes the tree from the entries, and compares each tile and the root. It fails when
// anything differs or is missing, and when the context ends before.
func Check(ctx context.Context, t Target) (Verdict, error) {
	verifier, err := note.NewVerifier(strings.TrimSpace(t.Key))
	if err != nil {
		return Verdict{}, fmt.Errorf("public key: %w", err)
	}
	if t.Origin == "" {
		t.Origin = verifier.Name()
	}
	source, err := fetcher(t.URL)
	if err != nil {
		return Verdict{}, err
	}
	watched := &watchedFetcher{Fetcher: source}
	checker := fsck.New(t.Origin, verifier, watched, leafHashes, fsck.Opts{N: workers})
	if err := watch(ctx, checker, watched); err != nil {
		return Verdict{}, err
	}
	return watched.verdict(t.Origin)
}

func fetcher(base string) (fsck.Fetcher, error) {
	parsed, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("URL of the log: %w", err)
	}
	switch parsed.Scheme {
	case "file":
		return &client.FileFetcher{Root: parsed.Path}, nil
	case "http", "https":
		return client.NewHTTPFetcher(parsed, &http.Client{Timeout: time.Minute})
	default:
		return nil, fmt.Errorf("URL of the log %q: it begins with http, https or file", base)
	}
}

// watch runs the check and looks at its progress meanwhile. fsck waits for ever when all
// of its workers have found something wrong and the main part has more work for them; the
// ranges tell.
func watch(ctx context.Context, checker *fsck.Fsck, watched *watchedFetcher) error {
	done := make(chan error, 1)
	go func() { done <- check(ctx, checker) }()

	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for wrong := ""; ; {
		select {
		case err := <-done:
			return err
		case <-ctx.Done():
			return fmt.Errorf("the check did not end in time: %w", context.Cause(ctx))
		case <-tick.C:
			if wrong != "" { // for a whole tick, in which the check could end by itself
				return errors.New("the log is not whole: " + wrong)
			}
			if watched.begun() {
				wrong = firstWrong(checker.Status())
			}
		}
	}
}

// check turns a panic into an error: fsck indexes bundles by the size that the
// checkpoint claims.
func check(ctx context.Context, checker *fsck.Fsck) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the check broke off, as it does when a bundle has too few entries: %v", p)
		}
	}()
	return checker.Check(ctx)
}

// firstWrong names the first range of tiles or bundles that could not be fetched or
// differs.
func firstWrong(s fsck.Status) string {
	find := func(what string, ranges []fsck.Range) string {
		for _, r := range ranges {
			if r.State == fsck.Invalid || r.State == fsck.FetchError {
				return what + " " + r.String()
			}
		}
		return ""
	}
	if found := find("entry bundles", s.EntryRanges); found != "" {
		return found
	}
	for level, ranges := range s.TileRanges {
		if found := find(fmt.Sprintf("tiles of level %d", level), ranges); found != "" {
			return found
		}
	}
	return ""
}

// leafHashes returns the leaf hashes of a bundle's entries (RFC 6962).
func leafHashes(bundle []byte) ([][]byte, error) {
	var entries api.EntryBundle
	if err := entries.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	hashes := make([][]byte, 0, len(entries.Entries))
	for _, entry := range entries.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

// watchedFetcher keeps the checkpoint and counts.
type watchedFetcher struct {
	fsck.Fetcher
	checkpoint       atomic.Pointer[[]byte]
	tiled            atomic.Bool
	resources, bytes atomic.Uint64
}

// begun says whether fsck has what its Status needs: it has read the checkpoint before
// anything else.
func (w *watchedFetcher) begun() bool { return w.tiled.Load() }

func (w *watchedFetcher) count(data []byte, err error) ([]byte, error) {
	if err == nil {
		w.resources.Add(1)
		w.bytes.Add(uint64(len(data)))
	}
	return data, err
}

func (w *watchedFetcher) ReadCheckpoint(ctx context.Context) ([]byte, error) {
	data, err := w.count(w.Fetcher.ReadCheckpoint(ctx))
	if err == nil {
		w.checkpoint.Store(&data)
	}
	return data, err
}

func (w *watchedFetcher) ReadTile(ctx context.Context, level, index uint64, width uint8) ([]byte, error) {
	w.tiled.Store(true)
	return w.count(w.Fetcher.ReadTile(ctx, level, index, width))
}

func (w *watchedFetcher) ReadEntryBundle(ctx context.Context, index uint64, width uint8) ([]byte, error) {
	w.tiled.Store(true)
	return w.count(w.Fetcher.ReadEntryBundle(ctx, index, width))
}

// verdict reads the checkpoint that the check has found right.
func (w *watchedFetcher) verdict(origin string) (Verdict, error) {
	raw := w.checkpoint.Load()
	if raw == nil {
		return Verdict{}, errors.New("the check ended without a checkpoint")
	}
	var c log.Checkpoint
	if _, err := c.Unmarshal(*raw); err != nil {
		return Verdict{}, err
	}
	return Verdict{
		Origin: origin, Size: c.Size, Root: hex.EncodeToString(c.Hash),
		Resources: w.resources.Load(), Bytes: w.bytes.Load(),
	}, nil
}
