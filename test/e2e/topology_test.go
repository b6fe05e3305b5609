package e2e

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/network"
)

// TestOtherTopologiesWorkToo: the smallest, and one whose bodies run different
// numbers of nodes.
func TestOtherTopologiesWorkToo(t *testing.T) {
	for name, text := range map[string]string{
		"one body": "basePort: 0\nbodies: [{name: Solo, peers: 1, orderers: 1}]\n",
		"two bodies, one with two peers and no orderer": "basePort: 0\nchannel: communes\nbodies:\n" +
			"  - {name: Esch, peers: 2, orderers: 0}\n  - {name: Wiltz, peers: 1, orderers: 3}\n",
	} {
		t.Run(name, func(t *testing.T) {
			top, err := network.ParseTopology([]byte(text))
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), upLimit)
			defer cancel()
			n, err := network.Up(ctx, shared.Source, filepath.Join(t.TempDir(), "run"), network.UpOptions{
				Topology: top, Chaincodes: []network.Chaincode{{Name: "notary", Server: suiteServer}},
			})
			require.NoError(t, err)
			t.Cleanup(func() {
				_, err := n.Down(context.Background())
				require.NoError(t, err)
			})
			other := &testNetwork{Network: n, psbc: shared.psbc}
			path, _ := document(t)
			other.ok(t, "notary", "notarise", path)
			last := top.Bodies[len(top.Bodies)-1]
			other.healthy(t)
			other.ok(t, "notary", "verify", path, "--as", last.Name)
		})
	}
}
