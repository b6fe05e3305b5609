package ledger

import (
	"slices"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Keys reads a page of the keys of a body's witness, by id; of all bodies' if the body is
// empty, by body.
func (g Checkpoint) Keys(body string, size int, bookmark string) (checkpoint.KeyPage, error) {
	in, count := witnessKeysOf(body)
	items, bookmark, err := list(g.Tx, in, count, size, bookmark, checkpoint.DecodeWitnessKey)
	return checkpoint.KeyPage{Items: items, Bookmark: bookmark}, err
}

// Keyring reads the keys of all bodies' witnesses for a log. It fails with
// FAILED_PRECONDITION when they are more than checkpoint.MaxBodies can have.
func (g Checkpoint) Keyring(origin string) (checkpoint.Keyring, error) {
	var all []checkpoint.WitnessKey
	for bookmark := ""; ; {
		page, err := g.Keys("", checkpoint.MaxPageSize, bookmark)
		if err != nil {
			return checkpoint.Keyring{}, err
		}
		all = append(all, page.Items...)
		if len(all) > checkpoint.MaxBodies*checkpoint.MaxKeys {
			return checkpoint.Keyring{}, fault.New(fault.FailedPrecondition, "the bodies have more than %d keys", checkpoint.MaxBodies*checkpoint.MaxKeys)
		}
		if page.Bookmark == "" {
			return checkpoint.NewKeyring(origin, all), nil
		}
		bookmark = page.Bookmark
	}
}

// At reads what the bodies said of a size, at most checkpoint.MaxRoots each: in one round
// trip for each body.
func (g Checkpoint) At(origin string, size uint64, bodies []string) ([]checkpoint.Cosigned, error) {
	var found []checkpoint.Cosigned
	for _, body := range bodies {
		pairs, _, err := g.page(cosignedAt(origin, body, size), checkpoint.MaxRoots, "")
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			c, err := checkpoint.DecodeCosigned(p.value)
			if err != nil {
				return nil, damaged(err)
			}
			if err := inPlace(c, checkpoint.Cosigned{Origin: origin, Body: body, Size: size}); err != nil {
				return nil, err
			}
			found = append(found, c)
		}
	}
	return found, nil
}

// The most that a descent does, so that the peer's work is bounded when no quorum is near.
const (
	maxReadings = 1000 // of a piece of a body's list
	laneSizes   = 4    // sizes of such a piece
)

// Descend hands what was said of a size to judge, size after size from the largest down,
// until judge says that it is enough: each size of which at least quorum of the bodies have
// said anything. It returns false when none is left, and fails with FAILED_PRECONDITION
// when it has looked at many in vain.
//
// A body alone cannot lead it astray: of what it says, only the sizes are looked at that
// others reach as well.
func (g Checkpoint) Descend(origin string, bodies []string, quorum int, judge func([]checkpoint.Cosigned) (enough bool, err error)) (bool, error) {
	if quorum < 1 || quorum > len(bodies) {
		return false, nil
	}
	d := descent{Checkpoint: g, origin: origin, lanes: make([]lane, len(bodies))}
	for i, body := range bodies {
		d.lanes[i] = lane{body: body}
	}
	for bound := uint64(checkpoint.MaxSize); bound > 0; {
		heads, err := d.heads(bound)
		if err != nil {
			return false, err
		}
		// No larger size has been reached by as many.
		reached := heads[quorum-1]
		if reached == 0 || heads[0] > reached {
			bound = reached
			continue
		}
		found, err := g.At(origin, reached, bodies)
		if err != nil {
			return false, err
		}
		if enough, err := judge(found); enough || err != nil {
			return enough, err
		}
		d.readings += len(bodies)
		bound = reached - 1
	}
	return false, nil
}

// descent is the way down the lists of several bodies.
type descent struct {
	Checkpoint
	origin   string
	lanes    []lane
	readings int
}

// lane is a body's list, of which a piece is at hand.
type lane struct {
	body  string
	sizes []uint64 // descending, with repetitions
	read  bool     // anything yet
	more  bool     // is behind the piece
}

// heads returns, for each body, the largest size up to bound of which it said anything, 0
// for none: in descending order.
func (d *descent) heads(bound uint64) ([]uint64, error) {
	heads := make([]uint64, len(d.lanes))
	for i := range d.lanes {
		head, err := d.head(&d.lanes[i], bound)
		if err != nil {
			return nil, err
		}
		heads[i] = head
	}
	slices.Sort(heads)
	slices.Reverse(heads)
	return heads, nil
}

func (d *descent) head(l *lane, bound uint64) (uint64, error) {
	for {
		for len(l.sizes) > 0 && l.sizes[0] > bound {
			l.sizes = l.sizes[1:]
		}
		if len(l.sizes) > 0 {
			return l.sizes[0], nil
		}
		if l.read && !l.more {
			return 0, nil
		}
		if err := d.read(l, bound); err != nil {
			return 0, err
		}
	}
}

// read reads the piece of a list that begins at a size.
func (d *descent) read(l *lane, from uint64) error {
	if d.readings++; d.readings > maxReadings {
		return fault.New(fault.FailedPrecondition, "among the sizes of %s that were looked at, none has the quorum: ask for a smaller one, or see what the bodies' witnesses do", d.origin)
	}
	start, err := cosignedFrom(d.origin, l.body, from)
	if err != nil {
		return err
	}
	pairs, next, err := d.page(cosignedBy(d.origin, l.body), laneSizes, start)
	if err != nil {
		return err
	}
	l.sizes, l.read, l.more = nil, true, next != ""
	for _, p := range pairs {
		size, err := cosignedSize(p.key)
		if err != nil {
			return damaged(err)
		}
		l.sizes = append(l.sizes, size)
	}
	return nil
}
