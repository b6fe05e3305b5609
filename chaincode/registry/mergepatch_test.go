package registry_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

func TestAMergePatchIsAppliedAsInRFC7396(t *testing.T) {
	// Appendix A, and the example of section 3.
	for _, tc := range []struct{ original, patch, want string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`["a","b"]`, `["c","d"]`, `["c","d"]`},
		{`{"a":"b"}`, `["c"]`, `["c"]`},
		{`{"a":"foo"}`, `null`, `null`},
		{`{"a":"foo"}`, `"bar"`, `"bar"`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`[1,2]`, `{"a":"b","c":null}`, `{"a":"b"}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{
			`{"title":"Goodbye!","author":{"givenName":"John","familyName":"Doe"},"tags":["example","sample"],"content":"This will be unchanged"}`,
			`{"title":"Hello!","phoneNumber":"+01-123-456-7890","author":{"familyName":null},"tags":["example"]}`,
			`{"author":{"givenName":"John"},"content":"This will be unchanged","phoneNumber":"+01-123-456-7890","tags":["example"],"title":"Hello!"}`,
		},
		{``, ` { "b" : null , "a" : 1.0 } `, `{"a":1}`},
	} {
		got, err := registry.MergePatch(json.RawMessage(tc.original), json.RawMessage(tc.patch))
		require.NoError(t, err)
		require.Equal(t, tc.want, string(got))
	}
	_, err := registry.MergePatch(json.RawMessage(`{}`), json.RawMessage(`{"a":`))
	require.Error(t, err)
	_, err = registry.MergePatch(json.RawMessage(`{"a"}`), json.RawMessage(`{"a":1}`))
	require.Error(t, err)
}

// values generates JSON values, with few names so that they meet.
func values(depth int) *rapid.Generator[any] {
	leaves := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.IntRange(-9, 9), func(n int) any { return n }), rapid.Map(rapid.SampledFrom([]string{"", "x", "é <&>", "\u2028"}), func(s string) any { return s }),
	)
	if depth == 0 {
		return leaves
	}
	return rapid.OneOf(leaves,
		rapid.Map(rapid.SliceOfN(values(depth-1), 0, 3), func(l []any) any { return l }),
		rapid.Map(objects(depth-1), func(m map[string]any) any { return m }),
		rapid.Map(objects(depth-1), func(m map[string]any) any { return m }),
	)
}

func objects(depth int) *rapid.Generator[map[string]any] {
	return rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c", "", "é"}), values(depth), 0, 4)
}

// naiveMerge is the pseudo-code of RFC 7396, section 2, on decoded values.
func naiveMerge(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	result := map[string]any{}
	if object, ok := target.(map[string]any); ok {
		for name, value := range object {
			result[name] = value
		}
	}
	for name, value := range changes {
		if value == nil {
			delete(result, name)
		} else {
			result[name] = naiveMerge(result[name], value)
		}
	}
	return result
}

func TestAMergePatchEqualsTheNaiveOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		target, patch := values(3).Draw(t, "target"), values(3).Draw(t, "patch")
		want, err := canonical.Marshal(naiveMerge(target, patch))
		require.NoError(t, err)
		got, err := registry.MergePatch(json.RawMessage(jsonOf(t, target)), json.RawMessage(jsonOf(t, patch)))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	})
}

func FuzzMergePatch(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`}, {`[1,2]`, `{"a":"b","c":null}`}, {`{"a":1,"a":2}`, `{"b":{"c":{"d":null}}}`},
		{`{"e":null}`, ` {"<":"\u2028"}`}, {``, `{"\ud800":1e3}`}, {`7`, `null`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	f.Fuzz(func(t *testing.T, target, patch []byte) {
		merged, err := registry.MergePatch(target, patch)
		if err != nil {
			return
		}
		again, err := registry.MergePatch(merged, patch)
		require.NoError(t, err)
		require.Equal(t, string(merged), string(again), "a patch applied twice is applied once")
	})
}
