package ledgerlog_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// ask sends one request, with a path that no client would tidy up.
func ask(handler http.Handler, method, path string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "/", nil)
	request.URL.Path = path
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

func TestTheHandlerServesTiles(t *testing.T) {
	h := historyOf(t, 3, 700)
	dir := t.TempDir()
	l := logOf(t, dir, h)
	checkpoint := tlog.SignedCheckpoint{Checkpoint: l.Head().Checkpoint(),
		Cosignatures: []tlog.Cosignature{{Name: "w", KeyID: 1, Time: 2, Signature: []byte("s")}}}
	require.NoError(t, l.SetCheckpoint(checkpoint))
	handler := ledgerlog.Handler(dir)

	var leaves []byte
	for i := range h.tree.Size() {
		leaves = append(leaves, h.tree.LeafHash(i)...)
	}
	var roots []byte
	for i := range 2 {
		tree := bytes.Clone(leaves[i*8192 : (i+1)*8192])
		roots = append(roots, rootOf(tree)...)
	}
	const forEver = "public, max-age=31536000, immutable"
	tests := []struct {
		path, contentType, cache string
		want                     []byte
	}{
		{"/checkpoint", "text/plain; charset=utf-8", "no-cache", checkpoint.Marshal()},
		{"/tile/0/000", "application/octet-stream", forEver, leaves[:8192]},
		{"/tile/0/000.p/1", "application/octet-stream", forEver, leaves[:32]},
		{"/tile/0/001.p/255", "application/octet-stream", forEver, leaves[8192 : 8192+255*32]},
		{"/tile/0/002.p/7", "application/octet-stream", forEver, leaves[2*8192 : 2*8192+7*32]},
		{"/tile/1/000.p/2", "application/octet-stream", forEver, roots},
		{"/tile/1/000.p/1", "application/octet-stream", forEver, roots[:32]},
		{"/tile/entries/000", "application/octet-stream", forEver, ledgerlog.EncodeBundle(h.entries[:256])},
		{"/tile/entries/001.p/2", "application/octet-stream", forEver, ledgerlog.EncodeBundle(h.entries[256:258])},
		{"/tile/entries/002.p/100", "application/octet-stream", forEver, ledgerlog.EncodeBundle(h.entries[512:612])},
		{"/blocks/0", "application/json", forEver, []byte(`{"block":0,"first":0,"size":1}`)},
		{"/blocks/2", "application/json", forEver, []byte(`{"block":2,"first":5,"size":706}`)},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			answer := ask(handler, http.MethodGet, test.path)
			require.Equal(t, http.StatusOK, answer.Code)
			require.Equal(t, test.want, answer.Body.Bytes())
			require.Equal(t, test.contentType, answer.Header().Get("Content-Type"))
			require.Equal(t, test.cache, answer.Header().Get("Cache-Control"))
			require.Equal(t, "nosniff", answer.Header().Get("X-Content-Type-Options"))
			require.Equal(t, fmt.Sprint(len(test.want)), ask(handler, http.MethodHead, test.path).Header().Get("Content-Length"))
			require.Equal(t, http.StatusMethodNotAllowed, ask(handler, http.MethodPost, test.path).Code)
		})
	}
}

func TestTheHandlerServesNothingElse(t *testing.T) {
	h := historyOf(t, 3, 700)
	dir := t.TempDir()
	logOf(t, dir, h)
	handler := ledgerlog.Handler(dir)
	for _, path := range []string{
		"/", "/state", "/lock", "/blocks", "/blocks/", "/blocks/3", "/blocks/00", "/blocks/-1", "/blocks/1x", "/blocks/18446744073709551616",
		"/checkpoint/", "/checkpoint", // none was set
		"/tile", "/tile/", "/tile/0", "/tile/0/", "/tile/0/0", "/tile/0/0000", "/tile/00/000", "/tile/0/003", "/tile/0/002", "/tile/1/000",
		"/tile/-1/000", "/tile/+0/000", "/tile/entries/002", "/tile/entries/000.p/0", "/tile/0/000.p/256", "/tile/0/000.p/257", "/tile/0/000.p/01", "/tile/0/000.p/",
		"/tile/0/002.p/195", "/tile/1/000.p/3", "/tile/2/000.p/1", "/tile/7/000", "/tile/64/000", "/tile/0/x000/000", "/tile/0/x000/x000", "/tile/0/x00/0000",
		"/tile/0/../../state", "/tile/../state", "/tile/0/%2e%2e/state", "/tile/entries/..", "/tile/0/000.tmp", "/tile/0/000.p/1/../../000",
		"/tile/0/" + strings.Repeat("x999/", 40) + "000", "/tile/0/x999/x999/x999/x999/x999/x999/999",
	} {
		answer := ask(handler, http.MethodGet, path)
		require.NotEqual(t, http.StatusOK, answer.Code, path)
		require.Less(t, answer.Code, 500, path)
		require.NotContains(t, answer.Body.String(), dir, path)
	}
}

func TestTheHandlerSaysWhenTheLogCannotBeRead(t *testing.T) {
	h := historyOf(t, 3, 700)
	dir := t.TempDir()
	logOf(t, dir, h)
	require.NoError(t, os.Remove(path(dir, "tile", "0", "000")))
	answer := ask(ledgerlog.Handler(dir), http.MethodGet, "/tile/0/000")
	require.Equal(t, http.StatusInternalServerError, answer.Code)
	require.NotContains(t, answer.Body.String(), dir)
}

// A server that lies is found out, or refused.
func TestARemoteLogIsNotBelieved(t *testing.T) {
	h := historyOf(t, 3, 700)
	dir := t.TempDir()
	logOf(t, dir, h)
	honest := ledgerlog.Handler(dir)
	lies := func(path string, lie func([]byte) []byte) *ledgerlog.Remote {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := ask(honest, r.Method, r.URL.Path)
			content := answer.Body.Bytes()
			if strings.HasPrefix(r.URL.Path, path) {
				content = lie(content)
			}
			w.WriteHeader(answer.Code)
			_, _ = w.Write(content)
		}))
		t.Cleanup(server.Close)
		remote, err := ledgerlog.OpenURL(server.URL)
		require.NoError(t, err)
		return remote
	}
	size := h.tree.Size()
	flip := changed
	tooShort := func(b []byte) []byte { return b[:len(b)-1] }
	endless := func([]byte) []byte { return make([]byte, 20<<20) }
	as := func(s string) func([]byte) []byte { return func([]byte) []byte { return []byte(s) } }

	remote := lies("/tile/0/000", flip)
	root, err := remote.Root(size)
	require.NoError(t, err)
	require.Equal(t, h.root(size), root, "which follows from the level above")
	_, err = remote.Inclusion(1, size)
	require.ErrorContains(t, err, "tile")
	_, err = lies("/tile/0/002", flip).Entry(600)
	require.NoError(t, err, "another leaf")
	lying, found := lies("/tile/entries/002", flip), 0
	for index := uint64(512); index < size; index++ {
		if _, err := lying.Entry(index); err != nil {
			require.ErrorContains(t, err, "does not have the hash of its leaf")
			found++
		}
	}
	require.NotZero(t, found)
	for name, lie := range map[string]func([]byte) []byte{"short": tooShort, "endless": endless} {
		_, err = lies("/tile/0/002", lie).Root(size)
		require.Error(t, err, name)
		_, err = lies("/tile/entries/002", lie).Entry(600)
		require.Error(t, err, name)
	}
	_, err = lies("/checkpoint", endless).Checkpoint()
	require.ErrorIs(t, err, ledgerlog.ErrNotFound, "there is none")
	for _, answer := range []string{"", "{}", `{"block":1,"first":0,"size":5}`, `{"block":2,"first":5,"size":5}`, `{"block":2,"first":5,"size":9007199254740992}`} {
		_, err = lies("/blocks/2", as(answer)).SizeAt(2)
		require.ErrorContains(t, err, "blocks/2", answer)
	}
	_, err = lies("/blocks/2", endless).SizeAt(2)
	require.ErrorContains(t, err, "more than")
}

// Servers may remove tiles that are not full once there is more.
func TestARemoteLogNeedsNoTilesThatAreNotFull(t *testing.T) {
	h := historyOf(t, 3, 700)
	dir := t.TempDir()
	logOf(t, dir, h)
	honest := ledgerlog.Handler(dir)
	server := httptest.NewServer(http.StripPrefix("/mirror", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/000.p/") && !strings.Contains(r.URL.Path, "/1/") {
			http.NotFound(w, r)
			return
		}
		honest.ServeHTTP(w, r)
	})))
	defer server.Close()
	remote, err := ledgerlog.OpenURL(server.URL + "/mirror")
	require.NoError(t, err)
	h.requireProofs(t, remote, 17, 100)

	server.Config.Handler = http.NotFoundHandler()
	_, err = remote.Root(100)
	require.ErrorIs(t, err, ledgerlog.ErrNotFound)
	require.ErrorContains(t, err, "000.p/100")
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "?")
	})
	_, err = remote.Root(100)
	require.ErrorContains(t, err, "502 Bad Gateway")
}
