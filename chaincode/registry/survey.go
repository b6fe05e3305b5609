package registry

import (
	"maps"
	"math/big"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/check"
)

// dialect is the only version of JSON Schema that registers use.
const dialect = "https://json-schema.org/draft/2020-12/schema"

// maxProgram bounds what a regular expression compiles to. A short expression can
// become a large program, such as "(a|b|c){1000}", which then costs as much for
// each character of a text.
const maxProgram = 2048

// survey walks a schema, its references followed, and refuses what would make it
// depend on something else, or validation unbounded.
type survey struct {
	root any
	// anchors maps the names of $anchor to pointers.
	anchors map[string]string
	// sizes maps a pointer to how many subschemas are there with their references
	// written out; 0 while they are being counted.
	sizes map[string]int
}

// surveySchema returns how many subschemas a schema has with its references
// written out. It fails with INVALID_ARGUMENT and the pointer of what is refused.
func surveySchema(root any) (int, error) {
	s := &survey{root: root, anchors: map[string]string{}, sizes: map[string]int{}}
	if err := s.findAnchors("", root); err != nil {
		return 0, err
	}
	return s.size("", root)
}

// subschema is a schema in a schema, at a pointer below it.
type subschema struct {
	pointer string
	node    any
}

// subschemas lists what the library takes for subschemas of a schema: the keywords of
// 2020-12, and those of older drafts that it still honours.
func subschemas(pointer string, object map[string]any) []subschema {
	var list []subschema
	for _, keyword := range slices.Sorted(maps.Keys(object)) {
		at := step(pointer, keyword)
		switch keyword {
		case "not", "if", "then", "else", "items", "additionalItems", "contains", "additionalProperties", "propertyNames",
			"unevaluatedItems", "unevaluatedProperties", "contentSchema":
			list = append(list, subschema{at, object[keyword]})
		case "allOf", "anyOf", "oneOf", "prefixItems":
			items, _ := object[keyword].([]any)
			for i, item := range items {
				list = append(list, subschema{step(at, strconv.Itoa(i)), item})
			}
		case "properties", "patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions":
			named, _ := object[keyword].(map[string]any)
			for _, name := range slices.Sorted(maps.Keys(named)) {
				list = append(list, subschema{step(at, name), named[name]})
			}
		}
	}
	return list
}

func (s *survey) findAnchors(pointer string, node any) error {
	object, ok := node.(map[string]any)
	if !ok {
		return nil
	}
	if anchor, ok := object["$anchor"].(string); ok {
		if first, twice := s.anchors[anchor]; twice {
			return misplaced("schema", step(pointer, "$anchor"), "is the anchor of %s too", shorten("#"+first))
		}
		s.anchors[anchor] = pointer
	}
	for _, sub := range subschemas(pointer, object) {
		if err := s.findAnchors(sub.pointer, sub.node); err != nil {
			return err
		}
	}
	return nil
}

// size counts and checks the schema at a pointer.
func (s *survey) size(pointer string, node any) (int, error) {
	object, ok := node.(map[string]any)
	if !ok {
		return 1, nil
	}
	if n, seen := s.sizes[pointer]; seen {
		if n == 0 {
			return 0, misplaced("schema", pointer, "contains itself through a reference")
		}
		return n, nil
	}
	s.sizes[pointer] = 0
	if err := checkKeywords(pointer, object); err != nil {
		return 0, err
	}
	parts := subschemas(pointer, object)
	if reference, ok := object["$ref"].(string); ok {
		target, err := s.resolve(step(pointer, "$ref"), reference)
		if err != nil {
			return 0, err
		}
		parts = append(parts, target)
	}
	total := 1
	for _, part := range parts {
		n, err := s.size(part.pointer, part.node)
		if err != nil {
			return 0, err
		}
		if total += n; total > MaxSubschemas {
			return 0, misplaced("schema", pointer, "has more than %d subschemas, with its references written out", MaxSubschemas)
		}
	}
	s.sizes[pointer] = total
	return total, nil
}

// resolve finds what a $ref refers to.
func (s *survey) resolve(at, reference string) (subschema, error) {
	fragment, local := strings.CutPrefix(reference, "#")
	if !local {
		return subschema{}, misplaced("schema", at, "refers to %s, outside of the schema; a reference begins with #", check.Quote(reference))
	}
	nowhere := misplaced("schema", at, "refers to %s, which is not in the schema", check.Quote(reference))
	pointer, ok := unescapePercent(fragment)
	if !ok {
		return subschema{}, nowhere
	}
	if pointer != "" && !strings.HasPrefix(pointer, "/") {
		if pointer, ok = s.anchors[pointer]; !ok {
			return subschema{}, nowhere
		}
	}
	node, ok := lookUp(s.root, pointer)
	if !ok {
		return subschema{}, nowhere
	}
	if n, seen := s.sizes[pointer]; seen && n == 0 {
		return subschema{}, misplaced("schema", at, "refers to %s, which leads back here; a schema must not contain itself", check.Quote(reference))
	}
	return subschema{pointer, node}, nil
}

// lookUp follows a JSON pointer (RFC 6901).
func lookUp(node any, pointer string) (any, bool) {
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch parent := node.(type) {
		case map[string]any:
			child, ok := parent[token]
			if !ok {
				return nil, false
			}
			node = child
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(parent) {
				return nil, false
			}
			node = parent[i]
		default:
			return nil, false
		}
	}
	return node, true
}

// unescapePercent decodes the fragment of a URI (RFC 3986, section 2.1).
func unescapePercent(s string) (string, bool) {
	first, rest, found := strings.Cut(s, "%")
	if !found {
		return s, true
	}
	var text strings.Builder
	text.WriteString(first)
	for _, part := range strings.Split(rest, "%") {
		if len(part) < 2 {
			return "", false
		}
		code, err := strconv.ParseUint(part[:2], 16, 8)
		if err != nil {
			return "", false
		}
		text.WriteByte(byte(code))
		text.WriteString(part[2:])
	}
	return text.String(), true
}

// checkKeywords checks the keywords of one schema that need more than the
// metaschema's look.
func checkKeywords(pointer string, object map[string]any) error {
	for _, keyword := range []string{"$id", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary"} {
		if _, ok := object[keyword]; ok {
			return misplaced("schema", step(pointer, keyword), "is not allowed: a register's schema stands alone")
		}
	}
	if version, ok := object["$schema"]; ok && version != dialect {
		return misplaced("schema", step(pointer, "$schema"), "is not %s", dialect)
	}
	if pattern, ok := object["pattern"].(string); ok {
		if problem := patternProblem(pattern); problem != "" {
			return misplaced("schema", step(pointer, "pattern"), "%s", problem)
		}
	}
	patterns, _ := object["patternProperties"].(map[string]any)
	for _, pattern := range slices.Sorted(maps.Keys(patterns)) {
		if problem := patternProblem(pattern); problem != "" {
			return misplaced("schema", step(step(pointer, "patternProperties"), pattern), "%s", problem)
		}
	}
	return checkCounts(pointer, object)
}

// checkCounts refuses counts that the library's integers cannot hold.
func checkCounts(pointer string, object map[string]any) error {
	for _, keyword := range []string{
		"minLength", "maxLength", "minItems", "maxItems", "minContains", "maxContains", "minProperties", "maxProperties",
	} {
		if count, ok := wholeNumber(object[keyword]); ok && count.Cmp(big.NewInt(maxWhole)) > 0 {
			return misplaced("schema", step(pointer, keyword), "is more than %d", int64(maxWhole))
		}
	}
	return nil
}

// patternProblem returns what is wrong with a regular expression, empty for
// nothing. Go's take time in proportion to the text (RE2), and to their program.
func patternProblem(pattern string) string {
	if len(pattern) > MaxPattern {
		return "has " + strconv.Itoa(len(pattern)) + " bytes, more than " + strconv.Itoa(MaxPattern) + " for a regular expression"
	}
	expression, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "is not a regular expression (RE2): " + shorten(err.Error())
	}
	program, err := syntax.Compile(expression.Simplify())
	if err != nil {
		return "is not a regular expression (RE2): " + shorten(err.Error())
	}
	if len(program.Inst) > maxProgram {
		return "is a regular expression of " + strconv.Itoa(len(program.Inst)) + " steps, more than " + strconv.Itoa(maxProgram)
	}
	return ""
}
