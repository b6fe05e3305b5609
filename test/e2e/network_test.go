package e2e

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/gofrs/flock"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/network"
)

func fmtInt[T int | int64 | uint64](i T) string { return strconv.FormatInt(int64(i), 10) }

func requireCopy(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// withoutState leaves out what services say of themselves, which changes as they work.
func withoutState(s network.Status) network.Status {
	for i := range s.Nodes {
		if s.Nodes[i].Kind == network.KindService {
			s.Nodes[i].Height, s.Nodes[i].Summary, s.Nodes[i].Detail = 0, "", nil
		}
	}
	return s
}

func TestUpAgainChangesNothing(t *testing.T) {
	before := withoutState(shared.quiet(t))
	shared.ok(t, "network", "up")
	after := withoutState(shared.healthy(t))
	require.Equal(t, before, after)
}

func TestDownAndUpResumeTheLedger(t *testing.T) {
	path, _ := document(t)
	shared.ok(t, "notary", "notarise", path)
	before := shared.quiet(t)
	var stopped struct{ Stopped int }
	require.NoError(t, json.Unmarshal([]byte(shared.ok(t, "network", "down", "--json")), &stopped))
	t.Cleanup(func() { shared.ok(t, "network", "up") })
	require.Equal(t, len(before.Nodes), stopped.Stopped)
	r := shared.cli(t, "network", "status")
	require.Equal(t, 1, r.code)
	require.Contains(t, r.out, "does not run")
	require.Equal(t, 1, shared.cli(t, "notary", "verify", path, "--timeout", "3s").code, "no answer is neither yes nor no")

	shared.ok(t, "network", "up")
	after := shared.healthy(t)
	require.Equal(t, before.Agreement.HeaderHash, after.Agreement.HeaderHash, "the ledger goes on where it stopped")
	shared.ok(t, "notary", "verify", path, "--as", "CourDesComptes")
}

func TestUpRestoresWhatWasKilled(t *testing.T) {
	before := shared.quiet(t)
	var names []string
	for _, n := range before.Nodes {
		names = append(names, n.Node)
	}
	shared.kill(t, names...) // all at once, as a power cut does
	shared.ok(t, "network", "up")
	after := shared.healthy(t)
	require.Equal(t, before.Agreement.HeaderHash, after.Agreement.HeaderHash)
	path, _ := document(t)
	shared.ok(t, "notary", "notarise", path)
}

func TestLogsAreShownAndAnUnknownNodeIsNamed(t *testing.T) {
	require.Contains(t, shared.ok(t, "network", "logs", "peer0.ctie", "--lines", "200"), "INFO")
	r := shared.cli(t, "network", "logs", "peer9.ctie")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, "peer0.ctie")
}

func TestWhatKeepsANetworkFromStartingIsNamed(t *testing.T) {
	topology := func(t *testing.T, text string) string {
		path := filepath.Join(t.TempDir(), "topology.yaml")
		requireCopy(t, path, text)
		return path
	}
	up := func(t *testing.T, env []string, args ...string) (result, string) {
		dir := filepath.Join(t.TempDir(), "run")
		return runCLI(t, shared.psbc, env, append([]string{"--run-dir", dir, "network", "up"}, args...)...), dir
	}
	nothingRuns := func(t *testing.T, dir string) {
		entries, err := os.ReadDir(filepath.Join(dir, "proc"))
		if err == nil {
			require.Empty(t, entries, "a process was left behind")
		}
	}

	t.Run("a port that is taken", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer listener.Close()
		port := listener.Addr().(*net.TCPAddr).Port
		r, dir := up(t, nil, "--topology", topology(t, "basePort: "+fmtInt(port)+"\nbodies: [{name: A, peers: 1, orderers: 1}]\n"))
		require.Equal(t, 1, r.code)
		require.Contains(t, r.err, "is taken")
		nothingRuns(t, dir)
		require.NoFileExists(t, filepath.Join(dir, "topology.yaml"), "another basePort can be tried at once")
	})
	t.Run("a corrupt topology file", func(t *testing.T) {
		r, dir := up(t, nil, "--topology", topology(t, "bodies: ["))
		require.Equal(t, 2, r.code)
		require.Contains(t, r.err, "topology.yaml")
		nothingRuns(t, dir)
	})
	t.Run("a topology file that is not there", func(t *testing.T) {
		r, _ := up(t, nil, "--topology", "/nowhere.yaml")
		require.Equal(t, 1, r.code)
		require.Contains(t, r.err, "/nowhere.yaml")
	})
	t.Run("a missing toolchain", func(t *testing.T) {
		r, dir := up(t, []string{"PATH=" + t.TempDir()})
		require.Equal(t, 1, r.code)
		require.Contains(t, r.err, "Go toolchain is missing")
		nothingRuns(t, dir)
	})
	t.Run("another topology for a network that exists", func(t *testing.T) {
		r := shared.cli(t, "network", "up", "--topology", topology(t, "channel: other"))
		require.Equal(t, 2, r.code)
		require.Contains(t, r.err, "reset")
	})
	t.Run("a command at work on the same network", func(t *testing.T) {
		lock := flock.New(filepath.Join(shared.Layout.Root, "lock"))
		locked, err := lock.TryLock()
		require.NoError(t, err)
		require.True(t, locked)
		defer lock.Unlock() //nolint:errcheck // closing releases it as well
		r := shared.cli(t, "network", "up")
		require.Equal(t, 1, r.code)
		require.Contains(t, r.err, "is at work")
	})
	t.Run("no network to act on", func(t *testing.T) {
		r := runCLI(t, shared.psbc, nil, "--run-dir", t.TempDir(), "network", "status")
		require.Equal(t, 1, r.code)
		require.Contains(t, r.err, "psbc network up")
	})
	t.Run("reset without a word", func(t *testing.T) {
		r := shared.cli(t, "network", "reset")
		require.NotZero(t, r.code)
		require.FileExists(t, shared.Layout.Topology())
	})
}
