package ledger

import (
	"fmt"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/registry"
)

// Search asks for records by a unique or an indexed field: those with a value, or
// without one all that have the field, ordered by it, beginning at From. Values are
// as registry.IndexValue writes them.
type Search struct {
	Register, Field string
	Unique          bool
	Value, From     string
	Size            int
	Bookmark        string
}

// span returns the keys of the index that a search goes through, and in how many
// attributes they differ.
func (s Search) span() (span, int) {
	attributes, count := []string{s.Register, s.Field}, 1
	if s.Value != "" {
		attributes, count = append(attributes, s.Value), 0
	}
	if s.Unique {
		return span{typeUnique, attributes}, count
	}
	return span{typeIndex, attributes}, count + 1
}

// start returns the key with which the page begins, "" for the first of the span.
func (s Search) start(in span, count int) (key, error) {
	if s.Bookmark != "" || s.From == "" {
		return startOf(in, count, s.Bookmark)
	}
	// A key's beginning is before all keys that begin so.
	return makeKey(in.objectType, append(in.attributes, s.From)...)
}

// id returns the id of the record that an entry of the index leads to.
func (s Search) id(p pair) string {
	if s.Unique {
		return string(p.value)
	}
	attributes := attributesOf(p.key)
	return attributes[len(attributes)-1]
}

// Find reads a page of the records that a search finds, in the order of the index:
// by value, and then by id.
func (g Registry) Find(s Search) (registry.Page, error) {
	in, count := s.span()
	start, err := s.start(in, count)
	if err != nil {
		return registry.Page{}, err
	}
	entries, next, err := g.page(in, s.Size, start)
	if err != nil {
		return registry.Page{}, err
	}
	page := registry.Page{Items: make([]registry.Record, 0, len(entries))}
	cut, err := g.found(s, entries, &page)
	if err != nil {
		return registry.Page{}, err
	}
	if cut != "" {
		next = cut
	}
	if next != "" {
		page.Bookmark, err = bookmarkOf(in, next)
	}
	return page, err
}

// found adds the records of the entries to a page, as many as largePage would: it
// returns the key of the first entry that there was no room for, if any.
func (g Registry) found(s Search, entries []pair, page *registry.Page) (string, error) {
	room := pageBytes
	for some := range slices.Chunk(entries, chunk) {
		var keys reading
		for _, entry := range some {
			keys.add(registryRecordKey(s.Register, s.id(entry)))
		}
		if err := keys.read(g.Tx); err != nil {
			return "", err
		}
		for i, entry := range some {
			value := keys.value(i)
			if room -= len(value); room < 0 && len(page.Items) > 0 {
				return entry.key, nil
			}
			record, err := decodeOne(value, registry.DecodeRecord)
			if err != nil {
				return "", err
			}
			if record == nil {
				return "", fmt.Errorf("record %s of %s is in the index of %s but not there", s.id(entry), s.Register, s.Field)
			}
			page.Items = append(page.Items, *record)
		}
	}
	return "", nil
}
