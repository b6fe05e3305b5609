package network

import (
	"path/filepath"

	"github.com/psbc-lu/psbc/network/identity"
)

// profile is the connection profile of a person of a body, as the gateway client
// reads it. Paths are relative to the file.
type profile struct {
	V        int             `json:"v"`
	Channel  string          `json:"channel"`
	Origin   string          `json:"origin"`
	Body     profileBody     `json:"body"`
	User     string          `json:"user"`
	Identity profileIdentity `json:"identity"`
	TLS      profileTLS      `json:"tls"`
	Peers    []profilePeer   `json:"peers"`
	Bodies   []profileBody   `json:"bodies"`
}

type profileBody struct {
	Name  string `json:"name"`
	MSPID string `json:"mspId"`
}

type profileIdentity struct {
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
}

type profileTLS struct {
	RootCertificates string `json:"rootCertificates"`
	Certificate      string `json:"certificate"`
	Key              string `json:"key"`
}

type profilePeer struct {
	Address    string `json:"address"`
	ServerName string `json:"serverName"`
}

// writeProfiles writes both profiles of every user of every body. The origin is that
// of the channel's ledger log.
func writeProfiles(t *Topology, l Layout, origin string) error {
	bodies := make([]profileBody, len(t.Bodies))
	for i, b := range t.Bodies {
		bodies[i] = profileBody{b.Name, b.MSPID()}
	}
	for _, b := range t.Bodies {
		var peers []Node
		for _, n := range t.Peers() {
			if n.Body.Name == b.Name {
				peers = append(peers, n)
			}
		}
		for _, u := range t.Users {
			if err := writeProfile(t, l, b, u, peers, bodies, origin); err != nil {
				return err
			}
			if err := writeJSON(l.FabricProfile(b, u.Name), fabricProfile(t, l, b, u, peers), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeProfile(t *Topology, l Layout, b Body, u User, peers []Node, bodies []profileBody, origin string) error {
	path := l.Profile(b, u.Name)
	var err error
	rel := func(target string) string {
		r, e := filepath.Rel(filepath.Dir(path), target)
		if e != nil {
			err = e
		}
		return filepath.ToSlash(r)
	}
	dir := l.user(b, u.Name)
	p := profile{
		V: 1, Channel: t.Channel, Origin: origin, Body: profileBody{b.Name, b.MSPID()}, User: u.Name,
		Identity: profileIdentity{rel(filepath.Join(dir, identity.SignCert)), rel(filepath.Join(dir, identity.SignKey))},
		TLS:      profileTLS{rel(l.tlsCA(b)), rel(filepath.Join(dir, identity.TLSCert)), rel(filepath.Join(dir, identity.TLSKey))},
		Bodies:   bodies,
	}
	for _, n := range peers {
		p.Peers = append(p.Peers, profilePeer{n.Address(), n.ServerName})
	}
	if err != nil {
		return err
	}
	return writeJSON(path, p, 0o600)
}

// fabricProfile is Fabric's common connection profile, version 1.0, which SDKs in
// other languages read. Its paths are absolute, because those SDKs resolve
// relative ones against the working directory.
func fabricProfile(t *Topology, l Layout, b Body, u User, peers []Node) map[string]any {
	endpoints, channelPeers, names := map[string]any{}, map[string]any{}, []string{}
	for _, n := range peers {
		names = append(names, n.ServerName)
		endpoints[n.ServerName] = map[string]any{
			"url":         "grpcs://" + n.Address(),
			"tlsCACerts":  map[string]string{"path": l.tlsCA(b)},
			"grpcOptions": map[string]string{"ssl-target-name-override": n.ServerName, "hostnameOverride": n.ServerName},
		}
		channelPeers[n.ServerName] = map[string]bool{"endorsingPeer": true, "chaincodeQuery": true, "ledgerQuery": true, "eventSource": true}
	}
	dir := l.user(b, u.Name)
	path := func(p string) map[string]string {
		return map[string]string{"path": filepath.Join(dir, filepath.FromSlash(p))}
	}
	return map[string]any{
		"name":    t.Channel + "-" + b.ID() + "-" + u.Name,
		"version": "1.0.0",
		"client": map[string]any{
			"organization": b.MSPID(),
			"tlsCerts":     map[string]any{"client": map[string]any{"cert": path(identity.TLSCert), "key": path(identity.TLSKey)}},
		},
		"organizations": map[string]any{
			b.MSPID(): map[string]any{
				"mspid": b.MSPID(), "peers": names,
				"signedCert": path(identity.SignCert), "adminPrivateKey": path(identity.SignKey),
			},
		},
		"peers":    endpoints,
		"channels": map[string]any{t.Channel: map[string]any{"peers": channelPeers}},
	}
}
