package gateway

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/protobuf/proto"
)

// ledgerChaincode is Fabric's own, which tells of a peer's blocks (fabric/core/scc/qscc).
const ledgerChaincode = "qscc"

const (
	opBlockOf = "block of a transaction"
	opBlockAt = "block"
	opHeight  = "height"
)

// BlockOf reads the block that holds a transaction, valid or not, from the body's own peer.
// The error matches ErrNotFound when the peer has committed no such transaction.
func (c *Client) BlockOf(ctx context.Context, txID string) (*common.Block, error) {
	return ofLedger(ctx, c, opBlockOf, "GetBlockByTxID", txID, &common.Block{})
}

// BlockAt reads the block with that number from the body's own peer. The error matches
// ErrNotFound when the peer has not committed it yet. Blocks reads many.
func (c *Client) BlockAt(ctx context.Context, number uint64) (*common.Block, error) {
	return ofLedger(ctx, c, opBlockAt, "GetBlockByNumber", strconv.FormatUint(number, 10), &common.Block{})
}

// Height is how many blocks the body's own peer has committed, which is the number of the
// next one.
func (c *Client) Height(ctx context.Context) (uint64, error) {
	info, err := ofLedger(ctx, c, opHeight, "GetChainInfo", "", &common.BlockchainInfo{})
	if err != nil {
		return 0, err
	}
	return info.GetHeight(), nil
}

// ofLedger asks the own peer's ledger for what is called so, and reads the answer into m.
func ofLedger[M proto.Message](ctx context.Context, c *Client, op, function, name string, m M) (M, error) {
	call := Call{Function: function, Arguments: []string{c.profile.Channel}}
	if name != "" {
		call.Arguments = append(call.Arguments, name)
	}
	var none M
	payload, err := c.Contract(ledgerChaincode).evaluate(ctx, op, call)
	if err != nil {
		return none, notOnLedger(err, name)
	}
	if err := proto.Unmarshal(payload, m); err != nil {
		return none, &Error{Op: op, Kind: ErrInternal, Message: "the peer's answer cannot be read: " + err.Error(), cause: err}
	}
	return m, nil
}

// notOnLedger tells what is not there from other refusals, which Fabric tells apart by their
// texts only (fabric/common/ledger/blkstorage).
func notOnLedger(err error, name string) error {
	var e *Error
	if !errors.As(err, &e) || e.Kind != ErrFailedPrecondition {
		return err
	}
	for _, text := range []string{"no such transaction ID", "no such block number"} {
		if strings.Contains(e.Message, text) {
			e.Kind, e.Message = ErrNotFound, fmt.Sprintf("the own peer has not committed %s", name)
			return e
		}
	}
	return err
}
