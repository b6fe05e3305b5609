package ledgertest

import (
	"maps"
	"slices"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

// validator validates one block against the committed state and the valid
// transactions before each of the block
// (core/committer/txvalidator/v20, core/common/validation/statebased and
// core/ledger/kvledger/txmgmt/validation).
type validator struct {
	ledger *Ledger
	number uint64

	// Keys whose metadata an endorsed transaction earlier in the block changes:
	// their policy is not known, so later writes to them are invalid.
	policyChanged map[keyID]bool
	policies      map[string]*common.SignaturePolicyEnvelope // parsed, by their bytes

	public map[string]*table           // writes of the block's valid transactions; a nil value is a deletion
	hashed map[space]map[string]*entry // likewise
}

// keyID names a key; for private data by its hash.
type keyID struct {
	in  space
	key string
}

func newValidator(l *Ledger, number uint64) *validator {
	return &validator{
		ledger:        l,
		number:        number,
		policyChanged: map[keyID]bool{},
		policies:      map[string]*common.SignaturePolicyEnvelope{},
		public:        map[string]*table{},
		hashed:        map[space]map[string]*entry{},
	}
}

// endorsements checks transaction after transaction against the policies as
// they stood before the block.
func (v *validator) endorsements(txs []*Transaction) []peer.TxValidationCode {
	codes := make([]peer.TxValidationCode, len(txs))
	seen := map[string]bool{}
	for i, tx := range txs {
		codes[i] = peer.TxValidationCode_VALID
		if v.ledger.committed[tx.ID] || seen[tx.ID] {
			codes[i] = peer.TxValidationCode_DUPLICATE_TXID
			continue
		}
		seen[tx.ID] = true
		if !v.endorsed(tx) {
			codes[i] = peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE
			continue
		}
		v.notePolicyChanges(tx)
	}
	return codes
}

// endorsed checks every namespace that the transaction writes to, and the one
// that it calls in any case.
func (v *validator) endorsed(tx *Transaction) bool {
	called := &namespaceResult{name: tx.proposal.chaincode, public: &kvrwset.KVRWSet{}}
	for _, ns := range tx.sim.namespaces {
		switch {
		case ns.name == tx.proposal.chaincode:
			called = ns
		case ns.writes() && !v.namespaceEndorsed(ns, tx.Endorsers):
			return false
		}
	}
	return v.namespaceEndorsed(called, tx.Endorsers)
}

// namespaceEndorsed is statebased.baseEvaluator.Evaluate with policyCheckerV20.
func (v *validator) namespaceEndorsed(ns *namespaceResult, endorsers []string) bool {
	checked := map[space]bool{} // plain policies that were met
	some := false
	check := func(in space, key string) bool {
		if v.policyChanged[keyID{in, key}] {
			return false
		}
		policy, ok := v.keyPolicy(in, key)
		if !ok {
			return false
		}
		if policy != nil {
			some = true
			return satisfied(policy, endorsers)
		}
		if checked[in] {
			return true
		}
		checked[in] = satisfied(v.ledger.policyOf(in), endorsers)
		some = some || checked[in]
		return checked[in]
	}
	public := space{ns.name, ""}
	for _, w := range ns.public.GetWrites() {
		if !check(public, w.GetKey()) {
			return false
		}
	}
	for _, w := range ns.public.GetMetadataWrites() {
		if !check(public, w.GetKey()) {
			return false
		}
	}
	for _, c := range ns.collections {
		in := space{ns.name, c.name}
		for _, w := range c.hashed.GetHashedWrites() {
			if !check(in, string(w.GetKeyHash())) {
				return false
			}
		}
		for _, w := range c.hashed.GetMetadataWrites() {
			if !check(in, string(w.GetKeyHash())) {
				return false
			}
		}
	}
	return some || satisfied(v.ledger.policyOf(public), endorsers)
}

// keyPolicy returns the committed key-level policy, or nil if the key has none.
// ok is false for one that cannot be read; endorsers refuse such a write before
// it gets here.
func (v *validator) keyPolicy(in space, key string) (policy *common.SignaturePolicyEnvelope, ok bool) {
	if v.ledger.faults.noKeyLevel {
		return nil, true
	}
	var e *entry
	if in.collection == "" {
		e = v.ledger.state.public[in.namespace].get(key)
	} else {
		e = v.ledger.state.hashed[in][key]
	}
	if e == nil {
		return nil, true
	}
	raw := e.metadata[peer.MetaDataKeys_VALIDATION_PARAMETER.String()]
	if len(raw) == 0 {
		return nil, true
	}
	if policy := v.policies[string(raw)]; policy != nil {
		return policy, true
	}
	policy, err := parsePolicy(raw)
	if err != nil {
		return nil, false
	}
	v.policies[string(raw)] = policy
	return policy, true
}

func (v *validator) notePolicyChanges(tx *Transaction) {
	for _, ns := range tx.sim.namespaces {
		for _, w := range ns.public.GetMetadataWrites() {
			v.policyChanged[keyID{space{ns.name, ""}, w.GetKey()}] = true
		}
		for _, c := range ns.collections {
			for _, w := range c.hashed.GetMetadataWrites() {
				v.policyChanged[keyID{space{ns.name, c.name}, string(w.GetKeyHash())}] = true
			}
		}
	}
}

// conflicts checks what the transaction read against the committed state and
// the block's valid transactions so far.
func (v *validator) conflicts(tx *Transaction) peer.TxValidationCode {
	for _, ns := range tx.sim.namespaces {
		for _, read := range ns.public.GetReads() {
			if !v.readHolds(ns.name, read) {
				return peer.TxValidationCode_MVCC_READ_CONFLICT
			}
		}
		for _, query := range ns.public.GetRangeQueriesInfo() {
			if !v.rangeHolds(ns.name, query) {
				return peer.TxValidationCode_PHANTOM_READ_CONFLICT
			}
		}
		for _, c := range ns.collections {
			for _, read := range c.hashed.GetHashedReads() {
				if !v.hashedReadHolds(space{ns.name, c.name}, read) {
					return peer.TxValidationCode_MVCC_READ_CONFLICT
				}
			}
		}
	}
	return peer.TxValidationCode_VALID
}

func (v *validator) readHolds(namespace string, read *kvrwset.KVRead) bool {
	if v.ledger.faults.noMVCC {
		return true
	}
	if t := v.public[namespace]; t != nil {
		if _, written := t.entries[read.GetKey()]; written {
			return false
		}
	}
	return sameVersion(versionOf(v.ledger.state.public[namespace].get(read.GetKey())), read.GetVersion())
}

func (v *validator) hashedReadHolds(in space, read *kvrwset.KVReadHash) bool {
	if v.ledger.faults.noMVCC {
		return true
	}
	if _, written := v.hashed[in][string(read.GetKeyHash())]; written {
		return false
	}
	return sameVersion(versionOf(v.ledger.state.hashed[in][string(read.GetKeyHash())]), read.GetVersion())
}

// rangeHolds runs a range query again and compares keys and versions. A query
// that the chaincode did not read to its end is compared up to the last key that
// it was sent.
func (v *validator) rangeHolds(namespace string, query *kvrwset.RangeQueryInfo) bool {
	if v.ledger.faults.noPhantomCheck {
		return true
	}
	committed, updates := v.ledger.state.public[namespace], v.public[namespace]
	end := query.GetEndKey()
	if !query.GetItrExhausted() {
		end += "\x00" // the next possible key: the last one seen belongs to the range
	}
	keys := slices.Concat(committed.scan(query.GetStartKey(), end), updates.scan(query.GetStartKey(), end))
	slices.Sort(keys)
	reads := query.GetRawReads().GetKvReads()
	for _, key := range slices.Compact(keys) {
		e, written := (*entry)(nil), false
		if updates != nil {
			e, written = updates.entries[key]
		}
		if !written {
			e = committed.get(key)
		}
		if e == nil || e.value == nil {
			continue // deleted within the block
		}
		if len(reads) == 0 || reads[0].GetKey() != key || !sameVersion(&e.version, reads[0].GetVersion()) {
			return false
		}
		reads = reads[1:]
	}
	return len(reads) == 0
}

// update is what a transaction does to one key.
type update struct {
	value       []byte // nil if the value stays
	deleted     bool
	metadata    map[string][]byte
	setMetadata bool
}

// apply adds a valid transaction's writes to the block's updates
// (validation.prepareTxOps).
func (v *validator) apply(tx *Transaction, number uint64) {
	at := height{v.number, number}
	updates := map[keyID]*update{}
	of := func(id keyID) *update {
		if updates[id] == nil {
			updates[id] = &update{}
		}
		return updates[id]
	}
	for _, ns := range tx.sim.namespaces {
		public := space{ns.name, ""}
		for _, w := range ns.public.GetWrites() {
			of(keyID{public, w.GetKey()}).write(w.GetValue(), w.GetIsDelete() || (len(w.GetValue()) == 0 && !v.ledger.faults.keepEmptyValues))
		}
		for _, w := range ns.public.GetMetadataWrites() {
			of(keyID{public, w.GetKey()}).set(w.GetEntries())
		}
		for _, c := range ns.collections {
			in := space{ns.name, c.name}
			for _, w := range c.hashed.GetHashedWrites() {
				if w.GetIsPurge() && v.ledger.faults.purgeKeepsHash {
					continue
				}
				of(keyID{in, string(w.GetKeyHash())}).write(w.GetValueHash(), w.GetIsDelete())
			}
			for _, w := range c.hashed.GetMetadataWrites() {
				of(keyID{in, string(w.GetKeyHash())}).set(w.GetEntries())
			}
		}
	}
	for id, u := range updates {
		v.put(id, u.merged(v.latest(id), at))
	}
}

func (u *update) write(value []byte, deleted bool) {
	if value == nil && !deleted {
		value = []byte{}
	}
	u.value, u.deleted = value, deleted
}

func (u *update) set(entries []*kvrwset.KVMetadataEntry) {
	u.metadata, u.setMetadata = metadataMap(entries), true
}

// merged returns the new entry: nil for no change, one without a value for a
// deletion.
func (u *update) merged(latest *entry, at height) *entry {
	e := &entry{value: u.value, metadata: u.metadata, version: at}
	switch {
	case u.deleted:
		return &entry{version: at}
	case u.value == nil && latest == nil:
		return nil // metadata alone makes no key
	case u.value == nil:
		e.value = latest.value
	case !u.setMetadata && latest != nil:
		e.metadata = latest.metadata
	}
	return e
}

// latest returns the entry as the block's transactions so far leave it.
func (v *validator) latest(id keyID) *entry {
	var e *entry
	written := false
	if id.in.collection == "" {
		if t := v.public[id.in.namespace]; t != nil {
			e, written = t.entries[id.key]
		}
		if !written {
			return v.ledger.state.public[id.in.namespace].get(id.key)
		}
	} else {
		if e, written = v.hashed[id.in][id.key]; !written {
			return v.ledger.state.hashed[id.in][id.key]
		}
	}
	if e.value == nil {
		return nil
	}
	return e
}

func (v *validator) put(id keyID, e *entry) {
	if e == nil {
		return
	}
	if id.in.collection == "" {
		if v.public[id.in.namespace] == nil {
			v.public[id.in.namespace] = newTable()
		}
		v.public[id.in.namespace].set(id.key, e)
		return
	}
	if v.hashed[id.in] == nil {
		v.hashed[id.in] = map[string]*entry{}
	}
	v.hashed[id.in][id.key] = e
}

// store moves the block's updates into the state.
func (v *validator) store() {
	s := v.ledger.state
	for namespace, t := range v.public {
		for _, key := range t.keys {
			s.setPublic(namespace, key, live(t.entries[key]))
		}
	}
	for in, entries := range v.hashed {
		for _, hash := range slices.Sorted(maps.Keys(entries)) {
			s.setHashed(in, hash, live(entries[hash]))
		}
	}
}

// live returns nil for a deletion.
func live(e *entry) *entry {
	if e.value == nil {
		return nil
	}
	return e
}
