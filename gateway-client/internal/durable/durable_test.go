package durable_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/gateway-client/internal/durable"
)

func TestALineIsReadBackWholeOrNotAtAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[^\n]{0,80}`).Draw(t, "text")
		line := durable.Seal([]byte(text))
		read, err := durable.Unseal(line)
		require.NoError(t, err)
		require.Equal(t, text, string(read))

		for length := range line {
			_, err := durable.Unseal(line[:length])
			require.ErrorIs(t, err, durable.ErrBroken, "the first %d bytes", length)
		}
		at := rapid.IntRange(0, len(line)-1).Draw(t, "at")
		line[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "change"))
		_, err = durable.Unseal(line)
		require.ErrorIs(t, err, durable.ErrBroken, "byte %d is changed", at)
	})
}

func TestTwoLinesAreNotOne(t *testing.T) {
	_, err := durable.Unseal(append(durable.Seal([]byte("a")), durable.Seal([]byte("b"))...))
	require.ErrorIs(t, err, durable.ErrBroken)
	_, err = durable.Unseal(durable.Seal([]byte("a\nb")))
	require.ErrorIs(t, err, durable.ErrBroken)
}

func TestAFileIsReplacedAsAWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, content := range []string{"a long first content", "short", ""} {
		require.NoError(t, durable.Replace(path, []byte(content)))
		read, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, content, string(read))
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file is left")
}

func TestAFailedReplacementLeavesTheFileAsItWas(t *testing.T) {
	require.Error(t, durable.Replace(filepath.Join(t.TempDir(), "missing", "file"), []byte("x")))

	dir := t.TempDir()
	path := filepath.Join(dir, "taken")
	require.NoError(t, os.MkdirAll(filepath.Join(path, "by a directory"), 0o700))
	require.Error(t, durable.Replace(path, []byte("x")))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file is left")
}
