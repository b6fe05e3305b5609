package network

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// project writes a module with a program and returns its source tree.
func project(t *testing.T) Source {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":          "module example.test/p\n\ngo 1.26\n",
		"cmd/srv/main.go": "package main\n\nimport \"example.test/p/lib\"\n\nfunc main() { lib.Run() }\n",
		"lib/lib.go":      "package lib\n\nfunc Run() {}\n",
		"lib/lib_test.go": "package lib\n",
		"other/other.go":  "package other\n",
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return Source{root}
}

func TestCodeHashCoversWhatIsCompiledIntoTheServerAndNothingElse(t *testing.T) {
	ctx := context.Background()
	src, elsewhere := project(t), project(t)
	hash := func(s Source) string {
		h, err := s.codeHash(ctx, "./cmd/srv")
		require.NoError(t, err)
		return h
	}
	first := hash(src)
	require.Equal(t, first, hash(elsewhere), "the same sources elsewhere")

	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(src.Root, name), []byte(text), 0o644))
	}
	write("other/other.go", "package other\n\n// changed\n")
	write("lib/lib_test.go", "package lib\n\n// changed\n")
	require.Equal(t, first, hash(src), "neither tests nor other packages are part of it")
	write("lib/lib.go", "package lib\n\nfunc Run() { println() }\n")
	require.NotEqual(t, first, hash(src))
}

func TestReleasesOfOneServerShareItsProgram(t *testing.T) {
	src := project(t)
	out, err := src.releases(context.Background(), []string{"AMSP"}, []Chaincode{{"a", "./cmd/srv"}, {"b", "./cmd/srv"}})
	require.NoError(t, err)
	require.Equal(t, out[0].binary, out[1].binary)
	require.FileExists(t, out[0].binary)
	require.NotEqual(t, out[0].pkg.ID, out[1].pkg.ID)
}

func TestAMissingToolchainIsNamedWithItsRemedy(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := project(t).codeHash(context.Background(), "./cmd/srv")
	require.ErrorContains(t, err, "the Go toolchain is missing")
	require.ErrorContains(t, err, "install Go")
}

func TestChaincodesKeepTheirPortsForGood(t *testing.T) {
	l := Layout{t.TempDir()}
	first, err := mergeChaincodes(l, []Chaincode{{"notary", "./a"}, {"extra", "./b"}})
	require.NoError(t, err)
	second, err := mergeChaincodes(l, []Chaincode{{"registry", "./a"}, {"notary", "./c"}})
	require.NoError(t, err)
	require.Equal(t, []Chaincode{{"notary", "./a"}, {"extra", "./b"}}, first)
	require.Equal(t, []Chaincode{{"notary", "./c"}, {"extra", "./b"}, {"registry", "./a"}}, second)

	require.NoError(t, os.WriteFile(l.chaincodes(), []byte("["), 0o600))
	_, err = deployedChaincodes(l)
	require.ErrorContains(t, err, "is damaged")
}

func TestEveryNodesSettingsExistInFabricsSample(t *testing.T) {
	require.NoError(t, set(map[string]any{"a": map[string]any{}}, "a.b", 1))
	require.ErrorContains(t, set(map[string]any{}, "a.b", 1), "no section a")
}
