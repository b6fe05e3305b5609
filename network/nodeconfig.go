package network

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/psbc-lu/psbc/network/identity"
)

// setting is one value of a node's configuration, by its dotted path in Fabric's
// sample file.
type setting struct {
	path  string
	value any
}

// writeNodeConfig writes a node's complete configuration: Fabric's sample file
// with what differs here. A complete file shows an operator what a node runs
// with; environment overrides would not.
func writeNodeConfig(t *Topology, l Layout, n Node, bin Binaries, builder string) error {
	sample, settings := "core.yaml", peerSettings(t, l, n, builder)
	if n.Kind == KindOrderer {
		sample, settings = "orderer.yaml", ordererSettings(t, l, n)
	}
	data, err := os.ReadFile(filepath.Join(bin.SampleConfig, sample))
	if err != nil {
		return fmt.Errorf("sample configuration: %w", err)
	}
	var doc map[string]any
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("sample configuration %s: %w", sample, err)
	}
	for _, s := range settings {
		if err := set(doc, s.path, s.value); err != nil {
			return fmt.Errorf("%s: %w", sample, err)
		}
	}
	out, err := yaml.Marshal(doc)
	if err != nil {
		return fmt.Errorf("configuration of %s: %w", n.Name, err)
	}
	return os.WriteFile(filepath.Join(l.node(n), sample), out, 0o600)
}

// set replaces a value. The section that holds it must exist, so that a setting
// that Fabric renamed is an error instead of being ignored.
func set(doc map[string]any, path string, value any) error {
	keys := strings.Split(path, ".")
	for _, k := range keys[:len(keys)-1] {
		next, ok := doc[k].(map[string]any)
		if !ok {
			return fmt.Errorf("has no section %s of %s", k, path)
		}
		doc = next
	}
	doc[keys[len(keys)-1]] = value
	return nil
}

func peerSettings(t *Topology, l Layout, n Node, builder string) []setting {
	dir := l.node(n)
	file := func(name string) string { return filepath.Join(dir, name) }
	bootstrap := n.Address()
	for _, p := range t.Peers() {
		if p.Body.Name == n.Body.Name && p.Name != n.Name {
			bootstrap = p.Address()
			break
		}
	}
	return []setting{
		{"peer.id", n.ServerName},
		{"peer.networkId", t.Channel},
		{"peer.listenAddress", n.Address()},
		{"peer.address", n.Address()},
		// For chaincode that a peer launches itself, which is not done here; every peer
		// of one machine would take the same default port.
		{"peer.chaincodeListenAddress", n.AdminAddress()},
		{"peer.localMspId", n.Body.MSPID()},
		{"peer.mspConfigPath", file("msp")},
		{"peer.fileSystemPath", l.nodeData(n)},
		// Gossip's defaults delay the first endorsement across bodies by 30 s.
		{"peer.gossip.bootstrap", bootstrap},
		{"peer.gossip.endpoint", n.Address()},
		{"peer.gossip.externalEndpoint", n.Address()},
		{"peer.gossip.membershipTrackerInterval", "1s"},
		{"peer.gossip.requestStateInfoInterval", "1s"},
		{"peer.gossip.publishStateInfoInterval", "1s"},
		{"peer.gossip.aliveTimeInterval", "1s"},
		{"peer.gossip.aliveExpirationTimeout", "10s"},
		{"peer.gossip.reconnectInterval", "2s"},
		// A body that endorses a write to another's private collection need not hand the
		// data over. With Fabric's defaults the other's peer would wait a minute for it
		// before it commits the block, valid or not: a way to stall it.
		{"peer.gossip.pvtData.skipPullingInvalidTransactionsDuringCommit", true},
		{"peer.gossip.pvtData.pullRetryThreshold", "3s"},
		// Details that never became part of a transaction, and those that were purged,
		// leave the disk soon also on a channel with little traffic.
		{"peer.gossip.pvtData.transientstoreMaxBlockRetention", 1000},
		{"ledger.pvtdataStore.purgeInterval", 10},
		{"peer.tls.enabled", true},
		{"peer.tls.clientAuthRequired", true},
		{"peer.tls.cert.file", file(identity.TLSCert)},
		{"peer.tls.key.file", file(identity.TLSKey)},
		{"peer.tls.rootcert.file", l.tlsCA(n.Body)},
		{"peer.tls.clientRootCAs.files", []string{l.tlsCA(n.Body)}},
		{"peer.tls.clientCert.file", file(identity.TLSCert)},
		{"peer.tls.clientKey.file", file(identity.TLSKey)},
		{"peer.gateway.dialTimeout", "10s"},
		{"peer.keepalive.minInterval", gatewayPings},
		{"vm.endpoint", ""},
		// While code is upgraded, a call of the old definition meets a server that speaks for
		// the new one, and waits for the old as long as this. Meanwhile the peer commits
		// nothing, as the call holds its state.
		{"chaincode.startuptimeout", "5s"},
		{"chaincode.externalBuilders", []map[string]any{{
			"name": "ccaas", "path": builder,
			"propagateEnvironment": []string{builderEnv},
		}}},
		{"ledger.snapshots.rootDir", filepath.Join(l.nodeData(n), "snapshots")},
		{"operations.listenAddress", n.OpsAddress()},
		{"metrics.provider", "prometheus"},
	}
}

// gatewayPings is how often a peer's gateway may ping peers and orderers. It sets no
// interval (Fabric's internal/pkg/gateway/endpoint.go), which gRPC makes 10 s; with
// the default minimum of a minute, they cut its connections every half minute.
const gatewayPings = "5s"

func ordererSettings(t *Topology, l Layout, n Node) []setting {
	dir := l.node(n)
	file := func(name string) string { return filepath.Join(dir, name) }
	roots := make([]string, len(t.Bodies))
	for i, b := range t.Bodies {
		roots[i] = l.tlsCA(b)
	}
	return []setting{
		{"General.ListenAddress", n.Host},
		{"General.ListenPort", n.Port},
		{"General.LocalMSPID", n.Body.MSPID()},
		{"General.LocalMSPDir", file("msp")},
		{"General.BootstrapMethod", "none"},
		{"General.TLS.Enabled", true},
		{"General.TLS.PrivateKey", file(identity.TLSKey)},
		{"General.TLS.Certificate", file(identity.TLSCert)},
		{"General.TLS.RootCAs", []string{l.tlsCA(n.Body)}},
		// Clients are asked for a certificate but may have none: when it is required,
		// an orderer that fell behind never catches up, because SmartBFT's block
		// deliverer does not bind its requests to its own certificate then (Fabric's
		// orderer/consensus/smartbft/util.go sets no TLSCertHash). Writers are known by
		// their signatures, and orderers among each other by their certificates.
		{"General.TLS.ClientAuthRequired", false},
		{"General.Keepalive.ServerMinInterval", gatewayPings},
		{"General.TLS.ClientRootCAs", roots},
		{"General.Cluster.ClientCertificate", file(identity.TLSCert)},
		{"General.Cluster.ClientPrivateKey", file(identity.TLSKey)},
		{"General.Backoff.MaxDelay", "2s"},
		{"FileLedger.Location", filepath.Join(l.nodeData(n), "ledger")},
		{"Consensus.WALDir", filepath.Join(l.nodeData(n), "wal")},
		{"Consensus.SnapDir", filepath.Join(l.nodeData(n), "snapshot")},
		{"Operations.ListenAddress", n.OpsAddress()},
		{"Metrics.Provider", "prometheus"},
		{"Admin.ListenAddress", n.AdminAddress()},
		{"Admin.TLS.Enabled", true},
		{"Admin.TLS.Certificate", file(identity.TLSCert)},
		{"Admin.TLS.PrivateKey", file(identity.TLSKey)},
		{"Admin.TLS.RootCAs", []string{l.tlsCA(n.Body)}},
		{"Admin.TLS.ClientAuthRequired", true},
		{"Admin.TLS.ClientRootCAs", []string{l.tlsCA(n.Body)}},
		{"ChannelParticipation.Enabled", true},
		{"ChannelParticipation.MaxRequestBodySize", "8 MB"},
	}
}
