package intake_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/intake"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// folder makes b, a/2, a/1 and .hidden, a link to b, and a link to a, in a new
// working directory.
func folder(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	require.NoError(t, os.MkdirAll("d/a", 0o755))
	for _, path := range []string{"d/b", "d/a/2", "d/a/1", "d/.hidden"} {
		require.NoError(t, os.WriteFile(path, []byte(path), 0o644))
	}
	require.NoError(t, os.Symlink("b", "d/link"))
	require.NoError(t, os.Symlink("a", "d/tree"))
	require.NoError(t, os.Symlink("d", "alias"))
}

func TestExpand(t *testing.T) {
	folder(t)
	for name, tc := range map[string]struct {
		args           []string
		paths, skipped []string
	}{
		"files stay in the order named":            {[]string{"d/b", "d/a/1"}, []string{"d/b", "d/a/1"}, nil},
		"a folder is its files in lexical order":   {[]string{"d"}, []string{"d/.hidden", "d/a/1", "d/a/2", "d/b"}, []string{"d/link", "d/tree"}},
		"a link that is named is followed":         {[]string{"d/link"}, []string{"d/link"}, nil},
		"a linked folder that is named is entered": {[]string{"d/tree"}, []string{"d/tree/1", "d/tree/2"}, nil},
		"standard input is itself":                 {[]string{"-", "d/b"}, []string{"-", "d/b"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := intake.Expand(tc.args)
			require.NoError(t, err)
			require.Equal(t, tc.paths, files.Paths)
			require.Equal(t, tc.skipped, files.Skipped)
		})
	}
	t.Run("standard input twice is refused", func(t *testing.T) {
		_, err := intake.Expand([]string{"-", "-"})
		require.ErrorContains(t, err, "only once")
	})
	t.Run("what does not exist is named", func(t *testing.T) {
		_, err := intake.Expand([]string{"d/b", "nowhere"})
		require.EqualError(t, err, `cannot read "nowhere": no such file or directory`)
	})
}

func TestDigestsAreThoseOfEachAlgorithmAlone(t *testing.T) {
	document := strings.Repeat("a document\n", 100_000)
	digests, err := intake.Digests(strings.NewReader(document), notary.Algorithms()...)
	require.NoError(t, err)
	require.Len(t, digests, len(notary.Algorithms()))
	for i, algorithm := range notary.Algorithms() {
		alone, err := gateway.Digest(strings.NewReader(document), algorithm)
		require.NoError(t, err)
		require.Equal(t, alone, digests[i])
	}
}

func TestDigestsOfWhatCannotBeReadOrHashedFail(t *testing.T) {
	torn := errors.New("torn")
	for name, algorithms := range map[string][]notary.Algorithm{
		"one algorithm":      {notary.SHA2_256},
		"several algorithms": notary.Algorithms(),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := intake.Digests(io.MultiReader(strings.NewReader("half"), iotest.ErrReader(torn)), algorithms...)
			require.ErrorIs(t, err, torn)
		})
	}
	t.Run("an unknown algorithm among others", func(t *testing.T) {
		_, err := intake.Digests(strings.NewReader(strings.Repeat("x", 1<<20)), notary.SHA2_256, "md5")
		require.Error(t, err)
	})
}

func TestHashKeepsTheOrderAndCountsEachDocument(t *testing.T) {
	t.Chdir(t.TempDir())
	var paths []string
	for i := range 100 {
		path := "f" + strconv.Itoa(i)
		require.NoError(t, os.WriteFile(path, []byte(path), 0o644))
		paths = append(paths, path)
	}
	var counted atomic.Int32
	documents, err := intake.Hash(t.Context(), append(paths, intake.Stdin), strings.NewReader("in"), notary.SHA2_256, func() { counted.Add(1) })
	require.NoError(t, err)
	require.Len(t, documents, 101)
	require.EqualValues(t, 101, counted.Load())
	for i, path := range paths {
		want, err := gateway.Digest(strings.NewReader(path), notary.SHA2_256)
		require.NoError(t, err)
		require.Equal(t, intake.Document{Name: path, Digest: want}, documents[i])
	}
	require.Equal(t, intake.Stdin, documents[100].Name)
}

func TestHashNamesEveryUnreadableFileUpToABound(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("there", nil, 0o644))
	paths := []string{"there"}
	for i := range 25 {
		paths = append(paths, "missing"+strconv.Itoa(i))
	}
	_, err := intake.Hash(t.Context(), paths, nil, notary.SHA2_256, nil)
	require.ErrorContains(t, err, `"missing0"`)
	require.ErrorContains(t, err, `"missing9"`)
	require.NotContains(t, err.Error(), `"missing10"`)
	require.ErrorContains(t, err, "and 15 more")
}

func TestHashEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	// A document without end, whose reading cancels the context after a while.
	endless := readerFunc(func(p []byte) (int, error) {
		cancel()
		return copy(p, bytes.Repeat([]byte("x"), len(p))), nil
	})
	_, err := intake.Hash(ctx, []string{intake.Stdin}, endless, notary.SHA2_256, nil)
	require.ErrorIs(t, err, context.Canceled)
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestAFileIsReadInPiecesAndNotAtOnce(t *testing.T) {
	// 64 MiB of zeros in a sparse file must not take 64 MiB of memory.
	path := filepath.Join(t.TempDir(), "sparse")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(64<<20))
	require.NoError(t, f.Close())

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = intake.Hash(t.Context(), []string{path}, nil, notary.SHA2_256, nil)
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}
