package service

import (
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"github.com/psbc-lu/psbc/chaincode/fault"
)

// guarded keeps one transaction's failure from becoming every transaction's: a
// panic, which would end the process, becomes an error, and every error gets a code.
type guarded struct {
	inner shim.Chaincode
	log   *slog.Logger
}

func (g guarded) Init(stub shim.ChaincodeStubInterface) *peer.Response {
	return g.call(stub, g.inner.Init)
}

func (g guarded) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	return g.call(stub, g.inner.Invoke)
}

func (g guarded) call(stub shim.ChaincodeStubInterface, function func(shim.ChaincodeStubInterface) *peer.Response) (response *peer.Response) {
	defer func() {
		if cause := recover(); cause != nil {
			g.log.Error("the chaincode panicked", "transaction", stub.GetTxID(), "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			response = shim.Error(string(fault.Internal) + ": the chaincode failed unexpectedly; its server's log says more")
		}
	}()
	response = function(stub)
	if response.GetStatus() < shim.ERRORTHRESHOLD {
		return response
	}
	// Only the contract API's own refusals, all of them of the call as such, have none.
	if _, coded := fault.Parse(response.GetMessage()); !coded {
		response.Message = string(fault.InvalidArgument) + ": " + response.GetMessage()
	}
	g.log.Debug("refused", "transaction", stub.GetTxID(), "message", response.GetMessage())
	return response
}
