package ledger

import (
	"github.com/psbc-lu/psbc/chaincode/trail"
)

// PersonIndex is an index of pseudonyms.
type PersonIndex string

// The indexes of pseudonyms.
const (
	Subjects PersonIndex = typeSubject
	Actors   PersonIndex = typeActor
)

// Person asks an index for the entries of a pseudonym in the trails that a body may read.
type Person struct {
	Index     PersonIndex
	Pseudonym string
	Trail     string // empty for all
	Window    Window // with Trail only
	Reader    string // MSP ID of the body
	Size      int
	Bookmark  string
}

// The most that one page takes, so that the peer's work is bounded when many
// batches have few entries of a person, or stand in trails that are left out.
const (
	pageKeys   = 1000  // keys of the index
	pageChunks = chunk // of entries
)

// Person reads a page of the entries of a pseudonym, by trail and then as Entries orders
// them. It may have fewer than asked for, or none, and not be the last: see pageKeys,
// pageChunks and pageBytes.
func (g Trail) Person(p Person) (trail.EntryPage, error) {
	in, count := postingsOf(string(p.Index), p.Pseudonym, p.Trail)
	var from key
	var err error
	if p.Trail != "" {
		if from, err = p.Window.first(in); err != nil {
			return trail.EntryPage{}, err
		}
	}
	position, err := start(in, count, trail.MaxEntries, from, p.Bookmark)
	if err != nil {
		return trail.EntryPage{}, err
	}
	s := search{Trail: g, asked: p, readable: make(map[string]bool)}
	next, err := s.postings(in, position)
	if err != nil {
		return trail.EntryPage{}, err
	}
	found, cut, err := s.collect()
	if err != nil {
		return trail.EntryPage{}, err
	}
	if cut.key != "" {
		next = cut
	}
	return g.entryPage(in, found, next)
}

// search is the way from an index to a page of entries.
type search struct {
	Trail
	asked    Person
	readable map[string]bool // by trail
	wanted   []wanted
	chunks   reading // of which the entries are wanted
}

// wanted is an entry that the index names.
type wanted struct {
	at       entryPosition // in the index
	batch    datedBatch
	position int // in the batch
	chunk    int // in the search's reading
}

// postings goes through the index from a position on, until a page is full, and returns
// the position after it, with an empty key at the end.
func (s *search) postings(in span, from entryPosition) (entryPosition, error) {
	seen := 0
	for portion := firstChunk; ; portion *= chunkGrowth {
		pairs, next, err := s.page(in, min(portion, chunk, pageKeys-seen), from.key)
		if err != nil {
			return entryPosition{}, err
		}
		batches := make([]datedBatch, len(pairs))
		for i, p := range pairs {
			if batches[i], err = postingBatch(p.key); err != nil {
				return entryPosition{}, err
			}
		}
		if err := s.learn(batches); err != nil {
			return entryPosition{}, err
		}
		for i, p := range pairs {
			if s.asked.Window.past(batches[i].claimedTime) {
				return entryPosition{}, nil
			}
			if !s.readable[batches[i].trail] {
				continue
			}
			at := entryPosition{key: key(p.key)}
			if p.key == string(from.key) {
				at.offset = from.offset
			}
			full, err := s.want(at, batches[i], p.value)
			if err != nil || full.key != "" {
				return full, err
			}
		}
		seen += len(pairs)
		from = entryPosition{key: key(next)}
		if next == "" || seen >= pageKeys || len(s.wanted) == s.asked.Size {
			return from, nil
		}
	}
}

// learn finds out which of the batches' trails the body may read.
func (s *search) learn(batches []datedBatch) error {
	var keys reading
	var ids []string
	for _, b := range batches {
		if _, known := s.readable[b.trail]; !known {
			s.readable[b.trail] = false
			ids = append(ids, b.trail)
			keys.add(trailKey(b.trail))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	if err := keys.read(s.Tx); err != nil {
		return err
	}
	trails, err := decodeAll(keys.values, trail.DecodeTrail)
	if err != nil {
		return err
	}
	for i, id := range ids {
		s.readable[id] = trails[i] != nil && trails[i].ReadableBy(s.asked.Reader)
	}
	return nil
}

// want adds the entries of a batch that the value of the index's key names, and returns
// the position of the first that there is no room for, if any.
func (s *search) want(at entryPosition, batch datedBatch, value []byte) (entryPosition, error) {
	positions, err := trail.DecodePositions(value)
	if err != nil {
		return entryPosition{}, damaged(err)
	}
	if at.offset > len(positions) {
		return entryPosition{}, badBookmark()
	}
	last := absent // chunk of the batch; positions ascend
	for i := at.offset; i < len(positions); i++ {
		number := positions[i] / trail.ChunkEntries
		if len(s.wanted) == s.asked.Size || number != last && len(s.chunks.keys) == pageChunks {
			return entryPosition{at.key, i}, nil
		}
		if number != last {
			s.chunks.add(batch.entryKey(number))
			last = number
		}
		s.wanted = append(s.wanted, wanted{entryPosition{at.key, i}, batch, positions[i], len(s.chunks.keys) - 1})
	}
	return entryPosition{}, nil
}

// collect reads what is wanted, each chunk once, and returns the position of the first
// that there is no room for, if any.
func (s *search) collect() ([]foundEntry, entryPosition, error) {
	if err := s.chunks.read(s.Tx); err != nil {
		return nil, entryPosition{}, err
	}
	found := make([]foundEntry, 0, len(s.wanted))
	room, last := pageBytes, absent
	var entries []trail.Entry
	for _, w := range s.wanted {
		if w.chunk != last {
			value := s.chunks.value(w.chunk)
			if room -= len(value); room < 0 && len(found) > 0 {
				return found, w.at, nil
			}
			var err error
			if entries, err = trail.DecodeChunk(value); err != nil {
				return nil, entryPosition{}, damaged(err)
			}
			last = w.chunk
		}
		i := w.position % trail.ChunkEntries
		if i < 0 || i >= len(entries) {
			return nil, entryPosition{}, missing("an entry in an index that is not there", w.batch)
		}
		found = append(found, foundEntry{w.batch, w.position, entries[i]})
	}
	return found, entryPosition{}, nil
}
