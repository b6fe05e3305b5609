package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/auditor/witness"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
	"github.com/psbc-lu/psbc/network"
)

// ownNetwork starts the suite's network for one test, with witnesses that may be made to
// disagree: a ledger never forgets that.
func ownNetwork(t *testing.T) *testNetwork {
	t.Helper()
	dir := t.TempDir()
	topology := filepath.Join(dir, "topology.yaml")
	requireCopy(t, topology, "basePort: 0\n")
	n := &testNetwork{Network: &network.Network{Layout: network.Layout{Root: filepath.Join(dir, "run")}}, psbc: shared.psbc}
	t.Cleanup(func() { n.ok(t, "network", "down") })
	n.ok(t, "network", "up", "--topology", topology)
	opened, err := network.Open(shared.Source, n.Layout.Root)
	require.NoError(t, err)
	n.Network = opened
	return n
}

// TestLateAndHostileBodies has one network for both, which is not the one that others use.
func TestLateAndHostileBodies(t *testing.T) {
	n := ownNetwork(t)
	t.Run("the log of a peer that joined late is that of the others", func(t *testing.T) { lateComer(t, n) })
	t.Run("a hostile witness hinders nobody and is named", func(t *testing.T) { hostileWitness(t, n) })
}

// lateComer has a body's peer join the channel when its ledger is long, and get all blocks
// from the others.
func lateComer(t *testing.T, n *testNetwork) {
	done := n.notariseMany(t, "CTIE", t.Name(), 100, 50, func() {})
	require.Empty(t, done.failed)
	n.quiet(t)
	n.kill(t, "peer0.courdescomptes", "witness.courdescomptes")
	b, _ := n.Topology.Body("CourDesComptes")
	data, err := filepath.Glob(filepath.Join(n.Layout.Root, "bodies", b.ID(), "nodes", "peer*", "data"))
	require.NoError(t, err)
	require.Len(t, data, 1)
	require.NoError(t, os.RemoveAll(data[0]))
	require.NoError(t, os.RemoveAll(filepath.Join(n.witnessDir(t, b.Name), "log")))

	n.ok(t, "network", "up")
	n.quiet(t)
	built := n.buildLog(t, b.Name)
	logs := map[string]*ledgerlog.Reader{"nobody, from the late peer": built.log}
	for _, body := range n.Topology.Bodies {
		logs["the witness of "+body.Name] = n.witnessLog(t, body.Name)
	}
	requireSameRoot(t, built.Blocks-1, logs)
	n.checkLog(t, built.Dir, b.Name, 0)
}

// liar has the keys of SIGI's witness, and uses them as it likes.
type liar struct {
	client  *gateway.Client
	signers []*evidence.Signer
	origin  string
	log     *ledgerlog.Log // what an honest witness would sign
}

// becomeLiar takes the place of SIGI's witness.
func becomeLiar(t *testing.T, n *testNetwork) *liar {
	t.Helper()
	n.kill(t, "witness.sigi")
	signers, err := witness.LoadSigners(filepath.Join(n.witnessDir(t, "SIGI"), witness.KeysFile))
	require.NoError(t, err)
	client := n.client(t, "SIGI", "witness")
	log, err := ledgerlog.Open(filepath.Join(t.TempDir(), "log"), witness.OriginOf(client.Profile()))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	var following sync.WaitGroup
	following.Go(func() { _ = ledgerlog.Follow(ctx, client, log, nil) }) // until the test ends
	t.Cleanup(func() {
		cancel()
		following.Wait()
		require.NoError(t, log.Close())
	})
	return &liar{client, signers, client.Profile().Origin, log}
}

// says puts a checkpoint on the ledger, signed as it should be.
func (l *liar) says(ctx context.Context, size uint64, root tlog.Hash, block uint64) error {
	c := tlog.Checkpoint{Origin: l.origin, Size: size, Root: root}
	var cosignatures []tlog.Cosignature
	for _, signer := range l.signers {
		cosignature, err := signer.Sign(c, uint64(time.Now().Unix()))
		if err != nil {
			return err
		}
		cosignatures = append(cosignatures, cosignature)
	}
	_, err := l.client.Checkpoints().Cosign(ctx, checkpoint.NewCosignRequest(c, block, cosignatures...))
	return err
}

// wrongRoot is a root that no log has.
func wrongRoot(of string) tlog.Hash { return sha256.Sum256([]byte(of)) }

// honest are the bodies that the liar has to do with.
func honest() []string { return []string{"CTIEMSP", "CourDesComptesMSP", "MinDigitalMSP"} }

// newEntry notarises something, and requires that the honest bodies have cosigned it within
// ten seconds.
func (n *testNetwork) newEntry(t *testing.T, l *liar, while string) *checkpoint.Standing {
	t.Helper()
	client := n.client(t, "CTIE", "notary")
	_, digest := document(t)
	record, err := client.Notary().Notarise(t.Context(), gateway.NotariseRequest{Item: notary.Item{Digest: digest}})
	require.NoError(t, err)
	began := time.Now()
	raw, err := client.BlockOf(t.Context(), record.TxID)
	require.NoError(t, err)
	number := raw.GetHeader().GetNumber()
	var standing *checkpoint.Standing
	require.Eventually(t, func() bool {
		latest, err := client.Checkpoints().Latest(t.Context(), checkpoint.LatestRequest{Origin: l.origin})
		if err != nil || latest.Block < number {
			return false
		}
		standing = latest
		return true
	}, 10*time.Second, 100*time.Millisecond, "no quorum, while SIGI's witness %s", while)
	t.Logf("while SIGI's witness %s: a quorum after %s", while, time.Since(began).Round(100*time.Millisecond))
	l.requireRight(t, standing)
	return standing
}

// requireRight requires that a checkpoint with a quorum is the log's, and that the honest
// bodies stand behind it, though not all of them need have spoken yet.
func (l *liar) requireRight(t *testing.T, s *checkpoint.Standing) {
	t.Helper()
	require.Eventually(t, func() bool { return l.log.Head().Size >= s.Size }, 10*time.Second, 50*time.Millisecond)
	root, err := l.log.Root(s.Size)
	require.NoError(t, err)
	require.Equal(t, root.String(), s.Root, "a quorum follows the liar")
	require.GreaterOrEqual(t, len(s.Bodies)-len(s.Equivocated), len(honest()))
	for _, body := range s.Equivocated {
		require.Equal(t, "SIGIMSP", body, "only the liar says two things of one size")
		require.NotContains(t, s.Note, tlog.WitnessName(l.origin, body), "who says two things counts for neither")
	}
}

// requireNamed waits until the witnesses of all honest bodies say in their status what the
// test looks for.
func (n *testNetwork) requireNamed(t *testing.T, what string, says func(witness.Status) bool) {
	t.Helper()
	for _, body := range []string{"CTIE", "MinDigital", "CourDesComptes"} {
		var s witness.Status
		require.Eventually(t, func() bool {
			r := n.cli(t, "witness", "status", "--as", body, "--json")
			return json.Unmarshal([]byte(r.out), &s) == nil && says(s)
		}, 15*time.Second, 250*time.Millisecond, "the witness of %s does not say that SIGI's %s: %+v", body, what, &s)
	}
}

// requireDisagreement requires that every honest witness is unwell because of what SIGI
// said of a size, and has kept the proof.
func (n *testNetwork) requireDisagreement(t *testing.T, size uint64, root tlog.Hash) {
	t.Helper()
	file := fmt.Sprintf("disagreement-%d.json", size)
	n.requireNamed(t, fmt.Sprintf("disagrees at %d", size), func(s witness.Status) bool {
		return !s.Healthy && strings.Contains(s.Problem, "DISAGREE") && slices.Contains(s.Detail.Disagreements, file)
	})
	for _, body := range []string{"CTIE", "MinDigital", "CourDesComptes"} {
		raw, err := os.ReadFile(filepath.Join(n.witnessDir(t, body), file))
		require.NoError(t, err)
		var d witness.Disagreement
		require.NoError(t, json.Unmarshal(raw, &d))
		require.Equal(t, size, d.Size)
		named := func(c witness.Contradiction) bool {
			return c.Body == "SIGIMSP" && c.Root == root && len(c.Cosignatures) > 0
		}
		require.True(t, slices.ContainsFunc(d.Statements, named), "%s: %s", body, raw)
	}
	require.False(t, n.status(t).Healthy)
}

func hostileWitness(t *testing.T, n *testNetwork) {
	n.quiet(t)
	l := becomeLiar(t, n)
	ctie := n.client(t, "CTIE", "reader").Checkpoints()

	// It withholds.
	standing := n.newEntry(t, l, "withholds")
	for _, c := range standing.Bodies {
		require.Contains(t, honest(), c.Body)
	}
	n.requireNamed(t, "is silent", func(s witness.Status) bool {
		return s.Detail.Quorum.Size >= standing.Size && !slices.Contains(s.Detail.Cosigners, "SIGIMSP") && strings.Contains(s.Summary, "3 of 4 bodies")
	})

	// It signs another root of a size that the others have cosigned.
	another := wrongRoot("another")
	require.NoError(t, l.says(t.Context(), standing.Size, another, standing.Block))
	n.newEntry(t, l, "signs another root")
	n.requireDisagreement(t, standing.Size, another)
	said, err := ctie.At(t.Context(), checkpoint.AtRequest{Origin: l.origin, Size: standing.Size})
	require.NoError(t, err)
	require.Len(t, said, 2, "both are kept")
	checked := n.checkLog(t, filepath.Join(n.witnessDir(t, "CTIE"), "log"), "CTIE", 3)
	named := func(p string) bool {
		return strings.Contains(p, "SIGIMSP") && strings.Contains(p, fmtInt(standing.Size))
	}
	require.True(t, slices.ContainsFunc(checked.Problems, named), checked.Problems)

	// It is the first to speak of a size, and wrongly; and of one that nobody will ever reach.
	head := l.log.Head()
	first := wrongRoot("first")
	require.NoError(t, l.says(t.Context(), head.Size, first, head.Blocks-1))
	require.NoError(t, l.says(t.Context(), checkpoint.MaxSize, first, head.Blocks-1))
	n.newEntry(t, l, "is the first to speak of a size")
	n.requireDisagreement(t, head.Size, first)
	n.requireDisagreement(t, checkpoint.MaxSize, first)

	// It goes back to sizes that are long past, with roots that are right.
	for block := range uint64(5) {
		size, err := l.log.SizeAt(block)
		require.NoError(t, err)
		root, err := l.log.Root(size)
		require.NoError(t, err)
		require.NoError(t, l.says(t.Context(), size, root, block))
	}
	n.newEntry(t, l, "replays old sizes")
	n.requireNamed(t, "replays", func(s witness.Status) bool {
		return slices.ContainsFunc(s.Detail.Notes, func(note string) bool { return strings.HasPrefix(note, "SIGIMSP cosigned size") })
	})

	n.flooded(t, l)
}

// flooded has the liar speak without end, mostly rightly, while something is notarised.
func (n *testNetwork) flooded(t *testing.T, l *liar) {
	t.Helper()
	const calls, atOnce = 300, 4
	var flood sync.WaitGroup
	failures := make([]int, atOnce)
	for i := range atOnce {
		flood.Go(func() {
			for call := range calls / atOnce {
				head := l.log.Head()
				root := head.Root
				if call%4 == 3 {
					root = wrongRoot(fmt.Sprint(i, call))
				}
				if l.says(t.Context(), head.Size, root, head.Blocks-1) != nil {
					failures[i]++
				}
			}
		})
	}
	n.newEntry(t, l, "floods")
	flood.Wait()
	n.newEntry(t, l, "has flooded")
	failed := 0
	for _, f := range failures {
		failed += f
	}
	t.Logf("%d statements, of which %d failed", calls, failed)
	require.Less(t, failed, calls/2, "it did flood")
	n.requireNamed(t, "floods", func(s witness.Status) bool {
		return slices.ContainsFunc(s.Detail.Notes, func(note string) bool { return strings.HasPrefix(note, "SIGIMSP has made") })
	})
}
