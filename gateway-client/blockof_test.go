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

func TestTheBlockOfATransactionIsTheOneThatHasIt(t *testing.T) {
	network := gatewaytest.New(t)
	client := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleNotary))
	begin, err := client.Height(t.Context())
	require.NoError(t, err)
	for i := range uint64(3) {
		digest := notary.Digest(fmt.Sprintf("sha2-256:%x", sha256.Sum256(fmt.Append(nil, i))))
		record, err := client.Notary().Notarise(t.Context(), gateway.NotariseRequest{Item: notary.Item{Digest: digest}})
		require.NoError(t, err)

		b, err := client.BlockOf(t.Context(), record.TxID)
		require.NoError(t, err)
		require.Equal(t, begin+i, b.GetHeader().GetNumber())
		same, err := client.BlockAt(t.Context(), begin+i)
		require.NoError(t, err)
		require.Equal(t, b.GetHeader().GetDataHash(), same.GetHeader().GetDataHash())
		height, err := client.Height(t.Context())
		require.NoError(t, err)
		require.Equal(t, begin+i+1, height)
	}
}

func TestWhatThePeerHasNotCommittedIsNotFound(t *testing.T) {
	client := gatewaytest.New(t).Client("CTIEMSP")
	_, err := client.BlockOf(t.Context(), "0123")
	require.ErrorIs(t, err, gateway.ErrNotFound)
	require.ErrorContains(t, err, "0123")
	_, err = client.BlockAt(t.Context(), 1000)
	require.ErrorIs(t, err, gateway.ErrNotFound)
}
