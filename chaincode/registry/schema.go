package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/psbc-lu/psbc/chaincode/canonical"
)

// maxChecks bounds the work for one record: its JSON values times the schema's
// subschemas. Each of them may look at each of the others, at some 300 ns.
const maxChecks = 10_000_000

// schema is a compiled JSON Schema. It is immutable and safe for concurrent use.
type schema struct {
	compiled   *jsonschema.Schema
	subschemas int
}

// nowhere is the loader of schemas that the library is given: none.
type nowhere struct{}

// Load fails.
func (nowhere) Load(url string) (any, error) {
	return nil, fmt.Errorf("%s is outside of the schema", url)
}

// readSchema reads a register's schema: an object that keeps the rules for data, in a
// bounded size. It fails with INVALID_ARGUMENT and the pointer of what is wrong.
func readSchema(raw json.RawMessage) (document, error) {
	if len(raw) == 0 {
		return document{}, misplaced("schema", "", "is missing")
	}
	return readDocument("schema", raw, MaxSchemaBytes)
}

// compileSchema compiles what readTree read. It fails with INVALID_ARGUMENT and the
// pointer of what is wrong.
func compileSchema(tree any) (*schema, error) {
	subschemas, err := surveySchema(tree)
	if err != nil {
		return nil, err
	}
	const name = "urn:psbc:register"
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	compiler.UseLoader(nowhere{})
	if err := compiler.AddResource(name, tree); err != nil {
		return nil, misplaced("schema", "", "cannot be compiled: %s", shorten(err.Error()))
	}
	compiled, err := compiler.Compile(name)
	if err == nil {
		return &schema{compiled, subschemas}, nil
	}
	var invalid *jsonschema.SchemaValidationError
	if errors.As(err, &invalid) {
		// The library checks what a reference leads to by itself, and names it in the URL.
		_, fragment, _ := strings.Cut(invalid.URL, "#")
		base, _ := unescapePercent(fragment)
		node, _ := lookUp(tree, base)
		if found, ok := firstFinding(invalid.Err, node); ok {
			return nil, misplaced("schema", base+found.pointer, "%s", found.problem)
		}
	}
	return nil, misplaced("schema", "", "cannot be compiled: %s", shorten(err.Error()))
}

// validate checks a document against the schema. It fails with INVALID_ARGUMENT and
// the pointer of the first thing that is wrong; the sentence tells what the schema
// asks for and never what the document holds, which may be private.
func (s *schema) validate(what string, d document) error {
	if checks := d.values * s.subschemas; checks > maxChecks {
		return misplaced(what, "", "has %d values, which a schema of %d subschemas cannot check in reasonable time", d.values, s.subschemas)
	}
	return s.validateTree(what, d.tree)
}

func (s *schema) validateTree(what string, tree any) error {
	err := s.compiled.Validate(tree)
	if err == nil {
		return nil
	}
	found, ok := firstFinding(err, tree)
	if !ok {
		return misplaced(what, "", "is not as the schema says")
	}
	return misplaced(what, found.pointer, "%s", found.problem)
}

// partOf returns a schema that has only some of a schema's top-level properties:
// those that keep chooses. What is required, and among what else may occur, is
// left to the caller.
func partOf(tree map[string]any, keep func(name string) bool) (properties map[string]any, required []any) {
	properties = map[string]any{}
	all, _ := tree["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if keep(name) {
			properties[name] = all[name]
		}
	}
	names, _ := tree["required"].([]any)
	for _, item := range names {
		if name, ok := item.(string); !ok || keep(name) {
			required = append(required, item)
		}
	}
	return properties, required
}

// publicPart returns the schema of what a record shows: without the private fields.
func publicPart(tree map[string]any, private func(name string) bool) map[string]any {
	properties, required := partOf(tree, func(name string) bool { return !private(name) })
	part := maps.Clone(tree)
	if _, ok := tree["properties"].(map[string]any); ok {
		part["properties"] = properties
	}
	if _, ok := tree["required"].([]any); ok {
		part["required"] = append([]any{}, required...)
	}
	return part
}

// privatePart returns the schema of the private fields, and nothing else.
func privatePart(tree map[string]any, private func(name string) bool) map[string]any {
	properties, required := partOf(tree, private)
	part := map[string]any{
		"type": "object", "properties": properties, "required": append([]any{}, required...), "additionalProperties": false,
	}
	for _, keyword := range []string{"$defs", "definitions"} {
		if definitions, ok := tree[keyword]; ok {
			part[keyword] = definitions
		}
	}
	return part
}

// sameJSON says whether two JSON values are one.
func sameJSON(a, b json.RawMessage) (bool, error) {
	first, err := canonical.Marshal(a)
	if err != nil {
		return false, err
	}
	second, err := canonical.Marshal(b)
	if err != nil {
		return false, err
	}
	return string(first) == string(second), nil
}
