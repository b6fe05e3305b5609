package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"iter"
	"math/big"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Made-up blocks are like those of a loaded channel, where a block has many transactions of
// few writes, with every other block one that has a batch instead.
const (
	madeTransactions = 50
	madeWrites       = 4
	madeBatchWrites  = 3000
	madeInvalidEvery = 20  // transactions
	madeValue        = 350 // bytes
	madeCertificate  = 900 // bytes
	madeEndorsements = 3
)

// maker makes blocks that follow each other.
type maker struct {
	number   uint64
	previous []byte
	made     int // transactions
}

// madeUp are blocks that give at least that many entries of the ledger log.
func madeUp(entries int) iter.Seq2[*common.Block, error] {
	return func(yield func(*common.Block, error) bool) {
		m := &maker{}
		for left := entries; left > 0; {
			b, count, err := m.block()
			if !yield(b, err) || err != nil {
				return
			}
			left -= count
		}
	}
}

// block makes the next block, and says how many entries it gives.
func (m *maker) block() (*common.Block, int, error) {
	transactions, writes := madeTransactions, madeWrites
	if m.number%2 == 1 {
		transactions, writes = 1, madeBatchWrites
	}
	data := &common.BlockData{}
	flags := make([]byte, transactions)
	entries := 1
	for i := range transactions {
		envelope, err := m.envelope(writes)
		if err != nil {
			return nil, 0, err
		}
		data.Data = append(data.Data, envelope)
		if transactions > 1 && m.made%madeInvalidEvery == 0 {
			flags[i] = byte(peer.TxValidationCode_MVCC_READ_CONFLICT)
			continue
		}
		entries += writes
	}
	block, err := m.seal(data, flags)
	return block, entries, err
}

// seal makes a block of the data, which the next one will follow.
func (m *maker) seal(data *common.BlockData, flags []byte) (*common.Block, error) {
	metadata := make([][]byte, len(common.BlockMetadataIndex_name))
	metadata[common.BlockMetadataIndex_TRANSACTIONS_FILTER] = flags
	if m.number > 0 {
		commit := sha256.Sum256(fmt.Append(nil, "commit ", m.number))
		raw, err := proto.Marshal(&common.Metadata{Value: commit[:]})
		if err != nil {
			return nil, err
		}
		metadata[common.BlockMetadataIndex_COMMIT_HASH] = raw
	}
	hash := sha256.Sum256(bytes.Join(data.GetData(), nil))
	block := &common.Block{
		Header: &common.BlockHeader{Number: m.number, PreviousHash: m.previous, DataHash: hash[:]},
		Data:   data, Metadata: &common.BlockMetadata{Metadata: metadata},
	}
	header, err := asn1.Marshal(struct { // as Fabric hashes it (protoutil.BlockHeaderBytes)
		Number                 *big.Int
		PreviousHash, DataHash []byte
	}{new(big.Int).SetUint64(m.number), m.previous, hash[:]})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(header)
	m.number, m.previous = m.number+1, sum[:]
	return block, nil
}

// envelope makes a transaction with as many writes.
func (m *maker) envelope(writes int) ([]byte, error) {
	m.made++
	id := sha256.Sum256(fmt.Append(nil, "transaction ", m.made))
	var failed error
	marshal := func(message proto.Message) []byte {
		raw, err := proto.Marshal(message)
		if err != nil {
			failed = err
		}
		return raw
	}
	identity := marshal(&msp.SerializedIdentity{Mspid: benchBody, IdBytes: bytes.Repeat([]byte("C"), madeCertificate)})
	set := &kvrwset.KVRWSet{}
	for i := range writes {
		key := fmt.Sprintf("\x00notary.record\x00sha2-256:%x\x00%s\x00", sha256.Sum256(fmt.Append(nil, m.made, i)), benchBody)
		set.Reads = append(set.Reads, &kvrwset.KVRead{Key: key})
		set.Writes = append(set.Writes, &kvrwset.KVWrite{Key: key, Value: bytes.Repeat([]byte("v"), madeValue)})
	}
	results := marshal(&rwset.TxReadWriteSet{NsRwset: []*rwset.NsReadWriteSet{{Namespace: "notary", Rwset: marshal(set)}}})
	response := marshal(&peer.ProposalResponsePayload{ProposalHash: id[:], Extension: marshal(&peer.ChaincodeAction{Results: results})})
	action := &peer.ChaincodeEndorsedAction{ProposalResponsePayload: response}
	for range madeEndorsements {
		action.Endorsements = append(action.Endorsements, &peer.Endorsement{Endorser: identity, Signature: id[:]})
	}
	header := &common.Header{
		ChannelHeader: marshal(&common.ChannelHeader{
			Type: int32(common.HeaderType_ENDORSER_TRANSACTION), ChannelId: "psbc", TxId: hex.EncodeToString(id[:]), Timestamp: &timestamppb.Timestamp{Seconds: 1_795_521_600},
			Extension: marshal(&peer.ChaincodeHeaderExtension{ChaincodeId: &peer.ChaincodeID{Name: "notary"}}),
		}),
		SignatureHeader: marshal(&common.SignatureHeader{Nonce: id[:24], Creator: identity}),
	}
	transaction := marshal(&peer.Transaction{Actions: []*peer.TransactionAction{{Payload: marshal(&peer.ChaincodeActionPayload{Action: action})}}})
	payload := marshal(&common.Payload{Header: header, Data: transaction})
	return marshal(&common.Envelope{Payload: payload, Signature: id[:]}), failed
}
