package ledger

import (
	"fmt"
	"slices"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/queryresult"

	"github.com/psbc-lu/psbc/chaincode/fault"
)

// pair is a key found by a query, and its value.
type pair struct {
	key   string
	value []byte
}

// page reads at most size entries of a span in the order of their keys, from the
// key start on, or from the beginning when that is "". It returns the key that
// comes next, "" when there is none. Paged reads are for evaluations: Fabric refuses
// writes in the same transaction and does not re-check them at commit.
func (t *Tx) page(s span, size int, start key) ([]pair, string, error) {
	limit := int32(size) //nolint:gosec // page sizes are checked to be at most notary.MaxPageSize
	iterator, metadata, err := t.stub.GetStateByPartialCompositeKeyWithPagination(s.objectType, s.attributes, limit, string(start))
	if err != nil {
		return nil, "", fmt.Errorf("paging through %s: %w", s.objectType, err)
	}
	pairs, err := drain(iterator, iterator.Next, func(kv *queryresult.KV) (pair, error) { return pair{kv.GetKey(), kv.GetValue()}, nil })
	if err != nil {
		return nil, "", fmt.Errorf("paging through %s: %w", s.objectType, err)
	}
	return pairs, metadata.GetBookmark(), nil
}

// pageBytes is what the values of a page of large ones may come to: as much as gRPC
// clients accept by default, with some room.
const pageBytes = 3 << 20

// largePage is page for values that may be large. It has fewer than size entries when
// those come to pageBytes, but one at least.
func (t *Tx) largePage(s span, size int, start key) ([]pair, string, error) {
	var pairs []pair
	room := pageBytes
	for {
		some, next, err := t.page(s, min(chunk, size-len(pairs)), start)
		if err != nil {
			return nil, "", err
		}
		for _, p := range some {
			if room -= len(p.value); room < 0 && len(pairs) > 0 {
				return pairs, p.key, nil
			}
			pairs = append(pairs, p)
		}
		if next == "" || len(pairs) == size {
			return pairs, next, nil
		}
		start = key(next)
	}
}

// The most that a history may have: a peer sends all of it, and what one transaction
// reads has to fit into memory and one message.
const (
	maxHistory      = 10_000
	maxHistoryBytes = 64 << 20
)

// history reads every committed value of a key, oldest first. It is not paged, and
// fails with FAILED_PRECONDITION beyond maxHistory values or maxHistoryBytes: the blocks
// have them all. A peer without history database
// (ledger.history.enableHistoryDatabase) fails it.
func (t *Tx) history(k key) ([]*queryresult.KeyModification, error) {
	iterator, err := t.stub.GetHistoryForKey(string(k))
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	count, room := 0, maxHistoryBytes
	changes, err := drain(iterator, iterator.Next, func(m *queryresult.KeyModification) (*queryresult.KeyModification, error) {
		count, room = count+1, room-len(m.GetValue())
		if count > maxHistory || room < 0 {
			return nil, fault.New(fault.FailedPrecondition, "the history has more than %d versions, or %d bytes", maxHistory, maxHistoryBytes)
		}
		return m, nil
	})
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	slices.Reverse(changes) // Fabric gives the newest first
	return changes, nil
}

// drain reads an iterator to its end and closes it.
func drain[Q, R any](iterator shim.CommonIteratorInterface, next func() (Q, error), keep func(Q) (R, error)) (results []R, err error) {
	defer func() {
		if closeErr := iterator.Close(); err == nil {
			err = closeErr
		}
	}()
	for iterator.HasNext() {
		found, err := next()
		if err != nil {
			return nil, err
		}
		kept, err := keep(found)
		if err != nil {
			return nil, err
		}
		results = append(results, kept)
	}
	return results, nil
}
