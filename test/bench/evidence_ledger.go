package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/contract"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

// benchBody makes the batches.
const benchBody = "CTIEMSP"

// withNotary gives do a real client of the notary, connected to a ledger in memory that runs
// the real contract. A batch makes one transaction; what that takes on a network is measured
// as the idle submit.
func withNotary(do func(*gateway.Notary) error) error {
	h := &harness{}
	done := make(chan struct{})
	go func() { // which a failure ends, with runtime.Goexit
		defer close(done)
		defer h.clean()
		client := gatewaytest.New(h).Client(benchBody, gatewaytest.WithRole(contract.RoleNotary))
		h.err = do(client.Notary())
	}()
	<-done
	return h.err
}

// harness is what gatewaytest wants of a test.
type harness struct {
	err      error
	cleanups []func()
}

// Helper implements ledgertest.TB.
func (h *harness) Helper() {}

// Fatalf implements ledgertest.TB.
func (h *harness) Fatalf(format string, arguments ...any) {
	h.err = errors.Join(h.err, fmt.Errorf("ledger in memory: "+format, arguments...))
	runtime.Goexit()
}

// Cleanup implements ledgertest.TB.
func (h *harness) Cleanup(f func()) { h.cleanups = append(h.cleanups, f) }

func (h *harness) clean() {
	for _, f := range slices.Backward(h.cleanups) {
		f()
	}
}
