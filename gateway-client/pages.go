package gateway

import (
	"context"
	"iter"
)

// Find gives a page of all bodies' notarisations of a digest. A digest that
// nobody notarised gives an empty page, not an error.
func (n *Notary) Find(ctx context.Context, request FindRequest) (*Page, error) {
	return read[Page](ctx, n.contract, "find", "Find", request, request.Validate)
}

// FindAll iterates over all bodies' notarisations of a digest, fetching page
// after page from the request's bookmark on. An error is yielded last, once,
// with a zero record.
func (n *Notary) FindAll(ctx context.Context, request FindRequest) iter.Seq2[Notarisation, error] {
	return everyPage(request.Bookmark, func(bookmark string) (*Page, error) {
		request.Bookmark = bookmark
		return n.Find(ctx, request)
	}, notarisations)
}

// ListByBody gives a page of a body's notarisations, oldest claimed time first.
func (n *Notary) ListByBody(ctx context.Context, request ListRequest) (*Page, error) {
	request.Body = n.orOwn(request.Body)
	return read[Page](ctx, n.contract, "list", "ListByBody", request, request.Validate)
}

// AllByBody iterates over a body's notarisations, fetching page after page from
// the request's bookmark on. An error is yielded last, once, with a zero record.
// Pages are read one after the other: a record made meanwhile may be missing.
func (n *Notary) AllByBody(ctx context.Context, request ListRequest) iter.Seq2[Notarisation, error] {
	return everyPage(request.Bookmark, func(bookmark string) (*Page, error) {
		request.Bookmark = bookmark
		return n.ListByBody(ctx, request)
	}, notarisations)
}

func notarisations(p *Page) ([]Notarisation, string) { return p.Items, p.Bookmark }
