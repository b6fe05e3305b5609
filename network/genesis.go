package network

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"github.com/psbc-lu/psbc/network/identity"
)

const genesisProfile = "PSBC"

// The types below are what configtxgen reads
// (fabric/internal/configtxgen/genesisconfig/config.go).
type configtx struct {
	Profiles map[string]configtxProfile `yaml:"Profiles"`
}

type configtxProfile struct {
	Policies     map[string]configtxPolicy `yaml:"Policies"`
	Capabilities map[string]bool           `yaml:"Capabilities"`
	Orderer      configtxOrderer           `yaml:"Orderer"`
	Application  configtxApplication       `yaml:"Application"`
}

type configtxPolicy struct {
	Type string `yaml:"Type"`
	Rule string `yaml:"Rule"`
}

type configtxOrg struct {
	Name             string                    `yaml:"Name"`
	ID               string                    `yaml:"ID"`
	MSPDir           string                    `yaml:"MSPDir"`
	Policies         map[string]configtxPolicy `yaml:"Policies"`
	AnchorPeers      []configtxAnchor          `yaml:"AnchorPeers,omitempty"`
	OrdererEndpoints []string                  `yaml:"OrdererEndpoints,omitempty"`
}

type configtxAnchor struct {
	Host string `yaml:"Host"`
	Port int    `yaml:"Port"`
}

type configtxApplication struct {
	Organizations []configtxOrg             `yaml:"Organizations"`
	Policies      map[string]configtxPolicy `yaml:"Policies"`
	Capabilities  map[string]bool           `yaml:"Capabilities"`
}

type configtxOrderer struct {
	OrdererType      string                    `yaml:"OrdererType"`
	BatchTimeout     string                    `yaml:"BatchTimeout"`
	BatchSize        configtxBatchSize         `yaml:"BatchSize"`
	ConsenterMapping []configtxConsenter       `yaml:"ConsenterMapping"`
	SmartBFT         map[string]any            `yaml:"SmartBFT"`
	Organizations    []configtxOrg             `yaml:"Organizations"`
	Policies         map[string]configtxPolicy `yaml:"Policies"`
	Capabilities     map[string]bool           `yaml:"Capabilities"`
}

type configtxBatchSize struct {
	MaxMessageCount   uint32 `yaml:"MaxMessageCount"`
	AbsoluteMaxBytes  uint32 `yaml:"AbsoluteMaxBytes"`
	PreferredMaxBytes uint32 `yaml:"PreferredMaxBytes"`
}

type configtxConsenter struct {
	ID            int    `yaml:"ID"`
	Host          string `yaml:"Host"`
	Port          int    `yaml:"Port"`
	MSPID         string `yaml:"MSPID"`
	Identity      string `yaml:"Identity"`
	ClientTLSCert string `yaml:"ClientTLSCert"`
	ServerTLSCert string `yaml:"ServerTLSCert"`
}

// renderConfigtx describes the channel for configtxgen. Paths are relative to
// the file, so the run directory can be moved before the first start.
func renderConfigtx(t *Topology, l Layout) ([]byte, error) {
	rel := func(path string) (string, error) { return filepath.Rel(l.channel(), path) }
	orgs := make([]configtxOrg, 0, len(t.Bodies))
	endpoints, consenters, err := configtxOrderers(t, l)
	if err != nil {
		return nil, err
	}
	anchors := map[string][]configtxAnchor{}
	for _, n := range t.Peers() {
		if len(anchors[n.Body.Name]) == 0 { // the first peer of each body
			anchors[n.Body.Name] = []configtxAnchor{{Host: n.Host, Port: n.Port}}
		}
	}
	for _, b := range t.Bodies {
		dir, err := rel(l.bodyMSP(b))
		if err != nil {
			return nil, err
		}
		orgs = append(orgs, configtxOrg{Name: b.MSPID(), ID: b.MSPID(), MSPDir: dir, Policies: bodyPolicies(b.MSPID())})
	}
	application, ordering := make([]configtxOrg, 0, len(orgs)), make([]configtxOrg, 0, len(orgs))
	for i, b := range t.Bodies {
		org := orgs[i]
		org.AnchorPeers = anchors[b.Name]
		application = append(application, org)
		if b.Orderers > 0 {
			org.AnchorPeers, org.OrdererEndpoints = nil, endpoints[b.Name]
			org.Policies = bodyPolicies(b.MSPID())
			// SmartBFT checks the consenters' own signatures against this policy
			// (orderer/consensus/smartbft/verifier.go).
			org.Policies["Writers"] = signaturePolicy("OR('%s.orderer')", b.MSPID())
			ordering = append(ordering, org)
		}
	}
	o := t.Ordering
	profile := configtxProfile{
		Policies:     metaPolicies(nil),
		Capabilities: map[string]bool{"V3_0": true},
		Application: configtxApplication{
			Organizations: application,
			Policies: metaPolicies(map[string]configtxPolicy{
				"Endorsement":          {Type: "ImplicitMeta", Rule: "MAJORITY Endorsement"},
				"LifecycleEndorsement": {Type: "ImplicitMeta", Rule: "MAJORITY Endorsement"},
			}),
			Capabilities: map[string]bool{"V2_5": true},
		},
		Orderer: configtxOrderer{
			OrdererType:  "BFT",
			BatchTimeout: o.BatchTimeout.String(),
			BatchSize: configtxBatchSize{
				MaxMessageCount: o.MaxMessageCount, AbsoluteMaxBytes: o.AbsoluteMaxBytes, PreferredMaxBytes: o.PreferredMaxBytes,
			},
			ConsenterMapping: consenters,
			Organizations:    ordering,
			Policies: metaPolicies(map[string]configtxPolicy{
				// configtxgen replaces it by the BFT quorum of the consenters.
				"BlockValidation": {Type: "ImplicitMeta", Rule: "ANY Writers"},
			}),
			Capabilities: map[string]bool{"V2_0": true},
			SmartBFT: map[string]any{
				"RequestBatchMaxInterval":   o.BatchTimeout.String(),
				"RequestForwardTimeout":     o.RequestForwardTimeout.String(),
				"RequestComplainTimeout":    o.RequestComplainTimeout.String(),
				"RequestAutoRemoveTimeout":  o.RequestAutoRemoveTimeout.String(),
				"ViewChangeResendInterval":  o.ViewChangeResendInterval.String(),
				"ViewChangeTimeout":         o.ViewChangeTimeout.String(),
				"LeaderHeartbeatTimeout":    o.LeaderHeartbeatTimeout.String(),
				"LeaderHeartbeatCount":      10,
				"CollectTimeout":            "1s",
				"IncomingMessageBufferSize": 200,
				"RequestPoolSize":           100_000,
			},
		},
	}
	return yaml.Marshal(configtx{Profiles: map[string]configtxProfile{genesisProfile: profile}})
}

func configtxOrderers(t *Topology, l Layout) (map[string][]string, []configtxConsenter, error) {
	endpoints := map[string][]string{}
	var consenters []configtxConsenter
	for i, n := range t.Orderers() {
		endpoints[n.Body.Name] = append(endpoints[n.Body.Name], n.Address())
		sign, err := filepath.Rel(l.channel(), filepath.Join(l.node(n), identity.SignCert))
		if err != nil {
			return nil, nil, err
		}
		tls, err := filepath.Rel(l.channel(), filepath.Join(l.node(n), identity.TLSCert))
		if err != nil {
			return nil, nil, err
		}
		consenters = append(consenters, configtxConsenter{
			ID: i + 1, Host: n.Host, Port: n.Port, MSPID: n.Body.MSPID(),
			Identity: sign, ClientTLSCert: tls, ServerTLSCert: tls,
		})
	}
	return endpoints, consenters, nil
}

// bodyPolicies give each role the least: peers and orderers may read, only people
// may submit.
func bodyPolicies(msp string) map[string]configtxPolicy {
	return map[string]configtxPolicy{
		"Readers":     signaturePolicy("OR('%s.member')", msp),
		"Writers":     signaturePolicy("OR('%s.admin', '%s.client')", msp, msp),
		"Admins":      signaturePolicy("OR('%s.admin')", msp),
		"Endorsement": signaturePolicy("OR('%s.peer')", msp),
	}
}

func signaturePolicy(rule string, args ...any) configtxPolicy {
	return configtxPolicy{Type: "Signature", Rule: fmt.Sprintf(rule, args...)}
}

func metaPolicies(more map[string]configtxPolicy) map[string]configtxPolicy {
	policies := map[string]configtxPolicy{
		"Readers": {Type: "ImplicitMeta", Rule: "ANY Readers"},
		"Writers": {Type: "ImplicitMeta", Rule: "ANY Writers"},
		"Admins":  {Type: "ImplicitMeta", Rule: "MAJORITY Admins"},
	}
	for name, p := range more {
		policies[name] = p
	}
	return policies
}

// writeGenesis makes the genesis block once: a second one would be another
// channel.
func writeGenesis(ctx context.Context, t *Topology, l Layout, bin Binaries) error {
	if _, err := os.Stat(l.genesis()); err == nil {
		return nil
	}
	if err := os.MkdirAll(l.channel(), 0o700); err != nil {
		return err
	}
	data, err := renderConfigtx(t, l)
	if err != nil {
		return fmt.Errorf("describe channel: %w", err)
	}
	if err := os.WriteFile(l.configtx(), data, 0o600); err != nil {
		return err
	}
	tmp := l.genesis() + ".tmp"
	if err := bin.run(ctx, l.channel(), "configtxgen",
		"-configPath", l.channel(), "-profile", genesisProfile, "-channelID", t.Channel, "-outputBlock", tmp); err != nil {
		return fmt.Errorf("make genesis block: %w", err)
	}
	return os.Rename(tmp, l.genesis())
}
