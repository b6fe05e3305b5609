package ledgertest

import (
	"bytes"
	"slices"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

// Height returns the number of blocks. Block 0 is empty: it stands for the
// channel's configuration.
func (l *Ledger) Height() uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return uint64(len(l.blocks))
}

// Event is a chaincode event as a client receives it.
type Event struct {
	Block         uint64
	TransactionID string
	Chaincode     string
	Name          string
	Payload       []byte
}

// Events returns the events of valid transactions, beginning with a block.
func (l *Ledger) Events(fromBlock uint64) []Event {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var events []Event
	for number := fromBlock; number < uint64(len(l.blocks)); number++ {
		for i, tx := range l.blocks[number].txs {
			if tx.event == nil || (l.blocks[number].codes[i] != peer.TxValidationCode_VALID && !l.faults.eventsOfInvalid) {
				continue
			}
			events = append(events, Event{
				Block:         number,
				TransactionID: tx.ID,
				Chaincode:     tx.event.GetChaincodeId(),
				Name:          tx.event.GetEventName(),
				Payload:       slices.Clone(tx.event.GetPayload()),
			})
		}
	}
	return events
}

// State returns a copy of the public state of the chaincode under test. Two
// equal dumps around a call show that it wrote nothing.
func (l *Ledger) State() map[string][]byte {
	l.mu.RLock()
	defer l.mu.RUnlock()
	dump := map[string][]byte{}
	if t := l.state.public[l.chaincode]; t != nil {
		for _, key := range t.keys {
			dump[key] = slices.Clone(t.entries[key].value)
		}
	}
	return dump
}

// PrivateStore returns what a body's peer keeps of a collection of the chaincode
// under test: every value ever written that was not purged, by key, the newest
// last. Deleted values are still there; purged ones are not.
func (l *Ledger) PrivateStore(mspID, collection string) map[string][][]byte {
	l.mu.RLock()
	defer l.mu.RUnlock()
	dump := map[string][][]byte{}
	for _, w := range l.state.store[mspID][space{l.chaincode, collection}] {
		dump[w.key] = append(dump[w.key], slices.Clone(w.value))
	}
	return dump
}

// PublicContains tells whether the text is anywhere that every body can see: in
// a block (arguments, answers, events and write sets included) or in the public
// state. It is how a test shows that a canary in private data did not leak.
func (l *Ledger) PublicContains(text string) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, block := range l.blocks {
		for _, tx := range block.txs {
			for _, part := range [][]byte{tx.proposal.header.GetChannelHeader(), tx.proposal.header.GetSignatureHeader(), tx.proposal.payloadNoSecret, tx.response} {
				if bytes.Contains(part, []byte(text)) {
					return true
				}
			}
		}
	}
	for _, table := range l.state.public {
		for key, e := range table.entries {
			if bytes.Contains([]byte(key), []byte(text)) || bytes.Contains(e.value, []byte(text)) {
				return true
			}
		}
	}
	return false
}
