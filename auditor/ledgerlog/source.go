package ledgerlog

import (
	"errors"
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// Hash is a SHA-256 hash: of an entry, a node or a root.
type Hash = evidence.Hash

// Source is a ledger log that can be read: a [*Log], a [*Reader] or a [*Remote]. It is safe
// for concurrent use. What is not in the log, or not yet, is an error that matches
// [ErrNotFound].
type Source interface {
	// Checkpoint is the checkpoint that was set last. Its cosignatures are not verified.
	Checkpoint() (tlog.SignedCheckpoint, error)
	// SizeAt is the size of the log at the end of a block.
	SizeAt(block uint64) (uint64, error)
	// Root is the root of the log when it had that size.
	Root(size uint64) (Hash, error)
	// Entry is the entry with that index, from 0.
	Entry(index uint64) ([]byte, error)
	// Inclusion proves that the entry is in the log of that size (RFC 6962, section 2.1.1).
	Inclusion(index, size uint64) ([]Hash, error)
	// Consistency proves that the log of size a is the beginning of the one of size b
	// (RFC 6962, section 2.1.2). Requires 0 < a <= b.
	Consistency(a, b uint64) ([]Hash, error)
}

// ErrNotFound says that the log does not have it, or not yet.
var ErrNotFound = errors.New("the ledger log does not have it")

func notFound(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), ErrNotFound)
}

// DamagedError names a file of the log that is not what was written.
type DamagedError struct {
	Dir, File string // File is relative to Dir
	Reason    string
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s in the ledger log %s is damaged (%s): remove %[2]s, the log is built again from the peer", e.File, e.Dir, e.Reason)
}

// Head says how far a log has come.
type Head struct {
	// Origin is the log's origin line, empty before the first block.
	Origin string
	Size   uint64 // entries
	Root   Hash
	Blocks uint64 // blocks that the log covers, which is the number of the next one
}

// Checkpoint is the head as it is signed.
func (h Head) Checkpoint() tlog.Checkpoint {
	return tlog.Checkpoint{Origin: h.Origin, Size: h.Size, Root: h.Root}
}
