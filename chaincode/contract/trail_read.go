package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

// viewer is a transaction of a caller who reads for a body.
type viewer struct {
	ledger.Trail
	body string // MSP ID
}

// view is a function that only reads.
func view[R any](c *Trail, ctx contractapi.TransactionContextInterface, argument string, parse func(string) (R, error), answer func(viewer, R) (any, error)) (any, error) {
	tx, request, err := ask(ctx, c.protection, argument, parse)
	if err != nil {
		return nil, err
	}
	caller, err := tx.Caller()
	if err != nil {
		return nil, err
	}
	return answer(viewer{ledger.Trail{Tx: tx}, caller.Body}, request)
}

// ReadTrail takes a trail.TrailRequest and returns the trail.Trail.
func (c *Trail) ReadTrail(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(view(c, ctx, request, trail.ParseTrailRequest, func(v viewer, r trail.TrailRequest) (any, error) {
		t, err := v.Trail.Trail(r.Trail)
		if err != nil {
			return nil, err
		}
		if t == nil {
			return nil, noTrail(r.Trail)
		}
		return *t, nil
	}))
}

// Trails takes a trail.TrailsRequest and returns a trail.TrailPage. A page may have fewer
// trails than asked for though it is not the last: when they are large, and when one
// body's are asked for.
func (c *Trail) Trails(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(view(c, ctx, request, trail.ParseTrailsRequest, func(v viewer, r trail.TrailsRequest) (any, error) {
		return v.Trail.Trails(r.Body, pageSize(r.PageSize), r.Bookmark)
	}))
}

// ReadBatch takes a trail.BatchRequest and returns the trail.BatchState.
func (c *Trail) ReadBatch(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(view(c, ctx, request, trail.ParseBatchRequest, func(v viewer, r trail.BatchRequest) (any, error) {
		name := ledger.BatchName{Trail: r.Trail, Source: r.Source, Number: r.Number}
		found, err := v.Standing(name)
		if err != nil {
			return nil, err
		}
		if err := v.mayRead(r.Trail, found.Trail); err != nil {
			return nil, err
		}
		if found.Head == nil {
			return nil, noBatch(name)
		}
		return found.State(), nil
	}))
}

// Batches takes a trail.BatchesRequest and returns a trail.BatchPage.
func (c *Trail) Batches(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(view(c, ctx, request, trail.ParseBatchesRequest, func(v viewer, r trail.BatchesRequest) (any, error) {
		if err := v.enter(r.Trail); err != nil {
			return nil, err
		}
		return v.Trail.Batches(r.Trail, r.Source, pageSize(r.PageSize), r.Bookmark)
	}))
}

// Entries takes a trail.EntriesRequest and returns a trail.EntryPage.
func (c *Trail) Entries(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(view(c, ctx, request, trail.ParseEntriesRequest, func(v viewer, r trail.EntriesRequest) (any, error) {
		if err := v.enter(r.Trail); err != nil {
			return nil, err
		}
		return v.Trail.Entries(r.Trail, ledger.Window{From: r.From, To: r.To}, pageSize(r.PageSize), r.Bookmark)
	}))
}

// BySubject takes a trail.PersonRequest and returns a trail.EntryPage of the entries that
// concern the pseudonym.
func (c *Trail) BySubject(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(view(c, ctx, request, trail.ParsePersonRequest, viewer.subject))
}

// ByActor takes a trail.PersonRequest and returns a trail.EntryPage of the acts of the
// pseudonym.
func (c *Trail) ByActor(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(view(c, ctx, request, trail.ParsePersonRequest, viewer.actor))
}

func (v viewer) subject(r trail.PersonRequest) (any, error) { return v.person(ledger.Subjects, r) }

func (v viewer) actor(r trail.PersonRequest) (any, error) { return v.person(ledger.Actors, r) }

// person leaves out trails that the body may not read, unless one is asked for by name:
// that it has no such entries would then be a false answer.
func (v viewer) person(index ledger.PersonIndex, r trail.PersonRequest) (any, error) {
	if r.Trail != "" {
		if err := v.enter(r.Trail); err != nil {
			return nil, err
		}
	}
	return v.Person(ledger.Person{
		Index: index, Pseudonym: r.Pseudonym, Trail: r.Trail, Window: ledger.Window{From: r.From, To: r.To}, Reader: v.body,
		Size: pageSize(r.PageSize), Bookmark: r.Bookmark,
	})
}

// enter fails unless there is such a trail and the body may read it.
func (v viewer) enter(id string) error {
	t, err := v.Trail.Trail(id)
	if err != nil {
		return err
	}
	return v.mayRead(id, t)
}

func (v viewer) mayRead(id string, t *trail.Trail) error {
	if t == nil {
		return noTrail(id)
	}
	if !t.ReadableBy(v.body) {
		return fault.New(fault.PermissionDenied, "trail %s of %s is not shown to %s", id, t.Body, v.body)
	}
	return nil
}
