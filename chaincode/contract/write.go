package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger"
)

// author is who asks for a write, and by which function.
type author struct {
	body     string
	function string
}

// begin starts a function that writes: the caller has the role, and the argument is a
// valid request.
func begin[R any](ctx contractapi.TransactionContextInterface, protection *ledger.Protection, role, function, argument string, parse func(string) (R, error)) (*ledger.Tx, author, R, error) {
	return admit(ctx, protection, function, argument, parse, func(caller ledger.Caller) error {
		if !caller.Has(role) {
			return fault.New(fault.PermissionDenied, "%s needs a certificate with the attribute %s=true", function, role)
		}
		return nil
	})
}

// admit starts a function that writes: the caller may, and the argument is a valid
// request.
func admit[R any](ctx contractapi.TransactionContextInterface, protection *ledger.Protection, function, argument string, parse func(string) (R, error), may func(ledger.Caller) error) (*ledger.Tx, author, R, error) {
	var none R
	tx, err := ledger.Begin(ctx.GetStub(), ctx.GetClientIdentity(), protection)
	if err != nil {
		return nil, author{}, none, err
	}
	caller, err := tx.Caller()
	if err != nil {
		return nil, author{}, none, err
	}
	if err := may(caller); err != nil {
		return nil, author{}, none, err
	}
	request, err := parse(argument)
	if err != nil {
		return nil, author{}, none, err
	}
	return tx, author{caller.Body, function}, request, nil
}

// request identifies what is asked for; hash is the domain's ContentHash.
func (a author) request(id string, content any, hash func(function string, request any) (string, error)) (ledger.Request, error) {
	sum, err := hash(a.function, content)
	return ledger.Request{Body: a.body, ID: id, Function: a.function, Content: sum}, err
}

// ask starts a function that only reads.
func ask[R any](ctx contractapi.TransactionContextInterface, protection *ledger.Protection, argument string, parse func(string) (R, error)) (*ledger.Tx, R, error) {
	request, err := parse(argument)
	if err != nil {
		return nil, request, err
	}
	tx, err := ledger.Begin(ctx.GetStub(), ctx.GetClientIdentity(), protection)
	return tx, request, err
}

// emit sets the event of a transaction that changed something.
func emit(tx *ledger.Tx, name string, event encoder) error {
	payload, err := event.Encode()
	if err != nil {
		return err
	}
	return tx.Emit(name, payload)
}

func pageSize(requested int) int {
	if requested == 0 {
		return check.DefaultPageSize
	}
	return requested
}
