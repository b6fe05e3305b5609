package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/clidoc"
)

var update = flag.Bool("update", false, "write docs/cli.md again")

func TestReferenceIsWhatTheCommandsSay(t *testing.T) {
	const remedy = "go test ./cmd/psbc -run TestReference -update"
	path := filepath.Join("..", "..", "docs", "cli.md")
	var page bytes.Buffer
	require.NoError(t, clidoc.Write(&page, newRootCommand(&globals{})))

	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, page.Bytes(), 0o644))
	}
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	want, got := strings.Split(page.String(), "\n"), strings.Split(string(written), "\n")
	for i := range min(len(want), len(got)) {
		require.Equal(t, want[i], got[i], "docs/cli.md is stale from line %d on; %s", i+1, remedy)
	}
	require.Len(t, got, len(want), "docs/cli.md is stale at its end; %s", remedy)
}

func TestEveryCommandHasAnExample(t *testing.T) {
	var check func(cmd *cobra.Command)
	check = func(cmd *cobra.Command) {
		require.NotEmpty(t, cmd.Short, cmd.CommandPath())
		require.NotEmpty(t, cmd.Example, "%s has no example", cmd.CommandPath())
		require.NotNil(t, cmd.RunE, "%s has no RunE, so its errors would not be told from usage errors", cmd.CommandPath())
		require.Nil(t, cmd.Run, cmd.CommandPath())
		for _, sub := range cmd.Commands() {
			check(sub)
		}
	}
	check(newRootCommand(&globals{}))
}
