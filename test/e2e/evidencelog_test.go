package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
	"github.com/psbc-lu/psbc/network"
	"github.com/psbc-lu/psbc/test/tesseratool"
)

// builtLog is what the command line says of a ledger log.
type builtLog struct {
	Dir, Origin  string
	Blocks, Size uint64
	Root         evidence.Hash
	Checkpoint   uint64
	Agrees       bool
	Cosigned     int
	Problems     []string
	log          *ledgerlog.Reader
}

// buildLog builds the log from scratch, from a body's own peer.
func (n *testNetwork) buildLog(t *testing.T, body string) builtLog {
	t.Helper()
	var built builtLog
	out := n.ok(t, "auditor", "log", "build", "--once", "--dir", filepath.Join(t.TempDir(), "log"), "--as", body, "--json")
	require.NoError(t, json.Unmarshal([]byte(out), &built))
	var err error
	built.log, err = ledgerlog.OpenReader(built.Dir)
	require.NoError(t, err)
	return built
}

// checkLog compares a log with a body's own peer, and requires an exit code.
func (n *testNetwork) checkLog(t *testing.T, dir, body string, code int) builtLog {
	t.Helper()
	r := n.cli(t, "auditor", "log", "check", "--dir", dir, "--as", body, "--json")
	require.Equal(t, code, r.code, "%s%s", r.out, r.err)
	var checked builtLog
	require.NoError(t, json.Unmarshal([]byte(r.out), &checked))
	return checked
}

func (n *testNetwork) witnessDir(t *testing.T, body string) string {
	t.Helper()
	b, found := n.Topology.Body(body)
	require.True(t, found, body)
	return n.Layout.Service(b, "witness")
}

// witnessLog reads the log of a body's witness.
func (n *testNetwork) witnessLog(t *testing.T, body string) *ledgerlog.Reader {
	t.Helper()
	log, err := ledgerlog.OpenReader(filepath.Join(n.witnessDir(t, body), "log"))
	require.NoError(t, err)
	return log
}

// requireSameRoot waits until the logs have a block, and requires that they have the same
// size and root at its end.
func requireSameRoot(t *testing.T, block uint64, logs map[string]*ledgerlog.Reader) {
	t.Helper()
	roots := map[string][]string{}
	for name, log := range logs {
		var size uint64
		require.Eventually(t, func() (done bool) {
			var err error
			size, err = log.SizeAt(block)
			return err == nil
		}, 10*time.Second, 100*time.Millisecond, "the log of %s does not reach block %d", name, block)
		root, err := log.Root(size)
		require.NoError(t, err, name)
		of := fmt.Sprintf("size %d, root %s", size, root)
		roots[of] = append(roots[of], name)
	}
	require.Len(t, roots, 1, "the logs at block %d", block)
}

// TestTheLogsOfAllBodiesAreEqualHoweverTheyWereBuilt: as the ledger grew, by a process that
// was killed and started again meanwhile, and at once when it was there.
func TestTheLogsOfAllBodiesAreEqualHoweverTheyWereBuilt(t *testing.T) {
	shared.healthy(t)
	var restarted sync.WaitGroup
	restarted.Add(1)
	done := shared.notariseMany(t, "CTIE", t.Name()+time.Now().String(), 300, 50, func() {
		defer restarted.Done()
		shared.kill(t, "witness.sigi")
		shared.ok(t, "network", "up")
	})
	restarted.Wait()
	require.Empty(t, done.failed)
	shared.quiet(t)

	built := shared.buildLog(t, "CourDesComptes")
	logs := map[string]*ledgerlog.Reader{"nobody, late": built.log}
	for _, body := range shared.Topology.Bodies {
		logs["the witness of "+body.Name] = shared.witnessLog(t, body.Name)
	}
	for _, block := range []uint64{0, 1, built.Blocks / 2, built.Blocks - 1} {
		requireSameRoot(t, block, logs)
	}

	checked := shared.checkLog(t, built.Dir, "CourDesComptes", 0)
	require.True(t, checked.Agrees)
	require.Equal(t, built.Root, checked.Root)
	require.GreaterOrEqual(t, checked.Cosigned, 4, "the bodies were compared")
	for _, body := range []string{"CTIE", "SIGI"} { // the one that was killed included
		shared.checkLog(t, filepath.Join(shared.witnessDir(t, body), "log"), body, 0)
	}
	flip(t, filepath.Join(built.Dir, "tile", "entries", "000"))
	require.NotEmpty(t, shared.checkLog(t, built.Dir, "CourDesComptes", 3).Problems)
}

// flip changes a byte in the middle of a file.
func flip(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	content[len(content)/2] ^= 1
	require.NoError(t, os.Chmod(path, 0o600))
	require.NoError(t, os.WriteFile(path, content, 0o600))
}

// transactions counts those of which the block entries of a log tell.
func transactions(t *testing.T, log *ledgerlog.Reader, size uint64) (all, valid int) {
	t.Helper()
	for i := range size {
		raw, err := log.Entry(i)
		require.NoError(t, err)
		entry, err := evidence.ParseEntry(raw)
		require.NoError(t, err)
		if entry.Block != nil {
			all, valid = all+entry.Block.Txs, valid+entry.Block.Valid
		}
	}
	return all, valid
}

// conflict makes transactions that are not valid: one document is notarised many times at
// once, under different request ids, and only one of them can be first.
func (n *testNetwork) conflict(t *testing.T) {
	t.Helper()
	client := n.client(t, "CTIE", "notary").Notary()
	_, digest := document(t)
	var group sync.WaitGroup
	made := make([]error, 20)
	for i := range made {
		group.Go(func() {
			_, made[i] = client.Notarise(t.Context(), gateway.NotariseRequest{Item: notary.Item{Digest: digest}})
		})
	}
	group.Wait()
	first := 0
	for _, err := range made {
		if err == nil {
			first++
		} else {
			require.ErrorIs(t, err, gateway.ErrAlreadyExists)
		}
	}
	require.Equal(t, 1, first)
}

// serve serves a log with the command line until the test ends.
func (n *testNetwork) serve(t *testing.T, dir string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, n.psbc, "auditor", "log", "serve", "--dir", dir, "--json")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was interrupted
	})
	var serving struct{ URL string }
	require.NoError(t, json.NewDecoder(bufio.NewReader(out)).Decode(&serving))
	return serving.URL
}

// keyFile writes the key that the witness of a body cosigns with.
func (n *testNetwork) keyFile(t *testing.T, body network.Body) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	for key, err := range n.client(t, body.Name, "reader").Checkpoints().AllKeys(t.Context(), checkpoint.KeysRequest{Body: body.MSPID()}) {
		require.NoError(t, err)
		if key.Algorithm == checkpoint.Ed25519 {
			requireCopy(t, path, key.Key+"\n")
		}
	}
	return path
}

// TestTesserasFsckFindsTheServedLogWhole: of a channel with thousands of transactions, not
// all of them valid. Nothing of ours is in the program that says so.
func TestTesserasFsckFindsTheServedLogWhole(t *testing.T) {
	const enough = 2000
	tools, err := tesseratool.Build(t.Context(), shared.Source.Root)
	require.NoError(t, err)
	shared.conflict(t)
	so := shared.buildLog(t, "CTIE")
	if have, _ := transactions(t, so.log, so.Size); have < enough {
		done := shared.notariseMany(t, "CTIE", t.Name()+time.Now().String(), enough-have, 100, func() {})
		require.Empty(t, done.failed)
	}
	shared.quiet(t)

	built := shared.buildLog(t, "CTIE")
	require.NotZero(t, built.Checkpoint)
	all, valid := transactions(t, built.log, built.Checkpoint)
	require.GreaterOrEqual(t, all, enough)
	require.Less(t, valid, all, "there are invalid ones")
	body, _ := shared.Topology.Body("CTIE")
	log := tesseratool.Log{URL: shared.serve(t, built.Dir), Origin: built.Origin, KeyFile: shared.keyFile(t, body)}
	verdict, err := tools.Fsck(t.Context(), log, time.Minute)
	require.NoError(t, err)
	root, err := built.log.Root(built.Checkpoint)
	require.NoError(t, err)
	require.Equal(t, root.String(), verdict.Root)
	require.Equal(t, built.Checkpoint, verdict.Size)
	t.Logf("%d transactions, %d of them valid: %d entries", all, valid, verdict.Size)

	for _, file := range []string{"tile/entries/000", "tile/0/001"} {
		path := filepath.Join(built.Dir, filepath.FromSlash(file))
		flip(t, path)
		_, err = tools.Fsck(t.Context(), log, time.Minute)
		require.Error(t, err, "%s is another", file)
		require.NotContains(t, err.Error(), "in time")
		flip(t, path)
	}
	_, err = tools.Fsck(t.Context(), log, time.Minute)
	require.NoError(t, err, "it is whole again")
}

// TestCheckpointsAloneCauseNoCheckpoint: else witnesses would feed each other for ever.
func TestCheckpointsAloneCauseNoCheckpoint(t *testing.T) {
	path, _ := document(t)
	shared.ok(t, "notary", "notarise", path)
	shared.quiet(t)
	client := shared.client(t, "CTIE", "reader")
	before, err := client.Height(t.Context())
	require.NoError(t, err)
	last, err := blockAt(t.Context(), client, before-1)
	require.NoError(t, err)
	require.Equal(t, "checkpoint", last.Transactions[0].Chaincode, "the last that was written is a checkpoint")
	require.Never(t, func() bool {
		height, err := client.Height(t.Context())
		return err != nil || height != before
	}, 8*time.Second, 250*time.Millisecond, "the ledger grows by itself")
}
