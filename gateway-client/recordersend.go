package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/gateway-client/internal/queue"
)

// send appends one batch after the other until the context ends, or the ledger refuses
// one for good.
func (r *Recorder) send(ctx context.Context) {
	defer close(r.ended)
	for r.await(ctx) {
		if !r.sendNext(ctx) {
			return
		}
	}
}

// await waits until a batch is due: it is full, its first event is old enough, or
// somebody flushes. It reports false when the context ended first.
func (r *Recorder) await(ctx context.Context) bool {
	for {
		pause, waiting := r.pause()
		if waiting && pause <= 0 {
			return ctx.Err() == nil
		}
		var age <-chan time.Time // never, while nothing waits
		if waiting {
			age = time.After(pause)
		}
		select {
		case <-r.wake:
		case <-age:
		case <-ctx.Done():
			return false
		}
	}
}

// pause is how long to wait for a batch to fill, and whether there is one at all.
func (r *Recorder) pause() (time.Duration, bool) {
	queued := r.queue.Stats()
	r.mu.Lock()
	flushing := queued.Taken < r.flushTo
	r.mu.Unlock()
	switch {
	case queued.Lines == 0:
		return 0, false
	case flushing, queued.Lines >= r.config.MaxBatch, queued.Bytes >= recorderBatchBytes:
		return 0, true
	}
	// A clock that was set back must not make it longer.
	return min(r.config.MaxAge, r.config.MaxAge-time.Since(queued.Oldest)), true
}

// sendNext sends the next batch until it is on the ledger. It reports false when the
// context ended first, or the ledger refused the batch.
func (r *Recorder) sendNext(ctx context.Context) bool {
	pauses := r.trails.contract.engine.pauses()
	for {
		appended, err := r.attempt(ctx)
		switch {
		case err == nil:
			r.succeeded(appended)
			return true
		case ctx.Err() != nil: // the end of this recorder says nothing of the ledger
			return false
		case refusedForGood(err):
			r.failed(ctx, err, true)
			return false
		}
		r.failed(ctx, err, false)
		if !sleep(ctx, pauses.NextBackOff()) {
			return false
		}
	}
}

// attemptLimit bounds one attempt. Orderers without a quorum take transactions and order
// none: only time tells, and an operator wants to know. What an attempt left behind may
// still get onto the ledger; the next one then finds it there.
const attemptLimit = 20 * time.Second

// attempt sends the next batch once. Whatever failed before, it is the same batch until
// it is done.
func (r *Recorder) attempt(ctx context.Context) (int, error) {
	batch, err := r.queue.Cut(r.config.MaxBatch, recorderBatchBytes)
	if err != nil {
		return 0, queueError(opRecord, r.config.Dir, err)
	}
	if batch == nil {
		return 0, nil
	}
	request, err := r.request(batch)
	if err != nil {
		return 0, err
	}
	limited, cancel := context.WithTimeout(ctx, attemptLimit)
	defer cancel()
	if _, err := r.trails.Append(limited, request); err != nil {
		return 0, err
	}
	if err := r.queue.Done(batch); err != nil {
		return 0, queueError(opRecord, r.config.Dir, err)
	}
	return len(batch.Lines), nil
}

func (r *Recorder) request(batch *queue.Batch) (trail.AppendRequest, error) {
	request := trail.AppendRequest{
		Place:   trail.Place{Trail: r.config.Trail, Source: r.config.Source, Number: batch.Number},
		Entries: make([]trail.Entry, len(batch.Lines)),
	}
	for i, line := range batch.Lines {
		if err := json.Unmarshal(line, &request.Entries[i]); err != nil {
			return request, &Error{Op: opRecord, Kind: ErrInternal, cause: err,
				Message: fmt.Sprintf("event %d of the queue %s cannot be read, is it of another version? %v", batch.First+i, r.config.Dir, err)}
		}
	}
	return request, nil
}

// refusedForGood says whether an answer stays the same however often the batch is sent.
// Others pass. That the trail, the batch before or a chaincode is missing is said by
// peers that are behind, or while the network is being changed: they were there. That
// an identity is not accepted is said by peers that are starting, too.
func refusedForGood(err error) bool {
	var failure *Error
	if !errors.As(err, &failure) {
		return false
	}
	switch failure.Kind {
	case ErrInvalidArgument, ErrAlreadyExists:
		return true
	case ErrPermissionDenied:
		return failure.Code != "" // it is the contract that says so
	}
	return false
}

func (r *Recorder) succeeded(appended int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.appended += int64(appended)
	r.last = nil
	r.announce()
}

func (r *Recorder) failed(ctx context.Context, err error, forGood bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = err
	if !forGood {
		r.log.WarnContext(ctx, "events wait for the ledger", slog.String("error", err.Error()))
		return
	}
	r.stopped = err
	r.log.ErrorContext(ctx, "the ledger refused a batch: nothing is sent any more until the recorder is opened again", slog.String("error", err.Error()))
	r.announce()
}

// announce tells those who flush. Requires the lock.
func (r *Recorder) announce() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// nudge lets the sender look again whether a batch is due.
func (r *Recorder) nudge() {
	select {
	case r.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Flush sends what was recorded before the call, without waiting for batches to fill,
// and returns nil when it is all on the ledger. It returns the ledger's refusal when
// nothing is sent any more, and ErrCanceled or ErrUnavailable, with the last error in
// words, when the context ends first; the events stay queued.
func (r *Recorder) Flush(ctx context.Context) error {
	target := r.queue.Stats().Added
	r.mu.Lock()
	r.flushTo = max(r.flushTo, target)
	r.mu.Unlock()
	r.nudge()
	for {
		r.mu.Lock()
		changed, stopped, last := r.changed, r.stopped, r.last
		r.mu.Unlock()
		queued := r.queue.Stats()
		switch {
		case queued.Taken >= target:
			return nil
		case stopped != nil:
			return stopped
		}
		select {
		case <-changed:
		case <-r.ended:
			if r.stopReason() == nil {
				return queueError(opFlush, r.config.Dir, queue.ErrClosed)
			}
		case <-ctx.Done():
			return flushEnded(ctx, queued.Lines, last)
		}
	}
}

func (r *Recorder) stopReason() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopped
}

func flushEnded(ctx context.Context, waiting int, last error) error {
	failure := &Error{Op: opFlush, Kind: ErrUnavailable, cause: ctx.Err(),
		Message: fmt.Sprintf("%d events still wait on disk for the ledger", waiting)}
	if errors.Is(ctx.Err(), context.Canceled) {
		failure.Kind = ErrCanceled
	}
	if last != nil {
		failure.Message += ": " + last.Error()
	}
	return failure
}

// Close refuses further events, sends those that are queued until the context ends,
// and frees the directory. What Flush says of events that still wait, Close returns;
// they are on disk, and the next recorder of the directory sends them.
func (r *Recorder) Close(ctx context.Context) error {
	r.closing.Do(func() {
		r.mu.Lock()
		r.refuse = true
		r.mu.Unlock()
		flushed := r.Flush(ctx)
		r.cancel()
		<-r.ended
		r.closed = errors.Join(flushed, r.forget(), r.queue.Close())
	})
	return r.closed
}
