package ledgerlog_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// eventually is what a busy machine may take for anything.
const eventually = time.Second

// childDir, in the environment, makes the test binary the process that is killed.
const childDir = "PSBC_TEST_LEDGERLOG_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		testing.Main(func(_, _ string) (bool, error) { return true, nil },
			[]testing.InternalTest{{Name: "child", F: func(t *testing.T) { child(t, dir) }}}, nil, nil)
		return
	}
	os.Exit(m.Run())
}

// killHistory is what children append: full bundles at all times.
func killHistory(t testing.TB) *history {
	t.Helper()
	var writes []int
	for i := range 120 {
		writes = append(writes, i*37%120)
	}
	return historyOf(t, writes...)
}

// child appends until it is killed. It prints the size of what is durable.
func child(t *testing.T, dir string) {
	h := killHistory(t)
	l := open(t, dir)
	for l.Next() < uint64(len(h.blocks)) {
		number := l.Next()
		require.NoError(t, l.Append(h.blocks[number]))
		if number%3 == 0 {
			require.NoError(t, l.Flush())
			fmt.Println("durable", number)
		}
	}
	require.NoError(t, l.Close())
	fmt.Println("all")
}

func TestALogSurvivesKill9(t *testing.T) {
	h := killHistory(t)
	dir := t.TempDir()
	durable := uint64(0)
	for lives := 0; ; lives++ {
		require.Less(t, lives, 200, "it makes no progress")
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir)
		pipe, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		out := bufio.NewScanner(pipe)
		complete, left := false, 1+rand.IntN(5)
		for out.Scan() {
			_, _ = fmt.Sscanf(out.Text(), "durable %d", &durable)
			complete = complete || out.Text() == "all"
			if left--; left == 0 {
				time.AfterFunc(time.Duration(rand.IntN(10_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
			}
		}
		_ = cmd.Wait() // it was killed
		l := open(t, dir)
		h.requireResumed(t, l)
		require.GreaterOrEqual(t, l.Next(), durable)
		require.NoError(t, l.Close())
		if complete && l.Next() == uint64(len(h.blocks)) {
			require.NotZero(t, lives, "it was killed")
			return
		}
	}
}
