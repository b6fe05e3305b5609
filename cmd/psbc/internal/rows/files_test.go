package rows_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/rows"
)

func filesIn(t *testing.T, contents map[string]string, order ...string) *rows.Files {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, content := range contents {
		require.NoError(t, os.WriteFile(filepath.Clean(name), []byte(content), 0o600))
	}
	return &rows.Files{Paths: order, Shape: shapeOf(t, dwelling)}
}

func TestFilesAreReadOneAfterTheOtherEachInItsFormat(t *testing.T) {
	files := filesIn(t, map[string]string{
		"a.csv": "id,rooms\nA-1,1\nA-2,many\n", "b.jsonl": `{"id":"B-1"}` + "\n", "c.json": `[{"id":"C-1"}]`, "d.tsv": "id\trooms\nD-1\t4\n",
	}, "a.csv", "b.jsonl", "c.json", "d.tsv")
	require.NoError(t, files.Check())
	require.True(t, files.Repeatable())
	for range 2 { // and again
		var got []string
		for row, err := range files.Rows(t.Context()) {
			if fault, ok := errors.AsType[*rows.Fault](err); ok {
				got = append(got, fault.Error())
				continue
			}
			require.NoError(t, err)
			got = append(got, row.File+" "+row.Item.ID)
		}
		require.Equal(t, []string{"a.csv A-1", `a.csv, row 2, /rooms: "many" is not an integer`, "b.jsonl B-1", "c.json C-1", "d.tsv D-1"}, got)
	}
}

func TestReadingStopsWhereNobodyWantsMore(t *testing.T) {
	files := filesIn(t, map[string]string{"a.csv": "id\nA-1\nA-2\n"}, "a.csv", "nowhere.csv")
	n := 0
	for _, err := range files.Rows(t.Context()) {
		require.NoError(t, err)
		if n++; n == 2 {
			break
		}
	}
	require.Equal(t, 2, n)
}

func TestAFileThatCannotBeReadEndsTheRows(t *testing.T) {
	files := filesIn(t, map[string]string{"a.csv": "id\nA-1\n", "c.csv": "id\nC-1\n"}, "a.csv", "nowhere.csv", "c.csv")
	var got []string
	var failed error
	for row, err := range files.Rows(t.Context()) {
		require.NoError(t, failed, "an error is yielded last")
		if failed = err; err == nil {
			got = append(got, row.Item.ID)
		}
	}
	require.Equal(t, []string{"A-1"}, got)
	require.EqualError(t, failed, `cannot read "nowhere.csv": no such file or directory`)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range files.Rows(ctx) {
		require.ErrorIs(t, err, context.Canceled)
	}
}

func TestStandardInputIsReadOnceAndNeedsAFormat(t *testing.T) {
	files := &rows.Files{Paths: []string{"-"}, Stdin: strings.NewReader(`{"id":"A-1"}`), Shape: shapeOf(t, dwelling)}
	require.ErrorContains(t, files.Check(), `the format of "-" is not known by its name`)
	files.Format = rows.Lines
	require.NoError(t, files.Check())
	require.False(t, files.Repeatable())
	for row, err := range files.Rows(t.Context()) {
		require.NoError(t, err)
		require.Equal(t, "A-1", row.Item.ID)
	}
	files.Paths = append(files.Paths, "-")
	require.ErrorContains(t, files.Check(), "only once")
}
