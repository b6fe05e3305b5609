// Package stub talks to the stub behind the ledger's back.
package stub

import "github.com/hyperledger/fabric-chaincode-go/v2/shim"

type context interface {
	GetStub() shim.ChaincodeStubInterface
}

type store struct{ stub shim.ChaincodeStubInterface }

func handsOn(ctx context) store { return store{stub: ctx.GetStub()} }

func calls(ctx context) error {
	return ctx.GetStub().PutState("key", nil) // want "calls the stub's PutState"
}

func takesAMethod(ctx context) func(string) ([]byte, error) {
	return ctx.GetStub().GetState // want "calls the stub's GetState"
}
