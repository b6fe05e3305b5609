// Package fakegateway runs gateway services in the test's own process, on real
// gRPC connections with mutual TLS, and makes the profiles to reach them. It is
// the ground that gatewaytest and this module's own tests stand on.
package fakegateway

import (
	"net"
	"sync"

	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// ServerName is the name in every endpoint's certificate, as a peer's is not
// that of the loopback address either.
const ServerName = "peer0.test.psbc.lu"

// TB is the part of testing.TB that this package needs.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Endpoint is one gateway peer's address. It can be killed and started again.
type Endpoint struct {
	tb      TB
	service gatewaypb.GatewayServer
	creds   credentials.TransportCredentials
	address string

	mu     sync.Mutex
	server *grpc.Server
}

// Start serves on a free port of the loopback interface until the test ends. A service
// that is a peer.DeliverServer too delivers blocks.
func Start(tb TB, pki *PKI, service gatewaypb.GatewayServer) *Endpoint {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("listen: %v", err)
	}
	e := &Endpoint{tb: tb, service: service, creds: credentials.NewTLS(pki.serverTLS()), address: listener.Addr().String()}
	e.serve(listener)
	tb.Cleanup(e.Kill)
	return e
}

// Address is "host:port"; it stays the same over Kill and Restart.
func (e *Endpoint) Address() string { return e.address }

// Kill cuts every connection and stops listening, as kill -9 does.
func (e *Endpoint) Kill() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server != nil {
		e.server.Stop()
		e.server = nil
	}
}

// Restart listens again after a Kill.
func (e *Endpoint) Restart() {
	e.tb.Helper()
	listener, err := net.Listen("tcp", e.address)
	if err != nil {
		e.tb.Fatalf("listen again: %v", err)
	}
	e.serve(listener)
}

func (e *Endpoint) serve(listener net.Listener) {
	e.mu.Lock()
	defer e.mu.Unlock()
	// Handlers must not be waited for: a killed process does not wait either.
	e.server = grpc.NewServer(grpc.Creds(e.creds), grpc.WaitForHandlers(false))
	gatewaypb.RegisterGatewayServer(e.server, e.service)
	if blocks, ok := e.service.(peer.DeliverServer); ok {
		peer.RegisterDeliverServer(e.server, blocks)
	}
	go func(server *grpc.Server) { _ = server.Serve(listener) }(e.server) // ends with Kill
}
