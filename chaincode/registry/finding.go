package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/psbc-lu/psbc/chaincode/check"
)

// finding is one thing that is wrong with a document.
type finding struct {
	pointer string // into the document
	keyword string // the keyword's place in the schema
	problem string // never shows what the document holds
}

// firstFinding returns the first of what the library found, by place in the
// document, then by place in the schema. The library reports in the order of maps,
// which differs from run to run, and so must not be what bodies compare.
func firstFinding(err error, tree any) (finding, bool) {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return finding{}, false
	}
	found := findings(nil, invalid, tree)
	if len(found) == 0 {
		return finding{}, false
	}
	return slices.MinFunc(found, func(a, b finding) int {
		return strings.Compare(a.pointer+"\x00"+a.keyword+"\x00"+a.problem, b.pointer+"\x00"+b.keyword+"\x00"+b.problem)
	}), true
}

// findings appends the causes at the end of each chain: what leads to them only
// says that something further down is wrong.
func findings(list []finding, e *jsonschema.ValidationError, tree any) []finding {
	names, isName := e.ErrorKind.(*kind.PropertyNames)
	if len(e.Causes) > 0 && !isName {
		for _, cause := range e.Causes {
			list = findings(list, cause, tree)
		}
		return list
	}
	if e.ErrorKind == nil {
		return list
	}
	pointer := ""
	for _, token := range e.InstanceLocation {
		pointer = step(pointer, token)
	}
	if isName { // the library does not say where
		pointer, _ = findName(tree, names.Property)
	}
	token, problem := wording(e.ErrorKind)
	if token != "" {
		pointer = step(pointer, token)
	}
	keyword := e.SchemaURL
	for _, part := range e.ErrorKind.KeywordPath() {
		keyword = step(keyword, part)
	}
	return append(list, finding{pointer, keyword, problem})
}

// findName returns the pointer of the first member of that name.
func findName(tree any, name string) (string, bool) {
	switch node := tree.(type) {
	case map[string]any:
		if _, ok := node[name]; ok {
			return step("", name), true
		}
		for _, child := range slices.Sorted(maps.Keys(node)) {
			if pointer, ok := findName(node[child], name); ok {
				return step("", child) + pointer, true
			}
		}
	case []any:
		for i, item := range node {
			if pointer, ok := findName(item, name); ok {
				return fmt.Sprintf("/%d%s", i, pointer), true
			}
		}
	}
	return "", false
}

// wording says what is wrong. The token, where it is not empty, names the member
// that the problem is about.
func wording(k jsonschema.ErrorKind) (token, problem string) {
	switch k := k.(type) {
	case *kind.Type:
		return "", fmt.Sprintf("is %s, not %s", typeName(k.Got), joined(k.Want, typeName, " or "))
	case *kind.Enum:
		return "", fmt.Sprintf("is not one of %s", joined(k.Want, jsonText, ", "))
	case *kind.Const:
		return "", fmt.Sprintf("is not %s", jsonText(k.Want))
	case *kind.Format:
		return "", fmt.Sprintf("is not in the format %s", shorten(k.Want))
	case *kind.Pattern:
		return "", fmt.Sprintf("does not match the pattern %s", shorten(k.Want))
	case *kind.FalseSchema:
		return "", "is not allowed"
	case *kind.Not:
		return "", "is what the schema excludes"
	case *kind.OneOf:
		return "", "is as more than one of the schemas in oneOf say"
	case *kind.PropertyNames:
		return "", "has a name that the schema does not allow"
	}
	if token, problem := objectWording(k); problem != "" {
		return token, problem
	}
	if problem := sizeWording(k); problem != "" {
		return "", problem
	}
	return "", "is not as the schema says"
}

func objectWording(k jsonschema.ErrorKind) (token, problem string) {
	switch k := k.(type) {
	case *kind.Required:
		return k.Missing[0], "is missing"
	case *kind.AdditionalProperties:
		return slices.Min(k.Properties), "is not a field that the schema knows"
	case *kind.DependentRequired:
		return k.Missing[0], fmt.Sprintf("is missing, though there is %s", check.Quote(k.Prop))
	case *kind.Dependency:
		return k.Missing[0], fmt.Sprintf("is missing, though there is %s", check.Quote(k.Prop))
	case *kind.MinProperties:
		return "", fmt.Sprintf("has %d members, fewer than %d", k.Got, k.Want)
	case *kind.MaxProperties:
		return "", fmt.Sprintf("has %d members, more than %d", k.Got, k.Want)
	}
	return "", ""
}

func sizeWording(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.MinLength:
		return fmt.Sprintf("has %d characters, fewer than %d", k.Got, k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("has %d characters, more than %d", k.Got, k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("has %d items, fewer than %d", k.Got, k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("has %d items, more than %d", k.Got, k.Want)
	case *kind.UniqueItems:
		return fmt.Sprintf("has the same item at %d and %d", k.Duplicates[0], k.Duplicates[1])
	case *kind.Contains:
		return "has no item as contains says"
	case *kind.MinContains:
		return fmt.Sprintf("has %d items as contains says, fewer than %d", len(k.Got), k.Want)
	case *kind.MaxContains:
		return fmt.Sprintf("has %d items as contains says, more than %d", len(k.Got), k.Want)
	case *kind.Minimum:
		return fmt.Sprintf("is less than %s", decimal(k.Want))
	case *kind.Maximum:
		return fmt.Sprintf("is more than %s", decimal(k.Want))
	case *kind.ExclusiveMinimum:
		return fmt.Sprintf("is not more than %s", decimal(k.Want))
	case *kind.ExclusiveMaximum:
		return fmt.Sprintf("is not less than %s", decimal(k.Want))
	case *kind.MultipleOf:
		return fmt.Sprintf("is not a multiple of %s", decimal(k.Want))
	}
	return ""
}

func typeName(s string) string {
	switch s {
	case "string":
		return "a text"
	case "integer":
		return "a whole number"
	case "number":
		return "a number"
	case "boolean":
		return "true or false"
	case "array":
		return "a list"
	case "object":
		return "an object"
	}
	return s
}

func joined[T any](list []T, text func(T) string, separator string) string {
	texts := make([]string, 0, len(list))
	for _, item := range list {
		texts = append(texts, text(item))
	}
	return shorten(strings.Join(texts, separator))
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "…"
	}
	return shorten(string(text))
}

// decimal writes a number of a schema, which has few digits, exactly.
func decimal(r *big.Rat) string {
	digits, _ := r.FloatPrec()
	return shorten(r.FloatString(digits))
}
