package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance/scripted"
)

func TestTheLedgerBehavesAsFabricDoes(t *testing.T) {
	conformance.Run(t, inMemory{New(t, scripted.Chaincode{})})
}

// Sabotage shows that the suite would notice: a ledger that is broken in one
// way must fail the cases that state this behaviour.
func TestTheSuiteNoticesABrokenLedger(t *testing.T) {
	require.Empty(t, failures(t, inMemory{New(t, scripted.Chaincode{})}), "the ledger before any sabotage")
	for _, sabotage := range []struct {
		name   string
		faults faults
		fails  []string
	}{
		{"it reads its own writes", faults{readYourWrites: true}, []string{
			"a transaction does not read its own writes",
			"a write batch is written, and not read before",
		}},
		{"it forgets MVCC conflicts", faults{noMVCC: true}, []string{
			"of two transactions that read and write one key, one is valid",
			"a read conflicts with a change in a block since",
			"a read of an absent key conflicts with its creation",
			"reading a private hash conflicts with its change",
		}},
		{"it forgets phantoms", faults{noPhantomCheck: true}, []string{
			"a range query conflicts with a key that appears in it",
			"an empty range query conflicts with the first key in it",
			"of two transactions that list a range and add to it, one is valid",
			"a range counts as read as far as the peer sent it, whether used or not",
		}},
		{"it forgets key-level endorsement", faults{noKeyLevel: true}, []string{
			"a key's policy replaces the chaincode's",
			"a key's policy is changed under itself",
		}},
		{"it forgets collection-level endorsement", faults{noCollectionEP: true}, []string{
			"a write to a body's implicit collection is endorsed by that body alone",
		}},
		{"its bookmarks are one key off", faults{bookmarkOff: true}, []string{
			"pages join to the whole, and a bookmark is the next key",
			"partial composite keys are paged likewise",
		}},
		{"it lets paged queries write", faults{pagedWrites: true}, []string{
			"a paged query allows no write after it, nor any before",
		}},
		{"its ranges include the end", faults{rangeEndIncl: true}, []string{
			"a range has its start and not its end, in the order of bytes",
			"a range query does not conflict with keys outside of it",
		}},
		{"its history is oldest first", faults{oldestFirst: true}, []string{
			"a key's history is newest first, with deletions",
		}},
		{"it keeps empty values", faults{keepEmptyValues: true}, []string{
			"an empty value is a deletion",
		}},
		{"its private data is readable at any peer", faults{readAtAnyPeer: true}, []string{
			"private data is read at its body's peer only, its hash at every peer",
		}},
		{"its purge keeps the hash", faults{purgeKeepsHash: true}, []string{
			"purged private data has neither value nor hash, and the key can be written again",
		}},
		{"it delivers events of invalid transactions", faults{eventsOfInvalid: true}, []string{
			"an invalid transaction has no event",
		}},
	} {
		t.Run(sabotage.name, func(t *testing.T) {
			ledger := New(t, scripted.Chaincode{})
			ledger.faults = sabotage.faults
			failed := failures(t, inMemory{ledger})
			for _, name := range sabotage.fails {
				require.Contains(t, failed, name)
			}
			require.Less(t, len(failed), len(conformance.Cases())/3, "a fault shows where it is, not everywhere")
		})
	}
}

// failures runs the suite and returns the names of the cases that failed.
func failures(t *testing.T, ledger conformance.Ledger) map[string]bool {
	failed := map[string]bool{}
	for _, c := range conformance.Cases() {
		if record(func(r *recorder) { c.Run(t.Context(), r, ledger) }).failed {
			failed[c.Name] = true
		}
	}
	return failed
}

// recorder is a test that only remembers whether it failed.
type recorder struct{ failed bool }

func (r *recorder) Errorf(string, ...any) { r.failed = true }

func (r *recorder) FailNow() {
	r.failed = true
	runtime.Goexit()
}

func record(test func(*recorder)) *recorder {
	r := &recorder{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(r)
	}()
	<-done
	return r
}

// inMemory is a Ledger as the suite wants it.
type inMemory struct{ *Ledger }

func (l inMemory) client(call conformance.Call) *Client {
	identity := []IdentityOption{WithUser(call.User)}
	if call.User == conformance.UserNotary {
		identity = append(identity, WithAttribute("psbc.notary", "true"))
	}
	return l.Client(call.Body, identity...).With(Transient(call.Transient), EndorsedBy(call.EndorsedBy...))
}

func (l inMemory) Endorse(_ context.Context, call conformance.Call) (conformance.Endorsed, error) {
	tx, err := l.client(call).Endorse(call.Function, call.Argument)
	if err != nil {
		return nil, translate(err)
	}
	return endorsed{tx}, nil
}

func (l inMemory) Evaluate(_ context.Context, call conformance.Call) ([]byte, error) {
	payload, err := l.client(call).Evaluate(call.Function, call.Argument)
	return payload, translate(err)
}

func (l inMemory) Commit(_ context.Context, txs ...conformance.Endorsed) ([]conformance.Outcome, error) {
	var own []*Transaction
	for _, tx := range txs {
		own = append(own, tx.(endorsed).tx)
	}
	block := l.Height()
	var outcomes []conformance.Outcome
	for _, code := range l.Ledger.Commit(own...) {
		outcomes = append(outcomes, conformance.Outcome{Code: code, Block: block})
	}
	return outcomes, nil
}

func (l inMemory) Events(_ context.Context, fromBlock uint64, lastTransactionID string) ([]conformance.Event, error) {
	var events []conformance.Event
	for _, e := range l.Ledger.Events(fromBlock) {
		events = append(events, conformance.Event{TransactionID: e.TransactionID, Name: e.Name, Payload: e.Payload})
		if e.TransactionID == lastTransactionID {
			return events, nil
		}
	}
	return nil, fmt.Errorf("no event of transaction %s", lastTransactionID)
}

type endorsed struct{ tx *Transaction }

func (e endorsed) TransactionID() string { return e.tx.ID }
func (e endorsed) Result() []byte        { return e.tx.Payload }

func translate(err error) error {
	var refused *ChaincodeError
	if errors.As(err, &refused) {
		return &conformance.ChaincodeError{Status: refused.Status, Message: refused.Message}
	}
	return err
}
