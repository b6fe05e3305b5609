package network

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"time"

	adminid "github.com/hyperledger/fabric-admin-sdk/pkg/identity"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"

	"github.com/psbc-lu/psbc/network/identity"
)

// maxMessage is the peers' own limit for a message (core.yaml, maxRecvMsgSize).
const maxMessage = 100 << 20

// admin is a body's administrator towards the body's own nodes.
type admin struct {
	body Body
	id   adminid.SigningIdentity
	tls  *tls.Config
}

func newAdmin(t *Topology, l Layout, b Body) (*admin, error) {
	dir := l.user(b, t.Admin().Name)
	cert, err := adminid.ReadCertificate(filepath.Join(dir, identity.SignCert))
	if err != nil {
		return nil, fmt.Errorf("administrator of %s: %w", b.Name, err)
	}
	key, err := adminid.ReadPrivateKey(filepath.Join(dir, identity.SignKey))
	if err != nil {
		return nil, fmt.Errorf("administrator of %s: %w", b.Name, err)
	}
	id, err := adminid.NewPrivateKeySigningIdentity(b.MSPID(), cert, key)
	if err != nil {
		return nil, fmt.Errorf("administrator of %s: %w", b.Name, err)
	}
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, identity.TLSCert), filepath.Join(dir, identity.TLSKey))
	if err != nil {
		return nil, fmt.Errorf("TLS key of %s's administrator: %w", b.Name, err)
	}
	root, err := os.ReadFile(l.tlsCA(b))
	if err != nil {
		return nil, fmt.Errorf("TLS authority of %s: %w", b.Name, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(root) {
		return nil, fmt.Errorf("TLS authority of %s: no certificate in %s", b.Name, l.tlsCA(b))
	}
	return &admin{body: b, id: id, tls: &tls.Config{
		RootCAs: pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12,
	}}, nil
}

// certHash is what Fabric binds signed requests to when TLS is mutual.
func (c *admin) certHash() []byte {
	sum := sha256.Sum256(c.tls.Certificates[0].Certificate[0])
	return sum[:]
}

func (c *admin) tlsFor(n Node) *tls.Config {
	cfg := c.tls.Clone()
	cfg.ServerName = n.ServerName
	return cfg
}

// dial prepares a connection to one of the body's peers; it connects on use.
func (c *admin) dial(n Node) (*grpc.ClientConn, error) {
	retry := backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.5, Jitter: 0.2, MaxDelay: time.Second}
	return grpc.NewClient(n.Address(),
		grpc.WithTransportCredentials(credentials.NewTLS(c.tlsFor(n))),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: retry, MinConnectTimeout: 5 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage), grpc.WaitForReady(true)))
}

// participation calls an orderer's channel participation API
// (fabric/orderer/common/channelparticipation/restapi.go).
func (c *admin) participation(ctx context.Context, n Node, method, channel string, block []byte) ([]byte, error) {
	url := "https://" + n.AdminAddress() + "/participation/v1/channels"
	if channel != "" {
		url += "/" + channel
	}
	var body io.Reader
	contentType := ""
	if block != nil {
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		part, err := w.CreateFormFile("config-block", "config.block")
		if err != nil {
			return nil, err
		}
		if _, err := part.Write(block); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		body, contentType = &form, w.FormDataContentType()
	}
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	transport := &http.Transport{TLSClientConfig: c.tlsFor(n)}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport, Timeout: 30 * time.Second}).Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return nil, errNoChannel
	case resp.StatusCode >= 300:
		return nil, fmt.Errorf("%s answers %s: %s", n.Name, resp.Status, bytes.TrimSpace(data))
	}
	return data, nil
}

var errNoChannel = errors.New("the orderer is not in the channel")

// ordererHeight is an orderer's block height on the channel.
func (c *admin) ordererHeight(ctx context.Context, n Node, channel string) (uint64, error) {
	data, err := c.participation(ctx, n, http.MethodGet, channel, nil)
	if err != nil {
		return 0, err
	}
	var info struct {
		Height uint64 `json:"height"`
		Status string `json:"status"`
	}
	if err := json.Unmarshal(data, &info); err != nil {
		return 0, fmt.Errorf("%s: %w", n.Name, err)
	}
	return info.Height, nil
}
