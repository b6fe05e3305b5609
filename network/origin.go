package network

import (
	"encoding/hex"
	"fmt"
	"os"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/protobuf/proto"
)

const (
	// genesisDigits of the genesis block's hash end an origin line.
	genesisDigits = 16
	// maxOriginParts is what prefix and channel may have together, in characters: a
	// witness's key is named <origin line>/<MSP ID>, and names of keys have at most 255.
	maxOriginParts = 255 - genesisDigits - 3 - maxMSPID
	maxMSPID       = 35 // 32 of a body's name, and MSP
)

// originLine names the ledger log of a channel: two channels of one name have different
// first blocks. It is what every body's programs compute of block 0.
func originLine(prefix, channel string, genesis *common.Block) (string, error) {
	hash, err := headerHash(genesis.GetHeader())
	if err != nil {
		return "", err
	}
	return prefix + "/" + channel + "/" + hex.EncodeToString(hash)[:genesisDigits], nil
}

// Origin is the origin line of the channel's ledger log. The genesis block must be there.
func (n *Network) Origin() (string, error) {
	raw, err := os.ReadFile(n.Layout.genesis())
	if err != nil {
		return "", err
	}
	var genesis common.Block
	if err := proto.Unmarshal(raw, &genesis); err != nil {
		return "", fmt.Errorf("%s is damaged (%w): restore it, or start anew with psbc network reset", n.Layout.genesis(), err)
	}
	return originLine(n.Topology.Origin, n.Topology.Channel, &genesis)
}
