package identity

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/attrmgr"
	"github.com/stretchr/testify/require"
)

func readCert(t *testing.T, path string) *x509.Certificate {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	block, _ := pem.Decode(data)
	require.NotNil(t, block)
	cert, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	return cert
}

func testBody(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, WriteBody(dir, Body{
		Name: "CTIE", ID: "ctie", Domain: "psbc.lu", ServerHosts: []string{"127.0.0.1"},
		Users: []User{{Name: "admin", Admin: true}, {Name: "notary", Attributes: []string{"psbc.notary"}}, {Name: "reader"}},
		Nodes: []Node{{Name: "peer0.ctie", OU: "peer", Hosts: []string{"peer0.ctie.psbc.lu", "127.0.0.1"}}},
	}))
	return dir
}

func TestCertificatesCarryRoleAndAttributesAsChaincodeReadsThem(t *testing.T) {
	dir := testBody(t)
	ca := readCert(t, filepath.Join(dir, "ca", "ca.pem"))
	for user, want := range map[string]struct {
		ou     string
		notary bool
	}{"admin": {"admin", false}, "notary": {"client", true}, "reader": {"client", false}} {
		cert := readCert(t, filepath.Join(dir, "users", user, SignCert))
		require.NoError(t, cert.CheckSignatureFrom(ca))
		require.Equal(t, []string{want.ou}, cert.Subject.OrganizationalUnit)
		attrs, err := attrmgr.New().GetAttributesFromCert(cert)
		require.NoError(t, err)
		value, found, err := attrs.Value("psbc.notary")
		require.NoError(t, err)
		require.Equal(t, want.notary, found)
		if found {
			require.Equal(t, "true", value)
		}
	}
}

func TestNodeCertificatesNameTheirHosts(t *testing.T) {
	dir := testBody(t)
	cert := readCert(t, filepath.Join(dir, "nodes", "peer0.ctie", TLSCert))
	require.NoError(t, cert.CheckSignatureFrom(readCert(t, filepath.Join(dir, TLSCACert))))
	require.NoError(t, cert.VerifyHostname("peer0.ctie.psbc.lu"))
	require.NoError(t, cert.VerifyHostname("127.0.0.1"))
	require.Error(t, cert.VerifyHostname("peer0.sigi.psbc.lu"))
}

func TestPrivateKeysAreForTheirOwnerOnly(t *testing.T) {
	keys := 0
	require.NoError(t, filepath.WalkDir(testBody(t), func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		switch {
		case d.IsDir():
			require.Zero(t, info.Mode().Perm()&0o077&^0o055, path)
		case strings.HasSuffix(path, "key.pem"):
			keys++
			require.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), path)
		}
		return nil
	}))
	require.Equal(t, 2+3*2+2+1, keys)
}

func TestSignaturesAreLowS(t *testing.T) {
	ca, err := NewCA("CTIE", "ca")
	require.NoError(t, err)
	for range 32 { // a key that did not care would pass with probability 2^-32
		cert, err := ca.Issue(Request{CommonName: "x", OU: "client"})
		require.NoError(t, err)
		var sig struct{ R, S *big.Int }
		_, err = asn1.Unmarshal(cert.Cert.Signature, &sig)
		require.NoError(t, err)
		half := new(big.Int).Rsh(cert.Cert.PublicKey.(*ecdsa.PublicKey).Params().N, 1)
		require.LessOrEqual(t, sig.S.Cmp(half), 0)
	}
}
