package evidence

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/psbc-lu/psbc/chaincode/canonical"
)

// Kind is a kind of write.
type Kind string

// The kinds of writes.
const (
	KindWrite    Kind = "write"    // of a key's public value
	KindMetadata Kind = "metadata" // of a key's metadata, such as its endorsement policy
	KindPrivate  Kind = "private"  // of hashes, into a private data collection
)

// What is hashed begins with a label of its own, so that no hash can be taken for another.
const (
	saltLabel   = "psbc/salt/v1\n"
	detailLabel = "psbc/detail/v1\n"
)

// Detail is one write of a valid transaction: what a WriteEntry commits to.
type Detail struct {
	Block   uint64
	Tx      string // transaction id
	TxIndex int    // the transaction's place in the block, from 0
	// Index counts the entries of one transaction, from 0.
	Index      int
	Creator    string // MSP ID of the body whose client made the transaction
	Namespace  string // the chaincode
	Kind       Kind
	Collection string // with KindPrivate only
	// Key is the key's bytes; with KindPrivate, their SHA-256.
	Key []byte
	// ValueHash is the SHA-256 of what was written, nil when the key was deleted. With
	// KindMetadata it is MetadataHash.
	ValueHash *Hash
}

// wireDetail is a Detail as it is written, its members in canonical order.
type wireDetail struct {
	Block      uint64 `json:"block"`
	Collection string `json:"collection,omitempty"`
	Creator    string `json:"creator"`
	Index      int    `json:"index"`
	Key        []byte `json:"key"`
	Kind       Kind   `json:"kind"`
	Namespace  string `json:"namespace"`
	Tx         string `json:"tx"`
	TxIndex    int    `json:"txIndex"`
	ValueHash  *Hash  `json:"valueHash"`
}

// Encode returns the detail's canonical JSON (RFC 8785), which Commit hashes. It fails for
// what no write can have: an unknown kind, a collection with another kind than private,
// negative numbers or numbers above 2⁵³-1, and text that is not UTF-8.
func (d Detail) Encode() ([]byte, error) {
	w, err := d.wire()
	if err != nil {
		return nil, err
	}
	return canonical.MarshalSorted(w)
}

func (d Detail) wire() (wireDetail, error) {
	if err := d.check(); err != nil {
		return wireDetail{}, fmt.Errorf("detail of write %d of transaction %.64q: %w", d.Index, d.Tx, err)
	}
	w := wireDetail{
		Block: d.Block, Collection: d.Collection, Creator: d.Creator, Index: d.Index, Key: d.Key, Kind: d.Kind,
		Namespace: d.Namespace, Tx: d.Tx, TxIndex: d.TxIndex, ValueHash: d.ValueHash,
	}
	if w.Key == nil {
		w.Key = []byte{} // which JSON writes as "", not as null
	}
	return w, nil
}

func (w wireDetail) detail() Detail {
	return Detail{
		Block: w.Block, Tx: w.Tx, TxIndex: w.TxIndex, Index: w.Index, Creator: w.Creator, Namespace: w.Namespace,
		Kind: w.Kind, Collection: w.Collection, Key: w.Key, ValueHash: w.ValueHash,
	}
}

func (d Detail) check() error {
	switch d.Kind {
	case KindWrite, KindMetadata, KindPrivate:
	default:
		return fmt.Errorf("its kind %.20q is none of %s, %s, %s", string(d.Kind), KindWrite, KindMetadata, KindPrivate)
	}
	if (d.Kind == KindPrivate) != (d.Collection != "") {
		return errors.New("private writes, and no others, have a collection")
	}
	if d.Block > maxNumber || d.TxIndex < 0 || int64(d.TxIndex) > maxNumber || d.Index < 0 || int64(d.Index) > maxNumber {
		return fmt.Errorf("a number of it is not 0 to %d", uint64(maxNumber))
	}
	// Two texts that are no UTF-8 would have one encoding.
	if !utf8.ValidString(d.Tx) || !utf8.ValidString(d.Creator) || !utf8.ValidString(d.Namespace) || !utf8.ValidString(d.Collection) {
		return errors.New("a text of it is not UTF-8")
	}
	return nil
}

// Salt is what hides the detail of the write with that index in a transaction. The nonce is
// that of the transaction's signature header, which the bodies of the channel know and
// nobody else; from one salt no other follows, not even of the same transaction.
func Salt(nonce []byte, tx string, index int) Hash {
	mac := hmac.New(sha256.New, nonce)
	mac.Write([]byte(saltLabel + tx + "\n" + strconv.Itoa(index)))
	return Hash(mac.Sum(nil))
}

// Commit returns the commitment to the detail. It fails as Encode does.
func (d Detail) Commit(salt Hash) (Hash, error) {
	encoded, err := d.Encode()
	if err != nil {
		return Hash{}, err
	}
	message := make([]byte, 0, len(detailLabel)+len(salt)+len(encoded))
	message = append(message, detailLabel...)
	message = append(message, salt[:]...)
	return sha256.Sum256(append(message, encoded...)), nil
}

// entry returns the bytes of the entry that commits to the detail.
func (d Detail) entry(salt Hash) ([]byte, error) {
	commitment, err := d.Commit(salt)
	if err != nil {
		return nil, err
	}
	return WriteEntry{Block: d.Block, Commitment: commitment}.Encode()
}

// Metadata is one entry of a key's metadata, as Fabric's KVMetadataEntry.
type Metadata struct {
	Name  string `json:"name"`
	Value []byte `json:"value"`
}

// EncodeMetadata returns what stands for the value in a write of a key's metadata: the
// canonical JSON list of the entries, in the order of the write. It fails for names that
// are not UTF-8.
func EncodeMetadata(entries []Metadata) ([]byte, error) {
	list := make([]Metadata, 0, len(entries))
	for _, m := range entries {
		if !utf8.ValidString(m.Name) {
			return nil, errors.New("metadata: a name is not UTF-8")
		}
		if m.Value == nil {
			m.Value = []byte{}
		}
		list = append(list, m)
	}
	return canonical.MarshalSorted(list)
}

// MetadataHash is the ValueHash of a write of a key's metadata: the SHA-256 of what
// EncodeMetadata returns. It fails as that does.
func MetadataHash(entries []Metadata) (Hash, error) {
	encoded, err := EncodeMetadata(entries)
	if err != nil {
		return Hash{}, err
	}
	return sha256.Sum256(encoded), nil
}
