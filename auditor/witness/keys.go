package witness

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// Files of a witness's directory.
const (
	KeysFile    = "keys"
	LogDir      = "log"
	promiseFile = "promise"
	lockFile    = "lock"
)

// maxKeysFile is far above what two keys need.
const maxKeysFile = 64 << 10

const keysHead = `# Secret keys of a witness. Whoever has them signs in the body's name.
# One copy is enough: lost keys are replaced by new ones, which an administrator registers.
`

// algorithms are what a witness signs with: the one that all verifiers know, and the one
// that is safe against quantum computers.
func algorithms() []tlog.Algorithm { return []tlog.Algorithm{tlog.Ed25519, tlog.MLDSA44} }

// Generate makes the keys of a body's witness in dir, with mode 0600, and, unless one is
// there, the empty promise that goes with them. The name is tlog.WitnessName of the log and
// the body. Keys that are there are never overwritten: the error matches [fs.ErrExist].
func Generate(dir, name string, random io.Reader) ([]tlog.Key, error) {
	text := keysHead
	var keys []tlog.Key
	for _, algorithm := range algorithms() {
		signer, err := evidence.GenerateSigner(name, algorithm, random)
		if err != nil {
			return nil, err
		}
		text += signer.String() + "\n"
		keys = append(keys, signer.Key())
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := createPromise(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, KeysFile)
	if err := create(path, []byte(text)); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("there are keys in %s: move them away first if they are to be replaced: %w", path, fs.ErrExist)
		}
		return nil, err
	}
	return keys, nil
}

// LoadSigners reads the keys that Generate made. Others than their owner must not be able
// to read the file. Errors name the file and the remedy, and never show a key.
func LoadSigners(path string) ([]*evidence.Signer, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("keys of the witness: %w; psbc witness keygen makes them", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s has mode %#o, so that others may read the keys: set it to 0600, and replace the keys if others could", path, info.Mode().Perm())
	}
	text, err := io.ReadAll(io.LimitReader(file, maxKeysFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxKeysFile {
		return nil, fmt.Errorf("%s is longer than %d bytes: it is no file of keys", path, maxKeysFile)
	}
	signers, err := parseKeys(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w; take it from a backup, or make new keys", path, err)
	}
	return signers, nil
}

// parseKeys reads one key of each algorithm, all of one name.
func parseKeys(text string) ([]*evidence.Signer, error) {
	var signers []*evidence.Signer
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		signer, err := evidence.ParseSigner(line)
		if err != nil {
			return nil, err
		}
		signers = append(signers, signer)
	}
	if len(signers) != len(algorithms()) {
		return nil, fmt.Errorf("it has %d keys, not %d", len(signers), len(algorithms()))
	}
	for i, algorithm := range algorithms() {
		switch key := signers[i].Key(); {
		case key.Algorithm != algorithm:
			return nil, fmt.Errorf("its key %d is of %s, not of %s", i+1, key.Algorithm, algorithm)
		case key.Name != signers[0].Key().Name:
			return nil, fmt.Errorf("its keys have two names, %s and %s", signers[0].Key().Name, key.Name)
		}
	}
	return signers, nil
}
