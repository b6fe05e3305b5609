// Package arch keeps the rules that no compiler keeps: which room of the module
// may import which, that chaincode is deterministic, that only the ledger talks
// to the stub, that no test is skipped, and that no private key is in the tree.
//
// Every rule is itself tested against code that breaks it.
package arch
