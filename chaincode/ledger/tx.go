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
	"slices"

	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/cid"
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Tx is one transaction: who asked for it, when, and what it reads and writes.
type Tx struct {
	stub        shim.ChaincodeStubInterface
	identity    cid.ClientIdentity
	protection  *Protection
	claimedTime string
}

// Begin starts on a transaction. The identity is the one that the contract API has read
// from the stub: reading a certificate is a tenth of what a small transaction costs.
// It fails with INVALID_ARGUMENT when the transaction's timestamp, which the client
// chose, is not a time.
func Begin(stub shim.ChaincodeStubInterface, identity cid.ClientIdentity, protection *Protection) (*Tx, error) {
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
	return &Tx{stub: stub, identity: identity, protection: protection, claimedTime: claimed}, nil
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
	Body     string // MSP ID
	identity cid.ClientIdentity
}

// Caller returns who asks. It fails with PERMISSION_DENIED when the certificate's
// attributes cannot be read.
func (t *Tx) Caller() (Caller, error) {
	id := t.identity
	// The contract API passes an identity that it cannot read on as a nil pointer, and
	// drops the reason.
	if read, ok := id.(*cid.ClientID); id == nil || ok && read == nil {
		again, err := cid.New(t.stub)
		if err != nil {
			return Caller{}, fault.New(fault.PermissionDenied, "the caller's identity cannot be read: %v", err)
		}
		id = again
	}
	body, err := id.GetMSPID()
	if err != nil || body == "" {
		return Caller{}, fault.New(fault.PermissionDenied, "the caller's identity names no MSP")
	}
	return Caller{Body: body, identity: id}, nil
}

// Has reports whether the caller's certificate has the role: an attribute of
// that name with the value "true".
func (c Caller) Has(role string) bool {
	value, found, err := c.identity.GetAttributeValue(role)
	return err == nil && found && value == "true"
}

// adminUnit is the organisational unit by which Fabric tells a body's administrators, when
// the body's MSP has NodeOUs (msp/mspimplsetup.go), as all of a channel of this suite have.
const adminUnit = "admin"

// Administers reports whether the caller's certificate is that of an administrator of the
// body.
func (c Caller) Administers() bool {
	certificate, err := c.identity.GetX509Certificate()
	return err == nil && certificate != nil && slices.Contains(certificate.Subject.OrganizationalUnit, adminUnit)
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

// chunk is how many values that may be large, such as records, are asked of the peer
// at a time: its messages hold 100 MB (Fabric's default), and one that does not fit
// ends the connection for every transaction under way.
const chunk = 200

// getLarge is get for values that may be large.
func (t *Tx) getLarge(keys ...key) ([][]byte, error) {
	values := make([][]byte, 0, len(keys))
	for some := range slices.Chunk(keys, chunk) {
		found, err := t.get(some...)
		if err != nil {
			return nil, err
		}
		values = append(values, found...)
	}
	return values, nil
}

// decodeAll decodes values; those of missing keys become nil.
func decodeAll[T any](values [][]byte, decode func([]byte) (T, error)) ([]*T, error) {
	all := make([]*T, len(values))
	for i, value := range values {
		if value == nil {
			continue
		}
		decoded, err := decode(value)
		if err != nil {
			return nil, damaged(err)
		}
		all[i] = &decoded
	}
	return all, nil
}

// decodeOne decodes a value, nil for a missing key.
func decodeOne[T any](value []byte, decode func([]byte) (T, error)) (*T, error) {
	all, err := decodeAll([][]byte{value}, decode)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// damaged is the failure to read what the ledger holds. Whatever the reader calls it,
// it is not the caller's to mend.
func damaged(err error) error {
	return fault.New(fault.Internal, "the ledger is damaged: %v", err)
}

// entry is a key and its new value.
type entry struct {
	key   key
	value []byte
}

// write is what a transaction does to one key.
type write struct {
	entry
	owner  string // whose protection the key gets, or one of those below
	remove bool
}

const (
	// keep is the owner of a key that stays whose it is.
	keep = ""
	// derived is the owner of a key that tells nothing which does not stand in the
	// records and blocks: a receipt, an entry of a list or an index. The chaincode's own
	// policy governs it. A protection would cost, and be worth little, since the majority
	// that it keeps out governs the chaincode that reads the key; and two transactions
	// that create one key in a block are then the read conflict that they are (see put).
	derived = ""
)

// put writes in one batch. A key gets the protection of its owner when it is
// created or changes hands, and keeps it when only its value changes. To set it
// again each time would keep it up with the membership of the channel, but Fabric
// then calls two changes in one block an endorsement failure instead of the read
// conflict that they are (core/common/validation/statebased: a policy updated
// earlier in the block).
func (t *Tx) put(writes []write) error {
	t.stub.StartWriteBatch()
	for _, w := range writes {
		if err := t.putOne(w); err != nil {
			return err
		}
	}
	if err := t.stub.FinishWriteBatch(); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

func (t *Tx) putOne(w write) error {
	if w.remove {
		if err := t.stub.DelState(string(w.key)); err != nil {
			return fmt.Errorf("deleting: %w", err)
		}
		return nil
	}
	if err := t.stub.PutState(string(w.key), w.value); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	if w.owner == "" {
		return nil
	}
	policy, err := t.protection.For(w.owner)
	if err != nil {
		return err
	}
	if err := t.stub.SetStateValidationParameter(string(w.key), policy); err != nil {
		return fmt.Errorf("protecting: %w", err)
	}
	return nil
}
