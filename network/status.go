package network

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hyperledger/fabric-admin-sdk/pkg/chaincode"
	"golang.org/x/sync/errgroup"
)

// NodeStatus is what is known of one process.
type NodeStatus struct {
	Node    string   `json:"node"`
	Kind    NodeKind `json:"kind"`
	Body    string   `json:"body"`
	Address string   `json:"address,omitempty"`
	PID     int      `json:"pid,omitempty"`
	Running bool     `json:"running"`
	Healthy bool     `json:"healthy"`
	// Height is the number of blocks; 0 when it could not be asked or has none.
	Height uint64 `json:"height,omitempty"`
	// Summary and Detail are what a service says of itself.
	Summary string          `json:"summary,omitempty"`
	Detail  json.RawMessage `json:"detail,omitempty"`
	// Chaincodes that the node serves or has committed, with version.
	Chaincodes []ChaincodeStatus `json:"chaincodes,omitempty"`
	Problem    string            `json:"problem,omitempty"`
}

// ChaincodeStatus is a chaincode definition as a peer has committed it.
type ChaincodeStatus struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Sequence int64  `json:"sequence"`
}

// Status is the state of a network.
type Status struct {
	Channel string       `json:"channel"`
	RunDir  string       `json:"runDir"`
	Nodes   []NodeStatus `json:"nodes"`
	// Healthy: every node runs and answers.
	Healthy bool `json:"healthy"`
	// Agreement compares the peers' ledgers.
	Agreement Agreement `json:"agreement"`
}

// Agreement says whether all peers that answer hold the same ledger.
type Agreement struct {
	// Agree is false as well when fewer than two peers could be asked, unless the
	// network has only one.
	Agree bool `json:"agree"`
	// Height is the number of blocks that all have: the comparison is made at the last one.
	Height uint64 `json:"height"`
	// HeaderHash and CommitHash are those of that block, in hex. The commit hash
	// chains the validity flags and state updates of all blocks.
	HeaderHash string `json:"headerHash,omitempty"`
	CommitHash string `json:"commitHash,omitempty"`
	// Peers that were compared.
	Peers int    `json:"peers"`
	Text  string `json:"text"`
}

const (
	statusLimit = 5 * time.Second
	notRunning  = "does not run: psbc network up starts it"
)

// Status asks every node. A node that does not answer is part of the answer, not
// an error.
func (n *Network) Status(ctx context.Context) (*Status, error) {
	if err := n.loadAdmins(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, statusLimit)
	defer cancel()
	t := n.Topology
	nodes := append(t.Orderers(), t.Peers()...)
	out := &Status{Channel: t.Channel, RunDir: n.Layout.Root, Nodes: make([]NodeStatus, len(nodes))}
	var group errgroup.Group
	for i, node := range nodes {
		group.Go(func() error { return n.nodeStatus(ctx, node, &out.Nodes[i]) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	markBehind(out.Nodes)
	servers, err := n.serverStatus()
	if err != nil {
		return nil, err
	}
	services, err := n.serviceStatus()
	if err != nil {
		return nil, err
	}
	out.Nodes = slices.Concat(out.Nodes, servers, services)
	out.Healthy = true
	for _, s := range out.Nodes {
		out.Healthy = out.Healthy && s.Healthy
	}
	out.Agreement = n.agreement(ctx, out.Nodes)
	return out, nil
}

// behindLimit is how many blocks a node may be behind the others and count as well:
// under load, some; one that has stopped taking part soon has more.
const behindLimit = 20

// markBehind finds nodes that answer but do not keep up. Such an orderer still
// counts for its own health check, and is a fault more for the channel.
func markBehind(nodes []NodeStatus) {
	highest := uint64(0)
	for _, s := range nodes {
		highest = max(highest, s.Height)
	}
	for i := range nodes {
		if s := &nodes[i]; s.Healthy && s.Height+behindLimit < highest {
			s.Healthy = false
			s.Problem = fmt.Sprintf("is %d blocks behind: when that grows, end its process and run psbc network up", highest-s.Height)
		}
	}
}

func (n *Network) nodeStatus(ctx context.Context, node Node, s *NodeStatus) error {
	*s = NodeStatus{Node: node.Name, Kind: node.Kind, Body: node.Body.Name, Address: node.Address()}
	p, err := n.Layout.process(node.Name)
	if err != nil {
		return err
	}
	if !p.running() {
		s.Problem = notRunning
		return nil
	}
	s.PID, s.Running = p.PID, true
	if err := healthy(ctx, node.OpsAddress()); err != nil {
		s.Problem = err.Error()
		return nil
	}
	if node.Kind == KindOrderer {
		c, err := n.admin(node.Body)
		if err != nil {
			return err
		}
		s.Height, err = c.ordererHeight(ctx, node, n.Topology.Channel)
		s.fill(err)
		return nil
	}
	s.fill(n.peerStatus(ctx, node, s))
	return nil
}

func (s *NodeStatus) fill(err error) {
	if s.Healthy = err == nil; err != nil {
		s.Problem = err.Error()
	}
}

func (n *Network) peerStatus(ctx context.Context, node Node, s *NodeStatus) error {
	c, err := n.admin(node.Body)
	if err != nil {
		return err
	}
	conn, err := c.dial(node)
	if err != nil {
		return err
	}
	defer conn.Close()
	q := &ledgerQuery{conn: conn, admin: c, channel: n.Topology.Channel}
	if s.Height, err = q.height(ctx); err != nil {
		return err
	}
	all, err := chaincode.NewGateway(conn, c.id).QueryCommitted(ctx, n.Topology.Channel)
	if err != nil {
		return err
	}
	for _, def := range all.GetChaincodeDefinitions() {
		s.Chaincodes = append(s.Chaincodes, ChaincodeStatus{def.GetName(), def.GetVersion(), def.GetSequence()})
	}
	// The peer lists them in no order.
	slices.SortFunc(s.Chaincodes, func(a, b ChaincodeStatus) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// serverStatus reports the chaincode servers that were ever started.
func (n *Network) serverStatus() ([]NodeStatus, error) {
	all, err := deployedChaincodes(n.Layout)
	if err != nil {
		return nil, err
	}
	var out []NodeStatus
	for i, b := range n.Topology.Bodies {
		seen := map[string]int{} // index in out, by node
		for k, c := range all {
			name := serverNode(c.Server, b)
			at, ok := seen[name]
			if !ok {
				at = len(out)
				seen[name] = at
				s := NodeStatus{Node: name, Kind: KindChaincode, Body: b.Name, Problem: notRunning}
				p, err := n.Layout.process(name)
				if err != nil {
					return nil, err
				}
				if p.running() {
					s.PID, s.Running, s.Healthy, s.Problem = p.PID, true, true, ""
				}
				out = append(out, s)
			}
			port := n.Topology.chaincodePort(i, k)
			if s := &out[at]; s.Healthy && portFree(n.Topology.Host, port) == nil {
				s.Healthy = false
				s.Problem = fmt.Sprintf("does not listen on port %d for %s: see psbc network logs %s", port, c.Name, name)
			}
		}
	}
	return out, nil
}

// agreement compares the peers at the highest block that all of them have: header
// hash and commit hash.
func (n *Network) agreement(ctx context.Context, nodes []NodeStatus) Agreement {
	heights := map[string]uint64{}
	lowest := uint64(0)
	for _, s := range nodes {
		if s.Kind == KindPeer && s.Height > 0 {
			heights[s.Node] = s.Height
			if lowest == 0 || s.Height < lowest {
				lowest = s.Height
			}
		}
	}
	a := Agreement{Height: lowest, Peers: len(heights)}
	if lowest == 0 {
		a.Text = "no peer could be asked"
		return a
	}
	first := ""
	for _, p := range n.Topology.Peers() {
		if heights[p.Name] == 0 {
			continue
		}
		header, commit, err := n.blockHashes(ctx, p, lowest-1)
		if err != nil {
			a.Text = fmt.Sprintf("%s: %s", p.Name, err)
			return a
		}
		h, k := hex.EncodeToString(header), hex.EncodeToString(commit)
		if first == "" {
			first, a.HeaderHash, a.CommitHash = p.Name, h, k
			continue
		}
		if h != a.HeaderHash || k != a.CommitHash {
			a.Text = fmt.Sprintf("%s and %s differ at block %d: compare them with ledgerutil compare", first, p.Name, lowest-1)
			return a
		}
	}
	if total := len(n.Topology.Peers()); a.Peers < total {
		a.Agree = a.Peers > 1
		a.Text = fmt.Sprintf("%d of %d peers could be asked; they agree up to block %d", a.Peers, total, lowest-1)
		return a
	}
	a.Agree = true
	a.Text = fmt.Sprintf("all %d peers agree up to block %d", a.Peers, lowest-1)
	return a
}
