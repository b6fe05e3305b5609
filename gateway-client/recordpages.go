package gateway

import (
	"context"
	"iter"

	"github.com/psbc-lu/psbc/chaincode/registry"
)

// Find gives a page of the records with a value in a unique or indexed field, or,
// without a value, of all that have the field, ordered by it. A value that no
// record has gives an empty page, not an error. Errors: ErrNotFound when there
// is no such register, ErrInvalidArgument when the field is not an indexed one.
func (r *Registry) Find(ctx context.Context, request registry.FindRequest) (*registry.Page, error) {
	return read[registry.Page](ctx, r.contract, "find records", "Find", request, request.Validate)
}

// FindAll iterates over what Find finds, fetching page after page from the
// request's bookmark on. An error is yielded last, once, with a zero record.
func (r *Registry) FindAll(ctx context.Context, request registry.FindRequest) iter.Seq2[registry.Record, error] {
	return everyPage(request.Bookmark, func(bookmark string) (*registry.Page, error) {
		request.Bookmark = bookmark
		return r.Find(ctx, request)
	}, recordsOf)
}

// List gives a page of a register's records, by id.
func (r *Registry) List(ctx context.Context, request registry.ListRequest) (*registry.Page, error) {
	return read[registry.Page](ctx, r.contract, "list records", "List", request, request.Validate)
}

// All iterates over a register's records by id, fetching page after page from the
// request's bookmark on. An error is yielded last, once, with a zero record.
// Pages are read one after the other: a record made meanwhile may be missing.
func (r *Registry) All(ctx context.Context, request registry.ListRequest) iter.Seq2[registry.Record, error] {
	return everyPage(request.Bookmark, func(bookmark string) (*registry.Page, error) {
		request.Bookmark = bookmark
		return r.List(ctx, request)
	}, recordsOf)
}

func recordsOf(p *registry.Page) ([]registry.Record, string) { return p.Items, p.Bookmark }
