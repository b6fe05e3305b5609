package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/gateway-client/internal/durable"
)

// maxLine bounds a line; those that this package writes are a third as long.
const maxLine = 1024

// State is what a journal says.
type State struct {
	Header  Header
	Entries []Entry // Entries[i] is batch i, as its last line says
}

// Parse reads a journal, and returns besides the length of what is whole in it.
// Only a last line may be broken: it does not count. A journal without a whole
// first line is an error, since it cannot be the work of a crash.
func Parse(in io.Reader) (State, int64, error) {
	var s State
	var valid int64
	lines := bufio.NewReaderSize(in, maxLine)
	for number := 1; ; number++ {
		line, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0 && number > 1:
			return s, valid, nil
		case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull):
			return State{}, 0, err
		}
		text, broken := durable.Unseal(line)
		switch {
		case broken != nil && number == 1:
			return State{}, 0, errors.New("is not an import journal")
		case broken != nil:
			if err := checkLast(lines, line); err != nil {
				return State{}, 0, fmt.Errorf("line %d: %w", number, err)
			}
			return s, valid, nil
		}
		if err := s.take(number, text); err != nil {
			return State{}, 0, fmt.Errorf("line %d: %w", number, err)
		}
		valid += int64(len(line))
	}
}

// checkLast fails unless the journal ends with the broken line.
func checkLast(lines *bufio.Reader, line []byte) error {
	for {
		ended := len(line) > 0 && line[len(line)-1] == '\n'
		next, err := lines.ReadSlice('\n')
		switch {
		case len(next) == 0 && errors.Is(err, io.EOF):
			return nil
		case ended:
			return durable.ErrBroken
		case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
		line = next
	}
}

// take adds a line to what was read before.
func (s *State) take(number int, text []byte) error {
	if number == 1 {
		if err := canonical.Unmarshal(text, &s.Header); err != nil {
			return err
		}
		if s.Header.V != Version {
			return fmt.Errorf("v is %d, not %d: the journal is of another version", s.Header.V, Version)
		}
		return nil
	}
	var entry Entry
	if err := canonical.Unmarshal(text, &entry); err != nil {
		return err
	}
	return s.add(entry)
}

// add takes an entry over if it can follow the others: the next batch, begun; or
// an earlier one, begun anew with other rows in place of the same number, or done.
func (s *State) add(entry Entry) error {
	if entry.Batch < 0 || entry.Batch > len(s.Entries) || entry.RequestID != s.Header.RequestID(entry.Batch) {
		return fmt.Errorf("batch %d with request %q cannot follow %d batches", entry.Batch, entry.RequestID, len(s.Entries))
	}
	if entry.Batch == len(s.Entries) {
		first := 0
		if entry.Batch > 0 {
			last := s.Entries[entry.Batch-1]
			first = last.First + last.Rows
		}
		if entry.First != first || entry.Rows < 1 || entry.Rows > registry.MaxBatch || entry.Done {
			return fmt.Errorf("batch %d does not begin with 1 to %d rows from row %d on, where the last one ended", entry.Batch, registry.MaxBatch, first)
		}
		s.Entries = append(s.Entries, entry)
		return nil
	}
	before := s.Entries[entry.Batch]
	same := before
	same.Done, same.Digest = entry.Done, entry.Digest
	if before.Done || entry != same || entry.Done && entry.Digest != before.Digest {
		return fmt.Errorf("batch %d contradicts an earlier line", entry.Batch)
	}
	s.Entries[entry.Batch] = entry
	return nil
}
