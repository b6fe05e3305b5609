package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/trail"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// Environment of the process that is killed: the test binary itself.
const (
	childProfile = "PSBC_E2E_RECORDER_PROFILE"
	childTrail   = "PSBC_E2E_RECORDER_TRAIL"
	childDir     = "PSBC_E2E_RECORDER_DIR"
	childLimit   = "PSBC_E2E_RECORDER_LIMIT" // what a file may have; empty to be killed
)

// refused is the line of a child whose recorder took no more.
const refused = "refused"

// recordAsChild is what the test binary does in place of its tests.
func recordAsChild(ctx context.Context) error {
	profile, err := gateway.LoadProfile(os.Getenv(childProfile))
	if err != nil {
		return err
	}
	client, err := gateway.Connect(ctx, profile)
	if err != nil {
		return err
	}
	defer client.Close()
	recorder, err := gateway.OpenRecorder(ctx, client, recorderOf(os.Getenv(childTrail), os.Getenv(childDir)))
	if err != nil {
		return err
	}
	if os.Getenv(childLimit) == "" {
		return recordUntilRefused(ctx, recorder)
	}
	return recordWithoutSpace(ctx, recorder)
}

// recordUntilRefused prints every event that a recorder has acknowledged, and returns why
// it did not acknowledge one more.
func recordUntilRefused(ctx context.Context, recorder *gateway.Recorder) error {
	for n := 0; ; n++ {
		entry := act("person", fmt.Sprintf("%d-%d", os.Getpid(), n))
		if err := recorder.Record(ctx, entry); err != nil {
			return err
		}
		fmt.Println(entry.Correlation)
	}
}

// recordWithoutSpace records until the kernel writes no more, which is as much as a full
// disk, and goes on when it does again.
func recordWithoutSpace(ctx context.Context, recorder *gateway.Recorder) error {
	most, err := strconv.ParseUint(os.Getenv(childLimit), 10, 64)
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ) // the write fails then, as on a full disk
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: most, Max: before.Max}); err != nil {
		return err
	}
	if err := recordUntilRefused(ctx, recorder); !errors.Is(err, syscall.EFBIG) {
		return err
	}
	fmt.Println(refused)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	for n := range 20 {
		entry := act("person", fmt.Sprintf("after-%d", n))
		if err := recorder.Record(ctx, entry); err != nil {
			return err
		}
		fmt.Println(entry.Correlation)
	}
	return errors.Join(recorder.Flush(ctx), recorder.Close(ctx))
}

func recorderOf(id, dir string) gateway.RecorderConfig {
	return gateway.RecorderConfig{Trail: id, Source: "app", Dir: dir, MaxBatch: 40, MaxAge: 20 * time.Millisecond}
}

// recorderChild is the test binary with a recorder in it.
func recorderChild(t *testing.T, id, dir, limit string) (cmd *exec.Cmd, out *bufio.Reader, stderr *strings.Builder) {
	t.Helper()
	body, found := shared.Topology.Body("CTIE")
	require.True(t, found)
	cmd, stderr = exec.CommandContext(t.Context(), os.Args[0]), new(strings.Builder)
	cmd.Env = append(os.Environ(),
		childProfile+"="+shared.Layout.Profile(body, "recorder"), childTrail+"="+id, childDir+"="+dir, childLimit+"="+limit)
	cmd.Stderr = stderr
	pipe, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return cmd, bufio.NewReader(pipe), stderr
}

// TestARecorderThatIsKilledFiftyTimesLosesAndDoublesNothing: what a killed process left in
// the queue, the next one sends.
func TestARecorderThatIsKilledFiftyTimesLosesAndDoublesNothing(t *testing.T) {
	id, trails := defineTrail(t, trail.Definition{})
	dir, acknowledged := t.TempDir(), map[string]bool{}
	for range 50 {
		cmd, out, stderr := recorderChild(t, id, dir, "")
		_, err := out.Peek(1) // it records
		require.NoError(t, err, stderr.String())
		kill := time.AfterFunc(time.Duration(rand.IntN(400))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		for line, err := out.ReadString('\n'); err == nil; line, err = out.ReadString('\n') {
			acknowledged[strings.TrimSuffix(line, "\n")] = true
		}
		require.ErrorContains(t, cmd.Wait(), "killed", stderr.String())
		kill.Stop()
	}
	require.Greater(t, len(acknowledged), 50)
	batches := 0
	for _, err := range trails.AllBatches(t.Context(), trail.BatchesRequest{Trail: id}) {
		require.NoError(t, err)
		batches++
	}
	require.Positive(t, batches, "those that were killed had sent something")

	recorder, err := gateway.OpenRecorder(t.Context(), shared.client(t, "CTIE", "recorder"), recorderOf(id, dir))
	require.NoError(t, err)
	require.NoError(t, recorder.Flush(t.Context()))
	require.NoError(t, recorder.Close(t.Context()))
	requireRecordedOnce(t, trails, id, acknowledged)
}

// TestARecorderWithoutDiskSpaceRefusesEventsAndLosesNone: an event that cannot be written
// is not acknowledged, and what follows is not the worse for it.
func TestARecorderWithoutDiskSpaceRefusesEventsAndLosesNone(t *testing.T) {
	id, trails := defineTrail(t, trail.Definition{})
	cmd, out, stderr := recorderChild(t, id, t.TempDir(), "65536")
	acknowledged := map[string]bool{}
	for line, err := out.ReadString('\n'); err == nil; line, err = out.ReadString('\n') {
		acknowledged[strings.TrimSuffix(line, "\n")] = true
	}
	require.NoError(t, cmd.Wait(), stderr.String())
	require.True(t, acknowledged[refused], "an event was refused")
	delete(acknowledged, refused)
	require.True(t, acknowledged["after-19"])
	requireRecordedOnce(t, trails, id, acknowledged)
}

// requireRecordedOnce checks that what was acknowledged is on the ledger, and nothing
// twice; what was not acknowledged may be there.
func requireRecordedOnce(t *testing.T, trails *gateway.Trails, id string, acknowledged map[string]bool) {
	t.Helper()
	times := map[string]int{}
	for entry, err := range trails.AllEntries(t.Context(), trail.EntriesRequest{Trail: id, PageSize: trail.MaxPageSize}) {
		require.NoError(t, err)
		times[entry.Entry.Correlation]++
		require.Equal(t, 1, times[entry.Entry.Correlation], entry.Entry.Correlation)
	}
	for event := range acknowledged {
		require.Equal(t, 1, times[event], event)
	}
	gaps, err := trails.Gaps(t.Context(), id)
	require.NoError(t, err)
	require.Empty(t, gaps)
}

// TestARecorderAcceptsEventsWhileTheNetworkIsDownAndCatchesUp: first the channel cannot
// order, then the body has no peer.
func TestARecorderAcceptsEventsWhileTheNetworkIsDownAndCatchesUp(t *testing.T) {
	shared.ok(t, "network", "up")
	shared.healthy(t)
	id, trails := defineTrail(t, trail.Definition{})
	client := shared.client(t, "CTIE", "recorder")
	config := recorderOf(id, t.TempDir())
	config.MaxQueueBytes = 64 << 10
	recorder, err := gateway.OpenRecorder(t.Context(), client, config)
	require.NoError(t, err)
	acknowledged := map[string]bool{}
	record := func(label string, i int) error {
		entry := act("person", fmt.Sprintf("%s-%d", label, i))
		err := recorder.Record(t.Context(), entry)
		acknowledged[entry.Correlation] = err == nil
		return err
	}
	for _, down := range [][]string{{"orderer0.sigi", "orderer0.mindigital"}, {"peer0.ctie"}} {
		shared.kill(t, down...)
		for i := range 100 {
			require.NoError(t, record(down[0], i), "the queue has room")
		}
		require.Eventually(t, func() bool { return recorder.Stats().LastError != nil }, time.Minute, 100*time.Millisecond, "it says that it cannot send")
		require.Positive(t, recorder.Stats().Queued)
		i := 100
		for err == nil {
			err = record(down[0], i)
			i++
		}
		require.ErrorIs(t, err, gateway.ErrQueueFull, "the queue has a bound")
		err = nil
		shared.ok(t, "network", "up")
		shared.healthy(t)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		require.NoError(t, recorder.Flush(ctx))
		cancel()
		require.Zero(t, recorder.Stats().Queued)
		require.NoError(t, recorder.Stats().LastError)
	}
	require.NoError(t, recorder.Close(t.Context()))
	for event, accepted := range acknowledged {
		if !accepted {
			delete(acknowledged, event)
		}
	}
	shared.healthy(t)
	requireRecordedOnce(t, trails, id, acknowledged)
}
