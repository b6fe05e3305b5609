package ledgerlog_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/internal/blocktest"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

func origin(genesis ledgerlog.Hash) string {
	return tlog.Origin("psbc.lu", blocktest.Channel, genesis)
}

// history is a channel's blocks, and the log that they must give.
type history struct {
	raw    []*common.Block
	blocks []*block.Block
	// ends are the sizes after each block.
	ends []uint64
	tree *testonly.Tree
	// entries are those of all blocks.
	entries [][]byte
}

// historyOf makes blocks with so many writes each. A block's writes are those of one
// transaction for every hundred.
func historyOf(t testing.TB, writes ...int) *history {
	t.Helper()
	txs := [][]blocktest.Tx{{{Type: common.HeaderType_CONFIG, Creator: "OrdererMSP"}}}
	for number, count := range writes {
		var block []blocktest.Tx
		for first := 0; first < count; first += 100 {
			var keys []string
			for i := first; i < min(first+100, count); i++ {
				keys = append(keys, fmt.Sprintf("key %d of block %d", i, number+1))
			}
			block = append(block, blocktest.Endorsed(fmt.Sprintf("%d.%d", number+1, first), blocktest.Puts("notary", keys...)))
		}
		txs = append(txs, block)
	}
	h := &history{raw: blocktest.Chain(t, txs...), tree: testonly.New(rfc6962.DefaultHasher)}
	for _, raw := range h.raw {
		b, err := block.Decode(raw)
		require.NoError(t, err)
		entries, err := ledgerlog.Entries(b)
		require.NoError(t, err)
		h.blocks = append(h.blocks, b)
		h.tree.AppendData(entries...)
		h.entries = append(h.entries, entries...)
		h.ends = append(h.ends, h.tree.Size())
	}
	return h
}

func (h *history) root(size uint64) ledgerlog.Hash { return ledgerlog.Hash(h.tree.HashAt(size)) }

// stream is the blocks from a number on, as a client delivers them.
func (h *history) stream(from uint64) func(context.Context) iter.Seq2[*common.Block, error] {
	return func(context.Context) iter.Seq2[*common.Block, error] {
		return func(yield func(*common.Block, error) bool) {
			for _, b := range h.raw[from:] {
				if !yield(b, nil) {
					return
				}
			}
		}
	}
}

func open(t require.TestingT, dir string) *ledgerlog.Log {
	l, err := ledgerlog.Open(dir, origin)
	require.NoError(t, err)
	return l
}

// logOf is a log of all blocks, flushed.
func logOf(t testing.TB, dir string, h *history) *ledgerlog.Log {
	t.Helper()
	l := open(t, dir)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	for _, b := range h.blocks {
		require.NoError(t, l.Append(b))
	}
	require.NoError(t, l.Flush())
	return l
}

// copyOf is the directory as a killed process would leave it.
func copyOf(t require.TestingT, dir, to string) string {
	require.NoError(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}

// requireLog checks what a log or reader says against the history's first blocks.
func (h *history) requireHead(t require.TestingT, head ledgerlog.Head, blocks uint64) {
	size := h.ends[blocks-1]
	require.Equal(t, ledgerlog.Head{Origin: origin(h.blocks[0].HeaderHash), Size: size, Root: h.root(size), Blocks: blocks}, head)
}

func path(dir string, parts ...string) string {
	return filepath.Join(append([]string{dir}, parts...)...)
}

// seal puts the hash before a state's text.
func seal(text []byte) []byte {
	return append(fmt.Appendf(nil, "%x\n", sha256.Sum256(text)), text...)
}
