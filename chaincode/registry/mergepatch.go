package registry

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/canonical"
)

// MergePatch applies a JSON merge patch as RFC 7396 says and returns the result as
// canonical JSON. Both have to be JSON; target may be empty, for nothing.
func MergePatch(target, patch json.RawMessage) (json.RawMessage, error) {
	merged, err := merge(target, patch)
	if err != nil {
		return nil, fmt.Errorf("merge patch: %w", err)
	}
	return canonical.Marshal(merged)
}

// merge is the algorithm of RFC 7396, section 2.
func merge(target, patch json.RawMessage) (json.RawMessage, error) {
	if !isObject(patch) {
		return patch, nil
	}
	changes, err := membersOf(patch)
	if err != nil {
		return nil, err
	}
	result := members{}
	if isObject(target) {
		if result, err = membersOf(target); err != nil {
			return nil, err
		}
	}
	for _, name := range changes.names() {
		if isNull(changes[name]) {
			delete(result, name)
			continue
		}
		if result[name], err = merge(result[name], changes[name]); err != nil {
			return nil, err
		}
	}
	return json.Marshal(result)
}

func isObject(raw json.RawMessage) bool {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	return len(raw) > 0 && raw[0] == '{'
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }
