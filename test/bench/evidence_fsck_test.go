package main

import (
	"crypto/rand"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
	"github.com/psbc-lu/psbc/test/tesseratool"
)

func TestAServedLedgerLogIsWholeToTessera(t *testing.T) {
	tools, err := tesseratool.Build(t.Context(), filepath.Join("..", ".."))
	require.NoError(t, err)
	dir := t.TempDir()
	log, err := ledgerlog.Open(dir, func(genesis ledgerlog.Hash) string { return tlog.Origin("psbc.lu", "bench", genesis) })
	require.NoError(t, err)
	for raw, err := range madeUp(70_000) { // three levels of tiles
		require.NoError(t, err)
		b, err := block.Decode(raw)
		require.NoError(t, err)
		require.NoError(t, log.Append(b))
	}
	head := log.Head().Checkpoint()
	signed := evidence.SignedCheckpoint{Checkpoint: head}
	var keys []string
	for _, algorithm := range []tlog.Algorithm{tlog.Ed25519, tlog.MLDSA44} {
		signer, err := evidence.GenerateSigner(tlog.WitnessName(head.Origin, benchBody), algorithm, rand.Reader)
		require.NoError(t, err)
		line, err := signer.Sign(head, uint64(time.Now().Unix()))
		require.NoError(t, err)
		signed.Cosignatures = append(signed.Cosignatures, line)
		file := filepath.Join(t.TempDir(), "key")
		require.NoError(t, os.WriteFile(file, []byte(signer.Key().String()+"\n"), 0o644))
		keys = append(keys, file)
	}
	require.NoError(t, log.SetCheckpoint(signed))
	require.NoError(t, log.Close())

	server := httptest.NewServer(ledgerlog.Handler(dir))
	t.Cleanup(server.Close)
	for _, key := range keys {
		verdict, err := tools.Fsck(t.Context(), tesseratool.Log{URL: server.URL, Origin: head.Origin, KeyFile: key}, time.Minute)
		require.NoError(t, err)
		require.Equal(t, head.Size, verdict.Size)
		require.Equal(t, head.Root.String(), verdict.Root)
	}

	tile := filepath.Join(dir, "tile", "entries", "100")
	data, err := os.ReadFile(tile)
	require.NoError(t, err)
	data[len(data)-1] ^= 1
	require.NoError(t, os.WriteFile(tile, data, 0o600))
	_, err = tools.Fsck(t.Context(), tesseratool.Log{URL: server.URL, Origin: head.Origin, KeyFile: keys[0]}, time.Minute)
	require.Error(t, err, "an entry was altered")
}
