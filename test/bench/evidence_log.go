package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/encoding/protodelim"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// exportLimit bounds the reading of a ledger's blocks.
const exportLimit = 30 * time.Minute

// What LogSource says of the blocks.
const (
	realBlocks = "the channel's blocks"
	madeBlocks = "made-up blocks"
)

// buildLog measures how fast the ledger log is built from blocks that are stored on disk, and
// are in the page cache: reading, decoding, checking and hashing them, and making the log
// durable at the end.
func (r *runner) buildLog(ctx context.Context, dir string, e *evidences) error {
	if err := makeApart(ctx, dir); err != nil {
		return err
	}
	stored := filepath.Join(dir, "blocks")
	if err := r.storeBlocks(ctx, stored, e); err != nil {
		return err
	}
	var root ledgerlog.Hash
	return r.compare(ctx, &side{"ledger log", "entries", &e.Log, func(ctx context.Context, round int) (int, time.Duration, error) {
		fresh := filepath.Join(dir, fmt.Sprintf("log-%d", round))
		began := time.Now()
		head, err := build(ctx, stored, fresh)
		took := time.Since(began)
		if err == nil && (head.Size == 0 || head.Blocks != uint64(e.LogBlocks) || round > 0 && head.Root != root) {
			err = fmt.Errorf("the log has %d entries of %d blocks and the root %s, after the root %s", head.Size, head.Blocks, head.Root, root)
		}
		root = head.Root
		return int(head.Size), took, err
	}})
}

// storeBlocks writes blocks to a file, one after the other: those of the channel from a peer,
// or, without a network, some that were made up.
func (r *runner) storeBlocks(ctx context.Context, path string, e *evidences) error {
	blocks := madeUp(r.options.LogEntries)
	e.LogSource = madeBlocks
	if r.reader != nil {
		ctx, cancel := context.WithTimeout(ctx, exportLimit)
		defer cancel()
		height, err := r.reader.Height(ctx)
		if err != nil {
			return err
		}
		blocks = first(r.reader.Blocks(ctx, 0), height)
		e.LogSource = realBlocks
	}
	r.say("evidence: storing %s", e.LogSource)
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	buffer := bufio.NewWriterSize(file, 1<<20)
	for b, err := range blocks {
		if err == nil {
			_, err = protodelim.MarshalTo(buffer, b)
		}
		if err != nil {
			return errors.Join(err, file.Close())
		}
		e.LogBlocks++
	}
	return errors.Join(buffer.Flush(), file.Close())
}

// first ends after that many blocks.
func first(blocks iter.Seq2[*common.Block, error], count uint64) iter.Seq2[*common.Block, error] {
	return func(yield func(*common.Block, error) bool) {
		taken := uint64(0)
		for b, err := range blocks {
			if taken++; !yield(b, err) || taken == count {
				return
			}
		}
	}
}

// decoded is a block on its way into the log.
type decoded struct {
	block *block.Block
	err   error
}

// build makes a log in a new directory of stored blocks, which are decoded ahead of it on
// all cores.
func build(ctx context.Context, stored, dir string) (head ledgerlog.Head, err error) {
	log, err := ledgerlog.Open(dir, func(genesis ledgerlog.Hash) string { return tlog.Origin("psbc.lu", "bench", genesis) })
	if err != nil {
		return head, err
	}
	ordered := make(chan chan decoded, 2*everyProcessor())
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(ordered)
		return decodeAll(ctx, stored, ordered)
	})
	group.Go(func() error {
		for next := range ordered {
			d := <-next
			if d.err == nil {
				d.err = log.Append(d.block)
			}
			if d.err != nil {
				return d.err
			}
		}
		return nil
	})
	err = group.Wait()
	if err == nil {
		err = log.Flush()
	}
	head = log.Head()
	return head, errors.Join(err, log.Close())
}

// decodeAll reads blocks and has as many decoded at a time as there are processors.
func decodeAll(ctx context.Context, stored string, ordered chan<- chan decoded) error {
	file, err := os.Open(stored)
	if err != nil {
		return err
	}
	defer file.Close()
	reader := bufio.NewReaderSize(file, 1<<20)
	for {
		raw := &common.Block{}
		err := protodelim.UnmarshalOptions{MaxSize: -1}.UnmarshalFrom(reader, raw)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		next := make(chan decoded, 1)
		select {
		case ordered <- next: // has room for as many as may be decoded at a time
		case <-ctx.Done():
			return ctx.Err()
		}
		go func() {
			b, err := block.Decode(raw)
			next <- decoded{b, err}
		}()
	}
}
