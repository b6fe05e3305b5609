package evidence

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"filippo.io/mldsa"

	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// seedSize is the size of a private key of either algorithm: the seed that it is made of
// (RFC 8032, section 5.1.5; FIPS 204, section 5.1).
const seedSize = 32

// signerPrefix begins the text of a private key (https://c2sp.org/signed-note).
const signerPrefix = "PRIVATE+KEY+"

// Signer is a private key of a witness.
type Signer struct {
	key     tlog.Key
	seed    [seedSize]byte
	ed25519 ed25519.PrivateKey
	mldsa   *mldsa.PrivateKey
}

// GenerateSigner makes a key of the algorithm; the name is tlog.WitnessName of the log and
// the body. Use crypto/rand.Reader. It fails when the name is no key name, when the
// algorithm is unknown, and when random fails.
func GenerateSigner(name string, algorithm tlog.Algorithm, random io.Reader) (*Signer, error) {
	var seed [seedSize]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return nil, fmt.Errorf("make a key of %s: %w", name, err)
	}
	return newSigner(name, algorithm, seed)
}

func newSigner(name string, algorithm tlog.Algorithm, seed [seedSize]byte) (*Signer, error) {
	s := &Signer{seed: seed}
	var public []byte
	switch algorithm {
	case tlog.Ed25519:
		s.ed25519 = ed25519.NewKeyFromSeed(seed[:])
		public = s.ed25519[seedSize:] // the private key ends with the public one
	case tlog.MLDSA44:
		var err error
		if s.mldsa, err = mldsa.NewPrivateKey(mldsa.MLDSA44(), seed[:]); err != nil {
			return nil, fmt.Errorf("private key of %s: %w", name, err)
		}
		public = s.mldsa.PublicKey().Bytes()
	default:
		return nil, fmt.Errorf("private key of %s: %s is not one of %s, %s", name, algorithm, tlog.Ed25519, tlog.MLDSA44)
	}
	var err error
	if s.key, err = tlog.NewKey(name, algorithm, public); err != nil {
		return nil, err
	}
	return s, nil
}

// ParseSigner reads what String writes. Its errors never show a part of the key.
func ParseSigner(skey string) (*Signer, error) {
	rest, prefixed := strings.CutPrefix(skey, signerPrefix)
	name, rest, named := strings.Cut(rest, "+")
	_, encoded, found := strings.Cut(rest, "+")
	if !prefixed || !named || !found {
		return nil, errors.New("a private key reads " + signerPrefix + "name+id+base64")
	}
	material, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(material) != 1+seedSize {
		return nil, fmt.Errorf("private key of %.80q: its last part is not the base64 of an algorithm and %d bytes", name, seedSize)
	}
	s, err := newSigner(name, tlog.Algorithm(material[0]), [seedSize]byte(material[1:]))
	if err != nil {
		return nil, err
	}
	if s.String() != skey {
		return nil, fmt.Errorf("private key of %.80q: its id is not that of the key, or it is not written as keys are", name)
	}
	return s, nil
}

// String is the private key as text, name and id included. It is secret: whoever has it
// signs as the witness.
func (s *Signer) String() string {
	material := append([]byte{byte(s.key.Algorithm)}, s.seed[:]...)
	return fmt.Sprintf("%s%s+%08x+%s", signerPrefix, s.key.Name, s.key.ID, base64.StdEncoding.EncodeToString(material))
}

// Format keeps the private key out of logs: whatever the verb, fmt and log/slog write the
// name and id of the key only.
func (s Signer) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "%s+%08x", s.key.Name, s.key.ID)
}

// Key is the public key.
func (s *Signer) Key() tlog.Key { return s.key }

// Sign makes the cosignature on a checkpoint at a time, in seconds since 1970. It fails
// when the checkpoint means nothing or the time is more than an int64 holds. Whether the
// witness may make it is not decided here.
func (s *Signer) Sign(c Checkpoint, at uint64) (tlog.Cosignature, error) {
	if err := c.Validate(); err != nil {
		return tlog.Cosignature{}, fmt.Errorf("cosign: %w", err)
	}
	if at > math.MaxInt64 {
		return tlog.Cosignature{}, fmt.Errorf("cosign: %d seconds are no time", at)
	}
	signature, err := s.sign(c, at)
	if err != nil {
		return tlog.Cosignature{}, fmt.Errorf("cosign as %s: %w", s.key.Name, err)
	}
	return tlog.Cosignature{Name: s.key.Name, KeyID: s.key.ID, Time: at, Signature: signature}, nil
}

func (s *Signer) sign(c Checkpoint, at uint64) ([]byte, error) {
	if s.key.Algorithm == tlog.Ed25519 {
		return ed25519.Sign(s.ed25519, tlog.Ed25519Message(c, at)), nil
	}
	message, err := tlog.MLDSA44Message(s.key.Name, c, at)
	if err != nil {
		return nil, err
	}
	return s.mldsa.Sign(nil, message, nil) // hedged with the system's randomness (FIPS 204, section 3.4)
}
