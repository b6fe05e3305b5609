package prove

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// Cutter writes the evidence of a batch's documents. All that they have in common is made
// once. It is safe for concurrent use.
type Cutter struct {
	root  evidence.Hash
	count uint64
	// A file is head, then the base64 of before, the member and after, then tail.
	head, before, after, tail []byte
}

// NewCutter takes the evidence of a batch's anchor, of Prove without a member.
func NewCutter(anchor *evidence.Proof) (*Cutter, error) {
	record, err := notary.DecodeAnchor(anchor.Extra.Value)
	if err != nil {
		return nil, fmt.Errorf("the evidence is not that of a batch: %w", err)
	}
	c := &Cutter{count: record.Count}
	if err := c.root.UnmarshalText([]byte(record.Root)); err != nil {
		return nil, err
	}
	// What a place in the batch looks like in a file tells what is before and after it.
	sample := evidence.Member{Digest: "sha2-256:0000000000000000000000000000000000000000000000000000000000000000"}
	with := *anchor
	with.Extra.Member = &sample
	file, err := with.Marshal()
	if err != nil {
		return nil, err
	}
	return c, c.split(file, sample)
}

// extraBegins is what the line of the file begins with that has the place in the batch in it.
const extraBegins = "\nextra "

// split takes a file apart around its place in the batch.
func (c *Cutter) split(file []byte, sample evidence.Member) error {
	at := bytes.Index(file, []byte(extraBegins)) + len(extraBegins)
	length := bytes.IndexByte(file[at:], '\n')
	if at < len(extraBegins) || length < 0 {
		return errors.New("evidence has no line with what it says of the write")
	}
	extra, err := base64.StdEncoding.AppendDecode(nil, file[at:at+length])
	if err != nil {
		return err
	}
	place := appendMember(nil, sample)
	// Inside of JSON's texts every quotation mark is escaped, so this is found in one place.
	before, after, found := bytes.Cut(extra, place)
	if !found || bytes.Contains(after, place) {
		return errors.New("evidence does not have the place in the batch where it was put")
	}
	c.head, c.before, c.after, c.tail = file[:at], before, after, file[at+length:]
	return nil
}

// Cut returns the evidence file of a document of the batch. It fails with an
// *evidence.MemberError when the document is not at that place.
func (c *Cutter) Cut(m evidence.Member) ([]byte, error) {
	if err := evidence.VerifyMember(c.root, c.count, m); err != nil {
		return nil, err
	}
	extra := make([]byte, 0, len(c.before)+len(c.after)+memberSize(m))
	extra = append(extra, c.before...)
	extra = append(appendMember(extra, m), c.after...)

	file := make([]byte, 0, len(c.head)+base64.StdEncoding.EncodedLen(len(extra))+len(c.tail))
	file = append(file, c.head...)
	file = base64.StdEncoding.AppendEncode(file, extra)
	file = append(file, c.tail...)
	if len(file) > evidence.MaxProof {
		return nil, fmt.Errorf("the evidence has %d bytes, more than %d", len(file), evidence.MaxProof)
	}
	return file, nil
}

// memberSize is more than what appendMember needs.
func memberSize(m evidence.Member) int { return 256 + 67*len(m.Path) }

// appendMember writes a place in a batch as it is in canonical JSON. Digests are plain ASCII.
func appendMember(to []byte, m evidence.Member) []byte {
	to = append(to, `"member":{"digest":"`...)
	to = append(to, m.Digest...)
	to = append(to, `","index":`...)
	to = strconv.AppendUint(to, m.Index, 10)
	to = append(to, `,"path":[`...)
	for i, h := range m.Path {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(to, '"')
		text, _ := h.MarshalText() // never fails
		to = append(append(to, text...), '"')
	}
	return append(to, "]}"...)
}
