package registry_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

func privateFields(fields string) registry.PrivateFields {
	return registry.PrivateFields{V: 1, Salt: salt(16), Fields: json.RawMessage(fields)}
}

func encoded(t require.TestingT, p registry.PrivateFields) []byte {
	value, err := p.Encode()
	require.NoError(t, err)
	return value
}

func TestPrivateFieldsAreReadAsTheyWereWritten(t *testing.T) {
	p := privateFields(`{"phone":"+352 621","resident":"Zoé <&> Müller"}`)
	value := encoded(t, p)
	require.Equal(t, `{"fields":{"phone":"+352 621","resident":"Zoé <&> Müller"},"salt":"`+salt(16)+`","v":1}`, string(value))
	got, err := registry.ParsePrivateFields(value)
	require.NoError(t, err)
	require.Equal(t, p, got)
	require.Len(t, registry.PrivateHash(value), 64)

	list, encodings, err := registry.ParsePrivateList([]byte(`[` + string(value) + `, {"v":1, "salt":"` + salt(64) + `", "fields":{"b":1.0,"a":null}} ]`))
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, value, encodings[0])
	require.Equal(t, `{"fields":{"a":null,"b":1},"salt":"`+salt(64)+`","v":1}`, string(encodings[1]), "the encoding is canonical, however it was sent")
}

// TestBadPrivateFieldsAreNotShown looks for the secret in every sentence.
func TestBadPrivateFieldsAreNotShown(t *testing.T) {
	const secret = "Zoe"
	for _, tc := range []struct{ name, text, want string }{
		{"no JSON", secret, "the private fields are not the JSON of a PrivateFields value"},
		{"an unknown member", `{"Zoe":1}`, "the private fields are not the JSON of a PrivateFields value"},
		{"a member twice", `{"fields":{"a":"Zoe","a":1},"salt":"` + salt(16) + `","v":1}`, "the private fields are not the JSON of a PrivateFields value"},
		{"another version", `{"fields":{"a":"Zoe"},"salt":"` + salt(16) + `","v":2}`, "v: is 2, not 1"},
		{"a short salt", `{"fields":{"a":"Zoe"},"salt":"Zoe=","v":1}`, "salt: is not standard base64"},
		{"no fields", `{"salt":"` + salt(16) + `","v":1}`, "fields: is missing"},
		{"a list", `{"fields":["Zoe"],"salt":"` + salt(16) + `","v":1}`, "fields: is not an object"},
		{"a control character", `{"fields":{"a":"Zoe\u0007"},"salt":"` + salt(16) + `","v":1}`, "fields /a: has the character U+0007, which is not allowed"},
		{"another order", `{"v":1,"salt":"` + salt(16) + `","fields":{"a":"Zoe"}}`, "the private fields are not canonical JSON (RFC 8785)"},
		{"too much", `{"fields":{"a":"Zoe` + strings.Repeat("x", registry.MaxPrivateBytes) + `"}}`, "the private fields have 65558 bytes, more than 65536"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := registry.ParsePrivateFields([]byte(tc.text))
			requireCode(t, fault.InvalidArgument, err)
			require.EqualError(t, err, "INVALID_ARGUMENT: "+tc.want)
			require.NotContains(t, err.Error(), secret)
			_, _, err = registry.ParsePrivateList([]byte(`[` + tc.text + `]`))
			if tc.name != "another order" {
				requireCode(t, fault.InvalidArgument, err)
				require.NotContains(t, err.Error(), secret)
			}
		})
	}
	_, _, err := registry.ParsePrivateList([]byte(`[]`))
	require.EqualError(t, err, "INVALID_ARGUMENT: private: has 0 entries, not 1 to 1000")
	_, _, err = registry.ParsePrivateList(bytes.Repeat([]byte(" "), registry.MaxPrivateImport+1))
	require.EqualError(t, err, "INVALID_ARGUMENT: the private fields have 4194305 bytes, more than 4194304")
}

func TestPrivateFieldsAreCheckedBeforeTheyAreStored(t *testing.T) {
	rules := rulesOf(t, definition())
	for _, tc := range []struct {
		name, body, keeper, fields, want string
		hash                             string
	}{
		{"as the schema says", ctie, sigi, `{"resident":"Zoe","phone":"621"}`, "", ""},
		{"without what is optional", sigi, sigi, `{"resident":"Zoe"}`, "", ""},
		{"by no writer", court, sigi, `{"resident":"Zoe"}`, "PERMISSION_DENIED: CourDesComptesMSP is not a writer of register dwellings", ""},
		{"at a body that keeps none", ctie, court, `{"resident":"Zoe"}`, "FAILED_PRECONDITION: register dwellings keeps no private fields at CourDesComptesMSP", ""},
		{"others than named", ctie, sigi, `{"resident":"Zoe"}`, "INVALID_ARGUMENT: items[0].hash: is not the SHA-256 of the transient private fields", hash},
		{"without what is required", ctie, sigi, `{"phone":"621"}`, "INVALID_ARGUMENT: items[0]: fields /resident: is missing", ""},
		{"with a public field", ctie, sigi, `{"resident":"Zoe","commune":"Esch"}`, "INVALID_ARGUMENT: items[0]: fields /commune: is not a field that the schema knows", ""},
		{"with a bad value", ctie, sigi, `{"resident":"Zoe","phone":"6"}`, "INVALID_ARGUMENT: items[0]: fields /phone: has 1 characters, fewer than 3", ""},
		{"with a value of another kind", ctie, sigi, `{"resident":["Zoe"]}`, "INVALID_ARGUMENT: items[0]: fields /resident: is a list, not a text", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := privateFields(tc.fields)
			value := encoded(t, p)
			q := registry.PutPrivateRequest{RequestID: requestID, Register: "dwellings", Body: tc.keeper, Items: []registry.PrivateItem{{ID: "DWL-1", Hash: registry.PrivateHash(value)}}}
			if tc.hash != "" {
				q.Items[0].Hash = tc.hash
			}
			require.NoError(t, q.Validate())
			err := rules.CheckPrivate(tc.body, q, []registry.PrivateFields{p}, [][]byte{value})
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, tc.want)
			require.NotContains(t, err.Error(), "Zoe")
		})
	}
	q := registry.PutPrivateRequest{RequestID: requestID, Register: "dwellings", Body: sigi, Items: []registry.PrivateItem{{ID: "DWL-1", Hash: hash}}}
	require.EqualError(t, rules.CheckPrivate(ctie, q, nil, nil), "INVALID_ARGUMENT: items: has 1 entries, but the transient list has 0")
	require.EqualError(t, rulesOf(t, open()).CheckPrivate(ctie, q, nil, nil), "FAILED_PRECONDITION: register dwellings keeps no private fields at SIGIMSP")
}

func FuzzPrivateFields(f *testing.F) {
	f.Add([]byte(`{"fields":{"a":"x"},"salt":"` + salt(16) + `","v":1}`))
	f.Add([]byte(`{"fields":{"a":[1.5,null,{"é":true}]},"salt":"` + salt(64) + `","v":1}`))
	f.Add([]byte(`{"v":1,"salt":"` + salt(20) + `","fields":{}}`))
	f.Add([]byte(`{"fields":{"a":"\ud800"},"salt":"AAAA","v":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := registry.ParsePrivateFields(text)
		if err == nil {
			require.Equal(t, string(text), string(encoded(t, p)))
		} else {
			require.Equal(t, fault.InvalidArgument, fault.CodeOf(err))
		}
		list, encodings, err := registry.ParsePrivateList(fmt.Appendf(nil, "[%s]", text))
		if err != nil {
			require.Equal(t, fault.InvalidArgument, fault.CodeOf(err))
			return
		}
		require.Len(t, encodings, len(list))
		for _, value := range encodings {
			_, err := registry.ParsePrivateFields(value)
			require.NoError(t, err)
		}
	})
}
