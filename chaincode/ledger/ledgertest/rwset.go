package ledgertest

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
	"google.golang.org/protobuf/proto"
)

// rwsets collects what a simulation read and wrote
// (core/ledger/kvledger/txmgmt/rwsetutil.RWSetBuilder).
type rwsets struct{ namespaces map[string]*namespaceSet }

type namespaceSet struct {
	reads          map[string]*kvrwset.KVRead
	writes         map[string]*kvrwset.KVWrite
	metadataWrites map[string]*kvrwset.KVMetadataWrite
	collections    map[string]*collectionSet
}

type collectionSet struct {
	reads           map[string]*kvrwset.KVReadHash
	writes          map[string]*kvrwset.KVWriteHash
	metadataWrites  map[string]*kvrwset.KVMetadataWriteHash
	private         map[string]*kvrwset.KVWrite
	privateMetadata map[string]*kvrwset.KVMetadataWrite
}

func newRWSets() *rwsets { return &rwsets{namespaces: map[string]*namespaceSet{}} }

func (r *rwsets) namespace(name string) *namespaceSet {
	if r.namespaces[name] == nil {
		r.namespaces[name] = &namespaceSet{
			reads:          map[string]*kvrwset.KVRead{},
			writes:         map[string]*kvrwset.KVWrite{},
			metadataWrites: map[string]*kvrwset.KVMetadataWrite{},
			collections:    map[string]*collectionSet{},
		}
	}
	return r.namespaces[name]
}

func (r *rwsets) collection(in space) *collectionSet {
	ns := r.namespace(in.namespace)
	if ns.collections[in.collection] == nil {
		ns.collections[in.collection] = &collectionSet{
			reads:           map[string]*kvrwset.KVReadHash{},
			writes:          map[string]*kvrwset.KVWriteHash{},
			metadataWrites:  map[string]*kvrwset.KVMetadataWriteHash{},
			private:         map[string]*kvrwset.KVWrite{},
			privateMetadata: map[string]*kvrwset.KVMetadataWrite{},
		}
	}
	return ns.collections[in.collection]
}

func keyHash(key string) []byte {
	digest := sha256.Sum256([]byte(key))
	return digest[:]
}

func (c *collectionSet) write(key string, value []byte, purge bool) {
	isDelete := len(value) == 0
	hash := &kvrwset.KVWriteHash{KeyHash: keyHash(key), IsDelete: isDelete, IsPurge: purge}
	if !isDelete {
		digest := sha256.Sum256(value)
		hash.ValueHash = digest[:]
	}
	c.writes[key] = hash
	c.private[key] = &kvrwset.KVWrite{Key: key, IsDelete: isDelete, Value: value}
}

func metadataEntries(metadata map[string][]byte) []*kvrwset.KVMetadataEntry {
	var entries []*kvrwset.KVMetadataEntry
	for _, name := range slices.Sorted(maps.Keys(metadata)) {
		entries = append(entries, &kvrwset.KVMetadataEntry{Name: name, Value: metadata[name]})
	}
	return entries
}

func metadataMap(entries []*kvrwset.KVMetadataEntry) map[string][]byte {
	if len(entries) == 0 {
		return nil
	}
	m := make(map[string][]byte, len(entries))
	for _, e := range entries {
		m[e.GetName()] = e.GetValue()
	}
	return m
}

func sortedValues[V any](m map[string]V) []V {
	values := make([]V, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		values = append(values, m[key])
	}
	return values
}

// simulation is the result of one simulation: public sets with hashes of
// private writes, and the private writes themselves.
type simulation struct {
	namespaces []*namespaceResult
	private    map[space]*kvrwset.KVRWSet
	bytes      []byte // rwset.TxReadWriteSet
}

type namespaceResult struct {
	name        string
	public      *kvrwset.KVRWSet
	collections []*collectionResult
}

type collectionResult struct {
	name   string
	hashed *kvrwset.HashedRWSet
}

// writes tells whether the transaction writes in the namespace
// (plugindispatcher.txWritesToNamespace).
func (n *namespaceResult) writes() bool {
	if len(n.public.GetWrites()) > 0 || len(n.public.GetMetadataWrites()) > 0 {
		return true
	}
	for _, c := range n.collections {
		if len(c.hashed.GetHashedWrites()) > 0 || len(c.hashed.GetMetadataWrites()) > 0 {
			return true
		}
	}
	return false
}

// result closes the sets. ranges are the range queries by namespace.
func (r *rwsets) result(ranges map[string][]*kvrwset.RangeQueryInfo) (*simulation, error) {
	for name := range ranges {
		r.namespace(name)
	}
	out := &simulation{private: map[space]*kvrwset.KVRWSet{}}
	txSet := &rwset.TxReadWriteSet{DataModel: rwset.TxReadWriteSet_KV}
	for _, name := range slices.Sorted(maps.Keys(r.namespaces)) {
		ns := r.namespaces[name]
		result := &namespaceResult{name: name, public: &kvrwset.KVRWSet{
			Reads:            sortedValues(ns.reads),
			Writes:           sortedValues(ns.writes),
			MetadataWrites:   sortedValues(ns.metadataWrites),
			RangeQueriesInfo: ranges[name],
		}}
		public, err := proto.Marshal(result.public)
		if err != nil {
			return nil, fmt.Errorf("encode read-write set of %s: %w", name, err)
		}
		nsSet := &rwset.NsReadWriteSet{Namespace: name, Rwset: public}
		for _, collection := range slices.Sorted(maps.Keys(ns.collections)) {
			hashedSet, err := out.addCollection(result, space{name, collection}, ns.collections[collection])
			if err != nil {
				return nil, err
			}
			nsSet.CollectionHashedRwset = append(nsSet.CollectionHashedRwset, hashedSet)
		}
		out.namespaces = append(out.namespaces, result)
		txSet.NsRwset = append(txSet.NsRwset, nsSet)
	}
	var err error
	if out.bytes, err = proto.Marshal(txSet); err != nil {
		return nil, fmt.Errorf("encode read-write sets: %w", err)
	}
	return out, nil
}

func (s *simulation) addCollection(result *namespaceResult, in space, c *collectionSet) (*rwset.CollectionHashedReadWriteSet, error) {
	hashed := &kvrwset.HashedRWSet{
		HashedReads:    sortedValues(c.reads),
		HashedWrites:   sortedValues(c.writes),
		MetadataWrites: sortedValues(c.metadataWrites),
	}
	encoded, err := proto.Marshal(hashed)
	if err != nil {
		return nil, fmt.Errorf("encode hashed read-write set of %s: %w", in.collection, err)
	}
	set := &rwset.CollectionHashedReadWriteSet{CollectionName: in.collection, HashedRwset: encoded}
	if len(c.private) > 0 || len(c.privateMetadata) > 0 {
		private := &kvrwset.KVRWSet{Writes: sortedValues(c.private), MetadataWrites: sortedValues(c.privateMetadata)}
		encoded, err := proto.Marshal(private)
		if err != nil {
			return nil, fmt.Errorf("encode private write set of %s: %w", in.collection, err)
		}
		digest := sha256.Sum256(encoded)
		set.PvtRwsetHash = digest[:]
		s.private[in] = private
	}
	result.collections = append(result.collections, &collectionResult{name: in.collection, hashed: hashed})
	return set, nil
}
