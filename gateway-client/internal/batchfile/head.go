package batchfile

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/gateway-client/internal/durable"
)

// Version is the "v" of a batch file's head.
const Version = 1

// Head is what a batch file says of itself.
type Head struct {
	Body string `json:"body"` // MSP ID of the body whose batch it is
	// NameBytes is the length of the file with the names, 0 when there is none.
	NameBytes uint64 `json:"nameBytes,omitempty"`
	// Request is what anchors the batch. It is fixed before it is sent for the first time,
	// so that it can be sent again and again.
	Request notary.AnchorRequest `json:"request"`
	V       int                  `json:"v"`
}

func (h Head) validate() error {
	if h.V != Version {
		return fmt.Errorf("v is %d, not %d: the batch file is of another version", h.V, Version)
	}
	if err := check.Body("body", h.Body); err != nil {
		return err
	}
	return h.Request.Validate()
}

// encodeSlot writes a value into the room that is kept for it.
func encodeSlot(v any) ([]byte, error) {
	text, err := canonical.Marshal(v)
	if err != nil {
		return nil, err
	}
	line := durable.Seal(text)
	if len(line) > slotSize {
		return nil, fmt.Errorf("%d bytes do not fit into %d", len(line), slotSize)
	}
	return append(line, make([]byte, slotSize-len(line))...), nil
}

var errSlot = errors.New("is not what was written there")

// decodeSlot reads what encodeSlot wrote, and nothing else.
func decodeSlot(slot []byte, v any) error {
	end := bytes.IndexByte(slot, '\n') + 1
	text, err := durable.Unseal(slot[:end])
	if err != nil {
		return err
	}
	if err := canonical.Unmarshal(text, v); err != nil {
		return err
	}
	again, err := encodeSlot(v)
	if err != nil || !bytes.Equal(again, slot) {
		return errSlot
	}
	return nil
}

// decodeHead reads the head of a batch file.
func decodeHead(slot []byte) (Head, error) {
	var head Head
	if err := decodeSlot(slot, &head); err != nil {
		return Head{}, err
	}
	return head, head.validate()
}

// decodeAnswer reads the anchor; nil when there is none yet. What a crash left half
// written is none: the request is sent again, and answered with what stands.
func decodeAnswer(slot []byte, head Head) *notary.Anchor {
	var anchor notary.Anchor
	if err := decodeSlot(slot, &anchor); err != nil {
		return nil
	}
	if anchor.Validate() != nil || !head.answeredBy(anchor) {
		return nil
	}
	return &anchor
}

// answeredBy says whether an anchor is that of the batch. Its request id may be another: that
// of a batch file that was lost.
func (h Head) answeredBy(a notary.Anchor) bool {
	return a.Body == h.Body && a.Root == h.Request.Root && a.Count == h.Request.Count && a.Algorithm == h.Request.Algorithm
}
