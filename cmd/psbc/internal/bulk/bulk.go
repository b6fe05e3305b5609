// Package bulk notarises any number of documents so that a run can be repeated:
// after an interruption, or with more documents, the same command finishes the
// work and records nothing twice.
//
// A batch is all or nothing, and one digest that the body has notarised before
// fails all of it. So a batch is sent as it is, which costs a first run nothing;
// when the ledger answers that something exists, the documents are looked up one
// by one, those that exist are reported as such, and the rest is sent again.
package bulk

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/intake"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// Outcome is what became of one document.
type Outcome string

// The outcomes.
const (
	// Notarised by this run.
	Notarised Outcome = "notarised"
	// Already notarised by the body, with the same particulars.
	Already Outcome = "already-notarised"
	// Identical to a document named before it in this run.
	Identical Outcome = "identical"
	// Differs: already notarised by the body with other particulars, which this
	// run did not change.
	Differs Outcome = "differs"
	// Ended: the body notarised it and has revoked or superseded that since. A
	// body notarises a digest once.
	Ended Outcome = "ended"
	// Pending: not reached, because the run failed or was interrupted.
	Pending Outcome = "pending"
)

// Outcomes lists them, the best first.
func Outcomes() []Outcome {
	return []Outcome{Notarised, Already, Identical, Differs, Ended, Pending}
}

// Result is the outcome of one document.
type Result struct {
	Name    string        `json:"name"`
	Digest  notary.Digest `json:"digest"`
	Outcome Outcome       `json:"outcome"`
	// SameAs names the document that an Identical one equals.
	SameAs string `json:"sameAs,omitempty"`
	// Note says in words what Differs or Ended means here.
	Note        string `json:"note,omitempty"`
	TxID        string `json:"txId,omitempty"`
	ClaimedTime string `json:"claimedTime,omitempty"`
}

// Notary is what a run needs of the gateway client's notary.
type Notary interface {
	Notarise(ctx context.Context, request gateway.NotariseRequest, options ...gateway.NotariseOption) (*gateway.Notarisation, error)
	NotariseBatch(ctx context.Context, request gateway.BatchRequest) (*gateway.BatchResult, error)
	Read(ctx context.Context, request gateway.RecordRequest) (*gateway.Notarisation, error)
}

// Run is one run over documents.
type Run struct {
	Notary Notary
	// Template holds the particulars that all documents share.
	Template notary.Item
	// Details, when set, gives a document's private details. They travel with
	// single notarisations only, so no batches are made then.
	Details func(intake.Document) notary.Details
	// RequestID is used for a run over a single document; empty means a new one.
	RequestID string
	// Bound limits one request to the network.
	Bound func(context.Context) (context.Context, context.CancelFunc)
	// Progress is told how many more documents are done. It may be nil.
	Progress func(documents int)
}

// Limits on what is in flight at once. One small network is saturated by them.
const (
	batchesInFlight = 2
	singlesInFlight = 16
	readsInFlight   = 32
	// maxRounds bounds how often one batch is split because others keep
	// notarising the same documents meanwhile.
	maxRounds = 5
)

// Do notarises the documents and returns one result for each, in their order.
// With an error the results say how far the run came.
func (r *Run) Do(ctx context.Context, documents []intake.Document) ([]Result, error) {
	results, todo := plan(documents)
	r.advance(len(results) - len(todo))

	size, inFlight := notary.MaxBatch, batchesInFlight
	if r.Details != nil || len(todo) == 1 {
		size, inFlight = 1, singlesInFlight
	}
	group, working := errgroup.WithContext(ctx)
	group.SetLimit(inFlight)
	for start := 0; start < len(todo) && working.Err() == nil; start += size {
		part := todo[start:min(start+size, len(todo))]
		group.Go(func() error {
			var err error
			if size == 1 {
				err = r.single(working, part[0])
			} else {
				err = r.batch(working, part)
			}
			if err == nil {
				r.advance(len(part))
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return results, err
	}
	return results, ctx.Err()
}

// plan makes the results and picks those to notarise: the first document of each
// digest.
func plan(documents []intake.Document) (results []Result, todo []*Result) {
	results = make([]Result, len(documents))
	first := make(map[notary.Digest]string, len(documents))
	for i, d := range documents {
		results[i] = Result{Name: d.Name, Digest: d.Digest, Outcome: Pending}
		if name, seen := first[d.Digest]; seen {
			results[i].Outcome, results[i].SameAs = Identical, name
			continue
		}
		first[d.Digest] = d.Name
		todo = append(todo, &results[i])
	}
	return results, todo
}

func (r *Run) single(ctx context.Context, result *Result) error {
	var options []gateway.NotariseOption
	if r.Details != nil {
		// Details are stored in a transaction before the notarisation's, so look
		// first: those of a document that is notarised already are not touched.
		if found, err := r.lookup(ctx, result); err != nil || found {
			return err
		}
		options = append(options, gateway.WithDetails(r.Details(intake.Document{Name: result.Name, Digest: result.Digest})))
	}
	bounded, cancel := r.Bound(ctx)
	defer cancel()
	record, err := r.Notary.Notarise(bounded, notary.NotariseRequest{RequestID: r.RequestID, Item: r.item(result.Digest)}, options...)
	if errors.Is(err, gateway.ErrAlreadyExists) {
		// Or the request id was used for something else: then there is no record.
		found, lookupErr := r.lookup(ctx, result)
		if lookupErr != nil {
			return lookupErr
		}
		if found {
			return nil
		}
	}
	if err != nil {
		return err
	}
	result.Outcome, result.TxID, result.ClaimedTime = Notarised, record.TxID, record.ClaimedTime
	if record.Status != notary.StatusActive {
		// A repeated request id is answered with the record as it stands now.
		result.Outcome, result.Note = r.compare(record)
	}
	return nil
}

func (r *Run) batch(ctx context.Context, todo []*Result) error {
	for range maxRounds {
		done, err := r.submit(ctx, todo)
		if err == nil {
			for _, result := range todo {
				result.Outcome, result.TxID, result.ClaimedTime = Notarised, done.TxID, done.ClaimedTime
			}
			return nil
		}
		if !errors.Is(err, gateway.ErrAlreadyExists) {
			return err
		}
		missing, lookupErr := r.lookupAll(ctx, todo)
		if lookupErr != nil {
			return lookupErr
		}
		if len(missing) == len(todo) {
			return err // it is not the documents that exist
		}
		if todo = missing; len(todo) == 0 {
			return nil
		}
	}
	return fmt.Errorf("%d documents are being notarised by another run of this body at the same time", len(todo))
}

func (r *Run) submit(ctx context.Context, todo []*Result) (*notary.BatchResult, error) {
	request := notary.BatchRequest{Items: make([]notary.Item, len(todo))}
	for i, result := range todo {
		request.Items[i] = r.item(result.Digest)
	}
	ctx, cancel := r.Bound(ctx)
	defer cancel()
	return r.Notary.NotariseBatch(ctx, request)
}

func (r *Run) item(digest notary.Digest) notary.Item {
	item := r.Template
	item.Digest = digest
	return item
}

// lookupAll looks up every document and returns those that are not there.
func (r *Run) lookupAll(ctx context.Context, todo []*Result) ([]*Result, error) {
	var (
		mu      sync.Mutex
		missing = make(map[*Result]bool)
	)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readsInFlight)
	for _, result := range todo {
		group.Go(func() error {
			found, err := r.lookup(ctx, result)
			if err == nil && !found {
				mu.Lock()
				defer mu.Unlock()
				missing[result] = true
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var rest []*Result
	for _, result := range todo { // in order, so that a repeated run sends the same
		if missing[result] {
			rest = append(rest, result)
		}
	}
	return rest, nil
}

// lookup sets the outcome of a document that the body has notarised already, and
// returns false for one that it has not.
func (r *Run) lookup(ctx context.Context, result *Result) (bool, error) {
	ctx, cancel := r.Bound(ctx)
	defer cancel()
	record, err := r.Notary.Read(ctx, notary.RecordRequest{Digest: result.Digest})
	if errors.Is(err, gateway.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	result.TxID, result.ClaimedTime = record.TxID, record.ClaimedTime
	result.Outcome, result.Note = r.compare(record)
	return true, nil
}

func (r *Run) advance(documents int) {
	if r.Progress != nil && documents > 0 {
		r.Progress(documents)
	}
}
