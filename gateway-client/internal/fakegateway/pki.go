package fakegateway

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// PKI is a certificate authority made for one test, with its files in a
// directory that the test removes.
type PKI struct {
	tb  TB
	dir string
	ca  *x509.Certificate
	key *ecdsa.PrivateKey
}

// NewPKI makes a new authority and the TLS files that a profile names.
func NewPKI(tb TB) *PKI {
	tb.Helper()
	dir, err := os.MkdirTemp("", "fakegateway-")
	if err != nil {
		tb.Fatalf("make a directory: %v", err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) }) // what stays is swept up with the other temporary files
	p := &PKI{tb: tb, dir: dir, key: newKey(tb)}
	template := p.template("tlsca.test.psbc.lu", 1)
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage |= x509.KeyUsageCertSign
	p.ca = p.sign(template, template, p.key.Public())
	p.write("tlsca.pem", "CERTIFICATE", p.ca.Raw)

	key := newKey(tb)
	client := p.sign(p.template("client", 2), p.ca, key.Public())
	p.write("client.crt", "CERTIFICATE", client.Raw)
	p.writeKey("client.key", key)
	return p
}

// Dir is where the PKI's files are, and where relative names in its profiles start.
func (p *PKI) Dir() string { return p.dir }

// Issue makes a signing certificate for a public key and returns its file name.
func (p *PKI) Issue(name string, public crypto.PublicKey, expires time.Time) string {
	p.tb.Helper()
	template := p.template(name, 3)
	template.NotAfter = expires
	return p.write(name+".pem", "CERTIFICATE", p.sign(template, p.ca, public).Raw)
}

// NewIdentity makes a P-256 key with its certificate, and returns the file names.
func (p *PKI) NewIdentity(name string) (certificate, key string) {
	p.tb.Helper()
	private := newKey(p.tb)
	return p.Issue(name, private.Public(), time.Now().Add(time.Hour)), p.writeKey(name+".key", private)
}

// Profile is a connection profile's JSON for an identity at some endpoints.
func (p *PKI) Profile(mspID, certificate, key string, endpoints ...*Endpoint) []byte {
	p.tb.Helper()
	type object = map[string]any
	body := object{"name": mspID[:max(0, len(mspID)-len("MSP"))], "mspId": mspID}
	var peers []object
	for _, endpoint := range endpoints {
		peers = append(peers, object{"address": endpoint.Address(), "serverName": ServerName})
	}
	identity := object{"certificate": certificate}
	if key != "" {
		identity["key"] = key
	}
	profile, err := json.Marshal(object{
		"v": 1, "channel": "psbc", "body": body, "user": "notary",
		"identity": identity,
		"tls":      object{"rootCertificates": "tlsca.pem", "certificate": "client.crt", "key": "client.key"},
		"peers":    peers,
		"bodies":   []object{body},
	})
	if err != nil {
		p.tb.Fatalf("encode the profile: %v", err)
	}
	return profile
}

// Write puts a PEM file into the PKI's directory and returns its name.
func (p *PKI) Write(name string, content []byte) string {
	p.tb.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), content, 0o600); err != nil {
		p.tb.Fatalf("write %s: %v", name, err)
	}
	return name
}

func (p *PKI) serverTLS() *tls.Config {
	key := newKey(p.tb)
	template := p.template(ServerName, 4)
	template.DNSNames = []string{ServerName}
	certificate := p.sign(template, p.ca, key.Public())
	roots := x509.NewCertPool()
	roots.AddCert(p.ca)
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{certificate.Raw}, PrivateKey: key}},
		ClientCAs:    roots,
		ClientAuth:   tls.RequireAndVerifyClientCert,
	}
}

func (p *PKI) template(name string, serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-2 * time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
}

func (p *PKI) sign(template, parent *x509.Certificate, public crypto.PublicKey) *x509.Certificate {
	p.tb.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, p.key)
	if err != nil {
		p.tb.Fatalf("sign a certificate: %v", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		p.tb.Fatalf("parse a certificate: %v", err)
	}
	return certificate
}

func (p *PKI) writeKey(name string, key crypto.PrivateKey) string {
	p.tb.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		p.tb.Fatalf("encode a key: %v", err)
	}
	return p.write(name, "PRIVATE KEY", der)
}

func (p *PKI) write(name, kind string, der []byte) string {
	p.tb.Helper()
	return p.Write(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func newKey(tb TB) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatalf("make a key: %v", err)
	}
	return key
}
