package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Service is a program of this project that runs beside the nodes of every body, once
// the channel is there and the chaincodes are deployed. What it keeps is in the
// directory Layout.Service; in it, in the file StateFile, it says how it does.
type Service struct {
	// Name among the body's services, and of its directory: lower-case letters.
	Name string
	// Program is its Go package, for example ./cmd/psbc.
	Program string
	// Prepare makes what the service of one body needs, such as keys, and returns the
	// arguments to start it with; none when the body has no use for it. It is called by
	// every Up, for several bodies at a time.
	Prepare func(ctx context.Context, n *Network, b Body) ([]string, error)
}

// A service replaces its state file as a whole at least every StateInterval.
const (
	StateFile     = "status.json"
	StateInterval = 5 * time.Second
	// stateStale is when a service that says nothing is taken for stuck.
	stateStale = 4 * StateInterval
	maxState   = 1 << 20
)

// ServiceState is what a service says of itself in its state file.
type ServiceState struct {
	PID int       `json:"pid"`
	At  time.Time `json:"at"`
	// Healthy: there is no Problem.
	Healthy bool   `json:"healthy"`
	Problem string `json:"problem,omitempty"`
	// Summary is a line for people, Detail an object for programs.
	Summary string          `json:"summary,omitempty"`
	Detail  json.RawMessage `json:"detail,omitempty"`
	// Height is the number of blocks that it has seen.
	Height uint64 `json:"height,omitempty"`
}

// errSilent: a service that was just started, or that hangs.
var errSilent = errors.New("has not said yet how it does")

// readServiceState reads what the service that runs with a pid says.
func readServiceState(dir string, pid int, now time.Time) (*ServiceState, error) {
	f, err := os.Open(filepath.Join(dir, StateFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, errSilent
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var s ServiceState
	if err := json.NewDecoder(io.LimitReader(f, maxState)).Decode(&s); err != nil {
		return nil, fmt.Errorf("its %s: %w", StateFile, err)
	}
	if s.PID != pid {
		return nil, errSilent // that was an earlier one
	}
	if silent := now.Sub(s.At); silent > stateStale {
		return nil, fmt.Errorf("has said nothing for %s: see its log", silent.Round(time.Second))
	}
	return &s, nil
}

func serviceNode(service string, b Body) string { return service + "." + b.ID() }

func (l Layout) services() string { return filepath.Join(l.channel(), "services.json") }

// knownServices are the names of those that were ever asked for.
func knownServices(l Layout) ([]string, error) {
	return readList[string](l.services(), "remove it, and run psbc network up")
}

// mergeServices adds the services asked for to those of earlier runs.
func mergeServices(l Layout, asked []Service) error {
	names, err := knownServices(l)
	if err != nil {
		return err
	}
	known := len(names)
	for _, s := range asked {
		if !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	if len(names) == known {
		return nil
	}
	return writeJSON(l.services(), names, 0o600)
}

// servicePrograms builds the services' programs; it returns them by package.
func (s Source) servicePrograms(ctx context.Context, services []Service) (map[string]string, error) {
	programs := map[string]string{}
	for _, service := range services {
		if programs[service.Program] != "" {
			continue
		}
		code, err := s.codeHash(ctx, service.Program)
		if err != nil {
			return nil, err
		}
		if programs[service.Program], err = s.cachedMain(ctx, service.Program, code); err != nil {
			return nil, err
		}
	}
	return programs, nil
}

// startServices prepares and starts every service of every body.
func (u *upRun) startServices(ctx context.Context, services []Service, programs map[string]string) error {
	wanted := make([]*nodeSpec, len(services)*len(u.Topology.Bodies))
	group, groupCtx := errgroup.WithContext(ctx)
	for i, service := range services {
		for k, b := range u.Topology.Bodies {
			group.Go(func() error {
				w, err := u.prepareService(groupCtx, service, b, programs[service.Program])
				if err != nil {
					return fmt.Errorf("%s: %w", serviceNode(service.Name, b), err)
				}
				wanted[i*len(u.Topology.Bodies)+k] = w
				return nil
			})
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	var used []nodeSpec
	for _, w := range wanted {
		if w != nil {
			used = append(used, *w)
		}
	}
	return u.ensure(ctx, used)
}

// prepareService returns nil for a body that has no use for the service.
func (u *upRun) prepareService(ctx context.Context, service Service, b Body, program string) (*nodeSpec, error) {
	dir := u.Layout.Service(b, service.Name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	args, err := service.Prepare(ctx, u.Network, b)
	if err != nil || len(args) == 0 {
		return nil, err
	}
	s := spec{node: serviceNode(service.Name, b), path: program, args: args, dir: dir, yields: true}
	return &nodeSpec{spec: s, state: dir}, nil
}

// serviceStatus reports the services that were ever started.
func (n *Network) serviceStatus() ([]NodeStatus, error) {
	names, err := knownServices(n.Layout)
	if err != nil {
		return nil, err
	}
	var out []NodeStatus
	for _, b := range n.Topology.Bodies {
		for _, name := range names {
			p, err := n.Layout.process(serviceNode(name, b))
			if err != nil {
				return nil, err
			}
			if p == nil && !n.wasStarted(name, b) {
				continue
			}
			out = append(out, n.oneServiceStatus(name, b, p))
		}
	}
	return out, nil
}

// wasStarted tells a service that is down from one that the body has no use for.
func (n *Network) wasStarted(service string, b Body) bool {
	_, err := os.Stat(n.Layout.Log(serviceNode(service, b)))
	return err == nil
}

func (n *Network) oneServiceStatus(name string, b Body, p *Process) NodeStatus {
	s := NodeStatus{Node: serviceNode(name, b), Kind: KindService, Body: b.Name, Problem: notRunning}
	if !p.running() {
		return s
	}
	s.PID, s.Running = p.PID, true
	state, err := readServiceState(n.Layout.Service(b, name), p.PID, time.Now())
	if err != nil {
		s.Problem = err.Error()
		return s
	}
	s.Healthy, s.Problem, s.Height, s.Summary, s.Detail = state.Healthy, state.Problem, state.Height, state.Summary, state.Detail
	return s
}
