package durable

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
)

// checksumSize is the length of a line's checksum, in hexadecimal.
const checksumSize = 8

// ErrBroken says that a line is incomplete, or not one that Seal made.
var ErrBroken = errors.New("the line is incomplete or damaged")

// Seal makes a line of text, which must not contain a line feed: a checksum that
// finds accidents (CRC-32C; it is no protection against forgery), the text, a line
// feed.
func Seal(text []byte) []byte {
	return fmt.Appendf(nil, "%08x %s\n", checksum(text), text)
}

// Unseal returns the text of a line, with its line feed, that Seal made. It fails
// with ErrBroken for anything else, such as any part of a line.
func Unseal(line []byte) ([]byte, error) {
	body, complete := bytes.CutSuffix(line, []byte("\n"))
	if !complete || len(body) <= checksumSize || bytes.IndexByte(body, '\n') >= 0 {
		return nil, ErrBroken
	}
	text := body[checksumSize+1:]
	if !bytes.Equal(Seal(text), line) {
		return nil, ErrBroken
	}
	return text, nil
}

func checksum(text []byte) uint32 {
	return crc32.Checksum(text, crc32.MakeTable(crc32.Castagnoli))
}
