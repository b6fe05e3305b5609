package gateway

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"

	"github.com/gofrs/flock"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/gateway-client/internal/durable"
)

const opPseudonyms = "pseudonym keys"

const (
	pseudonymKeySize    = 32
	pseudonymKeyVersion = 1
	maxPseudonymFile    = 1 << 20
	// pseudonymLock ends the name of the file that is locked while keys change.
	pseudonymLock = ".lock"
)

// keyFile is what a file of keys holds.
type keyFile struct {
	V int `json:"v"`
	// Active is the id of the newest key, the last one of Keys.
	Active string         `json:"active"`
	Keys   []pseudonymKey `json:"keys"` // oldest first
	// Erased are the ids of keys that are gone. No key gets such an id again.
	Erased []string `json:"erased,omitempty"`
}

type pseudonymKey struct {
	ID  string `json:"id"`
	Key string `json:"key"` // lower-case hexadecimal
}

// NewPseudonymKeys makes a file with a first key, "k1", and mode 0600. Errors:
// ErrAlreadyExists when the file is there, ErrFailedPrecondition when it cannot be
// written.
func NewPseudonymKeys(path string) (*PseudonymKeys, error) {
	k := &PseudonymKeys{path: path}
	err := k.locked(func() error {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return pseudonymError(ErrAlreadyExists, path, "is there already: new keys would not find what was recorded under the old ones")
		}
		return k.replace(keyFile{V: pseudonymKeyVersion, Active: "k1", Keys: []pseudonymKey{newPseudonymKey("k1")}})
	})
	if err != nil {
		return nil, err
	}
	return k, nil
}

// LoadPseudonymKeys reads the keys of a file. Errors: ErrNotFound when there is none,
// ErrPermissionDenied when others than its owner may read it, ErrInvalidArgument when
// it holds no keys.
func LoadPseudonymKeys(path string) (*PseudonymKeys, error) {
	held, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	return &PseudonymKeys{path: path, held: held}, nil
}

// Rotate makes a new key, with which pseudonyms are made from now on; an empty id is
// filled in: "k2" after "k1". Errors: ErrAlreadyExists when a key has or had this id,
// ErrInvalidArgument for an id that is none, and those of LoadPseudonymKeys.
func (k *PseudonymKeys) Rotate(id string) error {
	return k.change(func(held *keyFile) error {
		if id == "" {
			id = held.nextID()
		}
		key := newPseudonymKey(id)
		if trail.Pseudonym("id", key.pseudonym(kindSubject, "X")) != nil {
			return pseudonymError(ErrInvalidArgument, k.path, "%q is no id of a key: 1 to %d lower-case letters, digits and -, but not first", clip(id), trail.MaxKeyID)
		}
		if held.find(id) >= 0 || slices.Contains(held.Erased, id) {
			return pseudonymError(ErrAlreadyExists, k.path, "a key has or had the id %s", id)
		}
		held.Keys = append(held.Keys, key)
		held.Active = id
		return nil
	})
}

// Erase forgets a key for good. Nobody can tell any more whose its pseudonyms are;
// copies of the file, such as backups, have to be destroyed with it. Errors:
// ErrFailedPrecondition for the newest key, which is rotated first; ErrNotFound; and
// those of LoadPseudonymKeys.
func (k *PseudonymKeys) Erase(id string) error {
	return k.change(func(held *keyFile) error {
		at := held.find(id)
		switch {
		case at < 0:
			return pseudonymError(ErrNotFound, k.path, "holds no key %q", clip(id))
		case id == held.Active:
			return pseudonymError(ErrFailedPrecondition, k.path, "key %s makes the pseudonyms: rotate it first", id)
		}
		held.Keys = slices.Delete(held.Keys, at, at+1)
		held.Erased = append(held.Erased, id)
		return nil
	})
}

// change changes the keys as the file has them now, and takes them over.
func (k *PseudonymKeys) change(change func(*keyFile) error) error {
	return k.locked(func() error {
		held, err := readKeyFile(k.path)
		if err != nil {
			return err
		}
		if err := change(&held); err != nil {
			return err
		}
		return k.replace(held)
	})
}

// locked keeps other processes from changing the file: a key must not get lost.
func (k *PseudonymKeys) locked(do func() error) error {
	lock := flock.New(k.path+pseudonymLock, flock.SetPermissions(0o600))
	if err := lock.Lock(); err != nil {
		return pseudonymError(ErrFailedPrecondition, k.path, "%v", err)
	}
	defer func() { _ = lock.Unlock() }() // the file is written, or is not, by now
	return do()
}

func (k *PseudonymKeys) replace(held keyFile) error {
	text, err := canonical.Marshal(held)
	if err != nil {
		return pseudonymError(ErrInternal, k.path, "%v", err)
	}
	if err := durable.Replace(k.path, append(text, '\n')); err != nil {
		return pseudonymError(ErrFailedPrecondition, k.path, "%v", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held = held
	return nil
}

func readKeyFile(path string) (keyFile, error) {
	var held keyFile
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return held, pseudonymError(ErrNotFound, path, "is not there")
	case err != nil:
		return held, pseudonymError(ErrInvalidArgument, path, "%v", err)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0: // there, modes say nothing
		return held, pseudonymError(ErrPermissionDenied, path, "others than its owner may read it: set its mode to 0600")
	}
	data, err := readBounded(path, maxPseudonymFile)
	if err != nil {
		return held, pseudonymError(ErrInvalidArgument, path, "%v", err)
	}
	if err := canonical.Unmarshal(data, &held); err != nil {
		return held, pseudonymError(ErrInvalidArgument, path, "cannot be read: %v", err)
	}
	return held, held.validate(path)
}

func (f keyFile) validate(path string) error {
	if f.V != pseudonymKeyVersion {
		return pseudonymError(ErrInvalidArgument, path, "v is %d, this program reads version %d", f.V, pseudonymKeyVersion)
	}
	for i, key := range f.Keys {
		if len(key.Key) != hex.EncodedLen(pseudonymKeySize) || !check.LowerHex(key.Key) || trail.Pseudonym("id", key.pseudonym(kindSubject, "X")) != nil || f.find(key.ID) != i {
			return pseudonymError(ErrInvalidArgument, path, "key %d of %d is no key with %d bytes and an id of its own", i+1, len(f.Keys), pseudonymKeySize)
		}
	}
	if len(f.Keys) == 0 || f.Keys[len(f.Keys)-1].ID != f.Active {
		return pseudonymError(ErrInvalidArgument, path, "the active key %q is not the last one", clip(f.Active))
	}
	return nil
}

func (f keyFile) find(id string) int {
	return slices.IndexFunc(f.Keys, func(key pseudonymKey) bool { return key.ID == id })
}

func (f keyFile) ids() []string {
	var ids []string
	for _, key := range slices.Backward(f.Keys) {
		ids = append(ids, key.ID)
	}
	return ids
}

// nextID numbers keys on, from the number of all that there were.
func (f keyFile) nextID() string {
	for n := len(f.Keys) + len(f.Erased) + 1; ; n++ {
		if id := fmt.Sprintf("k%d", n); f.find(id) < 0 && !slices.Contains(f.Erased, id) {
			return id
		}
	}
}

func newPseudonymKey(id string) pseudonymKey {
	key := make([]byte, pseudonymKeySize)
	_, _ = rand.Read(key) // never fails (Go 1.24)
	return pseudonymKey{ID: id, Key: hex.EncodeToString(key)}
}

func pseudonymError(kind Kind, path, format string, args ...any) error {
	return &Error{Op: opPseudonyms, Kind: kind, Message: path + ": " + fmt.Sprintf(format, args...)}
}
