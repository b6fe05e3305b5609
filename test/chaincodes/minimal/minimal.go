// Package minimal is the least that a chaincode can do: one write, one read,
// with no decoding, no check, no index and no protection of the key. It is the
// substrate's limit, against which benchmarks measure real contracts.
package minimal

import (
	"fmt"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

// Chaincode has two functions: Put(key, value) writes the value and returns
// nothing, and Put(value) does so under the transaction's id, so that no two
// transactions conflict; Get(key) returns the value, or nothing if there is
// none.
type Chaincode struct{}

// Init does nothing.
func (Chaincode) Init(shim.ChaincodeStubInterface) *peer.Response { return shim.Success(nil) }

// Invoke calls Put or Get.
func (Chaincode) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	function, args := stub.GetFunctionAndParameters()
	switch {
	case function == "Put" && len(args) == 1:
		return put(stub, stub.GetTxID(), args[0])
	case function == "Put" && len(args) == 2:
		return put(stub, args[0], args[1])
	case function == "Get" && len(args) == 1:
		value, err := stub.GetState(args[0])
		if err != nil {
			return shim.Error(fmt.Sprintf("get %q: %v", args[0], err))
		}
		return shim.Success(value)
	default:
		return shim.Error(fmt.Sprintf("no function %q with %d arguments", function, len(args)))
	}
}

func put(stub shim.ChaincodeStubInterface, key, value string) *peer.Response {
	if err := stub.PutState(key, []byte(value)); err != nil {
		return shim.Error(fmt.Sprintf("put %q: %v", key, err))
	}
	return shim.Success(nil)
}
