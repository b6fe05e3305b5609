package tlog

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"filippo.io/mldsa"
)

// Algorithm is a kind of cosignature, by the byte that C2SP assigned to it.
type Algorithm byte

// The algorithms of cosignatures.
const (
	Ed25519 Algorithm = 0x04 // cosignature/v1
	MLDSA44 Algorithm = 0x06 // subtree/v1, FIPS 204; safe against quantum computers
)

// String is the algorithm's name.
func (a Algorithm) String() string {
	switch a {
	case Ed25519:
		return "Ed25519"
	case MLDSA44:
		return "ML-DSA-44"
	}
	return fmt.Sprintf("algorithm 0x%02x", byte(a))
}

func (a Algorithm) keySize() int {
	switch a {
	case Ed25519:
		return ed25519.PublicKeySize
	case MLDSA44:
		return mldsa.MLDSA44PublicKeySize
	}
	return -1
}

func (a Algorithm) signatureSize() int {
	switch a {
	case Ed25519:
		return ed25519.SignatureSize
	case MLDSA44:
		return mldsa.MLDSA44SignatureSize
	}
	return -1
}

// Key is the public key of a witness.
type Key struct {
	Name      string
	ID        uint32 // as signature lines name it
	Algorithm Algorithm
	public    []byte
	mldsa     *mldsa.PublicKey // with MLDSA44 only
}

// NewKey makes a key of its encoded public key (RFC 8032 or FIPS 204).
func NewKey(name string, algorithm Algorithm, public []byte) (Key, error) {
	if err := checkName("key name", name); err != nil {
		return Key{}, err
	}
	if len(public) != algorithm.keySize() {
		return Key{}, fmt.Errorf("key of %s: %d bytes are no public key of %s", name, len(public), algorithm)
	}
	k := Key{Name: name, Algorithm: algorithm, public: public}
	sum := sha256.Sum256(append([]byte(name+"\n"+string(rune(algorithm))), public...))
	k.ID = binary.BigEndian.Uint32(sum[:])
	if algorithm == MLDSA44 {
		var err error
		if k.mldsa, err = mldsa.NewPublicKey(mldsa.MLDSA44(), public); err != nil {
			return Key{}, fmt.Errorf("key of %s: %w", name, err)
		}
	}
	return k, nil
}

// ParseKey reads a verifier key, "name+id+base64" (https://c2sp.org/signed-note, "verifier
// keys"), of one of the algorithms; its id must be the one that its content gives.
func ParseKey(vkey string) (Key, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	id, encoded, ok := strings.Cut(rest, "+")
	if !ok {
		return Key{}, errors.New("a verifier key reads name+id+base64")
	}
	material, err := decodeBase64(encoded)
	if err != nil || len(material) < 2 {
		return Key{}, fmt.Errorf("verifier key of %.80s: its last part is not base64 of a key", name)
	}
	k, err := NewKey(name, Algorithm(material[0]), material[1:])
	if err != nil {
		return Key{}, err
	}
	if id != fmt.Sprintf("%08x", k.ID) {
		return Key{}, fmt.Errorf("verifier key of %s: its id is %08x, not %.20q", name, k.ID, id)
	}
	return k, nil
}

// String is the verifier key that ParseKey reads.
func (k Key) String() string {
	material := append([]byte{byte(k.Algorithm)}, k.public...)
	return fmt.Sprintf("%s+%08x+%s", k.Name, k.ID, base64.StdEncoding.EncodeToString(material))
}

// Same says whether two keys wrap the same public key, whatever they are called.
func (k Key) Same(other Key) bool {
	return k.Algorithm == other.Algorithm && string(k.public) == string(other.public)
}

// Verify says whether c is the key's cosignature on a checkpoint.
func (k Key) Verify(checkpoint Checkpoint, c Cosignature) bool {
	if c.Name != k.Name || c.KeyID != k.ID || len(c.Signature) != k.Algorithm.signatureSize() || c.Time > maxTime {
		return false
	}
	switch k.Algorithm {
	case Ed25519:
		return ed25519.Verify(k.public, Ed25519Message(checkpoint, c.Time), c.Signature)
	case MLDSA44:
		message, err := MLDSA44Message(k.Name, checkpoint, c.Time)
		return err == nil && mldsa.Verify(k.mldsa, message, c.Signature, nil) == nil
	}
	return false
}
