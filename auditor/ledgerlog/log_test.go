package ledgerlog_test

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

func pathOf(hashes []ledgerlog.Hash) [][]byte {
	path := make([][]byte, len(hashes))
	for i, h := range hashes {
		path[i] = h[:]
	}
	return path
}

// sourcesOf are all ways to read one log.
func sourcesOf(t *testing.T, dir string, l *ledgerlog.Log) map[string]ledgerlog.Source {
	t.Helper()
	reader, err := ledgerlog.OpenReader(dir)
	require.NoError(t, err)
	server := httptest.NewServer(ledgerlog.Handler(dir))
	t.Cleanup(server.Close)
	remote, err := ledgerlog.OpenURL(server.URL)
	require.NoError(t, err)
	return map[string]ledgerlog.Source{"the log": l, "a reader": reader, "over HTTP": remote}
}

// requireProofs checks one entry and size in all ways.
func (h *history) requireProofs(t *testing.T, s ledgerlog.Source, index, size uint64) {
	t.Helper()
	root, err := s.Root(size)
	require.NoError(t, err)
	require.Equal(t, h.root(size), root)
	entry, err := s.Entry(index)
	require.NoError(t, err)
	require.Equal(t, string(h.entries[index]), string(entry))
	path, err := s.Inclusion(index, size)
	require.NoError(t, err)
	leaf := evidence.LeafHash(entry)
	require.NoError(t, proof.VerifyInclusion(rfc6962.DefaultHasher, index, size, leaf[:], pathOf(path), root[:]))
	path, err = s.Consistency(index+1, size)
	require.NoError(t, err)
	require.NoError(t, proof.VerifyConsistency(rfc6962.DefaultHasher, index+1, size, pathOf(path), h.tree.HashAt(index+1), root[:]))
}

func TestALogIsTheMerkleTreeOfItsEntries(t *testing.T) {
	h := historyOf(t, 3, 0, 253, 1, 250, 300, 7)
	dir := t.TempDir()
	l := logOf(t, dir, h)
	blocks := uint64(len(h.blocks))
	require.Equal(t, blocks, l.Next())
	h.requireHead(t, l.Head(), blocks)
	for name, s := range sourcesOf(t, dir, l) {
		t.Run(name, func(t *testing.T) {
			for number, end := range h.ends {
				size, err := s.SizeAt(uint64(number))
				require.NoError(t, err)
				require.Equal(t, end, size)
			}
			all := h.tree.Size()
			step := uint64(1)
			if name == "over HTTP" {
				step = 7
			}
			for size := uint64(0); size <= all; size += step {
				root, err := s.Root(size)
				require.NoError(t, err)
				require.Equal(t, h.root(size), root, "size %d", size)
			}
			for index := uint64(0); index < all; index += step {
				h.requireProofs(t, s, index, all)
				h.requireProofs(t, s, index, min(all, index+1+index%300))
			}
		})
	}
}

// With three levels of tiles.
func TestALargeLogIsTheMerkleTreeOfItsEntries(t *testing.T) {
	h := historyOf(t, 30_000, 30_000, 5_000, 600, 10_000)
	dir := t.TempDir()
	l := logOf(t, dir, h)
	all := h.tree.Size()
	require.Greater(t, all, uint64(65536+256))
	for name, s := range sourcesOf(t, dir, l) {
		t.Run(name, func(t *testing.T) {
			for _, size := range []uint64{1, 255, 256, 257, 65535, 65536, 65537, all - 1, all} {
				for _, index := range []uint64{0, 1, 254, 255, 256, 511, 65535, 65536, all - 2, all - 1} {
					if index < size {
						h.requireProofs(t, s, index, size)
					}
				}
			}
		})
	}
	require.NoError(t, l.Close())
	h.requireHead(t, open(t, dir).Head(), uint64(len(h.blocks)))
}

func TestWhatALogDoesNotHaveIsNotFound(t *testing.T) {
	h := historyOf(t, 3, 300)
	dir := t.TempDir()
	l := logOf(t, dir, h)
	all := h.tree.Size()
	for name, s := range sourcesOf(t, dir, l) {
		t.Run(name, func(t *testing.T) {
			asked := map[string]func() error{
				"a checkpoint":                  func() error { _, err := s.Checkpoint(); return err },
				"a block to come":               func() error { _, err := s.SizeAt(3); return err },
				"a larger size":                 func() error { _, err := s.Root(all + 1); return err },
				"a size that none has":          func() error { _, err := s.Root(tlog.MaxSize + 1); return err },
				"an entry to come":              func() error { _, err := s.Entry(all); return err },
				"an entry that none has":        func() error { _, err := s.Entry(1 << 63); return err },
				"an entry beyond the size":      func() error { _, err := s.Inclusion(5, 5); return err },
				"a proof in a larger size":      func() error { _, err := s.Inclusion(5, all+1); return err },
				"the past of a larger size":     func() error { _, err := s.Consistency(5, all+1); return err },
				"a past that is the future":     func() error { _, err := s.Consistency(6, 5); return err },
				"the consistency with nothing":  func() error { _, err := s.Consistency(0, 5); return err },
				"a proof in a size nobody has":  func() error { _, err := s.Inclusion(5, 1<<63); return err },
				"the past of a size nobody has": func() error { _, err := s.Consistency(5, 1<<63); return err },
			}
			for what, ask := range asked {
				require.ErrorIs(t, ask(), ledgerlog.ErrNotFound, what)
			}
		})
	}
}

func TestAppendTakesTheNextBlockOnly(t *testing.T) {
	h, other := historyOf(t, 3, 4), historyOf(t, 5, 4)
	l := open(t, t.TempDir())
	defer l.Close()
	require.ErrorContains(t, l.Append(h.blocks[1]), "is not the next one")
	require.NoError(t, l.Append(h.blocks[0]))
	require.NoError(t, l.Append(h.blocks[1]))
	require.ErrorContains(t, l.Append(h.blocks[1]), "block 1 is not the next one of the ledger log")
	require.ErrorContains(t, l.Append(other.blocks[2]), "does not follow block 1")
	h.requireHead(t, l.Head(), 2)
	require.NoError(t, l.Append(h.blocks[2]), "it goes on after a refusal")
	h.requireHead(t, l.Head(), 3)
}

func TestOnlyOneWrites(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	_, err := ledgerlog.Open(dir, origin)
	require.ErrorContains(t, err, "is being written by another process")
	require.NoError(t, l.Close())
	again := open(t, dir)
	require.NoError(t, again.Close())
	require.ErrorContains(t, again.Append(historyOf(t).blocks[0]), "is closed")
}

func TestADirectoryIsOfOneLog(t *testing.T) {
	h := historyOf(t, 3)
	dir := t.TempDir()
	l := logOf(t, dir, h)
	require.NoError(t, l.Close())
	_, err := ledgerlog.Open(dir, func(ledgerlog.Hash) string { return "other.example/psbc/0" })
	require.ErrorContains(t, err, "is "+origin(h.blocks[0].HeaderHash)+", not other.example/psbc/0: remove it")
}

func TestReadersSeeWhatIsFlushed(t *testing.T) {
	h := historyOf(t, 3, 300)
	dir := t.TempDir()
	l := open(t, dir)
	defer l.Close()
	reader, err := ledgerlog.OpenReader(dir)
	require.NoError(t, err)
	empty, err := reader.Head()
	require.NoError(t, err)
	require.Equal(t, ledgerlog.Head{Root: h.root(0)}, empty)

	require.NoError(t, l.Append(h.blocks[0]))
	require.NoError(t, l.Append(h.blocks[1]))
	h.requireHead(t, l.Head(), 2)
	size, err := l.SizeAt(1)
	require.NoError(t, err)
	require.Equal(t, h.ends[1], size)
	head, err := reader.Head()
	require.NoError(t, err)
	require.Equal(t, empty, head)

	require.NoError(t, l.Flush())
	head, err = reader.Head()
	require.NoError(t, err)
	h.requireHead(t, head, 2)
	require.NoError(t, l.Append(h.blocks[2]))
	_, err = reader.SizeAt(2)
	require.ErrorIs(t, err, ledgerlog.ErrNotFound)
	_, err = reader.Entry(h.ends[1] + 200)
	require.ErrorIs(t, err, ledgerlog.ErrNotFound, "though a full bundle has it")
	h.requireProofs(t, l, h.ends[1]+200, h.ends[2])
}

func TestACheckpointIsOfThisLog(t *testing.T) {
	h := historyOf(t, 3, 300)
	dir := t.TempDir()
	l := open(t, dir)
	defer l.Close()
	for _, b := range h.blocks {
		require.NoError(t, l.Append(b))
	}
	line := tlog.Cosignature{Name: "witness", KeyID: 1, Time: 2, Signature: []byte("not looked at")}
	signed := func(change func(*tlog.Checkpoint)) tlog.SignedCheckpoint {
		c := tlog.Checkpoint{Origin: origin(h.blocks[0].HeaderHash), Size: h.ends[1], Root: h.root(h.ends[1])}
		change(&c)
		return tlog.SignedCheckpoint{Checkpoint: c, Cosignatures: []tlog.Cosignature{line}}
	}
	require.ErrorContains(t, l.SetCheckpoint(signed(func(c *tlog.Checkpoint) { c.Origin = "other" })), "is one of other")
	require.ErrorContains(t, l.SetCheckpoint(signed(func(c *tlog.Checkpoint) { c.Root[0] ^= 1 })), "has the root")
	require.ErrorIs(t, l.SetCheckpoint(signed(func(c *tlog.Checkpoint) { c.Size = 1000 })), ledgerlog.ErrNotFound)
	for _, size := range []uint64{h.ends[1], h.ends[2], h.ends[0]} {
		want := signed(func(c *tlog.Checkpoint) { c.Size, c.Root = size, h.root(size) })
		require.NoError(t, l.SetCheckpoint(want))
		for name, s := range sourcesOf(t, dir, l) {
			got, err := s.Checkpoint()
			require.NoError(t, err, name)
			require.Equal(t, want, got, name)
		}
	}
	reader, err := ledgerlog.OpenReader(dir)
	require.NoError(t, err)
	head, err := reader.Head()
	require.NoError(t, err)
	require.Equal(t, h.ends[2], head.Size, "what a checkpoint speaks of is flushed before")
	require.Equal(t, head.Root, head.Checkpoint().Root)
}

func TestThereIsNoLogWithoutADirectory(t *testing.T) {
	dir := t.TempDir()
	_, err := ledgerlog.OpenReader(path(dir, "missing"))
	require.ErrorContains(t, err, "there is no ledger log")
	l := open(t, path(dir, "made", "below"))
	require.NoError(t, l.Close())
	_, err = ledgerlog.OpenReader(path(dir, "made", "below", "lock"))
	require.ErrorContains(t, err, "is not a directory")
	for _, address := range []string{"", "log.example", "ftp://log.example", "https://", "https://log.example?q", "https://log.example#f", "http://[::1"} {
		_, err := ledgerlog.OpenURL(address)
		require.ErrorContains(t, err, "address of the ledger log", address)
	}
}
