package ledger

import (
	"cmp"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/trail"
)

// PersonIndex is an index of pseudonyms.
type PersonIndex struct{ single, shared string } // types of its keys

// The indexes of pseudonyms.
var (
	Subjects = PersonIndex{typeSubject, typeSubjects}
	Actors   = PersonIndex{typeActor, typeActors}
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
	in, count := postingsOf(p.Index.single, p.Pseudonym, p.Trail)
	bucket, _ := postingsOf(p.Index.shared, trail.BucketOf(p.Pseudonym), p.Trail)
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
	s := search{Trail: g, asked: p, single: in, shared: bucket, readable: make(map[string]bool)}
	next, err := s.postings(position)
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
	single   span            // the person's own keys
	shared   span            // those of the bucket
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

// named is a batch that the index names.
type named struct {
	key   key // the person's own, even if a bucket's is in its place
	batch datedBatch
	value []byte
	kept  bool // in a bucket
}

// postings goes through the index from a position on, until a page is full, and returns
// the position after it, with an empty key at the end.
func (s *search) postings(from entryPosition) (entryPosition, error) {
	seen := 0
	for portion := firstChunk; ; portion *= chunkGrowth {
		batches, next, err := s.named(min(portion, chunk, pageKeys-seen), from.key)
		if err != nil {
			return entryPosition{}, err
		}
		if err := s.learn(batches); err != nil {
			return entryPosition{}, err
		}
		for _, b := range batches {
			if s.asked.Window.past(b.batch.claimedTime) {
				return entryPosition{}, nil
			}
			if !s.readable[b.batch.trail] {
				continue
			}
			at := entryPosition{key: b.key}
			if b.key == from.key {
				at.offset = from.offset
			}
			full, err := s.want(at, b)
			if err != nil || full.key != "" {
				return full, err
			}
		}
		seen += len(batches)
		from = entryPosition{key: next}
		if next == "" || seen >= pageKeys || len(s.wanted) == s.asked.Size {
			return from, nil
		}
	}
}

// named reads up to size batches that the index names from a key on, in order, and returns
// the key after them, "" at the end. Each has either a key of the person or one of the
// bucket: the two lists are merged.
func (s *search) named(size int, from key) ([]named, key, error) {
	batches, next, err := s.namedIn(s.single, size, from)
	if err != nil {
		return nil, "", err
	}
	more, last, err := s.namedIn(s.shared, size, from)
	if err != nil {
		return nil, "", err
	}
	if len(more) == 0 {
		return batches, next, nil
	}
	batches = append(batches, more...)
	slices.SortFunc(batches, func(a, b named) int { return cmp.Compare(a.key, b.key) })
	if len(batches) > size {
		return batches[:size], batches[size].key, nil
	}
	// A list that goes on filled the page alone.
	return batches, cmp.Or(next, last), nil
}

// namedIn reads one of the two lists.
func (s *search) namedIn(in span, size int, from key) ([]named, key, error) {
	from, err := counterpart(from, in)
	if err != nil {
		return nil, "", err
	}
	pairs, next, err := s.page(in, size, from)
	if err != nil {
		return nil, "", err
	}
	batches := make([]named, len(pairs))
	for i, p := range pairs {
		batch, err := postingBatch(p.key)
		if err != nil {
			return nil, "", err
		}
		own, err := counterpart(key(p.key), s.single)
		if err != nil {
			return nil, "", err
		}
		batches[i] = named{own, batch, p.value, in.objectType == s.shared.objectType}
	}
	after, err := counterpart(key(next), s.single)
	return batches, after, err
}

// positions returns where in a batch the person occurs: nowhere, if only others of the
// bucket do.
func (s *search) positions(b named) ([]int, error) {
	if !b.kept {
		return trail.DecodePositions(b.value)
	}
	postings, err := trail.DecodeBucket(b.value)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(postings, func(p trail.Posting) bool { return p.Pseudonym == s.asked.Pseudonym })
	if i < 0 {
		return nil, nil
	}
	return postings[i].At, nil
}

// learn finds out which of the batches' trails the body may read.
func (s *search) learn(batches []named) error {
	var keys reading
	var ids []string
	for _, b := range batches {
		id := b.batch.trail
		if _, known := s.readable[id]; !known {
			s.readable[id] = false
			ids = append(ids, id)
			keys.add(trailKey(id))
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

// want adds the entries of a batch that the index names, and returns the position of the
// first that there is no room for, if any.
func (s *search) want(at entryPosition, b named) (entryPosition, error) {
	positions, err := s.positions(b)
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
			s.chunks.add(b.batch.entryKey(number))
			last = number
		}
		s.wanted = append(s.wanted, wanted{entryPosition{at.key, i}, b.batch, positions[i], len(s.chunks.keys) - 1})
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
