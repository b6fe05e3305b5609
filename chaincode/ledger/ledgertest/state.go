package ledgertest

import (
	"fmt"
	"slices"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
)

// height is the version of a value: the transaction that wrote it last.
type height struct{ block, tx uint64 }

func (h *height) proto() *kvrwset.Version {
	if h == nil {
		return nil
	}
	return &kvrwset.Version{BlockNum: h.block, TxNum: h.tx}
}

// String prints a version as Fabric's error messages do.
func (h *height) String() string {
	if h == nil {
		return "<nil>"
	}
	return fmt.Sprintf("{BlockNum: %d, TxNum: %d}", h.block, h.tx)
}

func sameVersion(h *height, read *kvrwset.Version) bool {
	if h == nil || read == nil {
		return h == nil && read == nil
	}
	return h.block == read.GetBlockNum() && h.tx == read.GetTxNum()
}

// entry is a value in the state. An entry is never changed once it is in a
// table, so readers may keep it.
type entry struct {
	value    []byte
	metadata map[string][]byte
	version  height
}

// versionOf returns nil for a key that does not exist.
func versionOf(e *entry) *height {
	if e == nil {
		return nil
	}
	return &e.version
}

// table is a set of keys in the order of their bytes, as LevelDB has them.
type table struct {
	entries map[string]*entry
	keys    []string
}

func newTable() *table { return &table{entries: map[string]*entry{}} }

func (t *table) get(key string) *entry {
	if t == nil {
		return nil
	}
	return t.entries[key]
}

// set puts the entry, or deletes the key if it is nil.
func (t *table) set(key string, e *entry) {
	_, exists := t.entries[key]
	switch {
	case e == nil && exists:
		delete(t.entries, key)
		i, _ := slices.BinarySearch(t.keys, key)
		t.keys = slices.Delete(t.keys, i, i+1)
	case e != nil:
		t.entries[key] = e
		if !exists {
			i, _ := slices.BinarySearch(t.keys, key)
			t.keys = slices.Insert(t.keys, i, key)
		}
	}
}

// scan returns the keys from start (included) to end (excluded; "" for no end).
func (t *table) scan(start, end string) []string {
	if t == nil {
		return nil
	}
	from, _ := slices.BinarySearch(t.keys, start)
	to := len(t.keys)
	if end != "" {
		to, _ = slices.BinarySearch(t.keys, end)
	}
	return t.keys[from:max(from, to)]
}

// space names a table: a chaincode's public keys, or those of a collection.
type space struct{ namespace, collection string }

// change is a write to history.
type change struct {
	txID    string
	value   []byte
	deleted bool
	time    time.Time
}

// privateWrite is a write in a peer's store of private data, which keeps old
// values until they are purged.
type privateWrite struct {
	key   string
	value []byte
}

// state is what has been committed.
type state struct {
	public  map[string]*table           // by chaincode
	hashed  map[space]map[string]*entry // by SHA-256 of the key; the value is the SHA-256 of the value
	private map[string]map[space]*table // by body
	store   map[string]map[space][]privateWrite
	history map[string]map[string][]change // by chaincode and key, oldest first
}

func newState(bodies []string) *state {
	s := &state{
		public:  map[string]*table{},
		hashed:  map[space]map[string]*entry{},
		private: map[string]map[space]*table{},
		store:   map[string]map[space][]privateWrite{},
		history: map[string]map[string][]change{},
	}
	for _, body := range bodies {
		s.private[body] = map[space]*table{}
		s.store[body] = map[space][]privateWrite{}
	}
	return s
}

func (s *state) setPublic(namespace, key string, e *entry) {
	if s.public[namespace] == nil {
		s.public[namespace] = newTable()
	}
	s.public[namespace].set(key, e)
}

func (s *state) setHashed(in space, keyHash string, e *entry) {
	if s.hashed[in] == nil {
		s.hashed[in] = map[string]*entry{}
	}
	if e == nil {
		delete(s.hashed[in], keyHash)
		return
	}
	s.hashed[in][keyHash] = e
}

func (s *state) setPrivate(body string, in space, key string, e *entry) {
	tables := s.private[body]
	if tables[in] == nil {
		tables[in] = newTable()
	}
	tables[in].set(key, e)
}

func (s *state) addHistory(namespace, key string, c change) {
	if s.history[namespace] == nil {
		s.history[namespace] = map[string][]change{}
	}
	s.history[namespace][key] = append(s.history[namespace][key], c)
}
