// Package ledger is the only user of the chaincode stub. It builds every key and
// gives the contracts typed reads and writes, so that what a transaction reads, writes
// and protects is decided in one place.
//
// Fabric's rules shape it. A transaction does not see its own writes, so all reads
// come first. Every call of the stub is a round trip to the peer, so a
// transaction makes one read of all keys that it needs and one batch of writes. Lists
// are paged, and paged reads are for evaluation only. Nothing here depends on a
// clock, on chance or on the order of a map, and nothing is kept between transactions.
package ledger

import (
	"fmt"

	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/cid"
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Tx is one transaction: who asked for it, when, and what it reads and writes.
type Tx struct {
	stub        shim.ChaincodeStubInterface
	protection  *Protection
	claimedTime string
}

// Begin starts on a transaction. It fails with INVALID_ARGUMENT when its
// timestamp, which the client chose, is not a time.
func Begin(stub shim.ChaincodeStubInterface, protection *Protection) (*Tx, error) {
	timestamp, err := stub.GetTxTimestamp()
	if err != nil {
		return nil, fmt.Errorf("transaction timestamp: %w", err)
	}
	if err := timestamp.CheckValid(); err != nil {
		return nil, fault.New(fault.InvalidArgument, "the transaction's timestamp is not a time: %v", err)
	}
	claimed, err := canonical.FormatTime(timestamp.AsTime())
	if err != nil {
		return nil, fault.New(fault.InvalidArgument, "the transaction's timestamp is not a time: %v", err)
	}
	return &Tx{stub: stub, protection: protection, claimedTime: claimed}, nil
}

// ID returns the transaction id.
func (t *Tx) ID() string { return t.stub.GetTxID() }

// ClaimedTime returns the transaction's timestamp in canonical.TimeLayout.
func (t *Tx) ClaimedTime() string { return t.claimedTime }

// Transient returns one value of the transient map, nil when it is missing.
func (t *Tx) Transient(name string) ([]byte, error) {
	transient, err := t.stub.GetTransient()
	if err != nil {
		return nil, fmt.Errorf("transient data: %w", err)
	}
	return transient[name], nil
}

// Emit sets the transaction's event. There is one: a second call replaces the first.
func (t *Tx) Emit(name string, payload []byte) error {
	if err := t.stub.SetEvent(name, payload); err != nil {
		return fmt.Errorf("event %s: %w", name, err)
	}
	return nil
}

// Caller is the identity that signed the transaction's proposal, as the peer
// checked it.
type Caller struct {
	Body       string // MSP ID
	attributes *cid.ClientID
}

// Caller returns who asks. It fails with PERMISSION_DENIED when the certificate's
// attributes cannot be read.
func (t *Tx) Caller() (Caller, error) {
	id, err := cid.New(t.stub)
	if err != nil {
		return Caller{}, fault.New(fault.PermissionDenied, "the caller's identity cannot be read: %v", err)
	}
	body, err := id.GetMSPID()
	if err != nil || body == "" {
		return Caller{}, fault.New(fault.PermissionDenied, "the caller's identity names no MSP")
	}
	return Caller{Body: body, attributes: id}, nil
}

// Has reports whether the caller's certificate has the role: an attribute of
// that name with the value "true".
func (c Caller) Has(role string) bool {
	value, found, err := c.attributes.GetAttributeValue(role)
	return err == nil && found && value == "true"
}

// CheckCall fails with INVALID_ARGUMENT unless the transaction calls a function
// with exactly one argument, as all functions of the suite take.
func CheckCall(stub shim.ChaincodeStubInterface) error {
	function, arguments := stub.GetFunctionAndParameters()
	if len(arguments) != 1 {
		return fault.New(fault.InvalidArgument, "function %q takes one argument, a JSON object, and was given %d", function, len(arguments))
	}
	return nil
}

// UnknownFunction is the refusal of a call of a function that does not exist.
func UnknownFunction(stub shim.ChaincodeStubInterface) error {
	function, _ := stub.GetFunctionAndParameters()
	return fault.New(fault.InvalidArgument, "there is no function %q", function)
}

// get reads the values of keys in one round trip; those of missing keys are nil.
func (t *Tx) get(keys ...key) ([][]byte, error) {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = string(k)
	}
	values, err := t.stub.GetMultipleStates(names...)
	if err != nil {
		return nil, fmt.Errorf("reading %d keys: %w", len(keys), err)
	}
	// A peer whose state database fails answers with no values and no error
	// (Fabric 3.1: queryExecutor.GetStateMultipleKeys).
	if len(values) != len(keys) {
		return nil, fmt.Errorf("reading %d keys: the peer returned %d values", len(keys), len(values))
	}
	return values, nil
}

// entry is a key and its new value.
type entry struct {
	key   key
	value []byte
}

// put writes the entries in one batch. Those that are created get the protection
// of their owner, once: a key keeps its policy when its value changes. To set it
// again each time would keep it up with the membership of the channel, but Fabric
// then calls two changes in one block an endorsement failure instead of the read
// conflict that they are (core/common/validation/statebased: a policy updated
// earlier in the block).
func (t *Tx) put(owner string, created, changed []entry) error {
	policy, err := t.protection.For(owner)
	if err != nil {
		return err
	}
	t.stub.StartWriteBatch()
	for _, e := range created {
		if err := t.stub.PutState(string(e.key), e.value); err != nil {
			return fmt.Errorf("writing: %w", err)
		}
		if err := t.stub.SetStateValidationParameter(string(e.key), policy); err != nil {
			return fmt.Errorf("protecting: %w", err)
		}
	}
	for _, e := range changed {
		if err := t.stub.PutState(string(e.key), e.value); err != nil {
			return fmt.Errorf("writing: %w", err)
		}
	}
	if err := t.stub.FinishWriteBatch(); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}
