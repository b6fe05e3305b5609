package journal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/gateway-client/internal/durable"
	"github.com/psbc-lu/psbc/gateway-client/internal/journal"
)

var header = journal.Header{V: journal.Version, ImportID: "1b4e28ba-2fa1-41d2-883f-0016d3cca427", Register: "dwellings", Body: "CTIEMSP"}

func entry(batch, first, rows int) journal.Entry {
	return journal.Entry{Batch: batch, RequestID: header.RequestID(batch), First: first, Rows: rows, Digest: strings.Repeat("ab", 32)}
}

func done(e journal.Entry) journal.Entry {
	e.Done = true
	return e
}

func line(t interface{ Fatal(...any) }, value any) []byte {
	text, err := canonical.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return durable.Seal(text)
}

// file is a journal's content: the header, and the entries.
func file(t interface{ Fatal(...any) }, entries ...journal.Entry) []byte {
	content := line(t, header)
	for _, e := range entries {
		content = append(content, line(t, e)...)
	}
	return content
}

func TestAJournalSaysWhatWasAppended(t *testing.T) {
	path := filepath.Join(t.TempDir(), "import.journal")
	j, err := journal.Open(path, header)
	require.NoError(t, err)
	require.Equal(t, header, j.Header())
	require.Empty(t, j.Entries())
	changed := entry(1, 10, 5)
	changed.Digest = strings.Repeat("cd", 32)
	for _, e := range []journal.Entry{entry(0, 0, 10), entry(1, 10, 5), done(entry(0, 0, 10)), changed, entry(2, 15, 1), done(changed)} {
		require.NoError(t, j.Append(e))
	}
	require.NoError(t, j.Close())

	other := header
	other.ImportID = "another"
	j, err = journal.Open(path, other)
	require.NoError(t, err)
	require.Equal(t, header, j.Header(), "what is there counts")
	require.Equal(t, []journal.Entry{done(entry(0, 0, 10)), done(changed), entry(2, 15, 1)}, j.Entries())
	require.NoError(t, j.Close())
	require.Error(t, j.Append(entry(3, 16, 1)), "a closed journal takes nothing")
}

func TestAppendsDoNotMix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "import.journal")
	j, err := journal.Open(path, header)
	require.NoError(t, err)
	const batches = 50
	for i := range batches {
		require.NoError(t, j.Append(entry(i, i, 1)))
	}
	var group sync.WaitGroup
	for i := range batches {
		group.Go(func() { require.NoError(t, j.Append(done(entry(i, i, 1)))) })
	}
	group.Wait()
	require.NoError(t, j.Close())
	j, err = journal.Open(path, header)
	require.NoError(t, err)
	require.Len(t, j.Entries(), batches)
	for _, e := range j.Entries() {
		require.True(t, e.Done)
	}
	require.NoError(t, j.Close())
}

// torn are what a crash can leave of a write: a part of it, or its place filled
// with something else.
func torn(part []byte) map[string][]byte {
	return map[string][]byte{
		"cut off":          part,
		"filled with zero": append(bytes.Clone(part), make([]byte, 5000)...),
		"filled with junk": append(bytes.Clone(part), "junk\n"...),
	}
}

func TestAJournalTornAtAnyByteSaysWhatItsWholeLinesSay(t *testing.T) {
	entries := []journal.Entry{entry(0, 0, 10), entry(1, 10, 5), done(entry(0, 0, 10)), done(entry(1, 10, 5)), entry(2, 15, 1)}
	whole := file(t, entries...)
	first := len(line(t, header))
	for length := range len(whole) + 1 {
		for name, content := range torn(whole[:length]) {
			state, valid, err := journal.Parse(bytes.NewReader(content))
			if length < first {
				require.ErrorContains(t, err, "is not an import journal", "%d bytes, %s: a header is never torn", length, name)
				continue
			}
			require.NoError(t, err, "%d bytes, %s", length, name)
			lines := bytes.Count(whole[:length], []byte("\n"))
			intact := file(t, entries[:lines-1]...)
			require.EqualValues(t, len(intact), valid)
			want, _, err := journal.Parse(bytes.NewReader(intact))
			require.NoError(t, err)
			require.Equal(t, want, state, "%d bytes, %s", length, name)
		}
	}
}

func TestWhatFollowsATornLineIsNotSpoilt(t *testing.T) {
	before := []journal.Entry{entry(0, 0, 10), done(entry(0, 0, 10))}
	last, next := line(t, entry(1, 10, 5)), entry(1, 10, 3)
	for length := range last {
		for name, content := range torn(append(file(t, before...), last[:length]...)) {
			path := filepath.Join(t.TempDir(), "import.journal")
			require.NoError(t, os.WriteFile(path, content, 0o600))
			j, err := journal.Open(path, header)
			require.NoError(t, err)
			require.Equal(t, before[1:], j.Entries(), "%d bytes, %s", length, name)
			require.NoError(t, j.Append(next))
			require.NoError(t, j.Close())
			left, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(file(t, append(before, next)...)), string(left), "%d bytes, %s", length, name)
		}
	}
}

func TestAFileThatIsNoJournalIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dwellings.csv")
	for _, content := range []string{"", "id,street\n1,Grand-Rue\n", string(file(t)[:20])} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		_, err := journal.Open(path, header)
		require.ErrorContains(t, err, path)
		require.ErrorContains(t, err, "is not an import journal")
		left, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, content, string(left))
	}
}

func TestAJournalDamagedBeforeItsEndIsAnError(t *testing.T) {
	whole := file(t, entry(0, 0, 10), entry(1, 10, 5), done(entry(0, 0, 10)))
	// Without the line feed before it, the last line and the one before are one.
	last := bytes.LastIndexByte(whole[:len(whole)-1], '\n')
	rapid.Check(t, func(t *rapid.T) {
		damaged := bytes.Clone(whole)
		at := rapid.IntRange(0, last-1).Draw(t, "at")
		damaged[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "change"))
		_, _, err := journal.Parse(bytes.NewReader(damaged))
		require.Error(t, err, "byte %d", at)
	})
}

func TestAJournalThatContradictsItselfIsAnError(t *testing.T) {
	with := func(e journal.Entry, change func(*journal.Entry)) journal.Entry {
		change(&e)
		return e
	}
	tests := []struct {
		name    string
		entries []journal.Entry
	}{
		{"it does not begin with the first batch", []journal.Entry{entry(1, 0, 10)}},
		{"it does not begin with the first row", []journal.Entry{entry(0, 1, 10)}},
		{"a batch is done that was not begun", []journal.Entry{done(entry(0, 0, 10))}},
		{"a batch is left out", []journal.Entry{entry(0, 0, 10), entry(2, 10, 10)}},
		{"rows are left out", []journal.Entry{entry(0, 0, 10), entry(1, 11, 10)}},
		{"rows are in two batches", []journal.Entry{entry(0, 0, 10), entry(1, 9, 10)}},
		{"a batch has no rows", []journal.Entry{entry(0, 0, 0)}},
		{"a batch has more rows than a transaction may", []journal.Entry{entry(0, 0, registry.MaxBatch+1)}},
		{"a batch number is negative", []journal.Entry{entry(-1, 0, 10)}},
		{"a request id is another's", []journal.Entry{with(entry(0, 0, 10), func(e *journal.Entry) { e.RequestID = header.RequestID(1) })}},
		{"a batch is done with other rows than it was begun with", []journal.Entry{entry(0, 0, 10),
			with(done(entry(0, 0, 10)), func(e *journal.Entry) { e.Digest = "other" })}},
		{"a batch is begun anew with more rows", []journal.Entry{entry(0, 0, 10), entry(0, 0, 11)}},
		{"a batch is begun anew elsewhere", []journal.Entry{entry(0, 0, 10), entry(0, 1, 10)}},
		{"a batch is begun after it was done", []journal.Entry{entry(0, 0, 10), done(entry(0, 0, 10)), entry(0, 0, 10)}},
		{"a batch is done twice", []journal.Entry{entry(0, 0, 10), done(entry(0, 0, 10)), done(entry(0, 0, 10))}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := journal.Parse(bytes.NewReader(file(t, test.entries...)))
			require.ErrorContains(t, err, "line ")
		})
	}
	t.Run("a line is of another version", func(t *testing.T) {
		other := header
		other.V = 2
		_, _, err := journal.Parse(bytes.NewReader(line(t, other)))
		require.ErrorContains(t, err, "version")
	})
	t.Run("a line has a member that nobody knows", func(t *testing.T) {
		_, _, err := journal.Parse(bytes.NewReader(append(file(t), durable.Seal([]byte(`{"batch":0,"more":1}`))...)))
		require.ErrorContains(t, err, "more")
	})
}

func TestAFileThatCannotBeOpenedIsAnError(t *testing.T) {
	_, err := journal.Open(t.TempDir(), header)
	require.Error(t, err, "a directory")
	_, err = journal.Open(filepath.Join(t.TempDir(), "missing", "import.journal"), header)
	require.Error(t, err, "in a directory that is not there")
}

// FuzzParse reads content as it is, or, since hardly any has a right checksum, with each
// line sealed.
func FuzzParse(f *testing.F) {
	unsealed := func(entries ...journal.Entry) []byte {
		var text []byte
		for line := range bytes.Lines(file(f, entries...)) {
			text = append(text, line[len("checksum "):]...)
		}
		return bytes.TrimSuffix(text, []byte("\n"))
	}
	f.Add([]byte(nil), false)
	f.Add(file(f), false)
	f.Add(file(f, entry(0, 0, 10), entry(1, 10, 5), done(entry(0, 0, 10))), false)
	f.Add(file(f, entry(0, 0, 10))[:200], false)
	f.Add(append(file(f, entry(0, 0, 10)), make([]byte, 2000)...), false)
	f.Add(unsealed(), true)
	f.Add(unsealed(entry(0, 0, 10), entry(1, 10, 5), done(entry(0, 0, 10))), true)
	f.Add(append(unsealed(), "\n{\"batch\":0,\"digest\":\"\",\"first\":0,\"requestId\":\"x\",\"rows\":1}"...), true)
	f.Fuzz(func(t *testing.T, content []byte, seal bool) {
		if seal {
			var sealed []byte
			for _, line := range bytes.Split(content, []byte("\n")) {
				sealed = append(sealed, durable.Seal(line)...)
			}
			content = sealed
		}
		state, valid, err := journal.Parse(bytes.NewReader(content))
		if err != nil {
			return
		}
		require.LessOrEqual(t, valid, int64(len(content)))
		again, length, err := journal.Parse(bytes.NewReader(content[:valid]))
		require.NoError(t, err, "what is whole is a journal")
		require.Equal(t, valid, length)
		require.Equal(t, state, again)
		row := 0
		for i, e := range state.Entries {
			require.Equal(t, i, e.Batch)
			require.Equal(t, row, e.First)
			require.Equal(t, state.Header.RequestID(i), e.RequestID)
			row += e.Rows
		}
	})
}
