package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func sleeper(t *testing.T, l Layout, name string) *Process {
	t.Helper()
	path, err := exec.LookPath("sleep")
	require.NoError(t, err)
	p, err := l.start(spec{node: name, path: path, args: []string{"60"}, dir: t.TempDir()}, "mark")
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Kill(p.PID, syscall.SIGKILL) })
	return p
}

func TestStopEndsWhatWasStarted(t *testing.T) {
	l := Layout{t.TempDir()}
	p := sleeper(t, l, "node")
	require.True(t, p.running())
	recorded, err := l.process("node")
	require.NoError(t, err)
	require.Equal(t, p, recorded)

	require.NoError(t, l.stop(context.Background(), recorded))
	require.False(t, p.running())
	require.NoFileExists(t, l.proc("node"))
	require.NoError(t, l.stop(context.Background(), recorded), "stopping twice is no error")
}

func TestStopLeavesAProcessThatOnlyHasThePid(t *testing.T) {
	l := Layout{t.TempDir()}
	p := sleeper(t, l, "node")
	other := *p
	other.Started = p.Started.Add(-time.Hour) // as after a reboot, when pids are given anew
	require.False(t, other.running())
	require.NoError(t, l.stop(context.Background(), &other))
	require.True(t, p.running(), "another process's pid was signalled")
}

func TestATornProcessRecordCountsAsNone(t *testing.T) {
	l := Layout{t.TempDir()}
	require.NoError(t, os.MkdirAll(l.procs(), 0o700))
	require.NoError(t, os.WriteFile(l.proc("node"), []byte(`{"pid": 1`), 0o600))
	p, err := l.process("node")
	require.NoError(t, err)
	require.False(t, p.running())
}

func TestDownStopsOnlyRecordedProcesses(t *testing.T) {
	l := Layout{t.TempDir()}
	mine, other := sleeper(t, l, "mine"), sleeper(t, Layout{t.TempDir()}, "other")
	n := &Network{Layout: l}
	ended, err := n.Down(context.Background())
	require.NoError(t, err)
	require.Equal(t, 1, ended)
	require.False(t, mine.running())
	require.True(t, other.running())
}

func TestASecondCommandIsToldWhoHoldsTheLock(t *testing.T) {
	l := Layout{filepath.Join(t.TempDir(), "run")}
	err := withLock(l, func() error {
		return withLock(l, func() error { return nil })
	})
	require.ErrorIs(t, err, ErrLocked)
	require.ErrorContains(t, err, "pid")
	require.NoError(t, withLock(l, func() error { return nil }), "the lock file that stays behind does not lock")
}

func TestATakenPortIsNamed(t *testing.T) {
	base, err := freePorts(&Topology{Host: "127.0.0.1", Bodies: make([]Body, 1)})
	require.NoError(t, err)
	require.NoError(t, portFree("127.0.0.1", base))
	listener, err := net.Listen("tcp", hostPort("127.0.0.1", base))
	require.NoError(t, err)
	defer listener.Close()
	require.ErrorContains(t, portFree("127.0.0.1", base), "is taken")
}

func TestOpenSaysWhenNoNetworkWasStarted(t *testing.T) {
	_, err := Open(Source{}, t.TempDir())
	require.ErrorIs(t, err, ErrNotUp)
}

func TestADamagedTopologyInTheRunDirectoryIsNamed(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "topology.yaml"), []byte("bodies: ["), 0o600))
	_, err := Open(Source{}, dir)
	require.ErrorIs(t, err, ErrUsage)
	require.ErrorContains(t, err, "topology.yaml")
	require.ErrorContains(t, err, "reset")
}

func TestAFullDiskIsNamedBeforeAnythingStarts(t *testing.T) {
	require.NoError(t, requireSpace(t.TempDir(), 1, "test"))
	err := requireSpace(t.TempDir(), 1<<62, "run the network")
	require.ErrorContains(t, err, "needed to run the network")
	require.ErrorIs(t, explainSpace(&os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}), errNoSpace)
}

func TestAwaitGivesTheLastReasonAndStopsAtAFinalOne(t *testing.T) {
	err := await(context.Background(), "thing", 200*time.Millisecond, func(context.Context) error { return os.ErrNotExist })
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "thing: not within 200ms")

	tries := 0
	err = await(context.Background(), "thing", time.Minute, func(context.Context) error {
		tries++
		return &finalError{os.ErrClosed}
	})
	require.ErrorIs(t, err, os.ErrClosed)
	require.Equal(t, 1, tries)
}

func TestANetworkKeepsTheTopologyItWasMadeFrom(t *testing.T) {
	have, err := DefaultTopology()
	require.NoError(t, err)
	require.NoError(t, sameTopology(have, nil))
	free := *have
	free.BasePort = 0
	require.NoError(t, sameTopology(have, &free), "free ports were chosen once")
	other := *have
	other.Bodies = other.Bodies[:3]
	require.ErrorIs(t, sameTopology(have, &other), ErrUsage)
}

func TestWhatYieldsGivesWayToTheRest(t *testing.T) {
	path, err := exec.LookPath("sleep")
	require.NoError(t, err)
	own, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
	require.NoError(t, err)
	for _, yields := range []bool{false, true} {
		p, err := Layout{t.TempDir()}.start(spec{node: "node", path: path, args: []string{"60"}, dir: t.TempDir(), yields: yields}, "mark")
		require.NoError(t, err)
		t.Cleanup(func() { _ = syscall.Kill(p.PID, syscall.SIGKILL) })
		nice, err := syscall.Getpriority(syscall.PRIO_PROCESS, p.PID)
		require.NoError(t, err)
		group, err := os.ReadFile(fmt.Sprintf("/proc/%d/autogroup", p.PID))
		if errors.Is(err, os.ErrNotExist) { // not Linux, or a kernel without autogroups
			group = nil
		} else {
			require.NoError(t, err)
		}
		if yields {
			require.Less(t, nice, own, "the kernel counts from 40 for nice -20 to 1 for 19")
			require.True(t, group == nil || strings.HasSuffix(strings.TrimSpace(string(group)), " nice 10"), "%s", group)
		} else {
			require.Equal(t, own, nice)
			require.True(t, group == nil || !strings.HasSuffix(strings.TrimSpace(string(group)), " nice 10"), "%s", group)
		}
	}
}

func TestASessionThatIsGoneNeedNotYield(t *testing.T) {
	require.NoError(t, yieldSession(filepath.Join(t.TempDir(), "gone", "autogroup")))
	require.NoError(t, yield(1<<22+1), "more than Linux's highest pid")
}

func TestASessionThatCannotYieldSaysWhy(t *testing.T) {
	require.ErrorContains(t, yieldSession(t.TempDir()), "priority: ", "a directory is not the file")
}
