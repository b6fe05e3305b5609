package queue_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/gateway-client/internal/queue"
)

// model is what a queue is to be: lines, of which some are done and some are in the
// batch that is cut.
type model struct {
	lines  []string
	done   int
	number int // of the next batch
	cut    int // lines of the batch that is cut, 0 for none
}

// machine runs a queue and its model side by side.
type machine struct {
	dir     string
	options queue.Options
	queue   *queue.Queue
	batch   *queue.Batch // that was handed out
	model   model
}

func (m *machine) add(t *rapid.T) {
	line := fmt.Sprintf("line %d", len(m.model.lines)+1)
	err := m.queue.Add([]byte(line))
	if m.size()+int64(len(line))+1 > m.options.MaxBytes {
		require.ErrorIs(t, err, queue.ErrFull)
		return
	}
	require.NoError(t, err)
	m.model.lines = append(m.model.lines, line)
}

func (m *machine) size() int64 {
	var size int64
	for _, line := range m.model.lines[m.model.done:] {
		size += int64(len(line)) + 1
	}
	return size
}

func (m *machine) take(t *rapid.T) {
	most := rapid.IntRange(1, 6).Draw(t, "lines")
	batch, err := m.queue.Cut(most, 1000)
	require.NoError(t, err)
	waiting := m.model.lines[m.model.done:]
	if m.model.cut == 0 {
		m.model.cut = min(most, len(waiting))
	}
	m.batch = batch
	if len(waiting) == 0 {
		require.Nil(t, batch)
		return
	}
	require.Equal(t, m.model.number, batch.Number)
	require.Equal(t, m.model.done+1, batch.First)
	require.Equal(t, waiting[:m.model.cut], texts(batch))
}

func (m *machine) finish(t *rapid.T) {
	if m.batch == nil {
		require.Error(t, m.queue.Done(&queue.Batch{Number: m.model.number + 1}))
		return
	}
	require.NoError(t, m.queue.Done(m.batch))
	m.model.done += m.model.cut
	m.model.number++
	m.model.cut, m.batch = 0, nil
}

func (m *machine) reopen(t *rapid.T) {
	require.NoError(t, m.queue.Close())
	m.queue, m.batch = open(t, m.dir, m.options), nil
}

// crash ends the process while a write is under way: the files are as they were, but
// for a part of a group at the end, and what replacements had begun.
func (m *machine) crash(t *rapid.T) {
	require.NoError(t, m.queue.Close()) // gives the lock back, and writes nothing
	if paths := segments(t, m.dir); len(paths) > 0 {
		group := queue.SealGroup(time.Now(), [][]byte{[]byte("under way"), []byte("too")})
		part := group[:rapid.IntRange(0, len(group)-1).Draw(t, "bytes")]
		part = rapid.SampledFrom([][]byte{part, append(bytes.Clone(part), make([]byte, 50)...), append(bytes.Clone(part), "junk\n"...)}).Draw(t, "what is left")
		appendTo(t, paths[len(paths)-1], part)
	}
	leftover := rapid.SampledFrom([]string{"", ".state.1", "." + queue.Segment(len(m.model.lines)+1) + ".2"}).Draw(t, "leftover")
	if leftover != "" {
		require.NoError(t, os.WriteFile(filepath.Join(m.dir, leftover), []byte("{"), 0o600))
	}
	m.queue, m.batch = open(t, m.dir, m.options), nil
}

func appendTo(t require.TestingT, path string, data []byte) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(t, err)
	_, err = f.Write(data)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

// check compares what the queue says with the model, after every step.
func (m *machine) check(t *rapid.T) {
	s := m.queue.Stats()
	require.Equal(t, len(m.model.lines)-m.model.done, s.Lines)
	require.Equal(t, m.size(), s.Bytes)
	require.Equal(t, len(m.model.lines), s.Added)
	require.Equal(t, m.model.done, s.Taken)
	require.Equal(t, s.Lines == 0, s.Oldest.IsZero())
	// Those with lines that wait, one with the last lines that are done, and one more
	// when the next began since.
	require.LessOrEqual(t, len(segments(t, m.dir)), s.Lines+1)
}

func TestAQueueIsItsModelWhateverHappens(t *testing.T) {
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp(root, "")
		require.NoError(t, err)
		first := rapid.IntRange(1, 9).Draw(t, "first number")
		m := &machine{dir: dir, model: model{number: first}, options: queue.Options{
			Name: "model", MaxBytes: 150, SegmentBytes: rapid.SampledFrom([]int64{1, 150, 400}).Draw(t, "segment"),
			FirstNumber: func() (int, error) { return first, nil },
		}}
		m.queue = open(t, dir, m.options)
		t.Repeat(map[string]func(*rapid.T){
			"add": m.add, "another": m.add, "cut": m.take, "done": m.finish, "reopen": m.reopen, "crash": m.crash, "": m.check,
		})
		require.NoError(t, m.queue.Close())
	})
}
