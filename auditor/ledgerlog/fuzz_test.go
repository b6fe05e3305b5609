package ledgerlog_test

import (
	"crypto/sha256"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/psbc-lu/psbc/auditor/ledgerlog"
)

// rootOf is the root over a full tile.
func rootOf(tile []byte) []byte {
	if len(tile) == sha256.Size {
		return tile
	}
	return rfc6962.DefaultHasher.HashChildren(rootOf(tile[:len(tile)/2]), rootOf(tile[len(tile)/2:]))
}

func FuzzParseTilePath(f *testing.F) {
	for _, seed := range []string{"tile/0/000", "tile/6/x001/x234/067.p/255", "tile/entries/000.p/1", "tile/0/../state", "tile/-1/000", "tile/0/x000/001"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if again, ok := ledgerlog.ParseTilePath(path); ok {
			require.Equal(t, path, again)
			require.NotContains(t, path, "..")
		}
	})
}

func FuzzParseBundle(f *testing.F) {
	f.Add(ledgerlog.EncodeBundle([][]byte{[]byte("a"), {}, []byte("bc")}), 3)
	f.Add([]byte{0, 2, 'a'}, 1)
	f.Add([]byte{0}, 1)
	f.Fuzz(func(t *testing.T, raw []byte, width int) {
		if width < 0 || width > 256 {
			return
		}
		if entries, err := ledgerlog.ParseBundle(raw, width); err == nil {
			require.Len(t, entries, width)
			require.Equal(t, string(raw), string(ledgerlog.EncodeBundle(entries)))
		}
	})
}

// FuzzParseState: whatever is accepted is a state, and written again the same.
func FuzzParseState(f *testing.F) {
	dir := f.TempDir()
	h := historyOf(f, 3, 300)
	logOf(f, dir, h)
	raw, err := os.ReadFile(path(dir, "state"))
	require.NoError(f, err)
	f.Add(raw[65:], true)
	f.Add(raw, false)
	f.Add([]byte(`{"v":1}`), true)
	f.Add([]byte(`{"v":1,"size":1,"edge":["AA=="],"entries":"AAA="}`), true)
	f.Fuzz(func(t *testing.T, raw []byte, sum bool) {
		if sum { // else no input would come past the hash
			raw = seal(raw)
		}
		again, err := ledgerlog.ParseState(raw)
		if err != nil {
			return
		}
		twice, err := ledgerlog.ParseState(again)
		require.NoError(t, err)
		require.Equal(t, string(again), string(twice))
	})
}
