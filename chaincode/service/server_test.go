package service

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"testing"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"
	grpcpeer "google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"google.golang.org/grpc"
)

// probe is chaincode that does what its function is called.
type probe struct {
	entered chan struct{}
	proceed chan struct{}
}

func newProbe() *probe { return &probe{make(chan struct{}), make(chan struct{})} }

func (p *probe) Init(shim.ChaincodeStubInterface) *peer.Response { return shim.Success(nil) }

func (p *probe) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	function, _ := stub.GetFunctionAndParameters()
	switch function {
	case "panic":
		panic("oh")
	case "refuse":
		return shim.Error("NOT_FOUND: nothing here")
	case "misuse":
		return shim.Error("Contract not found with name treasury")
	case "block":
		p.entered <- struct{}{}
		<-p.proceed
	}
	return shim.Success([]byte("done: " + function))
}

// served is a running server.
type served struct {
	authority *authority
	files     TLS
	address   string
	stop      context.CancelFunc
	result    chan error
}

func serve(t *testing.T, code shim.Chaincode) *served {
	t.Helper()
	a := newAuthority(t)
	s := &served{authority: a, files: a.files(t.TempDir()), result: make(chan error, 1)}
	server, err := Listen(Config{
		Chaincodes: []Chaincode{{Name: "probe", ID: "probe:1", Address: "127.0.0.1:0"}},
		Bodies:     []string{"CTIEMSP"},
		TLS:        s.files,
	}, map[string]shim.Chaincode{"probe": code}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	s.address = server.Address("probe").String()
	require.Nil(t, server.Address("other"))

	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	go func() { s.result <- server.Run(ctx) }()
	t.Cleanup(cancel)
	return s
}

func (s *served) stopped(t *testing.T) {
	t.Helper()
	select {
	case err := <-s.result:
		require.NoError(t, err)
	case <-time.After(20 * time.Second):
		t.Fatal("the server did not stop")
	}
}

func TestAPeerInvokesTheChaincode(t *testing.T) {
	s := serve(t, newProbe())
	p, id := connect(t, s.authority.dial(s.address, s.authority))
	require.Equal(t, "probe:1", id)
	require.Equal(t, "done: something", string(p.invoke("something").GetPayload()))
	s.stop()
	s.stopped(t)
}

func TestAPanicEndsATransactionAndNotTheServer(t *testing.T) {
	s := serve(t, newProbe())
	p, _ := connect(t, s.authority.dial(s.address, s.authority))
	response := p.invoke("panic")
	require.EqualValues(t, shim.ERROR, response.GetStatus())
	require.Equal(t, "INTERNAL: the chaincode failed unexpectedly; its server's log says more", response.GetMessage())
	require.Equal(t, "done: next", string(p.invoke("next").GetPayload()))
}

func TestEveryRefusalHasACode(t *testing.T) {
	s := serve(t, newProbe())
	p, _ := connect(t, s.authority.dial(s.address, s.authority))
	require.Equal(t, "NOT_FOUND: nothing here", p.invoke("refuse").GetMessage())
	require.Equal(t, "INVALID_ARGUMENT: Contract not found with name treasury", p.invoke("misuse").GetMessage())
}

func TestOnlyThePeersAuthorityLetsIn(t *testing.T) {
	s := serve(t, newProbe())
	stranger := newAuthority(t)
	stream, err := peer.NewChaincodeClient(stranger.dial(s.address, s.authority)).Connect(t.Context())
	if err == nil {
		_, err = stream.Recv()
	}
	require.Equal(t, codes.Unavailable, status.Code(err), "%v", err)
}

func TestStoppingWaitsForTheTransactionUnderWay(t *testing.T) {
	code := newProbe()
	s := serve(t, code)
	connection := s.authority.dial(s.address, s.authority)
	p, _ := connect(t, connection)
	idle, _ := connect(t, connection)

	p.begin("tx1", "block")
	<-code.entered
	s.stop()

	// The idle stream ends at once, which shows that the server is stopping.
	_, err := idle.stream.Recv()
	require.ErrorIs(t, err, io.EOF)
	p.begin("tx2", "too late")
	select {
	case err := <-s.result:
		t.Fatalf("stopped with a transaction under way: %v", err)
	default:
	}

	close(code.proceed)
	require.Equal(t, "done: block", string(p.answer().GetPayload()))
	_, err = p.stream.Recv()
	require.ErrorIs(t, err, io.EOF, "the later transaction is not begun")
	s.stopped(t)
}

func TestThePeerMayHangUp(t *testing.T) {
	s := serve(t, newProbe())
	connection := s.authority.dial(s.address, s.authority)
	p, _ := connect(t, connection)
	require.NoError(t, p.stream.CloseSend())
	_, err := p.stream.Recv()
	require.Error(t, err)
	again, _ := connect(t, connection)
	require.Equal(t, "done: x", string(again.invoke("x").GetPayload()))
}

func TestHealthIsTold(t *testing.T) {
	s := serve(t, newProbe())
	client := grpc_health_v1.NewHealthClient(s.authority.dial(s.address, s.authority))
	for _, service := range []string{"", "probe"} {
		answer, err := client.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: service})
		require.NoError(t, err)
		require.Equal(t, grpc_health_v1.HealthCheckResponse_SERVING, answer.GetStatus())
	}
	_, err := client.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: "other"})
	require.Equal(t, codes.NotFound, status.Code(err))
}

// serial connects anew and returns the serial number of the server's certificate.
func (s *served) serial(t *testing.T) int64 {
	t.Helper()
	var p grpcpeer.Peer
	_, err := grpc_health_v1.NewHealthClient(s.authority.dial(s.address, s.authority)).
		Check(t.Context(), &grpc_health_v1.HealthCheckRequest{}, grpc.Peer(&p))
	require.NoError(t, err)
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	require.True(t, ok)
	return info.State.PeerCertificates[0].SerialNumber.Int64()
}

func TestARenewedCertificateNeedsNoRestart(t *testing.T) {
	s := serve(t, newProbe())
	first := s.serial(t)
	require.Equal(t, first, s.serial(t))

	certificate, key := s.authority.issue("server")
	require.NoError(t, os.WriteFile(s.files.Certificate, certificate, 0o600))
	require.NoError(t, os.WriteFile(s.files.Key, key, 0o600))
	second := s.serial(t)
	require.Greater(t, second, first)

	require.NoError(t, os.WriteFile(s.files.Key, []byte("torn"), 0o600))
	require.Equal(t, second, s.serial(t), "the last good files serve on")
}

func TestWhatCannotBeServedIsNamed(t *testing.T) {
	a := newAuthority(t)
	good := Config{
		Chaincodes: []Chaincode{{Name: "probe", ID: "probe:1", Address: "127.0.0.1:0"}},
		Bodies:     []string{"CTIEMSP"},
		TLS:        a.files(t.TempDir()),
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = taken.Close() })
	empty := t.TempDir() + "/empty.pem"
	require.NoError(t, os.WriteFile(empty, nil, 0o600))

	for _, tc := range []struct {
		name  string
		spoil func(*Config)
		want  string
	}{
		{"an unknown chaincode", func(c *Config) {
			c.Chaincodes = append(c.Chaincodes, Chaincode{Name: "treasury", ID: "x", Address: "127.0.0.1:0"})
		}, `chaincodes[1].name: "treasury" is none of probe`},
		{"a taken address", func(c *Config) { c.Chaincodes = []Chaincode{{Name: "probe", ID: "x", Address: taken.Addr().String()}} }, taken.Addr().String()},
		{"no certificate", func(c *Config) { c.TLS.Certificate = empty + ".none" }, "tls.certificate, tls.key: "},
		{"a key that is none", func(c *Config) { c.TLS.Key = empty }, "tls.certificate, tls.key: "},
		{"no authority", func(c *Config) { c.TLS.ClientCA = empty }, "tls.clientCA: "},
		{"an authority's file that is not there", func(c *Config) { c.TLS.ClientCA = empty + ".none" }, "tls.clientCA: "},
		{"a bad configuration", func(c *Config) { c.Bodies = nil }, "bodies: is empty"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			config := good
			tc.spoil(&config)
			err := Serve(t.Context(), config, map[string]shim.Chaincode{"probe": newProbe()})
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestServingEndsWithItsContext(t *testing.T) {
	a := newAuthority(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, Serve(ctx, Config{
		Chaincodes: []Chaincode{{Name: "probe", ID: "probe:1", Address: "127.0.0.1:0"}},
		Bodies:     []string{"CTIEMSP"},
		TLS:        a.files(t.TempDir()),
	}, map[string]shim.Chaincode{"probe": newProbe()}))
}
