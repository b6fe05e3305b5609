package registry_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/registry"
)

func TestOnlyTextsWholeNumbersAndTruthsAreIndexed(t *testing.T) {
	for text, want := range map[string]string{
		`"Esch"`: "sEsch", `"é"`: "sé", `"i1"`: "si1", `true`: "b1", `false`: "b0",
		`0`: "i09007199254740992", `-0`: "i09007199254740992", `1`: "i09007199254740993", `-1`: "i09007199254740991", `1.0`: "i09007199254740993", `12e2`: "i09007199254742192",
		`9007199254740991`: "i18014398509481983", `-9007199254740991`: "i00000000000000001", `"` + strings.Repeat("x", 256) + `"`: "s" + strings.Repeat("x", 256),
	} {
		got, err := registry.IndexValue(json.RawMessage(text))
		require.NoError(t, err)
		require.Equal(t, want, got, text)
	}
	for text, want := range map[string]string{
		`""`:                                 "value: has 0 bytes, not 1 to 256 as a unique or indexed text has",
		`"` + strings.Repeat("é", 129) + `"`: "value: has 258 bytes, not 1 to 256 as a unique or indexed text has",
		`1.5`:                                "value: is not a whole number within ±(2^53-1), as a unique or indexed number is",
		`1e16`:                               "value: is not a whole number within ±(2^53-1), as a unique or indexed number is",
		`9007199254740993`:                   "value: is a number that may not keep its value: at most 15 digits, or a whole number within ±(2^53-1)",
		`null`:                               "value: is neither a text, a number nor true or false, as a unique or indexed field is",
		`["a"]`:                              "value: is neither a text, a number nor true or false, as a unique or indexed field is",
		`{}`:                                 "value: is neither a text, a number nor true or false, as a unique or indexed field is",
		`"\u0000"`:                           "value: has the character U+0000, which is not allowed",
		`x`:                                  "value: is not JSON",
		``:                                   "value: is not JSON",
		"\"\U0010ffff\"":                     "value: has the character U+10FFFF, which is not allowed",
	} {
		_, err := registry.IndexValue(json.RawMessage(text))
		require.EqualError(t, err, "INVALID_ARGUMENT: "+want)
	}
}

func TestTheOrderOfIndexValuesIsThatOfTheValues(t *testing.T) {
	index := func(t *rapid.T, v any) string {
		value, err := registry.IndexValue(json.RawMessage(jsonOf(t, v)))
		require.NoError(t, err)
		return value
	}
	whole := rapid.OneOf(rapid.Int64Range(-9007199254740991, 9007199254740991), rapid.Int64Range(-100, 100))
	text := rapid.StringMatching(`[ -~é\x{1F600}]{1,20}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := whole.Draw(t, "a"), whole.Draw(t, "b")
		require.Equal(t, a < b, index(t, a) < index(t, b))
		require.Equal(t, a == b, index(t, a) == index(t, b))
		s, u := text.Draw(t, "s"), text.Draw(t, "u")
		require.Equal(t, s < u, index(t, s) < index(t, u))
		require.NotEqual(t, index(t, a), index(t, fmt.Sprint(a)), "a number is not its text")
	})
	require.Less(t, "b0", "b1")
}
