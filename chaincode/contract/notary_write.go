package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

// writer is a transaction of a caller who may notarise for a body.
type writer struct {
	ledger.Notary
	author
}

// write begins a function that writes.
func write[R any](c *Notary, ctx contractapi.TransactionContextInterface, function, argument string, parse func(string) (R, error)) (writer, R, error) {
	tx, by, request, err := begin(ctx, c.protection, RoleNotary, function, argument, parse)
	return writer{ledger.Notary{Tx: tx}, by}, request, err
}

// read is a function that only reads.
func read[R any](c *Notary, ctx contractapi.TransactionContextInterface, argument string, parse func(string) (R, error), answer func(ledger.Notary, R) (any, error)) (any, error) {
	tx, request, err := ask(ctx, c.protection, argument, parse)
	if err != nil {
		return nil, err
	}
	return answer(ledger.Notary{Tx: tx}, request)
}

// request identifies what is asked for.
func (w writer) request(id string, content any) (ledger.Request, error) {
	return w.author.request(id, content, notary.ContentHash)
}

// save stores what a request changed and sets the event.
func (w writer) save(r ledger.Request, created, changed []notary.Notarisation, event string, payload notary.Event) error {
	if err := w.Save(r, created, changed); err != nil {
		return err
	}
	return w.emit(r, event, payload)
}

func (w writer) emit(r ledger.Request, name string, event notary.Event) error {
	event.V = notary.SchemaVersion
	event.Body = w.body
	event.RequestID = r.ID
	event.ClaimedTime = w.ClaimedTime()
	return emit(w.Tx, name, event)
}
