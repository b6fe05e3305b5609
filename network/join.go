package network

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/hyperledger/fabric-admin-sdk/pkg/channel"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"
)

const joinLimit = 60 * time.Second

// joinAll brings every orderer and every peer into the channel.
func (u *upRun) joinAll(ctx context.Context) error {
	genesis, err := os.ReadFile(u.Layout.genesis())
	if err != nil {
		return err
	}
	var block common.Block
	if err := proto.Unmarshal(genesis, &block); err != nil {
		return fmt.Errorf("%s is damaged (%w): restore it, or start anew with psbc network reset", u.Layout.genesis(), err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, joinLimit, fmt.Errorf("not within %s", joinLimit))
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	for _, n := range u.Topology.Orderers() {
		group.Go(func() error { return u.joinOrderer(ctx, n, genesis) })
	}
	for _, n := range u.Topology.Peers() {
		group.Go(func() error { return u.joinPeer(ctx, n, &block) })
	}
	return group.Wait()
}

func (n *Network) joinOrderer(ctx context.Context, o Node, genesis []byte) error {
	c, err := n.admin(o.Body)
	if err != nil {
		return err
	}
	_, err = c.ordererHeight(ctx, o, n.Topology.Channel)
	if err == nil {
		return nil
	}
	if !errors.Is(err, errNoChannel) {
		return fmt.Errorf("%s: %w", o.Name, err)
	}
	if _, err := c.participation(ctx, o, http.MethodPost, "", genesis); err != nil {
		return fmt.Errorf("join %s: %w", o.Name, err)
	}
	return nil
}

func (n *Network) joinPeer(ctx context.Context, p Node, genesis *common.Block) error {
	c, err := n.admin(p.Body)
	if err != nil {
		return err
	}
	conn, err := c.dial(p)
	if err != nil {
		return err
	}
	defer conn.Close()
	joined, err := channel.ListChannelOnPeer(ctx, conn, c.id)
	if err != nil {
		return fmt.Errorf("channels of %s: %w", p.Name, err)
	}
	for _, ch := range joined {
		if ch.GetChannelId() == n.Topology.Channel {
			return nil
		}
	}
	if err := channel.JoinChannel(ctx, conn, c.id, genesis); err != nil {
		return fmt.Errorf("join %s: %w", p.Name, err)
	}
	return nil
}
