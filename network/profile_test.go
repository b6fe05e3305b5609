package network

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// made is a run directory with identities and profiles, and nothing running.
func made(t *testing.T) (*Topology, Layout) {
	t.Helper()
	top, err := ParseTopology([]byte("bodies: [{name: Esch, peers: 2, orderers: 1}, {name: Wiltz, peers: 1, orderers: 1}]"))
	require.NoError(t, err)
	l := Layout{t.TempDir()}
	u := &upRun{Network: &Network{Layout: l, Topology: top, admins: map[string]*admin{}}}
	require.NoError(t, u.identities())
	require.NoError(t, writeProfiles(top, l, "psbc.lu/psbc/0123456789abcdef"))
	return top, l
}

func TestEveryUserGetsAProfileWhoseFilesExist(t *testing.T) {
	top, l := made(t)
	for _, b := range top.Bodies {
		for _, u := range top.Users {
			path := l.Profile(b, u.Name)
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			var p profile
			require.NoError(t, json.Unmarshal(data, &p))
			for _, file := range []string{p.Identity.Certificate, p.Identity.Key, p.TLS.Certificate, p.TLS.Key, p.TLS.RootCertificates} {
				require.False(t, filepath.IsAbs(file), "the run directory may be copied")
				require.FileExists(t, filepath.Join(filepath.Dir(path), file))
			}
			require.Equal(t, "psbc.lu/psbc/0123456789abcdef", p.Origin)
			require.Len(t, p.Peers, b.Peers)
			require.Len(t, p.Bodies, 2)
		}
	}
}

// The standard profile is Fabric's format of version 1.0, as its SDKs read it.
func TestTheStandardProfileNamesPeersAndKeysThatExist(t *testing.T) {
	top, l := made(t)
	data, err := os.ReadFile(l.FabricProfile(top.Bodies[0], "notary"))
	require.NoError(t, err)
	type file struct{ Path string }
	var p struct {
		Version string
		Client  struct {
			Organization string
			TLSCerts     struct{ Client struct{ Cert, Key file } }
		}
		Organizations map[string]struct {
			MSPID                       string
			Peers                       []string
			SignedCert, AdminPrivateKey file
		}
		Peers map[string]struct {
			URL         string
			TLSCACerts  file
			GRPCOptions map[string]string
		}
		Channels map[string]struct{ Peers map[string]map[string]bool }
	}
	require.NoError(t, json.Unmarshal(data, &p))
	require.Equal(t, "1.0.0", p.Version)
	org := p.Organizations[p.Client.Organization]
	require.Equal(t, "EschMSP", org.MSPID)
	require.Len(t, org.Peers, 2)
	for _, name := range org.Peers {
		require.Regexp(t, `^grpcs://127\.0\.0\.1:\d+$`, p.Peers[name].URL)
		require.Equal(t, name, p.Peers[name].GRPCOptions["ssl-target-name-override"])
		require.FileExists(t, p.Peers[name].TLSCACerts.Path)
		require.Contains(t, p.Channels["psbc"].Peers, name)
	}
	for _, f := range []file{org.SignedCert, org.AdminPrivateKey, p.Client.TLSCerts.Client.Cert, p.Client.TLSCerts.Client.Key} {
		require.FileExists(t, f.Path)
	}
}

func TestIdentitiesAreMadeOnce(t *testing.T) {
	top, l := made(t)
	key := filepath.Join(l.user(top.Bodies[0], "notary"), "msp", "keystore", "key.pem")
	before, err := os.ReadFile(key)
	require.NoError(t, err)
	u := &upRun{Network: &Network{Layout: l, Topology: top, admins: map[string]*admin{}}}
	require.NoError(t, u.identities())
	after, err := os.ReadFile(key)
	require.NoError(t, err)
	require.Equal(t, before, after)
}

func TestTheChannelIsDescribedFromTheTopology(t *testing.T) {
	top, l := made(t)
	data, err := renderConfigtx(top, l)
	require.NoError(t, err)
	text := string(data)
	for _, want := range []string{
		"OrdererType: BFT", "V3_0: true", "MAJORITY Endorsement", "RequestBatchMaxInterval: 50ms",
		"MSPDir: ../bodies/esch/msp", "OR('WiltzMSP.orderer')", "OR('WiltzMSP.admin', 'WiltzMSP.client')", "AnchorPeers:",
	} {
		require.Contains(t, text, want)
	}
}
