package check_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

func TestAGoodFieldPasses(t *testing.T) {
	for name, err := range map[string]error{
		"a text":             check.Text("f", "Dossier n° 2026/4711 – Arrêté", 40),
		"no text":            check.Text("f", "", 0),
		"a code":             check.Code("f", "lu.etat.arrete:2026/1-a_b"),
		"no code":            check.Code("f", ""),
		"an MSP ID":          check.Body("f", "Cour.Des-Comptes_MSP"),
		"a request id":       check.RequestID("f", "aZ09_-12"),
		"a hash":             check.Hash("f", strings.Repeat("0f", 32)),
		"a salt":             check.Salt("f", base64.StdEncoding.EncodeToString(make([]byte, 16))),
		"a page size":        check.PageSize(check.MaxPageSize),
		"the default page":   check.PageSize(0),
		"the least req. id":  check.RequestID("f", strings.Repeat("a", check.MinRequestID)),
		"the longest":        check.RequestID("f", strings.Repeat("a", check.MaxRequestID)),
		"a longest MSP ID":   check.Body("f", strings.Repeat("a", check.MaxBody)),
		"a text at its end":  check.Text("f", "éé", 4),
		"a longest salt":     check.Salt("f", base64.StdEncoding.EncodeToString(make([]byte, 64))),
		"a code of one sign": check.Code("f", "7"),
	} {
		require.NoError(t, err, name)
	}
}

func TestABadFieldIsRefusedByName(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		want string
	}{
		{"an over-long text", check.Text("f", "ééé", 5), "f: has 6 bytes, more than 5"},
		{"invalid UTF-8", check.Text("f", "\xff", 5), "f: is not valid UTF-8"},
		{"a line break", check.Text("f", "a\nb", 5), "f: has the character U+000A, which is not allowed"},
		{"a right-to-left override", check.Text("f", "a\u202eb", 9), "f: has the character U+202E, which is not allowed"},
		{"a noncharacter", check.Text("f", "a\U0010ffff", 9), "f: has the character U+10FFFF, which is not allowed"},
		{"U+FFFD", check.Text("f", "\ufffd", 9), "f: has the character U+FFFD, which is not allowed"},
		{"a leading space", check.Text("f", " a", 9), "f: begins or ends with white space"},
		{"NFD", check.Text("f", "e\u0301", 9), "f: is not in Unicode normalisation form C (NFC)"},
		{"a code with a space", check.Code("f", "a b"), `f: "a b" is not a code: ASCII letters and digits, and . _ : / - but not first`},
		{"a code that begins with a dash", check.Code("f", "-a"), `f: "-a" is not a code: ASCII letters and digits, and . _ : / - but not first`},
		{"an over-long code", check.Code("f", strings.Repeat("a", 65)), "f: has 65 characters, more than 64"},
		{"no MSP ID", check.Body("f", ""), "f: is missing"},
		{"an MSP ID with a slash", check.Body("f", "A/B"), `f: "A/B" is not an MSP ID: letters, digits, . - and _`},
		{"an over-long MSP ID", check.Body("f", strings.Repeat("a", 250)), "f: has 250 characters, more than 249"},
		{"a short request id", check.RequestID("f", "1234567"), "f: has 7 characters, not 8 to 64"},
		{"a request id with a pipe", check.RequestID("f", "request|1"), `f: "request|1" has characters other than A-Z, a-z, 0-9, _ and -`},
		{"an upper-case hash", check.Hash("f", strings.Repeat("0F", 32)), "f: is not 64 lower-case hexadecimal digits (SHA-256)"},
		{"a short salt", check.Salt("f", "AAAA"), "f: has 3 bytes, not 16 to 64"},
		{"a salt with a line break", check.Salt("f", base64.StdEncoding.EncodeToString(make([]byte, 18))+"\n"), "f: is not standard base64"},
		{"no salt", check.Salt("f", ""), "f: has 0 bytes, not 16 to 64"},
		{"a page of less than nothing", check.PageSize(-1), "pageSize: -1 is not 1 to 1000 (or 0 for 100)"},
		{"an over-long page", check.PageSize(1001), "pageSize: 1001 is not 1 to 1000 (or 0 for 100)"},
		{"a long text cited", check.Body("f", strings.Repeat("é", 100)), `f: "` + strings.Repeat(`\u00e9`, 36) + `"… is not an MSP ID: letters, digits, . - and _`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.EqualError(t, tc.err, "INVALID_ARGUMENT: "+tc.want)
		})
	}
}

func TestATimeIsWrittenInOneWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		moment := time.Unix(rapid.Int64Range(-62135596800, 253402300799).Draw(t, "s"), rapid.Int64Range(0, 999999999).Draw(t, "ns")).UTC()
		text, err := canonical.FormatTime(moment)
		require.NoError(t, err)
		for _, written := range []string{text, moment.Format(time.RFC3339Nano)} {
			got, err := check.Time("f", written)
			require.NoError(t, err)
			require.True(t, got.Equal(moment))
		}
	})
	none, err := check.Time("f", "")
	require.NoError(t, err)
	require.True(t, none.IsZero())
	for _, text := range []string{
		"2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00", "2026-01-01T01:00:00+01:00", "2026-01-01t00:00:00z", "2027-02-29T00:00:00Z",
		"2026-01-01T0:00:00.00Z", "2026-01-01T00:00:00,5Z", "2026-01-01T00:00:00.0000000001Z", "2026-01-01T24:00:00Z", " 2026-01-01T00:00:00Z", "now",
	} {
		_, err := check.Time("f", text)
		require.ErrorContains(t, err, "INVALID_ARGUMENT: f: ", text)
	}
}

func TestWithinNamesTheFieldAndKeepsTheCode(t *testing.T) {
	require.EqualError(t, check.Within("items[3]", fault.New(fault.NotFound, "x is not there")), "NOT_FOUND: items[3]: x is not there")
	other := errors.New("disk full")
	require.ErrorIs(t, check.Within("items[3]", other), other)
}

type request struct {
	N int `json:"n"`
}

func (r request) validate() error {
	if r.N == 0 {
		return check.Invalid("n", "is missing")
	}
	return nil
}

func TestParseReadsChecksAndBounds(t *testing.T) {
	got, err := check.Parse(`{"n":7}`, 7, request.validate)
	require.NoError(t, err)
	require.Equal(t, request{7}, got)
	for text, want := range map[string]string{
		`{"n":77}`: "INVALID_ARGUMENT: the request has 8 bytes, more than 7",
		`{}`:       "INVALID_ARGUMENT: n: is missing",
		`{"m":7}`:  `INVALID_ARGUMENT: the request cannot be read: the JSON value has no member "m"`,
	} {
		got, err := check.Parse(text, 7, request.validate)
		require.EqualError(t, err, want)
		require.Zero(t, got)
	}
}

func TestContentIsTheSameWhateverItsJSONLooksLike(t *testing.T) {
	hash := func(function string, v any) string {
		h, err := check.ContentHash(function, v)
		require.NoError(t, err)
		return h
	}
	require.Equal(t, hash("F", request{1}), hash("F", map[string]any{"n": 1}))
	require.NotEqual(t, hash("F", request{1}), hash("G", request{1}))
	require.NotEqual(t, hash("F", request{1}), hash("F", request{2}))
	require.Len(t, hash("F", request{1}), 64)
	_, err := check.ContentHash("F", make(chan int))
	require.Error(t, err)
}
