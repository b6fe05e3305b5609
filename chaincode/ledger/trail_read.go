package ledger

import "github.com/psbc-lu/psbc/chaincode/trail"

// Trail reads a trail, nil when there is none.
func (g Trail) Trail(id string) (*trail.Trail, error) {
	k, err := trailKey(id)
	if err != nil {
		return nil, err
	}
	values, err := g.get(k)
	if err != nil {
		return nil, err
	}
	return decodeOne(values[0], trail.DecodeTrail)
}

// Trails reads a page of trails, by id: those of the body, if it is given, among as many
// as a page has, so that one of few trails may be empty and not the last.
func (g Trail) Trails(body string, size int, bookmark string) (trail.TrailPage, error) {
	items, bookmark, err := list(g.Tx, allTrails(), 1, size, bookmark, trail.DecodeTrail)
	if err != nil {
		return trail.TrailPage{}, err
	}
	page := trail.TrailPage{Items: make([]trail.Trail, 0, len(items)), Bookmark: bookmark}
	for _, t := range items {
		if body == "" || t.Body == body {
			page.Items = append(page.Items, t)
		}
	}
	return page, nil
}

// Batches reads a page of the heads of a trail, by source and number; of one source, if
// it is given.
func (g Trail) Batches(id, source string, size int, bookmark string) (trail.BatchPage, error) {
	in, count := batchesOf(id, source)
	heads, bookmark, err := list(g.Tx, in, count, size, bookmark, trail.DecodeBatch)
	if err != nil {
		return trail.BatchPage{}, err
	}
	items, err := g.states(heads)
	return trail.BatchPage{Items: items, Bookmark: bookmark}, err
}

// states adds to heads what happened to their entries.
func (g Trail) states(heads []trail.Batch) ([]trail.BatchState, error) {
	var revealed, removed reading
	places := make([]int, len(heads))
	for i, head := range heads {
		removed.add(batchKey(typeRemoval, nameOf(head)))
		places[i] = absent
		if head.RevealAfter != "" {
			places[i] = revealed.add(batchKey(typeReveal, nameOf(head)))
		}
	}
	for _, keys := range []*reading{&revealed, &removed} {
		if err := keys.read(g.Tx); err != nil {
			return nil, err
		}
	}
	removals, err := decodeAll(removed.values, trail.DecodeRemoval)
	if err != nil {
		return nil, err
	}
	states := make([]trail.BatchState, len(heads))
	for i, head := range heads {
		reveal, err := decodeOne(revealed.value(places[i]), trail.DecodeReveal)
		if err != nil {
			return nil, err
		}
		states[i] = trail.BatchState{Batch: head, Revealed: reveal, Removed: removals[i]}
	}
	return states, nil
}

// foundEntry is an entry where a list found it.
type foundEntry struct {
	batch    datedBatch
	position int // in the batch
	entry    trail.Entry
}

// located adds to entries what the heads of their batches say, and who revealed them.
// Entries of one batch stand together.
func (g Trail) located(found []foundEntry) ([]trail.Located, error) {
	var heads reading
	batches := make([]datedBatch, 0, len(found))
	for _, f := range found {
		if len(batches) == 0 || batches[len(batches)-1] != f.batch {
			batches = append(batches, f.batch)
			heads.add(f.batch.headKey())
		}
	}
	if err := heads.read(g.Tx); err != nil {
		return nil, err
	}
	states, err := g.shown(batches, heads.values)
	if err != nil {
		return nil, err
	}
	items, i := make([]trail.Located, 0, len(found)), 0
	for _, f := range found {
		if batches[i] != f.batch {
			i++
		}
		items = append(items, states[i].at(f))
	}
	return items, nil
}

// shownBatch is a batch whose entries are shown: from the beginning, or since a
// revelation.
type shownBatch struct {
	head     trail.Batch
	revealed string // transaction id
}

func (b shownBatch) at(f foundEntry) trail.Located {
	return trail.Located{
		Trail: b.head.Trail, Body: b.head.Body, Source: b.head.Source, Number: b.head.Number, Position: f.position,
		ClaimedTime: b.head.ClaimedTime, TxID: b.head.TxID, Revealed: b.revealed, Entry: f.entry,
	}
}

// shown decodes the heads of batches that have entries, and reads who revealed them.
func (g Trail) shown(batches []datedBatch, values [][]byte) ([]shownBatch, error) {
	heads, err := decodeAll(values, trail.DecodeBatch)
	if err != nil {
		return nil, err
	}
	var reveals reading
	places := make([]int, len(heads))
	for i, head := range heads {
		if head == nil || dated(*head) != batches[i] {
			return nil, missing("entries but no head", batches[i])
		}
		places[i] = absent
		if head.RevealAfter != "" {
			places[i] = reveals.add(batchKey(typeReveal, nameOf(*head)))
		}
	}
	if err := reveals.read(g.Tx); err != nil {
		return nil, err
	}
	states := make([]shownBatch, len(heads))
	for i, head := range heads {
		states[i].head = *head
		if places[i] == absent {
			continue
		}
		reveal, err := decodeOne(reveals.value(places[i]), trail.DecodeReveal)
		if err != nil {
			return nil, err
		}
		if reveal == nil {
			return nil, missing("entries but was never revealed", batches[i])
		}
		states[i].revealed = reveal.TxID
	}
	return states, nil
}
