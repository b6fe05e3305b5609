package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	grpccredentials "google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
	"google.golang.org/grpc/status"
)

const (
	// Fabric peers disconnect clients that ping more often than once a minute
	// (peer.keepalive.minInterval).
	keepaliveInterval = time.Minute
	keepaliveTimeout  = 10 * time.Second

	// A peer that restarts is back within seconds; gRPC's default pauses grow to
	// two minutes.
	reconnectFirst   = 100 * time.Millisecond
	reconnectLongest = 1500 * time.Millisecond
	connectTimeout   = 3 * time.Second

	// maxMessage is what Fabric's peers send and take at most.
	maxMessage = 100 << 20
)

// dial makes the one connection of a client. gRPC's pick_first policy gives the
// failover: peers are tried in order, and again when the connection breaks.
func dial(peers []Peer, config grpccredentials.TransportCredentials) (*grpc.ClientConn, error) {
	addresses := make([]resolver.Address, len(peers))
	for i, peer := range peers {
		// Without a ServerName, gRPC would verify the dial target's name.
		name := peer.ServerName
		if name == "" {
			name = peer.Address
		}
		addresses[i] = resolver.Address{Addr: peer.Address, ServerName: name}
	}
	static := manual.NewBuilderWithScheme("psbc")
	static.InitialState(resolver.State{Addresses: addresses})
	return grpc.NewClient("psbc:///gateway",
		grpc.WithResolvers(static),
		grpc.WithTransportCredentials(config),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: keepaliveInterval, Timeout: keepaliveTimeout}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: reconnectFirst, Multiplier: 1.6, Jitter: 0.2, MaxDelay: reconnectLongest},
			MinConnectTimeout: connectTimeout,
		}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)),
		grpc.WithUserAgent("psbc-gateway-client"),
		grpc.WithDisableServiceConfig(),
	)
}

// probe connects, and makes sure that a Fabric gateway is at the other end, by
// a request that every gateway refuses as empty. Without it a wrong address or
// certificate would show only in the first operation, as a timeout.
func probe(ctx context.Context, conn *grpc.ClientConn, p *Profile) error {
	_, err := gatewaypb.NewGatewayClient(conn).CommitStatus(ctx, &gatewaypb.SignedCommitStatusRequest{})
	refusal := status.Convert(err)
	where := fmt.Sprintf("%s at %s", p.Body.Name, addresses(p.Peers))
	switch {
	case refusal.Code() == codes.InvalidArgument || tooManyRequests(refusal):
		return nil
	case refusal.Code() == codes.Unimplemented:
		return &Error{Op: opConnect, Kind: ErrFailedPrecondition, cause: err, Message: fmt.Sprintf(
			"the peer of %s offers no gateway service: set peer.gateway.enabled", where)}
	case errors.Is(ctx.Err(), context.Canceled):
		return &Error{Op: opConnect, Kind: ErrCanceled, cause: withContext(ctx, err), Message: "canceled while connecting"}
	default:
		return &Error{Op: opConnect, Kind: ErrUnavailable, cause: withContext(ctx, err), Message: fmt.Sprintf(
			"no peer of %s answers: %s; is the network up, and does the profile belong to it?", where, refusal.Message())}
	}
}

func addresses(peers []Peer) string {
	list := make([]string, len(peers))
	for i, peer := range peers {
		list[i] = peer.Address
	}
	return strings.Join(list, ", ")
}
