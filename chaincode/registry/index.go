package registry

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
)

// maxWhole is the largest whole number of the ledger, 2^53-1, and -maxWhole the
// smallest.
const maxWhole = 1<<53 - 1

// IndexValue returns how the value of a unique or indexed field is written in a
// key: of two values of one kind, the smaller one's is the smaller text. Values are
// texts of 1 to MaxIndexed bytes, whole numbers within ±(2^53-1), and true or
// false. It fails with INVALID_ARGUMENT for anything else.
func IndexValue(raw json.RawMessage) (string, error) { return readIndexValue("value", raw) }

func readIndexValue(what string, raw json.RawMessage) (string, error) {
	tree, _, err := readTree(what, raw)
	if err != nil {
		return "", err
	}
	value, problem := indexValue(tree)
	if problem != "" {
		return "", misplaced(what, "", "%s", problem)
	}
	return value, nil
}

// indexValue is IndexValue of a tree; it returns what is wrong with it, empty for
// nothing.
func indexValue(tree any) (value, problem string) {
	switch v := tree.(type) {
	case string:
		if v == "" || len(v) > MaxIndexed {
			return "", fmt.Sprintf("has %d bytes, not 1 to %d as a unique or indexed text has", len(v), MaxIndexed)
		}
		return "s" + v, ""
	case json.Number:
		n, ok := wholeNumber(v)
		if !ok || n.CmpAbs(big.NewInt(maxWhole)) > 0 {
			return "", "is not a whole number within ±(2^53-1), as a unique or indexed number is"
		}
		// From 1 on, so that all are written without a sign.
		return fmt.Sprintf("i%017d", n.Int64()+maxWhole+1), ""
	case bool:
		if v {
			return "b1", ""
		}
		return "b0", ""
	}
	return "", "is neither a text, a number nor true or false, as a unique or indexed field is"
}

// wholeNumber returns the value of a number of a tree, which readTree has bounded.
func wholeNumber(v any) (*big.Int, bool) {
	number, ok := v.(json.Number)
	if !ok {
		return nil, false
	}
	n, ok := new(big.Rat).SetString(number.String())
	if !ok || !n.IsInt() {
		return nil, false
	}
	return n.Num(), true
}

// entries returns the index entries of the fields, in their order. A field that is
// absent or null has none.
func entries(fields []string, data map[string]any) ([]Entry, error) {
	var list []Entry
	for _, field := range fields {
		if data[field] == nil {
			continue
		}
		value, problem := indexValue(data[field])
		if problem != "" {
			return nil, misplaced("data", step("", field), "%s", problem)
		}
		list = append(list, Entry{Field: field, Value: value})
	}
	return list, nil
}

// without returns the entries of list that are not in other.
func without(list, other []Entry) []Entry {
	var rest []Entry
	for _, e := range list {
		if !slices.Contains(other, e) {
			rest = append(rest, e)
		}
	}
	return rest
}
