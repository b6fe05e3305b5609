package block

import (
	"bytes"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"

	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// Hash is a SHA-256 hash.
type Hash = evidence.Hash

// Block is a committed block.
type Block struct {
	Number uint64
	// HeaderHash is the SHA-256 of the header in ASN.1, as Fabric hashes it: it is what the
	// next block calls its previous hash.
	HeaderHash Hash
	// PreviousHash is nil in block 0 only.
	PreviousHash *Hash
	// DataHash is the SHA-256 of all transactions, as in the header.
	DataHash Hash
	// CommitHash chains validity flags and state updates of all blocks. The peer adds it;
	// block 0 has none.
	CommitHash []byte
	// Channel is empty in a block without a readable transaction.
	Channel      string
	Transactions []Transaction
	// Config says that the block sets the channel's configuration.
	Config bool
}

// Transaction is one transaction of a block. Of one that is not valid it holds what can be
// read: nobody vouches for it.
type Transaction struct {
	ID    string
	Index int // in the block, from 0
	// Type is Fabric's name of the kind: ENDORSER_TRANSACTION, CONFIG …
	Type string
	// Code is Fabric's name of the validation code: VALID, MVCC_READ_CONFLICT …
	Code  string
	Valid bool
	// Creator is the MSP ID of the body whose client made the transaction, Certificate that
	// client's, in PEM.
	Creator     string
	Certificate []byte
	// Nonce is the one of the signature header, from which the salts of the ledger log are
	// made.
	Nonce []byte
	// Timestamp is what the client claims.
	Timestamp time.Time
	Chaincode string
	// Writes are those of an endorser transaction, in the order of the ledger log.
	Writes []Write
}

// Endorser says whether the transaction calls a chaincode, as all do that can write.
func (t *Transaction) Endorser() bool {
	return t.Type == common.HeaderType_ENDORSER_TRANSACTION.String()
}

// Write is one write of a transaction.
type Write struct {
	Namespace  string
	Kind       evidence.Kind
	Collection string // with KindPrivate only
	// Key is the key's bytes; with KindPrivate, their hash.
	Key []byte
	// Value is what was written. With KindMetadata it is the list of evidence.EncodeMetadata;
	// with KindPrivate there is none.
	Value   []byte
	Deleted bool
	// ValueHash is the SHA-256 of the value, nil when it was deleted.
	ValueHash *Hash
}

// Decode reads a block. It fails when the block is not what a peer delivers: no header, a
// data hash that is not that of the data, no validity flags, or a valid transaction that
// cannot be read. What is wrong with a transaction that is not valid is no error.
func Decode(b *common.Block) (*Block, error) {
	header := b.GetHeader()
	if header == nil {
		return nil, errors.New("the block has no header")
	}
	out := &Block{Number: header.GetNumber()}
	if err := out.hashes(b); err != nil {
		return nil, fmt.Errorf("block %d: %w", out.Number, err)
	}
	codes, err := validationCodes(b)
	if err != nil {
		return nil, fmt.Errorf("block %d: %w", out.Number, err)
	}
	if out.CommitHash, err = commitHash(b); err != nil {
		return nil, fmt.Errorf("block %d: %w", out.Number, err)
	}
	out.Transactions = make([]Transaction, len(codes))
	for i, envelope := range b.GetData().GetData() {
		t := &out.Transactions[i]
		t.Index, t.Code = i, codes[i].String()
		t.Valid = codes[i] == peer.TxValidationCode_VALID
		channel, err := t.decode(envelope)
		if err != nil && t.Valid {
			return nil, fmt.Errorf("block %d: transaction %d is valid but cannot be read: %w", out.Number, i, err)
		}
		if out.Channel == "" {
			out.Channel = channel
		}
		out.Config = out.Config || t.Type == common.HeaderType_CONFIG.String()
	}
	return out, nil
}

// hashes fills in the block's hashes, and checks those that the block only claims.
func (b *Block) hashes(raw *common.Block) error {
	header := raw.GetHeader()
	var err error
	if b.HeaderHash, err = headerHash(header); err != nil {
		return err
	}
	b.DataHash = dataHash(raw.GetData().GetData())
	if !bytes.Equal(b.DataHash[:], header.GetDataHash()) {
		return fmt.Errorf("its data has the hash %s, its header says %x", b.DataHash, header.GetDataHash())
	}
	switch previous := header.GetPreviousHash(); {
	case b.Number == 0 && len(previous) == 0:
	case b.Number != 0 && len(previous) == len(Hash{}):
		h := Hash(previous)
		b.PreviousHash = &h
	default:
		return fmt.Errorf("its previous hash has %d bytes", len(previous))
	}
	return nil
}

// headerHash is Fabric's hash of a header (protoutil.BlockHeaderHash).
func headerHash(h *common.BlockHeader) (Hash, error) {
	der, err := asn1.Marshal(struct {
		Number                 *big.Int
		PreviousHash, DataHash []byte
	}{new(big.Int).SetUint64(h.GetNumber()), h.GetPreviousHash(), h.GetDataHash()})
	if err != nil {
		return Hash{}, fmt.Errorf("encode its header: %w", err)
	}
	return sha256.Sum256(der), nil
}

// dataHash is Fabric's hash of a block's data (protoutil.ComputeBlockDataHash).
func dataHash(envelopes [][]byte) Hash {
	sum := sha256.New()
	for _, e := range envelopes {
		sum.Write(e)
	}
	return Hash(sum.Sum(nil))
}

// validationCodes returns the code of each transaction. Peers mark the transaction of the
// first block as valid when they join (fabric/core/scc/cscc/configure.go).
func validationCodes(b *common.Block) ([]peer.TxValidationCode, error) {
	flags := metadata(b, common.BlockMetadataIndex_TRANSACTIONS_FILTER)
	if n := len(b.GetData().GetData()); len(flags) != n {
		return nil, fmt.Errorf("it has %d validity flags for %d transactions: a peer sets them when it commits a block, an orderer does not", len(flags), n)
	}
	codes := make([]peer.TxValidationCode, len(flags))
	for i, flag := range flags {
		codes[i] = peer.TxValidationCode(flag)
	}
	return codes, nil
}

// commitHash is the block metadata COMMIT_HASH, nil where there is none.
func commitHash(b *common.Block) ([]byte, error) {
	var m common.Metadata
	if err := proto.Unmarshal(metadata(b, common.BlockMetadataIndex_COMMIT_HASH), &m); err != nil {
		return nil, fmt.Errorf("its commit hash: %w", err)
	}
	return m.GetValue(), nil
}

func metadata(b *common.Block, index common.BlockMetadataIndex) []byte {
	if all := b.GetMetadata().GetMetadata(); int(index) < len(all) {
		return all[index]
	}
	return nil
}
