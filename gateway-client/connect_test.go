package gateway_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/stretchr/testify/require"

	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/internal/fakegateway"
)

// highS is a signer as hardware may be: of each pair of equivalent signatures
// it gives the one that Fabric refuses.
type highS struct{ key *ecdsa.PrivateKey }

func (h highS) Public() crypto.PublicKey { return h.key.Public() }

func (h highS) Sign(random io.Reader, digest []byte, options crypto.SignerOpts) ([]byte, error) {
	if options.HashFunc() != crypto.SHA256 {
		return nil, errors.New("Fabric's signatures are made over SHA-256")
	}
	r, s, err := ecdsa.Sign(random, h.key, digest)
	if err != nil {
		return nil, err
	}
	if n := h.key.Params().N; s.Cmp(new(big.Int).Rsh(n, 1)) <= 0 {
		s.Sub(n, s)
	}
	return asn1.Marshal(struct{ R, S *big.Int }{r, s})
}

func TestAnySignerSignsAsFabricDemands(t *testing.T) {
	ecdsaCheck := func(public *ecdsa.PublicKey) func(*testing.T, []byte, []byte) {
		return func(t *testing.T, message, signature []byte) {
			digest := sha256.Sum256(message)
			require.True(t, ecdsa.VerifyASN1(public, digest[:], signature))
			var parts struct{ R, S *big.Int }
			_, err := asn1.Unmarshal(signature, &parts)
			require.NoError(t, err)
			require.LessOrEqual(t, parts.S.Cmp(new(big.Int).Rsh(public.Params().N, 1)), 0, "low S")
		}
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	require.NoError(t, err)
	public, edwards, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)

	for _, test := range []struct {
		name   string
		signer crypto.Signer
		check  func(*testing.T, []byte, []byte)
	}{
		{"a key in memory", p256, ecdsaCheck(&p256.PublicKey)},
		{"hardware that gives high S", highS{p256}, ecdsaCheck(&p256.PublicKey)},
		{"hardware with P-384", highS{p384}, ecdsaCheck(&p384.PublicKey)},
		{"Ed25519", edwards, func(t *testing.T, message, signature []byte) {
			require.True(t, ed25519.Verify(public, message, signature))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			service := newScripted()
			pki := fakegateway.NewPKI(t)
			certificate := pki.Issue("hsm", test.signer.Public(), time.Now().Add(time.Hour))
			profile, err := gateway.ParseProfile(pki.Profile("CTIEMSP", certificate, "", fakegateway.Start(t, pki, service)), pki.Dir())
			require.NoError(t, err)
			client, err := gateway.Connect(t.Context(), profile, gateway.WithSigner(test.signer))
			require.NoError(t, err)
			defer client.Close()
			require.Equal(t, profile, client.Profile())
			for range 20 {
				_, err = client.Contract("any").Submit(t.Context(), gateway.Call{Function: "Write"})
				require.NoError(t, err)
			}
			for _, signed := range service.signed {
				test.check(t, signed.GetProposalBytes(), signed.GetSignature())
			}
		})
	}
}

// failing is a signer whose hardware is gone.
type failing struct{ crypto.Signer }

func (failing) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("the token was removed")
}

func TestASignerThatFailsIsReportedAndNothingIsSent(t *testing.T) {
	service := newScripted()
	pki := fakegateway.NewPKI(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	certificate := pki.Issue("hsm", key.Public(), time.Now().Add(time.Hour))
	profile, err := gateway.ParseProfile(pki.Profile("CTIEMSP", certificate, "", fakegateway.Start(t, pki, service)), pki.Dir())
	require.NoError(t, err)
	client, err := gateway.Connect(t.Context(), profile, gateway.WithSigner(failing{key}))
	require.NoError(t, err)
	defer client.Close()
	_, err = client.Contract("any").Submit(t.Context(), gateway.Call{Function: "Write"})
	require.ErrorIs(t, err, gateway.ErrInternal)
	require.ErrorContains(t, err, "the token was removed")
	require.Empty(t, service.log())
}

func TestConnectRefusesCredentialsThatCannotWork(t *testing.T) {
	pki := fakegateway.NewPKI(t)
	endpoint := fakegateway.Start(t, pki, newScripted())
	certificate, key := pki.NewIdentity("notary")
	_, otherKey := pki.NewIdentity("other")
	expiredKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	expired := pki.Issue("expired", expiredKey.Public(), time.Now().Add(-time.Minute))
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	rsaCertificate := pki.Issue("rsa", rsaKey.Public(), time.Now().Add(time.Hour))
	sec1, err := x509.MarshalECPrivateKey(expiredKey)
	require.NoError(t, err)
	pki.Write("sec1.key", pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1}))
	pki.Write("empty.pem", nil)
	pki.Write("huge.pem", bytes.Repeat([]byte("x"), 2<<20))

	tests := []struct {
		name   string
		change func(*gateway.Profile)
		signer crypto.Signer
		kind   gateway.Kind
		want   string
	}{
		{"no certificate file", func(p *gateway.Profile) { p.Identity.Certificate = "nowhere.pem" }, nil, gateway.ErrInvalidArgument, "nowhere.pem (identity.certificate)"},
		{"an empty certificate", func(p *gateway.Profile) { p.Identity.Certificate = file(pki, "empty.pem") }, nil, gateway.ErrInvalidArgument, "empty.pem (identity.certificate)"},
		{"an endless certificate", func(p *gateway.Profile) { p.Identity.Certificate = file(pki, "huge.pem") }, nil, gateway.ErrInvalidArgument, "longer than"},
		{"an expired certificate", func(p *gateway.Profile) { p.Identity.Certificate = file(pki, expired) }, expiredKey, gateway.ErrPermissionDenied, "expired on"},
		{"no key", func(p *gateway.Profile) { p.Identity.Key = "" }, nil, gateway.ErrInvalidArgument, "identity.key"},
		{"another's key", func(p *gateway.Profile) { p.Identity.Key = file(pki, otherKey) }, nil, gateway.ErrInvalidArgument, "is not the key of the certificate"},
		{"another's signer", func(*gateway.Profile) {}, expiredKey, gateway.ErrInvalidArgument, "is not the key of the certificate"},
		{"a key of another form", func(p *gateway.Profile) { p.Identity.Key = file(pki, "sec1.key") }, nil, gateway.ErrInvalidArgument, "PKCS #8"},
		{"an RSA key", func(p *gateway.Profile) { p.Identity.Certificate = file(pki, rsaCertificate) }, rsaKey, gateway.ErrInvalidArgument, "ECDSA or Ed25519"},
		{"no TLS roots", func(p *gateway.Profile) { p.TLS.RootCertificates = file(pki, "empty.pem") }, nil, gateway.ErrInvalidArgument, "tls.rootCertificates"},
		{"a TLS key that does not fit", func(p *gateway.Profile) { p.TLS.Key = file(pki, otherKey) }, nil, gateway.ErrInvalidArgument, "do not fit together"},
		{"a peer that is down", func(p *gateway.Profile) { p.Peers[0].Address = "127.0.0.1:1" }, nil, gateway.ErrUnavailable, "127.0.0.1:1"},
		{"a peer with another name", func(p *gateway.Profile) { p.Peers[0].ServerName = "peer9.test.psbc.lu" }, nil, gateway.ErrUnavailable, "peer9.test.psbc.lu"},
		{"no client certificate for a peer that demands one", func(p *gateway.Profile) { p.TLS.Certificate, p.TLS.Key = "", "" }, nil, gateway.ErrUnavailable, "no peer of CTIE at 127.0.0.1"},
		{"a profile made by hand, and wrong", func(p *gateway.Profile) { p.Channel = "" }, nil, gateway.ErrInvalidArgument, `"channel"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			profile, err := gateway.ParseProfile(pki.Profile("CTIEMSP", certificate, key, endpoint), pki.Dir())
			require.NoError(t, err)
			test.change(profile)
			options := []gateway.Option{gateway.WithTimeouts(gateway.Timeouts{Connect: time.Second})}
			if test.signer != nil {
				options = append(options, gateway.WithSigner(test.signer))
			}
			client, err := gateway.Connect(t.Context(), profile, options...)
			require.Nil(t, client)
			require.ErrorIs(t, err, test.kind)
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "PRIVATE KEY")
		})
	}

	_, err = gateway.Connect(t.Context(), nil)
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)

	profile, err := gateway.ParseProfile(pki.Profile("CTIEMSP", certificate, key, endpoint), pki.Dir())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = gateway.Connect(ctx, profile)
	require.ErrorIs(t, err, gateway.ErrCanceled)
	require.ErrorIs(t, err, context.Canceled)
}

func TestConnectRefusesAServerThatIsNoGateway(t *testing.T) {
	pki := fakegateway.NewPKI(t)
	endpoint := fakegateway.Start(t, pki, gatewaypb.UnimplementedGatewayServer{})
	certificate, key := pki.NewIdentity("notary")
	profile, err := gateway.ParseProfile(pki.Profile("CTIEMSP", certificate, key, endpoint), pki.Dir())
	require.NoError(t, err)
	_, err = gateway.Connect(t.Context(), profile)
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	require.ErrorContains(t, err, "no gateway service")
}

func TestConnectTriesTheNextPeer(t *testing.T) {
	pki := fakegateway.NewPKI(t)
	down := fakegateway.Start(t, pki, newScripted())
	down.Kill()
	certificate, key := pki.NewIdentity("notary")
	profile, err := gateway.ParseProfile(pki.Profile("CTIEMSP", certificate, key, down, fakegateway.Start(t, pki, newScripted())), pki.Dir())
	require.NoError(t, err)
	client, err := gateway.Connect(t.Context(), profile)
	require.NoError(t, err)
	require.NoError(t, client.Close())
}

func TestLogsTellWhatHappenedButNoSecret(t *testing.T) {
	var logged bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	service := newScripted()
	service.endorse = []step{{err: errLost}}
	service.submit = []step{{err: errNoQuorum}}
	pki := fakegateway.NewPKI(t)
	certificate, key := pki.NewIdentity("notary")
	require.NoError(t, os.Chmod(file(pki, key), 0o644))
	profile, err := gateway.ParseProfile(pki.Profile("CTIEMSP", certificate, key, fakegateway.Start(t, pki, service)), pki.Dir())
	require.NoError(t, err)
	client, err := gateway.Connect(t.Context(), profile, append(impatient(), gateway.WithLogger(logger))...)
	require.NoError(t, err)
	_, err = client.Contract("any").Submit(t.Context(), gateway.Call{
		Function: "Write", RequestID: "request-1", Arguments: []string{"canary argument"},
		Transient: map[string][]byte{"details": []byte("canary transient")},
	})
	require.NoError(t, err)
	require.NoError(t, client.Close())

	require.NotContains(t, logged.String(), "canary")
	var messages []string
	for line := range strings.Lines(logged.String()) {
		var entry struct{ Msg string }
		require.NoError(t, json.Unmarshal([]byte(line), &entry))
		messages = append(messages, entry.Msg)
	}
	require.Equal(t, []string{
		"others than its owner may read this key file: set its mode to 0600",
		"trying again",
		"the hand-over to ordering was not confirmed",
		"sending the same transaction again",
		"committed",
	}, messages)
	require.Contains(t, logged.String(), `"request_id":"request-1"`)
	require.Contains(t, logged.String(), `"body":"CTIEMSP"`)
}

func file(pki *fakegateway.PKI, name string) string { return filepath.Join(pki.Dir(), name) }
