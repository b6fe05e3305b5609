package ledgertest

import (
	"fmt"

	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/queryresult"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// resultBatch is how many results a peer sends at a time
// (core/chaincode.QueryResponseGenerator.MaxResultLimit). It shows: a range read
// is in the read set up to the last result that was sent, used or not.
const resultBatch = 100

// results iterates over what a query found. next returns nil at the end.
type results interface {
	next() proto.Message
	bookmark() string
}

// scan is a range query over a table.
type scan struct {
	table     *table
	namespace string
	keys      []string // what is left
	limit     int      // results still to be returned, if paged by the state database
	returned  int
	end       string

	info  *kvrwset.RangeQueryInfo // nil for private data
	reads []*kvrwset.KVRead
}

func (it *scan) next() proto.Message {
	if len(it.keys) == 0 || (it.limit > 0 && it.returned >= it.limit) {
		if it.info != nil {
			it.info.ItrExhausted = true
			it.info.EndKey = it.end
		}
		return nil
	}
	key := it.keys[0]
	it.keys = it.keys[1:]
	it.returned++
	e := it.table.get(key)
	if it.info != nil {
		it.reads = append(it.reads, &kvrwset.KVRead{Key: key, Version: e.version.proto()})
		it.info.EndKey = key
	}
	return &queryresult.KV{Namespace: it.namespace, Key: key, Value: e.value}
}

func (it *scan) bookmark() string {
	if len(it.keys) == 0 {
		return ""
	}
	return it.keys[0]
}

// changes is a history query, newest first.
type changes struct {
	left   []change // oldest first
	oldest bool     // for the fault oldestFirst
}

func (it *changes) next() proto.Message {
	if len(it.left) == 0 {
		return nil
	}
	last := len(it.left) - 1
	c := it.left[last]
	if it.oldest {
		c, it.left = it.left[0], it.left[1:]
	} else {
		it.left = it.left[:last]
	}
	return &queryresult.KeyModification{
		TxId:      c.txID,
		Value:     c.value,
		Timestamp: timestamppb.New(c.time),
		IsDelete:  c.deleted,
	}
}

func (it *changes) bookmark() string { return "" }

// query is an open query of a transaction.
type query struct {
	results results
	pending []*peer.QueryResultBytes
	count   int32
}

// respond builds the next message of results
// (core/chaincode.QueryResponseGenerator.BuildQueryResponse).
func (x *execution) respond(id string, q *query, paged bool, limit int32) (*peer.QueryResponse, error) {
	for q.count < limit {
		result := q.results.next()
		if result == nil {
			break
		}
		encoded, err := proto.Marshal(result)
		if err != nil {
			return nil, fmt.Errorf("encode query result: %w", err)
		}
		var batch []*peer.QueryResultBytes
		if !paged && len(q.pending) == resultBatch {
			batch, q.pending = q.pending, nil
		}
		q.pending = append(q.pending, &peer.QueryResultBytes{ResultBytes: encoded})
		q.count++
		if batch != nil {
			return &peer.QueryResponse{Results: batch, HasMore: true, Id: id}, nil
		}
	}
	delete(x.queries, id)
	response := &peer.QueryResponse{Results: q.pending, Id: id}
	if paged {
		mark := q.results.bookmark()
		if x.sim.ledger.faults.bookmarkOff && mark != "" {
			mark += "\x00"
		}
		metadata, err := proto.Marshal(&peer.QueryResponseMetadata{FetchedRecordsCount: q.count, Bookmark: mark})
		if err != nil {
			return nil, fmt.Errorf("encode query metadata: %w", err)
		}
		response.Metadata = metadata
	}
	return response, nil
}

// totalLimit is how many results a query may return at most.
func (l *Ledger) totalLimit(metadata *peer.QueryMetadata) int32 {
	if size := metadata.GetPageSize(); size > 0 && size < l.totalQueryLimit {
		return size
	}
	return l.totalQueryLimit
}

func queryMetadata(raw []byte) (*peer.QueryMetadata, error) {
	if raw == nil {
		return nil, nil
	}
	metadata := &peer.QueryMetadata{}
	if err := proto.Unmarshal(raw, metadata); err != nil {
		return nil, fmt.Errorf("unmarshal failed: %w", err)
	}
	return metadata, nil
}

func isPaged(metadata *peer.QueryMetadata) bool {
	return metadata.GetPageSize() != 0 || metadata.GetBookmark() != ""
}
