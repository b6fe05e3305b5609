package network

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/psbc-lu/psbc/network/identity"
)

// Reporter hears of each step of a long command when it begins; the function it
// returns hears of its end.
type Reporter func(step string) func(err error)

// UpOptions say what network to bring up.
type UpOptions struct {
	// Topology of a network that does not exist yet; nil for the default. A network
	// that exists keeps the topology it was made from.
	Topology *Topology
	// Chaincodes to be deployed, besides those that are already.
	Chaincodes []Chaincode
	// Services to be run beside the nodes of every body, once the chaincodes are
	// deployed. Those of an earlier Up that are not named are left as they are.
	Services []Service
	Report   Reporter
}

// What the data of one run needs at least. An idle network writes some 100 MB.
const minSpace = 500 << 20

// Up brings the network of a run directory up: it makes what is missing, starts
// what does not run, and deploys every chaincode at its present sources. Calling
// it again changes nothing. When it fails, it stops what it started.
func Up(ctx context.Context, src Source, runDir string, o UpOptions) (*Network, error) {
	root, err := filepath.Abs(runDir)
	if err != nil {
		return nil, err
	}
	if o.Report == nil {
		o.Report = func(string) func(error) { return func(error) {} }
	}
	l := Layout{root}
	var n *Network
	err = withLock(l, func() error {
		if err := requireSpace(l.Root, minSpace, "run the network"); err != nil {
			return err
		}
		var err error
		if n, err = prepare(src, l, o.Topology); err != nil {
			return err
		}
		u := &upRun{Network: n, report: o.Report}
		if err := u.up(ctx, o.Chaincodes, o.Services); err != nil {
			return errors.Join(err, u.stopStarted())
		}
		return nil
	})
	if err != nil {
		return nil, explainSpace(err)
	}
	return n, nil
}

// prepare opens the network, or records the topology of a new one.
func prepare(src Source, l Layout, asked *Topology) (*Network, error) {
	n, err := Open(src, l.Root)
	if err == nil {
		return n, sameTopology(n.Topology, asked)
	}
	if !errors.Is(err, ErrNotUp) {
		return nil, err
	}
	if asked == nil {
		if asked, err = DefaultTopology(); err != nil {
			return nil, err
		}
	}
	t := *asked
	if t.BasePort == 0 {
		if t.BasePort, err = freePorts(&t); err != nil {
			return nil, err
		}
	}
	// Before anything is written: whoever has to choose other ports can.
	for _, node := range append(t.Orderers(), t.Peers()...) {
		for _, port := range node.ports() {
			if err := portFree(node.Host, port); err != nil {
				return nil, fmt.Errorf("%s: %w", node.Name, err)
			}
		}
	}
	data, err := t.YAML()
	if err != nil {
		return nil, err
	}
	if err := writeFile(l.Topology(), data, 0o600); err != nil {
		return nil, err
	}
	return Open(src, l.Root)
}

// sameTopology refuses a topology other than the one the network was made from:
// most of it stands in the genesis block.
func sameTopology(have, asked *Topology) error {
	if asked == nil {
		return nil
	}
	a, b := *have, *asked
	if b.BasePort == 0 {
		b.BasePort = a.BasePort
	}
	x, err := a.YAML()
	if err != nil {
		return err
	}
	y, err := b.YAML()
	if err != nil {
		return err
	}
	if !bytes.Equal(x, y) {
		return usagef("this network was made from another topology: keep it, run psbc network reset first, or use another --run-dir")
	}
	return nil
}

// upRun is one run of Up.
type upRun struct {
	*Network
	report  Reporter
	started []*Process
}

func (u *upRun) step(name string, f func() error) error {
	done := u.report(name)
	err := f()
	done(err)
	return err
}

type upStep struct {
	name string
	run  func() error
}

func (u *upRun) up(ctx context.Context, asked []Chaincode, services []Service) error {
	var (
		bin      Binaries
		builder  string
		releases []release
		programs map[string]string
	)
	chaincodes, err := mergeChaincodes(u.Layout, asked)
	if err != nil {
		return err
	}
	if err := mergeServices(u.Layout, services); err != nil {
		return err
	}
	steps := []upStep{
		{"Fabric's programs", func() (err error) { bin, err = u.Source.FabricBinaries(ctx); return }},
		{"chaincode", func() (err error) {
			if builder, err = u.Source.externalBuilder(ctx); err != nil {
				return err
			}
			if releases, err = u.Source.releases(ctx, u.Topology.MSPIDs(), chaincodes); err != nil {
				return err
			}
			programs, err = u.Source.servicePrograms(ctx, services)
			return err
		}},
		{"identities", u.identities},
		{"genesis block", func() error { return writeGenesis(ctx, u.Topology, u.Layout, bin) }},
		{"profiles", u.profiles},
		{"nodes", func() error { return u.startNodes(ctx, bin, builder, chaincodes, releases) }},
		{"channel " + u.Topology.Channel, func() error { return u.joinAll(ctx) }},
		{"deployment", func() error { return u.deploy(ctx, releases) }},
	}
	if len(services) > 0 {
		steps = append(steps, upStep{"services", func() error { return u.startServices(ctx, services, programs) }})
	}
	for _, s := range steps {
		if err := u.step(s.name, s.run); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// identities makes all keys and certificates once. They appear under their name
// as a whole, so a crash leaves none half-made.
func (u *upRun) identities() error {
	t, l := u.Topology, u.Layout
	if _, err := os.Stat(l.bodies()); err == nil {
		return u.loadAdmins()
	}
	tmp, err := os.MkdirTemp(l.Root, "bodies-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for _, b := range t.Bodies {
		want := identity.Body{Name: b.Name, ID: b.ID(), Domain: t.Domain, ServerHosts: []string{t.Host, "localhost"}}
		for _, user := range t.Users {
			want.Users = append(want.Users, identity.User{Name: user.Name, Admin: user.Admin, Attributes: user.Attributes})
		}
		for _, n := range append(t.Peers(), t.Orderers()...) {
			if n.Body.Name == b.Name {
				want.Nodes = append(want.Nodes, identity.Node{
					Name: n.Name, OU: string(n.Kind), Hosts: []string{n.ServerName, n.Host, "localhost"},
				})
			}
		}
		if err := identity.WriteBody(filepath.Join(tmp, b.ID()), want); err != nil {
			return err
		}
	}
	if err := os.Rename(tmp, l.bodies()); err != nil {
		return err
	}
	return u.loadAdmins()
}

func (u *upRun) profiles() error {
	origin, err := u.Origin()
	if err != nil {
		return err
	}
	return writeProfiles(u.Topology, u.Layout, origin)
}

// startNodes starts what does not run, or runs with another configuration or
// program, and waits until everything answers.
func (u *upRun) startNodes(ctx context.Context, bin Binaries, builder string, chaincodes []Chaincode, releases []release) error {
	t, l := u.Topology, u.Layout
	var wanted []nodeSpec
	for _, n := range append(t.Orderers(), t.Peers()...) {
		if err := os.MkdirAll(l.nodeData(n), 0o700); err != nil {
			return err
		}
		if err := writeNodeConfig(t, l, n, bin, builder); err != nil {
			return err
		}
		s := spec{node: n.Name, dir: l.node(n), env: []string{"FABRIC_CFG_PATH=" + l.node(n), "FABRIC_LOGGING_SPEC=" + logSpec, "FABRIC_LOGGING_FORMAT=" + logFormat}}
		switch n.Kind {
		case KindOrderer:
			s.path = bin.path("orderer")
			s.config = filepath.Join(l.node(n), "orderer.yaml")
		default:
			if err := writeBuilderConfig(t, l, n, chaincodes); err != nil {
				return err
			}
			s.path, s.args, s.yields = bin.path("peer"), []string{"node", "start"}, true
			s.config = filepath.Join(l.node(n), "core.yaml")
			s.env = append(s.env, builderEnv+"=@"+l.builderConfig(n))
		}
		wanted = append(wanted, nodeSpec{spec: s, ports: n.ports(), ready: n.OpsAddress()})
	}
	servers, err := u.servers(releases)
	if err != nil {
		return err
	}
	return u.ensure(ctx, append(wanted, servers...))
}

// Nodes log what an operator needs; gossip's and gRPC's chatter only when it warns.
const (
	logSpec   = "info:gossip=warning:comm.grpc=warning:grpc=warning"
	logFormat = "%{time:2006-01-02T15:04:05.000Z07:00} %{level} [%{module}] %{message}"
)

func (n Node) ports() []int { return []int{n.Port, n.AdminPort, n.OpsPort} }

// nodeSpec is a process with the ports it takes and what answers once it is ready: the
// address of its health endpoint, or the directory where it says how it does.
type nodeSpec struct {
	spec
	ports []int
	ready string
	state string
}

func (u *upRun) servers(releases []release) ([]nodeSpec, error) {
	byServer := map[string][]release{}
	var order []string
	for _, r := range releases {
		if len(byServer[r.Server]) == 0 {
			order = append(order, r.Server)
		}
		byServer[r.Server] = append(byServer[r.Server], r)
	}
	var out []nodeSpec
	for i, b := range u.Topology.Bodies {
		for _, server := range order {
			s, err := chaincodeServer(u.Topology, u.Layout, b, byServer[server])
			if err != nil {
				return nil, err
			}
			ns := nodeSpec{spec: s}
			for _, r := range byServer[server] {
				ns.ports = append(ns.ports, u.Topology.chaincodePort(i, r.index))
			}
			out = append(out, ns)
		}
	}
	return out, nil
}

const startLimit = 60 * time.Second

func (u *upRun) ensure(ctx context.Context, wanted []nodeSpec) error {
	var group errgroup.Group
	for _, w := range wanted {
		p, err := u.ensureStarted(ctx, w)
		if err != nil {
			return err
		}
		group.Go(func() error {
			return await(ctx, w.node+" does not answer", startLimit, func(ctx context.Context) error {
				if !p.running() {
					return &finalError{u.Layout.ended(w.node)}
				}
				return u.answers(ctx, w, p.PID)
			})
		})
	}
	return group.Wait()
}

func (u *upRun) ensureStarted(ctx context.Context, w nodeSpec) (*Process, error) {
	l := u.Layout
	mark, err := w.fingerprint()
	if err != nil {
		return nil, err
	}
	p, err := l.process(w.node)
	if err != nil {
		return nil, err
	}
	if p.running() {
		if p.Fingerprint == mark {
			return p, nil
		}
		if err := l.stop(ctx, p); err != nil {
			return nil, err
		}
	}
	if err := u.portsFree(ctx, w, p != nil); err != nil {
		return nil, err
	}
	p, err = l.start(w.spec, mark)
	if err != nil {
		return nil, err
	}
	u.started = append(u.started, p)
	return p, nil
}

// portsFree fails when a port of a node is taken. The kernel may need a moment
// to take back those of a process that has just ended.
func (u *upRun) portsFree(ctx context.Context, w nodeSpec, ranBefore bool) error {
	check := func(context.Context) error {
		for _, port := range w.ports {
			if err := portFree(u.Topology.Host, port); err != nil {
				return fmt.Errorf("%s: %w", w.node, err)
			}
		}
		return nil
	}
	err := check(ctx)
	if err == nil || !ranBefore {
		return err
	}
	return await(ctx, "ports", portLimit, check)
}

const portLimit = 5 * time.Second

// stopStarted ends what this run started, after a failure.
func (u *upRun) stopStarted() error {
	var group errgroup.Group
	for _, p := range u.started {
		group.Go(func() error { return u.Layout.stop(context.Background(), p) })
	}
	return group.Wait()
}
