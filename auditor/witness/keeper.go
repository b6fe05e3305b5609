package witness

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// keeper holds the keys, and the promise that goes with every signature: nothing is signed
// in any other way.
type keeper struct {
	path    string
	signers []*evidence.Signer
	kept    promise
}

const promiseVersion = 1

// promise is what the promise file holds.
type promise struct {
	V int `json:"v"`
	// Origin of the log that the witness signs for; empty before the first signature.
	Origin string `json:"origin,omitempty"`
	// Promised is the largest checkpoint that was ever signed, or was about to be.
	Promised Mark `json:"promised"`
	// Settled is where to begin with reading the ledger again: a quorum covers all before.
	// It promises nothing.
	Settled Mark `json:"settled"`
}

func createPromise(dir string) error {
	text, err := json.Marshal(promise{V: promiseVersion})
	if err != nil {
		return err
	}
	err = create(filepath.Join(dir, promiseFile), append(text, '\n'))
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// openKeeper reads the promise of a witness that signs for the log of that origin.
func openKeeper(dir, origin string, signers []*evidence.Signer) (*keeper, error) {
	k := &keeper{path: filepath.Join(dir, promiseFile), signers: signers}
	text, err := os.ReadFile(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing: a witness that does not know what it signed must not sign; "+
			"take it from where it is, or move the keys away and make new ones", k.path)
	}
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(&k.kept)
	switch {
	case err != nil:
	case k.kept.V != promiseVersion:
		err = fmt.Errorf("its version is %d, this program knows %d", k.kept.V, promiseVersion)
	case k.kept.Origin == "" && k.kept.Promised == Mark{} && k.kept.Settled == Mark{}:
		k.kept.Origin = origin
	case k.kept.Origin != origin:
		err = fmt.Errorf("it is about the log %s, not about %s", k.kept.Origin, origin)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w; without it, move the keys away and make new ones", k.path, err)
	}
	return k, nil
}

// cosign signs a checkpoint with every key. The promise is durable before, and refuses
// whatever could contradict what was signed before.
func (k *keeper) cosign(m Mark, at time.Time) ([]tlog.Cosignature, error) {
	switch promised := k.kept.Promised; {
	case m == promised:
	case m.Size <= promised.Size:
		return nil, fmt.Errorf("size %d, root %s is not signed: size %d, root %s was promised", m.Size, m.Root, promised.Size, promised.Root)
	default:
		kept := k.kept
		kept.Promised = m
		if err := k.keep(kept); err != nil {
			return nil, err
		}
	}
	checkpoint := tlog.Checkpoint{Origin: k.kept.Origin, Size: m.Size, Root: m.Root}
	cosignatures := make([]tlog.Cosignature, len(k.signers))
	for i, signer := range k.signers {
		var err error
		if cosignatures[i], err = signer.Sign(checkpoint, uint64(max(0, at.Unix()))); err != nil {
			return nil, err
		}
	}
	return cosignatures, nil
}

// settle moves the place on from which the ledger is read again.
func (k *keeper) settle(m Mark) error {
	if m.Size <= k.kept.Settled.Size {
		return nil
	}
	kept := k.kept
	kept.Settled = m
	return k.keep(kept)
}

func (k *keeper) keep(kept promise) error {
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	if err := replace(k.path, append(text, '\n'), true); err != nil {
		return fmt.Errorf("keep the promise: %w", err)
	}
	k.kept = kept
	return nil
}
