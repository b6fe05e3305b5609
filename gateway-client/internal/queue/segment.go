package queue

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/gateway-client/internal/durable"
)

// version is the "v" of a segment's first line and of a state.
const version = 1

// separator stands between the lines of a group, which therefore do not contain it.
const separator = '\t'

// suffix ends the name of a segment's file.
const suffix = ".lines"

// header is a segment's first line.
type header struct {
	First int `json:"first"` // sequence number of the segment's first line, from 1
	V     int `json:"v"`
}

// group is the lines that became durable together.
type group struct {
	at     time.Time
	lines  [][]byte
	offset int64 // in the file
	length int64
}

// segmentName is the file of the segment that begins with a line.
func segmentName(first int) string { return fmt.Sprintf("%020d%s", first, suffix) }

// firstOf is the opposite of segmentName.
func firstOf(path string) (int, error) {
	name := filepath.Base(path)
	first, err := strconv.Atoi(strings.TrimSuffix(name, suffix))
	if err != nil || first < 1 || segmentName(first) != name {
		return 0, fmt.Errorf("%s: is not the name of a segment", path)
	}
	return first, nil
}

func sealHeader(first int) ([]byte, error) {
	text, err := canonical.Marshal(header{First: first, V: version})
	if err != nil {
		return nil, err
	}
	return durable.Seal(text), nil
}

func sealGroup(at time.Time, lines [][]byte) []byte {
	text := at.UTC().AppendFormat(nil, time.RFC3339Nano)
	for _, line := range lines {
		text = append(append(text, separator), line...)
	}
	return durable.Seal(text)
}

// openGroup reads what sealGroup made.
func openGroup(line []byte) (group, error) {
	text, err := durable.Unseal(line)
	if err != nil {
		return group{}, err
	}
	parts := bytes.Split(text, []byte{separator})
	at, err := time.Parse(time.RFC3339Nano, string(parts[0]))
	switch {
	case err != nil:
		return group{}, errors.New("does not begin with a time")
	case len(parts) == 1:
		return group{}, errors.New("has no lines")
	}
	return group{at: at, lines: parts[1:], length: int64(len(line))}, nil
}

// parseSegment reads the content of a segment that begins with line first, and
// returns besides the length of what is whole in it. Only a last line of the file
// may be broken, and only where torn allows it: it does not count. The error of a
// line begins with its number.
func parseSegment(content []byte, first int, torn bool) ([]group, int64, error) {
	var groups []group
	var valid int64
	for number := 1; ; number++ {
		rest := content[valid:]
		if len(rest) == 0 && number > 1 {
			return groups, valid, nil
		}
		line := rest
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			line = rest[:end+1]
		}
		if number == 1 {
			if err := checkHeader(line, first); err != nil {
				return nil, 0, fmt.Errorf("line 1: %w", err)
			}
			valid += int64(len(line))
			continue
		}
		g, err := openGroup(line)
		switch {
		case errors.Is(err, durable.ErrBroken) && torn && len(line) == len(rest):
			return groups, valid, nil
		case err != nil:
			return nil, 0, fmt.Errorf("line %d: %w", number, err)
		}
		g.offset = valid
		groups = append(groups, g)
		valid += g.length
	}
}

func checkHeader(line []byte, first int) error {
	text, err := durable.Unseal(line)
	if err != nil {
		return err
	}
	var h header
	if err := canonical.Unmarshal(text, &h); err != nil {
		return err
	}
	switch {
	case h.V != version:
		return fmt.Errorf("v is %d, not %d: the queue is of another version", h.V, version)
	case h.First != first:
		return fmt.Errorf("begins with line %d, not %d: the file was renamed", h.First, first)
	}
	return nil
}
