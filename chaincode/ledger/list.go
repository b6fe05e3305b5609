package ledger

import (
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// A page of a list starts with few keys and reads more as it learns that each
// holds few digests: a key may hold one digest or a batch of a thousand.
const (
	firstChunk  = 8
	chunkGrowth = 4
)

// List reads a page of a body's notarisations, oldest claimed time first, those of
// one request in its order.
func (n Notary) List(body string, size int, bookmark string) (notary.Page, error) {
	position, err := parseListBookmark(body, bookmark)
	if err != nil {
		return notary.Page{}, err
	}
	digests, next, err := n.listed(body, size, position)
	if err != nil {
		return notary.Page{}, err
	}

	page := notary.Page{Items: make([]notary.Notarisation, 0, len(digests))}
	if len(digests) > 0 {
		keys, err := recordKeys(body, digests)
		if err != nil {
			return notary.Page{}, err
		}
		values, err := n.get(keys...)
		if err != nil {
			return notary.Page{}, err
		}
		records, err := decodeRecords(values)
		if err != nil {
			return notary.Page{}, err
		}
		for i, record := range records {
			if record == nil {
				return notary.Page{}, fmt.Errorf("%s by %s is listed but has no record", digests[i], body)
			}
			page.Items = append(page.Items, *record)
		}
	}
	if next.key != "" {
		page.Bookmark, err = listBookmark(next)
	}
	return page, err
}

// listed returns up to size digests from a position on, and the position after
// them, with an empty key at the end.
func (n Notary) listed(body string, size int, from listPosition) ([]notary.Digest, listPosition, error) {
	digests := make([]notary.Digest, 0, size)
	for portion := firstChunk; ; portion *= chunkGrowth {
		pairs, next, err := n.page(listOf(body), min(portion, size-len(digests)), from.key)
		if err != nil {
			return nil, listPosition{}, err
		}
		for _, p := range pairs {
			found, err := decodeList(p.value)
			if err != nil {
				return nil, listPosition{}, err
			}
			// Only the key that the position names is entered past its beginning.
			offset := 0
			if p.key == string(from.key) {
				offset = from.offset
			}
			if offset > len(found) {
				return nil, listPosition{}, badBookmark()
			}
			found = found[offset:]
			if room := size - len(digests); len(found) > room {
				return append(digests, found[:room]...), listPosition{key(p.key), offset + room}, nil
			}
			digests = append(digests, found...)
		}
		from = listPosition{key: key(next)}
		if next == "" || len(digests) == size {
			return digests, from, nil
		}
	}
}
