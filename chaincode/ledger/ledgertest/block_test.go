package ledgertest_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance/scripted"
)

func TestABlockHoldsSignedTransactions(t *testing.T) {
	l, a, _ := start(t)
	tx := endorse(t, a, put("k", "v"), scripted.Op{Kind: scripted.Event, Type: "happened"})
	l.Commit(tx)
	block, err := l.Block(1)
	require.NoError(t, err)

	envelope := decode(t, block.GetData().GetData()[0], &common.Envelope{})
	payload := decode(t, envelope.GetPayload(), &common.Payload{})
	channel := decode(t, payload.GetHeader().GetChannelHeader(), &common.ChannelHeader{})
	require.Equal(t, tx.ID, channel.GetTxId())
	require.Equal(t, ledgertest.DefaultChannel, channel.GetChannelId())
	creator := decode(t, payload.GetHeader().GetSignatureHeader(), &common.SignatureHeader{}).GetCreator()
	requireSigned(t, creator, envelope.GetPayload(), envelope.GetSignature())

	transaction := decode(t, payload.GetData(), &peer.Transaction{})
	action := decode(t, transaction.GetActions()[0].GetPayload(), &peer.ChaincodeActionPayload{}).GetAction()
	require.Len(t, action.GetEndorsements(), 3)
	for i, e := range action.GetEndorsements() {
		require.Equal(t, tx.Endorsers[i], decode(t, e.GetEndorser(), &msp.SerializedIdentity{}).GetMspid())
		requireSigned(t, e.GetEndorser(), slices.Concat(action.GetProposalResponsePayload(), e.GetEndorser()), e.GetSignature())
	}
	response := decode(t, action.GetProposalResponsePayload(), &peer.ProposalResponsePayload{})
	result := decode(t, response.GetExtension(), &peer.ChaincodeAction{})
	require.Equal(t, ledgertest.DefaultChaincode, result.GetChaincodeId().GetName())
	require.Equal(t, "happened", decode(t, result.GetEvents(), &peer.ChaincodeEvent{}).GetEventName())
}

func decode[M proto.Message](t *testing.T, encoded []byte, m M) M {
	t.Helper()
	require.NoError(t, proto.Unmarshal(encoded, m))
	return m
}

func requireSigned(t *testing.T, identity, message, signature []byte) {
	t.Helper()
	block, _ := pem.Decode(decode(t, identity, &msp.SerializedIdentity{}).GetIdBytes())
	certificate, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	digest := sha256.Sum256(message)
	require.True(t, ecdsa.VerifyASN1(certificate.PublicKey.(*ecdsa.PublicKey), digest[:], signature))
}
