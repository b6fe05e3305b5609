// Package e2e tests the whole suite on real networks that it starts itself, on
// free ports, in temporary directories: real peers, real BFT orderers, the real
// command line. A network that cannot be started is a failure.
package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/psbc-lu/psbc/network"
)

const (
	suiteServer       = "./chaincode/cmd/psbc-chaincode"
	conformanceServer = "./test/chaincodes/cmd/psbc-test-chaincodes"
	// upLimit bounds a start, the first build of Fabric's programs included.
	upLimit = 15 * time.Minute
)

// shared is the network that tests use which do not break it for good.
var shared *testNetwork

func TestMain(m *testing.M) {
	if os.Getenv(childProfile) != "" {
		if err := recordAsChild(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), upLimit)
	defer cancel()
	src, err := sourceTree()
	if err != nil {
		return 1, err
	}
	dir, err := os.MkdirTemp("", "psbc-e2e-")
	if err != nil {
		return 1, err
	}
	psbc := filepath.Join(dir, "psbc")
	build := exec.CommandContext(ctx, "go", "build", "-o", psbc, "./cmd/psbc")
	build.Dir = src.Root
	if out, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build psbc: %w\n%s", err, out)
	}
	top, err := network.DefaultTopology()
	if err != nil {
		return 1, err
	}
	top.BasePort = 0
	began := time.Now()
	n, err := network.Up(ctx, src, filepath.Join(dir, "run"), network.UpOptions{
		Topology: top,
		Chaincodes: []network.Chaincode{
			{Name: "notary", Server: suiteServer}, {Name: "registry", Server: suiteServer}, {Name: "trail", Server: suiteServer},
			{Name: "checkpoint", Server: suiteServer},
			{Name: "conformance", Server: conformanceServer},
		},
		Report: steps(os.Stderr),
	})
	if err != nil {
		return 1, fmt.Errorf("start the network in %s: %w", dir, err)
	}
	if err := startWitnesses(ctx, psbc, n); err != nil {
		_, downErr := n.Down(context.Background())
		return 1, errors.Join(err, downErr)
	}
	fmt.Fprintf(os.Stderr, "e2e: network up in %s\n", time.Since(began).Round(time.Millisecond))
	shared = &testNetwork{Network: n, psbc: psbc}
	code = m.Run()
	_, err = n.Down(context.Background())
	if code != 0 {
		fmt.Fprintln(os.Stderr, "e2e: the network's logs are kept in", n.Layout.Root)
		return code, err
	}
	return code, errors.Join(err, os.RemoveAll(dir))
}

// startWitnesses has the command line start what belongs to the suite and not to networks
// in general.
func startWitnesses(ctx context.Context, psbc string, n *network.Network) error {
	up := exec.CommandContext(ctx, psbc, "--run-dir", n.Layout.Root, "network", "up")
	if out, err := up.CombinedOutput(); err != nil {
		return fmt.Errorf("start the witnesses: %w\n%s", err, out)
	}
	return nil
}

// steps reports the steps of a start.
func steps(w *os.File) network.Reporter {
	return func(step string) func(error) {
		began := time.Now()
		return func(err error) {
			fmt.Fprintf(w, "e2e: %-20s %6.2fs\n", step, time.Since(began).Seconds())
		}
	}
}

func sourceTree() (network.Source, error) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	return network.Source{Root: root}, err
}
