package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/psbc-lu/psbc/network"
)

// The minimal chaincode: its name on the channel, and the program that serves it.
const (
	minimalChaincode = "minimal"
	minimalServer    = "./test/chaincodes/cmd/psbc-test-chaincodes"
)

// sourceTree returns the module that the working directory is in.
func sourceTree(ctx context.Context) (network.Source, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return network.Source{}, fmt.Errorf("find the source tree: go list: %w", err)
	}
	return network.Source{Root: strings.TrimSpace(string(out))}, nil
}

// prepareNetwork deploys the minimal chaincode beside those of the suite, with the
// channel's own endorsement policy as theirs, and returns the processes to
// measure and the peers' operations endpoints. It starts no network: figures of one
// that has just begun mislead.
func prepareNetwork(ctx context.Context, source network.Source, runDir string, progress io.Writer) ([]node, []string, error) {
	n, err := network.Open(source, runDir)
	if err != nil {
		return nil, nil, err
	}
	if _, err := runningNodes(ctx, n); err != nil {
		return nil, nil, err
	}
	fmt.Fprintln(progress, "deploying the chaincode to compare with:", minimalServer)
	n, err = network.Up(ctx, source, runDir, network.UpOptions{
		Chaincodes: []network.Chaincode{{Name: minimalChaincode, Server: minimalServer}},
	})
	if err != nil {
		return nil, nil, err
	}
	var operations []string
	for _, p := range n.Topology.Peers() {
		operations = append(operations, p.OpsAddress())
	}
	nodes, err := runningNodes(ctx, n)
	return nodes, operations, err
}

// runningNodes returns every process of the network, or an error that names one
// that is not well: figures of half a network mislead as well.
func runningNodes(ctx context.Context, n *network.Network) ([]node, error) {
	status, err := n.Status(ctx)
	if err != nil {
		return nil, err
	}
	var (
		nodes []node
		ill   []error
	)
	for _, s := range status.Nodes {
		if !s.Healthy {
			ill = append(ill, fmt.Errorf("%s: %s", s.Node, s.Problem))
			continue
		}
		nodes = append(nodes, node{name: s.Node, pid: s.PID})
	}
	if len(ill) > 0 {
		return nil, fmt.Errorf("the network is not up as a whole (make up): %w", errors.Join(ill...))
	}
	return nodes, nil
}
