package ledgerlog

import (
	"fmt"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// Entries returns a block's entries: one of the block, then one for each write of each valid
// transaction that calls a chaincode. Each has at most evidence.MaxEntry bytes.
func Entries(b *block.Block) ([][]byte, error) {
	valid, count := 0, 1
	for _, t := range b.Transactions {
		if t.Valid {
			valid++
			count += len(t.Writes)
		}
	}
	head, err := evidence.BlockEntry{
		Number: b.Number, HeaderHash: b.HeaderHash, DataHash: b.DataHash, PreviousHash: b.PreviousHash,
		CommitHash: b.CommitHash, Txs: len(b.Transactions), Valid: valid,
	}.Encode()
	if err != nil {
		return nil, err
	}
	entries := append(make([][]byte, 0, count), head)
	for i := range b.Transactions {
		if t := &b.Transactions[i]; t.Valid && t.Endorser() {
			if entries, err = appendWrites(entries, b.Number, t); err != nil {
				return nil, fmt.Errorf("block %d: transaction %d: %w", b.Number, t.Index, err)
			}
		}
	}
	return entries, nil
}

func appendWrites(entries [][]byte, number uint64, t *block.Transaction) ([][]byte, error) {
	for j := range t.Writes {
		detail := DetailOf(number, t, j)
		commitment, err := detail.Commit(evidence.Salt(t.Nonce, t.ID, j))
		if err != nil {
			return nil, err
		}
		entry, err := evidence.WriteEntry{Block: number, Commitment: commitment}.Encode()
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// DetailOf is what the entry of a transaction's write commits to, under the salt
// evidence.Salt(t.Nonce, t.ID, write). Requires 0 <= write < len(t.Writes).
func DetailOf(number uint64, t *block.Transaction, write int) evidence.Detail {
	w := &t.Writes[write]
	return evidence.Detail{
		Block: number, Tx: t.ID, TxIndex: t.Index, Index: write, Creator: t.Creator,
		Namespace: w.Namespace, Kind: w.Kind, Collection: w.Collection, Key: w.Key, ValueHash: w.ValueHash,
	}
}
