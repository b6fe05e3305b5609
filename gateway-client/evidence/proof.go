package evidence

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// Limits of an evidence file.
const (
	// MaxProof is the most bytes that a file may have: a value of 4 MiB has room in it.
	MaxProof = 8 << 20
	// FileExtension is how names of evidence files end (https://c2sp.org/tlog-proof).
	FileExtension = ".tlog-proof"
)

// The lines of the format, https://c2sp.org/tlog-proof.
const (
	proofHeader = "c2sp.org/tlog-proof@v1\n"
	extraPrefix = "extra "
	indexPrefix = "index "
)

// Proof is evidence: that one write is in a ledger log. Nothing in it is believed before
// Verify.
type Proof struct {
	Index uint64 // of the write's entry in the log
	Path  []Hash // from the entry's sibling up
	// Checkpoint is of the log at any size that has the entry.
	Checkpoint SignedCheckpoint
	Extra      Extra
}

// Marshal writes the evidence as a file. It fails when the evidence is none: a detail that
// Encode refuses, too long a path, a checkpoint that means nothing or that nobody has
// cosigned, and more than MaxProof bytes. Cosignatures it takes as they are: as a signer or
// a parser of package tlog made them.
func (p *Proof) Marshal() ([]byte, error) {
	extra, err := p.Extra.encode()
	if err != nil {
		return nil, err
	}
	if len(p.Path) > maxPath {
		return nil, fmt.Errorf("the path has %d hashes, more than %d", len(p.Path), maxPath)
	}
	if err := p.Checkpoint.Validate(); err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	if len(p.Checkpoint.Cosignatures) == 0 {
		return nil, errors.New("nobody has cosigned the checkpoint")
	}
	var file bytes.Buffer
	file.WriteString(proofHeader)
	file.WriteString(extraPrefix + base64.StdEncoding.EncodeToString(extra) + "\n")
	file.WriteString(indexPrefix + strconv.FormatUint(p.Index, 10) + "\n")
	for _, h := range p.Path {
		file.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	file.WriteString("\n")
	file.Write(p.Checkpoint.Marshal())
	if file.Len() > MaxProof {
		return nil, fmt.Errorf("the evidence has %d bytes, more than %d", file.Len(), MaxProof)
	}
	return file.Bytes(), nil
}

// ParseProof reads an evidence file. There is one way to write evidence: Marshal of what it
// returns gives the same bytes. Anything else fails with a *[MalformedError].
func ParseProof(file []byte) (*Proof, error) { return parseProof(file, everyCheck) }

func parseProof(file []byte, made checks) (*Proof, error) {
	p, err := readProof(file)
	if err != nil {
		return nil, malformed("evidence", err)
	}
	if !made(checkForm) {
		return p, nil
	}
	again, err := p.Marshal()
	if err != nil {
		return nil, malformed("evidence", err)
	}
	if !bytes.Equal(file, again) {
		return nil, malformed("evidence", errors.New("it is not written as evidence is: canonical base64, canonical JSON, every member and no other"))
	}
	return p, nil
}

// readProof reads leniently: it is enough that whatever is not canonical comes out as
// something else.
func readProof(file []byte) (*Proof, error) {
	if len(file) > MaxProof {
		return nil, fmt.Errorf("it has %d bytes, more than %d", len(file), MaxProof)
	}
	rest, ok := strings.CutPrefix(string(file), proofHeader)
	switch {
	case strings.Contains(string(file), "\r\n"):
		return nil, errors.New("some program has changed the ends of its lines: take the file as it was written")
	case !ok:
		return nil, fmt.Errorf("its first line is not %q", strings.TrimSuffix(proofHeader, "\n"))
	}
	head, note, ok := strings.Cut(rest, "\n\n")
	if !ok {
		return nil, errors.New("there is no empty line before the checkpoint")
	}
	lines := strings.Split(head, "\n")
	if len(lines) < 2 || len(lines) > 2+maxPath {
		return nil, fmt.Errorf("there are %d lines before the checkpoint, not extra, index and at most %d hashes", len(lines), maxPath)
	}
	p := &Proof{}
	var err error
	if p.Extra, err = readExtra(lines[0]); err != nil {
		return nil, fmt.Errorf("line extra: %w", err)
	}
	number, ok := strings.CutPrefix(lines[1], indexPrefix)
	if p.Index, err = strconv.ParseUint(number, 10, 64); err != nil || !ok {
		return nil, errors.New("its third line is not index and a number")
	}
	for i, line := range lines[2:] {
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != len(Hash{}) {
			return nil, fmt.Errorf("hash %d of the path is not the base64 of %d bytes", i, len(Hash{}))
		}
		p.Path = append(p.Path, Hash(raw))
	}
	if p.Checkpoint, err = tlog.ParseSignedCheckpoint([]byte(note)); err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	return p, nil
}

func readExtra(line string) (Extra, error) {
	encoded, ok := strings.CutPrefix(line, extraPrefix)
	if !ok {
		return Extra{}, errors.New("it is missing; evidence without it is for other programs")
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return Extra{}, fmt.Errorf("it is not base64: %w", err)
	}
	return decodeExtra(raw)
}
