package feed

import (
	"iter"
	"time"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

// judge applies the ledger's own rules to a batch. That the batch before it is there
// is taken as given.
func (r *Run) judge(b Begun, batch []Row) error {
	request := trail.AppendRequest{RequestID: b.RequestID, Place: r.place(b), Entries: entriesOf(batch)}
	if err := request.Validate(); err != nil {
		return locate(err, batch)
	}
	now, err := canonical.FormatTime(time.Now())
	if err != nil {
		return err
	}
	_, err = trail.Append(request, trail.Tx{Body: r.Body, ClaimedTime: now}, r.Trail, "", &trail.Batch{})
	return locate(err, batch)
}

// judgeReveal applies the ledger's rules to the time when a batch may be revealed, before
// anything is written that the batch would be sent with for ever.
func (r *Run) judgeReveal(b Begun) error {
	now, err := canonical.FormatTime(time.Now())
	if err != nil {
		return err
	}
	request := trail.SealRequest{RequestID: b.RequestID, Place: r.place(b), RevealAfter: r.RevealAfter}
	_, err = trail.Seal(request, trail.Tx{Body: r.Body, ClaimedTime: now}, r.Trail, "", &trail.Batch{})
	return err
}

// Judge reads all rows and applies the ledger's own rules to them, as Do will. It
// returns how many there are.
func (r *Run) Judge(rows iter.Seq2[Row, error]) (int, error) {
	next, stop := iter.Pull2(rows)
	defer stop()
	cut := &cutter{next: next, most: r.Size, sealed: r.Keep != ""}
	for n := 0; ; {
		batch, err := cut.full()
		if err != nil || len(batch) == 0 {
			return n, err
		}
		if err := r.judge(Begun{RequestID: "judge-only", Number: 1}, batch); err != nil {
			return n, err
		}
		n += len(batch)
	}
}
