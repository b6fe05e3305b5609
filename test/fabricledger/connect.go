package fabricledger

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-gateway/pkg/hash"
	"github.com/hyperledger/fabric-gateway/pkg/identity"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// maxMessage is the most that a peer sends or takes, in bytes.
const maxMessage = 100 << 20

// Connect opens a connection as the user of a profile to the first of its peers.
// It is Fabric's plain client: what the suite's own client adds (retries, typed
// errors) would stand between a test and the ledger. The caller calls closeAll.
func Connect(profile *gateway.Profile) (connection *client.Gateway, closeAll func() error, err error) {
	if len(profile.Peers) == 0 {
		return nil, nil, errors.New("the profile names no peer")
	}
	transport, certificateHash, err := transportOf(profile)
	if err != nil {
		return nil, nil, err
	}
	conn, err := grpc.NewClient("dns:///"+profile.Peers[0].Address,
		grpc.WithTransportCredentials(transport),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)))
	if err != nil {
		return nil, nil, fmt.Errorf("connect to %s: %w", profile.Peers[0].Address, err)
	}
	id, sign, err := signerOf(profile)
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	connection, err = client.Connect(id,
		client.WithSign(sign),
		client.WithHash(hash.SHA256),
		client.WithClientConnection(conn),
		client.WithTLSClientCertificateHash(certificateHash))
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("connect to the gateway: %w", err), conn.Close())
	}
	return connection, func() error { return errors.Join(connection.Close(), conn.Close()) }, nil
}

func transportOf(profile *gateway.Profile) (credentials.TransportCredentials, []byte, error) {
	roots := x509.NewCertPool()
	pem, err := os.ReadFile(profile.TLS.RootCertificates)
	if err != nil {
		return nil, nil, fmt.Errorf("read TLS roots: %w", err)
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, nil, fmt.Errorf("%s holds no certificate", profile.TLS.RootCertificates)
	}
	pair, err := tls.LoadX509KeyPair(profile.TLS.Certificate, profile.TLS.Key)
	if err != nil {
		return nil, nil, fmt.Errorf("read TLS client certificate: %w", err)
	}
	digest := sha256.Sum256(pair.Certificate[0])
	return credentials.NewTLS(&tls.Config{
		MinVersion:   tls.VersionTLS12,
		RootCAs:      roots,
		Certificates: []tls.Certificate{pair},
		ServerName:   profile.Peers[0].ServerName,
	}), digest[:], nil
}

func signerOf(profile *gateway.Profile) (identity.Identity, identity.Sign, error) {
	pem, err := os.ReadFile(profile.Identity.Certificate)
	if err != nil {
		return nil, nil, fmt.Errorf("read certificate: %w", err)
	}
	certificate, err := identity.CertificateFromPEM(pem)
	if err != nil {
		return nil, nil, fmt.Errorf("read certificate %s: %w", profile.Identity.Certificate, err)
	}
	id, err := identity.NewX509Identity(profile.Body.MSPID, certificate)
	if err != nil {
		return nil, nil, fmt.Errorf("make identity: %w", err)
	}
	if pem, err = os.ReadFile(profile.Identity.Key); err != nil {
		return nil, nil, fmt.Errorf("read key: %w", err)
	}
	key, err := identity.PrivateKeyFromPEM(pem)
	if err != nil {
		return nil, nil, fmt.Errorf("read key %s: %w", profile.Identity.Key, err)
	}
	sign, err := identity.NewPrivateKeySign(key)
	if err != nil {
		return nil, nil, fmt.Errorf("use key %s: %w", profile.Identity.Key, err)
	}
	return id, sign, nil
}
