package trail

import (
	"encoding/json"
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
)

// The values below hold the parts of a batch. Their members are declared in canonical
// order, as canonical.MarshalSorted requires; so are those of Entry.

type entryChunk struct {
	Entries []Entry `json:"entries"`
	V       int     `json:"v"`
}

type commitmentChunk struct {
	Commitments []string `json:"commitments"`
	V           int      `json:"v"`
}

type positions struct {
	At []int `json:"at"`
	V  int   `json:"v"`
}

type bucket struct {
	Postings []Posting `json:"postings"`
	V        int       `json:"v"`
}

// Chunks returns how many chunks a batch of that many entries has.
func Chunks(entries int) int { return (entries + ChunkEntries - 1) / ChunkEntries }

// EncodeChunk returns the canonical JSON (RFC 8785) of 1 to ChunkEntries valid entries,
// the value that the ledger stores; their times are written in canonical.TimeLayout.
func EncodeChunk(entries []Entry) ([]byte, error) {
	c := entryChunk{Entries: make([]Entry, len(entries)), V: SchemaVersion}
	for i, e := range entries {
		c.Entries[i] = e.stored()
	}
	return canonical.MarshalSorted(c)
}

// DecodeChunk reads what EncodeChunk wrote. A page of entries reads many chunks for few
// entries of each, so it only checks that nothing is missing: what the fields hold was
// checked when they were appended.
func DecodeChunk(value []byte) ([]Entry, error) {
	c, ok := (&reader{text: string(value)}).entryChunk()
	if !ok {
		c = entryChunk{}
		if err := json.Unmarshal(value, &c); err != nil {
			return nil, fmt.Errorf("chunk: %w", err)
		}
	}
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("chunk: %w", err)
	}
	return c.Entries, nil
}

func (c entryChunk) validate() error {
	if err := checkChunk(c.V, "entries", len(c.Entries)); err != nil {
		return err
	}
	for i, e := range c.Entries {
		if e.Action == "" || e.Actor == "" || e.OccurredAt == "" || e.Outcome == "" {
			return inEntry(i, check.Invalid("/action", "or actor, occurredAt or outcome is missing"))
		}
	}
	return nil
}

func checkChunk(v int, field string, n int) error {
	if err := checkVersion("chunk", v); err != nil {
		return err
	}
	if n == 0 || n > ChunkEntries {
		return check.Invalid(field, "are %d, not 1 to %d", n, ChunkEntries)
	}
	return nil
}

// EncodeCommitments returns the canonical JSON (RFC 8785) of 1 to ChunkEntries
// commitments, the value that the ledger stores.
func EncodeCommitments(commitments []string) ([]byte, error) {
	return canonical.MarshalSorted(commitmentChunk{Commitments: commitments, V: SchemaVersion})
}

// DecodeCommitments reads what EncodeCommitments wrote, and checks each.
func DecodeCommitments(value []byte) ([]string, error) {
	c, err := check.Decode("commitments", value, commitmentChunk.validate)
	return c.Commitments, err
}

func (c commitmentChunk) validate() error {
	if err := checkChunk(c.V, "commitments", len(c.Commitments)); err != nil {
		return err
	}
	for _, commitment := range c.Commitments {
		if err := check.Hash("commitments", commitment); err != nil {
			return err
		}
	}
	return nil
}

// EncodePositions returns the canonical JSON (RFC 8785) of ascending positions in a
// batch, the value that the ledger stores in its indexes.
func EncodePositions(at []int) ([]byte, error) {
	return canonical.MarshalSorted(positions{At: at, V: SchemaVersion})
}

// DecodePositions reads what EncodePositions wrote, and checks that they ascend within a
// batch.
func DecodePositions(value []byte) ([]int, error) {
	p, err := check.Decode("positions", value, positions.validate)
	return p.At, err
}

func (p positions) validate() error {
	if err := checkVersion("list of positions", p.V); err != nil {
		return err
	}
	return ascending(p.At)
}

// ascending checks the positions of a posting.
func ascending(at []int) error {
	if len(at) == 0 {
		return check.Invalid("at", "is empty")
	}
	before := -1
	for _, position := range at {
		if position <= before || position >= MaxEntries {
			return check.Invalid("at", "%d after %d is not a position", position, before)
		}
		before = position
	}
	return nil
}

// EncodeBucket returns the canonical JSON (RFC 8785) of the postings of a bucket, sorted
// by pseudonym: the value that the ledger stores.
func EncodeBucket(postings []Posting) ([]byte, error) {
	return canonical.MarshalSorted(bucket{Postings: postings, V: SchemaVersion})
}

// DecodeBucket reads what EncodeBucket wrote, and checks that each pseudonym is there once
// and its positions ascend within a batch.
func DecodeBucket(value []byte) ([]Posting, error) {
	b, err := check.Decode("bucket", value, bucket.validate)
	return b.Postings, err
}

func (b bucket) validate() error {
	if err := checkVersion("bucket", b.V); err != nil {
		return err
	}
	if len(b.Postings) == 0 {
		return check.Invalid("postings", "are none")
	}
	before := ""
	for _, p := range b.Postings {
		if p.Pseudonym <= before {
			return check.Invalid("pseudonym", "%q after %q is out of order", p.Pseudonym, before)
		}
		if err := ascending(p.At); err != nil {
			return err
		}
		before = p.Pseudonym
	}
	return nil
}
