package network

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// withServices is a run directory with one body and a service whose program is a shell
// that says how it does, as the script has it say.
func withServices(t *testing.T, script string) (*upRun, []Service, map[string]string) {
	t.Helper()
	top, err := ParseTopology([]byte("bodies: [{name: Esch, peers: 1, orderers: 1}, {name: Wiltz, peers: 1, orderers: 0}]"))
	require.NoError(t, err)
	u := &upRun{Network: &Network{Layout: Layout{t.TempDir()}, Topology: top, admins: map[string]*admin{}}}
	shell, err := exec.LookPath("sh")
	require.NoError(t, err)
	services := []Service{{Name: "clerk", Program: "./clerk", Prepare: func(_ context.Context, n *Network, b Body) ([]string, error) {
		if b.Name == "Wiltz" {
			return nil, nil // has no use for it
		}
		require.DirExists(t, n.Layout.Service(b, "clerk"))
		return []string{"-c", script}, nil
	}}}
	require.NoError(t, mergeServices(u.Layout, services))
	t.Cleanup(func() { require.NoError(t, u.stopStarted()) })
	return u, services, map[string]string{"./clerk": shell}
}

// say makes a script that writes a state file and then goes on running.
func say(state string) string {
	return `printf '{"pid":%d,"at":"%s",` + state + `}' $$ $(date -u +%Y-%m-%dT%H:%M:%SZ) > s && mv s status.json && exec sleep 60`
}

func TestAServiceOfABodyIsStartedShownAndEnded(t *testing.T) {
	u, services, programs := withServices(t, say(`"healthy":true,"summary":"all is filed","height":7,"detail":{"files":3}`))
	require.NoError(t, u.startServices(t.Context(), services, programs))

	all, err := u.serviceStatus()
	require.NoError(t, err)
	require.Len(t, all, 1, "the other body has no use for it")
	s := all[0]
	require.Equal(t, NodeStatus{Node: "clerk.esch", Kind: KindService, Body: "Esch", PID: s.PID, Running: true, Healthy: true,
		Height: 7, Summary: "all is filed", Detail: json.RawMessage(`{"files":3}`)}, s)
	require.FileExists(t, u.Layout.Log("clerk.esch"))

	first := s.PID
	require.NoError(t, u.startServices(t.Context(), services, programs))
	all, err = u.serviceStatus()
	require.NoError(t, err)
	require.Equal(t, first, all[0].PID, "it was left alone")

	ended, err := u.Down(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, ended)
	all, err = u.serviceStatus()
	require.NoError(t, err)
	require.Equal(t, NodeStatus{Node: "clerk.esch", Kind: KindService, Body: "Esch", Problem: notRunning}, all[0])
}

func TestAServiceThatWasKilledIsSeenAndStartedAgain(t *testing.T) {
	u, services, programs := withServices(t, say(`"healthy":true`))
	require.NoError(t, u.startServices(t.Context(), services, programs))
	p, err := u.Layout.process("clerk.esch")
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(p.PID, syscall.SIGKILL))
	require.Eventually(t, func() bool { return !p.running() }, 10*time.Second, stopPoll)
	all, err := u.serviceStatus()
	require.NoError(t, err)
	require.False(t, all[0].Running)
	require.Equal(t, notRunning, all[0].Problem)

	require.NoError(t, u.startServices(t.Context(), services, programs))
	all, err = u.serviceStatus()
	require.NoError(t, err)
	require.True(t, all[0].Healthy)
	require.NotEqual(t, p.PID, all[0].PID)
}

func TestAServiceIsStartedAnewWithOtherArguments(t *testing.T) {
	u, services, programs := withServices(t, say(`"healthy":true`))
	require.NoError(t, u.startServices(t.Context(), services, programs))
	services[0].Prepare = func(context.Context, *Network, Body) ([]string, error) {
		return []string{"-c", say(`"healthy":false,"problem":"the shelf is full"`)}, nil
	}
	services[0].Prepare = onlyEsch(services[0].Prepare)
	require.NoError(t, u.startServices(t.Context(), services, programs))
	all, err := u.serviceStatus()
	require.NoError(t, err)
	require.True(t, all[0].Running)
	require.False(t, all[0].Healthy)
	require.Equal(t, "the shelf is full", all[0].Problem)
}

func onlyEsch(prepare func(context.Context, *Network, Body) ([]string, error)) func(context.Context, *Network, Body) ([]string, error) {
	return func(ctx context.Context, n *Network, b Body) ([]string, error) {
		if b.Name != "Esch" {
			return nil, nil
		}
		return prepare(ctx, n, b)
	}
}

func TestAServiceThatEndsAtOnceIsExplainedByItsLog(t *testing.T) {
	u, services, programs := withServices(t, "echo the stamp is missing >&2; exit 1")
	require.ErrorContains(t, u.startServices(t.Context(), services, programs), "the stamp is missing")
}

func TestAServiceThatCannotBePreparedIsNamed(t *testing.T) {
	u, services, programs := withServices(t, "")
	services[0].Prepare = func(context.Context, *Network, Body) ([]string, error) { return nil, errors.New("no ink") }
	require.ErrorContains(t, u.startServices(t.Context(), services, programs), "clerk.")
}

func TestWhatAServiceSaysIsItsOwnAndFresh(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct{ file, problem string }{
		"nothing":               {"", "has not said yet"},
		"an earlier one's":      {`{"pid":6,"at":"2026-11-24T11:59:59Z","healthy":true}`, "has not said yet"},
		"an old one":            {`{"pid":7,"at":"2026-11-24T11:59:00Z","healthy":true}`, "has said nothing for 1m0s"},
		"a torn one":            {`{"pid":7,"at":"2026-1`, "status.json"},
		"a fresh one":           {`{"pid":7,"at":"2026-11-24T11:59:59Z","healthy":true}`, ""},
		"one that knows more":   {`{"pid":7,"at":"2026-11-24T11:59:59Z","healthy":true,"mood":"good"}`, ""},
		"one from a fast clock": {`{"pid":7,"at":"2026-11-24T12:00:05Z","healthy":true}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if tc.file != "" {
				require.NoError(t, os.WriteFile(filepath.Join(dir, StateFile), []byte(tc.file), 0o600))
			}
			s, err := readServiceState(dir, 7, now)
			if tc.problem != "" {
				require.ErrorContains(t, err, tc.problem)
				return
			}
			require.NoError(t, err)
			require.True(t, s.Healthy)
		})
	}
}

func TestServicesOfEarlierRunsAreRemembered(t *testing.T) {
	l := Layout{t.TempDir()}
	none, err := knownServices(l)
	require.NoError(t, err)
	require.Empty(t, none)
	require.NoError(t, mergeServices(l, []Service{{Name: "a"}}))
	require.NoError(t, mergeServices(l, []Service{{Name: "b"}, {Name: "a"}}))
	require.NoError(t, mergeServices(l, nil))
	names, err := knownServices(l)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, names)
	require.NoError(t, os.WriteFile(l.services(), []byte("["), 0o600))
	_, err = knownServices(l)
	require.ErrorContains(t, err, "services.json")
}
