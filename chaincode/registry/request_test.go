package registry_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// hash is some hash of private fields.
var hash = strings.Repeat("0f", 32)

// kinds lists every request with a valid example and its parser.
func kinds() []struct {
	name    string
	request any
	parse   func(string) (any, error)
} {
	record := registry.Record{Register: "dwellings", ID: "DWL-1", Version: 2}
	full := createRequest("DWL-1", data("123A-1"))
	full.Effective, full.Draft, full.PrivateHash = "1999-12-31T23:59:59Z", true, hash
	amend := amendRequest(record, `{"rooms":null,"area":1.5}`)
	amend.Effective, amend.PrivateHash = "2026-01-01T00:00:00.5Z", hash
	whole := registry.AmendRequest{RequestID: requestID, Register: "dwellings", ID: "DWL-1", Base: 7, Data: json.RawMessage(data("123A-1"))}
	upgraded := definition()
	upgraded.Upgrade = &registry.Upgrade{
		Rename: []registry.Rename{{From: "size", To: "area"}}, Remove: []string{"old"}, Default: []registry.Default{{Field: "built", Value: json.RawMessage(`"1900-01-01"`)}},
	}
	return []struct {
		name    string
		request any
		parse   func(string) (any, error)
	}{
		{"CreateRegister", registry.CreateRegisterRequest{RequestID: requestID, Definition: compact(definition())}, parser(registry.ParseCreateRegisterRequest)},
		{"AmendRegister", registry.AmendRegisterRequest{RequestID: requestID, Base: 3, Definition: compact(upgraded)}, parser(registry.ParseAmendRegisterRequest)},
		{"Create", full, parser(registry.ParseCreateRequest)},
		{"Create with least", createRequest("", `{}`), parser(registry.ParseCreateRequest)},
		{"Import", registry.ImportRequest{RequestID: requestID, Register: "dwellings", Items: []registry.Item{full.Item, item("", `{}`)}}, parser(registry.ParseImportRequest)},
		{"Amend by a patch", amend, parser(registry.ParseAmendRequest)},
		{"Amend as a whole", whole, parser(registry.ParseAmendRequest)},
		{"Amend what is private", registry.AmendRequest{RequestID: requestID, Register: "dwellings", ID: "DWL-1", Base: 7, PrivateHash: hash}, parser(registry.ParseAmendRequest)},
		{"Status", registry.StatusRequest{RequestID: requestID, Register: "dwellings", ID: "DWL-1", Base: 1, Operation: registry.OpRevoke, Reason: "court-order", Note: "TA:4711"}, parser(registry.ParseStatusRequest)},
		{"Status without reason", registry.StatusRequest{RequestID: requestID, Register: "dwellings", ID: "DWL-1", Base: 1, Operation: registry.OpRetire}, parser(registry.ParseStatusRequest)},
		{"Offer", transferRequest(record, registry.OpOffer, sigi), parser(registry.ParseTransferRequest)},
		{"Accept", transferRequest(record, registry.OpAccept, ""), parser(registry.ParseTransferRequest)},
		{"Attest", registry.AttestRequest{RequestID: requestID, Register: "dwellings", ID: "DWL-1", Base: 1, Fields: []string{"rooms", "area"}, Statement: "on-site"}, parser(registry.ParseAttestRequest)},
		{"Withdraw", registry.AttestRequest{RequestID: requestID, Register: "dwellings", ID: "DWL-1", Base: 1, Withdraw: true}, parser(registry.ParseAttestRequest)},
		{"Approve", registry.DecisionRequest{RequestID: requestID, Register: "dwellings", Body: ctie, Proposal: "request-0002"}, parser(registry.ParseDecisionRequest)},
		{"Reject", registry.DecisionRequest{RequestID: requestID, Register: "dwellings", Body: ctie, Proposal: "request-0002", Reject: true, Reason: "no"}, parser(registry.ParseDecisionRequest)},
		{"PutPrivate", registry.PutPrivateRequest{RequestID: requestID, Register: "dwellings", Body: ctie, Items: []registry.PrivateItem{{ID: "DWL-1", Hash: hash}, {ID: "DWL-2", Hash: hash}}}, parser(registry.ParsePutPrivateRequest)},
		{"ReadPrivate", registry.PrivateRequest{Register: "dwellings", ID: "DWL-1", Hash: hash}, parser(registry.ParseReadPrivateRequest)},
		{"PurgePrivate", registry.PrivateRequest{RequestID: requestID, Register: "dwellings", ID: "DWL-1", Hash: hash}, parser(registry.ParsePurgePrivateRequest)},
		{"ReadRegister", registry.RegisterRequest{Register: "dwellings"}, parser(registry.ParseRegisterRequest)},
		{"ListRegisters", registry.RegistersRequest{PageSize: 1000, Bookmark: "x"}, parser(registry.ParseRegistersRequest)},
		{"Read", registry.ReadRequest{Register: "dwellings", ID: "DWL-1", View: registry.ViewCurrent}, parser(registry.ParseReadRequest)},
		{"Find", registry.FindRequest{Register: "dwellings", Field: "rooms", Value: json.RawMessage(`3`), PageSize: 7}, parser(registry.ParseFindRequest)},
		{"Find from", registry.FindRequest{Register: "dwellings", Field: "commune", From: json.RawMessage(`"Esch"`)}, parser(registry.ParseFindRequest)},
		{"ReadProposal", registry.ProposalRequest{Register: "dwellings", Body: ctie, Proposal: "request-0002"}, parser(registry.ParseProposalRequest)},
		{"List", registry.ListRequest{Register: "dwellings"}, parser(registry.ParseListRequest)},
		{"AsOf", registry.AsOfRequest{Register: "dwellings", ID: "DWL-1", At: "2026-01-01T00:00:00Z", Known: "2026-01-02T00:00:00Z"}, parser(registry.ParseAsOfRequest)},
	}
}

// compact writes a definition's schema as its JSON travels.
func compact(d registry.Definition) registry.Definition {
	raw, err := json.Marshal(d.Schema)
	if err != nil {
		panic(err) // not in a test of schemas
	}
	d.Schema = raw
	return d
}

func TestAValidRequestIsReadAsItIs(t *testing.T) {
	for _, tc := range kinds() {
		t.Run(tc.name, func(t *testing.T) {
			got, err := tc.parse(jsonOf(t, tc.request))
			require.NoError(t, err)
			require.Equal(t, tc.request, got)
		})
	}
}

func TestNoRequestMayHoldWhatItDoesNotHave(t *testing.T) {
	for _, tc := range kinds() {
		t.Run(tc.name, func(t *testing.T) {
			text := jsonOf(t, tc.request)
			for _, bad := range []string{
				"", "null", "[]", text + text, strings.Replace(text, "{", `{"more":1,`, 1), strings.Replace(text, "{", `{"v":null,`, 1),
				strings.Repeat(" ", registry.MaxImportBytes) + text,
			} {
				got, err := tc.parse(bad)
				requireCode(t, fault.InvalidArgument, err)
				require.True(t, reflect.ValueOf(got).IsZero(), "no half-read request")
			}
		})
	}
}

func TestABadFieldOfARequestIsRefused(t *testing.T) {
	const time = `is not an RFC 3339 time in UTC such as 2026-11-22T09:30:00Z`
	for _, tc := range []struct{ kind, old, new, want string }{
		{"Create", `"request-0001"`, `"short"`, "requestId: has 5 characters, not 8 to 64"},
		{"Create", `"dwellings"`, `"dwel lings"`, `register: "dwel lings" is not an id: ASCII letters and digits, and . _ - but not first`},
		{"Create", `"DWL-1"`, `"-1"`, `id: "-1" is not an id: ASCII letters and digits, and . _ - but not first`},
		{"Create", `1999-12-31T23:59:59Z`, `1999-12-31`, `effective: "1999-12-31" ` + time},
		{"Create", `1999-12-31T23:59:59Z`, `0000-12-31T23:59:59Z`, `effective: year 0 is not 1 to 9999`},
		{"Create", `"0f0f`, `"0F0f`, "privateHash: is not 64 lower-case hexadecimal digits (SHA-256)"},
		{"Create", `"rooms":3`, `"rooms":3e999`, "data /rooms: is a number that may not keep its value: at most 15 digits, or a whole number within ±(2^53-1)"},
		{"Create with least", `"data":{}`, `"data":[]`, "data: is not an object"},
		{"Create with least", `,"data":{}`, ``, "data: is missing"},
		{"Create with least", `"data":{}`, `"data":null`, "the request cannot be read: data is null"},
		{"Create with least", `"data":{}`, `"data":{"a":{"b":1,"b":2}}`, `the request cannot be read: data.a has the member "b" twice`},
		{"Create with least", `"data":{}`, `"data":` + strings.Repeat(`{"a":`, 33) + `1` + strings.Repeat(`}`, 33), "data " + strings.Repeat("/a", 32) + ": is nested more than 32 levels deep"},
		{"Create with least", `"data":{}`, `"data":` + strings.Repeat(`[`, 65) + strings.Repeat(`]`, 65), "the request cannot be read: data is nested more than 64 levels deep"},
		{"Create with least", `"data":{}`, `"data":{"a":"` + strings.Repeat("x", registry.MaxRecordBytes) + `"}`, "data: has 262152 bytes of canonical JSON, more than 262144"},
		{"Create with least", `"data":{}`, `"data":{"a":"` + strings.Repeat("x", registry.MaxRequestBytes) + `"}`, "the request has 524355 bytes, more than 524288"},
		{"Import", `"items":[`, `"items":[],"x":[`, `the request cannot be read: the JSON value has no member "x"`},
		{"Amend by a patch", `"patch"`, `"data":{},"patch"`, "patch: is given beside data; a record is changed by one of them"},
		{"Amend by a patch", `{"rooms":null,"area":1.5}`, `7`, "patch: is not an object"},
		{"Amend by a patch", `"area":1.5`, `"area":{"a":"\u0000"}`, "patch /area/a: has the character U+0000, which is not allowed"},
		{"Amend as a whole", `"base":7`, `"base":0`, "base: 0 is not the number of a version"},
		{"Amend as a whole", `"base":7`, `"base":-1`, "base: -1 is not the number of a version"},
		{"Amend what is private", `,"privateHash":"` + hash + `"`, ``, "data: is missing, and so are patch and privateHash: there is nothing to change"},
		{"Status", `"revoke"`, `"destroy"`, `operation: "destroy" is not one of activate, suspend, reinstate, revoke and retire`},
		{"Status", `"revoke"`, `"create"`, `operation: "create" is not one of activate, suspend, reinstate, revoke and retire`},
		{"Status", `"court-order"`, `""`, "reason: is missing; it is needed to revoke"},
		{"Status", `"court-order"`, `"because he died"`, `reason: "because he died" is not a code: ASCII letters and digits, and . _ : / - but not first`},
		{"Status", `"TA:4711"`, `"M. X"`, `note: "M. X" is not a code: ASCII letters and digits, and . _ : / - but not first`},
		{"Offer", `"SIGIMSP"`, `""`, "to: is missing"},
		{"Offer", `"offer"`, `"revoke"`, `operation: "revoke" is not one of offer, accept and decline`},
		{"Accept", `"accept"`, `"accept","to":"SIGIMSP"`, "to: is given, though only an offer goes to a body"},
		{"Attest", `"area"`, `"rooms"`, "fields[1]: is the same as fields[0]"},
		{"Attest", `"area"`, `""`, "fields[1]: is empty"},
		{"Attest", `"on-site"`, `"I saw it"`, `statement: "I saw it" is not a code: ASCII letters and digits, and . _ : / - but not first`},
		{"Withdraw", `"withdraw":true`, `"withdraw":true,"fields":["a"]`, "withdraw: is true beside fields or a statement; an attestation is withdrawn whole"},
		{"Approve", `"request-0002"`, `"no"`, "proposal: has 2 characters, not 8 to 64"},
		{"Approve", `"CTIEMSP"`, `""`, "body: is missing"},
		{"Reject", `"no"`, `""`, "reason: is missing; it is needed to reject"},
		{"PutPrivate", `"DWL-2"`, `"DWL-1"`, "items[1].id: is the same as items[0].id"},
		{"PutPrivate", `"DWL-2"`, `""`, "items[1].id: is missing"},
		{"PurgePrivate", `"request-0001"`, `""`, "requestId: has 0 characters, not 8 to 64"},
		{"ReadPrivate", `"` + hash + `"`, `""`, "hash: is not 64 lower-case hexadecimal digits (SHA-256)"},
		{"ReadRegister", `"dwellings"`, `""`, "register: is missing"},
		{"ListRegisters", `1000`, `1001`, "pageSize: 1001 is not 1 to 1000 (or 0 for 100)"},
		{"ReadProposal", `"request-0002"`, `"no"`, "proposal: has 2 characters, not 8 to 64"},
		{"ReadProposal", `"CTIEMSP"`, `"CTIE MSP"`, `body: "CTIE MSP" is not an MSP ID: letters, digits, . - and _`},
		{"Read", `"current"`, `"old"`, `view: "old" is not current, nor empty`},
		{"Read", `"DWL-1"`, `""`, "id: is missing"},
		{"Find", `"value":3`, `"value":3,"from":3`, "from: is given beside value"},
		{"Find", `"value":3`, `"value":3.5`, "value: is not a whole number within ±(2^53-1), as a unique or indexed number is"},
		{"Find", `"value":3`, `"value":[3]`, "value: is neither a text, a number nor true or false, as a unique or indexed field is"},
		{"Find", `"value":3`, `"value":""`, "value: has 0 bytes, not 1 to 256 as a unique or indexed text has"},
		{"Find", `"rooms"`, `""`, "field: is empty"},
		{"Find", `"pageSize":7`, `"pageSize":-7`, "pageSize: -7 is not 1 to 1000 (or 0 for 100)"},
		{"Find from", `"Esch"`, `"e` + "\u0301" + `"`, "from: is not in Unicode normalisation form C (NFC)"},
		{"AsOf", `"at":"2026-01-01T00:00:00Z"`, `"at":""`, "at: is missing"},
		{"AsOf", `2026-01-01T00:00:00Z`, `2026-01-01T00:00:00+01:00`, `at: "2026-01-01T00:00:00+01:00" ` + time},
		{"AsOf", `2026-01-02T00:00:00Z`, `yesterday`, `known: "yesterday" ` + time},
	} {
		t.Run(tc.kind+": "+tc.want, func(t *testing.T) {
			for _, kind := range kinds() {
				if kind.name != tc.kind {
					continue
				}
				text := jsonOf(t, kind.request)
				require.Contains(t, text, tc.old)
				_, err := kind.parse(strings.Replace(text, tc.old, tc.new, 1))
				requireCode(t, fault.InvalidArgument, err)
				require.EqualError(t, err, "INVALID_ARGUMENT: "+tc.want)
				return
			}
			require.Fail(t, "no such request")
		})
	}
}

func TestAnImportHas1To1000Items(t *testing.T) {
	items := func(n int) registry.ImportRequest {
		r := registry.ImportRequest{RequestID: requestID, Register: "dwellings", Items: make([]registry.Item, n)}
		for i := range r.Items {
			r.Items[i] = item(fmt.Sprintf("DWL-%d", i), `{}`)
		}
		return r
	}
	require.NoError(t, items(1000).Validate())
	require.EqualError(t, items(0).Validate(), "INVALID_ARGUMENT: items: has 0 entries, not 1 to 1000")
	require.EqualError(t, items(1001).Validate(), "INVALID_ARGUMENT: items: has 1001 entries, not 1 to 1000")
	private := registry.PutPrivateRequest{RequestID: requestID, Register: "dwellings", Body: ctie}
	require.EqualError(t, private.Validate(), "INVALID_ARGUMENT: items: has 0 entries, not 1 to 1000")
}

func TestRequestsAreTheSameWhateverTheirJSONLooksLike(t *testing.T) {
	content := func(function, text string) string {
		r, err := registry.ParseCreateRequest(text)
		require.NoError(t, err)
		h, err := registry.ContentHash(function, r)
		require.NoError(t, err)
		return h
	}
	a := content("Create", `{"requestId":"request-0001","register":"r","data":{"a":1,"b":"é"}}`)
	require.Equal(t, a, content("Create", ` { "register":"r", "data":{"b":"\u00e9","a":1.0}, "requestId":"request-0001", "id":"" } `))
	require.NotEqual(t, a, content("Create", `{"requestId":"request-0001","register":"r","data":{"a":1,"b":"e"}}`))
	require.NotEqual(t, a, content("Amend", `{"requestId":"request-0001","register":"r","data":{"a":1,"b":"é"}}`))

	hashed, err := registry.ContentHash("Import", registry.ImportRequest{Items: []registry.Item{item("a", `{"n":1e999}`)}})
	require.NoError(t, err, "what has no canonical form is told to the reader of the report, not here")
	require.Len(t, hashed, 64)
}

// FuzzRequests reads arbitrary text as each kind of request. What is accepted must
// be accepted again, and be the same, after a round trip.
func FuzzRequests(f *testing.F) {
	for _, kind := range kinds() {
		f.Add(jsonOf(f, kind.request))
	}
	f.Add(`{"requestId":"request-0001","register":"r","items":[{"data":{"a":null}}]}`)
	f.Add(`{"requestId":"request-0001","register":"r","data":{"a":"\ud800"},"REGISTER":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range kinds() {
			request, err := kind.parse(text)
			if err != nil {
				requireCode(t, fault.InvalidArgument, err)
				require.True(t, reflect.ValueOf(request).IsZero(), "no half-read request")
				continue
			}
			again, err := kind.parse(jsonOf(t, request))
			require.NoError(t, err)
			require.JSONEq(t, jsonOf(t, request), jsonOf(t, again))
		}
	})
}

// salt is a salt of n bytes.
func salt(n int) string { return base64.StdEncoding.EncodeToString([]byte(strings.Repeat("s", n))) }
