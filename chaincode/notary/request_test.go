package notary_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

// item has a valid field of every kind.
func item(name string) notary.Item {
	return notary.Item{
		Digest:      digestOf(name),
		Type:        "lu.etat.arrete:2026/1-a_b",
		Reference:   "Dossier n° 2026/4711 – Arrêté",
		ValidFrom:   "2026-01-01T00:00:00Z",
		ValidUntil:  "2036-01-01T00:00:00.5Z",
		DetailsHash: strings.Repeat("0f", 32),
	}
}

func TestAValidRequestIsReadAsItIs(t *testing.T) {
	superseding := item("a")
	superseding.Supersedes = digestOf("old")

	for _, tc := range []struct {
		name    string
		request any
		parse   func(string) (any, error)
	}{
		{"Notarise", notary.NotariseRequest{RequestID: requestID, Item: superseding}, parser(notary.ParseNotariseRequest)},
		{"Notarise with least", notary.NotariseRequest{RequestID: "12345678", Item: notary.Item{Digest: digestOf("a")}}, parser(notary.ParseNotariseRequest)},
		{"NotariseBatch", notary.BatchRequest{RequestID: requestID, Items: []notary.Item{superseding, item("b")}}, parser(notary.ParseBatchRequest)},
		{"Revoke", notary.RevokeRequest{RequestID: requestID, Digest: digestOf("a"), Reason: notary.ReasonCourtOrder, Note: "TA-4711"}, parser(notary.ParseRevokeRequest)},
		{"Supersede", notary.SupersedeRequest{RequestID: requestID, Old: digestOf("a"), New: digestOf("b")}, parser(notary.ParseSupersedeRequest)},
		{"PutDetails", notary.PutDetailsRequest{RequestID: requestID, Digest: digestOf("a"), DetailsHash: strings.Repeat("0f", 32)}, parser(notary.ParsePutDetailsRequest)},
		{"PurgeDetails", notary.DigestRequest{RequestID: requestID, Digest: digestOf("a")}, parser(notary.ParsePurgeDetailsRequest)},
		{"ReadDetails", notary.DigestRequest{Digest: digestOf("a")}, parser(notary.ParseReadDetailsRequest)},
		{"Read", notary.RecordRequest{Digest: digestOf("a"), Body: "Cour.Des-Comptes_MSP"}, parser(notary.ParseRecordRequest)},
		{"Find", notary.FindRequest{Digest: digestOf("a"), PageSize: notary.MaxPageSize, Bookmark: "x"}, parser(notary.ParseFindRequest)},
		{"ListByBody", notary.ListRequest{Body: body}, parser(notary.ParseListRequest)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := tc.parse(jsonOf(t, tc.request))
			require.NoError(t, err)
			require.Equal(t, tc.request, got)
		})
	}
}

// parser forgets the type of a request.
func parser[R any](parse func(string) (R, error)) func(string) (any, error) {
	return func(s string) (any, error) { return parse(s) }
}

func TestABadItemIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(*notary.Item)
		want  string
	}{
		{"no digest", func(i *notary.Item) { i.Digest = "" }, "digest: is missing"},
		{"an upper-case digest", func(i *notary.Item) { i.Digest = notary.Digest("sha2-256:" + strings.Repeat("AB", 32)) }, "digest: a digest is written in lower-case"},
		{"a short digest", func(i *notary.Item) { i.Digest = i.Digest[:40] }, "digest: a sha2-256 digest has 64"},
		{"an unknown algorithm", func(i *notary.Item) { i.Digest = "md5:00" }, `digest: the digest algorithm "md5"`},
		{"a type with a space", func(i *notary.Item) { i.Type = "birth certificate" }, "type: \"birth certificate\" is not a code"},
		{"a type that begins with a dot", func(i *notary.Item) { i.Type = ".a" }, "type: \".a\" is not a code"},
		{"a type with an accent", func(i *notary.Item) { i.Type = "arrêté" }, "type: \"arr\\u00eat\\u00e9\" is not a code"},
		{"an over-long type", func(i *notary.Item) { i.Type = strings.Repeat("a", 65) }, "type: has 65 characters, more than 64"},
		{"an over-long reference", func(i *notary.Item) { i.Reference = strings.Repeat("é", 129) }, "reference: has 258 bytes, more than 256"},
		{"a line break", func(i *notary.Item) { i.Reference = "a\nb" }, "reference: has the character U+000A"},
		{"a NUL", func(i *notary.Item) { i.Reference = "a\x00b" }, "reference: has the character U+0000"},
		{"a C1 control character", func(i *notary.Item) { i.Reference = "a\u0085b" }, "reference: has the character U+0085"},
		{"a DEL", func(i *notary.Item) { i.Reference = "a\x7f" }, "reference: has the character U+007F"},
		{"a right-to-left override", func(i *notary.Item) { i.Reference = "a\u202eb" }, "reference: has the character U+202E"},
		{"a line separator", func(i *notary.Item) { i.Reference = "a\u2028b" }, "reference: has the character U+2028"},
		{"a byte order mark", func(i *notary.Item) { i.Reference = "\ufeffa" }, "reference: has the character U+FEFF"},
		{"the last code point", func(i *notary.Item) { i.Reference = "a\U0010ffff" }, "reference: has the character U+10FFFF"},
		{"a leading space", func(i *notary.Item) { i.Reference = " a" }, "reference: begins or ends with white space"},
		{"a trailing no-break space", func(i *notary.Item) { i.Reference = "a\u00a0" }, "reference: begins or ends with white space"},
		{"NFD text", func(i *notary.Item) { i.Reference = "Arre\u0302te\u0301" }, "reference: is not in Unicode normalisation form C (NFC)"},
		{"a singleton that NFC replaces", func(i *notary.Item) { i.Reference = "5 \u212b" }, "reference: is not in Unicode normalisation form C (NFC)"},
		{"a local time", func(i *notary.Item) { i.ValidFrom = "2026-01-01T00:00:00+01:00" }, "validFrom: \"2026-01-01T00:00:00+01:00\" is not an RFC 3339 time in UTC"},
		{"a UTC time without Z", func(i *notary.Item) { i.ValidFrom = "2026-01-01T00:00:00+00:00" }, "validFrom: "},
		{"a date", func(i *notary.Item) { i.ValidFrom = "2026-01-01" }, "validFrom: "},
		{"a day that does not exist", func(i *notary.Item) { i.ValidUntil = "2027-02-29T00:00:00Z" }, "validUntil: "},
		{"a comma before the fraction", func(i *notary.Item) { i.ValidUntil = "2036-01-01T00:00:00,5Z" }, "validUntil: "},
		{"a single-digit hour", func(i *notary.Item) { i.ValidUntil = "2036-01-01T0:00:00.0Z" }, "validUntil: "},
		{"picoseconds", func(i *notary.Item) { i.ValidUntil = "2036-01-01T00:00:00.0000000001Z" }, "validUntil: "},
		{"a lower-case time", func(i *notary.Item) { i.ValidUntil = "2036-01-01t00:00:00z" }, "validUntil: "},
		{"a validity that ends before it begins", func(i *notary.Item) { i.ValidUntil = "2025-12-31T23:59:59.999999999Z" }, "validUntil: 2025-12-31T23:59:59.999999999Z is before "},
		{"a bad superseded digest", func(i *notary.Item) { i.Supersedes = "sha2-256:00" }, "supersedes: a sha2-256 digest has 64"},
		{"to supersede itself", func(i *notary.Item) { i.Supersedes = i.Digest }, "supersedes: is the document's own digest"},
		{"a short details hash", func(i *notary.Item) { i.DetailsHash = "00" }, "detailsHash: is not 64 lower-case hexadecimal digits"},
		{"an upper-case details hash", func(i *notary.Item) { i.DetailsHash = strings.Repeat("AB", 32) }, "detailsHash: is not 64 lower-case hexadecimal digits"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bad := item("bad")
			tc.spoil(&bad)

			_, err := notary.ParseNotariseRequest(jsonOf(t, notary.NotariseRequest{RequestID: requestID, Item: bad}))
			requireCode(t, fault.InvalidArgument, err)
			require.Contains(t, err.Error(), "INVALID_ARGUMENT: "+tc.want)

			_, err = notary.ParseBatchRequest(jsonOf(t, notary.BatchRequest{RequestID: requestID, Items: []notary.Item{item("good"), bad}}))
			requireCode(t, fault.InvalidArgument, err)
			require.Contains(t, err.Error(), "INVALID_ARGUMENT: items[1]."+tc.want, "a batch names the item")
		})
	}
}

func TestAValidityMayBeOpenOrAMoment(t *testing.T) {
	for _, validity := range [][2]string{
		{"", ""},
		{"2026-01-01T00:00:00Z", ""},
		{"", "2026-01-01T00:00:00Z"},
		{"2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"},
	} {
		i := item("a")
		i.ValidFrom, i.ValidUntil = validity[0], validity[1]
		require.NoError(t, notary.NotariseRequest{RequestID: requestID, Item: i}.Validate())
	}
}

func TestABadRequestIDIsRefused(t *testing.T) {
	for name, id := range map[string]string{
		"none": "", "too short": "1234567", "too long": strings.Repeat("a", 65), "a space": "request 1", "an umlaut": "rëquest1",
		"a pipe": "request|1", "a NUL": "request\x001",
	} {
		t.Run(name, func(t *testing.T) {
			for function, err := range map[string]error{
				"Notarise":      notary.NotariseRequest{RequestID: id, Item: item("a")}.Validate(),
				"NotariseBatch": notary.BatchRequest{RequestID: id, Items: []notary.Item{item("a")}}.Validate(),
				"Revoke":        notary.RevokeRequest{RequestID: id, Digest: digestOf("a"), Reason: notary.ReasonOther}.Validate(),
				"Supersede":     notary.SupersedeRequest{RequestID: id, Old: digestOf("a"), New: digestOf("b")}.Validate(),
				"PutDetails":    notary.PutDetailsRequest{RequestID: id, Digest: digestOf("a"), DetailsHash: strings.Repeat("0f", 32)}.Validate(),
				"PurgeDetails":  notary.DigestRequest{RequestID: id, Digest: digestOf("a")}.ValidatePurge(),
			} {
				requireCode(t, fault.InvalidArgument, err)
				require.Contains(t, err.Error(), "INVALID_ARGUMENT: requestId: ", function)
			}
		})
	}
	require.Error(t, notary.DigestRequest{RequestID: "1", Digest: digestOf("a")}.ValidateRead(), "optional, but not arbitrary")
}

func TestABadBatchIsRefused(t *testing.T) {
	items := func(n int) []notary.Item {
		list := make([]notary.Item, n)
		for i := range list {
			list[i].Digest = digestOf(fmt.Sprint(i))
		}
		return list
	}
	with := func(list []notary.Item, i int, supersedes notary.Digest) []notary.Item {
		list[i].Supersedes = supersedes
		return list
	}
	for _, tc := range []struct {
		name  string
		items []notary.Item
		want  string
	}{
		{"no digest", []notary.Item{}, "items: is empty; a batch has 1 to 1000 digests"},
		{"1,001 digests", items(1001), "items: has 1001 digests, more than 1000"},
		{"a digest twice", append(items(5), items(3)[2]), "items[5].digest: is the same digest as items[2].digest"},
		{"a digest superseded twice", with(with(items(3), 0, digestOf("x")), 2, digestOf("x")), "items[2].supersedes: is the same digest as items[0].supersedes"},
		{"an earlier item superseded", with(items(3), 2, digestOf("0")), "items[2].supersedes: is the same digest as items[0].digest"},
		{"a later item superseded", with(items(3), 0, digestOf("2")), "items[0].supersedes: is the same digest as items[2].digest"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := notary.ParseBatchRequest(jsonOf(t, notary.BatchRequest{RequestID: requestID, Items: tc.items}))
			require.EqualError(t, err, "INVALID_ARGUMENT: "+tc.want)
		})
	}
	require.NoError(t, notary.BatchRequest{RequestID: requestID, Items: items(notary.MaxBatch)}.Validate())
	_, err := notary.ParseBatchRequest(`{"requestId":"request-0001"}`)
	require.ErrorContains(t, err, "items: is empty")
}

func TestOtherBadRequestsAreRefused(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		want string
	}{
		{"no reason", notary.RevokeRequest{RequestID: requestID, Digest: digestOf("a")}.Validate(), `reason: "" is not one of [issued-in-error`},
		{"a reason of one's own", notary.RevokeRequest{RequestID: requestID, Digest: digestOf("a"), Reason: "whim"}.Validate(), `reason: "whim" is not one of`},
		{"a sentence as note", notary.RevokeRequest{RequestID: requestID, Digest: digestOf("a"), Reason: "other", Note: "Mr X died"}.Validate(), `note: "Mr X died" is not a code`},
		{"revoking nothing", notary.RevokeRequest{RequestID: requestID, Reason: "other"}.Validate(), `digest: is missing`},
		{"superseding itself", notary.SupersedeRequest{RequestID: requestID, Old: digestOf("a"), New: digestOf("a")}.Validate(), `new: is the same digest as old`},
		{"superseding nothing", notary.SupersedeRequest{RequestID: requestID, New: digestOf("a")}.Validate(), `old: is missing`},
		{"superseding by nothing", notary.SupersedeRequest{RequestID: requestID, Old: digestOf("a")}.Validate(), `new: is missing`},
		{"no body", notary.RecordRequest{Digest: digestOf("a")}.Validate(), `body: is missing`},
		{"a body with a slash", notary.RecordRequest{Digest: digestOf("a"), Body: "A/B"}.Validate(), `body: "A/B" is not an MSP ID`},
		{"an over-long body", notary.ListRequest{Body: strings.Repeat("a", 250)}.Validate(), `body: has 250 characters`},
		{"a page of less than nothing", notary.ListRequest{Body: body, PageSize: -1}.Validate(), `pageSize: -1 is not 1 to 1000`},
		{"an over-long page", notary.FindRequest{Digest: digestOf("a"), PageSize: 1001}.Validate(), `pageSize: 1001 is not 1 to 1000`},
		{"finding nothing", notary.FindRequest{}.Validate(), `digest: is missing`},
		{"details without hash", notary.PutDetailsRequest{RequestID: requestID, Digest: digestOf("a")}.Validate(), `detailsHash: is not 64`},
		{"details of nothing", notary.PutDetailsRequest{RequestID: requestID}.Validate(), `digest: is missing`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			requireCode(t, fault.InvalidArgument, tc.err)
			require.Contains(t, tc.err.Error(), "INVALID_ARGUMENT: "+tc.want)
		})
	}
}

func TestWhatIsNotARequestIsRefused(t *testing.T) {
	good := jsonOf(t, notary.NotariseRequest{RequestID: requestID, Item: item("a")})
	for _, tc := range []struct{ name, text, want string }{
		{"nothing", "", "the request cannot be read: the JSON value is incomplete"},
		{"two requests", good + good, "the request cannot be read: there is text after the JSON value"},
		{"an unknown member", `{"requestId":"request-0001","size":1}`, `the request cannot be read: the JSON value has no member "size"`},
		{"a member of other requests", `{"requestId":"request-0001","items":[]}`, `the request cannot be read: the JSON value has no member "items"`},
		{"the embedded struct's name", `{"Item":{}}`, `the request cannot be read: the JSON value has no member "Item"`},
		{"a member twice", `{"requestId":"request-0001","requestId":"request-0002"}`, `the request cannot be read: the JSON value has the member "requestId" twice`},
		{"too much text", good + strings.Repeat(" ", notary.MaxRequestBytes), "the request has 16"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := notary.ParseNotariseRequest(tc.text)
			requireCode(t, fault.InvalidArgument, err)
			require.Contains(t, err.Error(), tc.want)
		})
	}
}

func TestAFullBatchFitsTheLimits(t *testing.T) {
	long := notary.Item{
		Digest:      notary.Digest("sha2-512:" + strings.Repeat("0", 128)),
		Supersedes:  notary.Digest("sha3-512:" + strings.Repeat("0", 128)),
		Type:        strings.Repeat("a", notary.MaxCode),
		Reference:   strings.Repeat("\"", notary.MaxReference),
		ValidFrom:   "2026-01-01T00:00:00.000000000Z",
		ValidUntil:  "2026-01-01T00:00:00.000000000Z",
		DetailsHash: strings.Repeat("0", 64),
		After:       &notary.After{Size: notary.MaxLogSize, Root: someRoot},
	}
	require.NoError(t, notary.NotariseRequest{RequestID: requestID, Item: long}.Validate())
	require.Less(t, len(jsonOf(t, long))*notary.MaxBatch, notary.MaxBatchRequestBytes)
	require.Less(t, len(jsonOf(t, long)), notary.MaxRequestBytes)
}

func TestRequestsAreTheSameWhateverTheirJSONLooksLike(t *testing.T) {
	a, err := notary.ParseRevokeRequest(fmt.Sprintf(`{"requestId":"request-0001","digest":%q,"reason":"other"}`, digestOf("a")))
	require.NoError(t, err)
	b, err := notary.ParseRevokeRequest(fmt.Sprintf(`{ "reason":"\u006fther", "note":"", "digest":%q, "requestId":"request-0001" }`, digestOf("a")))
	require.NoError(t, err)
	c := b
	c.Reason = notary.ReasonWithdrawn

	require.Equal(t, contentHash(t, "Revoke", a), contentHash(t, "Revoke", b))
	require.NotEqual(t, contentHash(t, "Revoke", a), contentHash(t, "Revoke", c))
	require.NotEqual(t, contentHash(t, "Revoke", a), contentHash(t, "Notarise", a))
}

func contentHash(t *testing.T, function string, request any) string {
	hash, err := notary.ContentHash(function, request)
	require.NoError(t, err)
	return hash
}

// FuzzRequests reads arbitrary text as each kind of request. What is accepted must
// be accepted again, and be the same, after a round trip.
func FuzzRequests(f *testing.F) {
	superseding := item("a")
	superseding.Supersedes = digestOf("old")
	for _, seed := range []any{
		notary.NotariseRequest{RequestID: requestID, Item: superseding},
		notary.BatchRequest{RequestID: requestID, Items: []notary.Item{superseding, {Digest: digestOf("b")}}},
		notary.RevokeRequest{RequestID: requestID, Digest: digestOf("a"), Reason: notary.ReasonOther, Note: "x:1"},
		notary.SupersedeRequest{RequestID: requestID, Old: digestOf("a"), New: digestOf("b")},
		notary.PutDetailsRequest{RequestID: requestID, Digest: digestOf("a"), DetailsHash: strings.Repeat("0f", 32)},
		notary.DigestRequest{RequestID: requestID, Digest: digestOf("a")},
		notary.RecordRequest{Digest: digestOf("a"), Body: body},
		notary.FindRequest{Digest: digestOf("a"), PageSize: 7, Bookmark: "Q1RJRU1TUA"},
		notary.ListRequest{Body: body, PageSize: 7, Bookmark: "x"},
		anchorRequest(),
		notary.NotariseRequest{RequestID: requestID, Item: notary.Item{Digest: digestOf("a"), After: &notary.After{Size: 7, Root: someRoot}}},
		notary.ReadAnchorRequest{Root: someRoot, Body: body},
		notary.RevokeAnchorRequest{RequestID: requestID, Root: someRoot, Reason: notary.ReasonOther},
		notary.RevokeMemberRequest{RequestID: requestID, Root: someRoot, Digest: digestOf("a"), Index: 3, Path: []string{someRoot}, Reason: notary.ReasonOther},
		notary.ReadMemberRequest{Root: someRoot, Body: body, Digest: digestOf("a")},
		map[string]any{"requestId": "\u202e", "REQUESTID": nil},
	} {
		f.Add(jsonOf(f, seed))
	}
	f.Add(`{"requestId":"request-0001","requestId":"\ud800"}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, parse := range []func(string) (any, error){
			parser(notary.ParseNotariseRequest), parser(notary.ParseBatchRequest), parser(notary.ParseRevokeRequest),
			parser(notary.ParseSupersedeRequest), parser(notary.ParsePutDetailsRequest), parser(notary.ParsePurgeDetailsRequest),
			parser(notary.ParseReadDetailsRequest), parser(notary.ParseRecordRequest), parser(notary.ParseFindRequest),
			parser(notary.ParseListRequest), parser(notary.ParseAnchorRequest), parser(notary.ParseReadAnchorRequest),
			parser(notary.ParseRevokeAnchorRequest), parser(notary.ParseRevokeMemberRequest), parser(notary.ParseReadMemberRequest),
		} {
			request, err := parse(text)
			if err != nil {
				requireCode(t, fault.InvalidArgument, err)
				require.True(t, reflect.ValueOf(request).IsZero(), "no half-read request")
				continue
			}
			again, err := parse(jsonOf(t, request))
			require.NoError(t, err)
			require.Equal(t, jsonOf(t, request), jsonOf(t, again), "an empty list and none are one")
		}
	})
}
