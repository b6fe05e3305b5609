package network

import (
	"path/filepath"
)

// Layout names every file under a run directory. It is the one place that
// builds such paths.
//
//	topology.yaml           the resolved topology this network was made from
//	lock                    held while a command changes the network
//	bodies/<body>/          ca/ tlsca/ msp/ users/<user>/ nodes/<node>/ chaincode/ <service>/
//	channel/                configtx.yaml, genesis.block, chaincodes.json, services.json
//	profiles/<body>/        <user>.json, <user>.connection.json
//	packages/               chaincode packages as installed
//	proc/<node>.json        pid and start time of what runs
//	logs/<node>.log
type Layout struct{ Root string }

// Topology is the resolved topology.
func (l Layout) Topology() string { return filepath.Join(l.Root, "topology.yaml") }

func (l Layout) lock() string     { return filepath.Join(l.Root, "lock") }
func (l Layout) bodies() string   { return filepath.Join(l.Root, "bodies") }
func (l Layout) channel() string  { return filepath.Join(l.Root, "channel") }
func (l Layout) packages() string { return filepath.Join(l.Root, "packages") }
func (l Layout) procs() string    { return filepath.Join(l.Root, "proc") }
func (l Layout) logs() string     { return filepath.Join(l.Root, "logs") }
func (l Layout) configtx() string { return filepath.Join(l.channel(), "configtx.yaml") }
func (l Layout) genesis() string  { return filepath.Join(l.channel(), "genesis.block") }

// Profiles is the directory of connection profiles.
func (l Layout) Profiles() string { return filepath.Join(l.Root, "profiles") }

// Profile is the connection profile of a body's user.
func (l Layout) Profile(b Body, user string) string {
	return filepath.Join(l.Profiles(), b.ID(), user+".json")
}

// FabricProfile is the standard Fabric connection profile of a body's user, for
// clients in other languages.
func (l Layout) FabricProfile(b Body, user string) string {
	return filepath.Join(l.Profiles(), b.ID(), user+".connection.json")
}

// Log is a node's log file.
func (l Layout) Log(node string) string { return filepath.Join(l.logs(), node+".log") }

// Service is the directory of a body's service, for what it keeps.
func (l Layout) Service(b Body, service string) string { return filepath.Join(l.body(b), service) }

func (l Layout) proc(node string) string { return filepath.Join(l.procs(), node+".json") }

func (l Layout) body(b Body) string      { return filepath.Join(l.bodies(), b.ID()) }
func (l Layout) bodyMSP(b Body) string   { return filepath.Join(l.body(b), "msp") }
func (l Layout) tlsCA(b Body) string     { return filepath.Join(l.body(b), "tlsca", "ca.pem") }
func (l Layout) node(n Node) string      { return filepath.Join(l.body(n.Body), "nodes", n.Name) }
func (l Layout) nodeData(n Node) string  { return filepath.Join(l.node(n), "data") }
func (l Layout) chaincode(b Body) string { return filepath.Join(l.body(b), "chaincode") }
func (l Layout) user(b Body, u string) string {
	return filepath.Join(l.body(b), "users", u)
}
