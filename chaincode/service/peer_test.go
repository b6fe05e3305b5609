package service

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/proto"
)

// authority issues the certificates of a test.
type authority struct {
	t           *testing.T
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	serial      int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, serial: 1}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := a.template("authority")
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	a.key = key
	a.certificate, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	return a
}

func (a *authority) template(name string) *x509.Certificate {
	a.serial++
	return &x509.Certificate{
		SerialNumber: big.NewInt(a.serial),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{"localhost"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
}

// issue returns a certificate and its key, PEM-encoded.
func (a *authority) issue(name string) (certificate, key []byte) {
	a.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	der, err := x509.CreateCertificate(rand.Reader, a.template(name), a.certificate, private.Public(), a.key)
	require.NoError(a.t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(a.t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// files writes a server's TLS files into a folder.
func (a *authority) files(dir string) TLS {
	a.t.Helper()
	certificate, key := a.issue("server")
	files := TLS{filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key"), filepath.Join(dir, "ca.pem")}
	require.NoError(a.t, os.WriteFile(files.Certificate, certificate, 0o600))
	require.NoError(a.t, os.WriteFile(files.Key, key, 0o600))
	require.NoError(a.t, os.WriteFile(files.ClientCA, a.pem(), 0o600))
	return files
}

// dial connects as the holder of a certificate of the authority.
func (a *authority) dial(address string, trusted *authority) *grpc.ClientConn {
	a.t.Helper()
	config := &tls.Config{ServerName: "localhost", RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
	config.RootCAs.AddCert(trusted.certificate)
	certificate, key := a.issue("peer")
	pair, err := tls.X509KeyPair(certificate, key)
	require.NoError(a.t, err)
	config.Certificates = []tls.Certificate{pair}
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(credentials.NewTLS(config)))
	require.NoError(a.t, err)
	a.t.Cleanup(func() { _ = connection.Close() })
	return connection
}

// fakePeer plays the peer's side of the chaincode protocol.
type fakePeer struct {
	t      *testing.T
	stream peer.Chaincode_ConnectClient
}

// connect registers the chaincode and returns its package id.
func connect(t *testing.T, connection *grpc.ClientConn) (*fakePeer, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	stream, err := peer.NewChaincodeClient(connection).Connect(ctx)
	require.NoError(t, err)
	p := &fakePeer{t, stream}
	registration := p.receive()
	require.Equal(t, peer.ChaincodeMessage_REGISTER, registration.GetType())
	var id peer.ChaincodeID
	require.NoError(t, proto.Unmarshal(registration.GetPayload(), &id))
	p.send(&peer.ChaincodeMessage{Type: peer.ChaincodeMessage_REGISTERED})
	p.send(&peer.ChaincodeMessage{Type: peer.ChaincodeMessage_READY})
	return p, id.GetName()
}

func (p *fakePeer) send(m *peer.ChaincodeMessage) {
	p.t.Helper()
	require.NoError(p.t, p.stream.Send(m))
}

func (p *fakePeer) receive() *peer.ChaincodeMessage {
	p.t.Helper()
	m, err := p.stream.Recv()
	require.NoError(p.t, err)
	return m
}

// begin asks for a transaction without waiting for its answer.
func (p *fakePeer) begin(tx, function string) {
	p.t.Helper()
	input, err := proto.Marshal(&peer.ChaincodeInput{Args: [][]byte{[]byte(function)}})
	require.NoError(p.t, err)
	p.send(&peer.ChaincodeMessage{Type: peer.ChaincodeMessage_TRANSACTION, Payload: input, Txid: tx, ChannelId: "psbc"})
}

func (p *fakePeer) answer() *peer.Response {
	p.t.Helper()
	m := p.receive()
	require.Equal(p.t, peer.ChaincodeMessage_COMPLETED, m.GetType())
	var response peer.Response
	require.NoError(p.t, proto.Unmarshal(m.GetPayload(), &response))
	return &response
}

func (p *fakePeer) invoke(function string) *peer.Response {
	p.t.Helper()
	p.begin("tx-"+function, function)
	return p.answer()
}
