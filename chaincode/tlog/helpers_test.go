package tlog_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"

	"filippo.io/mldsa"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/tlog"
)

const (
	origin = "psbc.lu/psbc/0123456789abcdef"
	ctie   = "CTIEMSP"
	sigi   = "SIGIMSP"
	noon   = 1795521600 // 2026-11-24, in seconds since 1970
)

// witness holds the private keys of one witness.
type witness struct {
	name    string
	ed25519 ed25519.PrivateKey
	mldsa   *mldsa.PrivateKey
}

// newWitness makes keys that depend on the name only.
func newWitness(t require.TestingT, name string) witness {
	seed := sha256.Sum256([]byte(name))
	pq, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), seed[:])
	require.NoError(t, err)
	return witness{name, ed25519.NewKeyFromSeed(seed[:]), pq}
}

func (w witness) key(t require.TestingT, a tlog.Algorithm) tlog.Key {
	public := []byte(w.ed25519.Public().(ed25519.PublicKey))
	if a == tlog.MLDSA44 {
		public = w.mldsa.PublicKey().Bytes()
	}
	k, err := tlog.NewKey(w.name, a, public)
	require.NoError(t, err)
	return k
}

func (w witness) cosign(t require.TestingT, a tlog.Algorithm, c tlog.Checkpoint, at uint64) tlog.Cosignature {
	signature := ed25519.Sign(w.ed25519, tlog.Ed25519Message(c, at))
	if a == tlog.MLDSA44 {
		message, err := tlog.MLDSA44Message(w.name, c, at)
		require.NoError(t, err)
		signature, err = w.mldsa.Sign(nil, message, nil)
		require.NoError(t, err)
	}
	return tlog.Cosignature{Name: w.name, KeyID: w.key(t, a).ID, Time: at, Signature: signature}
}

func algorithms() []tlog.Algorithm { return []tlog.Algorithm{tlog.Ed25519, tlog.MLDSA44} }

func head(size uint64, root string) tlog.Checkpoint {
	return tlog.Checkpoint{Origin: origin, Size: size, Root: sha256.Sum256([]byte(root))}
}

// replaced is what it is given, with one part of it exchanged, which must be there.
func replaced(t require.TestingT, text []byte, old, by string) []byte {
	changed := bytes.Replace(text, []byte(old), []byte(by), 1)
	require.NotEqual(t, string(text), string(changed))
	return changed
}
