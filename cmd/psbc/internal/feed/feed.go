// Package feed appends what a stream of JSON Lines tells to an audit trail, so that
// each line becomes an entry exactly once, however often the run is interrupted and
// repeated.
//
// Three things make it so. A journal on this machine says which lines each batch
// holds, written before the batch is sent and after its answer. Every batch has a
// number in its source's numbering, which the ledger gives away once. And a batch's
// head names the request that made it, so that a batch whose answer was lost is told
// from one that something else appended under its number.
package feed

import (
	"context"

	"github.com/psbc-lu/psbc/chaincode/trail"
)

// Ledger is what a run needs of the gateway client.
type Ledger interface {
	Append(ctx context.Context, request trail.AppendRequest) (*trail.Batch, error)
	Seal(ctx context.Context, request trail.SealRequest) (*trail.Batch, error)
	// Head returns the head of a batch, and nil for one that is not on the ledger.
	Head(ctx context.Context, trailID, source string, number int) (*trail.Batch, error)
	// Last returns the last number of a source, and 0 for one that has appended nothing.
	Last(ctx context.Context, trailID, source string) (int, error)
}

// Summary is what a run, or the part of it up to an error, came to.
type Summary struct {
	Entries int // on the ledger, those of earlier runs included
	Resumed int // of them, by earlier runs
	Batches int
	First   int // number of the first batch, and of the last one
	Last    int
}

func (s *Summary) add(b Begun, earlier bool) {
	s.Entries += b.Lines
	s.Batches++
	if earlier {
		s.Resumed += b.Lines
	}
	if s.First == 0 {
		s.First = b.Number
	}
	s.Last = b.Number
}
