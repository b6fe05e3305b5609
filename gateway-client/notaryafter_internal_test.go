package gateway

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// counted is a recent checkpoint whose clock and source the test has in its hands.
type counted struct {
	*recentCheckpoint
	time  time.Time
	asked int
	err   error
	log   bytes.Buffer
}

func newCounted() *counted {
	c := &counted{time: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
	c.recentCheckpoint = &recentCheckpoint{
		log: slog.New(slog.NewTextHandler(&c.log, nil)),
		now: func() time.Time { return c.time },
		latest: func(context.Context) (*notary.After, error) {
			c.asked++
			if c.err != nil {
				return nil, c.err
			}
			return &notary.After{Size: uint64(c.asked)}, nil
		},
	}
	return c
}

func TestACheckpointIsUsedForAWhile(t *testing.T) {
	c := newCounted()
	for range 3 {
		require.Equal(t, &notary.After{Size: 1}, c.get(t.Context()))
		c.time = c.time.Add(afterAge / 3)
	}
	require.Equal(t, 1, c.asked)
	c.time = c.time.Add(afterAge / 3)
	require.Equal(t, &notary.After{Size: 2}, c.get(t.Context()))
	require.Empty(t, c.log.String())
}

func TestAFailureIsLoggedAndNotAskedForAgainForAWhile(t *testing.T) {
	for level, err := range map[string]error{"level=WARN": errors.New("no such chaincode"), "level=INFO": &Error{Kind: ErrNotFound, Message: "no quorum"}} {
		c := newCounted()
		require.NotNil(t, c.get(t.Context()))
		c.time, c.err = c.time.Add(afterAge), err
		for range 3 {
			require.Nil(t, c.get(t.Context()), "an old one is not used either")
		}
		require.Equal(t, 2, c.asked)
		require.Contains(t, c.log.String(), level)
		require.Contains(t, c.log.String(), err.Error())
		c.time, c.err = c.time.Add(afterAge), nil
		require.NotNil(t, c.get(t.Context()))
	}
}

func TestACallThatEndedSaysNothingOfTheNext(t *testing.T) {
	c := newCounted()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c.err = context.Canceled
	require.Nil(t, c.get(ctx))
	c.err = nil
	require.NotNil(t, c.get(t.Context()))
	require.Empty(t, c.log.String())
}

func TestThereMayBeNoCheckpoints(t *testing.T) {
	require.Nil(t, (&recentCheckpoint{}).get(t.Context()))
}
