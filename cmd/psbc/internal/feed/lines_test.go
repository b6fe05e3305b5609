package feed_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/feed"
)

// secret is an identifier that no message may repeat.
const secret = "1893120105732"

// names makes the same pseudonym of everybody.
type names struct{ subject, actor string }

func (n names) Subject(identifier string) string { return n.of(n.subject, identifier) }
func (n names) Actor(identifier string) string   { return n.of(n.actor, identifier) }

func (names) of(key, identifier string) string {
	if strings.TrimSpace(identifier) == "" {
		return ""
	}
	return key + ":" + strings.Repeat("ab", 32)
}

func naming() feed.Naming { return names{"s1", "a1"} }

func read(text string, n feed.Naming) ([]feed.Row, error) {
	var rows []feed.Row
	for row, err := range feed.Lines(strings.NewReader(text), n) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func TestIdentifiersBecomePseudonyms(t *testing.T) {
	rows, err := read("\ufeff\n"+`  {"action":"read","actorId":"clerk 7","subjectId":"`+secret+`","occurredAt":"2026-01-01T00:00:00Z","outcome":"success"}`+"\r\n\n"+line("c1"), naming())
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Equal(t, 2, rows[0].Line)
	require.Equal(t, trail.Entry{
		Action: "read", Actor: "a1:" + strings.Repeat("ab", 32), Subject: "s1:" + strings.Repeat("ab", 32), OccurredAt: "2026-01-01T00:00:00Z", Outcome: "success",
	}, rows[0].Entry)
	require.Equal(t, 4, rows[1].Line)
	require.Equal(t, entry("c1"), rows[1].Entry)
}

func TestABadLineIsNamedAndNeverRepeated(t *testing.T) {
	base := `"action":"read","occurredAt":"2026-01-01T00:00:00Z","outcome":"success"`
	actor := `"actor":"k1:` + strings.Repeat("ab", 32) + `"`
	for name, tc := range map[string]struct {
		line   string
		naming feed.Naming
		want   string
	}{
		"no JSON":                    {`{`, nil, "line 2: the JSON value is incomplete"},
		"a member mistyped":          {`{"acton":"read"}`, nil, `line 2: there is no member "acton" in an entry; did you mean "action"?`},
		"a member twice":             {`{"action":"read","action":"read"}`, nil, `the member "action" twice`},
		"an identifier without keys": {`{` + base + `,"actorId":"` + secret + `"}`, nil, "line 2: has an identifier, which is not sent: name the keys that make a pseudonym of it with --pseudonyms"},
		"an identifier in the wrong": {`{` + base + `,"actor":"` + secret + `"}`, naming(), "line 2 /actor: looks like a national identification number"},
		"both":                       {`{` + base + `,` + actor + `,"actorId":"` + secret + `"}`, naming(), "line 2: actor and actorId are both given"},
		"one that says nothing":      {`{` + base + `,` + actor + `,"subjectId":" "}`, naming(), "line 2: subjectId says nothing"},
		"no actor":                   {`{` + base + `}`, nil, "line 2 /actor: is missing"},
		"a number":                   {`{"action":` + secret + `}`, nil, "line 2: action is a number, which it must not be"},
		"an over-long line":          {`{"correlation":"` + strings.Repeat("x", 4*trail.MaxEntryBytes) + `"}`, nil, "line 2: is longer than 32768 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := read(line("c0")+"\n"+tc.line+"\n"+line("c1"), tc.naming)
			require.ErrorContains(t, err, "INVALID_ARGUMENT: ")
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), secret)
			require.Len(t, rows, 1)
		})
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("disk on fire") }

func TestWhatCannotBeReadIsNotTheEnd(t *testing.T) {
	for _, err := range feed.Lines(brokenReader{}, nil) {
		require.EqualError(t, err, "read line 1: disk on fire")
	}
}

// Whatever the input, each row is valid, and none is made of what is not there.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{"", "\n", line("c0"), line("c0") + "\n\n" + line("c1"), "{}", "\ufeff" + line("c"), `{"actorId":"x"}`, line("\\u0000"), "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		last := 0
		for row, err := range feed.Lines(bytes.NewReader(input), naming()) {
			if err != nil {
				require.ErrorContains(t, err, "line ")
				continue
			}
			require.NoError(t, row.Entry.Validate())
			require.Greater(t, row.Line, last)
			require.Contains(t, string(input), string(row.Raw))
			last = row.Line
		}
	})
}
