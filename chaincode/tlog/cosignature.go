package tlog

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxTime is what a cosignature's time may be at most.
const maxTime = math.MaxInt64

// Cosignature is a line under a checkpoint: a witness saw a log that is consistent with
// all it saw before, of this size and root, at this time.
type Cosignature struct {
	Name  string // of the key
	KeyID uint32
	// Time is the witness's own, in seconds since 1970 (POSIX).
	Time      uint64
	Signature []byte
}

const (
	dash         = "— "
	keyIDBytes   = 4
	timeBytes    = 8
	mldsaLabel   = "subtree/v1\n\x00"
	ed25519Label = "cosignature/v1\n"
)

// Line is the signature line of a note, with its newline.
func (c Cosignature) Line() string {
	raw := binary.BigEndian.AppendUint32(make([]byte, 0, keyIDBytes+timeBytes+len(c.Signature)), c.KeyID)
	raw = binary.BigEndian.AppendUint64(raw, c.Time)
	return dash + c.Name + " " + base64.StdEncoding.EncodeToString(append(raw, c.Signature...)) + "\n"
}

// ParseCosignature reads what Line writes.
func ParseCosignature(line string) (Cosignature, error) {
	rest, dashed := strings.CutPrefix(line, dash)
	rest, ended := strings.CutSuffix(rest, "\n")
	name, encoded, found := strings.Cut(rest, " ")
	if !dashed || !ended || !found {
		return Cosignature{}, errors.New("a line of a signature reads: em dash, key name, base64")
	}
	if err := checkName("key name", name); err != nil {
		return Cosignature{}, err
	}
	raw, err := decodeBase64(encoded)
	if err != nil || len(raw) <= keyIDBytes+timeBytes {
		return Cosignature{}, fmt.Errorf("the signature of %s is not base64 of a key id, a time and a signature", name)
	}
	return Cosignature{
		Name:      name,
		KeyID:     binary.BigEndian.Uint32(raw),
		Time:      binary.BigEndian.Uint64(raw[keyIDBytes:]),
		Signature: raw[keyIDBytes+timeBytes:],
	}, nil
}

// Ed25519Message is what an Ed25519 cosignature signs.
func Ed25519Message(c Checkpoint, time uint64) []byte {
	return []byte(ed25519Label + "time " + strconv.FormatUint(time, 10) + "\n" + c.Text())
}

// MLDSA44Message is what an ML-DSA-44 cosignature of a whole log signs. It fails when name
// or origin is longer than it has room for.
func MLDSA44Message(name string, c Checkpoint, time uint64) ([]byte, error) {
	if err := errors.Join(checkName("key name", name), checkName("origin", c.Origin)); err != nil {
		return nil, err
	}
	m := []byte(mldsaLabel)
	m = append(append(m, byte(len(name))), name...) //nolint:gosec // checkName bounds both lengths
	m = binary.BigEndian.AppendUint64(m, time)
	m = append(append(m, byte(len(c.Origin))), c.Origin...) //nolint:gosec // as above
	m = binary.BigEndian.AppendUint64(m, 0)                 // the first entry
	m = binary.BigEndian.AppendUint64(m, c.Size)
	return append(m, c.Root[:]...), nil
}
