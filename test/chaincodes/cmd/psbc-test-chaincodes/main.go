// Command psbc-test-chaincodes serves the chaincodes that tests and benchmarks
// deploy on a real network: "conformance" and "minimal". Its configuration file
// names those to serve; see package chaincode/service.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance/scripted"
	"github.com/psbc-lu/psbc/chaincode/service"
	"github.com/psbc-lu/psbc/test/chaincodes/minimal"
)

func main() {
	config := flag.String("config", "", "configuration `file` of the chaincode server")
	flag.Parse()
	if err := serve(*config); err != nil {
		fmt.Fprintln(os.Stderr, "psbc-test-chaincodes:", err)
		os.Exit(1)
	}
}

func serve(path string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	config, err := service.LoadConfig(path)
	if err != nil {
		return err
	}
	return service.Serve(ctx, config, map[string]shim.Chaincode{
		"conformance": scripted.Chaincode{},
		"minimal":     minimal.Chaincode{},
	})
}
