package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

// Append takes a trail.AppendRequest and returns the trail.Batch. All entries are
// appended or none. A source sends its batches one after the other: the one before must
// be on the ledger. Batches of different sources never wait for or stop each other.
func (c *Trail) Append(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.append(ctx, request))
}

func (c *Trail) append(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := record(c, ctx, "Append", argument, trail.ParseAppendRequest)
	if err != nil {
		return nil, err
	}
	return w.add(r.RequestID, r.Place, r, batchWork{
		judge: func(t trail.Trail, content string, previous *trail.Batch) (trail.Batch, error) {
			return trail.Append(r, w.transaction(), t, content, previous)
		},
		save: func(head trail.Batch) error { return w.SaveBatch(head, r.Entries) },
	})
}

// Seal takes a trail.SealRequest and returns the trail.Batch. It appends as Append does.
func (c *Trail) Seal(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.seal(ctx, request))
}

func (c *Trail) seal(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := record(c, ctx, "Seal", argument, trail.ParseSealRequest)
	if err != nil {
		return nil, err
	}
	return w.add(r.RequestID, r.Place, r, batchWork{
		judge: func(t trail.Trail, content string, previous *trail.Batch) (trail.Batch, error) {
			return trail.Seal(r, w.transaction(), t, content, previous)
		},
		save: func(head trail.Batch) error { return w.SaveSealed(head, r.Commitments) },
	})
}

// batchWork is what differs between appending entries and appending commitments.
type batchWork struct {
	judge func(t trail.Trail, content string, previous *trail.Batch) (trail.Batch, error)
	save  func(head trail.Batch) error
}

// add appends a batch. Its head is the receipt: a request that was carried out is known by
// what it asked for, whatever its id.
func (w recorder) add(requestID string, place trail.Place, asked any, work batchWork) (any, error) {
	content, err := trail.ContentHash(w.function, asked)
	if err != nil {
		return nil, err
	}
	opening, err := w.Before(ledger.BatchName{Trail: place.Trail, Source: place.Source, Number: place.Number}, place.NeedsPrevious())
	if err != nil {
		return nil, err
	}
	if opening.Trail == nil {
		return nil, noTrail(place.Trail)
	}
	if err := trail.CheckOwner(*opening.Trail, w.transaction()); err != nil {
		return nil, err
	}
	if opening.Head != nil {
		return *opening.Head, trail.Repeated(*opening.Head, content)
	}
	head, err := work.judge(*opening.Trail, content, opening.Previous)
	if err != nil {
		return nil, err
	}
	if err := work.save(head); err != nil {
		return nil, err
	}
	return head, w.emitBatch(trail.EventAppended, requestID, head)
}
