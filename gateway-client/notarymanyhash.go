package gateway

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/gateway-client/internal/batchfile"
)

// pagesPerWorker is how many pages are on their way for each worker: enough files to read,
// while one that is large holds up what comes after it.
const pagesPerWorker = 8

// manyRun turns documents into the pages of a batch file, side by side and in their order.
type manyRun struct {
	algorithm notary.Algorithm
	progress  func(ManyProgress)
	writer    *batchfile.Writer
	jobs      chan manyJob
	ordered   chan *manyPage // full pages, as they came
	free      chan *manyPage
	cancel    context.CancelFunc
}

// manyPage is a page on its way.
type manyPage struct {
	first     uint64 // index of its first document
	documents []Document
	raw       []byte // digest after digest
	digests   [][]byte
	names     []string
	left      atomic.Int32 // jobs to be done
	done      chan struct{}
	bytes     atomic.Uint64
	page      batchfile.Page

	mu     sync.Mutex
	failed int // document with err
	err    error
}

// manyJob is the hashing of one file of a page, or what remains to be done.
type manyJob struct {
	page     *manyPage
	document int // or theRest
}

const theRest = -1

// hashMany appends the digests of documents to the writer. The error is that of the first
// document that failed, if any did.
func hashMany(ctx context.Context, documents iter.Seq2[Document, error], options ManyOptions, writer *batchfile.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	pages := options.Workers * pagesPerWorker
	run := &manyRun{
		algorithm: options.Algorithm, progress: options.Progress, writer: writer, cancel: cancel,
		jobs: make(chan manyJob, 2*options.Workers), ordered: make(chan *manyPage, pages), free: make(chan *manyPage, pages),
	}
	for range pages {
		run.free <- newManyPage(options.Algorithm)
	}
	var workers, appending sync.WaitGroup
	for range options.Workers {
		workers.Go(func() { run.work(ctx) })
	}
	var appended error
	appending.Go(func() { appended = run.appendPages(ctx) })

	fed := run.feed(ctx, documents)
	close(run.jobs)
	close(run.ordered)
	workers.Wait()
	appending.Wait()
	if appended != nil {
		return appended
	}
	return fed
}

func newManyPage(algorithm notary.Algorithm) *manyPage {
	p := &manyPage{
		documents: make([]Document, 0, batchfile.PageSize), names: make([]string, batchfile.PageSize), digests: make([][]byte, batchfile.PageSize),
		raw: make([]byte, batchfile.PageSize*algorithm.Size()), done: make(chan struct{}, 1),
	}
	for i := range p.digests {
		p.digests[i] = p.raw[i*algorithm.Size():][:algorithm.Size()]
	}
	return p
}

// feed reads the documents and sets pages on their way.
func (run *manyRun) feed(ctx context.Context, documents iter.Seq2[Document, error]) error {
	var page *manyPage
	var next uint64
	for document, err := range documents {
		switch {
		case err != nil:
			run.cancel()
			return manyFailure(fmt.Errorf("document %d (from 0) cannot be had: %w", next, err), err)
		case next == notary.MaxMembers:
			run.cancel()
			return refused(opNotariseMany, "", fault.New(fault.InvalidArgument, "there are more than %d documents", uint64(notary.MaxMembers)))
		}
		if page == nil {
			if page = run.take(ctx, next); page == nil {
				return manyEnded(ctx)
			}
		}
		page.documents = append(page.documents, document)
		next++
		if len(page.documents) == batchfile.PageSize {
			run.begin(page)
			page = nil
		}
	}
	if ctx.Err() != nil {
		return manyEnded(ctx)
	}
	if page != nil {
		run.begin(page)
	}
	return nil
}

// take waits for a page that is not on its way any more; nil when the run ends.
func (run *manyRun) take(ctx context.Context, first uint64) *manyPage {
	if ctx.Err() != nil {
		return nil
	}
	select {
	case page := <-run.free:
		page.first, page.documents, page.err = first, page.documents[:0], nil
		page.bytes.Store(0)
		return page
	case <-ctx.Done():
		return nil
	}
}

// begin sets a page on its way.
func (run *manyRun) begin(page *manyPage) {
	jobs := int32(1)
	for _, document := range page.documents {
		if document.Digest == "" {
			jobs++
		}
	}
	page.left.Store(jobs)
	run.ordered <- page // there is room for all
	for i, document := range page.documents {
		if document.Digest == "" {
			run.jobs <- manyJob{page, i}
		}
	}
	run.jobs <- manyJob{page, theRest}
}

// work does jobs until there are no more. What is on its way when the run ends is not hashed.
func (run *manyRun) work(ctx context.Context) {
	hasher := fileHasher{algorithm: run.algorithm, buffer: make([]byte, digestBuffer)}
	for job := range run.jobs {
		page := job.page
		if job.document == theRest {
			page.takeDigests(run.algorithm)
		} else {
			size, err := hasher.sum(ctx, page.documents[job.document].Path, page.digests[job.document])
			if err != nil {
				page.fail(job.document, err)
			}
			page.bytes.Add(size)
		}
		if page.left.Add(-1) > 0 {
			continue
		}
		page.finish(run.algorithm)
		page.done <- struct{}{}
	}
}

// takeDigests takes over the digests that were given.
func (p *manyPage) takeDigests(algorithm notary.Algorithm) {
	for i, document := range p.documents {
		p.names[i] = document.Name
		if document.Name == "" {
			p.names[i] = document.Path
		}
		if document.Digest == "" {
			continue
		}
		if err := decodeDigest(document.Digest, algorithm, p.digests[i]); err != nil {
			p.fail(i, err)
			return
		}
	}
}

func decodeDigest(digest notary.Digest, algorithm notary.Algorithm, into []byte) error {
	if _, err := notary.ParseDigest(string(digest)); err != nil {
		return err
	}
	digits, ok := strings.CutPrefix(string(digest), string(algorithm)+":")
	if !ok {
		return fault.New(fault.InvalidArgument, "the digest %s is not one by %s, as the batch's are", digest, algorithm)
	}
	_, err := hex.Decode(into, []byte(digits))
	return err
}

func (p *manyPage) finish(algorithm notary.Algorithm) {
	if p.err != nil {
		return
	}
	count := len(p.documents)
	if err := p.page.Fill(algorithm, p.digests[:count], p.names[:count]); err != nil {
		p.fail(0, err)
	}
}

// fail notes the error of the page's first document that has one.
func (p *manyPage) fail(document int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil || document < p.failed {
		p.failed, p.err = document, err
	}
}

// appendPages writes the pages in their order, until one has failed. It returns when all
// that were begun have come.
func (run *manyRun) appendPages(ctx context.Context) error {
	var failure error
	var progress ManyProgress
	for page := range run.ordered {
		<-page.done
		switch {
		case failure != nil:
		case page.err != nil:
			failure = page.failure(ctx)
		default:
			if err := run.writer.Append(&page.page); err != nil {
				failure = batchFailure(opNotariseMany, err)
			}
		}
		if failure != nil {
			run.cancel()
			continue
		}
		progress.Documents += uint64(len(page.documents))
		progress.Bytes += page.bytes.Load()
		if run.progress != nil {
			run.progress(progress)
		}
		run.free <- page // there is room for all
	}
	return failure
}

// failure is the error of a page.
func (p *manyPage) failure(ctx context.Context) error {
	if errors.Is(p.err, context.Canceled) || errors.Is(p.err, context.DeadlineExceeded) {
		return manyEnded(ctx)
	}
	where := fmt.Sprintf("document %d (from 0)", p.first+uint64(p.failed)) //nolint:gosec // not negative
	if name := p.documents[p.failed].Path; name != "" {
		where += ", " + name
	}
	return manyFailure(fmt.Errorf("%s: %w", where, p.err), p.err)
}

func manyFailure(told, cause error) error {
	failure := refused(opNotariseMany, "", cause)
	if failure.Kind == ErrInternal {
		failure.Kind = ErrFailedPrecondition
	}
	failure.Message, failure.cause = told.Error(), cause
	return failure
}

func manyEnded(ctx context.Context) error {
	return &Error{Op: opNotariseMany, Kind: ErrCanceled, Message: ctx.Err().Error(), cause: ctx.Err()}
}

// fileHasher hashes one file after the other.
type fileHasher struct {
	algorithm notary.Algorithm
	state     hash.Hash
	buffer    []byte
}

// sum puts the digest of a file into a slice of its length, and returns the file's length.
func (h *fileHasher) sum(ctx context.Context, path string, into []byte) (uint64, error) {
	if h.state == nil {
		state, err := h.algorithm.New()
		if err != nil {
			return 0, err
		}
		h.state = state
	}
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	h.state.Reset()
	var size uint64
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := file.Read(h.buffer)
		size += uint64(n) //nolint:gosec // not negative
		h.state.Write(h.buffer[:n])
		if errors.Is(err, io.EOF) {
			h.state.Sum(into[:0])
			return size, nil
		}
		if err != nil {
			return 0, err
		}
	}
}
