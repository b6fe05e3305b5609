// Package contract is the chaincode's public interface: what a transaction may
// call, and who may call it.
//
// Each function takes one JSON text and goes the same way: decode the argument,
// find out who asks, let the domain decide on what the ledger holds, store, set the
// event. Functions that are not meant to be called are not methods here:
// contractapi exposes every exported one.
package contract

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"
	"github.com/hyperledger/fabric-contract-api-go/v2/metadata"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger"
)

// Version is the version of the contracts' interface, as their metadata state it.
const Version = "1.0.0"

// NewChaincode makes chaincode of contracts; the first is the default one, whose
// functions are called without its name. Arguments and results are passed on as
// the texts that they are.
func NewChaincode(title string, contracts ...contractapi.ContractInterface) (*contractapi.ContractChaincode, error) {
	chaincode, err := contractapi.NewChaincode(contracts...)
	if err != nil {
		return nil, fmt.Errorf("chaincode %s: %w", title, err)
	}
	chaincode.TransactionSerializer = texts{}
	return chaincode, nil
}

// base is what contracts have in common: the interface's metadata, and refusals in
// our own words of calls that name no function or have other than one argument.
func base(name, title, description string) contractapi.Contract {
	return contractapi.Contract{
		Name: name,
		Info: metadata.InfoMetadata{
			Title:       title,
			Description: description,
			Version:     Version,
			License:     &metadata.LicenseMetadata{Name: "Apache-2.0"},
		},
		BeforeTransaction: func(ctx contractapi.TransactionContextInterface) error {
			return ledger.CheckCall(ctx.GetStub())
		},
		UnknownTransaction: func(ctx contractapi.TransactionContextInterface) error {
			return ledger.UnknownFunction(ctx.GetStub())
		},
	}
}

// texts is contractapi's serializer for functions from text to text. The usual
// one would check every text against a JSON schema that says no more than "string",
// and to do so encode and decode it: for a batch, twice the work of the batch itself.
type texts struct{}

// FromString returns the argument as it is.
func (texts) FromString(text string, _ reflect.Type, _ *metadata.ParameterMetadata, _ *metadata.ComponentMetadata) (reflect.Value, error) {
	return reflect.ValueOf(text), nil
}

// ToString returns the result as it is.
func (texts) ToString(result reflect.Value, _ reflect.Type, _ *metadata.ReturnMetadata, _ *metadata.ComponentMetadata) (string, error) {
	return result.String(), nil
}

// encoder is a value with an encoding of its own.
type encoder interface{ Encode() ([]byte, error) }

// respond ends a function: with the answer's JSON, or with an error that has a code.
func respond(answer any, err error) (string, error) {
	if err != nil {
		return "", fault.Wrap(err)
	}
	if answer == nil {
		return "", nil
	}
	var text []byte
	if e, ok := answer.(encoder); ok {
		text, err = e.Encode()
	} else {
		text, err = json.Marshal(answer)
	}
	if err != nil {
		return "", fault.Wrap(err)
	}
	return string(text), nil
}
