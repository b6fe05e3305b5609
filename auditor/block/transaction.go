package block

import (
	"errors"
	"fmt"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
)

// decode takes an envelope apart, as far as it can be read, and returns the channel that it
// is for.
func (t *Transaction) decode(raw []byte) (channel string, err error) {
	var envelope common.Envelope
	var payload common.Payload
	if err := read("envelope", raw, &envelope); err != nil {
		return "", err
	}
	if err := read("payload", envelope.GetPayload(), &payload); err != nil {
		return "", err
	}
	if payload.GetHeader() == nil {
		return "", errors.New("it has no header")
	}
	channel, err = t.channelHeader(payload.GetHeader().GetChannelHeader())
	if err != nil {
		return channel, err
	}
	if err := t.signatureHeader(payload.GetHeader().GetSignatureHeader()); err != nil {
		return channel, err
	}
	if t.Endorser() {
		t.Writes, err = endorserWrites(payload.GetData())
	}
	return channel, err
}

func (t *Transaction) channelHeader(raw []byte) (channel string, err error) {
	var header common.ChannelHeader
	if err := read("channel header", raw, &header); err != nil {
		return "", err
	}
	t.ID, t.Type = header.GetTxId(), common.HeaderType(header.GetType()).String()
	if header.GetTimestamp() != nil {
		t.Timestamp = header.GetTimestamp().AsTime()
	}
	if t.Endorser() {
		var extension peer.ChaincodeHeaderExtension
		if err := read("header extension", header.GetExtension(), &extension); err != nil {
			return header.GetChannelId(), err
		}
		t.Chaincode = extension.GetChaincodeId().GetName()
	}
	return header.GetChannelId(), nil
}

func (t *Transaction) signatureHeader(raw []byte) error {
	var header common.SignatureHeader
	if err := read("signature header", raw, &header); err != nil {
		return err
	}
	t.Nonce = header.GetNonce()
	var creator msp.SerializedIdentity
	if err := read("creator", header.GetCreator(), &creator); err != nil {
		return err
	}
	t.Creator, t.Certificate = creator.GetMspid(), creator.GetIdBytes()
	return nil
}

// endorserWrites reads the writes out of an endorser transaction's data. As in Fabric, a
// transaction has one action (protoutil.GetActionFromEnvelope; others are not valid).
func endorserWrites(data []byte) ([]Write, error) {
	var transaction peer.Transaction
	if err := read("transaction", data, &transaction); err != nil {
		return nil, err
	}
	if len(transaction.GetActions()) == 0 {
		return nil, errors.New("it has no action")
	}
	var payload peer.ChaincodeActionPayload
	var response peer.ProposalResponsePayload
	var action peer.ChaincodeAction
	if err := read("action", transaction.GetActions()[0].GetPayload(), &payload); err != nil {
		return nil, err
	}
	if err := read("response", payload.GetAction().GetProposalResponsePayload(), &response); err != nil {
		return nil, err
	}
	if err := read("chaincode action", response.GetExtension(), &action); err != nil {
		return nil, err
	}
	return writes(action.GetResults())
}

func read(what string, raw []byte, m proto.Message) error {
	if err := proto.Unmarshal(raw, m); err != nil {
		return fmt.Errorf("its %s: %w", what, err)
	}
	return nil
}
