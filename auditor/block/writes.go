package block

import (
	"crypto/sha256"

	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"

	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// writes lists what a read-write set writes, in the order of the ledger log: for each
// namespace the public writes, then the writes of metadata, then for each collection the
// hashed writes.
func writes(results []byte) ([]Write, error) {
	var set rwset.TxReadWriteSet
	if err := read("read-write set", results, &set); err != nil {
		return nil, err
	}
	var all []Write
	for _, namespace := range set.GetNsRwset() {
		var public kvrwset.KVRWSet
		if err := read("read-write set of "+namespace.GetNamespace(), namespace.GetRwset(), &public); err != nil {
			return nil, err
		}
		of := Write{Namespace: namespace.GetNamespace()}
		for _, w := range public.GetWrites() {
			all = append(all, of.public([]byte(w.GetKey()), w.GetValue(), w.GetIsDelete()))
		}
		for _, w := range public.GetMetadataWrites() {
			written, err := of.metadata([]byte(w.GetKey()), w.GetEntries())
			if err != nil {
				return nil, err
			}
			all = append(all, written)
		}
		for _, collection := range namespace.GetCollectionHashedRwset() {
			var hashed kvrwset.HashedRWSet
			if err := read("read-write set of collection "+collection.GetCollectionName(), collection.GetHashedRwset(), &hashed); err != nil {
				return nil, err
			}
			for _, w := range hashed.GetHashedWrites() {
				all = append(all, of.private(collection.GetCollectionName(), w))
			}
		}
	}
	return all, nil
}

// public completes w. An empty value deletes (fabric rwsetutil.IsKVWriteDelete).
func (w Write) public(key, value []byte, deleted bool) Write {
	w.Kind, w.Key, w.Deleted = evidence.KindWrite, key, deleted || len(value) == 0
	if !w.Deleted {
		w.Value = value
		w.ValueHash = hashOf(value)
	}
	return w
}

// metadata completes w. No entries delete the key's metadata.
func (w Write) metadata(key []byte, entries []*kvrwset.KVMetadataEntry) (Write, error) {
	w.Kind, w.Key, w.Deleted = evidence.KindMetadata, key, len(entries) == 0
	if w.Deleted {
		return w, nil
	}
	list := make([]evidence.Metadata, len(entries))
	for i, e := range entries {
		list[i] = evidence.Metadata{Name: e.GetName(), Value: e.GetValue()}
	}
	var err error
	if w.Value, err = evidence.EncodeMetadata(list); err != nil {
		return Write{}, err
	}
	w.ValueHash = hashOf(w.Value)
	return w, nil
}

// private completes w. Two things no chaincode can do, but endorsers who write their
// read-write sets by hand, and neither may stop a log: a write to a collection without a
// name changes public state (fabric's txOps.applyTxRwset), and is listed as such; and a
// value's hash of another length than SHA-256's is hashed once more.
func (w Write) private(collection string, hashed *kvrwset.KVWriteHash) Write {
	stored := hashed.GetValueHash()
	empty := sha256.Sum256(nil)
	deleted := hashed.GetIsDelete() || len(stored) == 0 || string(stored) == string(empty[:])
	if collection == "" {
		return w.public(hashed.GetKeyHash(), stored, deleted)
	}
	w.Kind, w.Collection, w.Key, w.Deleted = evidence.KindPrivate, collection, hashed.GetKeyHash(), deleted
	switch {
	case deleted:
	case len(stored) == sha256.Size:
		h := Hash(stored)
		w.ValueHash = &h
	default:
		w.ValueHash = hashOf(stored)
	}
	return w
}

func hashOf(value []byte) *Hash {
	h := Hash(sha256.Sum256(value))
	return &h
}
