// Package blocktest makes blocks by hand, as a peer delivers them, so that what reads blocks
// can be tested with any block there is, those included that no honest peer makes.
package blocktest

import (
	"bytes"
	"crypto/sha256"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/rwset/kvrwset"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// TB is the part of testing.TB that this package needs.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Channel is the channel of all transactions.
const Channel = "psbc"

// Tx describes a transaction.
type Tx struct {
	ID, Creator, Chaincode string
	Nonce                  []byte
	Time                   time.Time
	Type                   common.HeaderType
	Code                   peer.TxValidationCode
	// Sets are the read-write sets of an endorser transaction, by namespace.
	Sets []Set
	// Raw is the envelope, instead of all but Code.
	Raw []byte
}

// Set is what a transaction writes in a namespace.
type Set struct {
	Namespace   string
	Public      *kvrwset.KVRWSet
	Collections []Collection
}

// Collection is what it writes in a private data collection.
type Collection struct {
	Name   string
	Hashed *kvrwset.HashedRWSet
}

// Endorsed is a valid transaction of an endorser.
func Endorsed(id string, sets ...Set) Tx {
	return Tx{ID: id, Creator: "CTIEMSP", Chaincode: "notary", Nonce: []byte("nonce of " + id), Time: time.Unix(1795521600, 0).UTC(),
		Type: common.HeaderType_ENDORSER_TRANSACTION, Sets: sets}
}

// Puts is a set that writes a value under each key, in their order.
func Puts(namespace string, keys ...string) Set {
	set := Set{Namespace: namespace, Public: &kvrwset.KVRWSet{}}
	for _, key := range keys {
		set.Public.Writes = append(set.Public.Writes, &kvrwset.KVWrite{Key: key, Value: []byte("value of " + key)})
	}
	return set
}

// Hashed is what a transaction writes in a collection.
func Hashed(name string, writes ...*kvrwset.KVWriteHash) Collection {
	return Collection{Name: name, Hashed: &kvrwset.HashedRWSet{HashedWrites: writes}}
}

// Chain links blocks of transactions, from block 0 on.
func Chain(tb TB, blocks ...[]Tx) []*common.Block {
	tb.Helper()
	var chain []*common.Block
	var previous []byte
	for number, txs := range blocks {
		b := Block(tb, uint64(number), previous, txs...)
		chain = append(chain, b)
		previous = HeaderHash(tb, b)
	}
	return chain
}

// Block makes a block.
func Block(tb TB, number uint64, previous []byte, txs ...Tx) *common.Block {
	tb.Helper()
	metadata := make([][]byte, len(common.BlockMetadataIndex_name))
	data := &common.BlockData{}
	for _, tx := range txs {
		data.Data = append(data.Data, tx.envelope(tb))
		metadata[common.BlockMetadataIndex_TRANSACTIONS_FILTER] = append(metadata[common.BlockMetadataIndex_TRANSACTIONS_FILTER], byte(tx.Code)) //nolint:gosec // Fabric keeps a code in a byte
	}
	if number > 0 {
		commit := sha256.Sum256(fmt.Append(nil, "commit ", number))
		metadata[common.BlockMetadataIndex_COMMIT_HASH] = marshal(tb, &common.Metadata{Value: commit[:]})
	}
	hash := sha256.Sum256(bytes.Join(data.GetData(), nil))
	return &common.Block{
		Header:   &common.BlockHeader{Number: number, PreviousHash: previous, DataHash: hash[:]},
		Data:     data,
		Metadata: &common.BlockMetadata{Metadata: metadata},
	}
}

// HeaderHash is Fabric's.
func HeaderHash(tb TB, b *common.Block) []byte {
	tb.Helper()
	h := b.GetHeader()
	der, err := asn1.Marshal(struct {
		Number                 *big.Int
		PreviousHash, DataHash []byte
	}{new(big.Int).SetUint64(h.GetNumber()), h.GetPreviousHash(), h.GetDataHash()})
	if err != nil {
		tb.Fatalf("encode the header: %v", err)
	}
	sum := sha256.Sum256(der)
	return sum[:]
}

func (tx Tx) envelope(tb TB) []byte {
	tb.Helper()
	if tx.Raw != nil {
		return tx.Raw
	}
	header := &common.Header{
		ChannelHeader: marshal(tb, &common.ChannelHeader{
			Type: int32(tx.Type), ChannelId: Channel, TxId: tx.ID, Timestamp: timestamppb.New(tx.Time),
			Extension: marshal(tb, &peer.ChaincodeHeaderExtension{ChaincodeId: &peer.ChaincodeID{Name: tx.Chaincode}}),
		}),
		SignatureHeader: marshal(tb, &common.SignatureHeader{
			Nonce: tx.Nonce, Creator: marshal(tb, &msp.SerializedIdentity{Mspid: tx.Creator, IdBytes: []byte("certificate of " + tx.Creator)}),
		}),
	}
	payload := &common.Payload{Header: header}
	if tx.Type == common.HeaderType_ENDORSER_TRANSACTION {
		payload.Data = tx.transaction(tb)
	}
	return marshal(tb, &common.Envelope{Payload: marshal(tb, payload), Signature: []byte("signature")})
}

func (tx Tx) transaction(tb TB) []byte {
	tb.Helper()
	results := &rwset.TxReadWriteSet{}
	for _, set := range tx.Sets {
		namespace := &rwset.NsReadWriteSet{Namespace: set.Namespace, Rwset: marshal(tb, set.Public)}
		for _, c := range set.Collections {
			namespace.CollectionHashedRwset = append(namespace.CollectionHashedRwset,
				&rwset.CollectionHashedReadWriteSet{CollectionName: c.Name, HashedRwset: marshal(tb, c.Hashed)})
		}
		results.NsRwset = append(results.NsRwset, namespace)
	}
	action := marshal(tb, &peer.ChaincodeAction{Results: marshal(tb, results)})
	response := marshal(tb, &peer.ProposalResponsePayload{Extension: action})
	payload := marshal(tb, &peer.ChaincodeActionPayload{Action: &peer.ChaincodeEndorsedAction{ProposalResponsePayload: response}})
	return marshal(tb, &peer.Transaction{Actions: []*peer.TransactionAction{{Payload: payload}}})
}

func marshal(tb TB, m proto.Message) []byte {
	tb.Helper()
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		tb.Fatalf("encode %T: %v", m, err)
	}
	return raw
}
