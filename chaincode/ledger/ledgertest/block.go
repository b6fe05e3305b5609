package ledgertest

import (
	"bytes"
	"crypto/sha256"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
)

// block is a committed block. Its wire form is made when somebody asks for it:
// most tests never do, and signatures are most of the cost of a transaction.
type block struct {
	txs   []*Transaction
	codes []peer.TxValidationCode
	wire  *common.Block
}

// Block returns a block as a peer would deliver it, with the validation codes in
// its metadata. Requires number < [Ledger.Height].
func (l *Ledger) Block(number uint64) (*common.Block, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if number >= uint64(len(l.blocks)) {
		return nil, fmt.Errorf("block %d does not exist: the height is %d", number, len(l.blocks))
	}
	var previous []byte
	for n := range number + 1 {
		b := l.blocks[n]
		if b.wire == nil {
			wire, err := l.encodeBlock(n, previous, b)
			if err != nil {
				return nil, fmt.Errorf("encode block %d: %w", n, err)
			}
			b.wire = wire
		}
		var err error
		if previous, err = headerHash(b.wire.GetHeader()); err != nil {
			return nil, fmt.Errorf("hash the header of block %d: %w", n, err)
		}
	}
	return proto.CloneOf(l.blocks[number].wire), nil
}

func (l *Ledger) encodeBlock(number uint64, previous []byte, b *block) (*common.Block, error) {
	var envelopes [][]byte
	for _, tx := range b.txs {
		envelope, err := l.envelope(tx)
		if err != nil {
			return nil, fmt.Errorf("transaction %s: %w", tx.ID, err)
		}
		envelopes = append(envelopes, envelope)
	}
	flags := make([]byte, len(b.codes))
	for i, code := range b.codes {
		flags[i] = byte(code) //nolint:gosec // Fabric keeps a code in a byte
	}
	metadata := make([][]byte, len(common.BlockMetadataIndex_name))
	metadata[common.BlockMetadataIndex_TRANSACTIONS_FILTER] = flags
	dataHash := sha256.Sum256(bytes.Join(envelopes, nil))
	return &common.Block{
		Header:   &common.BlockHeader{Number: number, PreviousHash: previous, DataHash: dataHash[:]},
		Data:     &common.BlockData{Data: envelopes},
		Metadata: &common.BlockMetadata{Metadata: metadata},
	}, nil
}

// envelope is what the client sends to the orderers.
func (l *Ledger) envelope(tx *Transaction) ([]byte, error) {
	action := &peer.ChaincodeEndorsedAction{ProposalResponsePayload: tx.response}
	for _, body := range tx.Endorsers {
		id, err := l.authorities.issue(body, profile{name: "peer0", unit: "peer"})
		if err != nil {
			return nil, fmt.Errorf("make peer identity: %w", err)
		}
		signature, err := id.sign(slices.Concat(tx.response, id.serialized))
		if err != nil {
			return nil, err
		}
		action.Endorsements = append(action.Endorsements, &peer.Endorsement{Endorser: id.serialized, Signature: signature})
	}
	var e encoder
	content := e.marshal(&peer.ChaincodeActionPayload{ChaincodeProposalPayload: tx.proposal.payloadNoSecret, Action: action})
	data := e.marshal(&peer.Transaction{Actions: []*peer.TransactionAction{{
		Header:  tx.proposal.header.GetSignatureHeader(),
		Payload: content,
	}}})
	payload := e.marshal(&common.Payload{Header: tx.proposal.header, Data: data})
	if e.err != nil {
		return nil, e.err
	}
	signature, err := tx.proposal.creator.sign(payload)
	if err != nil {
		return nil, err
	}
	return e.marshal(&common.Envelope{Payload: payload, Signature: signature}), e.err
}

// headerHash is Fabric's hash of a block header
// (protoutil.BlockHeaderHash: SHA-256 of an ASN.1 sequence).
func headerHash(h *common.BlockHeader) ([]byte, error) {
	encoded, err := asn1.Marshal(struct {
		Number                 *big.Int
		PreviousHash, DataHash []byte
	}{new(big.Int).SetUint64(h.GetNumber()), h.GetPreviousHash(), h.GetDataHash()})
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(encoded)
	return digest[:], nil
}
