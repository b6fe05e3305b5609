package checkpoint_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// kind is one kind of request, with a good one.
type kind struct {
	name    string
	parse   func(string) (any, error)
	request any
}

func parser[R any](parse func(string) (R, error)) func(string) (any, error) {
	return func(s string) (any, error) { return parse(s) }
}

func kinds(t require.TestingT) []kind {
	const moment = "2026-11-24T12:00:00.000000000Z"
	own := ed25519Of(ctie)
	return []kind{
		{"register", parser(checkpoint.ParseRegisterKeyRequest), checkpoint.RegisterKeyRequest{RequestID: requestID, Key: own.key(t).String()}},
		{"retire", parser(checkpoint.ParseRetireKeyRequest), checkpoint.RetireKeyRequest{RequestID: requestID, KeyID: "0123abcd", Until: moment}},
		{"revoke", parser(checkpoint.ParseRevokeKeyRequest), checkpoint.RevokeKeyRequest{RequestID: requestID, KeyID: "0123abcd", Reason: "stolen", Since: moment}},
		{"cosign", parser(checkpoint.ParseCosignRequest), cosignRequest(t, head(checkpoint.MaxSize, "log"), noon(), own, signerOf(ctie, tlog.Ed25519, "second"))},
		{"latest", parser(checkpoint.ParseLatestRequest), checkpoint.LatestRequest{Origin: origin, Quorum: 3, Algorithm: checkpoint.MLDSA44}},
		{"at", parser(checkpoint.ParseAtRequest), checkpoint.AtRequest{Origin: origin, Size: 100}},
		{"policy", parser(checkpoint.ParsePolicyRequest), checkpoint.PolicyRequest{Origin: origin, At: moment, Quorum: 3, Algorithm: checkpoint.Ed25519}},
		{"keys", parser(checkpoint.ParseKeysRequest), checkpoint.KeysRequest{Body: ctie, PageSize: 7, Bookmark: "b"}},
	}
}

func TestAGoodRequestIsReadAsItWasWritten(t *testing.T) {
	for _, kind := range kinds(t) {
		t.Run(kind.name, func(t *testing.T) {
			got, err := kind.parse(jsonOf(t, kind.request))
			require.NoError(t, err)
			require.Equal(t, kind.request, got)
			got, err = kind.parse(" \n" + jsonOf(t, kind.request) + "\t\r\n")
			require.NoError(t, err)
			require.Equal(t, kind.request, got)
		})
	}
}

func TestWhatIsNotExactlyARequestIsRefused(t *testing.T) {
	for _, kind := range kinds(t) {
		text := jsonOf(t, kind.request)
		_, rest, _ := strings.Cut(text, ":")
		first := text[:len(text)-len(rest)] // {"name":
		for name, bad := range map[string]string{
			"nothing":               "",
			"text after it":         text + "x",
			"two of them":           text + text,
			"half of it":            text[:len(text)/2],
			"a list":                "[" + text + "]",
			"null":                  "null",
			"an unknown member":     `{"surname":"Weber",` + text[1:],
			"a member twice":        first + `"request-0001",` + text[1:],
			"a name in capitals":    strings.ToUpper(first) + rest,
			"a null member":         first + "null" + "}",
			"a trailing comma":      text[:len(text)-1] + ",}",
			"invalid UTF-8":         text[:len(text)-1] + ",\"\xff\":1}",
			"an unpaired surrogate": first + `"\ud800"}`,
			"more than it may have": text + strings.Repeat(" ", checkpoint.MaxRequestBytes),
		} {
			t.Run(kind.name+" with "+name, func(t *testing.T) {
				got, err := kind.parse(bad)
				requireCode(t, fault.InvalidArgument, err)
				require.True(t, reflect.ValueOf(got).IsZero(), "no half-read request")
			})
		}
	}
}

func TestABadFieldIsRefusedByName(t *testing.T) {
	own := ed25519Of(ctie)
	cosign := func(spoil func(*checkpoint.CosignRequest)) error {
		r := cosignRequest(t, head(100, "log"), noon(), own)
		spoil(&r)
		return r.Validate()
	}
	at := func(origin string) error { return checkpoint.AtRequest{Origin: origin, Size: 1}.Validate() }
	vkey := own.key(t).String()
	register := func(key string) error {
		return checkpoint.RegisterKeyRequest{RequestID: requestID, Key: key}.Validate()
	}
	lines := func(lines ...string) error {
		return cosign(func(r *checkpoint.CosignRequest) { r.Cosignatures = lines })
	}
	line := own.sign(t, head(100, "log"), noon()).Line()
	for _, tc := range []struct {
		name string
		err  error
		want string
	}{
		{"register without a request id", checkpoint.RegisterKeyRequest{Key: vkey}.Validate(), "requestId: has 0 characters, not 8 to 64"},
		{"no key", register(""), "key: is missing"},
		{"a key of two lines", register(vkey[:9] + "\n" + vkey[9:]), "key: has the character U+000A, which is not allowed"},
		{"a key of half", register(origin), "key: a verifier key reads name+id+base64"},
		{"a key with another id", register(strings.Replace(vkey, "+"+own.id(t), "+00000000", 1)), "key: verifier key of " + own.name + ": its id is " + own.id(t) + `, not "00000000"`},
		{"an endless key", register(vkey + strings.Repeat("A", 4096)), "key: has 4187 bytes, more than 4096"},
		{"retire without a request id", checkpoint.RetireKeyRequest{KeyID: "0123abcd"}.Validate(), "requestId: has 0 characters, not 8 to 64"},
		{"retire no key", checkpoint.RetireKeyRequest{RequestID: requestID}.Validate(), `keyId: "" is not 8 lower-case hexadecimal digits`},
		{"retire in capitals", checkpoint.RetireKeyRequest{RequestID: requestID, KeyID: "0123ABCD"}.Validate(), `keyId: "0123ABCD" is not 8 lower-case hexadecimal digits`},
		{"retire until no time", checkpoint.RetireKeyRequest{RequestID: requestID, KeyID: "0123abcd", Until: "x"}.Validate(), `until: "x" is not an RFC 3339 time in UTC such as 2026-11-22T09:30:00Z`},
		{"retire until the year 0", checkpoint.RetireKeyRequest{RequestID: requestID, KeyID: "0123abcd", Until: "0000-01-01T00:00:00Z"}.Validate(), "until: year 0 is not 1 to 9999"},
		{"revoke without a request id", checkpoint.RevokeKeyRequest{KeyID: "0123abcd"}.Validate(), "requestId: has 0 characters, not 8 to 64"},
		{"revoke no key", checkpoint.RevokeKeyRequest{RequestID: requestID, Reason: "a", Since: "2026-11-22T09:30:00Z"}.Validate(), `keyId: "" is not 8 lower-case hexadecimal digits`},
		{"revoke for no reason", checkpoint.RevokeKeyRequest{RequestID: requestID, KeyID: "0123abcd", Since: "2026-11-22T09:30:00Z"}.Validate(), "reason: is missing"},
		{"revoke for a reason in words", checkpoint.RevokeKeyRequest{RequestID: requestID, KeyID: "0123abcd", Reason: "a thief"}.Validate(), `reason: "a thief" is not a code: ASCII letters and digits, and . _ : / - but not first`},
		{"revoke since no time", checkpoint.RevokeKeyRequest{RequestID: requestID, KeyID: "0123abcd", Reason: "a"}.Validate(), "since: is missing: a revocation says from when on cosignatures do not count"},
		{"revoke since a local time", checkpoint.RevokeKeyRequest{RequestID: requestID, KeyID: "0123abcd", Reason: "a", Since: "2026-11-22T09:30:00+01:00"}.Validate(), `since: "2026-11-22T09:30:00+01:00" is not an RFC 3339 time in UTC such as 2026-11-22T09:30:00Z`},
		{"no origin", at(""), "origin: is missing"},
		{"an over-long origin", at(strings.Repeat("a", 256)), "origin: has 256 bytes, more than 255"},
		{"an origin with a space", at("a b"), `origin: "a b" is not one: it has a space or a plus sign in it`},
		{"an origin with a plus sign", at("a+b"), `origin: "a+b" is not one: it has a space or a plus sign in it`},
		{"an origin of two lines", at("a\nb"), "origin: has the character U+000A, which is not allowed"},
		{"an origin that no key takes", at("a\U0010ffff"), "origin: has the character U+10FFFF, which is not allowed"},
		{"no size", checkpoint.AtRequest{Origin: origin}.Validate(), "size: 0 is not 1 to 9007199254740991"},
		{"too large a size", checkpoint.AtRequest{Origin: origin, Size: checkpoint.MaxSize + 1}.Validate(), "size: 9007199254740992 is not 1 to 9007199254740991"},
		{"cosign nothing", cosign(func(r *checkpoint.CosignRequest) { r.Size = 0 }), "size: 0 is not 1 to 9007199254740991"},
		{"cosign for no log", cosign(func(r *checkpoint.CosignRequest) { r.Origin = "" }), "origin: is missing"},
		{"cosign a root in capitals", cosign(func(r *checkpoint.CosignRequest) { r.Root = strings.ToUpper(r.Root) }), "root: is not 64 lower-case hexadecimal digits (SHA-256)"},
		{"cosign no root", cosign(func(r *checkpoint.CosignRequest) { r.Root = "" }), "root: is not 64 lower-case hexadecimal digits (SHA-256)"},
		{"cosign too late a block", cosign(func(r *checkpoint.CosignRequest) { r.Block = checkpoint.MaxSize + 1 }), "block: 9007199254740992 is not 0 to 9007199254740991"},
		{"no cosignature", lines(), "cosignatures: are 0, not 1 to 4"},
		{"five cosignatures", lines(line, line, line, line, line), "cosignatures: are 5, not 1 to 4"},
		{"a line without an end", lines(strings.TrimSuffix(line, "\n")), "cosignatures[0]: a line of a signature reads: em dash, key name, base64"},
		{"two of one key", lines(line, line), "cosignatures[1]: is of the same key as cosignatures[0]"},
		{"an endless line", lines(strings.Repeat("a", 4097)), "cosignatures[0]: has 4097 bytes, more than 4096"},
		{"latest of no log", checkpoint.LatestRequest{}.Validate(), "origin: is missing"},
		{"too small a quorum", checkpoint.LatestRequest{Origin: origin, Quorum: -1}.Validate(), "quorum: -1 is not 1 to 64 (or 0 for a majority)"},
		{"too large a quorum", checkpoint.PolicyRequest{Origin: origin, Quorum: 65}.Validate(), "quorum: 65 is not 1 to 64 (or 0 for a majority)"},
		{"another algorithm", checkpoint.LatestRequest{Origin: origin, Algorithm: "rsa"}.Validate(), `algorithm: "rsa" is not one of ed25519 and ml-dsa-44`},
		{"policy of no log", checkpoint.PolicyRequest{}.Validate(), "origin: is missing"},
		{"policy at no time", checkpoint.PolicyRequest{Origin: origin, At: "x"}.Validate(), `at: "x" is not an RFC 3339 time in UTC such as 2026-11-22T09:30:00Z`},
		{"keys of a bad body", checkpoint.KeysRequest{Body: "A/B"}.Validate(), `body: "A/B" is not an MSP ID: letters, digits, . - and _`},
		{"too long a page of keys", checkpoint.KeysRequest{PageSize: 1001}.Validate(), "pageSize: 1001 is not 1 to 1000 (or 0 for 100)"},
	} {
		t.Run(tc.name, func(t *testing.T) { require.EqualError(t, tc.err, "INVALID_ARGUMENT: "+tc.want) })
	}
	require.NoError(t, at(strings.Repeat("a", 255)))
	require.NoError(t, at("città.example/log"), "names may have letters of any language")
}

func TestTimesAreReadAsTheLedgerWritesThem(t *testing.T) {
	policy, err := checkpoint.ParsePolicyRequest(`{"origin":"a","at":"2026-11-22T09:30:00.5Z"}`)
	require.NoError(t, err)
	require.Equal(t, "2026-11-22T09:30:00.500000000Z", policy.At)
	policy, err = checkpoint.ParsePolicyRequest(`{"origin":"a"}`)
	require.NoError(t, err)
	require.Empty(t, policy.At)
}

func TestRequestsAreTheSameWhateverTheirIDAndTheirJSON(t *testing.T) {
	for name, same := range map[string]func(id string) any{
		"register": func(id string) any { return checkpoint.RegisterKeyRequest{RequestID: id, Key: "a"} },
		"retire":   func(id string) any { return checkpoint.RetireKeyRequest{RequestID: id, KeyID: "a"} },
		"revoke":   func(id string) any { return checkpoint.RevokeKeyRequest{RequestID: id, KeyID: "a"} },
	} {
		hash := func(function string, request any) string {
			content, err := checkpoint.ContentHash(function, request)
			require.NoError(t, err)
			return content
		}
		require.Equal(t, hash("F", same("request-0001")), hash("F", same("request-0002")), name)
		require.NotEqual(t, hash("F", same("request-0001")), hash("G", same("request-0001")), name)
	}
	content, err := checkpoint.ContentHash("F", checkpoint.RetireKeyRequest{KeyID: "a"})
	require.NoError(t, err)
	other, err := checkpoint.ContentHash("F", checkpoint.RetireKeyRequest{KeyID: "b"})
	require.NoError(t, err)
	require.NotEqual(t, content, other)
}

// FuzzRequests reads arbitrary text as each kind of request. What is accepted must be
// accepted again, and be written the same.
func FuzzRequests(f *testing.F) {
	for _, kind := range kinds(f) {
		f.Add(jsonOf(f, kind.request))
	}
	f.Add(`{"origin":"a","size":1e0,"root":null,"SIZE":2}`)
	f.Add(`{"origin":"a\ud800","quorum":-0,"algorithm":"ED25519"}`)
	f.Add(`{"requestId":"request-0001","keyId":"0123abcd","until":"2026-11-22T09:30:00,5Z"}`)
	all := kinds(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range all {
			request, err := kind.parse(text)
			if err != nil {
				requireCode(t, fault.InvalidArgument, err)
				require.True(t, reflect.ValueOf(request).IsZero(), "no half-read request")
				continue
			}
			written := jsonOf(t, request)
			again, err := kind.parse(written)
			require.NoError(t, err, written)
			require.Equal(t, written, jsonOf(t, again))
		}
	})
}

// FuzzDecode reads arbitrary values of the ledger. What is accepted is written the same
// once it has been written.
func FuzzDecode(f *testing.F) {
	k := registered(f, ctie, ed25519Of(ctie), noon())
	c := said(f, ctie, head(100, "log"), noon(), ed25519Of(ctie))
	for _, encode := range []func() ([]byte, error){k.Encode, c.Encode, c.Statement().Encode} {
		value, err := encode()
		require.NoError(f, err)
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		requireReadAgain(t, value, checkpoint.DecodeWitnessKey, checkpoint.WitnessKey.Encode)
		requireReadAgain(t, value, checkpoint.DecodeCosigned, checkpoint.Cosigned.Encode)
		requireReadAgain(t, value, checkpoint.DecodeStatement, checkpoint.Statement.Encode)
	})
}

func requireReadAgain[T any](t *testing.T, value []byte, decode func([]byte) (T, error), encode func(T) ([]byte, error)) {
	v, err := decode(value)
	if err != nil {
		return
	}
	written, err := encode(v)
	require.NoError(t, err)
	again, err := decode(written)
	require.NoError(t, err)
	rewritten, err := encode(again)
	require.NoError(t, err)
	require.Equal(t, string(written), string(rewritten))
}
