package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Request identifies a write: who asked for what under which id. Content is a
// hash of the request's content, such as notary.ContentHash makes.
type Request struct {
	Body     string
	ID       string
	Function string
	Content  string
}

// Receipt is what the ledger keeps of a request that was carried out: the
// transaction that did it.
type Receipt struct {
	ClaimedTime string `json:"claimedTime"`
	Content     string `json:"content"`
	Function    string `json:"function"`
	// IDs are what the request made, where it does not say so itself.
	IDs  []string `json:"ids,omitempty"`
	TxID string   `json:"txId"`
	V    int      `json:"v"`
}

// privateReceipt is what the ledger keeps of a request on private data. It does not
// name its transaction: every peer knows the hash of a private value, few the value,
// so it must follow from the request.
type privateReceipt struct {
	Content  string `json:"content"`
	Function string `json:"function"`
	V        int    `json:"v"`
}

const receiptVersion = 1

// receipt returns the receipt that this transaction leaves of r; objectType is that of
// the key, and ids are those of Receipt.
func (t *Tx) receipt(objectType string, r Request, ids ...string) (entry, error) {
	k, err := requestKey(objectType, r.Body, r.ID)
	if err != nil {
		return entry{}, err
	}
	value, err := canonical.MarshalSorted(Receipt{
		ClaimedTime: t.ClaimedTime(), Content: r.Content, Function: r.Function, IDs: ids, TxID: t.ID(), V: receiptVersion,
	})
	if err != nil {
		return entry{}, err
	}
	return entry{k, value}, nil
}

// earlier returns the receipt of r that is stored, nil when there is none. It fails with
// ALREADY_EXISTS when the id was used for another request.
func earlier(r Request, stored []byte) (*Receipt, error) {
	if stored == nil {
		return nil, nil
	}
	var receipt Receipt
	if err := json.Unmarshal(stored, &receipt); err != nil {
		return nil, fmt.Errorf("receipt of request %s: %w", r.ID, err)
	}
	if receipt.V != receiptVersion {
		return nil, fmt.Errorf("receipt of request %s: version %d", r.ID, receipt.V)
	}
	if receipt.Function != r.Function || receipt.Content != r.Content {
		return nil, reused(r)
	}
	return &receipt, nil
}

// privateReceiptOf returns the receipt that any transaction leaves of r in a
// private collection.
func privateReceiptOf(objectType string, r Request) (entry, error) {
	k, err := requestKey(objectType, r.Body, r.ID)
	if err != nil {
		return entry{}, err
	}
	value, err := canonical.MarshalSorted(privateReceipt{Content: r.Content, Function: r.Function, V: receiptVersion})
	if err != nil {
		return entry{}, err
	}
	return entry{k, value}, nil
}

// privatelyRepeated says whether r was carried out before on the private data of the
// keeper, as every peer can tell from the hash of the receipt. It fails with
// ALREADY_EXISTS when r's id was used for another request.
func (t *Tx) privatelyRepeated(objectType, keeper string, r Request) (bool, error) {
	receipt, err := privateReceiptOf(objectType, r)
	if err != nil {
		return false, err
	}
	stored, err := t.privateHash(keeper, receipt.key)
	if err != nil || stored == nil {
		return false, err
	}
	if hash := sha256.Sum256(receipt.value); !bytes.Equal(hash[:], stored) {
		return false, reused(r)
	}
	return true, nil
}

// changePrivately writes entries to the keeper's collection, purges keys from it, and
// leaves r's receipt there. A repeated request does so with neither, and leaves the
// receipt once more: it must not be without any write, since the policy of such a
// transaction is the chaincode's, which one body's endorsement does not meet.
func (t *Tx) changePrivately(objectType, keeper string, r Request, entries []entry, purge ...key) error {
	receipt, err := privateReceiptOf(objectType, r)
	if err != nil {
		return err
	}
	return t.changePrivate(keeper, append(entries, receipt), purge...)
}

func reused(r Request) error {
	return fault.New(fault.AlreadyExists, "request id %s was used for another request", r.ID)
}
