package ledgerlog_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/auditor/ledgerlog"
)

// filesOf are the full tiles and bundles on the disk, by path.
func filesOf(t require.TestingT, dir string) []string {
	var files []string
	err := filepath.WalkDir(path(dir, "tile"), func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, p)
		}
		if os.IsNotExist(err) {
			return nil
		}
		return err
	})
	require.NoError(t, err)
	return files
}

// A log that is built in any steps, closed or killed between them, with the newest files
// torn, missing or changed, is the log that it would have been.
func TestACrashedLogResumesToTheSameRoot(t *testing.T) {
	h := historyOf(t, 3, 0, 253, 1, 250, 300, 7, 600, 0, 0, 40, 256, 511, 90)
	last := uint64(len(h.blocks))
	rapid.Check(t, func(rt *rapid.T) {
		root := t.TempDir()
		dir := path(root, "0")
		for life := 1; ; life++ {
			l := open(rt, dir)
			h.requireResumed(rt, l)
			flushed := l.Head()
			for range rapid.IntRange(1, 9).Draw(rt, "blocks") {
				if l.Next() < last {
					require.NoError(rt, l.Append(h.blocks[l.Next()]))
				}
				if rapid.Bool().Draw(rt, "flush") {
					require.NoError(rt, l.Flush())
					flushed = l.Head()
				}
			}
			if l.Next() == last {
				require.NoError(rt, l.Close())
				break
			}
			killed := copyOf(rt, dir, path(root, fmt.Sprint(life)))
			require.NoError(rt, l.Close())
			tearUnflushed(rt, killed, flushed.Size)
			tearNewest(rt, killed, flushed.Size)
			dir = killed
		}
		l := open(rt, dir)
		defer l.Close()
		h.requireHead(rt, l.Head(), last)
	})
}

// requireResumed checks that a log is that of some blocks.
func (h *history) requireResumed(t require.TestingT, l *ledgerlog.Log) {
	if next := l.Next(); next > 0 {
		h.requireHead(t, l.Head(), next)
		for number, end := range h.ends[:next] {
			size, err := l.SizeAt(uint64(number))
			require.NoError(t, err)
			require.Equal(t, end, size)
		}
		entry, err := l.Entry(h.ends[next-1] - 1)
		require.NoError(t, err)
		require.Equal(t, h.entries[h.ends[next-1]-1], entry)
	}
}

// tearUnflushed damages any of the files that no state speaks of.
func tearUnflushed(t *rapid.T, dir string, size uint64) {
	for _, file := range filesOf(t, dir) {
		if tileOf(t, dir, file) >= size && rapid.Bool().Draw(t, "tear "+file) {
			tear(t, file)
		}
	}
}

// tearNewest damages one of the files that were written last.
func tearNewest(t *rapid.T, dir string, size uint64) {
	var newest []string
	for _, name := range []string{"state", "blocks"} {
		if _, err := os.Stat(path(dir, name)); err == nil {
			newest = append(newest, path(dir, name))
		}
	}
	for _, file := range filesOf(t, dir) {
		if end := tileOf(t, dir, file); end <= size && end+256 > size {
			newest = append(newest, file)
		}
	}
	require.NoError(t, os.WriteFile(path(dir, "state.tmp"), []byte("half a sta"), 0o600))
	if len(newest) == 0 || rapid.Bool().Draw(t, "nothing torn") {
		return
	}
	tear(t, rapid.SampledFrom(newest).Draw(t, "torn"))
}

// tileOf is the end of the entries that a full tile of level 0 or a bundle is about.
func tileOf(t require.TestingT, dir, file string) uint64 {
	name, err := filepath.Rel(dir, file)
	require.NoError(t, err)
	var index uint64
	_, err = fmt.Sscanf(strings.TrimSuffix(filepath.Base(name), ".tmp"), "%d", &index)
	require.NoError(t, err)
	return (index + 1) * 256
}

// tear removes a file, cuts it off, or changes a byte near its end.
func tear(t *rapid.T, file string) {
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	switch {
	case len(content) == 0 || rapid.IntRange(0, 3).Draw(t, "remove") == 0:
		require.NoError(t, os.Remove(file))
		return
	case rapid.Bool().Draw(t, "cut"):
		content = content[:rapid.IntRange(0, len(content)-1).Draw(t, "length")]
	default: // in the last record, of the file of sizes
		from := 0
		if filepath.Base(file) == "blocks" {
			from = len(content) - 8
		}
		content[rapid.IntRange(from, len(content)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "change"))
	}
	require.NoError(t, os.WriteFile(file, content, 0o600))
}

// What is older is not mended, but named, whoever reads it.
func TestDamageToOlderDataIsNamed(t *testing.T) {
	h := historyOf(t, 700, 700, 700, 66_000)
	whole := t.TempDir()
	logOf(t, whole, h)
	for _, file := range []string{"tile/0/001", "tile/entries/001", "tile/1/000", "tile/0/003"} {
		for how, damage := range map[string]func(string) error{
			"is missing":  os.Remove,
			"is cut off":  func(p string) error { return os.Truncate(p, 1000) },
			"was changed": changeByte,
		} {
			t.Run(file+" "+how, func(t *testing.T) {
				dir := copyOf(t, whole, path(t.TempDir(), "log"))
				require.NoError(t, damage(path(dir, file)))
				reader, err := ledgerlog.OpenReader(dir)
				require.NoError(t, err)
				var damaged []string
				note := func(err error) {
					var named *ledgerlog.DamagedError
					if err != nil {
						require.ErrorAs(t, err, &named)
						require.ErrorContains(t, err, "remove "+dir)
						damaged = append(damaged, named.File)
					}
				}
				for index := uint64(256); index < 512; index++ {
					_, err := reader.Entry(index)
					note(err)
				}
				for index := uint64(0); index < 2100; index += 50 {
					for _, size := range []uint64{index + 1, h.ends[3], h.tree.Size()} {
						root, err := reader.Root(size)
						note(err)
						if err == nil {
							require.Equal(t, h.root(size), root)
						}
						if index < size {
							_, err = reader.Inclusion(index, size)
							note(err)
							_, err = reader.Consistency(index+1, size)
							note(err)
						}
					}
				}
				require.NotEmpty(t, damaged)
				slices.Sort(damaged)
				require.Equal(t, []string{file}, slices.Compact(damaged))

				require.NoError(t, os.Remove(path(dir, "state"))) // so that all of it is read
				_, err = ledgerlog.Open(dir, origin)
				if file == "tile/1/000" { // which follows from what is below
					require.NoError(t, err)
					return
				}
				var named *ledgerlog.DamagedError
				require.ErrorAs(t, err, &named)
			})
		}
	}
}

// changed is a tile or bundle with one byte of a hash or commitment in its middle changed.
func changed(content []byte) []byte {
	content = bytes.Clone(content)
	at := len(content) / 2
	if next := bytes.Index(content[at:], []byte(`"commitment":"`)); next >= 0 {
		at += next + len(`"commitment":"`)
	}
	content[at] ^= 1
	return content
}

func changeByte(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, changed(content), 0o600)
}

// Were the hash of a state right, by accident or on purpose, it would still have to hold
// together.
func TestAStateThatContradictsItselfIsNotBelieved(t *testing.T) {
	h := historyOf(t, 3, 300)
	dir := t.TempDir()
	require.NoError(t, logOf(t, dir, h).Close())
	raw, err := os.ReadFile(path(dir, "state"))
	require.NoError(t, err)
	_, text, _ := bytes.Cut(raw, []byte("\n"))
	_, err = ledgerlog.ParseState(seal(text))
	require.NoError(t, err)
	tests := []struct {
		name   string
		change func(map[string]any)
		want   string
	}{
		{"another size", func(s map[string]any) { s["size"] = 307 }, "it ends before entry 50 of 51"},
		{"another root", func(s map[string]any) { s["root"] = strings.Repeat("0", 64) }, "its edge has the root"},
		{"no edge", func(s map[string]any) { s["edge"] = nil }, "hashes of level"},
		{"another hash", func(s map[string]any) { s["edge"].([]any)[0] = s["edge"].([]any)[1] }, "hashes of level 0"},
		{"half a hash", func(s map[string]any) { s["edge"].([]any)[1] = "AAAA" }, "it has 3 bytes"},
		{"no entries", func(s map[string]any) { s["entries"] = nil }, "it ends before entry 0"},
		{"another entry", func(s map[string]any) {
			entries, err := base64.StdEncoding.DecodeString(s["entries"].(string))
			require.NoError(t, err)
			s["entries"] = changed(entries)
		}, "does not have the hash of its leaf"},
		{"another version", func(s map[string]any) { s["v"] = 2 }, "use a newer program"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var s map[string]any
			require.NoError(t, json.Unmarshal(text, &s))
			test.change(s)
			other, err := json.Marshal(s)
			require.NoError(t, err)
			_, err = ledgerlog.ParseState(seal(other))
			require.ErrorContains(t, err, test.want)
		})
	}
	newer := seal(bytes.Replace(text, []byte(`"v":1`), []byte(`"v":2`), 1))
	require.NoError(t, os.WriteFile(path(dir, "state"), newer, 0o600))
	_, err = ledgerlog.Open(dir, origin)
	require.ErrorContains(t, err, "use a newer program", "which is no damage that may be mended")
}
