package gateway_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

func after(size uint64, root string) *gateway.After {
	return &gateway.After{Size: size, Root: fmt.Sprintf("%x", sha256.Sum256([]byte(root)))}
}

func TestANotarisationNamesTheLatestCheckpointOfAQuorum(t *testing.T) {
	network, ctx := gatewaytest.New(t), t.Context()
	fresh := func(options ...gateway.Option) *gateway.Notary { // with nothing in its memory
		return network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleNotary), gatewaytest.WithOrigin(ledgerLog), gatewaytest.WithOptions(options...)).Notary()
	}
	one := func(name string) gateway.NotariseRequest {
		return gateway.NotariseRequest{RequestID: "request-" + name, Item: notary.Item{Digest: documentDigest(len(name))}}
	}
	none, err := fresh().Notarise(ctx, one("a"))
	require.NoError(t, err, "without one it is as good")
	require.Nil(t, none.After)

	bodies := []string{"CTIEMSP", "SIGIMSP", "MinDigitalMSP", "CourDesComptesMSP"}
	for _, body := range bodies {
		registerWitness(t, network, body)
		_, err := witnessOf(network, body).Cosign(ctx, cosignature(t, body, 100, "log"))
		require.NoError(t, err)
	}
	_, err = witnessOf(network, "CTIEMSP").Cosign(ctx, cosignature(t, "CTIEMSP", 200, "log of one"))
	require.NoError(t, err)

	want := after(100, "log")
	n := fresh()
	named, err := n.Notarise(ctx, one("bb"))
	require.NoError(t, err)
	require.Equal(t, want, named.After)
	_, err = n.NotariseBatch(ctx, gateway.BatchRequest{Items: []notary.Item{{Digest: documentDigest(10)}, {Digest: documentDigest(11), After: after(50, "own")}}})
	require.NoError(t, err)
	for digest, want := range map[notary.Digest]*gateway.After{documentDigest(10): want, documentDigest(11): after(50, "own")} {
		record, err := n.Read(ctx, gateway.RecordRequest{Digest: digest})
		require.NoError(t, err)
		require.Equal(t, want, record.After)
	}
	batch, err := n.NotariseMany(ctx, readyDocuments(3), manyOptions(t))
	require.NoError(t, err)
	defer closed(t, batch)
	require.Equal(t, want, batch.Anchor().After)
	anchor, err := n.AnchorBatch(ctx, gateway.AnchorRequest{Root: want.Root, Count: 2, Algorithm: notary.SHA2_256})
	require.NoError(t, err)
	require.Equal(t, want, anchor.After)

	t.Run("a repeated request keeps what it named first", func(t *testing.T) {
		again, err := n.Notarise(ctx, one("a"))
		require.NoError(t, err)
		require.Equal(t, none, again)
	})
	t.Run("a request may name its own", func(t *testing.T) {
		request := one("ccc")
		request.After = after(7, "older")
		record, err := n.Notarise(ctx, request)
		require.NoError(t, err)
		require.Equal(t, request.After, record.After)
	})
	t.Run("it may be left out", func(t *testing.T) {
		record, err := fresh(gateway.WithoutAfter()).Notarise(ctx, one("dddd"))
		require.NoError(t, err)
		require.Nil(t, record.After)
	})
}
