package tlog

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what is read.
const (
	MaxOrigin = 255       // bytes: what an ML-DSA cosignature has room for
	MaxSize   = 1<<53 - 1 // entries: what a JSON number holds exactly
	MaxNote   = 256 << 10 // bytes of a signed checkpoint
)

// Hash is a SHA-256 hash: of an entry, a node or a root. In JSON it is lower-case hex.
type Hash [sha256.Size]byte

// String is the hash in lower-case hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes lower-case hex.
func (h Hash) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h[:]), nil }

// UnmarshalText reads what MarshalText writes, and nothing else.
func (h *Hash) UnmarshalText(text []byte) error {
	parsed, err := ParseHash(string(text))
	if err == nil {
		*h = parsed
	}
	return err
}

// ParseHash reads 64 lower-case hexadecimal digits.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != 2*len(h) || strings.ToLower(s) != s {
		return Hash{}, fmt.Errorf("%.80q is not a hash: %d lower-case hexadecimal digits", s, 2*len(h))
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return Hash{}, fmt.Errorf("%.80q is not a hash: %w", s, err)
	}
	return h, nil
}

// Checkpoint is the head of a log: how many entries it has, and the root of their Merkle
// tree (RFC 6962, section 2.1).
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   Hash
}

// Origin is the origin line of a channel's ledger log: whatever name two channels have,
// their first blocks differ. The prefix is the network's, such as "psbc.lu"; genesis is
// the header hash of block 0.
func Origin(prefix, channel string, genesis Hash) string {
	return prefix + "/" + channel + "/" + genesis.String()[:16]
}

// Text is the checkpoint as it is signed: three lines.
func (c Checkpoint) Text() string {
	return c.Origin + "\n" + strconv.FormatUint(c.Size, 10) + "\n" + base64.StdEncoding.EncodeToString(c.Root[:]) + "\n"
}

// Validate checks what Text does not.
func (c Checkpoint) Validate() error {
	if err := checkName("origin", c.Origin); err != nil {
		return err
	}
	if c.Size > MaxSize {
		return fmt.Errorf("size %d is more than %d", c.Size, uint64(MaxSize))
	}
	if c.Size == 0 && c.Root != sha256.Sum256(nil) {
		return errors.New("the root of a log without entries is the hash of nothing")
	}
	return nil
}

// ParseCheckpoint reads what Text writes, and nothing else: no extension lines either,
// which nobody could check.
func ParseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return Checkpoint{}, errors.New("a checkpoint has three lines: origin, size and root")
	}
	size, err := parseDecimal(lines[1])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("size of the checkpoint: %w", err)
	}
	root, err := decodeBase64(lines[2])
	if err != nil || len(root) != len(Hash{}) {
		return Checkpoint{}, errors.New("the root of the checkpoint is not the base64 of 32 bytes")
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: Hash(root)}
	return c, c.Validate()
}

// SignedCheckpoint is a checkpoint with the cosignatures on it.
type SignedCheckpoint struct {
	Checkpoint
	Cosignatures []Cosignature
}

// Marshal writes a signed note (https://c2sp.org/signed-note).
func (s SignedCheckpoint) Marshal() []byte {
	var note strings.Builder
	note.WriteString(s.Text())
	note.WriteString("\n")
	for _, c := range s.Cosignatures {
		note.WriteString(c.Line())
	}
	return []byte(note.String())
}

// ParseSignedCheckpoint reads what Marshal writes: a note whose text is a checkpoint. Lines
// of signatures that are no cosignatures are in Cosignatures too, with what they hold: a
// verifier passes over what it has no key for. Two lines of one key are an error.
func ParseSignedCheckpoint(note []byte) (SignedCheckpoint, error) {
	if len(note) > MaxNote {
		return SignedCheckpoint{}, fmt.Errorf("the signed checkpoint is longer than %d bytes", MaxNote)
	}
	text, signatures, ok := strings.Cut(string(note), "\n\n")
	if !ok {
		return SignedCheckpoint{}, errors.New("there is no empty line between the checkpoint and its signatures")
	}
	c, err := ParseCheckpoint(text + "\n")
	if err != nil {
		return SignedCheckpoint{}, err
	}
	s := SignedCheckpoint{Checkpoint: c}
	if signatures == "" || !strings.HasSuffix(signatures, "\n") {
		return SignedCheckpoint{}, errors.New("the signed checkpoint does not end with lines of signatures")
	}
	type identity struct {
		name string
		id   uint32
	}
	seen := make(map[identity]bool)
	for line := range strings.Lines(signatures) {
		cosignature, err := ParseCosignature(line)
		if err != nil {
			return SignedCheckpoint{}, err
		}
		by := identity{cosignature.Name, cosignature.KeyID}
		if seen[by] {
			return SignedCheckpoint{}, fmt.Errorf("two signatures of key %s+%08x", cosignature.Name, cosignature.KeyID)
		}
		seen[by] = true
		s.Cosignatures = append(s.Cosignatures, cosignature)
	}
	return s, nil
}

// checkName checks a key name or an origin, which both stand in lines of a note.
func checkName(what, s string) error {
	switch {
	case s == "" || len(s) > MaxOrigin:
		return fmt.Errorf("%s has %d bytes, not 1 to %d", what, len(s), MaxOrigin)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '+' }):
		return fmt.Errorf("%s %q has a space, a control character or a plus sign in it", what, s)
	}
	return nil
}

// parseDecimal reads a number that is written in one way.
func parseDecimal(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || strconv.FormatUint(n, 10) != s {
		return 0, fmt.Errorf("%.40q is not a decimal number without leading zeros", s)
	}
	return n, nil
}

// decodeBase64 reads base64 (RFC 4648, section 4) that is written in one way.
func decodeBase64(s string) ([]byte, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(s)
	if err == nil && base64.StdEncoding.EncodeToString(raw) != s { // line breaks are passed over
		return nil, errors.New("is not base64 as it is written")
	}
	return raw, err
}
