package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rundir"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

// TestScriptsOnALedger runs the command, unchanged, against the real contract on
// an in-memory ledger behind a real gRPC endpoint. Each script has its own.
func TestScriptsOnALedger(t *testing.T) {
	dir := filepath.Join("testdata", "ledger")
	requireScripts(t, dir)
	commands := scriptCommands()
	commands["trouble"] = trouble
	commands["past"] = past
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                commands,
		Setup: func(env *testscript.Env) error {
			tb := env.T().(testing.TB)
			run := filepath.Join(env.WorkDir, ".run")
			network := gatewaytest.New(tb)
			writeProfiles(tb, network, run)
			env.Setenv(rundir.Env, run)
			inheritRace(env)
			env.Values[networkKey{}] = network
			return nil
		},
	})
}

type networkKey struct{}

// trouble is the script command that lets a network fail, and recover:
// trouble kill|restart MSPID, trouble stall|resume.
func trouble(ts *testscript.TestScript, _ bool, args []string) {
	network := ts.Value(networkKey{}).(*gatewaytest.Network)
	switch {
	case len(args) == 2 && args[0] == "kill":
		network.Kill(args[1])
	case len(args) == 2 && args[0] == "restart":
		network.Restart(args[1])
	case len(args) == 1 && args[0] == "stall":
		network.StallOrdering()
	case len(args) == 1 && args[0] == "resume":
		network.ResumeOrdering()
	default:
		ts.Fatalf("usage: trouble kill|restart MSPID, trouble stall|resume")
	}
}

// writeProfiles writes what a real network would: profiles of the notary, the
// registrar, the recorder and the reader of the two bodies that the scripts act as, of the
// four that there are.
func writeProfiles(tb testing.TB, network *gatewaytest.Network, run string) {
	tb.Helper()
	users := map[string][]string{"notary": {contract.RoleNotary}, "registrar": {contract.RoleRegistrar}, "recorder": {contract.RoleRecorder}, "reader": nil}
	mspIDs := []string{"CTIEMSP", "SIGIMSP", "MinDigitalMSP", "CourDesComptesMSP"}
	var bodies []gateway.Body
	for _, mspID := range mspIDs {
		bodies = append(bodies, gateway.Body{Name: strings.TrimSuffix(mspID, "MSP"), MSPID: mspID})
	}
	for _, body := range bodies[:2] {
		for user, roles := range users {
			dir := filepath.Join(run, "profiles", strings.ToLower(body.Name))
			require.NoError(tb, os.MkdirAll(dir, 0o755))

			var holder []gatewaytest.ClientOption
			for _, role := range roles {
				holder = append(holder, gatewaytest.WithRole(role))
			}
			profile := *network.Client(body.MSPID, holder...).Profile()
			profile.Body, profile.User, profile.Bodies = body, user, bodies
			profile.Identity.Key = filepath.Join(dir, user+".key")
			writeKey(tb, network.Ledger(), profile, roles)

			encoded, err := json.Marshal(profile)
			require.NoError(tb, err)
			require.NoError(tb, os.WriteFile(filepath.Join(dir, user+".json"), encoded, 0o600))
		}
	}
}

// writeKey writes the key that belongs to the profile's certificate. The ledger
// gives the same identity for the same name and attributes.
func writeKey(tb testing.TB, ledger *ledgertest.Ledger, profile gateway.Profile, roles []string) {
	tb.Helper()
	encoded, err := os.ReadFile(profile.Identity.Certificate)
	require.NoError(tb, err)
	block, _ := pem.Decode(encoded)
	require.NotNil(tb, block)
	certificate, err := x509.ParseCertificate(block.Bytes)
	require.NoError(tb, err)

	identity := []ledgertest.IdentityOption{ledgertest.WithUser(certificate.Subject.CommonName)}
	for _, role := range roles {
		identity = append(identity, ledgertest.WithAttribute(role, "true"))
	}
	key := ledger.Client(profile.Body.MSPID, identity...).Signer()
	require.Equal(tb, certificate.PublicKey, key.Public())
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(tb, err)
	require.NoError(tb, os.WriteFile(profile.Identity.Key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
}
