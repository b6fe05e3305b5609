// Package posixlog appends entries to a log on Tessera's POSIX storage, as fast as that
// goes, to have something to compare with.
package posixlog

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

// How the storage is set, in its favour:
//
// A batch is sequenced, integrated and made durable as a whole, and each costs a partial
// bundle, partial tiles and a state file beyond what its entries need. The default of 256
// entries makes these the most of the work. From DefaultBatch on, a larger one gained
// nothing on two cores. batchAge only matters for the last batch. There is no antispam,
// nobody is pushed back, no witness is asked, and checkpoints are as rare as the library
// lets them be without making the end wait.
const (
	DefaultBatch       = 65_536
	batchAge           = 20 * time.Millisecond
	checkpointInterval = time.Second
)

// Result is what appends took.
type Result struct {
	Entries int     `json:"entries"`
	Batch   int     `json:"batch"`
	Seconds float64 `json:"seconds"` // until all were sequenced, integrated and durable
	Rate    float64 `json:"perSecond"`
}

// Append appends the entries to the log in a directory, in any order, and waits until
// each has its index. Then it waits for a checkpoint that covers them, which is not
// counted.
func Append(ctx context.Context, dir string, signer note.Signer, entries [][]byte, batch int) (Result, error) {
	if len(entries) == 0 || batch < 1 {
		return Result{}, errors.New("at least one entry, and batches of at least one, are needed")
	}
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		return Result{}, err
	}
	appender, shutdown, _, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(checkpointInterval).
		WithBatching(uint(batch), batchAge).
		WithPushback(uint(len(entries))))
	if err != nil {
		return Result{}, err
	}

	began := time.Now()
	if err := addAll(ctx, appender, entries); err != nil {
		return Result{}, err
	}
	elapsed := time.Since(began).Seconds()
	if err := shutdown(ctx); err != nil {
		return Result{}, fmt.Errorf("wait for a checkpoint: %w", err)
	}
	return Result{Entries: len(entries), Batch: batch, Seconds: elapsed, Rate: float64(len(entries)) / elapsed}, nil
}

// addAll adds from as many goroutines as there are cores: whoever adds an entry hashes it.
func addAll(ctx context.Context, appender *tessera.Appender, entries [][]byte) error {
	adders := runtime.GOMAXPROCS(0)
	done := make(chan error, adders)
	for a := range adders {
		part := entries[a*len(entries)/adders : (a+1)*len(entries)/adders]
		go func() { done <- add(ctx, appender, part) }()
	}
	var failed []error
	for range adders {
		failed = append(failed, <-done)
	}
	return errors.Join(failed...)
}

func add(ctx context.Context, appender *tessera.Appender, entries [][]byte) error {
	pending := make([]tessera.IndexFuture, 0, len(entries))
	for _, entry := range entries {
		pending = append(pending, appender.Add(ctx, tessera.NewEntry(entry)))
	}
	for i, wait := range pending {
		if _, err := wait(); err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
	}
	return nil
}
