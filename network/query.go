package network

import (
	"context"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strconv"

	"github.com/hyperledger/fabric-admin-sdk/pkg/channel"
	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-gateway/pkg/hash"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// ledgerQuery asks one particular peer of its ledger. A gateway would answer from
// whichever peer of the body is ahead.
type ledgerQuery struct {
	conn    *grpc.ClientConn
	admin   *admin
	channel string
}

func (q *ledgerQuery) height(ctx context.Context) (uint64, error) {
	info, err := channel.GetBlockChainInfo(ctx, q.conn, q.admin.id, q.channel)
	if err != nil {
		return 0, fmt.Errorf("ledger height: %w", err)
	}
	return info.GetHeight(), nil
}

func (q *ledgerQuery) block(ctx context.Context, number uint64) (*common.Block, error) {
	gw, err := client.Connect(q.admin.id, client.WithSign(q.admin.id.Sign), client.WithHash(hash.NONE), client.WithClientConnection(q.conn))
	if err != nil {
		return nil, err
	}
	defer gw.Close()
	unsigned, err := gw.GetNetwork(q.channel).GetContract("qscc").NewProposal("GetBlockByNumber",
		client.WithArguments(q.channel, strconv.FormatUint(number, 10)))
	if err != nil {
		return nil, err
	}
	data, err := unsigned.Bytes()
	if err != nil {
		return nil, err
	}
	signature, err := q.admin.id.Sign(unsigned.Digest())
	if err != nil {
		return nil, err
	}
	signed, err := gw.NewSignedProposal(data, signature)
	if err != nil {
		return nil, err
	}
	if data, err = signed.Bytes(); err != nil {
		return nil, err
	}
	var proposed gateway.ProposedTransaction
	if err := proto.Unmarshal(data, &proposed); err != nil {
		return nil, err
	}
	resp, err := peer.NewEndorserClient(q.conn).ProcessProposal(ctx, proposed.GetProposal())
	if err != nil {
		return nil, fmt.Errorf("block %d: %w", number, err)
	}
	if resp.GetResponse().GetStatus() != int32(common.Status_SUCCESS) {
		return nil, fmt.Errorf("block %d: %s", number, resp.GetResponse().GetMessage())
	}
	var block common.Block
	if err := proto.Unmarshal(resp.GetResponse().GetPayload(), &block); err != nil {
		return nil, fmt.Errorf("block %d: %w", number, err)
	}
	return &block, nil
}

// blockHashes returns the header hash and the commit hash of a peer's block.
func (n *Network) blockHashes(ctx context.Context, p Node, number uint64) (header, commit []byte, err error) {
	c, err := n.admin(p.Body)
	if err != nil {
		return nil, nil, err
	}
	conn, err := c.dial(p)
	if err != nil {
		return nil, nil, err
	}
	defer conn.Close()
	block, err := (&ledgerQuery{conn, c, n.Topology.Channel}).block(ctx, number)
	if err != nil {
		return nil, nil, err
	}
	if header, err = headerHash(block.GetHeader()); err != nil {
		return nil, nil, err
	}
	commit, err = commitHash(block)
	return header, commit, err
}

// headerHash is SHA-256 over the ASN.1 header (fabric/protoutil/blockutils.go,
// BlockHeaderBytes).
func headerHash(h *common.BlockHeader) ([]byte, error) {
	der, err := asn1.Marshal(struct {
		Number       *big.Int
		PreviousHash []byte
		DataHash     []byte
	}{new(big.Int).SetUint64(h.GetNumber()), h.GetPreviousHash(), h.GetDataHash()})
	if err != nil {
		return nil, fmt.Errorf("header of block %d: %w", h.GetNumber(), err)
	}
	sum := sha256.Sum256(der)
	return sum[:], nil
}

// commitHash is the block metadata COMMIT_HASH; the genesis block has none.
func commitHash(block *common.Block) ([]byte, error) {
	entries := block.GetMetadata().GetMetadata()
	if len(entries) <= int(common.BlockMetadataIndex_COMMIT_HASH) {
		if block.GetHeader().GetNumber() == 0 {
			return nil, nil
		}
		return nil, errors.New("block has no commit hash")
	}
	var m common.Metadata
	if err := proto.Unmarshal(entries[common.BlockMetadataIndex_COMMIT_HASH], &m); err != nil {
		return nil, fmt.Errorf("commit hash: %w", err)
	}
	return m.GetValue(), nil
}
