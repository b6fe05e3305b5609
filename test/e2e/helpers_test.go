package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/network"
)

// testNetwork is a running network with the command line that was built.
type testNetwork struct {
	*network.Network
	psbc string
}

// result is what a command printed and its exit code.
type result struct {
	out, err string
	code     int
}

// commandLimit bounds one command; Up after a crash is the longest.
const commandLimit = 3 * time.Minute

// cli runs psbc on the network.
func (n *testNetwork) cli(t *testing.T, args ...string) result {
	t.Helper()
	return runCLI(t, n.psbc, nil, append([]string{"--run-dir", n.Layout.Root}, args...)...)
}

// ok runs psbc and requires exit code 0.
func (n *testNetwork) ok(t *testing.T, args ...string) string {
	t.Helper()
	r := n.cli(t, args...)
	require.Zero(t, r.code, "psbc %s: %s%s", strings.Join(args, " "), r.out, r.err)
	return r.out
}

func runCLI(t *testing.T, psbc string, env []string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, psbc, args...)
	cmd.Env = append(os.Environ(), env...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return result{out.String(), errOut.String(), cmd.ProcessState.ExitCode()}
}

// client connects as a body's user and is closed at the end of the test.
func (n *testNetwork) client(t *testing.T, body, user string) *gateway.Client {
	t.Helper()
	b, ok := n.Topology.Body(body)
	require.True(t, ok, body)
	profile, err := gateway.LoadProfile(n.Layout.Profile(b, user))
	require.NoError(t, err)
	c, err := gateway.Connect(t.Context(), profile)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// document writes a file whose content no other test has.
func document(t *testing.T) (path string, digest notary.Digest) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "document.txt")
	text := fmt.Sprintf("%s %d", t.Name(), time.Now().UnixNano())
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path, digestOf(t, text)
}

func digestOf(t *testing.T, text string) notary.Digest {
	t.Helper()
	d, err := gateway.Digest(strings.NewReader(text), notary.SHA2_256)
	require.NoError(t, err)
	return d
}

func (n *testNetwork) status(t *testing.T) network.Status {
	t.Helper()
	var s network.Status
	require.NoError(t, json.Unmarshal([]byte(n.cli(t, "network", "status", "--json").out), &s))
	return s
}

func (n *testNetwork) pid(t *testing.T, node string) int {
	t.Helper()
	for _, s := range n.status(t).Nodes {
		if s.Node == node {
			require.NotZero(t, s.PID, "%s does not run", node)
			return s.PID
		}
	}
	t.Fatalf("no node %s", node)
	return 0
}

// kill ends a node as a power cut would. The network is brought back up at the
// end of the test at the latest.
func (n *testNetwork) kill(t *testing.T, nodes ...string) {
	t.Helper()
	for _, node := range nodes {
		require.NoError(t, syscall.Kill(n.pid(t, node), syscall.SIGKILL))
	}
	t.Cleanup(func() { n.ok(t, "network", "up") })
}

// healthy waits until every node is well and all peers agree.
func (n *testNetwork) healthy(t *testing.T) network.Status {
	t.Helper()
	var s network.Status
	require.Eventually(t, func() bool {
		s = n.status(t)
		if !s.Healthy || !s.Agreement.Agree {
			return false
		}
		heights := map[uint64]bool{}
		for _, node := range s.Nodes {
			if node.Kind == network.KindPeer {
				heights[node.Height] = true
			}
		}
		return len(heights) == 1
	}, time.Minute, 200*time.Millisecond, "the network does not become healthy")
	return s
}

// quiet waits until the network is healthy and its witnesses have nothing to say any more:
// every body has cosigned a checkpoint that covers all but what witnesses wrote. Without a
// request, the ledger does not grow from then on.
func (n *testNetwork) quiet(t *testing.T) network.Status {
	t.Helper()
	client := n.client(t, n.Topology.Bodies[0].Name, "reader")
	covered := func() bool {
		done, err := n.covered(t.Context(), client)
		return err == nil && done // the peer may have just been started
	}
	require.Eventually(t, covered, time.Minute, 200*time.Millisecond, "the witnesses do not come to rest")
	return n.healthy(t)
}

// covered says whether the latest checkpoint is one that all bodies have cosigned, and
// covers everything other than checkpoints, by the client's own peer.
func (n *testNetwork) covered(ctx context.Context, client *gateway.Client) (bool, error) {
	latest, err := client.Checkpoints().Latest(ctx, checkpoint.LatestRequest{Origin: client.Profile().Origin})
	if err != nil || len(latest.Bodies) < len(n.Topology.Bodies) {
		return false, err
	}
	height, err := client.Height(ctx)
	if err != nil {
		return false, err
	}
	for number := latest.Block + 1; number < height; number++ {
		b, err := blockAt(ctx, client, number)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(b.Transactions, func(tx block.Transaction) bool { return tx.Chaincode != "checkpoint" }) {
			return false, nil
		}
	}
	return true, nil
}

// blockAt reads a block from the client's own peer.
func blockAt(ctx context.Context, client *gateway.Client, number uint64) (*block.Block, error) {
	raw, err := client.BlockAt(ctx, number)
	if err != nil {
		return nil, err
	}
	return block.Decode(raw)
}
