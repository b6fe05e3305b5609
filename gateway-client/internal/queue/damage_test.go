package queue_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/gateway-client/internal/durable"
	"github.com/psbc-lu/psbc/gateway-client/internal/queue"
)

// files is a directory's content by name, less the lock.
func files(t require.TestingT, dir string) map[string][]byte {
	found := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		if e.Name() == "lock" {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		found[e.Name()] = content
	}
	return found
}

// restore makes a directory of the content.
func restore(t require.TestingT, dir string, content map[string][]byte) {
	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.MkdirAll(dir, 0o700))
	for name, data := range content {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
}

// sample is a queue of several segments, a batch of which is done and one is cut: 30
// lines, 5 of them done, up to line 10 in the batch.
func sample(t require.TestingT, dir string) queue.Options {
	o := options()
	o.SegmentBytes = 300
	q := open(t, dir, o)
	add(t, q, numbered(1, 30)...)
	batch, err := q.Cut(5, 1000)
	require.NoError(t, err)
	require.NoError(t, q.Done(batch))
	_, err = q.Cut(5, 1000)
	require.NoError(t, err)
	require.NoError(t, q.Close())
	return o
}

// torn are what a crash can leave of a write: a part of it, or its place filled with
// something else.
func torn(part []byte) map[string][]byte {
	return map[string][]byte{
		"cut off":          part,
		"filled with zero": append(bytes.Clone(part), make([]byte, 5000)...),
		"filled with junk": append(bytes.Clone(part), "junk\n"...),
	}
}

func TestAQueueTornAtAnyByteOfItsEndLosesNothingElse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "queue")
	o := sample(t, dir)
	content := files(t, dir)
	last := filepath.Base(segments(t, dir)[len(segments(t, dir))-1])
	before := content[last]
	group := queue.SealGroup(time.Now(), [][]byte{[]byte("line 31"), []byte("line 32")})
	for length := range group {
		for name, part := range torn(group[:length]) {
			content[last] = append(bytes.Clone(before), part...)
			restore(t, dir, content)
			q := open(t, dir, o)
			add(t, q, "line 31")
			require.Equal(t, numbered(6, 31), drain(t, q, 5), "%d bytes, %s", length, name)
			require.NoError(t, q.Close())
		}
	}
}

func TestAQueueThatIsDamagedElsewhereSaysWhere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "queue")
	o := sample(t, dir)
	content := files(t, dir)
	paths := segments(t, dir)
	first, last := filepath.Base(paths[0]), filepath.Base(paths[len(paths)-1])
	second := filepath.Base(paths[1])
	with := func(name string, change func([]byte) []byte) map[string][]byte {
		changed := map[string][]byte{}
		for other, data := range content {
			changed[other] = data
		}
		if changed[name] = change(bytes.Clone(content[name])); changed[name] == nil {
			delete(changed, name)
		}
		return changed
	}
	remove := func([]byte) []byte { return nil }
	flip := func(at int) func([]byte) []byte {
		return func(data []byte) []byte {
			data[(at+len(data))%len(data)] ^= 0x10
			return data
		}
	}
	for _, test := range []struct {
		name  string
		files map[string][]byte
		want  []string
	}{
		{"a byte of a line has changed", with(first, flip(60)), []string{first, "line 2", "damaged"}},
		{"the end of a segment before the last is missing", with(first, func(b []byte) []byte { return b[:len(b)-1] }), []string{first, "incomplete"}},
		{"a line between others is damaged in the last segment", with(last, flip(60)), []string{last, "line 2"}},
		{"a segment's first line is damaged", with(second, flip(12)), []string{second, "line 1"}},
		{"a segment is empty", with(last, func([]byte) []byte { return []byte{} }), []string{last, "line 1"}},
		{"a line has a right checksum and no time", with(first, func(b []byte) []byte { return append(b, durable.Seal([]byte("a\tb"))...) }), []string{first, "does not begin with a time"}},
		{"a line has a right checksum and nothing in it", with(first, func(b []byte) []byte {
			return append(b, durable.Seal([]byte("2026-01-01T00:00:00Z"))...)
		}), []string{first, "has no lines"}},
		{"a segment between others is missing", with(second, remove), []string{"are missing before it"}},
		{"the first segment is missing", with(first, remove), []string{"lines 6 to ", "are missing before it"}},
		{"a segment was renamed", func() map[string][]byte {
			changed := with(first, remove)
			changed["00000000000000000002.lines"] = content[first]
			return changed
		}(), []string{"line 1", "renamed"}},
		{"a segment has another name", with("7.lines", func([]byte) []byte { return []byte{} }), []string{"7.lines", "is not the name of a segment"}},
		{"the state is missing", with("state", remove), []string{"state"}},
		{"the state is damaged", with("state", flip(20)), []string{"state", "line 1"}},
		{"the state is empty", with("state", func([]byte) []byte { return []byte{} }), []string{"state", "line 1"}},
		{"the state is of another version", with("state", func([]byte) []byte {
			return durable.Seal([]byte(`{"count":0,"digest":"","first":6,"name":"psbc/accesses/portal","number":2,"v":2}`))
		}), []string{"state", "another version"}},
		{"the state contradicts itself", with("state", func([]byte) []byte {
			return durable.Seal([]byte(`{"count":1,"digest":"","first":6,"name":"psbc/accesses/portal","number":2,"v":1}`))
		}), []string{"state", "contradicts itself"}},
		{"the state speaks of lines that are not there", with("state", func([]byte) []byte {
			return durable.Seal([]byte(`{"count":26,"digest":"ab","first":6,"name":"psbc/accesses/portal","number":2,"v":1}`))
		}), []string{"state", "speaks of lines up to 31", "end with line 30"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			restore(t, dir, test.files)
			_, err := queue.Open(dir, o)
			for _, want := range test.want {
				require.ErrorContains(t, err, want)
			}
			require.Equal(t, test.files, files(t, dir), "it is left as it is")
		})
	}

	t.Run("all segments are missing", func(t *testing.T) {
		restore(t, dir, map[string][]byte{"state": durable.Seal([]byte(`{"count":0,"digest":"","first":6,"name":"psbc/accesses/portal","number":2,"v":1}`))})
		_, err := queue.Open(dir, o)
		require.ErrorContains(t, err, "speaks of lines up to 5, but the segments end with line 0")
	})
	t.Run("the batch that was cut had other lines", func(t *testing.T) {
		restore(t, dir, with("state", func([]byte) []byte {
			return durable.Seal([]byte(`{"count":5,"digest":"ab","first":6,"name":"psbc/accesses/portal","number":2,"v":1}`))
		}))
		q := open(t, dir, o)
		_, err := q.Cut(1, 1)
		require.ErrorContains(t, err, "line 1: batch 2 was cut with other lines than lines 6 to 10")
		require.NoError(t, q.Close())
	})
	t.Run("what is damaged while the queue is open", func(t *testing.T) {
		restore(t, dir, content)
		q := open(t, dir, o)
		data := content[first]
		require.NoError(t, os.WriteFile(filepath.Join(dir, first), append(data[:len(data)-3:len(data)-3], "???"...), 0o600))
		var err error
		for err == nil {
			var batch *queue.Batch
			if batch, err = q.Cut(5, 1000); err == nil {
				require.NotNil(t, batch, "the damaged line is read before the end")
				require.NoError(t, q.Done(batch))
			}
		}
		require.ErrorContains(t, err, first)
		require.NoError(t, q.Close())
	})
}

func TestWhatAnInterruptedReplacementLeftIsRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "queue")
	o := sample(t, dir)
	want := files(t, dir)
	for _, name := range []string{".state.123", "." + queue.Segment(31) + ".456"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("a part"), 0o600))
	}
	require.NoError(t, open(t, dir, o).Close())
	require.Equal(t, want, files(t, dir))
}

// A crash can only break the end of the last segment, but whatever is cut off a
// queue's files: it opens with the lines before, or says that lines are missing.
func TestAQueueCutOffAnywhereNeverGivesWrongLines(t *testing.T) {
	root := t.TempDir()
	original := filepath.Join(root, "original")
	o := sample(t, original)
	content := files(t, original)
	paths := segments(t, original)
	dir := filepath.Join(root, "queue")
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(append(paths, "state")).Draw(t, "file")
		name = filepath.Base(name)
		length := rapid.IntRange(0, len(content[name])).Draw(t, "length")
		changed := map[string][]byte{}
		for other, data := range content {
			changed[other] = data
		}
		changed[name] = content[name][:length]
		restore(t, dir, changed)
		q, err := queue.Open(dir, o)
		if length == len(content[name]) {
			require.NoError(t, err)
		}
		if err != nil {
			require.ErrorContains(t, err, "line ")
			return
		}
		got := drain(t, q, 5)
		require.Equal(t, numbered(6, 5+len(got)), got)
		require.GreaterOrEqual(t, len(got), 5, "the batch that was cut is there")
		require.NoError(t, q.Close())
	})
}

func TestASegmentIsReadBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.IntRange(1, 1<<40).Draw(t, "first")
		groups := rapid.SliceOfN(rapid.SliceOfN(rapid.StringMatching(`[ -~]{1,20}`), 1, 4), 0, 5).Draw(t, "groups")
		content, err := queue.SealHeader(first)
		require.NoError(t, err)
		for _, g := range groups {
			content = append(content, seal(g...)...)
		}
		read, valid, err := queue.ParseSegment(content, first, false)
		require.NoError(t, err)
		require.EqualValues(t, len(content), valid)
		require.Len(t, read, len(groups))
		for i, g := range groups {
			require.Len(t, read[i], len(g))
			for j, line := range g {
				require.Equal(t, line, string(read[i][j]))
			}
		}
	})
}

func seal(lines ...string) []byte {
	list := make([][]byte, len(lines))
	for i, line := range lines {
		list[i] = []byte(line)
	}
	return queue.SealGroup(time.Date(2026, 11, 24, 12, 0, 0, 5, time.UTC), list)
}

// FuzzParseSegment reads content as it is, or, since hardly any has a right checksum,
// with each line sealed.
func FuzzParseSegment(f *testing.F) {
	head, err := queue.SealHeader(7)
	require.NoError(f, err)
	whole := append(bytes.Clone(head), append(seal(`{"action":"read"}`, "b"), seal("c")...)...)
	const checksum = len("checksum ")
	unsealed := []byte("{\"first\":7,\"v\":1}\n2026-11-24T12:00:00Z\ta\tb\n2026-11-24T12:00:01.5Z\tc")
	f.Add([]byte(nil), false, true)
	f.Add(head, false, false)
	f.Add(whole, false, false)
	f.Add(whole[:len(whole)-2], false, true)
	f.Add(append(bytes.Clone(whole), make([]byte, 300)...), false, true)
	f.Add(head[checksum:len(head)-1], true, false)
	f.Add(unsealed, true, false)
	f.Add(append(bytes.Clone(unsealed), "\nnot a time\tx"...), true, true)
	f.Fuzz(func(t *testing.T, content []byte, sealed, torn bool) {
		if sealed {
			var lines []byte
			for _, line := range bytes.Split(content, []byte("\n")) {
				lines = append(lines, durable.Seal(line)...)
			}
			content = lines
		}
		groups, valid, err := queue.ParseSegment(content, 7, torn)
		if err != nil {
			return
		}
		require.LessOrEqual(t, valid, int64(len(content)))
		if !torn {
			require.EqualValues(t, len(content), valid)
		}
		again, length, err := queue.ParseSegment(content[:valid], 7, false)
		require.NoError(t, err, "what is whole is a segment")
		require.Equal(t, valid, length)
		require.Equal(t, groups, again)
		for _, g := range groups {
			require.NotEmpty(t, g)
		}
	})
}
