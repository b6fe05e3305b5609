package logcheck_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/formats/log"
	formats "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"github.com/psbc-lu/psbc/test/tessera/logcheck"
	"github.com/psbc-lu/psbc/test/tessera/posixlog"
)

const (
	origin = "example.org/log"
	// size makes two levels of tiles, the upper and the last of the lower not full.
	size = 700
)

// large has more full tiles than the check has workers.
const large = 20 * 256

// world is a log that Tessera itself has built, and the key of its checkpoints.
type world struct {
	t      *testing.T
	dir    string
	signer note.Signer
	key    string
}

func newWorld(t *testing.T, size int) *world {
	private, public, err := note.GenerateKey(nil, origin)
	require.NoError(t, err)
	signer, err := note.NewSigner(private)
	require.NoError(t, err)
	entries := make([][]byte, size)
	for i := range entries {
		entries[i] = binary.BigEndian.AppendUint64([]byte("entry "), uint64(i))
	}
	w := &world{t: t, dir: t.TempDir(), signer: signer, key: public + "\n"}
	result, err := posixlog.Append(t.Context(), w.dir, signer, entries, posixlog.DefaultBatch)
	require.NoError(t, err)
	require.Equal(t, size, result.Entries)
	return w
}

func (w *world) copy(t *testing.T) *world {
	other := *w
	other.t, other.dir = t, filepath.Join(t.TempDir(), "log")
	require.NoError(t, os.CopyFS(other.dir, os.DirFS(w.dir)))
	return &other
}

func (w *world) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

func (w *world) read(name string) []byte {
	data, err := os.ReadFile(w.path(name))
	require.NoError(w.t, err)
	return data
}

func (w *world) write(name string, data []byte) {
	require.NoError(w.t, os.WriteFile(w.path(name), data, 0o644))
}

// flip changes the last bit of a file.
func (w *world) flip(name string) {
	data := w.read(name)
	data[len(data)-1] ^= 1
	w.write(name, data)
}

func (w *world) checkpoint() log.Checkpoint {
	var c log.Checkpoint
	_, err := c.Unmarshal(w.read("checkpoint"))
	require.NoError(w.t, err)
	return c
}

// sign publishes another checkpoint, with a signature that is right.
func (w *world) sign(c log.Checkpoint, signers ...note.Signer) {
	signed, err := note.Sign(&note.Note{Text: string(c.Marshal())}, signers...)
	require.NoError(w.t, err)
	w.write("checkpoint", signed)
}

func (w *world) serve() string {
	server := httptest.NewServer(http.FileServer(http.Dir(w.dir)))
	w.t.Cleanup(server.Close)
	return server.URL
}

func check(t *testing.T, target logcheck.Target) (logcheck.Verdict, error) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return logcheck.Check(ctx, target)
}

func TestALogThatTesseraBuiltIsWhole(t *testing.T) {
	w := newWorld(t, size)
	for _, url := range []string{w.serve(), w.serve() + "/", "file://" + w.dir} {
		verdict, err := check(t, logcheck.Target{URL: url, Key: w.key})
		require.NoError(t, err, url)
		require.Equal(t, uint64(size), verdict.Size)
		require.Equal(t, hex.EncodeToString(w.checkpoint().Hash), verdict.Root)
		require.Equal(t, uint64(1+3+3+1), verdict.Resources, "a checkpoint, bundles, tiles of both levels")
	}
}

func TestACosignatureIsEnoughOfAKey(t *testing.T) {
	w := newWorld(t, size)
	skey, vkey, err := formats.GenerateMLDSAKey("example.org/witness")
	require.NoError(t, err)
	witness, err := formats.NewMLDSASigner(skey)
	require.NoError(t, err)
	w.sign(w.checkpoint(), witness)
	_, err = check(t, logcheck.Target{URL: w.serve(), Origin: origin, Key: vkey})
	require.NoError(t, err)
	_, err = check(t, logcheck.Target{URL: w.serve(), Origin: origin, Key: w.key})
	require.Error(t, err, "the log's own key has signed no more")
}

func TestALogThatIsNotWholeIsFound(t *testing.T) {
	const (
		lastBundle = "tile/entries/002.p/188"
		lastTile   = "tile/0/002.p/188"
		topTile    = "tile/1/000.p/2"
	)
	tests := []struct {
		name   string
		damage func(w *world)
		wrong  string
	}{
		{"an entry is another", func(w *world) { w.flip("tile/entries/000") }, "expected"},
		{"the last entry is another", func(w *world) { w.flip(lastBundle) }, "expected"},
		{"a tile is another", func(w *world) { w.flip("tile/0/001") }, "tile/0/001"},
		{"the last tile is another", func(w *world) { w.flip(lastTile) }, lastTile},
		{"a tile of the upper level is another", func(w *world) { w.flip(topTile) }, topTile},
		{"a bundle is missing", func(w *world) { require.NoError(w.t, os.Remove(w.path("tile/entries/001"))) }, "bundles"},
		{"a tile is missing", func(w *world) { require.NoError(w.t, os.Remove(w.path("tile/0/001"))) }, "found"},
		{"a bundle lacks an entry", func(w *world) {
			data := w.read("tile/entries/001")
			w.write("tile/entries/001", data[:len(data)-2-len("entry ")-8])
		}, "too few entries"},
		{"a bundle ends within an entry", func(w *world) {
			data := w.read("tile/entries/001")
			w.write("tile/entries/001", data[:len(data)-1])
		}, "AppendBundle"},
		{"bundles have changed places", func(w *world) {
			one, two := w.read("tile/entries/000"), w.read("tile/entries/001")
			w.write("tile/entries/000", two)
			w.write("tile/entries/001", one)
		}, "expected"},
		{"the checkpoint's root was altered", func(w *world) {
			c := w.checkpoint()
			sign := string(w.read("checkpoint"))
			c.Hash[0] ^= 1
			w.write("checkpoint", append(c.Marshal(), sign[strings.Index(sign, "\n\n")+1:]...))
		}, "checkpoint"},
		{"a root is signed that is not the log's", func(w *world) {
			c := w.checkpoint()
			c.Hash[0] ^= 1
			w.sign(c, w.signer)
		}, "calculated root"},
		{"a size is signed that the log has not", func(w *world) {
			c := w.checkpoint()
			c.Size++
			w.sign(c, w.signer)
		}, "found"},
		{"a smaller size is signed with the root of the larger", func(w *world) {
			c := w.checkpoint()
			c.Size -= 200
			w.sign(c, w.signer)
		}, ""},
		{"the checkpoint is of another log", func(w *world) {
			c := w.checkpoint()
			c.Origin = "example.org/other"
			w.sign(c, w.signer)
		}, "checkpoint"},
		{"nothing is served", func(w *world) { require.NoError(w.t, os.RemoveAll(w.dir)) }, "checkpoint"},
	}
	whole := newWorld(t, size)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := whole.copy(t)
			test.damage(w)
			_, err := check(t, logcheck.Target{URL: w.serve(), Key: w.key})
			require.ErrorContains(t, err, test.wrong)
			require.NotErrorIs(t, err, context.DeadlineExceeded, "a verdict, not a lack of time")
		})
	}
}

// With more files wrong than fsck has workers, the official check never ends.
func TestALogThatIsWrongThroughoutIsFoundInTime(t *testing.T) {
	w := newWorld(t, large)
	for i := range large / 256 {
		w.flip(fmt.Sprintf("tile/0/%03d", i))
	}
	_, err := check(t, logcheck.Target{URL: w.serve(), Key: w.key})
	require.ErrorContains(t, err, "tiles of level 0")
	require.NotErrorIs(t, err, context.DeadlineExceeded)
}

func TestAServerThatDoesNotAnswerEndsInTime(t *testing.T) {
	w := newWorld(t, size)
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/checkpoint" {
			http.ServeFile(out, r, w.path("checkpoint"))
			return
		}
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(stop) })
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := logcheck.Check(ctx, logcheck.Target{URL: server.URL, Key: w.key})
	require.Error(t, err)
}

func TestWhatCannotBeAskedIsRefused(t *testing.T) {
	w := newWorld(t, size)
	_, err := check(t, logcheck.Target{URL: w.serve(), Key: "no key"})
	require.ErrorContains(t, err, "public key")
	_, err = check(t, logcheck.Target{URL: "ftp://example.org", Key: w.key})
	require.ErrorContains(t, err, "http, https or file")
}
