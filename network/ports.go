package network

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// portFree fails when something listens on a port.
func portFree(host string, port int) error {
	listener, err := net.Listen("tcp", hostPort(host, port))
	if err != nil {
		return fmt.Errorf("port %d is taken (%w): stop what uses it, or choose another basePort in a topology file", port, err)
	}
	return listener.Close()
}

// Free ranges are looked for below the ephemeral ports, where no outgoing
// connection can take one between the look and the start.
const (
	lowestFree  = 15_000
	highestFree = 32_000
	rangeTries  = 50
)

// freePorts finds a base port whose whole range is free at the moment.
func freePorts(t *Topology) (int, error) {
	width := portsPerBody * len(t.Bodies)
	for range rangeTries {
		// Not a secret: any free range will do.
		base := lowestFree + rand.IntN((highestFree-lowestFree-width)/portsPerBody)*portsPerBody //nolint:gosec // see above
		if rangeFree(t.Host, base, width) {
			return base, nil
		}
	}
	return 0, errors.New("no range of free ports was found: name a basePort in a topology file")
}

func rangeFree(host string, base, width int) bool {
	for port := base; port < base+width; port++ {
		if portFree(host, port) != nil {
			return false
		}
	}
	return true
}

// answers tells whether a node is ready: its ports accept connections, its health
// endpoint, where it has one, says so, and a service has said how it does since it was
// started.
func (u *upRun) answers(ctx context.Context, w nodeSpec, pid int) error {
	for _, port := range w.ports {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", hostPort(u.Topology.Host, port))
		if err != nil {
			return err
		}
		if err := conn.Close(); err != nil {
			return err
		}
	}
	if w.state != "" {
		_, err := readServiceState(w.state, pid, time.Now())
		return err
	}
	if w.ready == "" {
		return nil
	}
	return healthy(ctx, w.ready)
}

var healthClient = &http.Client{Timeout: 2 * time.Second}

// healthy asks a node's operations endpoint.
func healthy(ctx context.Context, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/healthz", nil)
	if err != nil {
		return err
	}
	resp, err := healthClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("health check says %s", resp.Status)
	}
	return nil
}
