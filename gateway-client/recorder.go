package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/gateway-client/internal/queue"
)

// ErrQueueFull is the kind of error for an event that was not recorded, because those
// that wait for the ledger have RecorderConfig.MaxQueueBytes.
const ErrQueueFull = Kind("queue full")

// Defaults of RecorderConfig.
const (
	DefaultRecorderBatch      = 1000
	DefaultRecorderAge        = 2 * time.Second
	DefaultRecorderQueueBytes = 256 << 20
)

// recorderBatchBytes bounds the JSON of a batch's entries; the rest of a request has
// room beside it.
const recorderBatchBytes = trail.MaxAppendBytes - 4<<10

const (
	opOpenRecorder = "open recorder"
	opRecord       = "record"
	opFlush        = "flush"
)

// RecorderConfig says what a recorder records, and where it queues it.
type RecorderConfig struct {
	// Trail is the id of a trail of the client's body. Required.
	Trail string
	// Source names what appends: the system, or one of its machines. Batches are numbered
	// by source, so each directory has a source of its own. Required.
	Source string
	// Dir is the directory of the queue, which is made if it is not there. It belongs on a
	// disk that outlives the machine's crashes, and to one recorder at a time. Required.
	Dir string
	// MaxBatch is how many events a transaction appends at most: 1 to trail.MaxEntries,
	// default DefaultRecorderBatch.
	MaxBatch int
	// MaxAge is how long an event waits at most for a batch to fill, before it is sent.
	// Default DefaultRecorderAge.
	MaxAge time.Duration
	// MaxQueueBytes bounds the events that wait, as JSON: from trail.MaxEntryBytes on,
	// default DefaultRecorderQueueBytes. The directory can be some MB larger.
	MaxQueueBytes int64
	// Log is told what holds the recorder up. Default: the client's logger.
	Log *slog.Logger
}

// Recorder appends an application's events to a trail, in the order in which they are
// recorded. An event that Record has returned nil for is on disk, whatever happens to
// the process or the machine, and gets onto the ledger exactly once: number and extent
// of a batch are fixed on disk before it is first sent, and after a crash or a lost
// answer the very same batch is sent again, which the ledger carries out once.
//
// While the ledger cannot be reached, a recorder keeps accepting events up to its
// bound, and tries for ever. Only when the ledger refuses a batch for good (or says
// that its place is taken, or that the client's user may not append) does it stop
// sending: Stats and Flush say why, events are still accepted, and nothing is lost. A
// recorder that is opened on the same directory tries again.
//
// A Recorder is safe for concurrent use. It is meant to live as long as the program.
type Recorder struct {
	config  RecorderConfig
	trails  *Trails
	queue   *queue.Queue
	actions []string // that the trail records
	log     *slog.Logger

	wake    chan struct{} // tells the sender that something has changed
	cancel  context.CancelFunc
	ended   chan struct{} // closed when the sender has ended
	forget  func() error  // ends the metrics
	closing sync.Once
	closed  error // of Close

	mu       sync.Mutex
	refuse   bool          // Close was called
	flushTo  int           // sequence number up to which nothing waits for more
	appended int64         // events that this recorder has seen on the ledger
	last     error         // of the last attempt to send
	stopped  error         // why nothing is sent any more
	changed  chan struct{} // closed and replaced when one of these has changed
}

// RecorderStats is how a recorder stands.
type RecorderStats struct {
	Queued      int       // events that wait, those on their way included
	QueuedBytes int64     // of them, as JSON
	Oldest      time.Time // when the first of them was recorded; zero when there is none
	Appended    int64     // events that got onto the ledger since the recorder was opened
	// LastError is why the last attempt to send failed, nil when it did not.
	LastError error
}

// OpenRecorder makes a recorder, and begins to send what an earlier one left in the
// directory. The context bounds OpenRecorder only; the trail is read from the ledger.
//
// In a new directory, numbering begins after the last number that the ledger has for
// the source. So a directory that was lost is replaced by an empty one without a gap,
// and what was still queued in it is lost. A directory that is only somewhere else, on
// another machine for instance, must not be replaced: its next batch would have a
// number that is taken.
//
// Errors: ErrInvalidArgument, ErrNotFound when there is no such trail,
// ErrPermissionDenied when it is another body's, ErrFailedPrecondition when the
// directory is in use, is another trail's or source's, or is damaged (the message names
// file and line); and those of the package documentation.
func OpenRecorder(ctx context.Context, client *Client, config RecorderConfig) (*Recorder, error) {
	if err := config.applyDefaults(); err != nil {
		return nil, err
	}
	trails := client.Trail()
	definition, err := trails.Read(ctx, trail.TrailRequest{Trail: config.Trail})
	if err != nil {
		return nil, err
	}
	if own := client.profile.Body.MSPID; definition.Body != own {
		return nil, refused(opOpenRecorder, "", fault.New(fault.PermissionDenied, "trail %s is that of %s, not of %s", config.Trail, definition.Body, own))
	}
	opened, err := queue.Open(config.Dir, queue.Options{
		Name:     fmt.Sprintf("%s/%s/%s", client.profile.Channel, config.Trail, config.Source),
		MaxBytes: config.MaxQueueBytes,
		FirstNumber: func() (int, error) {
			last, err := trails.lastNumber(ctx, config.Trail, config.Source)
			return last + 1, err
		},
	})
	if err != nil {
		return nil, queueError(opOpenRecorder, config.Dir, err)
	}
	r := &Recorder{
		config: config, trails: trails, queue: opened, actions: append(trail.Actions(), definition.Actions...),
		log:  cmp.Or(config.Log, client.engine.log).With("trail", config.Trail, "source", config.Source),
		wake: make(chan struct{}, 1), ended: make(chan struct{}), changed: make(chan struct{}),
	}
	if r.forget, err = r.observe(client.engine.telemetry.meter); err != nil {
		return nil, errors.Join(&Error{Op: opOpenRecorder, Kind: ErrInternal, Message: "the meter provider refused an instrument", cause: err}, opened.Close())
	}
	sending, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r.cancel = cancel
	go r.send(sending)
	return r, nil
}

func (c *RecorderConfig) applyDefaults() error {
	c.MaxBatch = cmp.Or(c.MaxBatch, DefaultRecorderBatch)
	c.MaxAge = cmp.Or(c.MaxAge, DefaultRecorderAge)
	c.MaxQueueBytes = cmp.Or(c.MaxQueueBytes, DefaultRecorderQueueBytes)
	err := trail.Place{Trail: c.Trail, Source: c.Source, Number: 1}.Validate()
	switch {
	case err != nil:
	case c.Dir == "":
		err = check.Invalid("Dir", "is missing")
	case c.MaxBatch < 1 || c.MaxBatch > trail.MaxEntries:
		err = check.Invalid("MaxBatch", "%d is not 1 to %d", c.MaxBatch, trail.MaxEntries)
	case c.MaxAge < 0:
		err = check.Invalid("MaxAge", "%s is negative", c.MaxAge)
	case c.MaxQueueBytes < trail.MaxEntryBytes:
		err = check.Invalid("MaxQueueBytes", "%d is less than %d, which one event may have", c.MaxQueueBytes, trail.MaxEntryBytes)
	}
	if err != nil {
		return refused(opOpenRecorder, "", err)
	}
	return nil
}

// lastNumber is that of a source's last batch on the ledger, 0 for none.
func (t *Trails) lastNumber(ctx context.Context, id, source string) (int, error) {
	last := 0
	for state, err := range t.AllBatches(ctx, trail.BatchesRequest{Trail: id, Source: source, PageSize: trail.MaxPageSize}) {
		if err != nil {
			return 0, err
		}
		last = state.Number
	}
	return last, nil
}

// Record queues an event, and returns nil once it is durable on disk. Concurrent calls
// share a flush to disk. An empty OccurredAt is filled in.
//
// Errors: ErrInvalidArgument, with the field, for what the ledger would refuse;
// ErrQueueFull; ErrCanceled when the context has ended; ErrFailedPrecondition when the
// recorder is closed, or the disk takes nothing. After an error the event is not
// recorded: it is up to the application what becomes of the act.
func (r *Recorder) Record(ctx context.Context, entry trail.Entry) error {
	if err := ctx.Err(); err != nil {
		return &Error{Op: opRecord, Kind: ErrCanceled, Message: err.Error(), cause: err}
	}
	now := time.Now().UTC()
	if entry.OccurredAt == "" {
		entry.OccurredAt = now.Format(canonical.TimeLayout)
	}
	if err := r.check(entry, now); err != nil {
		return refused(opRecord, "", err)
	}
	line, err := json.Marshal(entry)
	if err != nil {
		return &Error{Op: opRecord, Kind: ErrInternal, Message: err.Error(), cause: err}
	}
	if r.isClosed() {
		return queueError(opRecord, r.config.Dir, queue.ErrClosed)
	}
	if err := r.queue.Add(line); err != nil {
		return queueError(opRecord, r.config.Dir, err)
	}
	r.nudge()
	return nil
}

// check judges an entry as the ledger does: an entry that it refused would hold up all
// that come after it.
func (r *Recorder) check(entry trail.Entry, now time.Time) error {
	if err := entry.Validate(); err != nil {
		return err
	}
	if !slices.Contains(r.actions, entry.Action) {
		return check.Invalid("/action", "%s is neither a common action nor one of trail %s as it was when the recorder was opened", check.Quote(entry.Action), r.config.Trail)
	}
	occurred, err := check.Time("/occurredAt", entry.OccurredAt)
	if err != nil {
		return err
	}
	if occurred.After(now.Add(trail.ToleranceSeconds * time.Second)) {
		return check.Invalid("/occurredAt", "%s is more than %d seconds from now", entry.OccurredAt, trail.ToleranceSeconds)
	}
	return nil
}

// Stats says how the recorder stands.
func (r *Recorder) Stats() RecorderStats {
	queued := r.queue.Stats()
	r.mu.Lock()
	defer r.mu.Unlock()
	return RecorderStats{Queued: queued.Lines, QueuedBytes: queued.Bytes, Oldest: queued.Oldest, Appended: r.appended, LastError: r.last}
}

func (r *Recorder) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refuse
}

// queueError words what the queue refused.
func queueError(op, dir string, err error) error {
	var known *Error
	failure := &Error{Op: op, Kind: ErrFailedPrecondition, Message: fmt.Sprintf("the queue %s: %v", dir, err), cause: err}
	switch {
	case errors.As(err, &known): // of the ledger
		return err
	case errors.Is(err, queue.ErrFull):
		failure.Kind = ErrQueueFull
		failure.Message = fmt.Sprintf("the queue %s has as many bytes as it may: the event was not recorded", dir)
	case errors.Is(err, queue.ErrClosed):
		failure.Message = "the recorder is closed"
	}
	return failure
}
