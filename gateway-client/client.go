package gateway

import (
	"context"
	"crypto"
	"log/slog"
	"time"

	fabric "github.com/hyperledger/fabric-gateway/pkg/client"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	grpccredentials "google.golang.org/grpc/credentials"
)

// Names of operations in errors, logs, spans and metrics.
const (
	opConnect  = "connect"
	opProfile  = "profile"
	opSubmit   = "submit"
	opEvaluate = "evaluate"
	opStatus   = "transaction status"
	opDigest   = "digest"
)

type settings struct {
	signer   crypto.Signer
	logger   *slog.Logger
	tracers  trace.TracerProvider
	meters   metric.MeterProvider
	timeouts Timeouts
	retry    Retry

	withoutAfter bool
}

// Client is the connection of one identity to its body's peers. It is safe for
// concurrent use.
type Client struct {
	profile *Profile
	conn    *grpc.ClientConn
	gateway *fabric.Gateway
	engine  *engine
	recent  *recentCheckpoint
}

// Connect reads the profile's credentials, connects to the first of its peers
// that answers, and returns a Client that fails over to the others, and
// reconnects, on its own. The context bounds Connect only.
//
// Errors match ErrInvalidArgument when the credentials are unusable (the
// message names the file), ErrPermissionDenied when a certificate has expired,
// and ErrUnavailable when no peer answers.
func Connect(ctx context.Context, profile *Profile, options ...Option) (*Client, error) {
	var s settings
	for _, option := range options {
		option(&s)
	}
	s.applyDefaults()

	if profile == nil {
		return nil, invalid("there is no profile: load one")
	}
	if err := profile.validate(); err != nil {
		return nil, err
	}
	creds, err := loadCredentials(profile, s.signer, time.Now())
	if err != nil {
		return nil, err
	}
	for _, path := range exposedKeys(profile) {
		s.logger.WarnContext(ctx, "others than its owner may read this key file: set its mode to 0600", "file", path)
	}
	telemetry, err := newTelemetry(s.tracers, s.meters)
	if err != nil {
		return nil, &Error{Op: opConnect, Kind: ErrInternal, Message: "the meter provider refused an instrument", cause: err}
	}
	conn, err := dial(profile.Peers, grpccredentials.NewTLS(creds.tls))
	if err != nil {
		return nil, &Error{Op: opConnect, Kind: ErrInternal, Message: "set up the connection: " + err.Error(), cause: err}
	}
	c, err := attach(ctx, profile, conn, creds, s, telemetry)
	if err != nil {
		_ = conn.Close() // nothing was sent on it; the first error tells more
		return nil, err
	}
	return c, nil
}

// attach makes the client on a connection that answers.
func attach(ctx context.Context, p *Profile, conn *grpc.ClientConn, creds *credentials, s settings, t *telemetry) (*Client, error) {
	probeCtx, cancel := context.WithTimeout(ctx, s.timeouts.Connect)
	defer cancel()
	if err := probe(probeCtx, conn, p); err != nil {
		return nil, err
	}
	sign, hash, err := signingFunctions(creds.signer)
	if err != nil {
		return nil, invalid("%s (identity.certificate): %v", p.Identity.Certificate, err)
	}
	connectOptions := []fabric.ConnectOption{
		fabric.WithClientConnection(conn), fabric.WithSign(sign), fabric.WithHash(hash),
	}
	if creds.tlsCertHash != nil {
		connectOptions = append(connectOptions, fabric.WithTLSClientCertificateHash(creds.tlsCertHash))
	}
	gateway, err := fabric.Connect(creds.identity, connectOptions...)
	if err != nil {
		return nil, &Error{Op: opConnect, Kind: ErrInternal, Message: err.Error(), cause: err}
	}
	c := &Client{profile: p, conn: conn, gateway: gateway, engine: &engine{
		gateway:   gateway,
		network:   gateway.GetNetwork(p.Channel),
		channel:   p.Channel,
		mspID:     p.Body.MSPID,
		timeouts:  s.timeouts,
		retry:     s.retry,
		log:       s.logger.With("channel", p.Channel, "body", p.Body.MSPID, "user", p.User),
		telemetry: t,
	}}
	c.recent = recentCheckpointOf(c, s)
	return c, nil
}

// Close ends the connection. Operations in flight fail.
func (c *Client) Close() error {
	if err := c.gateway.Close(); err != nil {
		return err
	}
	return c.conn.Close()
}

// Profile is what the client connected with. It must not be changed.
func (c *Client) Profile() *Profile { return c.profile }

// Notary notarises documents, with the channel's chaincode "notary".
func (c *Client) Notary() *Notary {
	return &Notary{contract: c.Contract(notaryChaincode), mspID: c.profile.Body.MSPID, recent: c.recent}
}

// Contract gives access to any chaincode on the channel by its name.
func (c *Client) Contract(chaincode string) *Contract {
	return &Contract{engine: c.engine, chaincode: chaincode}
}

// TransactionStatus waits until a transaction is committed, and tells the
// verdict. It returns at once for one that is committed already. When the
// transaction is not committed within Timeouts.Commit or before the context
// ends, the error matches ErrOutcomeUnknown.
func (c *Client) TransactionStatus(ctx context.Context, txID string) (*TransactionStatus, error) {
	op := &operation{name: opStatus}
	ctx, end := c.engine.telemetry.begin(ctx, op)
	status, err := c.engine.ask(ctx, op, txID, c.engine.timeouts.Commit)
	if err != nil {
		err = c.engine.unknown(ctx, op, txID, err)
	}
	end(err)
	if err != nil {
		return nil, err
	}
	return status, nil
}
