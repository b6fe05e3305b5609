package network

import (
	"strings"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/tlog"
)

func TestDefaultTopologyIsTheFourFoundingBodies(t *testing.T) {
	top, err := DefaultTopology()
	require.NoError(t, err)
	require.Equal(t, []string{"CTIEMSP", "SIGIMSP", "MinDigitalMSP", "CourDesComptesMSP"}, top.MSPIDs())
	require.Len(t, top.Peers(), 4)
	require.Len(t, top.Orderers(), 4)
	require.Equal(t, "admin", top.Admin().Name)

	data, err := top.YAML()
	require.NoError(t, err)
	again, err := ParseTopology(data)
	require.NoError(t, err)
	require.Equal(t, top, again)
}

func TestTopologyFileReplacesWhatItNamesAndKeepsTheRest(t *testing.T) {
	top, err := ParseTopology([]byte("basePort: 20000\nbodies:\n  - {name: Ville, peers: 2, orderers: 1}\nordering: {batchTimeout: 1s}\n"))
	require.NoError(t, err)
	require.Equal(t, "psbc", top.Channel)
	require.Equal(t, "1s", top.Ordering.BatchTimeout.String())
	require.Equal(t, "2s", top.Ordering.RequestForwardTimeout.String())
	require.Len(t, top.Bodies, 1)
	require.Len(t, top.Users, 6)
	body, ok := top.Body("VILLEmsp")
	require.True(t, ok)
	require.Equal(t, "ville", body.ID())
	peers := top.Peers()
	require.Equal(t, "peer1.ville", peers[1].Name)
	require.Equal(t, "peer1.ville.psbc.lu", peers[1].ServerName)
}

func TestTopologyIsRefusedNamingTheField(t *testing.T) {
	bodies := func(n int) string {
		return "bodies:\n" + strings.Repeat("  - {name: B, peers: 1, orderers: 1}\n", n)
	}
	for name, tc := range map[string]struct{ yaml, want string }{
		"text that is not YAML":           {"bodies: [", "is not a topology"},
		"a misspelt field":                {"chanel: x", "chanel"},
		"a second document":               {"channel: a\n---\nchannel: b", "more than one"},
		"a field twice":                   {"channel: a\nchannel: b", "channel"},
		"a wrong type":                    {"basePort: many", "basePort"},
		"an upper-case channel":           {"channel: PSBC", `channel "PSBC"`},
		"a domain with a space":           {"domain: a b", `domain "a b"`},
		"an origin with a scheme":         {"origin: https://psbc.lu", `origin "https://psbc.lu"`},
		"an origin that is empty":         {`origin: ""`, `origin ""`},
		"a host name instead of an IP":    {"host: example", `host "example"`},
		"a privileged port":               {"basePort: 80", "basePort 80"},
		"ports that do not fit":           {"basePort: 65500", "basePort 65500"},
		"eleven bodies":                   {bodies(11), "11 bodies"},
		"a body twice, in another case":   {"bodies: [{name: Ab, peers: 1, orderers: 1}, {name: aB, peers: 1, orderers: 0}]", "twice"},
		"a body name that is a path":      {"bodies: [{name: ../x, peers: 1, orderers: 1}]", "bodies[0].name"},
		"a body without peer":             {"bodies: [{name: A, peers: 0, orderers: 1}]", "0 peers"},
		"no orderer at all":               {"bodies: [{name: A, peers: 1, orderers: 0}]", "no orderer"},
		"users without admin":             {"users: [{name: notary}]", "admin"},
		"two admins":                      {"users: [{name: a, admin: true}, {name: b, admin: true}]", "2 users"},
		"a user twice":                    {"users: [{name: a, admin: true}, {name: a}]", "twice"},
		"an attribute with a quote":       {`users: [{name: a, admin: true, attributes: ['x"']}]`, "not an attribute"},
		"a timer of zero":                 {"ordering: {batchTimeout: 0s}", "batchTimeout"},
		"forwarding later than complaint": {"ordering: {requestForwardTimeout: 9s}", "requestForwardTimeout"},
		"a block that gRPC cannot carry":  {"ordering: {absoluteMaxBytes: 200000000}", "absoluteMaxBytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseTopology([]byte(tc.yaml))
			require.ErrorIs(t, err, ErrUsage)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestNoTwoNodesShareAPort(t *testing.T) {
	var b strings.Builder
	b.WriteString("bodies:\n")
	for _, name := range strings.Split("ABCDEFGHIJ", "") {
		b.WriteString("  - {name: " + name + ", peers: 9, orderers: 9}\n")
	}
	top, err := ParseTopology([]byte(b.String()))
	require.NoError(t, err)
	seen := map[int]string{}
	claim := func(port int, who string) {
		require.Empty(t, seen[port], "port %d of %s", port, who)
		require.Less(t, port, 65536)
		seen[port] = who
	}
	for _, n := range append(top.Peers(), top.Orderers()...) {
		for _, p := range n.ports() {
			claim(p, n.Name)
		}
	}
	for i := range top.Bodies {
		for k := range maxChaincodes {
			claim(top.chaincodePort(i, k), "chaincode")
		}
	}
}

func FuzzParseTopology(f *testing.F) {
	f.Add(defaultTopology)
	f.Add([]byte(""))
	f.Add([]byte("bodies: [{name: A, peers: 1, orderers: 1}]"))
	f.Add([]byte("ordering: {batchTimeout: 99999h}"))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("bodies: !!null []"))
	f.Add([]byte("channel: psbc\n---\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		top, err := ParseTopology(data)
		if err != nil {
			return
		}
		require.NoError(t, top.Validate())
		out, err := top.YAML()
		require.NoError(t, err)
		again, err := ParseTopology(out)
		require.NoError(t, err)
		rewritten, err := again.YAML()
		require.NoError(t, err)
		require.Equal(t, string(out), string(rewritten)) // an empty list is written as none
	})
}

func TestTheOriginNamesTheLogOfOneChannel(t *testing.T) {
	genesis := &common.Block{Header: &common.BlockHeader{DataHash: []byte("data")}}
	hash, err := headerHash(genesis.GetHeader())
	require.NoError(t, err)
	got, err := originLine("psbc.lu", "psbc", genesis)
	require.NoError(t, err)
	require.Equal(t, tlog.Origin("psbc.lu", "psbc", tlog.Hash(hash)), got)
}

func TestTheLongestOriginStillNamesWitnesses(t *testing.T) {
	top, err := DefaultTopology()
	require.NoError(t, err)
	top.Bodies[0].Name = strings.Repeat("B", 32)
	top.Origin = strings.Repeat("o", maxOriginParts-len(top.Channel))
	require.NoError(t, top.Validate())
	line, err := originLine(top.Origin, top.Channel, &common.Block{Header: &common.BlockHeader{}})
	require.NoError(t, err)
	require.Len(t, tlog.WitnessName(line, top.Bodies[0].MSPID()), tlog.MaxOrigin)
	top.Origin += "o"
	require.ErrorContains(t, top.Validate(), "origin and channel")
}
