package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// checkpointNamespace is the chaincode of checkpoints.
const checkpointNamespace = "checkpoint"

// maxProblems is how many problems are named; more of them are as bad.
const maxProblems = 100

// logCheck compares a log with what it must be by the blocks, and with what bodies say.
type logCheck struct {
	log    ledgerlog.Source
	origin string
	tree   *compact.Range // of all entries until now
	// roots are those at the ends of blocks, by size.
	roots    map[uint64]evidence.Hash
	cosigned int
	problems []string
}

func newLogCheck(log ledgerlog.Source, origin string) *logCheck {
	factory := compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	return &logCheck{log: log, origin: origin, tree: factory.NewEmptyRange(0), roots: make(map[uint64]evidence.Hash), problems: []string{}}
}

func (c *logCheck) problem(format string, args ...any) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, fmt.Sprintf(format, args...))
	}
}

// block compares the next block. What the log cannot tell, because it is damaged, is a
// problem too; an error is what stands in the way of comparing.
func (c *logCheck) block(b *block.Block) error {
	c.statements(b) // speak of the log before the block
	entries, err := ledgerlog.Entries(b)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := c.entry(b.Number, entry); err != nil {
			return err
		}
	}
	size := c.tree.End()
	root, err := c.tree.GetRootHash(nil)
	if err != nil {
		return err
	}
	c.roots[size] = evidence.Hash(root)
	if has, err := c.log.SizeAt(b.Number); err != nil || has != size {
		c.problem("block %d: the log must have %d entries at its end (%s)", b.Number, size, got(has, err))
	}
	if has, err := c.log.Root(size); err != nil || has != c.roots[size] {
		c.problem("block %d: the log must have the root %s at its end (%s)", b.Number, c.roots[size], got(has, err))
	}
	return nil
}

// got says what the log has instead.
func got(has any, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("it has %v", has)
}

// entry compares one entry, and for the first one of each tile the tiles up to the root.
func (c *logCheck) entry(number uint64, entry []byte) error {
	index := c.tree.End()
	leaf := evidence.LeafHash(entry)
	if err := c.tree.Append(leaf[:], nil); err != nil {
		return err
	}
	has, err := c.log.Entry(index)
	if err != nil || !bytes.Equal(has, entry) {
		c.problem("block %d: entry %d of the log must be %s (%s)", number, index, entry, got(string(has), err))
		return nil
	}
	if index%256 == 0 {
		if _, err := c.log.Inclusion(index, index+1); err != nil {
			c.problem("block %d: entry %d has no path: %v", number, index, err)
		}
	}
	return nil
}

// statements compares what bodies said in the block.
func (c *logCheck) statements(b *block.Block) {
	for i := range b.Transactions {
		tx := &b.Transactions[i]
		if !tx.Valid {
			continue
		}
		for _, w := range tx.Writes {
			if w.Namespace != checkpointNamespace || w.Kind != evidence.KindWrite || w.Deleted || !strings.HasPrefix(string(w.Key), "\x00"+checkpoint.TypeCosigned+"\x00") {
				continue
			}
			said, err := checkpoint.DecodeCosigned(w.Value)
			if err != nil {
				c.problem("transaction %s: a cosigned checkpoint that cannot be read: %v", tx.ID, err)
				continue
			}
			if said.Origin == c.origin {
				c.cosigned++
				c.compare(said.Size, said.Root, fmt.Sprintf("%s, in transaction %s of block %d", said.Body, tx.ID, b.Number))
			}
		}
	}
}

// compare compares a checkpoint that is somebody's with the log.
func (c *logCheck) compare(size uint64, root, whose string) {
	has, known := c.roots[size]
	switch {
	case size > c.tree.End():
		c.problem("%s: the checkpoint is of %d entries, and the log had %d", whose, size, c.tree.End())
	case !known:
		c.problem("%s: the checkpoint is of %d entries, which is not the end of a block", whose, size)
	case has.String() != root:
		c.problem("%s: the checkpoint of %d entries has the root %s, and the log %s", whose, size, root, has)
	}
}

// kept compares the checkpoint that is kept with the log.
func (c *logCheck) kept() {
	switch signed, err := c.log.Checkpoint(); {
	case errors.Is(err, ledgerlog.ErrNotFound):
	case err != nil:
		c.problem("the checkpoint that is kept with the log: %v", err)
	case signed.Origin != c.origin:
		c.problem("the checkpoint that is kept with the log is of %s, not of %s", signed.Origin, c.origin)
	default:
		c.compare(signed.Size, signed.Root.String(), "the checkpoint that is kept with the log")
	}
}
