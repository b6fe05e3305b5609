package queue_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/gateway-client/internal/queue"
)

func options() queue.Options {
	return queue.Options{Name: "psbc/accesses/portal", MaxBytes: 1 << 20, FirstNumber: func() (int, error) { return 1, nil }}
}

func open(t require.TestingT, dir string, o queue.Options) *queue.Queue {
	q, err := queue.Open(dir, o)
	require.NoError(t, err)
	return q
}

func add(t require.TestingT, q *queue.Queue, lines ...string) {
	for _, line := range lines {
		require.NoError(t, q.Add([]byte(line)))
	}
}

func texts(batch *queue.Batch) []string {
	if batch == nil {
		return nil
	}
	list := make([]string, len(batch.Lines))
	for i, line := range batch.Lines {
		list[i] = string(line)
	}
	return list
}

// drain takes everything, in batches of at most size lines.
func drain(t require.TestingT, q *queue.Queue, size int) []string {
	var all []string
	for {
		batch, err := q.Cut(size, 1<<20)
		require.NoError(t, err)
		if batch == nil {
			return all
		}
		all = append(all, texts(batch)...)
		require.NoError(t, q.Done(batch))
	}
}

func numbered(from, to int) []string {
	var list []string
	for i := from; i <= to; i++ {
		list = append(list, fmt.Sprintf("line %d", i))
	}
	return list
}

func TestLinesComeOutInNumberedBatchesInTheirOrder(t *testing.T) {
	q := open(t, t.TempDir(), options())
	batch, err := q.Cut(10, 1000)
	require.NoError(t, err)
	require.Nil(t, batch, "nothing waits")

	before := time.Now()
	add(t, q, numbered(1, 5)...)
	require.Equal(t, 5, q.Stats().Lines)
	require.EqualValues(t, len("line 1\n")*5, q.Stats().Bytes)
	require.WithinRange(t, q.Stats().Oldest, before, time.Now())

	batch, err = q.Cut(3, 1000)
	require.NoError(t, err)
	require.Equal(t, 1, batch.Number)
	require.Equal(t, numbered(1, 3), texts(batch))
	require.Equal(t, 5, q.Stats().Lines, "they wait until they are done")
	require.NoError(t, q.Done(batch))
	require.Error(t, q.Done(batch), "it is done")

	batch, err = q.Cut(9, 7)
	require.NoError(t, err)
	require.Equal(t, 2, batch.Number)
	require.Equal(t, 4, batch.First)
	require.Equal(t, numbered(4, 4), texts(batch), "as many bytes as asked for")
	require.NoError(t, q.Done(batch))
	batch, err = q.Cut(9, 1)
	require.NoError(t, err)
	require.Equal(t, numbered(5, 5), texts(batch), "at least one line")
	require.NoError(t, q.Done(batch))
	require.Equal(t, queue.Stats{Added: 5, Taken: 5}, q.Stats())
	require.NoError(t, q.Close())
}

func TestABatchThatIsCutStaysTheSame(t *testing.T) {
	dir := t.TempDir()
	q := open(t, dir, options())
	add(t, q, numbered(1, 5)...)
	first, err := q.Cut(3, 1000)
	require.NoError(t, err)
	add(t, q, numbered(6, 9)...)
	again, err := q.Cut(100, 1000)
	require.NoError(t, err)
	require.Equal(t, first, again, "other bounds")
	require.NoError(t, q.Close())

	q = open(t, dir, options())
	require.Equal(t, 9, q.Stats().Lines)
	again, err = q.Cut(1, 1)
	require.NoError(t, err)
	require.Equal(t, first, again, "after a restart")
	require.NoError(t, q.Done(again))
	require.NoError(t, q.Close())

	q = open(t, dir, options())
	next, err := q.Cut(100, 1000)
	require.NoError(t, err)
	require.Equal(t, 2, next.Number)
	require.Equal(t, numbered(4, 9), texts(next))
	require.NoError(t, q.Close())
}

func TestNumberingBeginsWhereItIsToldToInANewDirectoryOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by the queue")
	o := options()
	o.FirstNumber = func() (int, error) { return 0, errors.New("the ledger is down") }
	_, err := queue.Open(dir, o)
	require.EqualError(t, err, "the ledger is down")
	o.FirstNumber = func() (int, error) { return 8, nil }
	q := open(t, dir, o)
	require.NoError(t, q.Close())
	o.FirstNumber = func() (int, error) { return 99, nil }
	q = open(t, dir, o)
	add(t, q, "a")
	batch, err := q.Cut(1, 1)
	require.NoError(t, err)
	require.Equal(t, 8, batch.Number)
	require.NoError(t, q.Close())
}

func TestAQueueIsBounded(t *testing.T) {
	o := options()
	o.MaxBytes = 20
	q := open(t, t.TempDir(), o)
	add(t, q, "123456789", "123456789")
	require.ErrorIs(t, q.Add([]byte("1")), queue.ErrFull)
	batch, err := q.Cut(1, 1)
	require.NoError(t, err)
	require.ErrorIs(t, q.Add([]byte("1")), queue.ErrFull, "a batch counts until it is done")
	require.NoError(t, q.Done(batch))
	add(t, q, "123456789")
	require.Len(t, drain(t, q, 9), 2)
	require.NoError(t, q.Close())
}

func TestALineHasNoControlCharacters(t *testing.T) {
	q := open(t, t.TempDir(), options())
	for _, line := range []string{"", "a\nb", "a\tb", "\x00"} {
		require.ErrorContains(t, q.Add([]byte(line)), "control characters", "%q", line)
	}
	require.NoError(t, q.Close())
}

func TestOneUsesAQueueAtATime(t *testing.T) {
	dir := t.TempDir()
	q := open(t, dir, options())
	_, err := queue.Open(dir, options())
	require.ErrorIs(t, err, queue.ErrLocked)
	require.NoError(t, q.Close())
	require.NoError(t, q.Close(), "closed already")
	require.ErrorIs(t, q.Add([]byte("a")), queue.ErrClosed)
	_, err = q.Cut(1, 1)
	require.ErrorIs(t, err, queue.ErrClosed)
	require.ErrorIs(t, q.Done(&queue.Batch{}), queue.ErrClosed)
	require.NoError(t, open(t, dir, options()).Close())

	other := options()
	other.Name = "psbc/accesses/archive"
	_, err = queue.Open(dir, other)
	require.ErrorContains(t, err, `is that of the queue "psbc/accesses/portal", not "psbc/accesses/archive"`)
}

func TestSegmentsThatAreDoneAreDeleted(t *testing.T) {
	dir := t.TempDir()
	o := options()
	o.SegmentBytes = 200
	q := open(t, dir, o)
	add(t, q, numbered(1, 50)...)
	count := func() int { return len(segments(t, dir)) }
	require.Greater(t, count(), 5)
	batch, err := q.Cut(25, 1000)
	require.NoError(t, err)
	before := count()
	require.NoError(t, q.Done(batch))
	require.Less(t, count(), before)
	require.NoError(t, q.Close())

	q = open(t, dir, o)
	require.Equal(t, numbered(26, 50), drain(t, q, 7))
	require.Equal(t, 1, count(), "the last one stays, to go on in")
	add(t, q, "more")
	require.NoError(t, q.Close())
	q = open(t, dir, o)
	require.Equal(t, []string{"more"}, drain(t, q, 7))
	require.NoError(t, q.Close())
}

func segments(t require.TestingT, dir string) []string {
	paths, err := filepath.Glob(filepath.Join(dir, "*.lines"))
	require.NoError(t, err)
	return paths
}

// slowFile lets a flush to disk begin only when the test says so.
type slowFile struct {
	queue.File
	syncs chan struct{}
}

func (f slowFile) Sync() error {
	f.syncs <- struct{}{}
	return f.File.Sync()
}

func TestConcurrentAddsShareAFlush(t *testing.T) {
	const lines = 40
	syncs := make(chan struct{})
	dir := t.TempDir()
	q, err := queue.OpenThrough(dir, options(), func(f queue.File) queue.File { return slowFile{f, syncs} })
	require.NoError(t, err)
	var adding sync.WaitGroup
	adding.Go(func() { add(t, q, "line 0") })
	// While the first line waits for its flush, all others join the next write.
	size := int64(len("line 0\n"))
	require.Eventually(t, func() bool { return q.Reserved() == size }, 10*time.Second, time.Millisecond)
	for i := range lines {
		line := fmt.Sprintf("line %d", i+1)
		size += int64(len(line)) + 1
		adding.Go(func() { add(t, q, line) })
	}
	require.Eventually(t, func() bool { return q.Reserved() == size }, 10*time.Second, time.Millisecond)
	finished := make(chan struct{})
	go func() { adding.Wait(); close(finished) }()
	flushes := 0
	for waiting := true; waiting; {
		select {
		case <-syncs:
			flushes++
		case <-finished:
			waiting = false
		}
	}
	// The first write may have been joined by some before it began.
	require.LessOrEqual(t, flushes, 2)
	require.NoError(t, q.Close())
	q = open(t, dir, options())
	require.ElementsMatch(t, numbered(0, lines), drain(t, q, 1000))
	require.NoError(t, q.Close())
}

// faultyFile fails as a disk does.
type faultyFile struct {
	queue.File
	fault *fault
}

type fault struct {
	part     int // bytes of a write that get there all the same
	write    error
	sync     error
	truncate error
}

func (f faultyFile) Write(p []byte) (int, error) {
	if f.fault.write == nil {
		return f.File.Write(p)
	}
	n, _ := f.File.Write(p[:min(f.fault.part, len(p))])
	return n, f.fault.write
}

func (f faultyFile) Sync() error { return errors.Join(f.fault.sync, f.File.Sync()) }

func (f faultyFile) Truncate(size int64) error {
	if f.fault.truncate != nil {
		return f.fault.truncate
	}
	return f.File.Truncate(size)
}

func TestALineThatWasRefusedIsNotThere(t *testing.T) {
	full, broken := errors.New("no space left on device"), errors.New("input/output error")
	for name, f := range map[string]fault{
		"nothing is written":                              {write: full},
		"a part is written":                               {write: full, part: 20},
		"all is written, but said not to be":              {write: full, part: 1000},
		"all is written, but not flushed":                 {sync: broken},
		"a part is written, and cannot be taken back":     {write: full, part: 20, truncate: broken},
		"all is written, and cannot be taken back at all": {sync: broken, truncate: broken},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var current fault
			q, err := queue.OpenThrough(dir, options(), func(file queue.File) queue.File { return faultyFile{file, &current} })
			require.NoError(t, err)
			add(t, q, "first")
			current = f
			for range 3 {
				require.Error(t, q.Add([]byte("refused")))
			}
			require.Equal(t, 1, q.Stats().Lines)
			require.Zero(t, q.Reserved())
			current = fault{} // there is space again
			add(t, q, "second")
			require.Equal(t, []string{"first", "second"}, drain(t, q, 9))
			add(t, q, "third")
			require.NoError(t, q.Close())
			q = open(t, dir, options())
			require.Equal(t, []string{"third"}, drain(t, q, 9))
			require.NoError(t, q.Close())
		})
	}
}

func TestABatchIsNotHandedOutBeforeItsExtentIsDurable(t *testing.T) {
	dir := t.TempDir()
	q := open(t, dir, options())
	add(t, q, "a", "b")
	state := filepath.Join(dir, "state")
	// A directory in its place cannot be replaced.
	content, err := os.ReadFile(state)
	require.NoError(t, err)
	block := func() {
		require.NoError(t, os.Remove(state))
		require.NoError(t, os.MkdirAll(filepath.Join(state, "taken"), 0o700))
	}
	unblock := func() {
		require.NoError(t, os.RemoveAll(state))
		require.NoError(t, os.WriteFile(state, content, 0o600))
	}
	block()
	_, err = q.Cut(1, 1)
	require.Error(t, err)
	unblock()
	batch, err := q.Cut(2, 100)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, texts(batch))
	content, err = os.ReadFile(state)
	require.NoError(t, err)
	block()
	require.Error(t, q.Done(batch))
	unblock()
	require.Equal(t, 2, q.Stats().Lines)
	require.NoError(t, q.Done(batch))
	require.NoError(t, q.Close())
}

func TestALongGroupIsWrittenInParts(t *testing.T) {
	dir := t.TempDir()
	o := options()
	o.MaxBytes = 64 << 20
	q := open(t, dir, o)
	var adding sync.WaitGroup
	line := strings.Repeat("x", 300<<10)
	for range 20 {
		adding.Go(func() { add(t, q, line) })
	}
	adding.Wait()
	require.Equal(t, 20, q.Stats().Lines)
	require.NoError(t, q.Close())
	q = open(t, dir, o)
	require.Len(t, drain(t, q, 3), 20)
	require.NoError(t, q.Close())
}
