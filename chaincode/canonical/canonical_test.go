package canonical_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/canonical"
)

// sorted declares its members in canonical order.
type sorted struct {
	A []string `json:"a"`
	B *inner   `json:"b,omitempty"`
	C string   `json:"c,omitempty"`
	N int      `json:"n"`
}

type inner struct {
	X string `json:"x"`
	Y bool   `json:"y"`
}

func TestMarshalSortedEqualsMarshal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := sorted{
			A: rapid.SliceOf(rapid.String()).Draw(t, "a"),
			C: rapid.String().Draw(t, "c"),
			N: rapid.IntRange(-1<<53, 1<<53).Draw(t, "n"),
		}
		if rapid.Bool().Draw(t, "b") {
			v.B = &inner{X: rapid.String().Draw(t, "x"), Y: rapid.Bool().Draw(t, "y")}
		}
		requireSame(t, v)
	})
}

func TestMarshalSortedEqualsMarshalForEveryAwkwardCharacter(t *testing.T) {
	for _, s := range []string{
		"\u2028", "\u2029", `\u2028`, "<&>", "\b\f\n\r\t", "\x00\x1f\x7f", `"\/`, "é", "e\u0301", "\U0001F600", "\ufffd", "\xff",
	} {
		requireSame(t, sorted{A: []string{s, "x" + s}, C: s})
	}
}

func requireSame(t require.TestingT, v sorted) {
	slow, err := canonical.Marshal(v)
	require.NoError(t, err)
	fast, err := canonical.MarshalSorted(v)
	require.NoError(t, err)
	require.Equal(t, string(slow), string(fast))
}

func TestMarshalSortsMembers(t *testing.T) {
	out, err := canonical.Marshal(struct {
		Z int    `json:"z"`
		A string `json:"a"`
	}{1, "<\u2028>"})
	require.NoError(t, err)
	require.Equal(t, "{\"a\":\"<\u2028>\",\"z\":1}", string(out))
}

func TestMarshalFailsOnWhatJSONCannotSay(t *testing.T) {
	_, err := canonical.Marshal(make(chan int))
	require.Error(t, err)
	_, err = canonical.MarshalSorted(make(chan int))
	require.Error(t, err)
}

func TestUnmarshalIsStrict(t *testing.T) {
	type embedded struct {
		E string `json:"e"`
	}
	type target struct {
		embedded
		S string   `json:"s"`
		N int      `json:"n"`
		B bool     `json:"b"`
		L []inner  `json:"l"`
		P *inner   `json:"p"`
		T []string `json:"t"`
		H string   `json:"-"`
	}
	for _, tc := range []struct{ name, text, want string }{
		{"an unknown member", `{"x":1}`, `the JSON value has no member "x"`},
		{"a name in another case", `{"S":"a"}`, `the JSON value has no member "S"`},
		{"a hidden field's name", `{"H":"a"}`, `the JSON value has no member "H"`},
		{"a dash", `{"-":"a"}`, `the JSON value has no member "-"`},
		{"the empty name", `{"":"a"}`, `the JSON value has no member ""`},
		{"a member twice", `{"s":"a","s":"a"}`, `the JSON value has the member "s" twice`},
		{"a member twice, once escaped", `{"s":"a","\u0073":"a"}`, `the JSON value has the member "s" twice`},
		{"an inner unknown member", `{"l":[{},{"z":1}]}`, `l[1] has no member "z"`},
		{"an inner member twice", `{"p":{"x":"","x":""}}`, `p has the member "x" twice`},
		{"null", `null`, `the JSON value is null`},
		{"an inner null", `{"p":null}`, `p is null`},
		{"a null element", `{"t":[null]}`, `t[0] is null`},
		{"text after the value", `{} {}`, `there is text after the JSON value`},
		{"a brace after the value", `{}}`, `there is text after the JSON value`},
		{"nothing", ``, `the JSON value is incomplete`},
		{"half a value", `{"s":"a"`, `the JSON value is incomplete`},
		{"half a list", `{"t":["a"`, `the JSON value is incomplete`},
		{"no JSON", `{s:1}`, `the text is not JSON (at byte 1)`},
		{"an array", `[]`, `the JSON value is a list, which it must not be`},
		{"a text for a number", `{"n":"1"}`, `n is a text, which it must not be`},
		{"a number for a text", `{"s":1}`, `s is a number, which it must not be`},
		{"a number for a truth", `{"b":1}`, `b is a number, which it must not be`},
		{"an object for a text", `{"s":{}}`, `s is an object, which it must not be`},
		{"a truth for an object", `{"p":true}`, `p is true or false, which it must not be`},
		{"a fraction", `{"n":1.5}`, `n is number 1.5, which it must not be`},
		{"a huge number", `{"n":1e99}`, `n is number 1e99, which it must not be`},
		{"invalid UTF-8", "{\"s\":\"\xff\"}", `the text is not valid UTF-8`},
		{"an unpaired surrogate", `{"s":"\ud800"}`, `s holds U+FFFD or an unpaired surrogate`},
		{"U+FFFD", `{"t":["�"]}`, `t[0] holds U+FFFD or an unpaired surrogate`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var v target
			require.EqualError(t, canonical.Unmarshal([]byte(tc.text), &v), tc.want)
		})
	}

	var v target
	require.NoError(t, canonical.Unmarshal([]byte(` {"e":"é","s":"\u00e9","n":-3,"b":true,"l":[{"x":"1","y":true}],"p":{"x":"2"},"t":["a","b"]} `), &v))
	require.Equal(t, target{embedded: embedded{"é"}, S: "é", N: -3, B: true, L: []inner{{"1", true}}, P: &inner{X: "2"}, T: []string{"a", "b"}}, v)
}

// open takes any JSON in places.
type open struct {
	R json.RawMessage   `json:"r,omitempty"`
	L []json.RawMessage `json:"l,omitempty"`
	P *struct {
		R json.RawMessage `json:"r,omitempty"`
	} `json:"p,omitempty"`
}

func TestARawMessageTakesAnyJSONThatIsStrict(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, `"é"`, `-1.5e300`, `true`, `{"a":null,"b":[null,{"":{}}],"a.b":"\ud83d\ude00"}`, ` [ 1 , 2 ] `,
		strings.Repeat("[", canonical.MaxRawDepth) + strings.Repeat("]", canonical.MaxRawDepth),
	} {
		var v open
		require.NoError(t, canonical.Unmarshal([]byte(`{"r":`+text+`,"l":[`+text+`],"p":{"r":`+text+`}}`), &v), text)
		require.JSONEq(t, text, string(v.R))
		require.JSONEq(t, text, string(v.L[0]))
		require.JSONEq(t, text, string(v.P.R))
	}
	for _, tc := range []struct{ name, text, want string }{
		{"null", `{"r":null}`, `r is null`},
		{"a null element", `{"l":[1,null]}`, `l[1] is null`},
		{"a member twice", `{"r":{"a":1,"b":2,"a":1}}`, `r has the member "a" twice`},
		{"a member twice far down", `{"p":{"r":[0,{"b":[{"x":1,"\u0078":1}]}]}}`, `p.r[1].b[0] has the member "x" twice`},
		{"a broken text", `{"r":{"a":["\ud800"]}}`, `r.a[0] holds U+FFFD or an unpaired surrogate`},
		{"a broken name", `{"r":[{"\udc00":1}]}`, `r[0] has a member whose name holds U+FFFD or an unpaired surrogate`},
		{"65 lists", `{"r":` + strings.Repeat("[", 65) + strings.Repeat("]", 65) + `}`, `r is nested more than 64 levels deep`},
		{"65 objects", `{"l":[0,` + strings.Repeat(`{"a":`, 64) + "[]" + strings.Repeat("}", 64) + `]}`, `l[1] is nested more than 64 levels deep`},
		{"no end", `{"r":[1`, `the JSON value is incomplete`},
		{"no value", `{"r":{"a":}}`, `the text is not JSON (at byte 10)`},
		{"no name", `{"r":{1:2}}`, `the text is not JSON (at byte 6)`},
		{"a wrong end", `{"r":[1}}`, `the text is not JSON (at byte 7)`},
		{"text after the value", `{"r":1}2`, `there is text after the JSON value`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var v open
			require.EqualError(t, canonical.Unmarshal([]byte(tc.text), &v), tc.want)
		})
	}
}

func FuzzUnmarshalRaw(f *testing.F) {
	for _, seed := range []string{
		`{"r":{"a":[1.5e300,null,"\ud83d\ude00"],"b":{"":{}}}}`, `{"l":[1,"x",[[]]],"p":{"r":true}}`, `{"r":{"a":1,"a":2}}`, `{"r":"\ud800"}`, `{"r":[1}`, `{"p":{}}`, `{"l":[]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v, lenient open
		if canonical.Unmarshal(data, &v) != nil {
			return
		}
		require.NoError(t, json.Unmarshal(data, &lenient), "strict is a part of what encoding/json takes")
		require.Equal(t, lenient, v)
		again, err := json.Marshal(v)
		require.NoError(t, err)
		require.NoError(t, canonical.Unmarshal(again, &v), "it is strict still")
	})
}

func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []string{`{"a":["x"],"n":1}`, `{"b":{"x":"\ud83d\ude00","y":true}}`, `{"a":[]} x`, `{"A":[]}`, `{"c":"\u2028"}`, "{\"c\":\"\xff\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var v, again, lenient sorted
		if canonical.Unmarshal(data, &v) != nil {
			return
		}
		require.NoError(t, json.Unmarshal(data, &lenient), "strict is a part of what encoding/json takes")
		require.Equal(t, lenient, v)
		out, err := canonical.Marshal(v)
		require.NoError(t, err)
		if v.A != nil {
			require.NoError(t, canonical.Unmarshal(out, &again))
			require.Equal(t, v, again)
		}
	})
}

func TestEarlierTimesSortFirst(t *testing.T) {
	moments := rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "s"), rapid.Int64Range(0, 999999999).Draw(t, "ns"))
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := moments.Draw(t, "a"), moments.Draw(t, "b")
		textA, err := canonical.FormatTime(a)
		require.NoError(t, err)
		textB, err := canonical.FormatTime(b)
		require.NoError(t, err)
		require.Equal(t, a.Before(b), textA < textB)
		parsed, err := time.Parse(time.RFC3339Nano, textA)
		require.NoError(t, err)
		require.True(t, parsed.Equal(a))
	})
}

func TestTimesBeyondFourDigitYearsAreRefused(t *testing.T) {
	for _, moment := range []time.Time{
		time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(0, 12, 31, 23, 59, 59, 0, time.UTC),
	} {
		_, err := canonical.FormatTime(moment)
		require.Error(t, err)
	}
}

func TestUnmarshalTakesUnsignedNumbers(t *testing.T) {
	type target struct {
		U uint64 `json:"u"`
	}
	var v target
	require.NoError(t, canonical.Unmarshal([]byte(`{"u":9007199254740991}`), &v))
	require.Equal(t, target{1<<53 - 1}, v)
	for _, text := range []string{`{"u":-1}`, `{"u":1.0}`, `{"u":1e3}`, `{"u":18446744073709551616}`, `{"u":"1"}`, `{"u":null}`} {
		require.Error(t, canonical.Unmarshal([]byte(text), &v), text)
	}
}
