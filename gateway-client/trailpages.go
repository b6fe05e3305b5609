package gateway

import (
	"context"
	"iter"

	"github.com/psbc-lu/psbc/chaincode/trail"
)

// List gives a page of the trails of all bodies or of one, by id.
func (t *Trails) List(ctx context.Context, request trail.TrailsRequest) (*trail.TrailPage, error) {
	return read[trail.TrailPage](ctx, t.contract, "list trails", "Trails", request, request.Validate)
}

// All iterates over trails by id, fetching page after page from the request's bookmark
// on. An error is yielded last, once, with a zero trail.
func (t *Trails) All(ctx context.Context, request trail.TrailsRequest) iter.Seq2[trail.Trail, error] {
	return everyPage(request.Bookmark, func(bookmark string) (*trail.TrailPage, error) {
		request.Bookmark = bookmark
		return t.List(ctx, request)
	}, func(p *trail.TrailPage) ([]trail.Trail, string) { return p.Items, p.Bookmark })
}

// Batches gives a page of the heads of a trail's batches, by source and number. Errors:
// ErrNotFound, ErrPermissionDenied when the client's body may not read the trail.
func (t *Trails) Batches(ctx context.Context, request trail.BatchesRequest) (*trail.BatchPage, error) {
	return read[trail.BatchPage](ctx, t.contract, "list batches", "Batches", request, request.Validate)
}

// AllBatches iterates over the heads of a trail's batches, fetching page after page
// from the request's bookmark on. An error is yielded last, once, with a zero batch.
func (t *Trails) AllBatches(ctx context.Context, request trail.BatchesRequest) iter.Seq2[trail.BatchState, error] {
	return everyPage(request.Bookmark, func(bookmark string) (*trail.BatchPage, error) {
		request.Bookmark = bookmark
		return t.Batches(ctx, request)
	}, func(p *trail.BatchPage) ([]trail.BatchState, string) { return p.Items, p.Bookmark })
}

// Gaps gives the numbers that are missing in a trail, by source: what a source sent is
// all there, but for these. Errors: those of Batches.
func (t *Trails) Gaps(ctx context.Context, id string) ([]trail.Gap, error) {
	var batches []trail.Batch
	for state, err := range t.AllBatches(ctx, trail.BatchesRequest{Trail: id, PageSize: trail.MaxPageSize}) {
		if err != nil {
			return nil, err
		}
		batches = append(batches, state.Batch)
	}
	return trail.Gaps(batches), nil
}

// Entries gives a page of a trail's entries by the claimed time of their batches. It
// may have none, and yet not be the last. Errors: those of Batches.
func (t *Trails) Entries(ctx context.Context, request trail.EntriesRequest) (*trail.EntryPage, error) {
	return read[trail.EntryPage](ctx, t.contract, "list entries", "Entries", request, request.Validate)
}

// AllEntries iterates over a trail's entries, fetching page after page from the
// request's bookmark on. An error is yielded last, once, with a zero entry.
func (t *Trails) AllEntries(ctx context.Context, request trail.EntriesRequest) iter.Seq2[trail.Located, error] {
	return everyPage(request.Bookmark, func(bookmark string) (*trail.EntryPage, error) {
		request.Bookmark = bookmark
		return t.Entries(ctx, request)
	}, located)
}

// BySubject gives a page of the entries that concern a person, by trail and time, less
// those of trails that the client's body may not read. A pseudonym that nobody used
// gives an empty page, not an error. Who has rotated keys asks for each of
// PseudonymKeys.AllSubjects.
func (t *Trails) BySubject(ctx context.Context, request trail.PersonRequest) (*trail.EntryPage, error) {
	return read[trail.EntryPage](ctx, t.contract, "entries by subject", "BySubject", request, request.Validate)
}

// AllBySubject iterates over the entries that concern a person, fetching page after
// page from the request's bookmark on. An error is yielded last, once, with a zero entry.
func (t *Trails) AllBySubject(ctx context.Context, request trail.PersonRequest) iter.Seq2[trail.Located, error] {
	return everyPage(request.Bookmark, func(bookmark string) (*trail.EntryPage, error) {
		request.Bookmark = bookmark
		return t.BySubject(ctx, request)
	}, located)
}

// ByActor gives a page of a person's acts, as BySubject does.
func (t *Trails) ByActor(ctx context.Context, request trail.PersonRequest) (*trail.EntryPage, error) {
	return read[trail.EntryPage](ctx, t.contract, "entries by actor", "ByActor", request, request.Validate)
}

// AllByActor iterates over a person's acts, as AllBySubject does.
func (t *Trails) AllByActor(ctx context.Context, request trail.PersonRequest) iter.Seq2[trail.Located, error] {
	return everyPage(request.Bookmark, func(bookmark string) (*trail.EntryPage, error) {
		request.Bookmark = bookmark
		return t.ByActor(ctx, request)
	}, located)
}

func located(p *trail.EntryPage) ([]trail.Located, string) { return p.Items, p.Bookmark }
