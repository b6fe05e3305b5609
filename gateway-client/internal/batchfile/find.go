package batchfile

import (
	"bytes"
	"encoding/hex"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// Find returns the index of the first member with the digest, from index from on, and
// whether there is one. It reads the digests one after the other, since an index over them would
// take as much room as they do: 32 MB of a million SHA-256 digests, in hundredths of a
// second when the file is in memory.
func (f *File) Find(digest notary.Digest, from uint64) (uint64, bool, error) {
	algorithm := f.head.Request.Algorithm
	if digest.Algorithm() != algorithm {
		return 0, false, nil
	}
	wanted, err := hex.DecodeString(strings.TrimPrefix(string(digest), string(algorithm)+":"))
	if err != nil || uint64(len(wanted)) != f.layout.digestSize {
		return 0, false, nil
	}
	const chapter = 1 << chapterBits
	buffer := make([]byte, chapter*f.layout.digestSize)
	for from < f.layout.count {
		end := min(f.layout.count, from/chapter*chapter+chapter)
		digests := buffer[:(end-from)*f.layout.digestSize]
		if err := f.read(digests, f.layout.digestAt(from)); err != nil {
			return 0, false, err
		}
		if i, found := indexOf(digests, wanted); found {
			return from + i, true, nil
		}
		from = end
	}
	return 0, false, nil
}

// indexOf looks for a digest among others, which come one after the other.
func indexOf(digests, wanted []byte) (uint64, bool) {
	size := len(wanted)
	for at := 0; at < len(digests); {
		i := bytes.Index(digests[at:], wanted)
		switch {
		case i < 0:
			return 0, false
		case (at+i)%size == 0:
			return uint64((at + i) / size), true //nolint:gosec // not negative
		}
		at += i + 1
	}
	return 0, false
}
