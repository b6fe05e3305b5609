package e2e

import (
	"testing"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/test/fabricledger"
)

// TestRealLedgerConforms runs, against real peers, the suite that the in-memory
// ledger of package ledgertest is held to.
func TestRealLedgerConforms(t *testing.T) {
	shared.healthy(t)
	var bodies []fabricledger.Body
	for _, b := range shared.Topology.Bodies {
		users := map[string]*client.Gateway{}
		for _, u := range shared.Topology.Users {
			profile, err := gateway.LoadProfile(shared.Layout.Profile(b, u.Name))
			require.NoError(t, err)
			connection, closeAll, err := fabricledger.Connect(profile)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, closeAll()) })
			users[u.Name] = connection
		}
		bodies = append(bodies, fabricledger.Body{MSPID: b.MSPID(), Users: users})
	}
	conformance.Run(t, fabricledger.New(shared.Topology.Channel, "conformance", bodies))
}
