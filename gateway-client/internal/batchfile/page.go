package batchfile

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/gateway-client/internal/durable"
)

// PageSize is how many members a page has; only a batch's last page may have fewer.
const PageSize = perBlock

// Page is up to PageSize members, made ready to be appended to a Writer. Pages can be made
// ready side by side; they do not depend on each other.
type Page struct {
	count   int
	digests []byte
	names   []byte
	root    Hash
}

// Count is how many members it has.
func (p *Page) Count() int { return p.count }

// Fill makes the page that of the digests, each the bytes of a digest of the algorithm, and
// the names, which are as many or none. What the page held before is gone; its memory is
// used again.
func (p *Page) Fill(algorithm notary.Algorithm, digests [][]byte, names []string) error {
	if len(digests) < 1 || len(digests) > PageSize {
		return fmt.Errorf("a page of %d digests", len(digests))
	}
	if len(names) != 0 && len(names) != len(digests) {
		return fmt.Errorf("%d names of %d digests", len(names), len(digests))
	}
	p.count, p.digests, p.names = len(digests), p.digests[:0], p.names[:0]
	begin := leafData(algorithm)
	var hashes [PageSize]Hash
	for i, digest := range digests {
		if len(digest) != algorithm.Size() {
			return fmt.Errorf("a %s digest of %d bytes", algorithm, len(digest))
		}
		p.digests = append(p.digests, digest...)
		hashes[i] = leafHash(begin, digest)
	}
	p.root = rootOf(hashes[:p.count])
	if tellsNothing(names) {
		return nil
	}
	for _, name := range names {
		p.names = append(p.names, durable.Seal(strconv.AppendQuote(nil, name))...)
	}
	return nil
}

func tellsNothing(names []string) bool {
	for _, name := range names {
		if name != "" {
			return false
		}
	}
	return true
}

var errNoName = errors.New("is not the line of a name")

// parseName reads what Fill wrote for one name.
func parseName(line []byte) (string, error) {
	text, err := durable.Unseal(line)
	if err != nil {
		return "", err
	}
	name, err := strconv.Unquote(string(text))
	if err != nil || strconv.Quote(name) != string(text) {
		return "", errNoName
	}
	return name, nil
}
