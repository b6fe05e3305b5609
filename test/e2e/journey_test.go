package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

func TestADocumentIsNotarisedVerifiedAlteredAndRevoked(t *testing.T) {
	path, digest := document(t)
	n := shared

	r := n.cli(t, "notary", "verify", path, "--as", "SIGI")
	require.Equal(t, 3, r.code, r.err)
	n.ok(t, "notary", "notarise", path, "--type", "charter", "--reference", "2026/114-B")

	for _, body := range n.Topology.Bodies {
		n.healthy(t)
		out := n.ok(t, "notary", "verify", path, "--as", body.Name)
		require.Contains(t, out, "CTIE")
	}
	require.Equal(t, 3, n.cli(t, "notary", "verify", path, "--by", "SIGI").code, "SIGI has not notarised it")

	altered := filepath.Join(t.TempDir(), "altered.txt")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	data[0] ^= 1
	require.NoError(t, os.WriteFile(altered, data, 0o600))
	require.Equal(t, 3, n.cli(t, "notary", "verify", altered, "--as", "SIGI").code)

	require.Equal(t, 1, n.cli(t, "notary", "revoke", path, "--reason", "withdrawn", "--as", "SIGI").code, "only its body revokes it")
	require.Equal(t, 1, n.cli(t, "notary", "revoke", path, "--reason", "withdrawn", "--as", "CTIE/reader").code, "only a notary revokes it")
	n.ok(t, "notary", "revoke", path, "--reason", "withdrawn")
	n.healthy(t)
	r = n.cli(t, "notary", "verify", string(digest), "--as", "MinDigital")
	require.Equal(t, 3, r.code)
	require.Contains(t, r.out, "withdrawn")
	require.Contains(t, n.ok(t, "notary", "history", path), "revoked")
}

func TestSeveralBodiesNotariseOneDocument(t *testing.T) {
	path, digest := document(t)
	for _, body := range shared.Topology.Bodies {
		shared.ok(t, "notary", "notarise", path, "--as", body.Name)
	}
	shared.healthy(t)
	found, err := shared.client(t, "CTIE", "reader").Notary().Find(t.Context(), gateway.FindRequest{Digest: digest})
	require.NoError(t, err)
	require.Len(t, found.Items, len(shared.Topology.Bodies))
}

func TestAFolderGoesThroughBatchesAndARepeatedRunDoublesNothing(t *testing.T) {
	dir := t.TempDir()
	const files = 1203 // two batches
	for i := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, strings.Repeat("x", i%7)+string(rune('a'+i%26))+fmtInt(i)), []byte(t.Name()+dir+fmtInt(i)), 0o600))
	}
	var first, second struct{ Counts map[string]int }
	require.NoError(t, json.Unmarshal([]byte(shared.ok(t, "notary", "notarise", dir, "--as", "SIGI", "--json")), &first))
	require.NoError(t, json.Unmarshal([]byte(shared.ok(t, "notary", "notarise", dir, "--as", "SIGI", "--json")), &second))
	require.Equal(t, map[string]int{"notarised": files}, first.Counts)
	require.Equal(t, map[string]int{"already-notarised": files}, second.Counts)
	shared.healthy(t)

	client := shared.client(t, "SIGI", "reader")
	seen := map[notary.Digest]int{}
	for record, err := range client.Notary().AllByBody(t.Context(), gateway.ListRequest{Body: "SIGIMSP"}) {
		require.NoError(t, err)
		seen[record.Digest]++
	}
	for i := range files {
		require.Equal(t, 1, seen[digestOf(t, t.Name()+dir+fmtInt(i))], "file %d", i)
	}
}

// TestPrivateDetailsStayWithTheirBody plants a string as personal data and looks
// for it in everything that other bodies hold.
func TestPrivateDetailsStayWithTheirBody(t *testing.T) {
	const canary = "Canary Wilhelmina Nobody"
	path, digest := document(t)
	shared.ok(t, "notary", "notarise", path, "--details-title", canary, "--details-person", canary)
	shared.healthy(t)

	ctie := shared.client(t, "CTIE", "notary").Notary()
	details, err := ctie.ReadDetails(t.Context(), gateway.DigestRequest{Digest: digest})
	require.NoError(t, err)
	require.Equal(t, canary, details.Title)
	record, err := ctie.Read(t.Context(), gateway.RecordRequest{Digest: digest})
	require.NoError(t, err)
	encoded, err := details.Encode()
	require.NoError(t, err)
	require.Equal(t, notary.DetailsHash(encoded), record.DetailsHash)

	_, err = shared.client(t, "SIGI", "notary").Notary().ReadDetails(t.Context(), gateway.DigestRequest{Digest: digest})
	require.Error(t, err)
	require.False(t, inSomeBlock(t, canary), "the canary stands in a block")
	require.True(t, inSomeBlock(t, string(digest)), "the search finds what is there")
	for _, body := range []string{"sigi", "mindigital", "courdescomptes"} {
		require.False(t, treeContains(t, filepath.Join(shared.Layout.Root, "bodies", body), canary), "the canary reached %s", body)
	}
	require.False(t, treeContains(t, filepath.Join(shared.Layout.Root, "logs"), canary), "the canary stands in a log")

	require.NoError(t, ctie.PurgeDetails(t.Context(), gateway.DigestRequest{Digest: digest}))
	_, err = ctie.ReadDetails(t.Context(), gateway.DigestRequest{Digest: digest})
	require.Error(t, err)
	shared.ok(t, "notary", "verify", path, "--by", "CTIE")
}

// inSomeBlock says whether a text stands in the block files of any body's peer. Blocks
// are protocol buffers, which hold texts as they are.
func inSomeBlock(t *testing.T, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(shared.Layout.Root, "bodies", "*", "nodes", "peer*", "data", "ledgersData", "chains", "chains", "*", "blockfile_*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		if strings.Contains(string(content), text) {
			return true
		}
	}
	return false
}

func treeContains(t *testing.T, root, text string) bool {
	t.Helper()
	found, files := false, 0
	require.NoError(t, filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // databases remove files while they are read
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		files++
		found = found || strings.Contains(string(data), text)
		return nil
	}))
	require.NotZero(t, files, root)
	return found
}
