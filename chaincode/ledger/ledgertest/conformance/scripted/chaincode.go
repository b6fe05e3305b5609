package scripted

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/cid"
	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/queryresult"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

// Chaincode runs scripts; see [Op].
type Chaincode struct{}

// Init does nothing.
func (Chaincode) Init(shim.ChaincodeStubInterface) *peer.Response { return shim.Success(nil) }

// Invoke runs the script that is its argument. A failing operation does not
// stop it: the error is a result. A [Respond] does.
func (Chaincode) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	args := stub.GetArgs()
	if len(args) != 2 || string(args[0]) != Function {
		return shim.Error("the one function is " + Function + ", with one argument")
	}
	var script []Op
	if err := json.Unmarshal(args[1], &script); err != nil {
		return shim.Error(fmt.Sprintf("decode script: %v", err))
	}
	results := make([]Result, len(script))
	for i, op := range script {
		if op.Kind == Respond {
			return &peer.Response{Status: op.Status, Message: op.Message, Payload: op.Value}
		}
		results[i] = run(stub, op)
	}
	payload, err := json.Marshal(results)
	if err != nil {
		return shim.Error(fmt.Sprintf("encode results: %v", err))
	}
	return shim.Success(payload)
}

// run runs one operation. The shim panics over strings that protobuf cannot
// carry; that is a result too.
func run(stub shim.ChaincodeStubInterface, op Op) (r Result) {
	defer func() {
		if p := recover(); p != nil {
			r = Result{Error: fmt.Sprintf("panic: %v", p)}
		}
	}()
	r, err := perform(stub, op)
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

func perform(stub shim.ChaincodeStubInterface, op Op) (Result, error) {
	switch op.Kind {
	case Put, PutMany, Delete, Purge, SetPolicy, StartBatch, FinishBatch, Event, Random:
		return Result{}, write(stub, op)
	case Get, GetMultiple, Hash, GetPolicy:
		return read(stub, op)
	case Range, RangePage, Partial, PartialPage, AllComposite, Query, History:
		return query(stub, op)
	default:
		return other(stub, op)
	}
}

func write(stub shim.ChaincodeStubInterface, op Op) error {
	switch op.Kind {
	case Put:
		return put(stub, op.Collection, string(op.Key), bytes.Repeat(op.Value, max(op.Repeat, 1)))
	case PutMany:
		for i := range op.Count {
			if err := put(stub, op.Collection, fmt.Sprintf("%s%06d", op.Key, i), op.Value); err != nil {
				return err
			}
		}
		return nil
	case Delete:
		if op.Collection != "" {
			return stub.DelPrivateData(op.Collection, string(op.Key))
		}
		return stub.DelState(string(op.Key))
	case Purge:
		return stub.PurgePrivateData(op.Collection, string(op.Key))
	case SetPolicy:
		if op.Collection != "" {
			return stub.SetPrivateDataValidationParameter(op.Collection, string(op.Key), op.Value)
		}
		return stub.SetStateValidationParameter(string(op.Key), op.Value)
	case StartBatch:
		stub.StartWriteBatch()
		return nil
	case FinishBatch:
		return stub.FinishWriteBatch()
	case Event:
		return stub.SetEvent(op.Type, op.Value)
	case Random:
		return stub.PutState(string(op.Key), []byte(rand.Text()))
	default:
		return errors.ErrUnsupported
	}
}

func put(stub shim.ChaincodeStubInterface, collection, key string, value []byte) error {
	if collection != "" {
		return stub.PutPrivateData(collection, key, value)
	}
	return stub.PutState(key, value)
}

func read(stub shim.ChaincodeStubInterface, op Op) (r Result, err error) {
	key, keys := string(op.Key), texts(op.Keys)
	switch {
	case op.Kind == Hash:
		r.Value, err = stub.GetPrivateDataHash(op.Collection, key)
	case op.Kind == Get && op.Collection == "":
		r.Value, err = stub.GetState(key)
	case op.Kind == Get:
		r.Value, err = stub.GetPrivateData(op.Collection, key)
	case op.Kind == GetMultiple && op.Collection == "":
		r.Values, err = stub.GetMultipleStates(keys...)
	case op.Kind == GetMultiple:
		r.Values, err = stub.GetMultiplePrivateData(op.Collection, keys...)
	case op.Kind == GetPolicy && op.Collection == "":
		r.Value, err = stub.GetStateValidationParameter(key)
	case op.Kind == GetPolicy:
		r.Value, err = stub.GetPrivateDataValidationParameter(op.Collection, key)
	}
	return r, err
}

func query(stub shim.ChaincodeStubInterface, op Op) (Result, error) {
	if op.Kind == History {
		return history(stub, string(op.Key))
	}
	var it shim.StateQueryIteratorInterface
	var page *peer.QueryResponseMetadata
	var err error
	start, end, attributes := string(op.Start), string(op.End), texts(op.Attributes)
	private := op.Collection != ""
	switch op.Kind {
	case Range:
		if private {
			it, err = stub.GetPrivateDataByRange(op.Collection, start, end)
		} else {
			it, err = stub.GetStateByRange(start, end)
		}
	case RangePage:
		it, page, err = stub.GetStateByRangeWithPagination(start, end, op.Size, string(op.Bookmark))
	case Partial:
		if private {
			it, err = stub.GetPrivateDataByPartialCompositeKey(op.Collection, op.Type, attributes)
		} else {
			it, err = stub.GetStateByPartialCompositeKey(op.Type, attributes)
		}
	case PartialPage:
		it, page, err = stub.GetStateByPartialCompositeKeyWithPagination(op.Type, attributes, op.Size, string(op.Bookmark))
	case AllComposite:
		it, page, err = stub.GetAllStatesCompositeKeyWithPagination(op.Size, string(op.Bookmark))
	case Query:
		it, err = stub.GetQueryResult(string(op.Value))
	}
	if err != nil {
		return Result{}, err
	}
	r := Result{Fetched: page.GetFetchedRecordsCount(), Bookmark: []byte(page.GetBookmark())}
	err = drain(it, op.Count, func(kv *queryresult.KV) {
		r.Pairs = append(r.Pairs, Pair{Key: []byte(kv.GetKey()), Value: kv.GetValue()})
	})
	return r, err
}

func history(stub shim.ChaincodeStubInterface, key string) (Result, error) {
	it, err := stub.GetHistoryForKey(key)
	if err != nil {
		return Result{}, err
	}
	r := Result{}
	err = drain(it, 0, func(m *queryresult.KeyModification) {
		r.Changes = append(r.Changes, Change{
			TransactionID: m.GetTxId(),
			Value:         m.GetValue(),
			Deleted:       m.GetIsDelete(),
			Seconds:       m.GetTimestamp().GetSeconds(),
			Nanos:         m.GetTimestamp().GetNanos(),
		})
	})
	return r, err
}

// iterator is either of the shim's.
type iterator[T any] interface {
	shim.CommonIteratorInterface
	Next() (T, error)
}

// drain takes results until there are none left, or limit is reached if it is
// not 0, and closes the iterator.
func drain[T any](it iterator[T], limit int, take func(T)) error {
	for n := 0; it.HasNext() && (limit == 0 || n < limit); n++ {
		next, err := it.Next()
		if err != nil {
			return errors.Join(err, it.Close())
		}
		take(next)
	}
	return it.Close()
}

func other(stub shim.ChaincodeStubInterface, op Op) (Result, error) {
	switch op.Kind {
	case MakeKey:
		key, err := stub.CreateCompositeKey(op.Type, texts(op.Attributes))
		return Result{Value: []byte(key)}, err
	case SplitKey:
		kind, attributes, err := stub.SplitCompositeKey(string(op.Key))
		r := Result{Values: [][]byte{[]byte(kind)}}
		for _, a := range attributes {
			r.Values = append(r.Values, []byte(a))
		}
		return r, err
	case Transient:
		data, err := stub.GetTransient()
		value, found := data[op.Type]
		return Result{Value: value, Found: found}, err
	case Caller:
		return caller(stub)
	case Attribute:
		value, found, err := cid.GetAttributeValue(stub, op.Type)
		return Result{Value: []byte(value), Found: found}, err
	case Transaction:
		return transaction(stub)
	case Invoke:
		response := stub.InvokeChaincode(op.Type, op.Attributes, "")
		return Result{Status: response.GetStatus(), Value: response.GetPayload()}, nil
	default:
		return Result{}, fmt.Errorf("unknown operation %q", op.Kind)
	}
}

func caller(stub shim.ChaincodeStubInterface) (Result, error) {
	mspID, err := cid.GetMSPID(stub)
	if err != nil {
		return Result{}, err
	}
	certificate, err := cid.GetX509Certificate(stub)
	if err != nil {
		return Result{}, err
	}
	return Result{Caller: &CallerInfo{
		MSPID: mspID,
		Name:  certificate.Subject.CommonName,
		Units: certificate.Subject.OrganizationalUnit,
	}}, nil
}

func transaction(stub shim.ChaincodeStubInterface) (Result, error) {
	timestamp, err := stub.GetTxTimestamp()
	if err != nil {
		return Result{}, err
	}
	function, parameters := stub.GetFunctionAndParameters()
	return Result{Context: &TransactionInfo{
		ID:       stub.GetTxID(),
		Channel:  stub.GetChannelID(),
		Seconds:  timestamp.GetSeconds(),
		Nanos:    timestamp.GetNanos(),
		Function: function,
		Args:     len(parameters),
	}}, nil
}

func texts(values [][]byte) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}
