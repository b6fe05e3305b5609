package batchfile

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"path/filepath"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

const body = "CTIEMSP"

// rawDigest is some digest that depends on the number only.
func rawDigest(algorithm notary.Algorithm, i int) []byte {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
	return append(sum[:], sum[:]...)[:algorithm.Size()]
}

func digestText(algorithm notary.Algorithm, i int) notary.Digest {
	return notary.Digest(fmt.Sprintf("%s:%x", algorithm, rawDigest(algorithm, i)))
}

// nameOf is the name of a member, of some pages only.
func nameOf(i int) string {
	if i>>pageBits%3 == 1 {
		return ""
	}
	return fmt.Sprintf("dir/é \"%d\"\n\xff.pdf", i)
}

func requestOf(algorithm notary.Algorithm) notary.AnchorRequest {
	return notary.AnchorRequest{RequestID: "request-0001", Algorithm: algorithm, Type: "deed", Reference: "Dossier <&> n° 4711", After: &notary.After{Size: 7, Root: fmt.Sprintf("%064x", 7)}}
}

// fill appends members from..to-1 to a writer.
func fill(t require.TestingT, w *Writer, algorithm notary.Algorithm, to int, named bool) {
	var page Page
	for first := 0; first < to; first += PageSize {
		var digests [][]byte
		var names []string
		for i := first; i < min(first+PageSize, to); i++ {
			digests = append(digests, rawDigest(algorithm, i))
			if named {
				names = append(names, nameOf(i))
			}
		}
		require.NoError(t, page.Fill(algorithm, digests, names))
		require.NoError(t, w.Append(&page))
	}
}

// write makes a batch file of so many members.
func write(t require.TestingT, path string, algorithm notary.Algorithm, count int, named bool) Head {
	w, err := Create(path, algorithm)
	require.NoError(t, err)
	fill(t, w, algorithm, count, named)
	head := Head{Body: body, Request: requestOf(algorithm)}
	head.Request.Count = w.Count()
	head.Request.Root, err = w.Root()
	require.NoError(t, err)
	require.NoError(t, w.Seal(head))
	w.Abort() // does nothing any more
	head.V, head.NameBytes = Version, w.nameBytes()
	return head
}

func open(t require.TestingT, path string) *File {
	f, err := Open(path)
	require.NoError(t, err)
	return f
}

func somewhere(t interface{ TempDir() string }) string {
	return filepath.Join(t.TempDir(), "plans.batch")
}

// anchorOf is the ledger's answer.
func anchorOf(t require.TestingT, head Head) notary.Anchor {
	a, err := notary.AnchorBatch(head.Body, head.Request, notary.Tx{ID: "tx1", ClaimedTime: "2026-11-22T09:30:01.000000000Z"}, nil)
	require.NoError(t, err)
	return a
}
