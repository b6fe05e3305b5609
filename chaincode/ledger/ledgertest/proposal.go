package ledgertest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// chaincodeVersion is what the chaincode definition would say.
const chaincodeVersion = "1.0"

// proposal is a signed proposal and what it was made of.
type proposal struct {
	creator   *identity
	chaincode string
	txID      string
	time      time.Time
	args      [][]byte
	transient bool

	header          *common.Header
	payloadNoSecret []byte // without the transient data
	hash            []byte
	signed          *peer.SignedProposal
}

func (c *Client) propose(function string, args []string) (*proposal, error) {
	if c.err != nil {
		return nil, fmt.Errorf("make identity: %w", c.err)
	}
	now, n := c.ledger.clock.tick()
	if !c.call.at.IsZero() {
		now = c.call.at
	}
	once := c.call.nonce
	if once == nil {
		once = nonce(n)
	}
	id := sha256.Sum256(append(append([]byte{}, once...), c.identity.serialized...))
	p := &proposal{
		creator:   c.identity,
		chaincode: c.call.chaincode,
		txID:      hex.EncodeToString(id[:]),
		time:      now,
		args:      [][]byte{[]byte(function)},
		transient: len(c.call.transient) > 0,
	}
	for _, arg := range args {
		p.args = append(p.args, []byte(arg))
	}
	if err := p.encode(c.ledger.channel, once, c.call.transient); err != nil {
		return nil, fmt.Errorf("encode proposal: %w", err)
	}
	return p, nil
}

func (p *proposal) encode(channel string, once []byte, transient map[string][]byte) error {
	chaincodeID := &peer.ChaincodeID{Name: p.chaincode}
	var e encoder
	extension := e.marshal(&peer.ChaincodeHeaderExtension{ChaincodeId: chaincodeID})
	p.header = &common.Header{
		ChannelHeader: e.marshal(&common.ChannelHeader{
			Type:      int32(common.HeaderType_ENDORSER_TRANSACTION),
			Timestamp: timestamppb.New(p.time),
			ChannelId: channel,
			TxId:      p.txID,
			Extension: extension,
		}),
		SignatureHeader: e.marshal(&common.SignatureHeader{Creator: p.creator.serialized, Nonce: once}),
	}
	invocation := e.marshal(&peer.ChaincodeInvocationSpec{ChaincodeSpec: &peer.ChaincodeSpec{
		Type:        peer.ChaincodeSpec_GOLANG,
		ChaincodeId: chaincodeID,
		Input:       &peer.ChaincodeInput{Args: p.args},
	}})
	p.payloadNoSecret = e.marshal(&peer.ChaincodeProposalPayload{Input: invocation})
	digest := sha256.New()
	digest.Write(p.header.GetChannelHeader())
	digest.Write(p.header.GetSignatureHeader())
	digest.Write(p.payloadNoSecret)
	p.hash = digest.Sum(nil)

	proposalBytes := e.marshal(&peer.Proposal{
		Header:  e.marshal(p.header),
		Payload: e.marshal(&peer.ChaincodeProposalPayload{Input: invocation, TransientMap: transient}),
	})
	if e.err != nil {
		return e.err
	}
	signature, err := p.creator.sign(proposalBytes)
	if err != nil {
		return err
	}
	p.signed = &peer.SignedProposal{ProposalBytes: proposalBytes, Signature: signature}
	return nil
}

// encoder marshals until the first error.
type encoder struct{ err error }

func (e *encoder) marshal(m proto.Message) []byte {
	if e.err != nil {
		return nil
	}
	var encoded []byte
	encoded, e.err = proto.Marshal(m)
	return encoded
}
