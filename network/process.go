package network

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

const (
	stopGrace = 15 * time.Second // between SIGTERM and SIGKILL
	stopPoll  = 50 * time.Millisecond
	// startTolerance is how far two readings of one process's start may lie apart:
	// the kernel's boot time, which they are computed from, moves with the clock.
	startTolerance = 2 * time.Second
)

// Process is a process that this network started. A pid alone does not identify
// one, because pids are used again; its start time makes it unique.
type Process struct {
	Node    string    `json:"node"`
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	Command []string  `json:"command"`
	// Fingerprint covers what the process runs with; when it differs from what it
	// should run with, the process is started anew.
	Fingerprint string `json:"fingerprint"`
}

// spec is a process to be started.
type spec struct {
	node   string
	path   string
	args   []string
	env    []string
	dir    string
	config string // its configuration file, if it has one
	yields bool   // gives way to those that do not
}

// fingerprint covers the program, its arguments and its configuration.
func (s spec) fingerprint() (string, error) {
	var config []byte
	if s.config != "" {
		var err error
		if config, err = os.ReadFile(s.config); err != nil {
			return "", err
		}
	}
	// Paths of programs name the version of what they were built from.
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q", s.path, s.args, s.env, config))
	return hex.EncodeToString(sum[:]), nil
}

// garbageCollection lets a process's heap grow to five times of what it uses before
// rubbish is collected, which Go does at twice: a node uses little and allocates much.
// Near the limit it collects sooner.
func garbageCollection() []string { return []string{"GOGC=400", "GOMEMLIMIT=768MiB"} }

// start runs a process in a session of its own, so that it outlives this command
// and its terminal, and records it.
func (l Layout) start(s spec, fingerprint string) (*Process, error) {
	if err := os.MkdirAll(l.logs(), 0o700); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(l.procs(), 0o700); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(l.Log(s.node), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(s.path, s.args...)
	cmd.Dir = s.dir
	cmd.Env = slices.Concat([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir}, garbageCollection(), s.env)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", s.node, err)
	}
	go cmd.Wait() //nolint:errcheck // reaps it when it ends before this command does
	p := &Process{Node: s.node, PID: cmd.Process.Pid, Command: append([]string{s.path}, s.args...), Fingerprint: fingerprint}
	if p.Started, err = startTime(p.PID); err == nil {
		err = writeJSON(l.proc(s.node), p, 0o600)
	}
	if err == nil && s.yields {
		err = yield(p.PID)
	}
	if err != nil {
		killed := cmd.Process.Kill()
		if errors.Is(killed, os.ErrProcessDone) {
			return nil, l.ended(s.node)
		}
		return nil, errors.Join(fmt.Errorf("process of %s: %w", s.node, err), killed)
	}
	return p, nil
}

// process reads what is recorded for a node; nil when nothing is.
func (l Layout) process(node string) (*Process, error) {
	data, err := os.ReadFile(l.proc(node))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var p Process
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, nil // torn by a crash: as good as none, the node's port tells the rest
	}
	return &p, nil
}

// running tells whether the recorded process still runs. After a reboot, or when
// the pid was given to another process, it does not.
func (p *Process) running() bool {
	if p == nil {
		return false
	}
	started, err := startTime(p.PID)
	if err != nil || started.Sub(p.Started).Abs() > startTolerance {
		return false
	}
	proc, err := process.NewProcess(int32(p.PID)) //nolint:gosec // a pid fits
	if err != nil {
		return false
	}
	status, err := proc.Status()
	return err == nil && (len(status) == 0 || status[0] != process.Zombie)
}

func startTime(pid int) (time.Time, error) {
	proc, err := process.NewProcess(int32(pid)) //nolint:gosec // a pid fits
	if err != nil {
		return time.Time{}, err
	}
	ms, err := proc.CreateTime()
	if err != nil {
		return time.Time{}, err
	}
	return time.UnixMilli(ms).UTC(), nil
}

// stop ends the process: asked first, killed after a grace period.
func (l Layout) stop(ctx context.Context, p *Process) error {
	if p.running() {
		if err := signal(p.PID, syscall.SIGTERM); err != nil {
			return fmt.Errorf("stop %s (pid %d): %w", p.Node, p.PID, err)
		}
		if !waitGone(ctx, p, stopGrace) {
			if err := signal(p.PID, syscall.SIGKILL); err != nil {
				return fmt.Errorf("kill %s (pid %d): %w", p.Node, p.PID, err)
			}
			if !waitGone(context.WithoutCancel(ctx), p, stopGrace) {
				return fmt.Errorf("%s (pid %d) does not end", p.Node, p.PID)
			}
		}
	}
	err := os.Remove(l.proc(p.Node))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func signal(pid int, s syscall.Signal) error {
	err := syscall.Kill(pid, s)
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}

func waitGone(ctx context.Context, p *Process, limit time.Duration) bool {
	deadline := time.Now().Add(limit)
	for p.running() {
		if time.Now().After(deadline) || ctx.Err() != nil {
			return false
		}
		time.Sleep(stopPoll)
	}
	return true
}

// ended explains the end of a process by the last lines of its log.
func (l Layout) ended(node string) error {
	const last = 2048
	text := ""
	if f, err := os.Open(l.Log(node)); err == nil {
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.Size() > last {
			_, err = f.Seek(-last, io.SeekEnd)
			if err != nil {
				return err
			}
		}
		data, err := io.ReadAll(io.LimitReader(f, last))
		if err != nil {
			return err
		}
		text = strings.TrimSpace(string(data))
	}
	if strings.Contains(text, "no space left on device") {
		return fmt.Errorf("%s ended: %w", node, errNoSpace)
	}
	return fmt.Errorf("%s ended right after its start; its log %s ends with:\n%s", node, l.Log(node), text)
}
