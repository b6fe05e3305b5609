// Package shim stands in for Fabric's.
package shim

type ChaincodeStubInterface interface {
	GetState(key string) ([]byte, error)
	PutState(key string, value []byte) error
}
