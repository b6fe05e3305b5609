package ledgerlog_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

var errEnough = errors.New("the test has seen enough")

func TestBuildingIsAppendingInOrder(t *testing.T) {
	var writes []int
	for i := range 200 {
		writes = append(writes, i*7%40)
	}
	h := historyOf(t, writes...)
	l := open(t, t.TempDir())
	defer l.Close()
	var seen []uint64
	err := ledgerlog.Build(t.Context(), h.stream(0), l, func(b *block.Block) error {
		require.Equal(t, b.Number+1, l.Next(), "it was appended before")
		seen = append(seen, b.Number)
		if b.Number == 120 {
			return errEnough
		}
		return nil
	})
	require.ErrorIs(t, err, errEnough)
	require.Len(t, seen, 121)
	require.NoError(t, ledgerlog.Build(t.Context(), h.stream(l.Next()), l, nil))
	h.requireHead(t, l.Head(), uint64(len(h.blocks)))
}

func TestBuildingEndsWithWhatIsWrong(t *testing.T) {
	h := historyOf(t, 3, 4, 5)
	t.Run("a block that cannot be read", func(t *testing.T) {
		bad := historyOf(t, 3, 4, 5)
		bad.raw[2].Metadata = nil
		l := open(t, t.TempDir())
		defer l.Close()
		require.ErrorContains(t, ledgerlog.Build(t.Context(), bad.stream(0), l, nil), "block 2")
		h.requireHead(t, l.Head(), 2)
	})
	t.Run("a block that is not the next", func(t *testing.T) {
		l := open(t, t.TempDir())
		defer l.Close()
		require.ErrorContains(t, ledgerlog.Build(t.Context(), h.stream(1), l, nil), "is not the next one")
	})
	t.Run("the stream", func(t *testing.T) {
		l := open(t, t.TempDir())
		defer l.Close()
		ending := func(context.Context) iter.Seq2[*common.Block, error] {
			return func(yield func(*common.Block, error) bool) {
				_ = yield(h.raw[0], nil) && yield(nil, errEnough)
			}
		}
		require.ErrorIs(t, ledgerlog.Build(t.Context(), ending, l, nil), errEnough)
		h.requireHead(t, l.Head(), 1)
	})
}

func request(id, text string) notary.NotariseRequest {
	digest := notary.Digest("sha2-256:" + evidence.LeafHash([]byte(text)).String())
	return notary.NotariseRequest{RequestID: id, Item: notary.Item{Digest: digest, Type: "decree"}}
}

// The whole way: a notarisation, by the real contract, is found and proven.
func TestFollowAppendsWhatIsCommitted(t *testing.T) {
	network := gatewaytest.New(t)
	ctie := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleNotary))
	reader := network.Client("SIGIMSP")
	dir := t.TempDir()
	l := open(t, dir)
	const count = 5
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range count {
			_, err := ctie.Notary().Notarise(ctx, request(fmt.Sprintf("request-%d", i), fmt.Sprint(i)))
			if err != nil {
				t.Errorf("notarise: %v", err)
				cancel() // nothing more is to come
				return
			}
		}
	}()
	proven := 0
	each := func(b *block.Block) error {
		size, err := l.SizeAt(b.Number)
		require.NoError(t, err)
		index := size
		for _, tx := range b.Transactions {
			index -= uint64(len(tx.Writes))
		}
		for _, tx := range b.Transactions {
			require.Equal(t, "CTIEMSP", tx.Creator)
			require.Equal(t, "notary", tx.Chaincode)
			require.NotEmpty(t, tx.Writes)
			for i := range tx.Writes {
				commitment, err := ledgerlog.DetailOf(b.Number, &tx, i).Commit(evidence.Salt(tx.Nonce, tx.ID, i))
				require.NoError(t, err)
				raw, err := l.Entry(index)
				require.NoError(t, err)
				entry, err := evidence.ParseEntry(raw)
				require.NoError(t, err)
				require.Equal(t, evidence.WriteEntry{Block: b.Number, Commitment: commitment}, *entry.Write)
				_, err = l.Inclusion(index, size)
				require.NoError(t, err)
				index++
				proven++
			}
		}
		if b.Number == count {
			return errEnough
		}
		return nil
	}
	require.ErrorIs(t, ledgerlog.Follow(ctx, reader, l, each), errEnough)
	<-done
	require.Greater(t, proven, 3*count)
	head := l.Head()
	require.NoError(t, l.Close())

	// Another body, which begins later and stops in between, has the same log.
	other := open(t, path(t.TempDir(), "other"))
	defer other.Close()
	for other.Next() <= count {
		err := ledgerlog.Follow(t.Context(), reader, other, func(*block.Block) error { return errEnough })
		require.ErrorIs(t, err, errEnough)
	}
	require.Equal(t, head, other.Head())
}

func TestFollowFlushesByItselfAndEndsWithTheContext(t *testing.T) {
	network := gatewaytest.New(t)
	client := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleNotary))
	_, err := client.Notary().Notarise(t.Context(), request("request-1", "text"))
	require.NoError(t, err)
	dir := t.TempDir()
	l := open(t, dir)
	defer l.Close()
	reader, err := ledgerlog.OpenReader(dir)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- ledgerlog.Follow(ctx, client, l, nil) }()
	for range 20 { // the end may come at any moment
		ended, cancel := context.WithCancel(t.Context())
		go cancel()
		require.ErrorIs(t, ledgerlog.Follow(ended, client, open(t, t.TempDir()), nil), context.Canceled)
	}
	require.Eventually(t, func() bool {
		head, err := reader.Head()
		return err == nil && head.Blocks == 2
	}, 20*eventually, eventually/10)
	cancel()
	require.ErrorIs(t, <-ended, gateway.ErrCanceled)
}

// Readers that look on while the log grows see logs that it had, never half of one.
func TestReadersLookOnWhileTheLogGrows(t *testing.T) {
	var writes []int
	for i := range 60 {
		writes = append(writes, 30+i)
	}
	h := historyOf(t, writes...)
	dir := t.TempDir()
	l := open(t, dir)
	defer l.Close()
	sources := sourcesOf(t, dir, l)
	grown := make(chan error, 1)
	go func() {
		var err error
		for _, b := range h.blocks {
			if err = errors.Join(err, l.Append(b), l.Flush()); err != nil {
				break
			}
		}
		grown <- err
	}()
	for number, end := range h.ends {
		for name, s := range sources {
			var size uint64
			require.Eventually(t, func() bool {
				var err error
				size, err = s.SizeAt(uint64(number))
				return !errors.Is(err, ledgerlog.ErrNotFound)
			}, 20*eventually, time.Millisecond, name)
			require.Equal(t, end, size)
			h.requireProofs(t, s, size*3/4, size)
		}
	}
	require.NoError(t, <-grown)
}
