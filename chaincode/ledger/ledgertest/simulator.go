package ledgertest

import (
	"fmt"

	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

// simulator runs one transaction at one body's peer: it reads the committed
// state and notes what was read and what would be written
// (core/ledger/kvledger/txmgmt/txmgr: tx_simulator.go, query_executor.go). It is
// used under the ledger's read lock, by one message at a time.
type simulator struct {
	ledger *Ledger
	body   string
	txID   string

	sets  *rwsets
	scans []*scan // range queries, for the phantom check

	writePerformed bool
	privateQueried bool
	pagedQueried   bool

	// What the endorsement plan is made of (Fabric's WritesetMetadata and
	// PrivateReads): for every key that is written, the metadata it has now.
	written      map[space]map[string]map[string][]byte
	privateReads map[space]bool

	drafts map[space]map[string][]byte // for the fault readYourWrites
}

func newSimulator(l *Ledger, body, txID string) *simulator {
	return &simulator{
		ledger:       l,
		body:         body,
		txID:         txID,
		sets:         newRWSets(),
		written:      map[space]map[string]map[string][]byte{},
		privateReads: map[space]bool{},
		drafts:       map[space]map[string][]byte{},
	}
}

func (s *simulator) getState(namespace, key string) *entry {
	e := s.ledger.state.public[namespace].get(key)
	s.sets.namespace(namespace).reads[key] = &kvrwset.KVRead{Key: key, Version: versionOf(e).proto()}
	if draft, ok := s.drafts[space{namespace, ""}][key]; ok && s.ledger.faults.readYourWrites {
		return &entry{value: draft}
	}
	return e
}

// setState writes or deletes. An empty value is a deletion
// (rwsetutil.newKVWrite).
func (s *simulator) setState(namespace, key string, value []byte, isDelete bool) error {
	if err := s.checkWrite(); err != nil {
		return err
	}
	s.draft(space{namespace, ""}, key, value)
	isDelete = isDelete || (len(value) == 0 && !s.ledger.faults.keepEmptyValues)
	s.sets.namespace(namespace).writes[key] = &kvrwset.KVWrite{Key: key, IsDelete: isDelete, Value: value}
	s.noteWritten(space{namespace, ""}, key)
	return nil
}

func (s *simulator) setStateMetadata(namespace, key string, metadata map[string][]byte) error {
	if err := s.checkWrite(); err != nil {
		return err
	}
	s.sets.namespace(namespace).metadataWrites[key] = &kvrwset.KVMetadataWrite{Key: key, Entries: metadataEntries(metadata)}
	s.noteWritten(space{namespace, ""}, key)
	return nil
}

// getPrivateData reads at this body's peer. A peer that holds no value for a
// hash on the ledger says so: that is how a body outside the collection fails.
func (s *simulator) getPrivateData(in space, key string) ([]byte, error) {
	if err := s.ledger.checkCollectionName(in.namespace, in.collection); err != nil {
		return nil, err
	}
	value := s.ledger.state.private[s.body][in].get(key)
	hash := s.ledger.state.hashed[in][string(keyHash(key))]
	if have, want := versionOf(value), versionOf(hash); !sameVersion(have, want.proto()) {
		if !s.ledger.faults.readAtAnyPeer {
			return nil, fmt.Errorf("private data matching public hash version is not available. Public hash version = %s, Private data version = %s", want, have)
		}
		value = s.ledger.anyPrivate(in, key)
	}
	s.notePrivateRead(in, key, versionOf(value))
	if value == nil {
		return nil, nil
	}
	return value.value, nil
}

// getMultiplePrivateData does not compare versions: at the peer of a body
// outside the collection it answers nothing, without an error.
func (s *simulator) getMultiplePrivateData(in space, keys []string) ([][]byte, error) {
	if err := s.ledger.checkCollectionName(in.namespace, in.collection); err != nil {
		return nil, err
	}
	values := make([][]byte, len(keys))
	for i, key := range keys {
		e := s.ledger.state.private[s.body][in].get(key)
		s.notePrivateRead(in, key, versionOf(e))
		if e != nil {
			values[i] = e.value
		}
	}
	return values, nil
}

func (s *simulator) notePrivateRead(in space, key string, version *height) {
	s.sets.collection(in).reads[key] = &kvrwset.KVReadHash{KeyHash: keyHash(key), Version: version.proto()}
	s.privateReads[in] = true
}

func (s *simulator) getPrivateDataHash(in space, key string) (*entry, error) {
	if err := s.ledger.checkCollectionName(in.namespace, in.collection); err != nil {
		return nil, err
	}
	e := s.ledger.state.hashed[in][string(keyHash(key))]
	s.sets.collection(in).reads[key] = &kvrwset.KVReadHash{KeyHash: keyHash(key), Version: versionOf(e).proto()}
	return e, nil
}

func (s *simulator) setPrivateData(in space, key string, value []byte, purge bool) error {
	if err := s.ledger.checkCollectionName(in.namespace, in.collection); err != nil {
		return err
	}
	if err := s.checkWrite(); err != nil {
		return err
	}
	s.sets.collection(in).write(key, value, purge)
	s.noteWritten(in, key)
	return nil
}

func (s *simulator) setPrivateMetadata(in space, key string, metadata map[string][]byte) error {
	if err := s.ledger.checkCollectionName(in.namespace, in.collection); err != nil {
		return err
	}
	if err := s.checkWrite(); err != nil {
		return err
	}
	c := s.sets.collection(in)
	c.privateMetadata[key] = &kvrwset.KVMetadataWrite{Key: key}
	c.metadataWrites[key] = &kvrwset.KVMetadataWriteHash{KeyHash: keyHash(key), Entries: metadataEntries(metadata)}
	s.noteWritten(in, key)
	return nil
}

// checkWrite is txSimulator.checkWritePrecondition.
func (s *simulator) checkWrite() error {
	if s.privateQueried {
		return fmt.Errorf("txid [%s]: unsuppored transaction. Transaction has already performed queries on pvt data. Writes are not allowed", s.txID)
	}
	if s.pagedQueried && !s.ledger.faults.pagedWrites {
		return fmt.Errorf("txid [%s]: unsuppored transaction. Transaction has already performed a paginated query. Writes are not allowed", s.txID)
	}
	s.writePerformed = true
	return nil
}

// noteWritten keeps the metadata that the key has on the ledger.
func (s *simulator) noteWritten(in space, key string) {
	var e *entry
	if in.collection == "" {
		e = s.ledger.state.public[in.namespace].get(key)
	} else {
		e = s.ledger.state.hashed[in][string(keyHash(key))]
	}
	if s.written[in] == nil {
		s.written[in] = map[string]map[string][]byte{}
	}
	s.written[in][key] = nil
	if e != nil {
		s.written[in][key] = e.metadata
	}
}

func (s *simulator) draft(in space, key string, value []byte) {
	if !s.ledger.faults.readYourWrites {
		return
	}
	if s.drafts[in] == nil {
		s.drafts[in] = map[string][]byte{}
	}
	s.drafts[in][key] = value
}

// scanState opens a range query. A page size of 0 means no paging.
func (s *simulator) scanState(namespace, start, end string, paged bool, pageSize int32) (*scan, error) {
	if paged {
		if s.writePerformed && !s.ledger.faults.pagedWrites {
			return nil, fmt.Errorf("txid [%s]: unsuppored transaction. Paginated queries are supported only in a read-only transaction", s.txID)
		}
		s.pagedQueried = true
	}
	if s.ledger.faults.rangeEndIncl && end != "" {
		end += "\x00"
	}
	t := s.ledger.state.public[namespace]
	it := &scan{
		table:     t,
		namespace: namespace,
		keys:      t.scan(start, end),
		limit:     int(pageSize),
		info:      &kvrwset.RangeQueryInfo{StartKey: start},
		end:       end,
	}
	s.scans = append(s.scans, it)
	return it, nil
}

// scanPrivate opens a range query over this peer's private data. It leaves
// nothing in the read set, and forbids writes.
func (s *simulator) scanPrivate(in space, start, end string) (*scan, error) {
	if s.writePerformed {
		return nil, fmt.Errorf("txid [%s]: unsuppored transaction. Queries on pvt data is supported only in a read-only transaction", s.txID)
	}
	s.privateQueried = true
	if err := s.ledger.checkCollectionName(in.namespace, in.collection); err != nil {
		return nil, err
	}
	t := s.ledger.state.private[s.body][in]
	return &scan{table: t, namespace: in.namespace, keys: t.scan(start, end)}, nil
}

// finish returns the result of the simulation.
func (s *simulator) finish() (*simulation, error) {
	type rangeKey struct {
		namespace, start, end string
		exhausted             bool
	}
	seen := map[rangeKey]bool{}
	ranges := map[string][]*kvrwset.RangeQueryInfo{}
	for _, it := range s.scans {
		info := it.info
		key := rangeKey{it.namespace, info.GetStartKey(), info.GetEndKey(), info.GetItrExhausted()}
		if seen[key] {
			continue
		}
		seen[key] = true
		if len(it.reads) > 0 {
			info.ReadsInfo = &kvrwset.RangeQueryInfo_RawReads{RawReads: &kvrwset.QueryReads{KvReads: it.reads}}
		}
		ranges[it.namespace] = append(ranges[it.namespace], info)
	}
	return s.sets.result(ranges)
}

// requirements are the policies that endorsers must meet: Fabric's
// ChaincodeInterest (core/endorser.buildChaincodeInterest).
func (s *simulator) requirements(chaincode string, result *simulation) (*requirements, error) {
	r := &requirements{plain: map[space]bool{}, private: map[string]bool{}}
	touched := map[string]bool{}
	for in, keys := range s.written {
		touched[in.namespace] = true
		for _, metadata := range keys {
			raw, ok := metadata[peer.MetaDataKeys_VALIDATION_PARAMETER.String()]
			if !ok || len(raw) == 0 {
				r.plain[in] = true
				continue
			}
			policy, err := parsePolicy(raw)
			if err != nil {
				return nil, err
			}
			r.keys = append(r.keys, policy)
		}
		if in.collection != "" {
			r.private[in.collection] = true
		}
	}
	for _, ns := range result.namespaces {
		if !touched[ns.name] {
			r.plain[space{ns.name, ""}] = true
		}
	}
	for in := range s.privateReads {
		r.plain[in] = true
		r.reads = append(r.reads, in.collection)
	}
	if len(r.plain) == 0 && len(r.keys) == 0 {
		r.plain[space{chaincode, ""}] = true // it did nothing: the gateway's default interest
	}
	return r, nil
}
