package registry

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/canonical"
)

// document is a JSON object that keeps the rules for data.
type document struct {
	raw    json.RawMessage // canonical (RFC 8785)
	tree   map[string]any
	values int // how many JSON values it has
}

// readDocument reads data, a patch or private fields; what names them in sentences.
// It fails with INVALID_ARGUMENT and the JSON pointer of what is wrong.
func readDocument(what string, raw json.RawMessage, limit int) (document, error) {
	tree, values, err := readTree(what, raw)
	if err != nil {
		return document{}, err
	}
	object, ok := tree.(map[string]any)
	if !ok {
		return document{}, misplaced(what, "", "is not an object")
	}
	written, err := canonical.Marshal(raw)
	if err != nil {
		return document{}, fmt.Errorf("%s: %w", what, err)
	}
	if len(written) > limit {
		return document{}, misplaced(what, "", "has %d bytes of canonical JSON, more than %d", len(written), limit)
	}
	return document{raw: written, tree: object, values: values}, nil
}

// members are the members of a JSON object, each as it is written.
type members map[string]json.RawMessage

// membersOf reads the members of what is known to be a JSON object.
func membersOf(object json.RawMessage) (members, error) {
	m := members{}
	if err := json.Unmarshal(object, &m); err != nil {
		return nil, fmt.Errorf("members of an object: %w", err)
	}
	return m, nil
}

// names returns the members' names in order.
func (m members) names() []string { return slices.Sorted(maps.Keys(m)) }

// encode returns the canonical JSON of the object.
func (m members) encode() (json.RawMessage, error) { return canonical.Marshal(m) }

// canonicalJSON returns the canonical form of any JSON value.
func canonicalJSON(raw json.RawMessage) (json.RawMessage, error) {
	return canonical.Marshal(raw)
}
