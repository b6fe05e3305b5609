package rows

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/registry"
)

// How far a schema is followed, so that references in a circle come to an end. No
// register that the ledger holds reaches these bounds.
const (
	maxNesting = 4 * registry.MaxDepth
	maxVisits  = 4 * registry.MaxSubschemas
)

// Shape is what a register's schema says of its fields, as far as turning text into
// JSON needs it: their names and their types.
type Shape struct {
	fields  map[string]kind
	private map[string]bool
	closed  bool // no other fields are allowed
}

// kind is what a field may be, by the names of JSON Schema. Without types it is text.
type kind struct {
	types []string
	items *kind
}

// NewShape reads the shape of a register's records. It fails when the schema is
// not a JSON object.
func NewShape(definition registry.Definition) (*Shape, error) {
	shape := &Shape{fields: map[string]kind{}, private: map[string]bool{}}
	root, ok := decode(definition.Schema).(map[string]any)
	if !ok {
		return nil, errors.New("the register's schema is not a JSON object")
	}
	reader := &schemaReader{root: root}
	reader.fields(root, shape.fields, 0)
	shape.closed = root["additionalProperties"] == false || root["unevaluatedProperties"] == false
	if definition.Private != nil {
		for _, name := range definition.Private.Fields {
			shape.private[name] = true
		}
	}
	return shape, nil
}

// Fields returns the names of the public fields, sorted.
func (s *Shape) Fields() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(s.fields)) {
		if !s.private[name] {
			names = append(names, name)
		}
	}
	return names
}

// Closed says whether records may have no other fields than those of the schema.
func (s *Shape) Closed() bool { return s.closed }

// Convert turns a text, such as a command line's, into a JSON value of the field's
// type: see [Read] for the rules of a CSV cell. The error is a sentence without the
// field's name.
func (s *Shape) Convert(field, value string) (json.RawMessage, error) {
	return s.fields[field].convert(value)
}

func decode(raw json.RawMessage) any {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return nil
	}
	return value
}

// schemaReader follows the local references of a schema.
type schemaReader struct {
	root   map[string]any
	visits int
}

// tooFar counts a visit and says whether to turn back.
func (r *schemaReader) tooFar(depth int) bool {
	r.visits++
	return depth > maxNesting || r.visits > maxVisits
}

// fields collects the members that a schema describes, those of its parts included.
func (r *schemaReader) fields(schema map[string]any, into map[string]kind, depth int) {
	if r.tooFar(depth) {
		return
	}
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if _, known := into[name]; !known {
			into[name] = r.kind(properties[name], depth+1)
		}
	}
	for _, part := range r.parts(schema, "allOf", "anyOf", "oneOf", "if", "then", "else") {
		r.fields(part, into, depth+1)
	}
}

// kind collects what a field may be.
func (r *schemaReader) kind(schema any, depth int) kind {
	var k kind
	object, ok := schema.(map[string]any)
	if !ok || r.tooFar(depth) {
		return k
	}
	switch t := object["type"].(type) {
	case string:
		k.add(t)
	case []any:
		for _, name := range t {
			if name, ok := name.(string); ok {
				k.add(name)
			}
		}
	default:
		k.infer(object)
	}
	if items, ok := object["items"]; ok {
		item := r.kind(items, depth+1)
		k.items = &item
	}
	for _, part := range r.parts(object, "allOf", "anyOf", "oneOf") {
		other := r.kind(part, depth+1)
		for _, name := range other.types {
			k.add(name)
		}
		if k.items == nil {
			k.items = other.items
		}
	}
	return k
}

// add keeps the types in the order in which a text is tried against them.
func (k *kind) add(name string) {
	if name != "null" && !slices.Contains(k.types, name) {
		k.types = append(k.types, name)
	}
}

// infer reads the types off the values that a schema lists.
func (k *kind) infer(schema map[string]any) {
	values, _ := schema["enum"].([]any)
	if constant, ok := schema["const"]; ok {
		values = append(slices.Clone(values), constant)
	}
	for _, value := range values {
		switch value.(type) {
		case string:
			k.add("string")
		case bool:
			k.add("boolean")
		case float64:
			k.add("number")
		case []any:
			k.add("array")
		case map[string]any:
			k.add("object")
		}
	}
}

// parts returns the schemas that a schema is put together from, by reference and
// under keywords that hold one or a list.
func (r *schemaReader) parts(schema map[string]any, keywords ...string) []map[string]any {
	var found []map[string]any
	if reference, ok := schema["$ref"].(string); ok {
		if target, ok := r.resolve(reference); ok {
			found = append(found, target)
		}
	}
	for _, keyword := range keywords {
		list, ok := schema[keyword].([]any)
		if !ok {
			list = []any{schema[keyword]}
		}
		for _, part := range list {
			if part, ok := part.(map[string]any); ok {
				found = append(found, part)
			}
		}
	}
	return found
}

// resolve finds what a reference within the schema points to.
func (r *schemaReader) resolve(reference string) (map[string]any, bool) {
	path, ok := strings.CutPrefix(reference, "#/")
	if !ok {
		return r.root, reference == "#"
	}
	var here any = r.root
	for step := range strings.SplitSeq(path, "/") {
		object, ok := here.(map[string]any)
		if !ok {
			return nil, false
		}
		here = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
	}
	target, ok := here.(map[string]any)
	return target, ok
}

// describe names what a field may be, for an error.
func (k kind) describe() string {
	names := make([]string, len(k.types))
	for i, name := range k.types {
		switch name {
		case "integer", "array", "object":
			names[i] = "an " + name
		default:
			names[i] = "a " + name
		}
	}
	return strings.Join(names, " or ")
}
