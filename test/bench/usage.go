package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// node is a process whose use of the machine is measured.
type node struct {
	name string
	pid  int
}

// usage is what one node used during the run.
type usage struct {
	Node       string  `json:"node"`
	PID        int     `json:"pid"`
	CPUSeconds float64 `json:"cpuSeconds"`     // user and system
	RSSBefore  uint64  `json:"rssBefore"`      // bytes
	RSSPeak    uint64  `json:"rssPeak"`        // bytes, the most of all samples
	Gone       bool    `json:"gone,omitempty"` // ended before the run did: its figures are incomplete
}

// meter samples processes until it is stopped.
type meter struct {
	mu      sync.Mutex
	sampled []*metered
	stop    context.CancelFunc
	stopped chan struct{}
}

type metered struct {
	process *process.Process
	usage   usage
	before  float64 // CPU seconds when the run began
	last    float64
}

const meterInterval = time.Second

// startMeter begins to measure the nodes, and this program, the client.
func startMeter(ctx context.Context, nodes []node) (*meter, error) {
	m := &meter{stopped: make(chan struct{})}
	for _, n := range append(nodes, node{"bench (the client)", os.Getpid()}) {
		p, err := process.NewProcessWithContext(ctx, int32(n.pid))
		if err != nil {
			return nil, fmt.Errorf("%s (pid %d) does not run: %w", n.name, n.pid, err)
		}
		one := &metered{process: p, usage: usage{Node: n.name, PID: n.pid}}
		if err := one.read(); err != nil {
			return nil, fmt.Errorf("measure %s (pid %d): %w", n.name, n.pid, err)
		}
		one.before, one.usage.RSSBefore = one.last, one.usage.RSSPeak
		m.sampled = append(m.sampled, one)
	}
	ctx, m.stop = context.WithCancel(ctx)
	go m.run(ctx)
	return m, nil
}

func (m *meter) run(ctx context.Context) {
	defer close(m.stopped)
	ticker := time.NewTicker(meterInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			m.sample()
		}
	}
}

func (m *meter) sample() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, one := range m.sampled {
		if one.read() != nil {
			one.usage.Gone = true
		}
	}
}

// nodesCPU returns the CPU seconds that all nodes, without the client, have used
// since the meter was started.
func (m *meter) nodesCPU() float64 {
	m.sample()
	m.mu.Lock()
	defer m.mu.Unlock()
	var sum float64
	for _, one := range m.sampled[:len(m.sampled)-1] {
		sum += one.last - one.before
	}
	return sum
}

// finish stops the meter and returns what every process used, the client last.
func (m *meter) finish() []usage {
	m.stop()
	<-m.stopped
	m.sample()
	var all []usage
	for _, one := range m.sampled {
		one.usage.CPUSeconds = one.last - one.before
		all = append(all, one.usage)
	}
	return all
}

func (one *metered) read() error {
	times, err := one.process.Times()
	if err != nil {
		return err
	}
	memory, err := one.process.MemoryInfo()
	if err != nil {
		return err
	}
	one.last = times.User + times.System
	one.usage.RSSPeak = max(one.usage.RSSPeak, memory.RSS)
	return nil
}
