package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/internal/fakegateway"
)

// Environment of the process that is killed: the test binary itself.
const (
	childProfile = "PSBC_TEST_RECORDER_PROFILE"
	childDir     = "PSBC_TEST_RECORDER_DIR"
)

func TestMain(m *testing.M) {
	if profile := os.Getenv(childProfile); profile != "" {
		if err := recordUntilKilled(profile, os.Getenv(childDir)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// recordUntilKilled prints every event that is acknowledged.
func recordUntilKilled(path, dir string) error {
	ctx := context.Background()
	profile, err := gateway.LoadProfile(path)
	if err != nil {
		return err
	}
	client, err := gateway.Connect(ctx, profile)
	if err != nil {
		return err
	}
	r, err := gateway.OpenRecorder(ctx, client, killedRecorder(dir))
	if err != nil {
		return err
	}
	failed := make(chan error)
	for writer := range 4 {
		go func() {
			for n := 0; ; n++ {
				entry := event(0)
				entry.Correlation = fmt.Sprintf("%d.%d.%d", os.Getpid(), writer, n)
				if err := r.Record(ctx, entry); err != nil {
					failed <- err
				}
				fmt.Println(entry.Correlation) // one write each: lines do not mix
			}
		}()
	}
	return <-failed
}

func killedRecorder(dir string) gateway.RecorderConfig {
	return gateway.RecorderConfig{Trail: "accesses", Source: "portal", Dir: dir, MaxBatch: 50, MaxAge: 5 * time.Millisecond}
}

func TestAnEventThatWasAcknowledgedIsOnTheLedgerOnceWhateverIsKilled(t *testing.T) {
	const kills = 20
	pki, service, dir := fakegateway.NewPKI(t), newTrailPeer(), t.TempDir()
	endpoint := fakegateway.Start(t, pki, service)
	certificate, key := pki.NewIdentity("recorder")
	content := pki.Profile("CTIEMSP", certificate, key, endpoint)
	path := filepath.Join(pki.Dir(), "recorder.json")
	require.NoError(t, os.WriteFile(path, content, 0o600))

	acknowledged := map[string]bool{}
	for range kills {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childProfile+"="+path, childDir+"="+dir)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		pipe, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		out := bufio.NewReader(pipe)
		_, err = out.Peek(1) // it records
		require.NoError(t, err, stderr.String())
		var killing sync.WaitGroup
		killing.Go(func() {
			time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond)
			_ = cmd.Process.Kill()
		})
		for line, err := out.ReadString('\n'); err == nil; line, err = out.ReadString('\n') {
			acknowledged[strings.TrimSuffix(line, "\n")] = true
		}
		killing.Wait()
		require.ErrorContains(t, cmd.Wait(), "killed", stderr.String())
	}

	require.NotEmpty(t, service.appended(), "those that were killed had sent something")
	profile, err := gateway.LoadProfile(path)
	require.NoError(t, err)
	client, err := gateway.Connect(t.Context(), profile)
	require.NoError(t, err)
	r := openRecorder(t, client, killedRecorder(dir))
	require.NoError(t, r.Close(t.Context()))
	require.NoError(t, client.Close())
	times := map[string]int{}
	for _, event := range service.appended() {
		times[event]++
	}
	require.Greater(t, len(acknowledged), kills)
	for event := range acknowledged {
		require.Equal(t, 1, times[event], event)
	}
	for event, n := range times { // what was under way may be there, but not twice
		require.Equal(t, 1, n, event)
	}
}
