package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

// Reveal takes a trail.RevealRequest and returns the trail.BatchState. The entries must
// be those that the sealed batch committed to.
func (c *Trail) Reveal(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.reveal(ctx, request))
}

func (c *Trail) reveal(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := record(c, ctx, "Reveal", argument, trail.ParseRevealRequest)
	if err != nil {
		return nil, err
	}
	found, err := w.own(ledger.BatchName{Trail: r.Trail, Source: r.Source, Number: r.Number})
	if err != nil {
		return nil, err
	}
	if found.Removed != nil {
		return nil, fault.New(fault.FailedPrecondition, "the entries of batch %d of source %s were removed on %s", r.Number, r.Source, found.Removed.ClaimedTime)
	}
	var commitments []string
	if found.Head.RevealAfter != "" {
		if commitments, err = w.Commitments(*found.Head); err != nil {
			return nil, err
		}
	}
	entries, reveal, err := trail.CheckReveal(r, w.transaction(), *found.Trail, *found.Head, commitments)
	if err != nil {
		return nil, err
	}
	if found.Revealed != nil {
		return found.State(), nil // of these entries: there are no others to what was committed
	}
	if err := w.SaveReveal(*found.Head, entries, reveal); err != nil {
		return nil, err
	}
	found.Revealed = &reveal
	return found.State(), w.emitBatch(trail.EventRevealed, r.RequestID, *found.Head)
}

// Remove takes a trail.RemoveRequest and returns the trail.BatchState. It removes the
// batch's entries from the world state and from what is found by subject and actor; the
// blocks keep them.
func (c *Trail) Remove(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.remove(ctx, request))
}

func (c *Trail) remove(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := record(c, ctx, "Remove", argument, trail.ParseRemoveRequest)
	if err != nil {
		return nil, err
	}
	found, err := w.own(ledger.BatchName{Trail: r.Trail, Source: r.Source, Number: r.Number})
	if err != nil {
		return nil, err
	}
	if found.Removed != nil {
		return found.State(), nil
	}
	removal, err := trail.CheckRemove(r, w.transaction(), *found.Trail, *found.Head)
	if err != nil {
		return nil, err
	}
	var entries []trail.Entry
	if found.Head.RevealAfter == "" || found.Revealed != nil {
		if entries, err = w.BatchEntries(*found.Head); err != nil {
			return nil, err
		}
	}
	if err := w.SaveRemoval(*found.Head, entries, removal); err != nil {
		return nil, err
	}
	found.Removed = &removal
	return found.State(), w.emitBatch(trail.EventRemoved, r.RequestID, *found.Head)
}

// own reads a batch of the caller's body. It fails with NOT_FOUND when there is none.
func (w recorder) own(b ledger.BatchName) (ledger.Standing, error) {
	found, err := w.Standing(b)
	if err != nil {
		return ledger.Standing{}, err
	}
	if found.Trail == nil {
		return ledger.Standing{}, noTrail(b.Trail)
	}
	if err := trail.CheckOwner(*found.Trail, w.transaction()); err != nil {
		return ledger.Standing{}, err
	}
	if found.Head == nil {
		return ledger.Standing{}, noBatch(b)
	}
	return found, nil
}

func (w recorder) emitBatch(name, requestID string, head trail.Batch) error {
	return w.emit(name, trail.Event{
		Trail: head.Trail, Source: head.Source, Number: head.Number, Entries: head.Entries, Sealed: head.RevealAfter != "", RequestID: requestID,
	})
}

func noBatch(b ledger.BatchName) error {
	return fault.New(fault.NotFound, "source %s of trail %s has sent no batch %d", b.Source, b.Trail, b.Number)
}
