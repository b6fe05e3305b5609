package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

// writer is a transaction of a caller who may write for a body.
type writer struct {
	ledger.Notary
	body     string
	function string
}

// write begins a function that writes: the caller has the role, and the argument is a
// valid request.
func write[R any](c *Notary, ctx contractapi.TransactionContextInterface, function, argument string, parse func(string) (R, error)) (writer, R, error) {
	var none R
	tx, err := ledger.Begin(ctx.GetStub(), c.protection)
	if err != nil {
		return writer{}, none, err
	}
	caller, err := tx.Caller()
	if err != nil {
		return writer{}, none, err
	}
	if !caller.Has(RoleNotary) {
		return writer{}, none, fault.New(fault.PermissionDenied, "%s needs a certificate with the attribute %s=true", function, RoleNotary)
	}
	request, err := parse(argument)
	if err != nil {
		return writer{}, none, err
	}
	return writer{ledger.Notary{Tx: tx}, caller.Body, function}, request, nil
}

// read is a function that only reads.
func read[R any](c *Notary, ctx contractapi.TransactionContextInterface, argument string, parse func(string) (R, error), answer func(ledger.Notary, R) (any, error)) (any, error) {
	request, err := parse(argument)
	if err != nil {
		return nil, err
	}
	tx, err := ledger.Begin(ctx.GetStub(), c.protection)
	if err != nil {
		return nil, err
	}
	return answer(ledger.Notary{Tx: tx}, request)
}

// request identifies what is asked for.
func (w writer) request(id string, content any) (ledger.Request, error) {
	hash, err := notary.ContentHash(w.function, content)
	return ledger.Request{Body: w.body, ID: id, Function: w.function, Content: hash}, err
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
	payload, err := event.Encode()
	if err != nil {
		return err
	}
	return w.Emit(name, payload)
}
