package prove

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// ErrNotWritten says that no valid transaction of the block has the write.
var ErrNotWritten = errors.New("there is no such write")

// ErrNotCovered says that the checkpoint is of a log that does not have the write yet.
var ErrNotCovered = errors.New("the checkpoint does not cover the write")

// ContradictionError says that block, log and checkpoint do not fit together.
type ContradictionError struct{ Reason string }

func (e *ContradictionError) Error() string {
	return "block, ledger log and checkpoint contradict each other: " + e.Reason
}

func contradiction(format string, args ...any) error {
	return &ContradictionError{fmt.Sprintf(format, args...)}
}

// Target names a write.
type Target struct {
	// Tx is the transaction; empty for any. Of several writes that fit, the last one counts.
	Tx        string
	Namespace string
	Kind      evidence.Kind // empty for evidence.KindWrite
	// Collection is of a private write.
	Collection string
	// Key is the key's bytes; of a private write, their SHA-256.
	Key []byte
}

// matches says whether the write is one of those that t names.
func (t Target) matches(w *block.Write) bool {
	kind := t.Kind
	if kind == "" {
		kind = evidence.KindWrite
	}
	return w.Namespace == t.Namespace && w.Kind == kind && w.Collection == t.Collection && bytes.Equal(w.Key, t.Key)
}

// Found is a write in a block.
type Found struct {
	Detail evidence.Detail
	Salt   evidence.Hash
	Value  []byte
	// Before is how many entries of the block come before the write's.
	Before uint64
}

// Find looks for a write in a block. It returns ErrNotWritten when no valid transaction has
// it.
func Find(b *block.Block, t Target) (Found, error) {
	var found *Found
	before := uint64(1) // the block's own entry
	for i := range b.Transactions {
		tx := &b.Transactions[i]
		if !tx.Valid || !tx.Endorser() {
			continue
		}
		for j := range tx.Writes {
			if w := &tx.Writes[j]; t.matches(w) && (t.Tx == "" || t.Tx == tx.ID) {
				found = &Found{
					Detail: ledgerlog.DetailOf(b.Number, tx, j), Salt: evidence.Salt(tx.Nonce, tx.ID, j), Value: w.Value, Before: before,
				}
			}
			before++
		}
	}
	if found == nil {
		return Found{}, fmt.Errorf("block %d: %w in a valid transaction", b.Number, ErrNotWritten)
	}
	return *found, nil
}

// Request is what Prove makes evidence of.
type Request struct {
	// Block has the write.
	Block *block.Block
	Target
	// Checkpoint is of the log, at any size that covers the write; it is what goes into the
	// evidence.
	Checkpoint tlog.SignedCheckpoint
	// Member is the document's place when the write is of a batch; nil for none.
	Member *evidence.Member
	// After is the checkpoint that the record names, with the cosignatures on it; nil for
	// none.
	After *tlog.SignedCheckpoint
}

// Prove makes the evidence of a write.
//
// It fails with ErrNotWritten, with ErrNotCovered, with ledgerlog.ErrNotFound when the log
// does not reach as far as the block or the checkpoint, and with a *ContradictionError when
// the three do not fit together: then one of them is of another network, or one who made it
// has lied.
func Prove(r Request, log ledgerlog.Source) (*evidence.Proof, error) {
	found, err := Find(r.Block, r.Target)
	if err != nil {
		return nil, err
	}
	index, err := place(r.Block, found, log)
	if err != nil {
		return nil, err
	}
	size := r.Checkpoint.Size
	if index >= size {
		return nil, fmt.Errorf("the write is entry %d, the checkpoint is of %d entries: %w", index, size, ErrNotCovered)
	}
	path, err := log.Inclusion(index, size)
	if err != nil {
		return nil, err
	}
	if err := included(found, index, path, r.Checkpoint.Checkpoint); err != nil {
		return nil, err
	}
	return &evidence.Proof{
		Index: index, Path: path, Checkpoint: r.Checkpoint,
		Extra: evidence.Extra{Detail: found.Detail, Salt: found.Salt, Value: found.Value, Member: r.Member, After: r.After},
	}, nil
}

// place returns the index of the write's entry in the log.
func place(b *block.Block, f Found, log ledgerlog.Source) (uint64, error) {
	first := uint64(0)
	if b.Number > 0 {
		var err error
		if first, err = log.SizeAt(b.Number - 1); err != nil {
			return 0, err
		}
	}
	return first + f.Before, nil
}

// included checks the path against the checkpoint's root.
func included(f Found, index uint64, path []evidence.Hash, c tlog.Checkpoint) error {
	commitment, err := f.Detail.Commit(f.Salt)
	if err != nil {
		return err
	}
	entry, err := evidence.WriteEntry{Block: f.Detail.Block, Commitment: commitment}.Encode()
	if err != nil {
		return err
	}
	leaf := evidence.LeafHash(entry)
	siblings := make([][]byte, len(path))
	for i := range path {
		siblings[i] = path[i][:]
	}
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, index, c.Size, leaf[:], siblings, c.Root[:]); err != nil {
		return contradiction("by the block the write is entry %d, and the log's path from there does not lead to the root that is cosigned for %d entries (%v)", index, c.Size, err)
	}
	return nil
}
