package batchfile

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// TestATruncatedFileIsRefused cuts a file off anywhere.
func TestATruncatedFileIsRefused(t *testing.T) {
	path := somewhere(t)
	write(t, path, notary.SHA2_256, 2*PageSize+3, true)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	cut := filepath.Join(t.TempDir(), "cut.batch")
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.IntRange(0, len(whole)-1).Draw(t, "length")
		require.NoError(t, os.WriteFile(cut, whole[:length], 0o600))
		_, err := Open(cut)
		var damaged *DamagedError
		require.ErrorAs(t, err, &damaged)
		require.Equal(t, cut, damaged.Path)
		require.ErrorContains(t, err, cut+" is damaged: ")
		require.ErrorContains(t, err, "restore it from a copy")
	})
	require.NoError(t, os.WriteFile(cut, append(bytes.Clone(whole), 0), 0o600))
	_, err = Open(cut)
	require.ErrorContains(t, err, "is damaged")
}

// TestAChangedByteIsFoundBeforeItTells changes one byte anywhere: no member is shown in
// another place than its own, or with another digest.
func TestAChangedByteIsFoundBeforeItTells(t *testing.T) {
	path := somewhere(t)
	const count = PageSize + 5
	head := write(t, path, notary.SHA2_256, count, true)
	f := open(t, path)
	require.NoError(t, f.SetAnswer(anchorOf(t, head)))
	require.NoError(t, f.Close())
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	names, err := os.ReadFile(path + namesSuffix)
	require.NoError(t, err)
	tree := treeOf(notary.SHA2_256, count)
	changed := filepath.Join(t.TempDir(), "changed.batch")
	rapid.Check(t, func(t *rapid.T) {
		spoilt, spoiltNames := bytes.Clone(whole), bytes.Clone(names)
		change := byte(rapid.IntRange(1, 255).Draw(t, "change"))
		if rapid.IntRange(0, 3).Draw(t, "names") == 0 {
			spoiltNames[rapid.IntRange(0, len(names)-1).Draw(t, "at")] ^= change
		} else {
			spoilt[rapid.OneOf(rapid.IntRange(0, len(whole)-1), rapid.IntRange(dataAt, len(whole)-1)).Draw(t, "at")] ^= change
		}
		require.NoError(t, os.WriteFile(changed, spoilt, 0o600))
		require.NoError(t, os.WriteFile(changed+namesSuffix, spoiltNames, 0o600))
		f, err := Open(changed)
		if err != nil {
			requireDamaged(t, err)
			return
		}
		defer f.Close()
		require.Equal(t, head, f.Head())
		if answer := f.Answer(); answer != nil {
			require.Equal(t, anchorOf(t, head), *answer)
		}
		for i := range count {
			if _, err := f.Member(uint64(i)); err != nil {
				requireDamaged(t, err)
			} else {
				requireMember(t, tree, f, notary.SHA2_256, i)
			}
			if name, err := f.Name(uint64(i)); err != nil {
				requireDamaged(t, err)
			} else {
				require.Equal(t, nameOf(i), name)
			}
		}
	})
}

func requireDamaged(t require.TestingT, err error) {
	var damaged *DamagedError
	require.ErrorAs(t, err, &damaged)
}

// TestACrashLeavesAWholeFileOrNone ends the writing of a file at every step at which it can
// end, and begins anew.
func TestACrashLeavesAWholeFileOrNone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		path := somewhere(t)
		count := rapid.IntRange(1, 3*PageSize).Draw(rt, "count")
		head := write(rt, path, notary.SHA2_256, count, true)
		whole, err := os.ReadFile(path)
		require.NoError(rt, err)
		names, err := os.ReadFile(path + namesSuffix)
		require.NoError(rt, err)

		// What there may be: anything of both parts; or the names with their own name.
		require.NoError(rt, os.Remove(path))
		require.NoError(rt, os.WriteFile(path+partSuffix, whole[:rapid.IntRange(0, len(whole)).Draw(rt, "bytes")], 0o600))
		if rapid.Bool().Draw(rt, "names are sealed") {
			require.NoError(rt, os.WriteFile(path+namesSuffix, names, 0o600))
		} else {
			require.NoError(rt, os.Remove(path+namesSuffix))
			require.NoError(rt, os.WriteFile(path+namesSuffix+partSuffix, names[:rapid.IntRange(0, len(names)).Draw(rt, "bytes of names")], 0o600))
		}
		_, err = Open(path)
		require.ErrorIs(rt, err, ErrUnfinished)
		require.ErrorContains(rt, err, path+": the batch file was not finished: notarise the documents again with it")

		named := rapid.Bool().Draw(rt, "named")
		again := write(rt, path, notary.SHA2_256, count, named)
		require.Equal(rt, head.Request, again.Request)
		f := open(rt, path)
		defer f.Close()
		for _, i := range []int{0, count / 2, count - 1} {
			_, err := f.Member(uint64(i))
			require.NoError(rt, err)
			name, err := f.Name(uint64(i))
			require.NoError(rt, err)
			if named {
				require.Equal(rt, nameOf(i), name)
			} else {
				require.Empty(rt, name)
			}
		}
		entries, err := os.ReadDir(filepath.Dir(path))
		require.NoError(rt, err)
		for _, e := range entries {
			require.NotContains(rt, e.Name(), partSuffix)
		}
	})
}

func TestWhatIsAbortedLeavesNothing(t *testing.T) {
	path := somewhere(t)
	w, err := Create(path, notary.SHA2_256)
	require.NoError(t, err)
	fill(t, w, notary.SHA2_256, 1000, true)
	w.Abort()
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Empty(t, entries)
	_, err = Open(path)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, ErrUnfinished)
}

// FuzzOpen opens a file with an arbitrary beginning. What is accepted is exactly what would
// be written.
func FuzzOpen(f *testing.F) {
	path := somewhere(f)
	head := write(f, path, notary.SHA2_256, 3, false)
	file := open(f, path)
	require.NoError(f, file.SetAnswer(anchorOf(f, head)))
	require.NoError(f, file.Close())
	whole, err := os.ReadFile(path)
	require.NoError(f, err)
	f.Add(whole[:slotSize], whole[answerAt:dataAt], whole[dataAt:])
	f.Add(whole[:slotSize], make([]byte, slotSize), whole[dataAt:])
	f.Add(whole[:100], []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, first, second, data []byte) {
		path := filepath.Join(t.TempDir(), "x.batch")
		slots := make([]byte, dataAt)
		copy(slots[:slotSize], first)
		copy(slots[answerAt:], second)
		require.NoError(t, os.WriteFile(path, append(slots, data...), 0o600))
		file, err := Open(path)
		if err != nil {
			return
		}
		defer file.Close()
		again, err := encodeSlot(file.Head())
		require.NoError(t, err)
		require.Equal(t, slots[:slotSize], again)
		if answer := file.Answer(); answer != nil {
			again, err := encodeSlot(answer)
			require.NoError(t, err)
			require.Equal(t, slots[answerAt:], again)
		}
		for _, i := range []uint64{0, file.Head().Request.Count - 1} {
			_, _ = file.Member(i)
			_, _ = file.Name(i)
		}
	})
}

// FuzzName reads an arbitrary line as that of a name.
func FuzzName(f *testing.F) {
	var page Page
	require.NoError(f, page.Fill(notary.SHA2_256, [][]byte{rawDigest(notary.SHA2_256, 1)}, []string{"dir/\xff\n.pdf"}))
	f.Add(page.names)
	f.Fuzz(func(t *testing.T, line []byte) {
		name, err := parseName(line)
		if err != nil || name == "" {
			return
		}
		var page Page
		require.NoError(t, page.Fill(notary.SHA2_256, [][]byte{rawDigest(notary.SHA2_256, 1)}, []string{name}))
		require.Equal(t, string(line), string(page.names))
	})
}
