package ledger

import (
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/registry"
)

// The keys of registers. Public state:
//
//	registry.register     register                       the register
//	registry.steps        register                       how records of older schemas are read
//	registry.schema       register, schema version       one schema, and how it reads those before
//	registry.record       register, id                   the record
//	registry.unique       register, field, value         the id of the record that has the value
//	registry.index        register, field, value, id     nothing (one byte)
//	registry.attestation  register, id, body             the body's attestation of the record
//	registry.proposal     register, body, request id     the proposal that the body made
//	registry.request      body, request id               the receipt of a request
//
// Implicit private collections:
//
//	registry.private      register, id, hash             private fields of the record
//	registry.request      body, request id               the receipt of a request on them
//
// Ids are ASCII, of bounded length. Fields and values are text of the domain, which
// has neither U+0000 nor U+10FFFF; a value sorts as registry.IndexValue says.
const (
	typeRegister        = "registry.register"
	typeSteps           = "registry.steps"
	typeSchema          = "registry.schema"
	typeRegistryRecord  = "registry.record"
	typeUnique          = "registry.unique"
	typeIndex           = "registry.index"
	typeAttestation     = "registry.attestation"
	typeProposal        = "registry.proposal"
	typeRegistryRequest = "registry.request"
	typePrivate         = "registry.private"
)

func registerKey(id string) (key, error) { return makeKey(typeRegister, id) }

func allRegisters() span { return span{typeRegister, nil} }

func stepsKey(register string) (key, error) { return makeKey(typeSteps, register) }

func schemaKey(register string, version int) (key, error) {
	return makeKey(typeSchema, register, fmt.Sprintf("%08d", version))
}

func registryRecordKey(register, id string) (key, error) {
	return makeKey(typeRegistryRecord, register, id)
}

func recordsIn(register string) span { return span{typeRegistryRecord, []string{register}} }

func uniqueKey(register string, e registry.Entry) (key, error) {
	return makeKey(typeUnique, register, e.Field, e.Value)
}

func indexKey(register string, e registry.Entry, id string) (key, error) {
	return makeKey(typeIndex, register, e.Field, e.Value, id)
}

func attestationKey(register, id, body string) (key, error) {
	return makeKey(typeAttestation, register, id, body)
}

func attestationsOf(register, id string) span {
	return span{typeAttestation, []string{register, id}}
}

func proposalKey(register string, p ProposalName) (key, error) {
	return makeKey(typeProposal, register, p.Body, p.RequestID)
}

func proposalsIn(register string) span { return span{typeProposal, []string{register}} }

func privateKey(register, id, hash string) (key, error) {
	return makeKey(typePrivate, register, id, hash)
}
