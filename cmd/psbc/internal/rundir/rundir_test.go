package rundir_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/rundir"
)

func TestFind(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	inner := filepath.Join(root, "network", "fabric", "deep")
	require.NoError(t, os.MkdirAll(inner, 0o755))
	write := func(path, content string) {
		require.NoError(t, os.WriteFile(filepath.Join(root, path), []byte(content), 0o644))
	}
	write("network/fabric/go.mod", "module github.com/psbc-lu/psbc/network/fabric\n")
	t.Chdir(inner)
	t.Setenv(rundir.Env, "")

	t.Run("outside the repository it fails", func(t *testing.T) {
		write("go.mod", "module example.com/other\n")
		_, err := rundir.Find("")
		require.ErrorIs(t, err, rundir.ErrOutside)
	})
	t.Run("inside the repository it is network/.run, past nested modules", func(t *testing.T) {
		write("go.mod", "// comment\nmodule github.com/psbc-lu/psbc // the suite\n\ngo 1.26\n")
		dir, err := rundir.Find("")
		require.NoError(t, err)
		require.Equal(t, filepath.Join(root, "network", ".run"), dir)
	})
	t.Run("the environment goes before the repository", func(t *testing.T) {
		t.Setenv(rundir.Env, "elsewhere")
		dir, err := rundir.Find("")
		require.NoError(t, err)
		require.Equal(t, filepath.Join(inner, "elsewhere"), dir)
	})
	t.Run("the flag goes before the environment", func(t *testing.T) {
		t.Setenv(rundir.Env, "elsewhere")
		dir, err := rundir.Find("/given")
		require.NoError(t, err)
		require.Equal(t, "/given", dir)
	})
}
