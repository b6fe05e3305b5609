package gateway

import (
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/identity"
)

// credentials is what a profile's files hold.
type credentials struct {
	identity    identity.Identity
	signer      crypto.Signer
	tls         *tls.Config
	tlsCertHash []byte // SHA-256 of the client's TLS certificate, nil without
}

// loadCredentials reads and cross-checks every file of a profile. now decides
// about expiry. signer, when not nil, stands in for the identity's key file.
func loadCredentials(p *Profile, signer crypto.Signer, now time.Time) (*credentials, error) {
	certificate, err := loadCertificate("identity.certificate", p.Identity.Certificate, now)
	if err != nil {
		return nil, err
	}
	if signer == nil {
		if signer, err = loadKey("identity.key", p.Identity.Key); err != nil {
			return nil, err
		}
	}
	if !matches(signer.Public(), certificate) {
		return nil, invalid("the signing key is not the key of the certificate in %s (identity.certificate): use the key that was made with it",
			p.Identity.Certificate)
	}
	id, err := identity.NewX509Identity(p.Body.MSPID, certificate)
	if err != nil {
		return nil, invalid("%s (identity.certificate): %v", p.Identity.Certificate, err)
	}
	config, hash, err := loadTLS(p.TLS, now)
	if err != nil {
		return nil, err
	}
	return &credentials{identity: id, signer: signer, tls: config, tlsCertHash: hash}, nil
}

// loadTLS makes the TLS configuration: 1.3 where the peer can, else 1.2. The
// server's name is set per peer by the transport.
func loadTLS(files ProfileTLS, now time.Time) (*tls.Config, []byte, error) {
	pem, err := readFile("tls.rootCertificates", files.RootCertificates)
	if err != nil {
		return nil, nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, nil, invalid("%s (tls.rootCertificates) holds no PEM certificate: fetch the TLS CA certificate of the peers anew", files.RootCertificates)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
	if files.Certificate == "" {
		return config, nil, nil
	}
	if _, err := loadCertificate("tls.certificate", files.Certificate, now); err != nil {
		return nil, nil, err
	}
	certificate, err := readFile("tls.certificate", files.Certificate)
	if err != nil {
		return nil, nil, err
	}
	key, err := readFile("tls.key", files.Key)
	if err != nil {
		return nil, nil, err
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return nil, nil, invalid("%s and %s (tls.certificate, tls.key) do not fit together: %v", files.Certificate, files.Key, err)
	}
	config.Certificates = []tls.Certificate{pair}
	hash := sha256.Sum256(pair.Certificate[0])
	return config, hash[:], nil
}

func loadCertificate(field, path string, now time.Time) (*x509.Certificate, error) {
	pem, err := readFile(field, path)
	if err != nil {
		return nil, err
	}
	certificate, err := identity.CertificateFromPEM(pem)
	if err != nil {
		return nil, invalid("%s (%s) is not a PEM certificate: %v", path, field, err)
	}
	if now.After(certificate.NotAfter) {
		return nil, &Error{Op: opConnect, Kind: ErrPermissionDenied, Message: fmt.Sprintf(
			"the certificate %s (%s) expired on %s: have the body's certificate authority renew it",
			path, field, certificate.NotAfter.UTC().Format(time.RFC3339))}
	}
	return certificate, nil
}

func loadKey(field, path string) (crypto.Signer, error) {
	if path == "" {
		return nil, invalid("the profile names no %s: add it, or give a signer", field)
	}
	pem, err := readFile(field, path)
	if err != nil {
		return nil, err
	}
	key, err := identity.PrivateKeyFromPEM(pem)
	if err != nil {
		// The cause is left out: it must not quote a line of a private key.
		return nil, invalid("%s (%s) is not a PEM private key in PKCS #8 form", path, field)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, invalid("%s (%s) holds a %T, which cannot sign", path, field, key)
	}
	return signer, nil
}

// exposedKeys lists the key files that others than their owner may read.
func exposedKeys(p *Profile) []string {
	var exposed []string
	for _, path := range []string{p.Identity.Key, p.TLS.Key} {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
			exposed = append(exposed, path)
		}
	}
	return exposed
}

// matches reports whether the public key is the certificate's.
func matches(public crypto.PublicKey, certificate *x509.Certificate) bool {
	key, ok := public.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(certificate.PublicKey)
}

// maxCredential bounds a PEM file: a chain of certificates is a few KB.
const maxCredential = 1 << 20

func readFile(field, path string) ([]byte, error) {
	data, err := readBounded(path, maxCredential)
	if err != nil {
		cause := err
		var pathErr *fs.PathError
		if errors.As(err, &pathErr) {
			cause = pathErr.Err // the path is said already
		}
		return nil, invalid("cannot read %s (%s): %v; is the network's material complete, and the profile up to date?", path, field, cause)
	}
	return data, nil
}

func invalid(format string, args ...any) *Error {
	return &Error{Op: opConnect, Kind: ErrInvalidArgument, Message: fmt.Sprintf(format, args...)}
}
