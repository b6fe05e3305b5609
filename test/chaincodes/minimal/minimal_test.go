package minimal_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/test/chaincodes/minimal"
)

func TestAValuePutIsTheValueGot(t *testing.T) {
	client := ledgertest.New(t, minimal.Chaincode{}).Client("CTIEMSP")

	value, err := client.Evaluate("Get", "key")
	require.NoError(t, err)
	require.Empty(t, value)

	_, err = client.Submit("Put", "key", "value")
	require.NoError(t, err)
	value, err = client.Evaluate("Get", "key")
	require.NoError(t, err)
	require.Equal(t, "value", string(value))
}

func TestAnUnknownFunctionIsRefused(t *testing.T) {
	client := ledgertest.New(t, minimal.Chaincode{}).Client("CTIEMSP")

	for _, call := range [][]string{{"Nothing"}, {"Get"}, {"Put"}, {"Put", "", "value"}} {
		_, err := client.Submit(call[0], call[1:]...)
		var refused *ledgertest.ChaincodeError
		require.ErrorAs(t, err, &refused)
		require.EqualValues(t, 500, refused.Status)
	}
}

func BenchmarkPut(b *testing.B) {
	client := ledgertest.New(b, minimal.Chaincode{}).Client("CTIEMSP")
	for b.Loop() {
		if _, err := client.Submit("Put", "key", "value"); err != nil {
			b.Fatal(err)
		}
	}
}
