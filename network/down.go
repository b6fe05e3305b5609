package network

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Down ends the processes that this network started, and no others: a process is
// known by its pid and its start time. It returns how many it ended.
func (n *Network) Down(ctx context.Context) (int, error) {
	ended := 0
	err := withLock(n.Layout, func() (err error) {
		ended, err = n.stopAll(ctx)
		return err
	})
	return ended, err
}

func (n *Network) stopAll(ctx context.Context) (int, error) {
	all, err := n.Layout.processes()
	if err != nil {
		return 0, err
	}
	var group errgroup.Group
	ended := 0
	for _, p := range all {
		if p.running() {
			ended++
		}
		group.Go(func() error { return n.Layout.stop(ctx, p) })
	}
	return ended, group.Wait()
}

// processes lists what is recorded, running or not, in order of name.
func (l Layout) processes() ([]*Process, error) {
	files, err := os.ReadDir(l.procs())
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []*Process
	for _, f := range files {
		node, isRecord := strings.CutSuffix(f.Name(), ".json")
		if !isRecord {
			continue
		}
		p, err := l.process(node)
		if err != nil {
			return nil, err
		}
		if p != nil {
			out = append(out, p)
		}
	}
	return out, nil
}

// Reset ends the network of a run directory and removes everything that Up made
// there: keys, ledgers, profiles, logs. Built programs stay.
func Reset(ctx context.Context, src Source, runDir string) error {
	root, err := filepath.Abs(runDir)
	if err != nil {
		return err
	}
	l := Layout{root}
	if _, err := os.Stat(l.Root); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return withLock(l, func() error {
		if _, err := (&Network{Source: src, Layout: l}).stopAll(ctx); err != nil {
			return err
		}
		half, err := filepath.Glob(filepath.Join(l.Root, "bodies-*"))
		if err != nil {
			return err
		}
		// The topology goes last: while it is there, a reset that was cut off can be
		// repeated, and an Up does not take leftovers for a new network.
		for _, path := range slices.Concat(half, []string{
			l.bodies(), l.channel(), l.packages(), l.procs(), l.logs(), l.Profiles(), l.Topology(),
		}) {
			if err := os.RemoveAll(path); err != nil {
				return fmt.Errorf("reset: %w", err)
			}
		}
		return nil
	})
}
