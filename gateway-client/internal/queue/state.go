package queue

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/gateway-client/internal/durable"
)

// state says how far the queue was taken. Lines before First are gone for good.
type state struct {
	// Name says what the queue is for.
	Name string `json:"name"`
	// Number is that of the batch that begins with line First.
	Number int `json:"number"`
	First  int `json:"first"`
	// Count is how many lines the batch has; 0 while it is not cut.
	Count int `json:"count"`
	// Digest is that of the batch's lines; empty while it is not cut.
	Digest string `json:"digest"`
	V      int    `json:"v"`
}

// parseState reads a state file's one line.
func parseState(content []byte) (state, error) {
	var s state
	text, err := durable.Unseal(content)
	if err != nil {
		return s, errors.New("line 1: is damaged, or is no state of a queue")
	}
	if err := canonical.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("line 1: %w", err)
	}
	cut := s.Count > 0
	switch {
	case s.V != version:
		return s, fmt.Errorf("line 1: v is %d, not %d: the queue is of another version", s.V, version)
	case s.Number < 1 || s.First < 1 || s.Count < 0 || cut != (s.Digest != ""):
		return s, errors.New("line 1: contradicts itself")
	}
	return s, nil
}

// readState returns fs.ErrNotExist when there is none.
func readState(path string) (state, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return state{}, err
	}
	s, err := parseState(content)
	if err != nil {
		return state{}, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// write replaces the file: the old state or the new one is there, whatever happens.
func (s state) write(path string) error {
	text, err := canonical.Marshal(s)
	if err != nil {
		return err
	}
	return durable.Replace(path, durable.Seal(text))
}

// digestOf identifies the lines of a batch.
func digestOf(lines [][]byte) string {
	h := sha256.New()
	for _, line := range lines {
		h.Write(line)
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil))
}
