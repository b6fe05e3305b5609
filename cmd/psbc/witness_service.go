package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/psbc-lu/psbc/auditor/witness"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
	"github.com/psbc-lu/psbc/network"
)

// witnessName is the service's name, and that of its directory.
const witnessName = "witness"

// witnessHome is where the network keeps a body's witness.
func witnessHome(runDir, body string) string {
	return network.Layout{Root: runDir}.Service(network.Body{Name: body}, witnessName)
}

// witnesses is the service that runs this program as the witness of each body.
func witnesses() network.Service {
	return network.Service{Name: witnessName, Program: "./cmd/psbc", Prepare: prepareWitness}
}

// prepareWitness makes the keys of a body's witness and registers them, unless that was
// done before. A network without people who have the role has no witnesses.
func prepareWitness(ctx context.Context, n *network.Network, b network.Body) ([]string, error) {
	user := slices.IndexFunc(n.Topology.Users, func(u network.User) bool { return slices.Contains(u.Attributes, "psbc.witness") })
	if user < 0 {
		return nil, nil
	}
	admin, err := gateway.LoadProfile(n.Layout.Profile(b, n.Topology.Admin().Name))
	if err != nil {
		return nil, err
	}
	dir := n.Layout.Service(b, witnessName)
	if _, err := generateKeys(admin, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	signers, err := witness.LoadSigners(filepath.Join(dir, witness.KeysFile))
	if err != nil {
		return nil, err
	}
	client, err := gateway.Connect(ctx, admin)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	if _, err := registerKeys(ctx, client, publicKeys(signers)); err != nil {
		return nil, err
	}
	return []string{"witness", "run", "--profile", n.Layout.Profile(b, n.Topology.Users[user].Name), "--dir", dir}, nil
}

func publicKeys(signers []*evidence.Signer) []string {
	keys := make([]string, len(signers))
	for i, signer := range signers {
		keys[i] = signer.Key().String()
	}
	return keys
}

// registerKeys registers those of the client's body's keys that are not. It returns all of
// them as they stand.
func registerKeys(ctx context.Context, client *gateway.Client, keys []string) ([]checkpoint.WitnessKey, error) {
	checkpoints := client.Checkpoints()
	var all []checkpoint.WitnessKey
	for key, err := range checkpoints.AllKeys(ctx, checkpoint.KeysRequest{Body: client.Profile().Body.MSPID}) {
		if err != nil {
			return nil, err
		}
		all = append(all, key)
	}
	registered := make([]checkpoint.WitnessKey, len(keys))
	for i, key := range keys {
		if k := slices.IndexFunc(all, func(w checkpoint.WitnessKey) bool { return w.Key == key }); k >= 0 {
			registered[i] = all[k]
			continue
		}
		made, err := checkpoints.RegisterKey(ctx, checkpoint.RegisterKeyRequest{Key: key})
		if err != nil {
			name, _, _ := strings.Cut(key, "+")
			return nil, fmt.Errorf("register a key of %s: %w", name, err)
		}
		registered[i] = *made
	}
	return registered, nil
}

const reconnectPause = 2 * time.Second

// connectPatiently connects as soon as a peer answers. It returns nil when the context ends
// before.
func connectPatiently(ctx context.Context, p *gateway.Profile, logger *slog.Logger) (*gateway.Client, error) {
	for {
		client, err := gateway.Connect(ctx, p, gateway.WithLogger(logger), gateway.WithRetry(gateway.Retry{MaxElapsed: 30 * time.Second}))
		switch {
		case err == nil:
			return client, nil
		case ctx.Err() != nil:
			return nil, nil
		case !errors.Is(err, gateway.ErrUnavailable):
			return nil, exit.WithRemedy(err, "see the profile")
		}
		logger.Warn("waits for the peer", "error", err)
		select {
		case <-ctx.Done():
			return nil, nil
		case <-time.After(reconnectPause):
		}
	}
}
