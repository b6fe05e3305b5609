package gateway_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/trail"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// goldenKeys holds the key 00 01 02 … 1f.
const goldenKeys = `{"v":1,"active":"k1","keys":[{"id":"k1","key":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"}]}`

func writeKeys(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pseudonyms.json")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// The values were computed with Python's hmac module.
func TestPseudonymsAreTheSameInEveryProgram(t *testing.T) {
	keys, err := gateway.LoadPseudonymKeys(writeKeys(t, goldenKeys))
	require.NoError(t, err)
	for _, identifier := range []string{"1893120105732", " 1893 1201 05732\n"} {
		require.Equal(t, "k1:4ddd0aad710e180c411cbefa551ddd16c6bcf5cc4204d0f167392e890255042a", keys.Subject(identifier))
		require.Equal(t, "k1:be45d9802ed0f2a9ba0f66b208e58347227bdfab43a14406d7699a044443dd1c", keys.Actor(identifier))
	}
	for _, identifier := range []string{"josé", "JOSÉ", "jose\u0301", "\u00a0Jos\u00e9 "} {
		require.Equal(t, "k1:22d03c29a977447a7a471a43f6af315bba859017c49bef3f4fd8b8fe1aadb6d7", keys.Subject(identifier))
	}
	for _, nobody := range []string{"", " \t"} {
		require.Empty(t, keys.Subject(nobody))
		require.Empty(t, keys.AllActors(nobody))
	}
}

func TestAPseudonymIsOneAndSaysNothingElse(t *testing.T) {
	keys, err := gateway.NewPseudonymKeys(filepath.Join(t.TempDir(), "keys.json"))
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		identifier := rapid.StringMatching(`[a-z0-9]{1,20}`).Draw(t, "identifier")
		made := keys.Subject(identifier)
		require.NoError(t, trail.Pseudonym("subject", made))
		require.Equal(t, made, keys.Subject(strings.ToUpper(identifier)+" "))
		require.NotEqual(t, made, keys.Actor(identifier))
		require.NotEqual(t, made, keys.Subject(identifier+"x"))
	})
}

func TestKeysAreRotatedAndErased(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	keys, err := gateway.NewPseudonymKeys(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	_, err = gateway.NewPseudonymKeys(path)
	require.ErrorIs(t, err, gateway.ErrAlreadyExists)

	old := keys.Subject("x")
	require.True(t, strings.HasPrefix(old, "k1:"))
	require.ErrorIs(t, keys.Erase("k1"), gateway.ErrFailedPrecondition, "it is the only one")
	require.NoError(t, keys.Rotate(""))
	require.NoError(t, keys.Rotate("year-2027"))
	require.Equal(t, []string{"year-2027", "k2", "k1"}, keys.IDs())
	all := keys.AllSubjects("x")
	require.Len(t, all, 3)
	require.Equal(t, keys.Subject("x"), all[0])
	require.Equal(t, old, all[2])
	require.Equal(t, keys.Actor("x"), keys.AllActors("x")[0])
	require.True(t, strings.HasPrefix(keys.Actor("x"), "year-2027:"))

	loaded, err := gateway.LoadPseudonymKeys(path)
	require.NoError(t, err)
	require.Equal(t, all, loaded.AllSubjects("x"))
	require.NoError(t, keys.Erase("k1"))
	require.Equal(t, all[:2], keys.AllSubjects("x"))
	require.ErrorIs(t, keys.Erase("k1"), gateway.ErrNotFound)
	require.ErrorIs(t, keys.Erase("year-2027"), gateway.ErrFailedPrecondition)
	for _, taken := range []string{"k1", "k2"} {
		require.ErrorIs(t, keys.Rotate(taken), gateway.ErrAlreadyExists, "an erased key's id is not used again")
	}
	for _, bad := range []string{"K", "-a", strings.Repeat("a", trail.MaxKeyID+1), "a b", "a:b"} {
		require.ErrorIs(t, keys.Rotate(bad), gateway.ErrInvalidArgument, bad)
	}
	require.NoError(t, loaded.Rotate(""), "what another has changed counts")
	require.Equal(t, []string{"k4", "year-2027", "k2"}, loaded.IDs())
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(content), `"id":"k1"`)
	require.Contains(t, string(content), `"erased":["k1"]`)
}

func TestNoKeyIsLostWhenSeveralRotate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	_, err := gateway.NewPseudonymKeys(path)
	require.NoError(t, err)
	var rotating sync.WaitGroup
	for range 8 {
		rotating.Go(func() {
			keys, err := gateway.LoadPseudonymKeys(path)
			require.NoError(t, err)
			require.NoError(t, keys.Rotate(""))
		})
	}
	rotating.Wait()
	keys, err := gateway.LoadPseudonymKeys(path)
	require.NoError(t, err)
	require.Len(t, keys.IDs(), 9)
}

func TestAFileThatIsNotFitForKeysIsRefused(t *testing.T) {
	key := `"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"`
	for name, content := range map[string]string{
		"nothing":               "",
		"another version":       strings.Replace(goldenKeys, `"v":1`, `"v":2`, 1),
		"no key":                `{"v":1,"active":"k1","keys":[]}`,
		"a short key":           `{"v":1,"active":"k1","keys":[{"id":"k1","key":"000102"}]}`,
		"no hexadecimal":        strings.Replace(goldenKeys, "1f", "xx", 1),
		"a bad id":              `{"v":1,"active":"K1","keys":[{"id":"K1","key":` + key + `}]}`,
		"an id twice":           `{"v":1,"active":"k1","keys":[{"id":"k1","key":` + key + `},{"id":"k1","key":` + key + `}]}`,
		"an unknown active key": `{"v":1,"active":"k2","keys":[{"id":"k1","key":` + key + `}]}`,
		"an unknown member":     `{"v":1,"active":"k1","more":1,"keys":[{"id":"k1","key":` + key + `}]}`,
	} {
		path := writeKeys(t, content)
		_, err := gateway.LoadPseudonymKeys(path)
		require.ErrorIs(t, err, gateway.ErrInvalidArgument, name)
		require.ErrorContains(t, err, path, name)
		require.NotContains(t, err.Error(), "000102", "%s: no key is shown", name)
	}
	_, err := gateway.LoadPseudonymKeys(filepath.Join(t.TempDir(), "missing"))
	require.ErrorIs(t, err, gateway.ErrNotFound)
	_, err = gateway.NewPseudonymKeys(filepath.Join(t.TempDir(), "missing", "keys.json"))
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)

	path := writeKeys(t, goldenKeys)
	require.NoError(t, os.Chmod(path, 0o640))
	_, err = gateway.LoadPseudonymKeys(path)
	require.ErrorIs(t, err, gateway.ErrPermissionDenied)
	require.ErrorContains(t, err, "set its mode to 0600")
}
