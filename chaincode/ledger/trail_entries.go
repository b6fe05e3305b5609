package ledger

import (
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/trail"
)

// Entries reads a page of a trail's entries by the claimed time of their batches, then by
// source, number and position. A page ends with size entries, and with fewer when the
// chunks that it is read from come to pageBytes.
func (g Trail) Entries(id string, w Window, size int, bookmark string) (trail.EntryPage, error) {
	in := entriesOf(id)
	from, err := w.first(in)
	if err != nil {
		return trail.EntryPage{}, err
	}
	position, err := start(in, chunkAttributes, trail.ChunkEntries, from, bookmark)
	if err != nil {
		return trail.EntryPage{}, err
	}
	found, next, err := g.entries(in, w, size, position)
	if err != nil {
		return trail.EntryPage{}, err
	}
	return g.entryPage(in, found, next)
}

// entryPage is the page of the entries that were found; next is the position after them.
func (g Trail) entryPage(in span, found []foundEntry, next entryPosition) (trail.EntryPage, error) {
	items, err := g.located(found)
	if err != nil {
		return trail.EntryPage{}, err
	}
	page := trail.EntryPage{Items: items}
	if next.key != "" {
		page.Bookmark, err = entryBookmark(in, next)
	}
	return page, err
}

// entries returns up to size entries from a position on, and the position after them,
// with an empty key at the end. It reads as many chunks as would do if they were full,
// and more as it learns that they are not.
func (g Trail) entries(in span, w Window, size int, from entryPosition) ([]foundEntry, entryPosition, error) {
	found := make([]foundEntry, 0, size)
	room := pageBytes
	for portion := trail.Chunks(size) + 1; ; portion *= chunkGrowth {
		pairs, next, err := g.page(in, min(portion, chunk, size-len(found)), from.key)
		if err != nil {
			return nil, entryPosition{}, err
		}
		for _, p := range pairs {
			batch, number, err := entryChunk(p.key)
			if err != nil {
				return nil, entryPosition{}, err
			}
			if w.past(batch.claimedTime) {
				return found, entryPosition{}, nil
			}
			// Only the key that the position names is entered past its beginning.
			at := entryPosition{key: key(p.key)}
			if p.key == string(from.key) {
				at.offset = from.offset
			}
			if room -= len(p.value); room < 0 && len(found) > 0 {
				return found, at, nil
			}
			entries, err := trail.DecodeChunk(p.value)
			if err != nil {
				return nil, entryPosition{}, damaged(err)
			}
			if at.offset > len(entries) {
				return nil, entryPosition{}, badBookmark()
			}
			for i := at.offset; i < len(entries); i++ {
				if len(found) == size {
					return found, entryPosition{at.key, i}, nil
				}
				found = append(found, foundEntry{batch, number*trail.ChunkEntries + i, entries[i]})
			}
		}
		from = entryPosition{key: key(next)}
		if next == "" || len(found) == size {
			return found, from, nil
		}
	}
}

func missing(what string, b datedBatch) error {
	return damaged(fmt.Errorf("batch %s of %s in trail %s has %s", b.number, b.source, b.trail, what))
}
