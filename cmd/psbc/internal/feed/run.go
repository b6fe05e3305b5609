package feed

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/google/uuid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/trail"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// Run appends a stream of lines to a trail.
type Run struct {
	Ledger Ledger
	Trail  trail.Trail
	Source string
	Body   string // MSP ID of the body that appends
	// Size is how many entries a batch has at most: 1 to trail.MaxEntries.
	Size    int
	Journal string // file
	// RevealAfter and Keep seal the batches; both are empty for batches that are not.
	RevealAfter string
	Keep        string // file
	// Number is that of the first batch that this run begins, and GapReason why the
	// numbers before it are missing; 0 for the next one, without a gap.
	Number    int
	GapReason string
	// Progress is told how many more entries are on the ledger. It may be nil.
	Progress func(entries int)

	journal *journal
	keep    *keep
	last    int // number of the source on the ledger; known says whether it was asked for
	known   bool
	summary Summary
}

// Do appends what rows yield, in their order and in batches one after the other, and
// leaves out what earlier runs with the same journal appended: the lines of batches
// that are done are compared with the journal, and a batch that was on its way is
// looked for on the ledger and, if it is not there, sent again. Lines that were not
// appended yet may have been corrected meanwhile, and lines be added at the end.
//
// With an error the summary says how far the run came. It matches ErrOther when the
// journal, or what it says of the lines, belongs to something else.
func (r *Run) Do(ctx context.Context, rows iter.Seq2[Row, error]) (summary Summary, err error) {
	if r.journal, err = openJournal(r.Journal, header{V: journalVersion, Trail: r.Trail.ID, Source: r.Source, Body: r.Body, Sealed: r.Keep != ""}); err != nil {
		return Summary{}, err
	}
	defer func() { err = cmp.Or(err, r.journal.close()) }()
	if len(r.journal.batches) > 0 && r.journal.batches[0].Done {
		r.Number, r.GapReason = 0, "" // the first batch has its number
	}
	if r.Keep != "" {
		if r.keep, err = openKeep(r.Keep); err != nil {
			return Summary{}, err
		}
		defer func() { err = cmp.Or(err, r.keep.close()) }()
	}
	err = r.feed(ctx, rows)
	return r.summary, err
}

// feed cuts the rows into batches: those that the journal knows as it says, the rest
// as full as they may be.
func (r *Run) feed(ctx context.Context, rows iter.Seq2[Row, error]) error {
	next, stop := iter.Pull2(rows)
	defer stop()
	cut := &cutter{next: next, most: r.Size, sealed: r.Keep != ""}
	for i, b := range r.journal.batches {
		batch, err := cut.exactly(b.Lines)
		if err != nil {
			return err
		}
		switch same := len(batch) == b.Lines && digest(batch) == b.Digest; {
		case b.Done && !same:
			return fmt.Errorf("%w: the lines of batch %d (%d, from the %s) are not those that were appended then", ErrOther, b.Number, b.Lines, ordinal(r.summary.Entries+1))
		case b.Done:
			if err := r.there(ctx, b, i); err != nil {
				return err
			}
			r.done(b, true)
		case i != len(r.journal.batches)-1:
			return errors.New("the journal is damaged")
		default:
			if err := r.resume(ctx, b, batch, same); err != nil {
				return err
			}
		}
	}
	for {
		batch, err := cut.full()
		if err != nil || len(batch) == 0 {
			return err
		}
		if err := r.begin(ctx, batch, nil); err != nil {
			return err
		}
	}
}

// there checks that the last batch that the journal calls done is on the ledger: a
// journal outlives a ledger that is thrown away, and would keep every line from the next.
func (r *Run) there(ctx context.Context, b Begun, index int) error {
	if last := len(r.journal.batches) - 1; index < last && r.journal.batches[index+1].Done {
		return nil
	}
	head, err := r.Ledger.Head(ctx, r.Trail.ID, r.Source, b.Number)
	if err != nil {
		return err
	}
	if head == nil || head.RequestID != b.RequestID {
		return fmt.Errorf("%w: batch %d, which the journal calls appended, is not on this ledger", ErrOther, b.Number)
	}
	return nil
}

// resume takes up a batch whose outcome no run has seen. Its lines are in batch; same
// says whether they are those that it was begun with.
func (r *Run) resume(ctx context.Context, b Begun, batch []Row, same bool) error {
	head, err := r.Ledger.Head(ctx, r.Trail.ID, r.Source, b.Number)
	if err != nil {
		return err
	}
	switch {
	case head != nil && head.RequestID == b.RequestID && same:
		return r.finish(b, true)
	case head != nil && (head.RequestID == b.RequestID || slices.Contains(b.Earlier, head.RequestID)):
		return changed(b)
	case len(batch) == 0:
		return nil // its lines are gone, and it never got there
	case head != nil: // the number went to another batch
		return r.begin(ctx, batch, nil)
	case !same: // the lines are corrected
		return r.begin(ctx, batch, append(b.Earlier, b.RequestID))
	}
	if r.keep == nil {
		return r.send(ctx, b, batch, Kept{})
	}
	kept, found, err := r.keep.find(b.RequestID)
	if err == nil && !found {
		err = fmt.Errorf("%w: %s does not hold the salts of batch %d, which was on its way", ErrOther, r.keep.path, b.Number)
	}
	if err != nil {
		return err
	}
	return r.send(ctx, b, batch, kept)
}

func changed(b Begun) error {
	return fmt.Errorf("%w: batch %d was appended with the lines as they were, and they have changed since", ErrOther, b.Number)
}

// begin numbers a batch, writes what is needed to take it up again, and sends it.
func (r *Run) begin(ctx context.Context, batch []Row, earlier []string) error {
	if !r.known {
		var err error
		if r.last, err = r.Ledger.Last(ctx, r.Trail.ID, r.Source); err != nil {
			return err
		}
		r.known = true
	}
	b := Begun{RequestID: newRequestID(), Earlier: earlier, Number: r.last + 1, Previous: r.last, Lines: len(batch), Digest: digest(batch)}
	if r.Number > 0 {
		if r.Number <= r.last {
			return fault.New(fault.AlreadyExists, "batch %d of source %s: its last batch is %d already", r.Number, r.Source, r.last)
		}
		b.Number, b.GapReason = r.Number, r.GapReason
	}
	if err := r.judge(b, batch); err != nil {
		return err
	}
	kept, err := r.seal(b, batch) // before the journal: what the journal knows can be revealed
	if err != nil {
		return err
	}
	if err := r.journal.add(b); err != nil {
		return err
	}
	return r.send(ctx, b, batch, kept)
}

// seal writes what reveals a batch that is to be sealed.
func (r *Run) seal(b Begun, batch []Row) (Kept, error) {
	if r.keep == nil {
		return Kept{}, nil
	}
	if err := r.judgeReveal(b); err != nil {
		return Kept{}, err
	}
	kept, err := seal(r.place(b), b.RequestID, r.RevealAfter, entriesOf(batch))
	if err != nil {
		return Kept{}, err
	}
	return kept, r.keep.add(kept)
}

// send sends a batch, which is sealed when there is something kept of it, and says what
// became of it.
func (r *Run) send(ctx context.Context, b Begun, batch []Row, kept Kept) error {
	var err error
	if r.keep == nil {
		_, err = r.Ledger.Append(ctx, trail.AppendRequest{RequestID: b.RequestID, Place: r.place(b), Entries: entriesOf(batch)})
	} else {
		err = r.sendSealed(ctx, kept)
	}
	if errors.Is(err, gateway.ErrAlreadyExists) {
		// By this very request, when the keys of pseudonyms have changed meanwhile.
		head, headErr := r.Ledger.Head(ctx, r.Trail.ID, r.Source, b.Number)
		if headErr != nil {
			return headErr
		}
		if head != nil && slices.Contains(b.Earlier, head.RequestID) {
			return changed(b)
		}
		if head == nil || head.RequestID != b.RequestID {
			return fmt.Errorf("something else appends as source %s at the same time: %w", r.Source, err)
		}
		err = nil
	}
	if err != nil {
		return locate(err, batch)
	}
	return r.finish(b, false)
}

func (r *Run) sendSealed(ctx context.Context, kept Kept) error {
	request, err := kept.Request()
	if err != nil {
		return err
	}
	_, err = r.Ledger.Seal(ctx, request)
	return err
}

// finish notes that a batch is on the ledger.
func (r *Run) finish(b Begun, earlier bool) error {
	b.Done = true
	if err := r.journal.add(b); err != nil {
		return err
	}
	r.Number, r.GapReason = 0, ""
	r.last, r.known = b.Number, !earlier // since an earlier run, others may have appended
	r.done(b, earlier)
	return nil
}

func (r *Run) done(b Begun, earlier bool) {
	r.summary.add(b, earlier)
	if r.Progress != nil {
		r.Progress(b.Lines)
	}
}

func (r *Run) place(b Begun) trail.Place {
	p := trail.Place{Trail: r.Trail.ID, Source: r.Source, Number: b.Number, GapReason: b.GapReason}
	if b.Previous != b.Number-1 {
		p.Previous = &b.Previous
	}
	return p
}

// newRequestID makes a random id. One in many millions of millions looks like an
// identification number, which the ledger refuses wherever it finds it.
func newRequestID() string {
	for {
		if id := uuid.NewString(); trail.CheckPersonal("requestId", id) == nil {
			return id
		}
	}
}

func entriesOf(batch []Row) []trail.Entry {
	entries := make([]trail.Entry, len(batch))
	for i, row := range batch {
		entries[i] = row.Entry
	}
	return entries
}

// digest is the SHA-256 of a batch's lines. It is that of what was read, so that it
// stays the same when keys of pseudonyms change.
func digest(batch []Row) string {
	sum := sha256.New()
	for _, row := range batch {
		sum.Write(row.Raw)
		sum.Write([]byte{'\n'})
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func ordinal(n int) string {
	if n == 1 {
		return "first"
	}
	return fmt.Sprintf("entry %d on", n)
}
