package gateway_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

const ledgerLog = "psbc.lu/psbc/0123456789abcdef"

// witnessKey is a private key that depends on its label only.
func witnessKey(t *testing.T, mspID, label string) (ed25519.PrivateKey, tlog.Key) {
	t.Helper()
	seed := sha256.Sum256([]byte(mspID + label))
	private := ed25519.NewKeyFromSeed(seed[:])
	k, err := tlog.NewKey(tlog.WitnessName(ledgerLog, mspID), tlog.Ed25519, private.Public().(ed25519.PublicKey))
	require.NoError(t, err)
	return private, k
}

// cosignature is what the body says of a size of the log now.
func cosignature(t *testing.T, mspID string, size uint64, root string) checkpoint.CosignRequest {
	t.Helper()
	private, k := witnessKey(t, mspID, "")
	c := tlog.Checkpoint{Origin: ledgerLog, Size: size, Root: sha256.Sum256([]byte(root))}
	at := uint64(time.Now().Unix())
	return checkpoint.NewCosignRequest(c, 7, tlog.Cosignature{Name: k.Name, KeyID: k.ID, Time: at, Signature: ed25519.Sign(private, tlog.Ed25519Message(c, at))})
}

func registerWitness(t *testing.T, network *gatewaytest.Network, mspID string) *checkpoint.WitnessKey {
	t.Helper()
	_, k := witnessKey(t, mspID, "")
	registered, err := network.Client(mspID, gatewaytest.AsAdmin()).Checkpoints().RegisterKey(t.Context(), checkpoint.RegisterKeyRequest{Key: k.String()})
	require.NoError(t, err)
	return registered
}

func witnessOf(network *gatewaytest.Network, mspID string) *gateway.Checkpoints {
	return network.Client(mspID, gatewaytest.WithRole(contract.RoleWitness)).Checkpoints()
}

func TestKeysOfWitnessesAreKept(t *testing.T) {
	network, ctx := gatewaytest.New(t), t.Context()
	registered := registerWitness(t, network, "CTIEMSP")
	registerWitness(t, network, "SIGIMSP")
	require.NotEmpty(t, registered.RequestID)
	admin, reader := network.Client("CTIEMSP", gatewaytest.AsAdmin()).Checkpoints(), network.Client("SIGIMSP").Checkpoints()
	_, err := admin.RegisterKey(ctx, checkpoint.RegisterKeyRequest{Key: registered.Key})
	require.ErrorIs(t, err, gateway.ErrAlreadyExists)
	_, second := witnessKey(t, "CTIEMSP", "second")
	_, err = reader.RegisterKey(ctx, checkpoint.RegisterKeyRequest{Key: second.String()})
	require.ErrorIs(t, err, gateway.ErrPermissionDenied)
	_, err = admin.RegisterKey(ctx, checkpoint.RegisterKeyRequest{Key: second.String()})
	require.NoError(t, err)

	retired, err := admin.RetireKey(ctx, checkpoint.RetireKeyRequest{KeyID: registered.KeyID})
	require.NoError(t, err)
	require.Equal(t, retired.ClaimedTime, retired.Until, "at once")
	_, err = admin.RetireKey(ctx, checkpoint.RetireKeyRequest{KeyID: registered.KeyID})
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	revoked, err := admin.RevokeKey(ctx, checkpoint.RevokeKeyRequest{KeyID: registered.KeyID, Reason: "stolen", Since: "2026-01-01T00:00:00Z"})
	require.NoError(t, err)
	require.Equal(t, "stolen", revoked.Revoked.Reason)
	_, err = admin.RevokeKey(ctx, checkpoint.RevokeKeyRequest{KeyID: "00000000", Reason: "stolen", Since: "2026-01-01T00:00:00Z"})
	require.ErrorIs(t, err, gateway.ErrNotFound)

	page, err := reader.Keys(ctx, checkpoint.KeysRequest{Body: "CTIEMSP"})
	require.NoError(t, err)
	require.Len(t, page.Items, 2)
	require.Contains(t, page.Items, *revoked)
	require.Len(t, collect(t, reader.AllKeys(ctx, checkpoint.KeysRequest{PageSize: 1})), 3)
}

func TestBodiesCosignThroughTheClient(t *testing.T) {
	network, ctx := gatewaytest.New(t), t.Context()
	bodies := []string{"CTIEMSP", "SIGIMSP", "MinDigitalMSP", "CourDesComptesMSP"}
	for _, body := range bodies {
		registerWitness(t, network, body)
	}
	reader := network.Client("CTIEMSP").Checkpoints()
	_, err := reader.Latest(ctx, checkpoint.LatestRequest{Origin: ledgerLog})
	require.ErrorIs(t, err, gateway.ErrNotFound)
	_, err = reader.Cosign(ctx, cosignature(t, "CTIEMSP", 100, "log"))
	require.ErrorIs(t, err, gateway.ErrPermissionDenied)

	// All at once, of which only one is the first: the others try again.
	var wg sync.WaitGroup
	errs := make(chan error, len(bodies))
	for _, body := range bodies {
		witness, request := witnessOf(network, body), cosignature(t, body, 100, "log")
		wg.Go(func() {
			cosigned, err := witness.Cosign(ctx, request)
			if err == nil && cosigned.Body != body {
				err = fmt.Errorf("%s cosigned as %s", body, cosigned.Body)
			}
			errs <- err
		})
	}
	wg.Wait()
	for range bodies {
		require.NoError(t, <-errs)
	}
	latest, err := reader.Latest(ctx, checkpoint.LatestRequest{Origin: ledgerLog})
	require.NoError(t, err)
	require.Len(t, latest.Bodies, 4)
	file, err := reader.Policy(ctx, checkpoint.PolicyRequest{Origin: ledgerLog})
	require.NoError(t, err)
	policy, err := tlog.ParsePolicy([]byte(file.Policy))
	require.NoError(t, err)
	signed, err := tlog.ParseSignedCheckpoint([]byte(latest.Note))
	require.NoError(t, err)
	counted := map[string]bool{}
	for _, w := range policy.Witnesses {
		for _, c := range signed.Cosignatures {
			counted[w.Name] = counted[w.Name] || w.Key.Verify(signed.Checkpoint, c)
		}
	}
	require.True(t, policy.Count(counted))

	again, err := witnessOf(network, "CTIEMSP").Cosign(ctx, cosignature(t, "CTIEMSP", 100, "log"))
	require.NoError(t, err)
	require.Contains(t, latest.Bodies, *again, "as it stands")
	_, err = witnessOf(network, "SIGIMSP").Cosign(ctx, cosignature(t, "SIGIMSP", 200, "lie"))
	require.NoError(t, err)
	_, err = witnessOf(network, "CTIEMSP").Cosign(ctx, cosignature(t, "CTIEMSP", 200, "log"))
	require.NoError(t, err)
	standings, err := reader.At(ctx, checkpoint.AtRequest{Origin: ledgerLog, Size: 200})
	require.NoError(t, err)
	require.Len(t, standings, 2)
	nothing, err := reader.At(ctx, checkpoint.AtRequest{Origin: ledgerLog, Size: 300})
	require.NoError(t, err)
	require.Empty(t, nothing)
	_, err = reader.Policy(ctx, checkpoint.PolicyRequest{Origin: ledgerLog, Algorithm: checkpoint.MLDSA44})
	require.ErrorIs(t, err, gateway.ErrNotFound)
	_, err = reader.Latest(ctx, checkpoint.LatestRequest{Origin: ledgerLog, Quorum: 5})
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
}

func TestBadCheckpointRequestsAreRefusedBeforeAnythingIsSent(t *testing.T) {
	network, ctx := gatewaytest.New(t), t.Context()
	c := witnessOf(network, "CTIEMSP")
	network.Kill("CTIEMSP") // what is refused here is not refused by the peer
	for name, call := range map[string]func() error{
		"RegisterKey": func() error { _, err := c.RegisterKey(ctx, checkpoint.RegisterKeyRequest{Key: "x"}); return err },
		"RetireKey":   func() error { _, err := c.RetireKey(ctx, checkpoint.RetireKeyRequest{}); return err },
		"RevokeKey":   func() error { _, err := c.RevokeKey(ctx, checkpoint.RevokeKeyRequest{KeyID: "00000000"}); return err },
		"Cosign": func() error {
			_, err := c.Cosign(ctx, checkpoint.CosignRequest{Origin: ledgerLog, Size: 1})
			return err
		},
		"Latest": func() error { _, err := c.Latest(ctx, checkpoint.LatestRequest{}); return err },
		"At":     func() error { _, err := c.At(ctx, checkpoint.AtRequest{Origin: ledgerLog}); return err },
		"Policy": func() error { _, err := c.Policy(ctx, checkpoint.PolicyRequest{}); return err },
		"Keys":   func() error { _, err := c.Keys(ctx, checkpoint.KeysRequest{PageSize: -1}); return err },
	} {
		require.ErrorIs(t, call(), gateway.ErrInvalidArgument, name)
	}
}
