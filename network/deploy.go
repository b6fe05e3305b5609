package network

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/hyperledger/fabric-admin-sdk/pkg/chaincode"
	"github.com/hyperledger/fabric-admin-sdk/pkg/discovery"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
)

const deployLimit = 2 * time.Minute

// deploy brings every chaincode to its present version on the channel: installed
// on all peers, approved by all bodies, committed, and known to all.
func (u *upRun) deploy(ctx context.Context, releases []release) error {
	ctx, cancel := context.WithTimeoutCause(ctx, deployLimit, fmt.Errorf("not within %s", deployLimit))
	defer cancel()
	conns, closeAll, err := u.dialPeers()
	if err != nil {
		return err
	}
	defer closeAll()
	d := &deployment{Network: u.Network, conns: conns}
	var group errgroup.Group
	for _, r := range releases {
		if err := writeFile(filepath.Join(u.Layout.packages(), r.pkg.Label+".tgz"), r.pkg.Bytes, 0o600); err != nil {
			return err
		}
		group.Go(func() error {
			if err := d.deploy(ctx, r); err != nil {
				return fmt.Errorf("%s: %w", r.Name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

func (n *Network) dialPeers() (map[string]*grpc.ClientConn, func(), error) {
	conns := map[string]*grpc.ClientConn{}
	closeAll := func() {
		for _, c := range conns {
			c.Close()
		}
	}
	for _, p := range n.Topology.Peers() {
		c, err := n.admin(p.Body)
		if err == nil {
			conns[p.Name], err = c.dial(p)
		}
		if err != nil {
			closeAll()
			return nil, nil, err
		}
	}
	return conns, closeAll, nil
}

type deployment struct {
	*Network
	conns map[string]*grpc.ClientConn
}

func (d *deployment) deploy(ctx context.Context, r release) error {
	if err := d.eachPeer(func(p Node, c *admin) error { return d.install(ctx, p, c, r) }); err != nil {
		return err
	}
	committed, err := d.committed(ctx, r.Name)
	if err != nil {
		return err
	}
	def := &chaincode.Definition{ChannelName: d.Topology.Channel, PackageID: r.pkg.ID, Name: r.Name, Version: r.version, Sequence: 1}
	if committed != nil {
		def.Sequence = committed.GetSequence()
		if !d.approvedByAll(ctx, def) {
			def.Sequence++
			committed = nil
		}
	}
	if committed == nil {
		if err := d.approveAndCommit(ctx, def); err != nil {
			return err
		}
	}
	return d.awaitKnown(ctx, def)
}

func (d *deployment) approveAndCommit(ctx context.Context, def *chaincode.Definition) error {
	bodies := d.firstPeers()
	var group errgroup.Group
	for _, p := range bodies {
		c, err := d.admin(p.Body)
		if err != nil {
			return err
		}
		group.Go(func() error { return d.approve(ctx, p, c, def) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	first := bodies[0]
	c, err := d.admin(first.Body)
	if err != nil {
		return err
	}
	gw := chaincode.NewGateway(d.conns[first.Name], c.id)
	// A peer endorses the commit once it has the approvals in its own ledger and
	// the gateway has heard of the other bodies' peers.
	return await(ctx, "commit", deployLimit, func(ctx context.Context) error {
		if now, err := d.committed(ctx, def.Name); err != nil || now.GetSequence() >= def.Sequence {
			return err
		}
		return gw.Commit(ctx, def)
	})
}

// approve records a body's approval. What another attempt has already recorded
// counts as done.
func (d *deployment) approve(ctx context.Context, p Node, c *admin, def *chaincode.Definition) error {
	gw := chaincode.NewGateway(d.conns[p.Name], c.id)
	return await(ctx, "approval of "+p.Body.Name, deployLimit, func(ctx context.Context) error {
		if d.approvedBy(ctx, p, c, def) {
			return nil
		}
		err := gw.Approve(ctx, def)
		if err != nil && strings.Contains(err.Error(), "with unchanged content") {
			return nil
		}
		return err
	})
}

// firstPeers are one peer of every body.
func (n *Network) firstPeers() []Node {
	var out []Node
	seen := map[string]bool{}
	for _, p := range n.Topology.Peers() {
		if !seen[p.Body.Name] {
			seen[p.Body.Name] = true
			out = append(out, p)
		}
	}
	return out
}

func (n *Network) eachPeer(f func(Node, *admin) error) error {
	var group errgroup.Group
	for _, p := range n.Topology.Peers() {
		c, err := n.admin(p.Body)
		if err != nil {
			return err
		}
		group.Go(func() error {
			if err := f(p, c); err != nil {
				return fmt.Errorf("%s: %w", p.Name, err)
			}
			return nil
		})
	}
	return group.Wait()
}

func (d *deployment) install(ctx context.Context, p Node, c *admin, r release) error {
	endorser := chaincode.NewPeer(d.conns[p.Name], c.id)
	installed, err := endorser.QueryInstalled(ctx)
	if err != nil {
		return fmt.Errorf("installed chaincode: %w", err)
	}
	for _, i := range installed.GetInstalledChaincodes() {
		if i.GetPackageId() == r.pkg.ID {
			return nil
		}
	}
	result, err := endorser.Install(ctx, bytes.NewReader(r.pkg.Bytes))
	if err != nil {
		return fmt.Errorf("install: %w", err)
	}
	if result.GetPackageId() != r.pkg.ID {
		return fmt.Errorf("install: the peer computed package id %s instead of %s", result.GetPackageId(), r.pkg.ID)
	}
	return nil
}

// committed is the definition on the channel; nil when there is none.
func (d *deployment) committed(ctx context.Context, name string) (*definition, error) {
	p := d.firstPeers()[0]
	c, err := d.admin(p.Body)
	if err != nil {
		return nil, err
	}
	return queryCommitted(ctx, chaincode.NewGateway(d.conns[p.Name], c.id), d.Topology.Channel, name)
}

// definition is what a peer says of a committed chaincode.
type definition struct {
	sequence int64
	version  string
}

// GetSequence of a definition that is not there is 0.
func (d *definition) GetSequence() int64 {
	if d == nil {
		return 0
	}
	return d.sequence
}

func queryCommitted(ctx context.Context, gw *chaincode.Gateway, channel, name string) (*definition, error) {
	all, err := gw.QueryCommitted(ctx, channel)
	if err != nil {
		return nil, err
	}
	for _, def := range all.GetChaincodeDefinitions() {
		if def.GetName() == name {
			return &definition{def.GetSequence(), def.GetVersion()}, nil
		}
	}
	return nil, nil
}

// approvedByAll tells whether every body has approved exactly this package at
// this sequence.
func (d *deployment) approvedByAll(ctx context.Context, def *chaincode.Definition) bool {
	for _, p := range d.firstPeers() {
		c, err := d.admin(p.Body)
		if err != nil || !d.approvedBy(ctx, p, c, def) {
			return false
		}
	}
	return true
}

func (d *deployment) approvedBy(ctx context.Context, p Node, c *admin, def *chaincode.Definition) bool {
	got, err := chaincode.NewGateway(d.conns[p.Name], c.id).QueryApproved(ctx, def.ChannelName, def.Name, def.Sequence)
	return err == nil && got.GetSource().GetLocalPackage().GetPackageId() == def.PackageID && got.GetVersion() == def.Version
}

// awaitKnown waits until every body's peer has committed the definition and knows
// of every peer that serves it: from then on any body can have a transaction
// endorsed.
func (d *deployment) awaitKnown(ctx context.Context, def *chaincode.Definition) error {
	return d.eachPeer(func(p Node, c *admin) error {
		gw := chaincode.NewGateway(d.conns[p.Name], c.id)
		disc := discovery.NewPeer(d.conns[p.Name], c.id, discovery.WithTLSClientCertificateHash(c.certHash()))
		return await(ctx, "discovery", deployLimit, func(ctx context.Context) error {
			now, err := queryCommitted(ctx, gw, def.ChannelName, def.Name)
			if err != nil {
				return err
			}
			if now.GetSequence() < def.Sequence {
				return fmt.Errorf("has sequence %d of %s, %d is current", now.GetSequence(), def.Name, def.Sequence)
			}
			known, err := disc.PeerMembershipQuery(ctx, def.ChannelName, &peer.ChaincodeInterest{
				Chaincodes: []*peer.ChaincodeCall{{Name: def.Name}},
			})
			if err != nil {
				return err
			}
			count := 0
			for _, org := range known.GetPeersByOrg() {
				count += len(org.GetPeers())
			}
			if want := len(d.Topology.Peers()); count < want {
				return fmt.Errorf("knows %d of %d peers with %s", count, want, def.Name)
			}
			return nil
		})
	})
}
