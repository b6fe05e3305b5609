package gateway_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/internal/durable"
)

const someTransaction = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestACheckpointKeepsThePositionSavedLast(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watch.checkpoint")
	position, err := gateway.FileCheckpoint(path).Load(t.Context())
	require.NoError(t, err)
	require.Zero(t, position, "nothing was saved yet")
	for _, saved := range []gateway.Position{{Block: math.MaxUint64, TxID: someTransaction}, {Block: 0, TxID: "t"}, {Block: 12, TxID: someTransaction}} {
		require.NoError(t, gateway.FileCheckpoint(path).Save(t.Context(), saved))
		position, err = gateway.FileCheckpoint(path).Load(t.Context())
		require.NoError(t, err)
		require.Equal(t, saved, position)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing else is left beside it")
}

func TestADamagedCheckpointIsAnErrorThatNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "watch.checkpoint")
	require.NoError(t, gateway.FileCheckpoint(path).Save(t.Context(), gateway.Position{Block: 123, TxID: someTransaction}))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	refused := func(content []byte) {
		t.Helper()
		require.NoError(t, os.WriteFile(path, content, 0o600))
		_, err := gateway.FileCheckpoint(path).Load(t.Context())
		require.ErrorIs(t, err, gateway.ErrFailedPrecondition, "%q", content)
		require.ErrorContains(t, err, path)
	}
	for i := range whole {
		refused(whole[:i])
		changed := append([]byte(nil), whole...)
		changed[i] ^= 1
		refused(changed)
	}
	refused(append(append([]byte(nil), whole...), whole...))

	err = registryOf(t, newRegistryPeer()).Watch(t.Context(), gateway.WatchOptions{Checkpoint: gateway.FileCheckpoint(path)}, nil)
	require.ErrorContains(t, err, path, "a watch does not begin anew")
}

func TestACheckpointThatCannotBeKeptIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "watch.checkpoint")
	err := gateway.FileCheckpoint(path).Save(t.Context(), gateway.Position{Block: 1, TxID: "t"})
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	require.ErrorContains(t, err, path)
	_, err = gateway.FileCheckpoint(t.TempDir()).Load(t.Context())
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
}

// FuzzFileCheckpoint reads content as it is, or, since hardly any has a right checksum,
// sealed as a line.
func FuzzFileCheckpoint(f *testing.F) {
	seed := filepath.Join(f.TempDir(), "seed")
	for _, position := range []gateway.Position{{Block: 1, TxID: "t"}, {Block: math.MaxUint64, TxID: someTransaction}} {
		require.NoError(f, gateway.FileCheckpoint(seed).Save(f.Context(), position))
		content, err := os.ReadFile(seed)
		require.NoError(f, err)
		text, err := durable.Unseal(content)
		require.NoError(f, err)
		f.Add(content, false)
		f.Add(content[:len(content)-1], false)
		f.Add(text, true)
	}
	f.Add([]byte(nil), false)
	f.Add([]byte(`{"block":"-1","txId":"t","v":1}`), true)
	f.Add([]byte(`{"block":"1","txId":"","v":1}`), true)
	f.Add([]byte(`{"block":"1","txId":"t","v":2}`), true)
	f.Add([]byte(`{"blockNumber":7,"transactionId":"`+someTransaction+`"}`), false)
	path := filepath.Join(f.TempDir(), "watch.checkpoint")
	f.Fuzz(func(t *testing.T, content []byte, seal bool) {
		if seal {
			content = durable.Seal(content)
		}
		require.NoError(t, os.WriteFile(path, content, 0o600))
		position, err := gateway.FileCheckpoint(path).Load(t.Context())
		if err != nil {
			require.ErrorContains(t, err, path)
			require.Zero(t, position)
			return
		}
		require.NotEmpty(t, position.TxID)
		require.NoError(t, gateway.FileCheckpoint(path).Save(t.Context(), position))
		again, err := gateway.FileCheckpoint(path).Load(t.Context())
		require.NoError(t, err)
		require.Equal(t, position, again)
	})
}
