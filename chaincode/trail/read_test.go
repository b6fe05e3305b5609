package trail_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

// requireReadAlike reads a text with the fast reader in front and without it: the request
// and the refusal must be the same.
func requireReadAlike(t require.TestingT, text string) {
	want, wantErr := check.Parse(text, trail.MaxAppendBytes, trail.AppendRequest.Validate)
	got, err := trail.ParseAppendRequest(text)
	require.Equal(t, wantErr, err, text)
	require.Equal(t, want, got, text)

	opened, wantErr := check.Parse(text, trail.MaxAppendBytes, trail.RevealRequest.Validate)
	shown, err := trail.ParseRevealRequest(text)
	require.Equal(t, wantErr, err, text)
	require.Equal(t, opened, shown, text)
}

// texts are requests written in ways that the fast reader may or must not take.
func texts(t require.TestingT) []string {
	r := appendRequest(7, 2)
	r.Previous, r.GapReason = at(0), "start"
	_, reveal := sealed(t, 7, 2)
	plain := jsonOf(t, r)
	list := []string{plain, jsonOf(t, reveal), jsonOf(t, appendRequest(7, 1))}
	for _, change := range [][2]string{
		{`"number":7`, `"number":07`}, {`"number":7`, `"number":7.0`}, {`"number":7`, `"number":7e0`}, {`"number":7`, `"number":-7`}, {`"number":7`, `"number":"7"`},
		{`"number":7`, `"number":12345678901`}, {`"number":7`, `"number":1000000000`}, {`"number":7`, `"number":99999999999999999999`}, {`"number":7`, `"number":7x`},
		{`"number":7`, `"number":7,"number":7`}, {`"number":7`, `"Number":7`}, {`"number":7`, `"number":null`}, {`"number":7,`, ``}, {`"number":7`, `"number":7,"surname":"x"`},
		{`"previous":0`, `"previous":null`}, {`"previous":0`, `"previous":0,"previous":0`}, {`"previous":0`, `"previous":00`}, {`"previous":0`, `"previous":-0`}, {`"previous":0`, `"previous":6`},
		{`"read"`, `"\u0072ead"`}, {`"read"`, `"re\ad"`}, {`"read"`, `"réad"`}, {`"read"`, "\"re\xffad\""}, {`"read"`, "\"re\ufffdad\""}, {`"read"`, `"\ud800"`},
		{`"read"`, "\"re\nad\""}, {`"read"`, "\"re\x00ad\""}, {`"read"`, `null`}, {`"read"`, `7`}, {`"read"`, `["read"]`}, {`"read"`, `{}`}, {`"read"`, `"read`}, {`"read"`, `"read","action":"read"`},
		{`"read"`, `""`}, {`"read"`, "\"re\u2028ad\""}, {`"read"`, `"re<ad"`}, {`"action"`, `"Action"`}, {`"action"`, `"\u0061ction"`}, {`"action":`, `"action"`}, {`"action":`, `action:`},
		{`"entries":[`, `"entries":[,`}, {`"entries":[`, `"entries":[[`}, {`"entries":[`, `"entries":[null,`}, {`"entries":[`, `"entries":[],"entries":[`}, {`"entries":`, ` "entries" : `},
		{`{`, `{ `}, {`{`, "\t{\n"}, {`{`, "\v{"}, {`{`, `{,`}, {`}`, `},`}, {`}`, `}}`}, {`,`, `,,`}, {`,`, ` , `}, {`,`, `;`}, {`]`, `,]`}, {`]`, ` ]`}, {`]`, ``},
		{`"salt":`, `"salt":"","salt":`}, {`"salt":`, `"pepper":`}, {`"entry":`, `"entry":{},"entry":`}, {`"entry":{`, `"entry":{},"x":{`},
	} {
		for _, text := range list[:2] {
			list = append(list, strings.Replace(text, change[0], change[1], 1), strings.ReplaceAll(text, change[0], change[1]))
		}
	}
	return append(list, "", " ", "{", "{}", "[]", "null", "7", `""`, `{"entries":[]}`, `{"entries":{}}`, plain+" ", plain+"\x00", plain+"{}", "\ufeff"+plain)
}

func TestTheFastReaderReadsAsTheStrictOneDoes(t *testing.T) {
	for i, text := range texts(t) {
		t.Run(fmt.Sprint(i), func(t *testing.T) { requireReadAlike(t, text) })
	}
	rapid.Check(t, func(t *rapid.T) {
		all := texts(t)
		text := []byte(rapid.SampledFrom(all[:3]).Draw(t, "text"))
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			i := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			text[i] = rapid.SampledFrom([]byte("{}[]\",:\\ \n019-.eEntrulsx\x00\x1f\x7f\xc3\xa9\xff")).Draw(t, "byte")
		}
		requireReadAlike(t, string(text))
	})
}

// TestTheFastReaderKnowsEveryMember fails when a member is added that it does not know:
// the request would still be read, but slowly.
func TestTheFastReaderKnowsEveryMember(t *testing.T) {
	full := appendRequest(7, 3)
	full.Previous, full.GapReason = at(2), "lost"
	_, reveal := sealed(t, 7, 3)
	for _, tc := range []struct {
		request any
		parse   func(string) (any, error)
	}{
		{full, parser(trail.ParseAppendRequest)},
		{reveal, parser(trail.ParseRevealRequest)},
	} {
		requireFull(t, reflect.ValueOf(tc.request))
		allocations := func(text string) int {
			return int(testing.AllocsPerRun(10, func() {
				_, err := tc.parse(text)
				require.NoError(t, err)
			}))
		}
		text := jsonOf(t, tc.request)
		slow := strings.Replace(text, "desk", `\u0064esk`, 1)
		require.Less(t, 3*allocations(text), allocations(slow))
	}
}

// requireFull fails when a field is empty.
func requireFull(t *testing.T, v reflect.Value) {
	require.False(t, v.IsZero(), v.Type())
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			requireFull(t, v.Field(i))
		}
	case reflect.Slice:
		requireFull(t, v.Index(0))
	}
}

func FuzzAppendAndRevealRequests(f *testing.F) {
	for _, text := range texts(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { requireReadAlike(t, text) })
}
