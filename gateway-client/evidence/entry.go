package evidence

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// MaxEntry is the most bytes that an entry may have: what a bundle of tlog-tiles has room
// for.
const MaxEntry = 1<<16 - 1

// maxNumber is the largest number that JSON holds exactly everywhere.
const maxNumber = tlog.MaxSize

// The types of entries.
const (
	typeBlock = "block"
	typeWrite = "write"
)

// BlockEntry is the entry of a block, the first of the block's entries.
type BlockEntry struct {
	Number uint64
	// HeaderHash is the SHA-256 of the block's header in ASN.1, as Fabric hashes it.
	HeaderHash Hash
	DataHash   Hash
	// PreviousHash is nil in block 0 only, which follows no block.
	PreviousHash *Hash
	// CommitHash is the block's COMMIT_HASH metadata, which chains validity flags and state
	// updates: 32 bytes, or none where the peer keeps none.
	CommitHash []byte
	Txs        int // transactions in the block
	Valid      int // those that are valid
}

// WriteEntry is the entry of one write of a valid transaction. It hides the write.
type WriteEntry struct {
	Block      uint64
	Commitment Hash // see Detail.Commit
}

// Entry is an entry of either type; the other is nil.
type Entry struct {
	Block *BlockEntry
	Write *WriteEntry
}

// wireBlock is a BlockEntry as it is written, its members in canonical order.
type wireBlock struct {
	CommitHash   string `json:"commitHash"`
	DataHash     string `json:"dataHash"`
	HeaderHash   string `json:"headerHash"`
	Number       uint64 `json:"number"`
	PreviousHash string `json:"previousHash"`
	Txs          int    `json:"txs"`
	Type         string `json:"type"`
	Valid        int    `json:"valid"`
}

// wireWrite is a WriteEntry as it is written, its members in canonical order.
type wireWrite struct {
	Block      uint64 `json:"block"`
	Commitment string `json:"commitment"`
	Type       string `json:"type"`
}

// Encode returns the entry's bytes, canonical JSON (RFC 8785). It fails for what no block
// can have: a number above 2⁵³-1, counts that contradict each other, a missing previous
// hash, a commit hash of another length.
func (e BlockEntry) Encode() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, fmt.Errorf("entry of block %d: %w", e.Number, err)
	}
	w := wireBlock{
		CommitHash: hex.EncodeToString(e.CommitHash),
		DataHash:   e.DataHash.String(),
		HeaderHash: e.HeaderHash.String(),
		Number:     e.Number,
		Txs:        e.Txs,
		Type:       typeBlock,
		Valid:      e.Valid,
	}
	if e.PreviousHash != nil {
		w.PreviousHash = e.PreviousHash.String()
	}
	return canonical.MarshalSorted(w)
}

func (e BlockEntry) check() error {
	switch {
	case e.Number > maxNumber:
		return fmt.Errorf("its number is more than %d", uint64(maxNumber))
	case (e.Number == 0) != (e.PreviousHash == nil):
		return errors.New("block 0, and no other, has no previous hash")
	case len(e.CommitHash) != 0 && len(e.CommitHash) != len(Hash{}):
		return fmt.Errorf("its commit hash has %d bytes", len(e.CommitHash))
	case e.Valid < 0 || e.Valid > e.Txs || int64(e.Txs) > maxNumber:
		return fmt.Errorf("%d of %d transactions cannot be valid", e.Valid, e.Txs)
	}
	return nil
}

// Encode returns the entry's bytes, canonical JSON (RFC 8785). It fails for a block number
// above 2⁵³-1.
func (e WriteEntry) Encode() ([]byte, error) {
	if e.Block > maxNumber {
		return nil, fmt.Errorf("entry of a write: its block's number is more than %d", uint64(maxNumber))
	}
	return canonical.MarshalSorted(wireWrite{Block: e.Block, Commitment: e.Commitment.String(), Type: typeWrite})
}

// ParseEntry reads an entry of either type. Encoding what it returns gives the same bytes;
// anything else fails with a *[MalformedError].
func ParseEntry(raw []byte) (Entry, error) {
	entry, again, err := parseEntry(raw)
	switch {
	case err != nil:
		return Entry{}, malformed("entry", err)
	case !bytes.Equal(raw, again):
		return Entry{}, malformed("entry", errors.New("it is not written as entries are: canonical JSON with every member and no other"))
	}
	return entry, nil
}

// parseEntry reads leniently, and returns how the entry should have been written.
func parseEntry(raw []byte) (Entry, []byte, error) {
	if len(raw) > MaxEntry {
		return Entry{}, nil, fmt.Errorf("it has %d bytes, more than %d", len(raw), MaxEntry)
	}
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return Entry{}, nil, err
	}
	switch head.Type {
	case typeBlock:
		return parseBlock(raw)
	case typeWrite:
		return parseWrite(raw)
	}
	return Entry{}, nil, fmt.Errorf("its type %.40q is neither %s nor %s", head.Type, typeBlock, typeWrite)
}

func parseBlock(raw []byte) (Entry, []byte, error) {
	var w wireBlock
	if err := json.Unmarshal(raw, &w); err != nil {
		return Entry{}, nil, err
	}
	header, errHeader := tlog.ParseHash(w.HeaderHash)
	data, errData := tlog.ParseHash(w.DataHash)
	commit, errCommit := hex.DecodeString(w.CommitHash)
	if err := errors.Join(errHeader, errData, errCommit); err != nil {
		return Entry{}, nil, err
	}
	e := BlockEntry{Number: w.Number, HeaderHash: header, DataHash: data, CommitHash: commit, Txs: w.Txs, Valid: w.Valid}
	if w.PreviousHash != "" {
		previous, err := tlog.ParseHash(w.PreviousHash)
		if err != nil {
			return Entry{}, nil, err
		}
		e.PreviousHash = &previous
	}
	again, err := e.Encode()
	return Entry{Block: &e}, again, err
}

func parseWrite(raw []byte) (Entry, []byte, error) {
	var w wireWrite
	if err := json.Unmarshal(raw, &w); err != nil {
		return Entry{}, nil, err
	}
	commitment, err := tlog.ParseHash(w.Commitment)
	if err != nil {
		return Entry{}, nil, err
	}
	e := WriteEntry{Block: w.Block, Commitment: commitment}
	again, err := e.Encode()
	return Entry{Write: &e}, again, err
}

// LeafHash is the hash of an entry as a leaf of the tree (RFC 6962, section 2.1).
func LeafHash(entry []byte) Hash { return Hash(rfc6962.DefaultHasher.HashLeaf(entry)) }
