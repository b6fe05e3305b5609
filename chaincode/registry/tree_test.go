package registry

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestNumbersThatAreTakenKeepTheirValue compares with what canonical JSON makes of
// the number, which goes through a double.
func TestNumbersThatAreTakenKeepTheirValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,3})?`).Draw(t, "number")
		if !keepsItsValue(text) {
			return
		}
		written, err := jcs.Transform([]byte("[" + text + "]"))
		require.NoError(t, err)
		want, ok := new(big.Rat).SetString(text)
		require.True(t, ok)
		got, ok := new(big.Rat).SetString(strings.Trim(string(written), "[]"))
		require.True(t, ok, "%s", written)
		require.Zero(t, want.Cmp(got), "%s became %s", text, written)
	})
}

func TestOnlyNumbersThatKeepTheirValueAreTaken(t *testing.T) {
	for text, want := range map[string]bool{
		"0": true, "-0": true, "0.0": true, "0e1000": true, "1": true, "-1.5": true, "1e2": true, "1E+2": true, "0.1": true, "100000000000000000000": true,
		"123456789012345": true, "1.23456789012345": true, "1.23456789012345000": true, "9007199254740991": true, "-9007199254740991": true,
		"9007199254740991.0": true, "90071992547409910e-1": true, "1e300": true, "1e-300": true, "9.99999999999999e300": true, "9007199254740990": true,
		"9007199254740992": false, "9007199254740993": false, "-9007199254740992": false, "1234567890123456.5": false, "1.234567890123456": false,
		"1e301": false, "9e-301": false, "1e999999999999999999999": false, "0e99999": false, "0.1234567890123456": false, "12345678901234567": false,
	} {
		require.Equal(t, want, keepsItsValue(text), text)
	}
}

func TestDataThatTheLedgerDoesNotWantIsRefused(t *testing.T) {
	deep := func(n int) string { return strings.Repeat(`{"a":`, n-1) + "{}" + strings.Repeat("}", n-1) }
	for _, tc := range []struct{ name, text, want string }{
		{"no JSON", `{`, "data: is not JSON"},
		{"half a member", `{"a":{"b":`, "data /a/b: is not JSON"},
		{"a list", `[]`, "data: is not an object"},
		{"a text", `"x"`, "data: is not an object"},
		{"null", `null`, "data: is not an object"},
		{"text after it", `{} {}`, "data: has text after the JSON value"},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", "data: is not valid UTF-8"},
		{"a member twice", `{"a":{"b":1,"b":1}}`, `data /a: has the member "b" twice`},
		{"a member twice, once escaped", `{"a":1,"\u0061":1}`, `data: has the member "a" twice`},
		{"a control character", `{"a":{"~/":"x\u0007"}}`, "data /a/~0~1: has the character U+0007, which is not allowed"},
		{"a carriage return", `{"a":["x","\r"]}`, "data /a/1: has the character U+000D, which is not allowed"},
		{"a NUL", `{"a":"\u0000"}`, "data /a: has the character U+0000, which is not allowed"},
		{"the last code point, which no key may hold", `{"a":"` + "\U0010ffff" + `"}`, "data /a: has the character U+10FFFF, which is not allowed"},
		{"an unpaired surrogate", `{"a":"\ud800"}`, "data /a: holds U+FFFD or an unpaired surrogate"},
		{"an unpaired surrogate in a name", `{"a":{"\udc00":1}}`, "data /a: has a member whose name holds U+FFFD or an unpaired surrogate"},
		{"a control character in a name", `{"a\u0001":1}`, "data: has a member whose name has the character U+0001, which is not allowed"},
		{"NFD", `{"a":"e` + "\u0301" + `"}`, "data /a: is not in Unicode normalisation form C (NFC)"},
		{"a number of many digits", `{"a":{"b":[0.1234567890123456]}}`, "data /a/b/0: is a number that may not keep its value: at most 15 digits, or a whole number within ±(2^53-1)"},
		{"33 levels", deep(33), "data " + strings.Repeat("/a", 32) + ": is nested more than 32 levels deep"},
		{"over 256 KB", `{"a":"` + strings.Repeat("x", MaxRecordBytes) + `"}`, "data: has 262152 bytes of canonical JSON, more than 262144"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := readDocument("data", json.RawMessage(tc.text), MaxRecordBytes)
			require.EqualError(t, err, "INVALID_ARGUMENT: "+tc.want)
		})
	}
	for _, text := range []string{
		`{}`, deep(32), `{"a":null,"b":[null,true,1.5,"x\ty\nz"],"":"` + "\U0001F600" + `"}`, `{"a":"` + strings.Repeat("x", MaxRecordBytes-8) + `"}`,
	} {
		_, err := readDocument("data", json.RawMessage(text), MaxRecordBytes)
		require.NoError(t, err)
	}
}

func TestDataIsStoredInCanonicalForm(t *testing.T) {
	d, err := readDocument("data", json.RawMessage(` {"b":1.50, "a":[1e2,"\u00e9\/"], "é":-0} `), MaxRecordBytes)
	require.NoError(t, err)
	require.Equal(t, `{"a":[100,"é/"],"b":1.5,"é":0}`, string(d.raw))
	require.Equal(t, 6, d.values)
}

func TestAPointerIsEscapedAsRFC6901Says(t *testing.T) {
	// The examples of section 5.
	for token, want := range map[string]string{"foo": "/foo", "": "/", "a/b": "/a~1b", "m~n": "/m~0n", " ": "/ ", `k"l`: `/k"l`, "~1": "/~01"} {
		require.Equal(t, want, step("", token))
		found, ok := lookUp(map[string]any{token: json.Number("7")}, want)
		require.True(t, ok)
		require.Equal(t, json.Number("7"), found)
	}
	err := misplaced("data", step("", "a\nb"+strings.Repeat("x", 300)), "is wrong")
	require.Less(t, len(err.Error()), 300)
	require.NotContains(t, err.Error(), "\n")
	require.Contains(t, fmt.Sprint(err), `data /a\nbxxx`)
}

func FuzzData(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1e2,"\u00e9\/"],"b":1.50,"c":{"d":null,"e":true}}`, `{"a":1,"a":2}`, `{"\ud83d\ude00":"\ud800"}`, `{"n":[0.1,-0,9007199254740991,1e300,5e-324]}`,
		`{"a":{"b":{"c":[[[[]]]]}}}`, "{\"x\":\"e\u0301\"}", `[]`, `{"": "\u2028"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := readDocument("data", raw, MaxRecordBytes)
		if err != nil {
			require.ErrorContains(t, err, "INVALID_ARGUMENT: data")
			return
		}
		again, err := readDocument("data", d.raw, MaxRecordBytes)
		require.NoError(t, err)
		require.Equal(t, string(d.raw), string(again.raw), "canonical JSON stays as it is")
		require.Equal(t, d.values, again.values)
	})
}
