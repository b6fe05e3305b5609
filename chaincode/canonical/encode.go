// Package canonical writes and reads the JSON values of the public interface:
// canonical out (RFC 8785, JCS), strict in.
//
// Chaincode compares and hashes what it stores, so one value must have one
// encoding; and it must not guess what a request means, so what encoding/json
// lets pass (duplicate or differently spelled members, unknown members, text
// after the value, broken Unicode) is refused.
package canonical

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/gowebpki/jcs"
)

// Marshal returns the canonical JSON of v: that of encoding/json, transformed
// as RFC 8785 says.
func Marshal(v any) ([]byte, error) {
	raw, err := marshal(v)
	if err != nil {
		return nil, err
	}
	out, err := jcs.Transform(raw)
	if err != nil {
		return nil, fmt.Errorf("canonical JSON: %w", err)
	}
	return out, nil
}

// MarshalSorted returns the same bytes as Marshal about ten times as fast, for
// values whose structs declare their members in canonical order. What it
// requires: every struct in v lists its members by ascending JSON name, no value
// is a map or a float, and integers are within ±2⁵³. It does not check that;
// the tests of a type that is encoded this way must.
//
// It relies on this: apart from the order of members, encoding/json without HTML
// escaping differs from RFC 8785 only in writing U+2028, U+2029 and what stands for
// invalid UTF-8 as escapes, and such values take the slow path.
func MarshalSorted(v any) ([]byte, error) {
	raw, err := marshal(v)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(raw, []byte(`\u202`)) || bytes.Contains(raw, []byte(`\ufffd`)) {
		return Marshal(v)
	}
	return raw, nil
}

func marshal(v any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, fmt.Errorf("JSON: %w", err)
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}
