// Package network runs a Fabric network of public bodies natively on one
// machine: one organisation per body, each with peers, SmartBFT orderers and a
// chaincode server, as plain processes.
//
// A network is a run directory. Up makes what is missing in it and starts what
// does not run, so it is the answer to a first start, to a stop, to a crash and
// to a reboot alike. The package knows nothing of what the chaincodes do.
package network

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Network is a network of bodies in a run directory.
type Network struct {
	Source   Source
	Layout   Layout
	Topology *Topology
	admins   map[string]*admin
}

// Open opens the network of a run directory.
//
// It returns ErrNotUp when none has been started there.
func Open(src Source, runDir string) (*Network, error) {
	root, err := filepath.Abs(runDir)
	if err != nil {
		return nil, err
	}
	l := Layout{root}
	t, err := LoadTopology(l.Topology())
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: start one with psbc network up", ErrNotUp)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: restore the file, or start anew with psbc network reset", err)
	}
	return &Network{Source: src, Layout: l, Topology: t, admins: map[string]*admin{}}, nil
}

// admin returns the body's administrator.
func (n *Network) admin(b Body) (*admin, error) {
	if c, ok := n.admins[b.Name]; ok {
		return c, nil
	}
	c, err := newAdmin(n.Topology, n.Layout, b)
	if err == nil {
		n.admins[b.Name] = c
	}
	return c, err
}

// loadAdmins reads all administrators, so that later steps may work in parallel.
func (n *Network) loadAdmins() error {
	for _, b := range n.Topology.Bodies {
		if _, err := n.admin(b); err != nil {
			return err
		}
	}
	return nil
}

// withLock runs f while no other command changes the run directory. The kernel
// releases the lock when its holder ends in whatever way, so none goes stale.
func withLock(l Layout, f func() error) error {
	if err := os.MkdirAll(l.Root, 0o700); err != nil {
		return explainSpace(err)
	}
	lock := flock.New(l.lock())
	ok, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("lock %s: %w", l.lock(), explainSpace(err))
	}
	if !ok {
		holder := "another psbc command"
		if pid, err := os.ReadFile(l.lock()); err == nil && len(pid) > 0 {
			holder += " (pid " + strings.TrimSpace(string(pid)) + ")"
		}
		return fmt.Errorf("%w: %s is at work in %s; wait until it ends", ErrLocked, holder, l.Root)
	}
	defer lock.Unlock() //nolint:errcheck // the kernel does it at exit at the latest
	// For the message above only.
	if err := os.WriteFile(l.lock(), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return explainSpace(err)
	}
	return f()
}

const poll = 50 * time.Millisecond

// await calls probe until it succeeds. It gives up when ctx ends, saying what was
// awaited and what the last try said.
func await(ctx context.Context, what string, limit time.Duration, probe func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not within %s", limit))
	defer cancel()
	var last error
	for {
		err := probe(ctx)
		if err == nil {
			return nil
		}
		var final *finalError
		if errors.As(err, &final) {
			return fmt.Errorf("%s: %w", what, final.err)
		}
		if ctx.Err() == nil || last == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w; last: %w", what, context.Cause(ctx), last)
		case <-time.After(poll):
		}
	}
}

// finalError ends await at once.
type finalError struct{ err error }

func (e *finalError) Error() string { return e.err.Error() }
func (e *finalError) Unwrap() error { return e.err }
