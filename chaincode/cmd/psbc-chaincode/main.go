// Command psbc-chaincode serves the suite's chaincode to the peer of one body.
//
//	psbc-chaincode --config FILE
//
// The file is JSON; see package service for its fields. Logs go to stderr as JSON. It
// ends with exit code 0 on SIGTERM or SIGINT, after the transactions under way; with 1
// when it cannot serve; with 2 when it is called wrongly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/service"
)

const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stderr io.Writer) int {
	flags := flag.NewFlagSet("psbc-chaincode", flag.ContinueOnError)
	flags.SetOutput(stderr)
	path := flags.String("config", "", "JSON `file` that says what to serve and where")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return exitUsage
	case *path == "" || flags.NArg() > 0:
		flags.Usage()
		return exitUsage
	}

	slog.SetDefault(slog.New(slog.NewJSONHandler(stderr, nil)))
	if err := serve(ctx, *path); err != nil {
		slog.Error("cannot serve", "error", err)
		return exitFailed
	}
	return 0
}

func serve(ctx context.Context, path string) error {
	config, err := service.LoadConfig(path)
	if err != nil {
		return err
	}
	chaincodes, err := suite(config.Bodies)
	if err != nil {
		return err
	}
	return service.Serve(ctx, config, chaincodes)
}

// suite makes every chaincode of the suite, by the names that a configuration uses.
func suite(bodies []string) (map[string]shim.Chaincode, error) {
	protection, err := ledger.NewProtection(bodies)
	if err != nil {
		return nil, fmt.Errorf("bodies: %w", err)
	}
	notary, err := contract.NewNotary(protection)
	if err != nil {
		return nil, err
	}
	registry, err := contract.NewRegistry(protection)
	if err != nil {
		return nil, err
	}
	trail, err := contract.NewTrail(protection)
	if err != nil {
		return nil, err
	}
	checkpoint, err := contract.NewCheckpoint(protection)
	if err != nil {
		return nil, err
	}
	chaincodes := make(map[string]shim.Chaincode)
	for _, c := range []contractapi.ContractInterface{notary, registry, trail, checkpoint} {
		chaincode, err := contract.NewChaincode(c.GetName(), c)
		if err != nil {
			return nil, err
		}
		chaincodes[c.GetName()] = chaincode
	}
	return chaincodes, nil
}
