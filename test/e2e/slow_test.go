package e2e

import (
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/trail"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// slowly makes an address that leads to another one, each way later by latency. It ends
// with the test.
func slowly(t *testing.T, to string, latency time.Duration) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return // the test ended
			}
			far, err := new(net.Dialer).DialContext(t.Context(), "tcp", to)
			if err != nil {
				_ = near.Close()
				continue
			}
			t.Cleanup(func() { _ = errors.Join(near.Close(), far.Close()) })
			go delayed(near, far, latency)
			go delayed(far, near, latency)
		}
	}()
	return listener.Addr().String()
}

// delayed copies what it reads, latency later, without making it fewer bytes a second.
func delayed(from, to net.Conn, latency time.Duration) {
	type piece struct {
		due  time.Time
		data []byte
	}
	pieces := make(chan piece, 1024)
	go func() {
		defer close(pieces)
		for {
			buffer := make([]byte, 32<<10)
			n, err := from.Read(buffer)
			pieces <- piece{time.Now().Add(latency), buffer[:n]}
			if err != nil {
				return
			}
		}
	}()
	for p := range pieces {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.data); err != nil {
			_ = from.Close() // ends the reader
		}
	}
	_ = to.Close()
}

// TestARecorderOnASlowNetworkAcceptsAtOnceAndSendsAll: what is recorded waits for the
// disk only, however far away the peer is.
func TestARecorderOnASlowNetworkAcceptsAtOnceAndSendsAll(t *testing.T) {
	id, trails := defineTrail(t, trail.Definition{})
	body, found := shared.Topology.Body("CTIE")
	require.True(t, found)
	profile, err := gateway.LoadProfile(shared.Layout.Profile(body, "recorder"))
	require.NoError(t, err)
	const latency = 400 * time.Millisecond
	profile.Peers[0].Address = slowly(t, profile.Peers[0].Address, latency)
	client, err := gateway.Connect(t.Context(), profile)
	require.NoError(t, err)
	defer client.Close()
	recorder, err := gateway.OpenRecorder(t.Context(), client, recorderOf(id, t.TempDir()))
	require.NoError(t, err)

	acknowledged := map[string]bool{}
	began := time.Now()
	for i := range 200 {
		entry := act("person", fmt.Sprintf("far-%d", i))
		require.NoError(t, recorder.Record(t.Context(), entry))
		acknowledged[entry.Correlation] = true
	}
	require.Positive(t, recorder.Stats().Queued, "%s for 200 events: none of them waited for the peer", time.Since(began))
	require.NoError(t, recorder.Flush(t.Context()))
	require.NoError(t, recorder.Close(t.Context()))
	requireRecordedOnce(t, trails, id, acknowledged)
}
