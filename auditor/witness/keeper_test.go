package witness

import (
	"crypto/rand"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

const (
	testOrigin = "psbc.lu/psbc/0123456789abcdef"
	testName   = testOrigin + "/CTIEMSP"
)

// made is a directory with keys and an empty promise.
func made(t *testing.T) (dir string, signers []*evidence.Signer) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "witness")
	keys, err := Generate(dir, testName, rand.Reader)
	require.NoError(t, err)
	signers, err = LoadSigners(filepath.Join(dir, KeysFile))
	require.NoError(t, err)
	require.Len(t, signers, 2)
	for i, algorithm := range algorithms() {
		require.Equal(t, keys[i].String(), signers[i].Key().String())
		require.Equal(t, algorithm, keys[i].Algorithm)
	}
	return dir, signers
}

func opened(t *testing.T, dir string, signers []*evidence.Signer) *keeper {
	t.Helper()
	k, err := openKeeper(dir, testOrigin, signers)
	require.NoError(t, err)
	return k
}

func TestKeysAreForTheirOwnerAndNeverOverwritten(t *testing.T) {
	dir, _ := made(t)
	path := filepath.Join(dir, KeysFile)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	_, err = Generate(dir, testName, rand.Reader)
	require.ErrorIs(t, err, fs.ErrExist)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2, "keys and promise, and nothing that is left over")

	require.NoError(t, os.Chmod(path, 0o640))
	_, err = LoadSigners(path)
	require.ErrorContains(t, err, "0600")
}

func TestNewKeysGoOnWithThePromiseOfTheOldOnes(t *testing.T) {
	dir, signers := made(t)
	_, err := opened(t, dir, signers).cosign(at(3), start)
	require.NoError(t, err)
	require.NoError(t, os.Rename(filepath.Join(dir, KeysFile), filepath.Join(dir, "keys.old")))
	_, err = Generate(dir, testName, rand.Reader)
	require.NoError(t, err)
	signers, err = LoadSigners(filepath.Join(dir, KeysFile))
	require.NoError(t, err)
	_, err = opened(t, dir, signers).cosign(at(2), start)
	require.ErrorContains(t, err, "is not signed")
}

func TestAFileOfKeysThatIsNoneIsRefusedWithoutShowingIt(t *testing.T) {
	dir, signers := made(t)
	first, second := signers[0].String(), signers[1].String()
	other, err := evidence.GenerateSigner(testOrigin+"/SIGIMSP", tlog.MLDSA44, rand.Reader)
	require.NoError(t, err)
	path := filepath.Join(dir, "others")
	for what, text := range map[string]string{
		"empty": "", "one key": first + "\n", "two of one kind": first + "\n" + first + "\n", "the wrong order": second + "\n" + first + "\n",
		"two names": first + "\n" + other.String() + "\n", "a torn key": first + "\n" + second[:len(second)-9] + "\n", "three keys": first + "\n" + second + "\n" + second + "\n",
		"too long": strings.Repeat("#\n", maxKeysFile),
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := LoadSigners(path)
		require.ErrorContains(t, err, path, what)
		require.NotContains(t, err.Error(), first[len(first)-20:], what)
	}
	_, err = LoadSigners(filepath.Join(dir, "missing"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "keygen")
}

func TestWhatIsSignedIsPromisedBefore(t *testing.T) {
	dir, signers := made(t)
	k := opened(t, dir, signers)
	cosignatures, err := k.cosign(at(3), start)
	require.NoError(t, err)
	checkpoint := tlog.Checkpoint{Origin: testOrigin, Size: at(3).Size, Root: at(3).Root}
	for i, signer := range signers {
		require.True(t, signer.Key().Verify(checkpoint, cosignatures[i]))
		require.EqualValues(t, start.Unix(), cosignatures[i].Time)
	}
	again := opened(t, dir, signers)
	require.Equal(t, at(3), again.kept.Promised)
	_, err = again.cosign(at(3), start.Add(time.Minute))
	require.NoError(t, err, "the same may be said again")
	other := at(3)
	other.Root[9] ^= 1
	for _, m := range []Mark{other, at(2), {}} {
		_, err := again.cosign(m, start)
		require.ErrorContains(t, err, "is not signed")
	}
	require.Equal(t, at(3), opened(t, dir, signers).kept.Promised)
}

func TestWithoutADurablePromiseNothingIsSigned(t *testing.T) {
	dir, signers := made(t)
	k := opened(t, dir, signers)
	k.path = filepath.Join(dir, "missing", promiseFile)
	_, err := k.cosign(at(3), start)
	require.ErrorContains(t, err, "keep the promise")
	require.Zero(t, k.kept.Promised)
}

func TestAPromiseThatIsLostDamagedOrOfAnotherLogIsNoPromise(t *testing.T) {
	dir, signers := made(t)
	_, err := opened(t, dir, signers).cosign(at(3), start)
	require.NoError(t, err)
	path := filepath.Join(dir, promiseFile)
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	for what, text := range map[string]string{
		"empty": "", "torn": string(good[:len(good)/2]), "another version": strings.Replace(string(good), `"v":1`, `"v":2`, 1),
		"another log": strings.Replace(string(good), "0123", "9999", 1), "an unknown field": strings.Replace(string(good), `"v"`, `"w":1,"v"`, 1),
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := openKeeper(dir, testOrigin, signers)
		require.ErrorContains(t, err, path, what)
	}
	require.NoError(t, os.Remove(path))
	_, err = openKeeper(dir, testOrigin, signers)
	require.ErrorContains(t, err, "must not sign")
}

func TestAFileIsMadeOnceAndReplacedAsAWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, create(path, []byte("a")))
	require.ErrorIs(t, create(path, []byte("b")), fs.ErrExist)
	for _, durable := range []bool{true, false} {
		require.NoError(t, replace(path, []byte("ccc"), durable))
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "ccc", string(content))
	}
	require.Error(t, create(filepath.Join(path, "x"), nil))
	require.Error(t, replace(filepath.Join(path, "x"), nil, true))
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}
