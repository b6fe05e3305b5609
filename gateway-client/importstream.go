package gateway

import (
	"context"
	"iter"
	"sync"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/gateway-client/internal/journal"
)

const opImportStream = "import stream"

// Limits and defaults of ImportStream.
const (
	// DefaultImportBytes bounds the JSON of a batch's rows.
	DefaultImportBytes = 4 << 20
	// MaxImportBytes leaves room for the rest of a request.
	MaxImportBytes = registry.MaxImportBytes - 4<<10
	// DefaultImportInFlight batches saturate a small network.
	DefaultImportInFlight = 4
	// MaxImportInFlight bounds what a stream keeps in memory.
	MaxImportInFlight = 64
)

// ImportOptions say how ImportStream imports. Zero fields have their defaults.
type ImportOptions struct {
	// Register is where the records go. Required.
	Register string
	// BatchSize is how many records a transaction creates at most: 1 to
	// registry.MaxBatch, which is the default.
	BatchSize int
	// BatchBytes bounds the JSON of a batch's rows: up to MaxImportBytes, default
	// DefaultImportBytes. A longer row makes a batch of its own.
	BatchBytes int
	// InFlight is how many batches are on their way at once: 1 to
	// MaxImportInFlight, default DefaultImportInFlight. With 1, a row may refer to any
	// row before it; otherwise only to rows of its own batch and records that exist.
	InFlight int
	// Journal is the file that lets an import be taken up again; it is made when it
	// is missing. Empty: the import cannot be taken up again. One process may use
	// it at a time.
	Journal string
	// Progress is told of every batch that is on the ledger, in the order in which
	// they get there. Calls do not overlap, and hold the import up. It may be nil.
	Progress func(ImportProgress)
}

// ImportProgress is how far an import is, after one more batch.
type ImportProgress struct {
	// Rows and Batches are on the ledger, those of earlier runs included.
	Rows, Batches int
	// FirstRow and BatchRows are the batch's place in the stream. Rows count from 0.
	FirstRow, BatchRows int
	// Result is what the ledger answered, with the records' ids; nil for a batch that an
	// earlier run saw done.
	Result *registry.ImportResult
}

// ImportSummary is what an import, or the part of it up to an error, came to.
type ImportSummary struct {
	// ImportID names the import; the request ids of its batches begin with it.
	ImportID string
	// Rows and Batches are on the ledger for certain, those of earlier runs included.
	Rows, Batches int
	// ResumedRows of them were seen done by earlier runs.
	ResumedRows int
}

// ImportStream creates any number of records, in batches of one transaction each.
// It reads rows as it needs them, and keeps no more than InFlight+1 batches in
// memory (and, of an import that is taken up again, some 200 bytes for every
// batch before). An error that rows yields ends the stream.
//
// With a journal, an import that was interrupted, by kill -9 too, is taken up again
// by calling ImportStream with the same journal and the same rows from the start.
// No record is made twice: before anything is sent, the rows of batches that are
// done are compared with what the journal says of them, and left out; batches that
// were on their way are sent again under their old request ids, which the ledger
// carries out once. Rows in batches that are not done may be corrected meanwhile, one for
// one; rows may be added at the end. When rows that are done have changed, or are
// missing, the error matches ErrFailedPrecondition.
//
// A batch that fails ends the stream with an *ImportError, once the others that
// are on their way have got there.
func (r *Registry) ImportStream(ctx context.Context, options ImportOptions, rows iter.Seq2[registry.Item, error]) (ImportSummary, error) {
	if err := options.applyDefaults(); err != nil {
		return ImportSummary{}, err
	}
	log, err := r.openImport(options)
	if err != nil {
		return ImportSummary{}, err
	}
	run := &importRun{registry: r, options: options, log: log, slots: make(chan struct{}, options.InFlight),
		summary: ImportSummary{ImportID: log.header.ImportID}}
	err = run.feed(ctx, rows)
	run.sending.Wait()
	if closeErr := log.close(); err == nil {
		err = closeErr
	}
	return run.end(err)
}

func (o *ImportOptions) applyDefaults() error {
	for _, bound := range []struct {
		name              string
		value             *int
		byDefault, atMost int
	}{
		{"BatchSize", &o.BatchSize, registry.MaxBatch, registry.MaxBatch},
		{"BatchBytes", &o.BatchBytes, DefaultImportBytes, MaxImportBytes},
		{"InFlight", &o.InFlight, DefaultImportInFlight, MaxImportInFlight},
	} {
		if *bound.value == 0 {
			*bound.value = bound.byDefault
		}
		if *bound.value < 1 || *bound.value > bound.atMost {
			return refused(opImportStream, "", fault.New(fault.InvalidArgument, "%s is %d, not 1 to %d", bound.name, *bound.value, bound.atMost))
		}
	}
	return nil
}

// importRun is one call of ImportStream.
type importRun struct {
	registry *Registry
	options  ImportOptions
	log      *importLog
	slots    chan struct{} // one is taken by each batch on its way
	sending  sync.WaitGroup

	mu      sync.Mutex
	summary ImportSummary
	failure *ImportError // of the first row among the batches that failed
	broken  error        // the journal could not be written
}

// feed reads the rows and sets batches on their way, until the rows end or
// something fails.
func (run *importRun) feed(ctx context.Context, rows iter.Seq2[registry.Item, error]) error {
	cutter := newRowCutter(rows)
	defer cutter.stop()
	begun, err := run.compare(ctx, cutter)
	if err != nil {
		return err
	}
	for _, batch := range begun {
		if err := run.begin(ctx, batch); err != nil {
			return err
		}
	}
	for number := len(run.log.entries); ; number++ {
		batch, err := cutter.cut(number, run.options.BatchSize, run.options.BatchBytes)
		if batch == nil || err != nil {
			return err
		}
		if err := run.begin(ctx, batch); err != nil {
			return err
		}
	}
}

// compare reads the rows of the batches that earlier runs began, and returns those
// that are not done. Nothing is sent before: rows that have moved could otherwise be
// imported twice, once in a batch that is done and once in one that is not.
func (run *importRun) compare(ctx context.Context, cutter *rowCutter) ([]*importBatch, error) {
	var begun []*importBatch
	for _, entry := range run.log.entries {
		if ctx.Err() != nil {
			return nil, importEnded(ctx)
		}
		batch, err := cutter.cut(entry.Batch, entry.Rows, 0)
		if err != nil {
			return nil, err
		}
		if batch == nil || len(batch.items) < entry.Rows || entry.Done && batch.digest != entry.Digest {
			return nil, refused(opImportStream, "", fault.New(fault.FailedPrecondition,
				"rows %d to %d (from 0) are not those that were imported before with the journal %s: import the same rows again, from the first on",
				entry.First, entry.First+entry.Rows-1, run.options.Journal))
		}
		if entry.Done {
			run.done(batch, nil)
		} else {
			begun = append(begun, batch)
		}
	}
	return begun, nil
}

// begin notes a batch in the journal and sends it, as soon as fewer than InFlight
// others are on their way. Its error ends the feeding.
func (run *importRun) begin(ctx context.Context, batch *importBatch) error {
	request := registry.ImportRequest{RequestID: run.log.header.RequestID(batch.number), Register: run.options.Register, Items: batch.items}
	if err := checkRows(request); err != nil { // before the journal says that it was begun
		run.fail(run.registry.explain(ctx, request, batch.first, refused(opImportStream, request.RequestID, err)))
		return errStopped
	}
	select {
	case run.slots <- struct{}{}:
	case <-ctx.Done():
		return importEnded(ctx)
	}
	free := func() { <-run.slots }
	entry := journal.Entry{Batch: batch.number, RequestID: request.RequestID, First: batch.first, Rows: len(batch.items), Digest: batch.digest}
	switch {
	case run.failed():
		free()
		return errStopped
	case ctx.Err() != nil:
		free()
		return importEnded(ctx)
	}
	if err := run.log.begun(entry); err != nil {
		free()
		return err
	}
	run.sending.Go(func() {
		defer free()
		run.send(ctx, batch, request, entry)
	})
	return nil
}

func (run *importRun) send(ctx context.Context, batch *importBatch, request registry.ImportRequest, entry journal.Entry) {
	result, err := run.registry.Import(ctx, request)
	if err != nil {
		run.fail(run.registry.explain(ctx, request, batch.first, err))
		return
	}
	entry.Done = true
	if err := run.log.append(entry); err != nil {
		run.mu.Lock()
		defer run.mu.Unlock()
		run.broken = err
		return
	}
	run.done(batch, result)
}

// done counts a batch that is on the ledger.
func (run *importRun) done(batch *importBatch, result *registry.ImportResult) {
	run.mu.Lock()
	defer run.mu.Unlock()
	run.summary.Rows += len(batch.items)
	run.summary.Batches++
	if result == nil {
		run.summary.ResumedRows += len(batch.items)
	}
	if run.options.Progress != nil {
		run.options.Progress(ImportProgress{
			Rows: run.summary.Rows, Batches: run.summary.Batches,
			FirstRow: batch.first, BatchRows: len(batch.items), Result: result,
		})
	}
}

func (run *importRun) fail(failure *ImportError) {
	run.mu.Lock()
	defer run.mu.Unlock()
	if run.failure == nil || failure.FirstRow < run.failure.FirstRow {
		run.failure = failure
	}
}

func (run *importRun) failed() bool {
	run.mu.Lock()
	defer run.mu.Unlock()
	return run.failure != nil || run.broken != nil
}

// end returns what the run came to, when nothing is on its way any more.
func (run *importRun) end(fed error) (ImportSummary, error) {
	switch {
	case run.failure != nil:
		return run.summary, run.failure
	case run.broken != nil:
		return run.summary, run.broken
	}
	return run.summary, fed
}

func importEnded(ctx context.Context) error {
	return &Error{Op: opImportStream, Kind: ErrCanceled, cause: ctx.Err(),
		Message: ctx.Err().Error()}
}
