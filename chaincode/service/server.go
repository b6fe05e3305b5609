package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	grpcpeer "google.golang.org/grpc/peer"
)

// What the shim's own server sets (fabric-chaincode-go: shim/internal), which
// matches the peer's side.
const (
	maxMessageSize    = 100 << 20
	keepaliveTime     = time.Minute
	keepaliveTimeout  = 20 * time.Second
	keepaliveMinTime  = time.Minute
	connectionTimeout = 5 * time.Second
)

// stopTimeout bounds how long a stop waits for transactions under way. A peer gives
// up on a transaction after 30 s by default; waiting for that long helps nobody.
const stopTimeout = 10 * time.Second

// Server serves chaincodes; make one with Listen.
type Server struct {
	endpoints []*endpoint
	log       *slog.Logger
}

// endpoint is one chaincode's listener and gRPC server. Besides the chaincode, it
// answers grpc.health.v1 for the chaincode's name and for "".
type endpoint struct {
	name      string
	chaincode *shim.ChaincodeServer
	listener  net.Listener
	server    *grpc.Server
	health    *health.Server
	stop      chan struct{}
	log       *slog.Logger
}

// Serve listens and serves until ctx ends, then finishes the transactions under
// way and returns nil; see Listen for how it fails. It logs to slog.Default.
func Serve(ctx context.Context, config Config, chaincodes map[string]shim.Chaincode) error {
	server, err := Listen(config, chaincodes, slog.Default())
	if err != nil {
		return err
	}
	return server.Run(ctx)
}

// Listen opens a listener for each configured chaincode, whose code it finds in
// chaincodes by name. It fails, naming the field, when there is no such code, when
// the TLS files cannot be used, and when an address is taken.
func Listen(config Config, chaincodes map[string]shim.Chaincode, log *slog.Logger) (*Server, error) {
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("chaincode server configuration: %w", err)
	}
	tlsConfig, err := config.TLS.config(log)
	if err != nil {
		return nil, fmt.Errorf("chaincode server configuration: %w", err)
	}
	server := &Server{log: log}
	for i, cc := range config.Chaincodes {
		code, ok := chaincodes[cc.Name]
		if !ok {
			err = fmt.Errorf("chaincodes[%d].name: %q is none of %s", i, cc.Name, strings.Join(slices.Sorted(maps.Keys(chaincodes)), ", "))
		}
		var listener net.Listener
		if err == nil {
			listener, err = net.Listen("tcp", cc.Address)
		}
		if err != nil {
			server.closeListeners()
			return nil, fmt.Errorf("chaincode server: %w", err)
		}
		server.endpoints = append(server.endpoints, newEndpoint(cc, code, listener, credentials.NewTLS(tlsConfig), log))
	}
	return server, nil
}

func newEndpoint(config Chaincode, code shim.Chaincode, listener net.Listener, transport credentials.TransportCredentials, log *slog.Logger) *endpoint {
	log = log.With("chaincode", config.Name, "id", config.ID)
	e := &endpoint{
		name:      config.Name,
		chaincode: &shim.ChaincodeServer{CCID: config.ID, CC: guarded{code, log}},
		listener:  listener,
		server: grpc.NewServer(
			grpc.Creds(transport),
			grpc.MaxRecvMsgSize(maxMessageSize),
			grpc.MaxSendMsgSize(maxMessageSize),
			grpc.ConnectionTimeout(connectionTimeout),
			grpc.KeepaliveParams(keepalive.ServerParameters{Time: keepaliveTime, Timeout: keepaliveTimeout}),
			grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: keepaliveMinTime, PermitWithoutStream: true}),
		),
		health: health.NewServer(),
		stop:   make(chan struct{}),
		log:    log,
	}
	peer.RegisterChaincodeServer(e.server, e)
	grpc_health_v1.RegisterHealthServer(e.server, e.health)
	e.health.SetServingStatus(config.Name, grpc_health_v1.HealthCheckResponse_SERVING)
	return e
}

// Address returns where a chaincode is served, nil when it is not.
func (s *Server) Address(name string) net.Addr {
	for _, e := range s.endpoints {
		if e.name == name {
			return e.listener.Addr()
		}
	}
	return nil
}

// Run serves until ctx ends, then finishes the transactions under way and returns
// nil. It fails when a listener does; the others are then stopped as well.
func (s *Server) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, e := range s.endpoints {
		group.Go(func() error {
			e.log.Info("serving", "address", e.listener.Addr().String())
			if err := e.server.Serve(e.listener); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
				return fmt.Errorf("serving chaincode %s: %w", e.name, err)
			}
			return nil
		})
		group.Go(func() error {
			<-ctx.Done()
			e.shutdown()
			return nil
		})
	}
	return group.Wait()
}

// Connect talks to one peer; the shim begins by naming the package id.
func (e *endpoint) Connect(stream peer.Chaincode_ConnectServer) error {
	from := "unknown"
	if p, ok := grpcpeer.FromContext(stream.Context()); ok {
		from = p.Addr.String()
	}
	e.log.Info("peer connected", "peer", from)
	err := chat(stream, e.stop, e.chaincode.Connect)
	e.log.Info("peer disconnected", "peer", from, "reason", err)
	return err
}

func (e *endpoint) shutdown() {
	e.log.Info("stopping")
	e.health.Shutdown()
	close(e.stop)
	timer := time.AfterFunc(stopTimeout, e.server.Stop)
	defer timer.Stop()
	e.server.GracefulStop()
	e.log.Info("stopped")
}

func (s *Server) closeListeners() {
	for _, e := range s.endpoints {
		if err := e.listener.Close(); err != nil {
			s.log.Warn("closing a listener", "error", err)
		}
	}
}
