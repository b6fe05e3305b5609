package ledgertest

import (
	"fmt"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

// ChaincodeError is the chaincode's own refusal: a response with a status of
// 400 or more (or below 200). Its text is what Fabric's gateway tells a client.
type ChaincodeError struct {
	Status  int32
	Message string
}

func (e *ChaincodeError) Error() string {
	return fmt.Sprintf("chaincode response %d, %s", e.Status, e.Message)
}

// EndorseError means that a peer or the gateway refused, not the chaincode: the
// caller is unknown, the simulation failed, the endorsers disagree, or no set of
// endorsers can satisfy the policies.
type EndorseError struct {
	TransactionID string
	Message       string
}

func (e *EndorseError) Error() string {
	return fmt.Sprintf("endorse transaction %s: %s", e.TransactionID, e.Message)
}

// CommitError means that the transaction is in a block, but invalid.
type CommitError struct {
	TransactionID string
	Code          peer.TxValidationCode
}

func (e *CommitError) Error() string {
	return fmt.Sprintf("transaction %s failed to commit with status code %d (%s)", e.TransactionID, int32(e.Code), e.Code)
}
