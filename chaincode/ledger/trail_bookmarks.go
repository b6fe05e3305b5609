package ledger

import (
	"fmt"
	"slices"
	"strconv"
)

// entryPosition is a place in a list whose keys hold several entries each: a key, and an
// offset within what it holds. An empty key is the end.
type entryPosition struct {
	key    key
	offset int
}

// entryBookmark names a position by the attributes in which the keys of the span differ,
// and the offset.
func entryBookmark(s span, p entryPosition) (string, error) {
	attributes, fixed := attributesOf(string(p.key)), append([]string{s.objectType}, s.attributes...)
	if len(attributes) <= len(fixed) || !slices.Equal(attributes[:len(fixed)], fixed) {
		return "", fmt.Errorf("unexpected key %q after a page of %s", p.key, s.objectType)
	}
	return encodeBookmark(append(attributes[len(fixed):], strconv.Itoa(p.offset))...), nil
}

// parseEntryBookmark returns the position that a bookmark names within the span, whose
// keys differ in count attributes and hold at most most entries.
func parseEntryBookmark(s span, count, most int, bookmark string) (entryPosition, error) {
	fields, err := decodeBookmark(bookmark, count+1)
	if err != nil {
		return entryPosition{}, err
	}
	offset, err := strconv.Atoi(fields[count])
	if err != nil || offset < 0 || offset >= most || strconv.Itoa(offset) != fields[count] {
		return entryPosition{}, badBookmark()
	}
	k, err := makeKey(s.objectType, append(slices.Clone(s.attributes), fields[:count]...)...)
	if err != nil {
		return entryPosition{}, badBookmark()
	}
	return entryPosition{k, offset}, nil
}

// Window bounds claimed times, written in canonical.TimeLayout: From is included, To is
// not; empty for no bound.
type Window struct{ From, To string }

// start returns the position where a page begins; from is the first key of the list's
// window, "" for that of the list.
func start(s span, count, most int, from key, bookmark string) (entryPosition, error) {
	if bookmark == "" {
		return entryPosition{key: from}, nil
	}
	position, err := parseEntryBookmark(s, count, most, bookmark)
	if err == nil && position.key < from {
		err = badBookmark()
	}
	return position, err
}

// first returns the first key of a window within a span, whose keys differ by the claimed
// time before all else; "" when it has no beginning.
func (w Window) first(s span) (key, error) {
	if w.From == "" {
		return "", nil
	}
	// A key's beginning is before all keys that begin so.
	return makeKey(s.objectType, append(slices.Clone(s.attributes), w.From)...)
}

// past says whether a claimed time is behind the window.
func (w Window) past(claimedTime string) bool { return w.To != "" && claimedTime >= w.To }
