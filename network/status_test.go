package network

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestANodeThatFallsBehindIsNotHealthy(t *testing.T) {
	nodes := []NodeStatus{
		{Node: "peer0.ctie", Healthy: true, Height: 500},
		{Node: "orderer0.ctie", Healthy: true, Height: 500 - behindLimit},
		{Node: "orderer0.sigi", Healthy: true, Height: 200},
		{Node: "orderer0.mindigital", Problem: "does not run"},
	}
	markBehind(nodes)
	require.True(t, nodes[0].Healthy)
	require.True(t, nodes[1].Healthy)
	require.False(t, nodes[2].Healthy)
	require.Contains(t, nodes[2].Problem, "300 blocks behind")
	require.Equal(t, "does not run", nodes[3].Problem)
}
