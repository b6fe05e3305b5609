package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/network"
)

// leader finds the orderer that leads: what those in the highest view say, by
// SmartBFT's own metrics. Fabric's consensus_BFT_is_leader is not up to it: an
// orderer sets it when it writes a block, so that a leader that was killed and
// started again says 1 until the next block.
func (n *testNetwork) leader(t *testing.T) network.Node {
	t.Helper()
	leader, highest := 0, -1
	orderers := n.Topology.Orderers()
	for _, o := range orderers {
		resp, err := http.Get("http://" + o.OpsAddress() + "/metrics")
		require.NoError(t, err)
		metrics, err := io.ReadAll(resp.Body)
		require.NoError(t, errors.Join(err, resp.Body.Close()))
		if view := gauge(t, metrics, "consensus_smartbft_view_number"); view > highest {
			leader, highest = gauge(t, metrics, "consensus_smartbft_view_leader_id"), view
		}
	}
	// Consenters are numbered from 1, in the topology's order.
	require.LessOrEqual(t, 1, leader)
	require.LessOrEqual(t, leader, len(orderers))
	return orderers[leader-1]
}

// gauge reads one metric in Prometheus' text format, whatever its labels.
func gauge(t *testing.T, metrics []byte, name string) int {
	t.Helper()
	for line := range strings.Lines(string(metrics)) {
		rest, found := strings.CutPrefix(line, name+"{")
		if !found {
			continue
		}
		_, value, _ := strings.Cut(rest, "} ")
		n, err := strconv.Atoi(strings.TrimSpace(value))
		require.NoError(t, err, line)
		return n
	}
	t.Fatalf("no metric %s", name)
	return 0
}

// follower finds an orderer that does not lead.
func (n *testNetwork) follower(t *testing.T) network.Node {
	t.Helper()
	leader := n.leader(t)
	orderers := n.Topology.Orderers()
	return orderers[slices.IndexFunc(orderers, func(o network.Node) bool { return o.Name != leader.Name })]
}

// notarisations is what became of many notarisations of one body.
type notarisations struct {
	sync.Mutex
	reported map[notary.Digest]string // transaction id
	failed   map[notary.Digest]error
	longest  time.Duration // of one notarisation
	last     time.Time     // when one was reported
	pause    time.Duration // the longest in which none was
}

// notariseMany notarises documents made of a label, many at a time. half is
// called once, when half of them are done.
func (n *testNetwork) notariseMany(t *testing.T, body, label string, count, inFlight int, half func()) *notarisations {
	t.Helper()
	client := n.client(t, body, "notary").Notary()
	out := &notarisations{reported: map[notary.Digest]string{}, failed: map[notary.Digest]error{}}
	var group errgroup.Group
	group.SetLimit(inFlight)
	var done atomic.Int32
	for i := range count {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			defer cancel()
			digest := digestOf(t, fmt.Sprintf("%s %d", label, i))
			began := time.Now()
			record, err := client.Notarise(ctx, gateway.NotariseRequest{Item: notary.Item{Digest: digest}})
			took := time.Since(began)
			out.Lock()
			defer out.Unlock()
			if err != nil {
				out.failed[digest] = err
			} else {
				out.reported[digest] = record.TxID
				now := time.Now()
				if !out.last.IsZero() {
					out.pause = max(out.pause, now.Sub(out.last))
				}
				out.last = now
			}
			out.longest = max(out.longest, took)
			if int(done.Add(1)) == count/2 {
				go half()
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	return out
}

// caughtUp waits until the bodies' peers have every block that was ordered: the
// client hears of a commit from its own peer, which may be ahead of the others.
func (n *testNetwork) caughtUp(t *testing.T, bodies []network.Body) {
	t.Helper()
	require.Eventually(t, func() bool {
		highest, lowest := uint64(0), uint64(math.MaxUint64)
		for _, node := range n.status(t).Nodes {
			highest = max(highest, node.Height)
			of := func(b network.Body) bool { return b.Name == node.Body }
			if node.Kind == network.KindPeer && slices.ContainsFunc(bodies, of) {
				lowest = min(lowest, node.Height)
			}
		}
		return lowest == highest
	}, time.Minute, 200*time.Millisecond, "the surviving peers do not catch up")
}

// requireExactlyOnce checks on every body's own peer that what was reported is
// there, once, as reported.
func (n *testNetwork) requireExactlyOnce(t *testing.T, body string, done *notarisations, among []network.Body) {
	t.Helper()
	owner, _ := n.Topology.Body(body)
	n.caughtUp(t, among)
	for _, b := range among {
		client := n.client(t, b.Name, "reader").Notary()
		listed := map[notary.Digest]int{}
		for record, err := range client.AllByBody(t.Context(), gateway.ListRequest{Body: owner.MSPID(), PageSize: notary.MaxPageSize}) {
			require.NoError(t, err)
			listed[record.Digest]++
			if tx, ok := done.reported[record.Digest]; ok {
				require.Equal(t, tx, record.TxID)
			}
		}
		for digest := range done.reported {
			require.Equal(t, 1, listed[digest], "%s on the peer of %s", digest, b.Name)
		}
		for digest := range done.failed {
			require.LessOrEqual(t, listed[digest], 1, "%s on the peer of %s", digest, b.Name)
		}
	}
}

const runLength = 1000

func TestKillingAnyNodeLosesAndDoublesNothing(t *testing.T) {
	named := func(node string) func(*testing.T) string {
		return func(*testing.T) string { return node }
	}
	for name, tc := range map[string]struct {
		node    func(t *testing.T) string
		mayFail bool // the client has no other way to the channel
	}{
		"the orderer that leads":            {node: func(t *testing.T) string { return shared.leader(t).Name }},
		"an orderer that follows":           {node: func(t *testing.T) string { return shared.follower(t).Name }},
		"another body's peer":               {node: named("peer0.sigi")},
		"another body's chaincode server":   {node: named("psbc-chaincode.mindigital")},
		"the client's own peer":             {node: named("peer0.ctie"), mayFail: true},
		"the client's own chaincode server": {node: named("psbc-chaincode.ctie"), mayFail: true},
	} {
		t.Run(name, func(t *testing.T) {
			shared.ok(t, "network", "up")
			shared.healthy(t)
			node := tc.node(t)
			surviving := make([]network.Body, 0, 4)
			for _, b := range shared.Topology.Bodies {
				// Without its chaincode server a peer holds the ledger but answers nothing.
				if node != "peer0."+b.ID() && node != "psbc-chaincode."+b.ID() {
					surviving = append(surviving, b)
				}
			}
			var restarted sync.WaitGroup
			restarted.Add(1)
			done := shared.notariseMany(t, "CTIE", t.Name()+time.Now().String(), runLength, 100, func() {
				defer restarted.Done()
				shared.kill(t, node)
				if tc.mayFail {
					shared.ok(t, "network", "up")
				}
			})
			restarted.Wait()
			t.Logf("%s killed: %d reported, %d failed, longest %s, commits paused for %s", node, len(done.reported), len(done.failed), done.longest, done.pause)
			if !tc.mayFail {
				require.Empty(t, done.failed, "a submit failed")
			}
			require.Greater(t, len(done.reported), runLength/2)
			if !tc.mayFail {
				shared.requireExactlyOnce(t, "CTIE", done, surviving)
			}
			shared.ok(t, "network", "up")
			shared.healthy(t)
			shared.requireExactlyOnce(t, "CTIE", done, shared.Topology.Bodies)
		})
	}
}

func TestNotarisingGoesOnWithAnOrdererAndAPeerOfDifferentBodiesDown(t *testing.T) {
	shared.healthy(t)
	shared.kill(t, "orderer0.sigi", "peer0.mindigital")
	for range 5 {
		path, _ := document(t)
		shared.ok(t, "notary", "notarise", path)
		shared.ok(t, "notary", "verify", path)
	}
}

// TestTwoBodiesLostStopWritesButGiveNoWrongAnswer: 3 of 4 must endorse and 3 of 4
// must order.
func TestTwoBodiesLostStopWritesButGiveNoWrongAnswer(t *testing.T) {
	shared.healthy(t)
	before, _ := document(t)
	shared.ok(t, "notary", "notarise", before)
	shared.healthy(t)
	shared.kill(t, "peer0.sigi", "orderer0.sigi", "peer0.mindigital", "orderer0.mindigital")

	path := before + ".new"
	requireCopy(t, path, t.Name()+time.Now().String())
	r := shared.cli(t, "notary", "notarise", path, "--timeout", "10s", "--request-id", "request-"+fmtInt(time.Now().UnixNano()))
	require.Equal(t, 1, r.code, r.out)
	shared.ok(t, "notary", "verify", before)

	shared.ok(t, "network", "up")
	shared.healthy(t)
	shared.ok(t, "notary", "notarise", path)
	shared.healthy(t)
	shared.ok(t, "notary", "verify", path, "--as", "SIGI")
}

func TestAnEndedContextIsReportedAsSuch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := shared.client(t, "CTIE", "notary").Notary().Notarise(ctx, gateway.NotariseRequest{Item: notary.Item{Digest: digestOf(t, "x")}})
	require.ErrorIs(t, err, context.Canceled)
}
