package rows

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// ElementSeparator parts the elements of an array in a cell.
const ElementSeparator = ";"

// convert turns the text of a cell into a JSON value. It tries the types that the
// field may have from the narrowest to text; a field of no known type is text.
func (k kind) convert(cell string) (json.RawMessage, error) {
	if notUTF8(cell) {
		return nil, fmt.Errorf("%q is not UTF-8", cell)
	}
	trimmed := strings.TrimSpace(cell)
	for _, name := range []string{"integer", "number", "boolean", "object"} {
		if slices.Contains(k.types, name) {
			if value, ok := scalar(name, trimmed); ok {
				return value, nil
			}
		}
	}
	switch {
	case len(k.types) == 0 || slices.Contains(k.types, "string"):
		return text(norm.NFC.String(cell)), nil
	case slices.Contains(k.types, "array"):
		return k.convertArray(trimmed)
	}
	return nil, fmt.Errorf("%q is not %s", clip(cell), k.describe())
}

// scalar converts a text that is of the type, and says no for another. An object is
// written as JSON.
func scalar(name, s string) (json.RawMessage, bool) {
	switch name {
	case "integer":
		return json.RawMessage(s), isInteger(s)
	case "number":
		return json.RawMessage(s), isNumber(s)
	case "boolean":
		lower := strings.ToLower(s)
		return json.RawMessage(lower), lower == "true" || lower == "false"
	case "object":
		return json.RawMessage(s), strings.HasPrefix(s, "{") && json.Valid([]byte(s))
	}
	return nil, false
}

// convertArray splits a cell at ";". A cell that is a JSON array is taken as that,
// for elements that hold the separator.
func (k kind) convertArray(cell string) (json.RawMessage, error) {
	if strings.HasPrefix(cell, "[") && json.Valid([]byte(cell)) {
		return json.RawMessage(cell), nil
	}
	var items kind
	if k.items != nil {
		items = *k.items
	}
	var elements []string
	for part := range strings.SplitSeq(cell, ElementSeparator) {
		part = strings.TrimSpace(part)
		if part == "" {
			return nil, fmt.Errorf("%q has an empty element between two %q", clip(cell), ElementSeparator)
		}
		element, err := items.convert(part)
		if err != nil {
			return nil, err
		}
		elements = append(elements, string(element))
	}
	return json.RawMessage("[" + strings.Join(elements, ",") + "]"), nil
}

// isInteger says whether s is a JSON number without fraction and exponent.
func isInteger(s string) bool { return isNumber(s) && !strings.ContainsAny(s, ".eE") }

// isNumber says whether s is a JSON number: no leading zeros, no plus sign, a point.
func isNumber(s string) bool {
	return s != "" && strings.ContainsRune("-0123456789", rune(s[0])) && json.Valid([]byte(s))
}

func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
