package network

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

//go:embed default.yaml
var defaultTopology []byte

// Limits of a topology that one machine runs.
const (
	MaxBodies       = 10
	maxNodes        = 9 // peers or orderers of one body
	portsPerBody    = 100
	maxTopologyFile = 1 << 20
)

// Topology is the network as data: which bodies there are, what each runs and
// where. It knows nothing of how nodes are started.
type Topology struct {
	Channel  string   `yaml:"channel"`
	Domain   string   `yaml:"domain"`
	Origin   string   `yaml:"origin"` // prefix of the ledger log's origin line
	Host     string   `yaml:"host"`
	BasePort int      `yaml:"basePort"`
	Bodies   []Body   `yaml:"bodies"`
	Users    []User   `yaml:"users"`
	Ordering Ordering `yaml:"ordering"`
}

// Body is one public body: one organisation, one MSP.
type Body struct {
	Name     string `yaml:"name"`
	Peers    int    `yaml:"peers"`
	Orderers int    `yaml:"orderers"`
}

// User is a person of every body, with the role attributes of the certificate.
type User struct {
	Name       string   `yaml:"name"`
	Admin      bool     `yaml:"admin,omitempty"`
	Attributes []string `yaml:"attributes,omitempty"`
}

// Ordering holds the block cutting and SmartBFT timers of the channel. They are
// written into the genesis block; later changes are channel updates.
type Ordering struct {
	BatchTimeout             time.Duration `yaml:"batchTimeout"`
	MaxMessageCount          uint32        `yaml:"maxMessageCount"`
	PreferredMaxBytes        uint32        `yaml:"preferredMaxBytes"`
	AbsoluteMaxBytes         uint32        `yaml:"absoluteMaxBytes"`
	RequestForwardTimeout    time.Duration `yaml:"requestForwardTimeout"`
	RequestComplainTimeout   time.Duration `yaml:"requestComplainTimeout"`
	RequestAutoRemoveTimeout time.Duration `yaml:"requestAutoRemoveTimeout"`
	LeaderHeartbeatTimeout   time.Duration `yaml:"leaderHeartbeatTimeout"`
	ViewChangeTimeout        time.Duration `yaml:"viewChangeTimeout"`
	ViewChangeResendInterval time.Duration `yaml:"viewChangeResendInterval"`
}

// DefaultTopology returns the four founding bodies.
func DefaultTopology() (*Topology, error) {
	return ParseTopology(defaultTopology)
}

// LoadTopology reads a topology file. What the file leaves out is taken from the
// default topology.
func LoadTopology(path string) (*Topology, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("topology file: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTopologyFile+1))
	if err != nil {
		return nil, fmt.Errorf("topology file %s: %w", path, err)
	}
	t, err := ParseTopology(data)
	if err != nil {
		return nil, fmt.Errorf("topology file %s: %w", path, err)
	}
	return t, nil
}

// ParseTopology decodes and validates a topology in YAML. Unknown fields are
// refused, because a misspelt one would silently keep its default.
func ParseTopology(data []byte) (*Topology, error) {
	if len(data) > maxTopologyFile {
		return nil, usagef("is larger than %d bytes", maxTopologyFile)
	}
	t := &Topology{}
	if err := strictYAML(defaultTopology, t); err != nil {
		return nil, fmt.Errorf("default topology: %w", err)
	}
	given := &Topology{Ordering: t.Ordering, Channel: t.Channel, Domain: t.Domain, Origin: t.Origin, Host: t.Host, BasePort: t.BasePort}
	if err := strictYAML(data, given); err != nil {
		return nil, usagef("is not a topology: %s", explainYAML(data, err))
	}
	if len(given.Bodies) == 0 {
		given.Bodies = t.Bodies
	}
	if len(given.Users) == 0 {
		given.Users = t.Users
	}
	if err := given.Validate(); err != nil {
		return nil, err
	}
	return given, nil
}

func strictYAML(data []byte, into any) error {
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	switch err := d.Decode(into); {
	case errors.Is(err, io.EOF): // an empty file
		return nil
	case err != nil:
		return err
	}
	if err := d.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return errors.New("more than one YAML document")
	}
	return nil
}

var (
	yamlLine         = regexp.MustCompile(`^line ([0-9]+): `)
	yamlUnknownField = regexp.MustCompile(`field (\S+) not found in type \S+`)
)

// explainYAML makes one sentence of a decoding error, without Go's type names and
// with the text of the line that it is about: the decoder names no field.
func explainYAML(data []byte, err error) string {
	var mismatch *yaml.TypeError
	if !errors.As(err, &mismatch) {
		return strings.TrimPrefix(err.Error(), "yaml: ")
	}
	lines := strings.Split(string(data), "\n")
	said := make([]string, len(mismatch.Errors))
	for i, e := range mismatch.Errors {
		said[i] = yamlUnknownField.ReplaceAllString(e, "unknown field $1")
		at := yamlLine.FindStringSubmatch(said[i])
		if at == nil {
			continue
		}
		if n, err := strconv.Atoi(at[1]); err == nil && n >= 1 && n <= len(lines) {
			said[i] = fmt.Sprintf("line %d (%.80q): %s", n, strings.TrimSpace(lines[n-1]), said[i][len(at[0]):])
		}
	}
	return strings.Join(said, "; ")
}

// YAML encodes the topology so that ParseTopology reads it back unchanged.
func (t *Topology) YAML() ([]byte, error) {
	return yaml.Marshal(t)
}

var (
	bodyName    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,31}$`)
	userName    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	channelName = regexp.MustCompile(`^[a-z][a-z0-9.-]{0,248}$`) // Fabric: common/configtx/validator.go
	domainName  = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)*$`)
	// A name of keys and logs, such as c2sp.org/tlog-checkpoint asks for.
	originPrefix = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)*(/[a-z0-9._-]+)*$`)
	attribute    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9.]{0,63}$`)
)

// Validate says what is wrong with the topology, naming the field.
func (t *Topology) Validate() error {
	switch {
	case !channelName.MatchString(t.Channel):
		return usagef("channel %q: use lower-case letters, digits, dots and dashes, starting with a letter", t.Channel)
	case !domainName.MatchString(t.Domain):
		return usagef("domain %q is not a domain name", t.Domain)
	case !originPrefix.MatchString(t.Origin):
		return usagef("origin %q: use a domain name, and a path after it if you like, in lower case and without a scheme", t.Origin)
	case len(t.Origin)+len(t.Channel) > maxOriginParts:
		return usagef("origin and channel have %d characters together: %d are possible", len(t.Origin)+len(t.Channel), maxOriginParts)
	case net.ParseIP(t.Host) == nil:
		return usagef("host %q is not an IP address", t.Host)
	case len(t.Bodies) < 1 || len(t.Bodies) > MaxBodies:
		return usagef("has %d bodies: 1 to %d are possible", len(t.Bodies), MaxBodies)
	case t.BasePort != 0 && (t.BasePort < 1024 || t.BasePort+portsPerBody*len(t.Bodies) > 65536):
		return usagef("basePort %d: use 0, or 1024 to %d for %d bodies", t.BasePort, 65536-portsPerBody*len(t.Bodies), len(t.Bodies))
	}
	if err := t.validateBodies(); err != nil {
		return err
	}
	if err := t.validateUsers(); err != nil {
		return err
	}
	return t.Ordering.validate()
}

func (t *Topology) validateBodies() error {
	seen := map[string]bool{}
	orderers := 0
	for i, b := range t.Bodies {
		key := strings.ToLower(b.Name)
		switch {
		case !bodyName.MatchString(b.Name):
			return usagef("bodies[%d].name %q: use 1 to 32 letters and digits, starting with a letter", i, b.Name)
		case seen[key]:
			return usagef("bodies[%d].name %q is there twice", i, b.Name)
		case b.Peers < 1 || b.Peers > maxNodes:
			return usagef("body %s has %d peers: 1 to %d are possible", b.Name, b.Peers, maxNodes)
		case b.Orderers < 0 || b.Orderers > maxNodes:
			return usagef("body %s has %d orderers: 0 to %d are possible", b.Name, b.Orderers, maxNodes)
		}
		seen[key] = true
		orderers += b.Orderers
	}
	if orderers == 0 {
		return usagef("has no orderer: give at least one body orderers: 1")
	}
	return nil
}

func (t *Topology) validateUsers() error {
	seen := map[string]bool{}
	admins := 0
	for i, u := range t.Users {
		switch {
		case !userName.MatchString(u.Name):
			return usagef("users[%d].name %q: use 1 to 32 lower-case letters, digits and dashes", i, u.Name)
		case seen[u.Name]:
			return usagef("users[%d].name %q is there twice", i, u.Name)
		}
		for _, a := range u.Attributes {
			if !attribute.MatchString(a) {
				return usagef("user %s: %q is not an attribute name", u.Name, a)
			}
		}
		seen[u.Name] = true
		if u.Admin {
			admins++
		}
	}
	if admins != 1 {
		return usagef("has %d users with admin: true: exactly one is needed", admins)
	}
	return nil
}

func (o Ordering) validate() error {
	for _, f := range []struct {
		name  string
		value time.Duration
	}{
		{"batchTimeout", o.BatchTimeout}, {"requestForwardTimeout", o.RequestForwardTimeout},
		{"requestComplainTimeout", o.RequestComplainTimeout}, {"requestAutoRemoveTimeout", o.RequestAutoRemoveTimeout},
		{"leaderHeartbeatTimeout", o.LeaderHeartbeatTimeout}, {"viewChangeTimeout", o.ViewChangeTimeout},
		{"viewChangeResendInterval", o.ViewChangeResendInterval},
	} {
		if f.value < time.Millisecond || f.value > time.Hour {
			return usagef("ordering.%s %s: 1ms to 1h is possible", f.name, f.value)
		}
	}
	switch {
	case o.RequestForwardTimeout >= o.RequestComplainTimeout:
		// SmartBFT's own rule: pkg/types/config.go.
		return usagef("ordering.requestForwardTimeout must be shorter than requestComplainTimeout")
	case o.RequestComplainTimeout >= o.RequestAutoRemoveTimeout:
		return usagef("ordering.requestComplainTimeout must be shorter than requestAutoRemoveTimeout")
	case o.ViewChangeResendInterval > o.ViewChangeTimeout:
		return usagef("ordering.viewChangeResendInterval must not be longer than viewChangeTimeout")
	case o.MaxMessageCount < 1 || o.MaxMessageCount > 10_000:
		return usagef("ordering.maxMessageCount %d: 1 to 10000 is possible", o.MaxMessageCount)
	case o.PreferredMaxBytes < 1024 || o.PreferredMaxBytes > o.AbsoluteMaxBytes || o.AbsoluteMaxBytes > 99<<20:
		return usagef("ordering: 1024 <= preferredMaxBytes <= absoluteMaxBytes <= %d is needed", 99<<20)
	}
	return nil
}

// MSPID is the body's membership service provider, <name>MSP.
func (b Body) MSPID() string { return b.Name + "MSP" }

// ID is the body's name in file, node and host names: lower case.
func (b Body) ID() string { return strings.ToLower(b.Name) }

// Body finds a body by name or MSP ID, ignoring case.
func (t *Topology) Body(name string) (Body, bool) {
	for _, b := range t.Bodies {
		if strings.EqualFold(b.Name, name) || strings.EqualFold(b.MSPID(), name) {
			return b, true
		}
	}
	return Body{}, false
}

// MSPIDs lists the bodies' MSP IDs in topology order.
func (t *Topology) MSPIDs() []string {
	ids := make([]string, len(t.Bodies))
	for i, b := range t.Bodies {
		ids[i] = b.MSPID()
	}
	return ids
}

// Admin is the user that administers a body.
func (t *Topology) Admin() User {
	for _, u := range t.Users {
		if u.Admin {
			return u
		}
	}
	return User{} // Validate excludes it
}

// NodeKind tells what a process is.
type NodeKind string

// The kinds of node.
const (
	KindPeer      NodeKind = "peer"
	KindOrderer   NodeKind = "orderer"
	KindChaincode NodeKind = "chaincode"
	KindService   NodeKind = "service"
)

// Node is one process of a body.
type Node struct {
	Name       string // unique: peer0.ctie
	Kind       NodeKind
	Body       Body
	ServerName string // in its TLS certificate: peer0.ctie.psbc.lu
	Host       string
	Port       int // gRPC
	AdminPort  int // orderer: channel participation; peer: chaincode it would launch itself
	OpsPort    int // health and metrics
}

// Address is host:port of the node's gRPC listener.
func (n Node) Address() string { return hostPort(n.Host, n.Port) }

// OpsAddress is host:port of the node's operations listener: health, metrics and
// the log level. It asks for no credentials, so it is on the loopback interface
// whatever the topology's host.
func (n Node) OpsAddress() string { return hostPort("127.0.0.1", n.OpsPort) }

// AdminAddress is host:port of an orderer's channel-participation listener.
func (n Node) AdminAddress() string { return hostPort(n.Host, n.AdminPort) }

func hostPort(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }

// Offsets within a body's range of ports.
const (
	offsetOrderer   = 0
	offsetPeer      = 30
	offsetChaincode = 60 // one port a chaincode
	portsPerNode    = 3
	maxChaincodes   = portsPerBody - offsetChaincode
)

// Peers lists the peers of all bodies, or of the bodies named.
func (t *Topology) Peers() []Node { return t.nodes(KindPeer) }

// Orderers lists the orderers of all bodies.
func (t *Topology) Orderers() []Node { return t.nodes(KindOrderer) }

func (t *Topology) nodes(kind NodeKind) []Node {
	var nodes []Node
	for i, b := range t.Bodies {
		base := t.BasePort + i*portsPerBody
		count := b.Peers
		if kind == KindOrderer {
			count = b.Orderers
		}
		for k := range count {
			n := Node{Name: fmt.Sprintf("%s%d.%s", kind, k, b.ID()), Kind: kind, Body: b, Host: t.Host}
			n.ServerName = n.Name + "." + t.Domain
			n.Port = base + offsetPeer + k*portsPerNode
			if kind == KindOrderer {
				n.Port = base + offsetOrderer + k*portsPerNode
			}
			n.AdminPort, n.OpsPort = n.Port+1, n.Port+2
			nodes = append(nodes, n)
		}
	}
	return nodes
}

// chaincodePort is where body i serves the k-th chaincode.
func (t *Topology) chaincodePort(body, k int) int {
	return t.BasePort + body*portsPerBody + offsetChaincode + k
}
