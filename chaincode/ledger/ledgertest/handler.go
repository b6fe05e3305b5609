package ledgertest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
)

// answer handles one request of the chaincode (core/chaincode/handler.go).
func (n *node) answer(message *peer.ChaincodeMessage) {
	var payload []byte
	err := errors.New("no ledger context")
	if x := n.execution(message.GetTxid()); x != nil {
		payload, err = n.handle(x, message)
	}
	response := &peer.ChaincodeMessage{
		Type:      peer.ChaincodeMessage_RESPONSE,
		Payload:   payload,
		Txid:      message.GetTxid(),
		ChannelId: message.GetChannelId(),
	}
	if err != nil {
		response.Type = peer.ChaincodeMessage_ERROR
		response.Payload = fmt.Appendf(nil, "%s failed: transaction ID: %s: %s", message.GetType(), message.GetTxid(), err)
	}
	n.send(response)
}

func (n *node) handle(x *execution, message *peer.ChaincodeMessage) ([]byte, error) {
	raw := message.GetPayload()
	switch message.GetType() {
	case peer.ChaincodeMessage_GET_STATE:
		return decoded(raw, &peer.GetState{}, x.getState)
	case peer.ChaincodeMessage_GET_STATE_MULTIPLE:
		return decoded(raw, &peer.GetStateMultiple{}, x.getMultiple)
	case peer.ChaincodeMessage_GET_PRIVATE_DATA_HASH:
		return decoded(raw, &peer.GetState{}, x.getPrivateDataHash)
	case peer.ChaincodeMessage_GET_STATE_METADATA:
		return decoded(raw, &peer.GetStateMetadata{}, x.getMetadata)
	case peer.ChaincodeMessage_PUT_STATE:
		return decoded(raw, &peer.PutState{}, x.putState)
	case peer.ChaincodeMessage_DEL_STATE:
		return decoded(raw, &peer.DelState{}, x.delState)
	case peer.ChaincodeMessage_PURGE_PRIVATE_DATA:
		return decoded(raw, &peer.DelState{}, x.purge)
	case peer.ChaincodeMessage_PUT_STATE_METADATA:
		return decoded(raw, &peer.PutStateMetadata{}, x.putMetadata)
	case peer.ChaincodeMessage_WRITE_BATCH_STATE:
		return decoded(raw, &peer.WriteBatchState{}, x.writeBatch)
	case peer.ChaincodeMessage_GET_STATE_BY_RANGE:
		return decoded(raw, &peer.GetStateByRange{}, x.getRange)
	case peer.ChaincodeMessage_GET_QUERY_RESULT:
		return decoded(raw, &peer.GetQueryResult{}, x.richQuery)
	case peer.ChaincodeMessage_GET_HISTORY_FOR_KEY:
		return decoded(raw, &peer.GetHistoryForKey{}, x.getHistory)
	case peer.ChaincodeMessage_QUERY_STATE_NEXT:
		return decoded(raw, &peer.QueryStateNext{}, x.queryNext)
	case peer.ChaincodeMessage_QUERY_STATE_CLOSE:
		return decoded(raw, &peer.QueryStateClose{}, x.queryClose)
	case peer.ChaincodeMessage_INVOKE_CHAINCODE:
		return decoded(raw, &peer.ChaincodeSpec{}, n.invoke(x))
	default:
		return nil, fmt.Errorf("cannot handle message (%s)", message.GetType())
	}
}

func decoded[M proto.Message](raw []byte, m M, handle func(M) ([]byte, error)) ([]byte, error) {
	if err := proto.Unmarshal(raw, m); err != nil {
		return nil, fmt.Errorf("unmarshal failed: %w", err)
	}
	return handle(m)
}

// in names the space that a request is about.
func (x *execution) in(collection string) space { return space{x.namespace, collection} }

// checkAccess is getReadWritePermission with its two callers.
func (x *execution) checkAccess(collection string, write bool) error {
	l := x.sim.ledger
	c, ok := l.collection(collection)
	if !ok {
		return fmt.Errorf("collection %s/%s/%s could not be found", l.channel, x.namespace, collection)
	}
	kind := "read"
	mayRead, mayWrite := c.access(x.proposal.creator.mspID)
	allowed := mayRead
	if write {
		kind, allowed = "write", mayWrite
	}
	if !allowed {
		return fmt.Errorf("tx creator does not have %s access permission on privatedata in chaincodeName:%s collectionName: %s", kind, x.namespace, collection)
	}
	return nil
}

func (x *execution) getState(m *peer.GetState) ([]byte, error) {
	if m.GetCollection() == "" {
		e := x.sim.getState(x.namespace, m.GetKey())
		if e == nil {
			return nil, nil
		}
		return slices.Clone(e.value), nil
	}
	if err := x.checkAccess(m.GetCollection(), false); err != nil {
		return nil, err
	}
	value, err := x.sim.getPrivateData(x.in(m.GetCollection()), m.GetKey())
	return slices.Clone(value), err
}

func (x *execution) getMultiple(m *peer.GetStateMultiple) ([]byte, error) {
	values := make([][]byte, len(m.GetKeys()))
	if m.GetCollection() == "" {
		for i, key := range m.GetKeys() {
			if e := x.sim.getState(x.namespace, key); e != nil {
				values[i] = e.value
			}
		}
	} else {
		if err := x.checkAccess(m.GetCollection(), false); err != nil {
			return nil, err
		}
		var err error
		if values, err = x.sim.getMultiplePrivateData(x.in(m.GetCollection()), m.GetKeys()); err != nil {
			return nil, err
		}
	}
	return proto.Marshal(&peer.GetStateMultipleResult{Values: values})
}

func (x *execution) getPrivateDataHash(m *peer.GetState) ([]byte, error) {
	e, err := x.sim.getPrivateDataHash(x.in(m.GetCollection()), m.GetKey())
	if err != nil || e == nil {
		return nil, err
	}
	return slices.Clone(e.value), nil
}

func (x *execution) getMetadata(m *peer.GetStateMetadata) ([]byte, error) {
	var e *entry
	if m.GetCollection() == "" {
		e = x.sim.getState(x.namespace, m.GetKey())
	} else {
		if err := x.checkAccess(m.GetCollection(), false); err != nil {
			return nil, err
		}
		var err error
		if e, err = x.sim.getPrivateDataHash(x.in(m.GetCollection()), m.GetKey()); err != nil {
			return nil, err
		}
	}
	result := &peer.StateMetadataResult{}
	if e != nil {
		for _, m := range metadataEntries(e.metadata) {
			result.Entries = append(result.Entries, &peer.StateMetadata{Metakey: m.GetName(), Value: m.GetValue()})
		}
	}
	return proto.Marshal(result)
}

func (x *execution) putState(m *peer.PutState) ([]byte, error) {
	if m.GetCollection() == "" {
		return nil, x.sim.setState(x.namespace, m.GetKey(), m.GetValue(), false)
	}
	if err := x.checkAccess(m.GetCollection(), true); err != nil {
		return nil, err
	}
	return nil, x.sim.setPrivateData(x.in(m.GetCollection()), m.GetKey(), m.GetValue(), false)
}

func (x *execution) delState(m *peer.DelState) ([]byte, error) {
	if m.GetCollection() == "" {
		return nil, x.sim.setState(x.namespace, m.GetKey(), nil, true)
	}
	return x.putState(&peer.PutState{Collection: m.GetCollection(), Key: m.GetKey()})
}

func (x *execution) purge(m *peer.DelState) ([]byte, error) {
	if m.GetCollection() == "" {
		return nil, errors.New("only applicable for private data")
	}
	if err := x.checkAccess(m.GetCollection(), true); err != nil {
		return nil, err
	}
	return nil, x.sim.setPrivateData(x.in(m.GetCollection()), m.GetKey(), nil, true)
}

func (x *execution) putMetadata(m *peer.PutStateMetadata) ([]byte, error) {
	metadata := map[string][]byte{m.GetMetadata().GetMetakey(): m.GetMetadata().GetValue()}
	if m.GetCollection() == "" {
		return nil, x.sim.setStateMetadata(x.namespace, m.GetKey(), metadata)
	}
	if err := x.checkAccess(m.GetCollection(), true); err != nil {
		return nil, err
	}
	return nil, x.sim.setPrivateMetadata(x.in(m.GetCollection()), m.GetKey(), metadata)
}

func (x *execution) writeBatch(m *peer.WriteBatchState) ([]byte, error) {
	for _, r := range m.GetRec() {
		var err error
		switch r.GetType() {
		case peer.WriteRecord_PUT_STATE:
			_, err = x.putState(&peer.PutState{Collection: r.GetCollection(), Key: r.GetKey(), Value: r.GetValue()})
		case peer.WriteRecord_DEL_STATE:
			_, err = x.delState(&peer.DelState{Collection: r.GetCollection(), Key: r.GetKey()})
		case peer.WriteRecord_PURGE_PRIVATE_DATA:
			_, err = x.purge(&peer.DelState{Collection: r.GetCollection(), Key: r.GetKey()})
		case peer.WriteRecord_PUT_STATE_METADATA:
			_, err = x.putMetadata(&peer.PutStateMetadata{Collection: r.GetCollection(), Key: r.GetKey(), Metadata: r.GetMetadata()})
		default:
			err = errors.New("unknown operation type")
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (x *execution) getRange(m *peer.GetStateByRange) ([]byte, error) {
	metadata, err := queryMetadata(m.GetMetadata())
	if err != nil {
		return nil, err
	}
	var it *scan
	paged := false
	switch {
	case m.GetCollection() != "":
		if err := x.checkAccess(m.GetCollection(), false); err != nil {
			return nil, err
		}
		it, err = x.sim.scanPrivate(x.in(m.GetCollection()), m.GetStartKey(), m.GetEndKey())
	case isPaged(metadata):
		paged = true
		start := m.GetStartKey()
		if metadata.GetBookmark() != "" {
			start = metadata.GetBookmark()
		}
		it, err = x.sim.scanState(x.namespace, start, m.GetEndKey(), true, metadata.GetPageSize())
	default:
		it, err = x.sim.scanState(x.namespace, m.GetStartKey(), m.GetEndKey(), false, 0)
	}
	if err != nil {
		return nil, err
	}
	return x.open(it, paged, x.sim.ledger.totalLimit(metadata))
}

// open registers a query and returns its first results.
func (x *execution) open(it results, paged bool, limit int32) ([]byte, error) {
	x.nextQuery++
	id := strconv.Itoa(x.nextQuery)
	q := &query{results: it}
	x.queries[id] = q
	response, err := x.respond(id, q, paged, limit)
	if err != nil {
		return nil, err
	}
	return proto.Marshal(response)
}

// richQuery fails as it does on a peer whose state database is LevelDB.
func (x *execution) richQuery(m *peer.GetQueryResult) ([]byte, error) {
	if m.GetCollection() != "" {
		if err := x.checkAccess(m.GetCollection(), false); err != nil {
			return nil, err
		}
		return nil, errors.New("ExecuteQuery not supported for leveldb")
	}
	metadata, err := queryMetadata(m.GetMetadata())
	if err != nil {
		return nil, err
	}
	if isPaged(metadata) {
		return nil, errors.New("ExecuteQueryWithMetadata not supported for leveldb")
	}
	return nil, errors.New("ExecuteQuery not supported for leveldb")
}

func (x *execution) getHistory(m *peer.GetHistoryForKey) ([]byte, error) {
	l := x.sim.ledger
	it := &changes{left: l.state.history[x.namespace][m.GetKey()], oldest: l.faults.oldestFirst}
	return x.open(it, false, l.totalQueryLimit)
}

func (x *execution) queryNext(m *peer.QueryStateNext) ([]byte, error) {
	q := x.queries[m.GetId()]
	if q == nil {
		return nil, errors.New("query iterator not found")
	}
	response, err := x.respond(m.GetId(), q, false, x.sim.ledger.totalQueryLimit)
	if err != nil {
		return nil, err
	}
	return proto.Marshal(response)
}

func (x *execution) queryClose(m *peer.QueryStateClose) ([]byte, error) {
	delete(x.queries, m.GetId())
	return proto.Marshal(&peer.QueryResponse{Id: m.GetId()})
}

// invoke calls another chaincode within the same transaction
// (core/chaincode.Handler.HandleInvokeChaincode).
func (n *node) invoke(x *execution) func(*peer.ChaincodeSpec) ([]byte, error) {
	return func(m *peer.ChaincodeSpec) ([]byte, error) {
		name, channel, _ := strings.Cut(m.GetChaincodeId().GetName(), "/")
		name, _, _ = strings.Cut(name, ":")
		if channel != "" && channel != n.ledger.channel {
			return nil, fmt.Errorf("failed to find ledger for channel: %s", channel)
		}
		callee := n.ledger.nodes[nodeID{n.id.body, name}]
		if callee == nil {
			return nil, fmt.Errorf("execute failed: invalid invocation: [channel %s] failed to get chaincode container info for %s: chaincode '%s' not found",
				n.ledger.channel, name, name)
		}
		response, err := callee.execute(x.sim, x.proposal, m.GetInput())
		if err != nil {
			return nil, fmt.Errorf("execute failed: error sending: %w", err)
		}
		return proto.Marshal(response)
	}
}
