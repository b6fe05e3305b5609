// Package identity makes the X.509 identities of one body: two certificate
// authorities (enrolment and TLS), its nodes and its people, laid out as Fabric's
// membership service provider (MSP) reads them.
//
// It serves networks that run on one machine, for development, demonstration
// and tests. It signs with ECDSA P-256 and always yields low-S signatures, which
// Fabric demands (bccsp/utils/ecdsa.go).
package identity

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"time"
)

const (
	caValidity   = 10 * 365 * 24 * time.Hour
	leafValidity = 2 * 365 * 24 * time.Hour
	// backdate lets a node whose clock is a little late accept a certificate that
	// was made a moment ago.
	backdate = 5 * time.Minute
)

// attributeOID is the extension in which Fabric CA keeps attributes
// (fabric-ca/lib/attrmgr); the chaincode library reads it.
var attributeOID = asn1.ObjectIdentifier{1, 2, 3, 4, 5, 6, 7, 8, 1}

// CA is a certificate authority with its key in memory.
type CA struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Certificate is a certificate with its private key.
type Certificate struct {
	Cert *x509.Certificate
	Key  *ecdsa.PrivateKey
}

// Request says what a certificate is for.
type Request struct {
	CommonName string
	// OU is the NodeOU role: client, admin, peer or orderer. Empty for TLS.
	OU string
	// Attributes are set to "true" in Fabric CA's attribute extension.
	Attributes []string
	// Hosts are DNS names and IP addresses; they make it a TLS certificate.
	Hosts []string
}

// NewCA makes a self-signed certificate authority.
func NewCA(organisation, commonName string) (*CA, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	template, err := newTemplate(commonName, caValidity)
	if err != nil {
		return nil, err
	}
	template.Subject.Organization = []string{organisation}
	template.Subject.Country = []string{"LU"}
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.MaxPathLenZero = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
	if template.SubjectKeyId, err = keyID(&key.PublicKey); err != nil {
		return nil, err
	}
	cert, err := sign(template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &CA{cert: cert, key: key}, nil
}

// Issue makes a key and a certificate signed by the authority.
func (ca *CA) Issue(r Request) (*Certificate, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	template, err := newTemplate(r.CommonName, leafValidity)
	if err != nil {
		return nil, err
	}
	template.Subject.Organization = ca.cert.Subject.Organization
	template.Subject.Country = ca.cert.Subject.Country
	template.KeyUsage = x509.KeyUsageDigitalSignature
	if r.OU != "" {
		template.Subject.OrganizationalUnit = []string{r.OU}
	} else {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
	}
	for _, h := range r.Hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	if len(r.Attributes) > 0 {
		extension, err := attributeExtension(r.Attributes)
		if err != nil {
			return nil, err
		}
		template.ExtraExtensions = append(template.ExtraExtensions, extension)
	}
	cert, err := sign(template, ca.cert, &key.PublicKey, ca.key)
	if err != nil {
		return nil, err
	}
	return &Certificate{Cert: cert, Key: key}, nil
}

func attributeExtension(names []string) (pkix.Extension, error) {
	attrs := make(map[string]string, len(names))
	for _, n := range names {
		attrs[n] = "true"
	}
	value, err := json.Marshal(map[string]any{"attrs": attrs})
	if err != nil {
		return pkix.Extension{}, fmt.Errorf("encode attributes: %w", err)
	}
	return pkix.Extension{Id: attributeOID, Value: value}, nil
}

func newKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	return key, nil
}

func newTemplate(commonName string, validity time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, fmt.Errorf("make serial number: %w", err)
	}
	now := time.Now().UTC()
	return &x509.Certificate{
		SerialNumber:       serial,
		Subject:            pkix.Name{CommonName: commonName},
		NotBefore:          now.Add(-backdate),
		NotAfter:           now.Add(validity),
		SignatureAlgorithm: x509.ECDSAWithSHA256,
	}, nil
}

func keyID(pub *ecdsa.PublicKey) ([]byte, error) {
	point, err := pub.Bytes()
	if err != nil {
		return nil, fmt.Errorf("encode public key: %w", err)
	}
	sum := sha256.Sum256(point)
	return sum[:], nil
}

func sign(template, parent *x509.Certificate, pub *ecdsa.PublicKey, key *ecdsa.PrivateKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, lowS{key})
	if err != nil {
		return nil, fmt.Errorf("sign certificate of %s: %w", template.Subject.CommonName, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read back certificate of %s: %w", template.Subject.CommonName, err)
	}
	return cert, nil
}

// lowS signs as its key does, with the smaller of the two possible values of S:
// Fabric rewrites other certificates before it compares them (msp/cert.go), so
// that a certificate would not be byte for byte what its owner holds.
type lowS struct{ *ecdsa.PrivateKey }

func (k lowS) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	der, err := k.PrivateKey.Sign(r, digest, opts)
	if err != nil {
		return nil, err
	}
	var sig struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &sig); err != nil {
		return nil, fmt.Errorf("read signature: %w", err)
	}
	n := k.Params().N
	if sig.S.Cmp(new(big.Int).Rsh(n, 1)) > 0 {
		sig.S.Sub(n, sig.S)
	}
	return asn1.Marshal(sig)
}

func certPEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func keyPEM(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
