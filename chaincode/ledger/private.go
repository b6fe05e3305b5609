package ledger

import (
	"fmt"
	"strings"
)

// privateHash returns the hash of a value in the body's implicit collection, nil
// when there is none. Every peer has it, members or not.
func (t *Tx) privateHash(body string, k key) ([]byte, error) {
	hash, err := t.stub.GetPrivateDataHash(implicitCollection(body), string(k))
	if err != nil {
		return nil, fmt.Errorf("hash of private data of %s: %w", body, err)
	}
	if len(hash) == 0 {
		return nil, nil
	}
	return hash, nil
}

// notOnThisPeer is how a peer says that it has the hash of a private value but
// not the value (Fabric 3.1: queryExecutor.GetPrivateData). There is no code.
const notOnThisPeer = "private data matching public hash version is not available"

// private returns a value in the body's implicit collection, nil when there is none
// or when this peer does not hold it.
func (t *Tx) private(body string, k key) ([]byte, error) {
	value, err := t.stub.GetPrivateData(implicitCollection(body), string(k))
	if err != nil && strings.Contains(err.Error(), notOnThisPeer) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("private data of %s: %w", body, err)
	}
	return value, nil
}

// changePrivate writes entries to the body's implicit collection and purges keys
// from it, in one batch. It writes no public state and no key metadata: the
// collection's own endorsement policy, which asks for a peer of that body only, then
// is the whole policy of the transaction.
func (t *Tx) changePrivate(body string, entries []entry, purge ...key) error {
	collection := implicitCollection(body)
	t.stub.StartWriteBatch()
	for _, e := range entries {
		if err := t.stub.PutPrivateData(collection, string(e.key), e.value); err != nil {
			return fmt.Errorf("writing private data of %s: %w", body, err)
		}
	}
	for _, k := range purge {
		if err := t.stub.PurgePrivateData(collection, string(k)); err != nil {
			return fmt.Errorf("purging private data of %s: %w", body, err)
		}
	}
	if err := t.stub.FinishWriteBatch(); err != nil {
		return fmt.Errorf("changing private data of %s: %w", body, err)
	}
	return nil
}
