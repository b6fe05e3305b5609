package ledger

import (
	"fmt"
	"slices"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/queryresult"
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
	pairs, err := drain(iterator, iterator.Next, func(kv *queryresult.KV) pair { return pair{kv.GetKey(), kv.GetValue()} })
	if err != nil {
		return nil, "", fmt.Errorf("paging through %s: %w", s.objectType, err)
	}
	return pairs, metadata.GetBookmark(), nil
}

// history reads every committed value of a key, oldest first. It is not paged:
// the states of a record are few, since all but the first of them are final. A peer
// without history database (ledger.history.enableHistoryDatabase) fails it.
func (t *Tx) history(k key) ([]*queryresult.KeyModification, error) {
	iterator, err := t.stub.GetHistoryForKey(string(k))
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	changes, err := drain(iterator, iterator.Next, func(m *queryresult.KeyModification) *queryresult.KeyModification { return m })
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	slices.Reverse(changes) // Fabric gives the newest first
	return changes, nil
}

// drain reads an iterator to its end and closes it.
func drain[Q, R any](iterator shim.CommonIteratorInterface, next func() (Q, error), keep func(Q) R) (results []R, err error) {
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
		results = append(results, keep(found))
	}
	return results, nil
}
