package queue_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/gateway-client/internal/queue"
)

// childDir, in the environment, makes the test binary the process that is killed.
const childDir = "PSBC_TEST_QUEUE_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func killOptions() queue.Options {
	o := options()
	o.MaxBytes, o.SegmentBytes = 1<<30, 4<<10
	return o
}

// child takes batches and adds lines until it is killed. It prints every line that is
// durable, and before that a batch is done, what is in it.
func child(dir string) error {
	q, err := queue.Open(dir, killOptions())
	if err != nil {
		return err
	}
	failed := make(chan error)
	for writer := range 4 {
		go func() {
			for i := 0; ; i++ {
				line := fmt.Sprintf("%d.%d.%d", os.Getpid(), writer, i)
				if err := q.Add([]byte(line)); err != nil {
					failed <- err
				}
				fmt.Println("added " + line) // one write each: lines do not mix
			}
		}()
	}
	go func() {
		for {
			batch, err := q.Cut(20, 1<<20)
			if err == nil && batch != nil {
				fmt.Printf("batch %d %s\n", batch.Number, strings.Join(texts(batch), " "))
				err = q.Done(batch)
			}
			if err != nil {
				failed <- err
			}
		}
	}()
	return <-failed
}

// seen is what children said, over all their lives.
type seen struct {
	added   map[string]bool
	batches map[int]string // lines by number
}

// watch reads what a child says until it is dead. The last line can be cut off.
func (s *seen) watch(t *testing.T, out *bufio.Reader) {
	for {
		line, err := out.ReadString('\n')
		if err != nil {
			return
		}
		what, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if what == "added" {
			s.added[rest] = true
			continue
		}
		number, lines, _ := strings.Cut(rest, " ")
		n, err := strconv.Atoi(number)
		require.NoError(t, err)
		s.batch(t, n, lines)
	}
}

// batch notes a batch; one that was handed out before has the same lines.
func (s *seen) batch(t *testing.T, number int, lines string) {
	if before, again := s.batches[number]; again {
		require.Equal(t, before, lines, "batch %d", number)
	}
	s.batches[number] = lines
}

func TestWhatWasAcknowledgedSurvivesKill9(t *testing.T) {
	const kills = 20
	dir := t.TempDir()
	s := &seen{added: map[string]bool{}, batches: map[int]string{}}
	for range kills {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		pipe, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		out := bufio.NewReader(pipe)
		_, err = out.Peek(1) // it lives
		require.NoError(t, err, stderr.String())
		var killing sync.WaitGroup
		killing.Go(func() {
			time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
			_ = cmd.Process.Kill()
		})
		s.watch(t, out)
		killing.Wait()
		require.ErrorContains(t, cmd.Wait(), "killed", stderr.String())
	}

	q := open(t, dir, killOptions())
	for {
		batch, err := q.Cut(1000, 1<<20)
		require.NoError(t, err)
		if batch == nil {
			break
		}
		s.batch(t, batch.Number, strings.Join(texts(batch), " "))
		require.NoError(t, q.Done(batch))
	}
	require.NoError(t, q.Close())

	times := map[string]int{}
	last := map[string]int{} // of one writer
	for number := 1; number <= len(s.batches); number++ {
		require.Contains(t, s.batches, number, "numbers have no gap")
		for _, line := range strings.Fields(s.batches[number]) {
			times[line]++
			at := strings.LastIndexByte(line, '.')
			i, err := strconv.Atoi(line[at+1:])
			require.NoError(t, err)
			require.Equal(t, last[line[:at]], i, "lines of writer %s keep their order", line[:at])
			last[line[:at]] = i + 1
		}
	}
	require.Greater(t, len(s.added), kills)
	for line := range s.added {
		require.Equal(t, 1, times[line], line)
	}
}
