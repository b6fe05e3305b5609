package registry

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
)

// wide has a schema of n subschemas in few bytes, by references.
func wide(levels, each int) string {
	var b strings.Builder
	b.WriteString(`{"$ref":"#/$defs/d0","$defs":{`)
	for i := range levels {
		fmt.Fprintf(&b, `"d%d":{"allOf":[%s]},`, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf(`{"$ref":"#/$defs/d%d"},`, i+1), each), ","))
	}
	fmt.Fprintf(&b, `"d%d":true}}`, levels)
	return b.String()
}

func TestASchemaThatIsNotOneIsRefused(t *testing.T) {
	deep := strings.Repeat(`{"items":`, 32) + "{}" + strings.Repeat("}", 32)
	for _, tc := range []struct{ name, schema, want string }{
		{"none", ``, "schema: is missing"},
		{"no JSON", `{"type"`, "schema /type: is not JSON"},
		{"a boolean", `true`, "schema: is not an object"},
		{"a list", `[]`, "schema: is not an object"},
		{"an unknown type", `{"properties":{"a":{"type":"strin"}}}`, `schema /properties/a/type: is not one of "array", "boolean", "integer", "null", "number", "object", "string"`},
		{"a type of the wrong kind", `{"properties":{"a":{"maxLength":"7"}}}`, "schema /properties/a/maxLength: is a text, not a whole number"},
		{"a negative length", `{"maxLength":-1}`, "schema /maxLength: is less than 0"},
		{"required as a text", `{"required":"a"}`, "schema /required: is a text, not a list"},
		{"required twice", `{"required":["a","a"]}`, "schema /required: has the same item at 0 and 1"},
		{"multiples of nothing", `{"multipleOf":0}`, "schema /multipleOf: is not more than 0"},
		{"a property that is no schema", `{"properties":{"a":7}}`, "schema /properties/a: is a number, not true or false or an object"},
		{"an empty allOf", `{"allOf":[]}`, "schema /allOf: has 0 items, fewer than 1"},
		{"another draft", `{"$schema":"http://json-schema.org/draft-07/schema#"}`, "schema /$schema: is not https://json-schema.org/draft/2020-12/schema"},
		{"another draft inside", `{"items":{"$schema":"http://json-schema.org/draft-07/schema#"}}`, "schema /items/$schema: is not https://json-schema.org/draft/2020-12/schema"},
		{"an identity of its own", `{"$id":"https://example.org/s"}`, "schema /$id: is not allowed: a register's schema stands alone"},
		{"a dynamic reference", `{"items":{"$dynamicRef":"#x"}}`, "schema /items/$dynamicRef: is not allowed: a register's schema stands alone"},
		{"a dynamic anchor", `{"$defs":{"a":{"$dynamicAnchor":"x"}}}`, "schema /$defs/a/$dynamicAnchor: is not allowed: a register's schema stands alone"},
		{"a recursive reference of 2019", `{"not":{"$recursiveRef":"#"}}`, "schema /not/$recursiveRef: is not allowed: a register's schema stands alone"},
		{"a vocabulary", `{"$vocabulary":{}}`, "schema /$vocabulary: is not allowed: a register's schema stands alone"},
		{"a remote reference", `{"properties":{"a":{"$ref":"https://example.org/s"}}}`, `schema /properties/a/$ref: refers to "https://example.org/s", outside of the schema; a reference begins with #`},
		{"the metaschema", `{"$ref":"https://json-schema.org/draft/2020-12/schema"}`, `schema /$ref: refers to "https://json-schema.org/draft/2020-12/schema", outside of the schema; a reference begins with #`},
		{"a file", `{"items":{"$ref":"file:///etc/passwd"}}`, `schema /items/$ref: refers to "file:///etc/passwd", outside of the schema; a reference begins with #`},
		{"a relative reference", `{"items":{"$ref":"other.json#/a"}}`, `schema /items/$ref: refers to "other.json#/a", outside of the schema; a reference begins with #`},
		{"an empty reference", `{"items":{"$ref":""}}`, `schema /items/$ref: refers to "", outside of the schema; a reference begins with #`},
		{"a reference to nothing", `{"items":{"$ref":"#/$defs/a"}}`, `schema /items/$ref: refers to "#/$defs/a", which is not in the schema`},
		{"a reference to no anchor", `{"items":{"$ref":"#a"}}`, `schema /items/$ref: refers to "#a", which is not in the schema`},
		{"a reference with a broken escape", `{"items":{"$ref":"#/%4"}}`, `schema /items/$ref: refers to "#/%4", which is not in the schema`},
		{"a reference to what is no schema", `{"items":{"$ref":"#/$defs/a/const"},"$defs":{"a":{"const":7}}}`, "schema /$defs/a/const: is a number, not true or false or an object"},
		{"an anchor twice", `{"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}}`, "schema /$defs/b/$anchor: is the anchor of #/$defs/a too"},
		{"a schema that contains itself", `{"properties":{"child":{"$ref":"#"}}}`, `schema /properties/child/$ref: refers to "#", which leads back here; a schema must not contain itself`},
		{"schemas that contain each other", `{"$ref":"#/$defs/a","$defs":{"a":{"items":{"$ref":"#/$defs/b"}},"b":{"not":{"$ref":"#/$defs/a"}}}}`, `schema /$defs/b/not/$ref: refers to "#/$defs/a", which leads back here; a schema must not contain itself`},
		{"a schema that contains itself by an anchor", `{"$anchor":"top","anyOf":[{"$ref":"#top"}]}`, `schema /anyOf/0/$ref: refers to "#top", which leads back here; a schema must not contain itself`},
		{"a schema that contains itself by an odd pointer", `{"properties":{"not":{"$ref":"#/properties"}}}`, `schema /properties/not: contains itself through a reference`},
		{"too many levels", deep, "schema " + strings.Repeat("/items", 32) + ": is nested more than 32 levels deep"},
		{"too many bytes", `{"title":"` + strings.Repeat("x", MaxSchemaBytes) + `"}`, "schema: has 65548 bytes of canonical JSON, more than 65536"},
		{"a billion subschemas", wide(9, 10), "schema /$defs/d5: has more than 10000 subschemas, with its references written out"},
		{"a pattern that is none", `{"properties":{"a":{"pattern":"("}}}`, "schema /properties/a/pattern: is not a regular expression (RE2): error parsing regexp: missing closing ): `(`"},
		{"a pattern that looks back", `{"pattern":"(a)\\1"}`, "schema /pattern: is not a regular expression (RE2): error parsing regexp: invalid escape sequence: `\\1`"},
		{"an over-long pattern", `{"pattern":"` + strings.Repeat("a", 257) + `"}`, "schema /pattern: has 257 bytes, more than 256 for a regular expression"},
		{"a bomb of repeats", `{"pattern":"((a{100}){100}){100}"}`, "schema /pattern: is not a regular expression (RE2): error parsing regexp: invalid repeat count: `{100}`"},
		{"a bomb of alternatives", `{"pattern":"(ab|cd|ef|gh|ij){1000}"}`, "schema /pattern: is a regular expression of 16002 steps, more than 2048"},
		{"a bomb in a property's name", `{"patternProperties":{"(ab|cd|ef){1000}":true}}`, "schema /patternProperties/(ab|cd|ef){1000}: is a regular expression of 10002 steps, more than 2048"},
		{"a count beyond integers", `{"maxLength":1e20}`, "schema /maxLength: is more than 9007199254740991"},
		{"a number that loses its value", `{"maximum":0.12345678901234567}`, "schema /maximum: is a number that may not keep its value: at most 15 digits, or a whole number within ±(2^53-1)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := Definition{ID: "r", Titles: Titles{En: "R"}, Schema: json.RawMessage(tc.schema)}
			err := d.Validate()
			require.EqualError(t, err, "INVALID_ARGUMENT: "+tc.want)
			require.Equal(t, fault.InvalidArgument, fault.CodeOf(err))
		})
	}
}

func TestARegisterMayHaveAnySchemaThatStandsAlone(t *testing.T) {
	for _, schema := range []string{
		`{}`, `{"$schema":"https://json-schema.org/draft/2020-12/schema"}`, `{"$comment":"$id","const":{"$id":"x","$ref":"y"},"default":{"$dynamicRef":"z"}}`,
		`{"$defs":{"a b":{"$anchor":"x"},"c%":true},"anyOf":[{"$ref":"#/$defs/a%20b"},{"$ref":"#x"},{"$ref":"#/$defs/c%25"}]}`,
		`{"properties":{"$id":{"type":"string"},"$ref":{"type":"string"}}}`, wide(3, 10), strings.Repeat(`{"items":`, 31) + "{}" + strings.Repeat("}", 31),
		`{"pattern":"^.{0,500}$"}`, `{"format":"unknown"}`,
	} {
		require.NoError(t, Definition{ID: "r", Titles: Titles{En: "R"}, Schema: json.RawMessage(schema)}.Validate(), schema)
	}
}

func TestDataThatIsNotAsTheSchemaSaysIsRefused(t *testing.T) {
	for _, tc := range []struct{ name, schema, data, want string }{
		{"an unknown field", `{"properties":{"a":{}},"additionalProperties":false}`, `{"a":1,"z":1,"b":1}`, "data /b: is not a field that the schema knows"},
		{"an unknown field, unevaluated", `{"properties":{"a":{}},"unevaluatedProperties":false}`, `{"b":1}`, "data /b: is not allowed"},
		{"a field that is missing", `{"properties":{"a":{"required":["b","c"]}}}`, `{"a":{"c":1}}`, "data /a/b: is missing"},
		{"a text for a number", `{"properties":{"a":{"properties":{"b":{"type":"number"}}}}}`, `{"a":{"b":"1"}}`, "data /a/b: is a text, not a number"},
		{"a fraction for a whole number", `{"properties":{"a":{"type":["integer","null"]}}}`, `{"a":1.5}`, "data /a: is a number, not null or a whole number"},
		{"a value of no list", `{"properties":{"a":{"enum":["x",1,null,{"b":[true]}]}}}`, `{"a":"y"}`, `data /a: is not one of "x", 1, null, {"b":[true]}`},
		{"another constant", `{"properties":{"a":{"const":"x"}}}`, `{"a":"y"}`, `data /a: is not "x"`},
		{"a short text", `{"properties":{"a":{"minLength":3}}}`, `{"a":"é2"}`, "data /a: has 2 characters, fewer than 3"},
		{"a long text", `{"properties":{"a":{"maxLength":1}}}`, `{"a":"é2"}`, "data /a: has 2 characters, more than 1"},
		{"a text of another form", `{"properties":{"a":{"pattern":"^L-[0-9]{4}$"}}}`, `{"a":"L-123"}`, "data /a: does not match the pattern ^L-[0-9]{4}$"},
		{"no date", `{"properties":{"a":{"format":"date"}}}`, `{"a":"2026-02-30"}`, "data /a: is not in the format date"},
		{"too little", `{"properties":{"a":{"minimum":0.5}}}`, `{"a":0.25}`, "data /a: is less than 0.5"},
		{"too much", `{"properties":{"a":{"maximum":1e3}}}`, `{"a":1001}`, "data /a: is more than 1000"},
		{"not more", `{"properties":{"a":{"exclusiveMinimum":0}}}`, `{"a":0}`, "data /a: is not more than 0"},
		{"not less", `{"properties":{"a":{"exclusiveMaximum":-1.5}}}`, `{"a":-1.5}`, "data /a: is not less than -1.5"},
		{"no multiple", `{"properties":{"a":{"multipleOf":0.01}}}`, `{"a":1.005}`, "data /a: is not a multiple of 0.01"},
		{"a short list", `{"properties":{"a":{"minItems":1}}}`, `{"a":[]}`, "data /a: has 0 items, fewer than 1"},
		{"a long list", `{"properties":{"a":{"maxItems":1}}}`, `{"a":[1,2]}`, "data /a: has 2 items, more than 1"},
		{"an item twice", `{"properties":{"a":{"uniqueItems":true}}}`, `{"a":[1,2,1.0]}`, "data /a: has the same item at 0 and 2"},
		{"an item twice in a long list", `{"properties":{"a":{"uniqueItems":true}}}`, `{"a":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,3]}`, "data /a: has the same item at 3 and 23"},
		{"a bad item", `{"properties":{"a":{"items":{"type":"string"}}}}`, `{"a":["x","y",{"z":1},3]}`, "data /a/2: is an object, not a text"},
		{"too few items of a kind", `{"properties":{"a":{"contains":{"const":1},"minContains":2}}}`, `{"a":[1,1]}`, ""},
		{"too many items of a kind", `{"properties":{"a":{"contains":{"const":1},"maxContains":1}}}`, `{"a":[1,1]}`, "data /a: has 2 items as contains says, more than 1"},
		{"none of a kind", `{"properties":{"a":{"contains":{"const":1}}}}`, `{"a":[]}`, "data /a: has no item as contains says"},
		{"few members", `{"minProperties":1}`, `{}`, "data: has 0 members, fewer than 1"},
		{"many members", `{"maxProperties":1}`, `{"a":1,"b":1}`, "data: has 2 members, more than 1"},
		{"a name of another form", `{"propertyNames":{"pattern":"^[a-z]+$"}}`, `{"a":1,"B":1}`, "data /B: has a name that the schema does not allow"},
		{"a name of another form inside", `{"properties":{"a":{"items":{"propertyNames":{"maxLength":1}}}}}`, `{"a":[{"b":1},{"cc":1}]}`, "data /a/1/cc: has a name that the schema does not allow"},
		{"a field that another asks for", `{"dependentRequired":{"a":["b"]}}`, `{"a":1}`, `data /b: is missing, though there is "a"`},
		{"a field that another asks for, as of old", `{"dependencies":{"a":["b"]}}`, `{"a":1}`, `data /b: is missing, though there is "a"`},
		{"what is excluded", `{"properties":{"a":{"not":{"const":7}}}}`, `{"a":7}`, "data /a: is what the schema excludes"},
		{"more than one of", `{"properties":{"a":{"oneOf":[{"type":"number"},{"minimum":1}]}}}`, `{"a":7}`, "data /a: is as more than one of the schemas in oneOf say"},
		{"none of", `{"properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}]}}}`, `{"a":7}`, "data /a: is a number, not a text"},
		{"what follows", `{"if":{"required":["a"]},"then":{"required":["b"]}}`, `{"a":7}`, "data /b: is missing"},
		{"nothing at all", `{"properties":{"a":false}}`, `{"a":7}`, "data /a: is not allowed"},
		{"a name with a slash", `{"properties":{"a/b~":{"type":"null"}}}`, `{"a/b~":7}`, "data /a~1b~0: is a number, not null"},
		{"the first of many, by place", `{"additionalProperties":{"type":"string"}}`, `{"c":1,"b":2,"a":3,"d":4}`, "data /a: is a number, not a text"},
		{"more values than can be checked", wide(3, 10), `{"a":[` + strings.TrimSuffix(strings.Repeat("0,", 9000), ",") + `]}`, "data: has 9002 values, which a schema of 4686 subschemas cannot check in reasonable time"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			read, err := readSchema(json.RawMessage(tc.schema))
			require.NoError(t, err)
			s, err := compileSchema(any(read.tree))
			require.NoError(t, err)
			d, err := readDocument("data", json.RawMessage(tc.data), MaxRecordBytes)
			require.NoError(t, err)
			for range 20 { // the library's order is another each time
				err = s.validate("data", d)
				if tc.want == "" {
					require.NoError(t, err)
					continue
				}
				require.EqualError(t, err, "INVALID_ARGUMENT: "+tc.want)
			}
			if place, _, _ := strings.Cut(tc.want, ":"); strings.Contains(place, "/") {
				require.Equal(t, strings.TrimPrefix(place, "data "), pointerOf(err))
			}
		})
	}
}

// TestTheCostliestSchemaIsCheckedInTime takes a record and a schema at the limits.
func TestTheCostliestSchemaIsCheckedInTime(t *testing.T) {
	read, err := readSchema(json.RawMessage(strings.Replace(wide(3, 12), `"$ref":"#/$defs/d0"`, `"properties":{"a":{"items":{"$ref":"#/$defs/d0"}}}`, 1)))
	require.NoError(t, err)
	s, err := compileSchema(any(read.tree))
	require.NoError(t, err)
	n := maxChecks/s.subschemas - 2
	d, err := readDocument("data", json.RawMessage(`{"a":[`+strings.TrimSuffix(strings.Repeat("0,", n), ",")+`]}`), MaxRecordBytes)
	require.NoError(t, err)
	begin := time.Now()
	require.NoError(t, s.validate("data", d))
	t.Logf("%d values against %d subschemas: %v", d.values, s.subschemas, time.Since(begin))
}

// FuzzSchema compiles arbitrary schemas and checks arbitrary data against them.
func FuzzSchema(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"type":"object","properties":{"a":{"$ref":"#/$defs/x"}},"$defs":{"x":{"type":"string","pattern":"^a+$"}}}`, `{"a":"aa"}`},
		{`{"anyOf":[{"required":["a"]},{"minProperties":2}],"unevaluatedProperties":false}`, `{"b":1}`},
		{`{"properties":{"a":{"prefixItems":[true],"items":false,"uniqueItems":true,"contains":{"type":"integer"}}}}`, `{"a":[1,1]}`},
		{`{"if":{"properties":{"a":{"const":1}}},"then":{"dependentRequired":{"a":["b"]}},"else":{"propertyNames":{"maxLength":1}}}`, `{"a":1}`},
		{`{"$ref":"#/$defs/a","$defs":{"a":{"not":{"$ref":"#"}}}}`, `{}`},
		{`{"properties":{"not":{"$ref":"#/properties"}}}`, `{"not":{}}`},
		{`{"$recursiveRef":"#","$anchor":"x","dependencies":{"a":["b"],"c":{"format":"date"}}}`, `{"a":"x"}`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, schema, data string) {
		d := Definition{ID: "r", Titles: Titles{En: "R"}, Schema: json.RawMessage(schema)}
		compiled, err := d.compile()
		if err != nil {
			require.Equal(t, fault.InvalidArgument, fault.CodeOf(err), "%v", err)
			return
		}
		read, err := readDocument("data", json.RawMessage(data), MaxRecordBytes)
		if err != nil {
			return
		}
		first := compiled.public.validate("data", read)
		again, err := d.compile()
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(first), fmt.Sprint(again.public.validate("data", read)), "every body says the same")
	})
}
