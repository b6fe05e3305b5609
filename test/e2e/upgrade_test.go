package e2e

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/network"
)

// TestChangedCodeBecomesTheNextSequence upgrades the running chaincode from a
// copy of the sources that differs, and back, while applications go on.
func TestChangedCodeBecomesTheNextSequence(t *testing.T) {
	path, digest := document(t)
	shared.ok(t, "notary", "notarise", path)
	before := deployed(t, "notary")

	changed := copySource(t)
	main := filepath.Join(changed.Root, "chaincode", "cmd", "psbc-chaincode", "main.go")
	code, err := os.ReadFile(main)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(main, append(code, "\n// changed\n"...), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), upLimit)
	defer cancel()
	stop := keepNotarising(t)
	_, err = network.Up(ctx, changed, shared.Layout.Root, network.UpOptions{})
	require.NoError(t, err)
	stop()
	shared.healthy(t)
	upgraded := deployed(t, "notary")
	require.Equal(t, before.Sequence+1, upgraded.Sequence)
	require.NotEqual(t, before.Version, upgraded.Version)

	found, err := shared.client(t, "SIGI", "reader").Notary().Find(t.Context(), gateway.FindRequest{Digest: digest})
	require.NoError(t, err)
	require.Len(t, found.Items, 1, "records outlive the code that wrote them")
	later, _ := document(t)
	requireCopy(t, later, "after the upgrade of "+t.Name()+string(digest))
	shared.ok(t, "notary", "notarise", later)

	shared.ok(t, "network", "up") // from the sources that the tests run on
	shared.healthy(t)
	back := deployed(t, "notary")
	require.Equal(t, before.Version, back.Version)
	require.Equal(t, upgraded.Sequence+1, back.Sequence)
	shared.ok(t, "notary", "revoke", later, "--reason", "other")
}

// keepNotarising notarises as every body until it is stopped. A call may fail while the
// servers of the chaincode change.
func keepNotarising(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for _, body := range shared.Topology.Bodies {
		ledger := shared.client(t, body.Name, "notary").Notary()
		running.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				digest, err := gateway.Digest(strings.NewReader(fmt.Sprint(body.Name, i, t.Name())), notary.SHA2_256)
				if err != nil {
					t.Errorf("digest: %v", err)
					return
				}
				limited, cancel := context.WithTimeout(ctx, 5*time.Second)
				_, _ = ledger.Notarise(limited, gateway.NotariseRequest{Item: notary.Item{Digest: digest}})
				cancel()
			}
		})
	}
	return func() {
		cancel()
		running.Wait()
	}
}

func deployed(t *testing.T, name string) network.ChaincodeStatus {
	t.Helper()
	for _, node := range shared.healthy(t).Nodes {
		for _, c := range node.Chaincodes {
			if c.Name == name {
				return c
			}
		}
	}
	t.Fatalf("%s is not deployed", name)
	return network.ChaincodeStatus{}
}

// copySource copies what a server is built from; the cache of programs is shared.
func copySource(t *testing.T) network.Source {
	t.Helper()
	root := t.TempDir()
	from := shared.Source.Root
	require.NoError(t, filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); rel != "." && (name == ".git" || name == ".run" || rel == "bin") {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(root, rel), 0o700)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(root, rel), data, 0o600)
	}))
	copied := network.Source{Root: root}
	require.NoError(t, os.MkdirAll(copied.RunDir(), 0o700))
	require.NoError(t, os.Symlink(filepath.Join(shared.Source.RunDir(), "bin"), filepath.Join(copied.RunDir(), "bin")))
	return copied
}
