package ledgerlog

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"sync"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"

	"github.com/psbc-lu/psbc/auditor/block"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// flushInterval is how long what Follow appends may wait to be durable, and to be seen by
// readers. The peer has it all, so that losing it costs no more than reading it again.
const flushInterval = time.Second

// Follow lets a log grow with the ledger of the client's own peer, from [Log.Next] on. It
// calls each, which may be nil, with every block after it was appended, in their order. What
// was appended is flushed within a second or so; each may flush sooner.
//
// It goes on until the context ends, a block cannot be appended, or each returns an error,
// and returns why; see [gateway.Client.Blocks] for what else ends it. It flushes before it
// returns.
func Follow(ctx context.Context, client *gateway.Client, l *Log, each func(*block.Block) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var flusher sync.WaitGroup
	flusher.Go(func() { flushOften(ctx, l) })
	from := l.Next()
	err := build(ctx, func(ctx context.Context) iter.Seq2[*common.Block, error] { return client.Blocks(ctx, from) }, l, each)
	cancel()
	flusher.Wait()
	return errors.Join(err, l.Flush())
}

// flushOften flushes until the context ends. A flush that fails has broken the log, and the
// next Append says so.
func flushOften(ctx context.Context, l *Log) {
	ticker := time.NewTicker(flushInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if l.Flush() != nil {
				return
			}
		}
	}
}

// blocksOf gives the blocks to append, until the context ends.
type blocksOf func(context.Context) iter.Seq2[*common.Block, error]

// job is a block on its way into the log.
type job struct {
	raw  *common.Block
	done chan struct{} // closed when the rest is there
	prepared
	err error
}

// build appends blocks in their order, which are decoded and hashed ahead on all cores. It
// returns why the blocks ended, nil if they did without an error.
func build(ctx context.Context, blocks blocksOf, l *Log, each func(*block.Block) error) error {
	ctx, cancel := context.WithCancel(ctx)
	workers := runtime.GOMAXPROCS(0)
	ordered, work := make(chan *job, 2*workers), make(chan *job, 2*workers)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	var ended error // why there are no more blocks
	running.Go(func() {
		defer close(ordered)
		defer close(work)
		ended = read(ctx, blocks(ctx), ordered, work)
	})
	for range workers {
		running.Go(func() {
			for j := range work {
				j.prepare()
			}
		})
	}
	for j := range ordered {
		<-j.done
		if j.err != nil {
			return j.err
		}
		if err := l.add(j.prepared); err != nil {
			return err
		}
		if each == nil {
			continue
		}
		if err := each(j.block); err != nil {
			return err
		}
	}
	return ended
}

// read makes jobs of blocks until they end or the context does, and says why.
func read(ctx context.Context, blocks iter.Seq2[*common.Block, error], ordered, work chan<- *job) error {
	for raw, err := range blocks {
		if err != nil {
			return err
		}
		j := &job{raw: raw, done: make(chan struct{})}
		select {
		case ordered <- j:
			work <- j // a worker takes it before long
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (j *job) prepare() {
	defer close(j.done)
	b, err := block.Decode(j.raw)
	j.raw = nil
	if err == nil {
		j.prepared, err = prepare(b)
	}
	j.err = err
}
