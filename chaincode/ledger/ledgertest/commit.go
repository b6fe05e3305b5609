package ledgertest

import (
	"slices"

	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

// Commit orders the transactions into one block, in the order given, validates
// and commits it. It returns a validation code for each of them.
func (l *Ledger) Commit(txs ...*Transaction) []peer.TxValidationCode {
	_, codes := l.commit(txs)
	return codes
}

func (l *Ledger) commit(txs []*Transaction) (uint64, []peer.TxValidationCode) {
	l.mu.Lock()
	defer l.mu.Unlock()
	number := uint64(len(l.blocks))
	v := newValidator(l, number)
	codes := v.endorsements(txs)
	for i, tx := range txs {
		if codes[i] != peer.TxValidationCode_VALID {
			continue
		}
		if codes[i] = v.conflicts(tx); codes[i] == peer.TxValidationCode_VALID {
			v.apply(tx, uint64(i))
		}
	}
	v.store()
	for i, tx := range txs {
		l.committed[tx.ID] = true
		if codes[i] == peer.TxValidationCode_VALID {
			l.storeHistory(tx)
			l.storePrivate(tx, height{number, uint64(i)})
		}
	}
	l.blocks = append(l.blocks, &block{txs: slices.Clone(txs), codes: codes})
	return number, slices.Clone(codes)
}

func (l *Ledger) storeHistory(tx *Transaction) {
	for _, ns := range tx.sim.namespaces {
		for _, w := range ns.public.GetWrites() {
			l.state.addHistory(ns.name, w.GetKey(), change{
				txID:    tx.ID,
				value:   w.GetValue(),
				deleted: w.GetIsDelete(),
				time:    tx.Time,
			})
		}
	}
}

// storePrivate hands private writes to the peers of the collections' members. A
// body's implicit collection is never sent to it by others: its peer has the
// value if it endorsed, and otherwise never (gossip/privdata: other bodies'
// peers disseminate to none, and only the collection's members answer a pull).
func (l *Ledger) storePrivate(tx *Transaction, at height) {
	purged := map[space]map[string]bool{}
	for _, ns := range tx.sim.namespaces {
		for _, c := range ns.collections {
			in := space{ns.name, c.name}
			purged[in] = map[string]bool{}
			for _, w := range c.hashed.GetHashedWrites() {
				if w.GetIsPurge() {
					purged[in][string(w.GetKeyHash())] = true
				}
			}
		}
	}
	for in, writes := range tx.sim.private {
		c, _ := l.collection(in.collection)
		for _, body := range c.Members {
			if in.collection == ImplicitCollection(body) && !slices.Contains(tx.Endorsers, body) {
				continue
			}
			l.storePrivateAt(body, in, writes, purged[in], at)
		}
	}
}

func (l *Ledger) storePrivateAt(body string, in space, writes *kvrwset.KVRWSet, purged map[string]bool, at height) {
	for _, w := range writes.GetWrites() {
		if w.GetIsDelete() {
			l.state.setPrivate(body, in, w.GetKey(), nil)
		} else {
			l.state.setPrivate(body, in, w.GetKey(), &entry{value: w.GetValue(), version: at})
			l.state.store[body][in] = append(l.state.store[body][in], privateWrite{w.GetKey(), w.GetValue()})
		}
		if purged[string(keyHash(w.GetKey()))] {
			l.state.store[body][in] = slices.DeleteFunc(l.state.store[body][in], func(p privateWrite) bool {
				return p.key == w.GetKey()
			})
		}
	}
	// A write of metadata alone gives the hash a new version, and the value
	// must follow (validation.incrementPvtdataVersionIfNeeded).
	for _, w := range writes.GetMetadataWrites() {
		value := l.state.private[body][in].get(w.GetKey())
		hash := l.state.hashed[in][string(keyHash(w.GetKey()))]
		if value != nil && hash != nil {
			l.state.setPrivate(body, in, w.GetKey(), &entry{value: value.value, version: hash.version})
		}
	}
}

// anyPrivate reads a private value at whichever peer has it; see
// faults.readAtAnyPeer.
func (l *Ledger) anyPrivate(in space, key string) *entry {
	for _, body := range l.bodies {
		if e := l.state.private[body][in].get(key); e != nil {
			return e
		}
	}
	return nil
}
