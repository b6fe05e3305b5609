package ledger

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

// A bookmark hides where the next page begins; it can only ever name a place
// within the list that it is used for, since the key is built anew from it.

// bookmarkOf names the place of a key within its span: by the attributes in which
// the span's keys differ.
func bookmarkOf(s span, next string) (string, error) {
	attributes, fixed := attributesOf(next), append([]string{s.objectType}, s.attributes...)
	if len(attributes) <= len(fixed) || !slices.Equal(attributes[:len(fixed)], fixed) {
		return "", fmt.Errorf("unexpected key %q after a page of %s", next, s.objectType)
	}
	return encodeBookmark(attributes[len(fixed):]...), nil
}

// startOf returns the key where a page of a span begins, "" for the first; count is
// the number of attributes in which the span's keys differ.
func startOf(s span, count int, bookmark string) (key, error) {
	if bookmark == "" {
		return "", nil
	}
	fields, err := decodeBookmark(bookmark, count)
	if err != nil {
		return "", err
	}
	k, err := makeKey(s.objectType, append(slices.Clone(s.attributes), fields...)...)
	if err != nil {
		return "", badBookmark()
	}
	return k, nil
}

// listPosition is a place in a body's list: a key and an offset within its digests.
type listPosition struct {
	key    key
	offset int
}

func listBookmark(p listPosition) (string, error) {
	attributes := attributesOf(string(p.key))
	if len(attributes) != 4 || attributes[0] != typeList {
		return "", fmt.Errorf("unexpected key %q after a page of a list", p.key)
	}
	return encodeBookmark(attributes[2], attributes[3], strconv.Itoa(p.offset)), nil
}

func parseListBookmark(body, bookmark string) (listPosition, error) {
	if bookmark == "" {
		return listPosition{}, nil
	}
	fields, err := decodeBookmark(bookmark, 3)
	if err != nil {
		return listPosition{}, err
	}
	offset, err := strconv.Atoi(fields[2])
	if err != nil || offset < 0 || offset >= notary.MaxBatch {
		return listPosition{}, badBookmark()
	}
	k, err := listKey(body, fields[0], fields[1])
	if err != nil {
		return listPosition{}, badBookmark()
	}
	return listPosition{key: k, offset: offset}, nil
}

// bookmarkSeparator occurs in no attribute of a key.
const bookmarkSeparator = "\x00"

// maxBookmark is more than any bookmark made here has.
const maxBookmark = 512

func encodeBookmark(fields ...string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(fields, bookmarkSeparator)))
}

func decodeBookmark(bookmark string, count int) ([]string, error) {
	if len(bookmark) > maxBookmark {
		return nil, badBookmark()
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(bookmark)
	if err != nil {
		return nil, badBookmark()
	}
	fields := strings.Split(string(raw), bookmarkSeparator)
	// The decoder skips line ends, even a strict one.
	if len(fields) != count || encodeBookmark(fields...) != bookmark {
		return nil, badBookmark()
	}
	return fields, nil
}

func badBookmark() error {
	return fault.New(fault.InvalidArgument, "bookmark: is not one that a page of this list ended with")
}
