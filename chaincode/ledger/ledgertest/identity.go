package ledgertest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/pkg/attrmgr"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"
)

// IdentityOption describes the holder of an identity.
type IdentityOption func(*profile)

type profile struct {
	name       string
	unit       string
	attributes map[string]string
}

// WithAttribute puts an attribute into the certificate, as Fabric CA does.
func WithAttribute(name, value string) IdentityOption {
	return func(p *profile) { p.attributes[name] = value }
}

// WithUser sets the certificate's common name. Default: "user".
func WithUser(name string) IdentityOption { return func(p *profile) { p.name = name } }

// WithNodeOU sets the organisational unit from which Fabric tells the role:
// client, admin, peer or orderer. Default: "client".
func WithNodeOU(unit string) IdentityOption { return func(p *profile) { p.unit = unit } }

// identity is a certificate with its key, as an MSP sees it.
type identity struct {
	mspID      string
	serialized []byte // msp.SerializedIdentity
	key        *ecdsa.PrivateKey
}

func (id *identity) sign(message []byte) ([]byte, error) {
	digest := sha256.Sum256(message)
	signature, err := deterministic{id.key}.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sign as %s: %w", id.mspID, err)
	}
	return signature, nil
}

// authorities issues identities, one certificate authority for each body.
type authorities struct {
	mu     sync.Mutex
	roots  map[string]*authority
	issued map[string]*identity
}

type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// issue returns the same identity for the same body and profile.
func (a *authorities) issue(mspID string, p profile) (*identity, error) {
	attributes, err := json.Marshal(attrmgr.Attributes{Attrs: p.attributes})
	if err != nil {
		return nil, fmt.Errorf("encode attributes: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.roots == nil {
		a.roots, a.issued = map[string]*authority{}, map[string]*identity{}
	}
	label := fmt.Sprintf("%q %q %q %s", mspID, p.name, p.unit, attributes)
	if id := a.issued[label]; id != nil {
		return id, nil
	}
	root, err := a.root(mspID)
	if err != nil {
		return nil, err
	}
	key, err := deriveKey(label)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serialNumber(label),
		Subject:      pkix.Name{CommonName: p.name, Organization: []string{mspID}, OrganizationalUnit: []string{p.unit}},
		NotBefore:    validFrom(),
		NotAfter:     validFrom().AddDate(50, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	if len(p.attributes) > 0 {
		template.ExtraExtensions = []pkix.Extension{{Id: slices.Clone(attrmgr.AttrOID), Value: attributes}}
	}
	der, err := x509.CreateCertificate(nil, template, root.certificate, key.Public(), deterministic{root.key})
	if err != nil {
		return nil, fmt.Errorf("issue certificate of %s at %s: %w", p.name, mspID, err)
	}
	serialized, err := proto.Marshal(&msp.SerializedIdentity{
		Mspid:   mspID,
		IdBytes: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
	})
	if err != nil {
		return nil, fmt.Errorf("encode identity: %w", err)
	}
	id := &identity{mspID: mspID, serialized: serialized, key: key}
	a.issued[label] = id
	return id, nil
}

func (a *authorities) root(mspID string) (*authority, error) {
	if root := a.roots[mspID]; root != nil {
		return root, nil
	}
	key, err := deriveKey("root " + mspID)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serialNumber("root " + mspID),
		Subject:               pkix.Name{CommonName: "ca." + mspID, Organization: []string{mspID}},
		NotBefore:             validFrom(),
		NotAfter:              validFrom().AddDate(50, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), deterministic{key})
	if err != nil {
		return nil, fmt.Errorf("issue root certificate of %s: %w", mspID, err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("parse root certificate of %s: %w", mspID, err)
	}
	root := &authority{certificate: certificate, key: key}
	a.roots[mspID] = root
	return root, nil
}

func validFrom() time.Time { return time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC) }

func serialNumber(label string) *big.Int {
	digest := sha256.Sum256([]byte("serial " + label))
	digest[0] &= 0x7f
	return new(big.Int).SetBytes(digest[:16])
}

// deriveKey makes a P-256 key out of a label: the same in every run, and a
// secret to nobody.
func deriveKey(label string) (*ecdsa.PrivateKey, error) {
	seed := []byte("psbc ledgertest key " + label)
	for {
		digest := sha256.Sum256(seed)
		if !bytes.Equal(digest[:4], []byte{0xff, 0xff, 0xff, 0xff}) { // below the order of P-256
			key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), digest[:])
			if err != nil {
				return nil, fmt.Errorf("derive key: %w", err)
			}
			return key, nil
		}
		seed = digest[:]
	}
}

// deterministic signs by RFC 6979, whatever source of randomness it is offered.
type deterministic struct{ *ecdsa.PrivateKey }

func (d deterministic) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return d.PrivateKey.Sign(nil, digest, opts)
}
