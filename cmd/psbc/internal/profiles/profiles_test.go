package profiles_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/profiles"
)

const bodies = `"bodies":[{"name":"CTIE"},{"name":"SIGI"},{"name":"Acme [1]"}]`

func runDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run [1]*") // with what a glob would interpret
	for path, content := range map[string]string{
		"sigi/notary.json":            `{"body":{"name":"SIGI"},"user":"notary",` + bodies + `}`,
		"sigi/reader.json":            `{"body":{"name":"SIGI"},"user":"reader",` + bodies + `}`,
		"ctie/notary.json":            `{"body":{"name":"CTIE"},"user":"notary",` + bodies + `}`,
		"ctie/notary.connection.json": `{"name":"psbc","version":"1.0.0","organizations":{}}`,
		"ctie/odd.json":               `[1,2]`,
	} {
		full := filepath.Join(dir, "profiles", path)
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
		require.NoError(t, os.WriteFile(full, []byte(content), 0o600))
	}
	return dir
}

func TestFind(t *testing.T) {
	dir := runDir(t)
	for name, tc := range map[string]struct{ as, usual, want string }{
		"nothing named is the network's first body's usual user, not the alphabet's": {"", profiles.Notary, "ctie/notary.json"},
		"a body is its usual user": {"SIGI", profiles.Notary, "sigi/notary.json"},
		"whoever that is":          {"SIGI", "reader", "sigi/reader.json"},
		"case does not matter":     {"sIgI/READER", profiles.Notary, "sigi/reader.json"},
	} {
		t.Run(name, func(t *testing.T) {
			path, err := profiles.Find(dir, tc.as, tc.usual)
			require.NoError(t, err)
			require.Equal(t, filepath.Join(dir, "profiles", tc.want), path)
		})
	}
}

func TestFindListsWhatThereIs(t *testing.T) {
	dir := runDir(t)
	for as, want := range map[string]string{
		"Nobody":       `there is no body "Nobody" in this network; --as takes one of CTIE, SIGI`,
		"/reader":      `there is no body "" in this network; --as takes one of CTIE, SIGI`,
		"sigi/":        `SIGI has no user ""; --as takes one of SIGI/notary, SIGI/reader`,
		"sigi/nobody":  `SIGI has no user "nobody"; --as takes one of SIGI/notary, SIGI/reader`,
		"ctie/../sigi": `CTIE has no user "../sigi"; --as takes one of CTIE/notary`,
	} {
		t.Run(as, func(t *testing.T) {
			_, err := profiles.Find(dir, as, profiles.Notary)
			require.EqualError(t, err, want)
			require.Equal(t, exit.Usage, exit.CodeOf(err))
		})
	}
}

func TestFindWithoutANetworkSaysHowToStartOne(t *testing.T) {
	_, err := profiles.Find(t.TempDir(), "CTIE", profiles.Notary)
	require.ErrorContains(t, err, `run "psbc network up" first`)
	require.Equal(t, exit.Failed, exit.CodeOf(err))
}

func TestABrokenProfileIsFoundByItsPath(t *testing.T) {
	dir := runDir(t)
	broken := filepath.Join(dir, "profiles", "ctie", "reader.json")
	require.NoError(t, os.WriteFile(broken, []byte(`{"body":`), 0o600))
	path, err := profiles.Find(dir, "ctie/reader", profiles.Notary)
	require.NoError(t, err)
	require.Equal(t, broken, path)
}
