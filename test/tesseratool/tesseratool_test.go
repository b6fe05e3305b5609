package tesseratool_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/test/tesseratool"
)

const limit = time.Minute

func TestFsckTellsALogThatIsWholeFromOneThatIsNot(t *testing.T) {
	tools, err := tesseratool.Build(t.Context(), filepath.Join("..", ".."))
	require.NoError(t, err)
	var entries []byte
	for i := range 1000 {
		sum := sha256.Sum256(fmt.Append(nil, i))
		entries = append(entries, sum[:]...)
	}
	file := filepath.Join(t.TempDir(), "entries")
	require.NoError(t, os.WriteFile(file, entries, 0o644))
	dir := filepath.Join(t.TempDir(), "log")
	appended, err := tools.Append(t.Context(), dir, file, sha256.Size, limit)
	require.NoError(t, err)
	require.Equal(t, 1000, appended.Entries)
	require.Positive(t, appended.PerSecond)

	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	log := tesseratool.Log{URL: server.URL, Origin: "example.org/tessera-append", KeyFile: filepath.Join(dir, "key.pub")}
	verdict, err := tools.Fsck(t.Context(), log, limit)
	require.NoError(t, err)
	require.Equal(t, uint64(1000), verdict.Size)

	bundle := filepath.Join(dir, "tile", "entries", "001")
	data, err := os.ReadFile(bundle)
	require.NoError(t, err)
	data[len(data)-1] ^= 1
	require.NoError(t, os.WriteFile(bundle, data, 0o644))
	_, err = tools.Fsck(t.Context(), log, limit)
	require.ErrorContains(t, err, "expected")
}

func TestALogThatIsNotThereIsAnError(t *testing.T) {
	tools, err := tesseratool.Build(t.Context(), filepath.Join("..", ".."))
	require.NoError(t, err)
	_, err = tools.Fsck(t.Context(), tesseratool.Log{URL: "http://127.0.0.1:1", KeyFile: filepath.Join(t.TempDir(), "none")}, limit)
	require.ErrorContains(t, err, "no such file")
	_, err = tools.Append(t.Context(), t.TempDir(), filepath.Join(t.TempDir(), "none"), 32, limit)
	require.ErrorContains(t, err, "no such file")
}
