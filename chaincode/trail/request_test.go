package trail_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/trail"
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
	seal, reveal := sealed(t, 2, 2)
	return []kind{
		{"define", parser(trail.ParseDefineRequest), trail.DefineRequest{RequestID: requestID, Definition: definition()}},
		{"amend", parser(trail.ParseAmendRequest), trail.AmendRequest{RequestID: requestID, Base: 1, Definition: definition()}},
		{"append", parser(trail.ParseAppendRequest), appendRequest(2, 3)},
		{"seal", parser(trail.ParseSealRequest), seal},
		{"reveal", parser(trail.ParseRevealRequest), reveal},
		{"remove", parser(trail.ParseRemoveRequest), trail.RemoveRequest{RequestID: requestID, Trail: "civil-status", Source: "desk-1", Number: 7}},
		{"trail", parser(trail.ParseTrailRequest), trail.TrailRequest{Trail: "civil-status"}},
		{"trails", parser(trail.ParseTrailsRequest), trail.TrailsRequest{Body: ctie, PageSize: 7, Bookmark: "b"}},
		{"batch", parser(trail.ParseBatchRequest), trail.BatchRequest{Trail: "civil-status", Source: "desk-1", Number: 7}},
		{"batches", parser(trail.ParseBatchesRequest), trail.BatchesRequest{Trail: "civil-status", Source: "desk-1", PageSize: 7}},
		{"entries", parser(trail.ParseEntriesRequest), trail.EntriesRequest{Trail: "civil-status", From: "2026-01-01T00:00:00.000000000Z", To: "2027-01-01T00:00:00.000000000Z"}},
		{"person", parser(trail.ParsePersonRequest), trail.PersonRequest{Pseudonym: pseudonym("anne"), Trail: "civil-status", From: "2026-01-01T00:00:00.000000000Z"}},
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
			"a control character":   first + "\"a\x01\"}",
			"more than it may have": text + strings.Repeat(" ", trail.MaxAppendBytes),
		} {
			t.Run(kind.name+" with "+name, func(t *testing.T) {
				got, err := kind.parse(bad)
				requireCode(t, fault.InvalidArgument, err)
				require.True(t, reflect.ValueOf(got).IsZero(), "no half-read request")
			})
		}
	}
}

// refusals are requests with one fault, and what is said of it.
func refusals(t *testing.T) []struct {
	name string
	err  error
	want string
} {
	define := func(spoil func(*trail.Definition)) error {
		r := trail.DefineRequest{RequestID: requestID, Definition: definition()}
		spoil(&r.Definition)
		return r.Validate()
	}
	appending := func(spoil func(*trail.AppendRequest)) error {
		r := appendRequest(7, 20)
		spoil(&r)
		return r.Validate()
	}
	sealing := func(spoil func(*trail.SealRequest)) error {
		r, _ := sealed(t, 7, 3)
		spoil(&r)
		return r.Validate()
	}
	revealing := func(spoil func(*trail.RevealRequest)) error {
		_, r := sealed(t, 7, 3)
		spoil(&r)
		return r.Validate()
	}
	const personal = "looks like a national identification number: use a pseudonym"
	return []struct {
		name string
		err  error
		want string
	}{
		{"define without a request id", trail.DefineRequest{Definition: definition()}.Validate(), "requestId: has 0 characters, not 8 to 64"},
		{"a personal request id", trail.DefineRequest{RequestID: "request-" + nationalID}.Validate(), "requestId: " + personal},
		{"no id", define(func(d *trail.Definition) { d.ID = "" }), "id: is missing"},
		{"an id in capitals", define(func(d *trail.Definition) { d.ID = "Civil" }), `id: "Civil" is not an id: lower-case ASCII letters and digits, and - but not first`},
		{"an id that begins with -", define(func(d *trail.Definition) { d.ID = "-a" }), `id: "-a" is not an id: lower-case ASCII letters and digits, and - but not first`},
		{"an over-long id", define(func(d *trail.Definition) { d.ID = long(65) }), "id: has 65 characters, more than 64"},
		{"a personal id", define(func(d *trail.Definition) { d.ID = "nin-" + nationalID }), "id: " + personal},
		{"no title", define(func(d *trail.Definition) { d.Titles = trail.Titles{} }), "titles: are missing; a trail has a title in one of de, en, fr and lb"},
		{"an over-long title", define(func(d *trail.Definition) { d.Titles.Lb = long(257) }), "titles.lb: has 257 bytes, more than 256"},
		{"a title of two lines", define(func(d *trail.Definition) { d.Titles.En = "a\nb" }), "titles.en: has the character U+000A, which is not allowed"},
		{"a personal title", define(func(d *trail.Definition) { d.Titles.De = "Akte " + nationalID }), "titles.de: " + personal},
		{"no word on what it records", define(func(d *trail.Definition) { d.Records = "" }), "records: is missing; a trail says in words what it records"},
		{"too many words on it", define(func(d *trail.Definition) { d.Records = long(1025) }), "records: has 1025 bytes, more than 1024"},
		{"an address in them", define(func(d *trail.Definition) { d.Records = "ask anne@etat.lu" }), "records: looks like an e-mail address: use a pseudonym"},
		{"no legal basis", define(func(d *trail.Definition) { d.LegalBasis = "" }), "legalBasis: is missing"},
		{"a legal basis that is no ELI", define(func(d *trail.Definition) { d.LegalBasis = "https://etat.lu/x" }), `legalBasis: "https://etat.lu/x" is neither an ELI URI nor a code`},
		{"a legal basis with a space", define(func(d *trail.Definition) { d.LegalBasis = "https://etat.lu/eli/ x" }), `legalBasis: "https://etat.lu/eli/ x" is neither an ELI URI nor a code`},
		{"an over-long legal basis", define(func(d *trail.Definition) { d.LegalBasis = long(257) }), "legalBasis: has 257 bytes, more than 256"},
		{"a legal basis in words", define(func(d *trail.Definition) { d.LegalBasis = "a law" }), `legalBasis: "a law" is not a code: ASCII letters and digits, and . _ : / - but not first`},
		{"a personal legal basis", define(func(d *trail.Definition) { d.LegalBasis = "https://etat.lu/eli/" + nationalID }), "legalBasis: " + personal},
		{"no retention", define(func(d *trail.Definition) { d.Retention = "" }), "retention: is missing"},
		{"no days", define(func(d *trail.Definition) { d.RetentionDays = 0 }), "retentionDays: 0 is not 1 to 36525"},
		{"too many days", define(func(d *trail.Definition) { d.RetentionDays = 36_526 }), "retentionDays: 36526 is not 1 to 36525"},
		{"too many actions", define(func(d *trail.Definition) { d.Actions = many(65) }), "actions: has 65 entries, more than 64"},
		{"an empty action", define(func(d *trail.Definition) { d.Actions = []string{"a", ""} }), "actions[1]: is missing"},
		{"an action twice", define(func(d *trail.Definition) { d.Actions = []string{"a", "b", "a"} }), "actions[2]: is the same as actions[0]"},
		{"a common action", define(func(d *trail.Definition) { d.Actions = []string{"login"} }), "actions[0]: login is an action of every trail"},
		{"an action in words", define(func(d *trail.Definition) { d.Actions = []string{"print it"} }), `actions[0]: "print it" is not a code: ASCII letters and digits, and . _ : / - but not first`},
		{"too many readers", define(func(d *trail.Definition) { d.Readers = many(65) }), "readers: has 65 entries, more than 64"},
		{"an empty reader", define(func(d *trail.Definition) { d.Readers = []string{""} }), "readers[0]: is missing"},
		{"a reader twice", define(func(d *trail.Definition) { d.Readers = []string{sigi, sigi} }), "readers[1]: is the same as readers[0]"},
		{"a personal reader", define(func(d *trail.Definition) { d.Readers = []string{nationalID} }), "readers[0]: " + personal},
		{"amend without a base", trail.AmendRequest{RequestID: requestID, Definition: definition()}.Validate(), "base: 0 is not the number of a version"},
		{"amend without a request id", trail.AmendRequest{Base: 1, Definition: definition()}.Validate(), "requestId: has 0 characters, not 8 to 64"},

		{"append without a request id", appending(func(r *trail.AppendRequest) { r.RequestID = "" }), "requestId: has 0 characters, not 8 to 64"},
		{"no trail", appending(func(r *trail.AppendRequest) { r.Trail = "" }), "trail: is missing"},
		{"a personal trail", appending(func(r *trail.AppendRequest) { r.Trail = nationalID }), "trail: " + personal},
		{"no source", appending(func(r *trail.AppendRequest) { r.Source = "" }), "source: is missing"},
		{"an over-long source", appending(func(r *trail.AppendRequest) { r.Source = long(33) }), "source: has 33 characters, more than 32"},
		{"a source with a dot", appending(func(r *trail.AppendRequest) { r.Source = "a.b" }), `source: "a.b" is not an id: lower-case ASCII letters and digits, and - but not first`},
		{"a personal source", appending(func(r *trail.AppendRequest) { r.Source = "lu280019400644750000" }), "source: looks like an IBAN: use a pseudonym"},
		{"number 0", appending(func(r *trail.AppendRequest) { r.Number = 0 }), "number: 0 is not 1 to 1000000000"},
		{"too high a number", appending(func(r *trail.AppendRequest) { r.Number = trail.MaxNumber + 1 }), "number: 1000000001 is not 1 to 1000000000"},
		{"a number before that is the same", appending(func(r *trail.AppendRequest) { r.Previous = at(7) }), "previous: 7 is not 0 to 6: it is a number before the batch's own"},
		{"one below 0", appending(func(r *trail.AppendRequest) { r.Previous = at(-1) }), "previous: -1 is not 0 to 6: it is a number before the batch's own"},
		{"a gap without a reason", appending(func(r *trail.AppendRequest) { r.Previous = at(4) }), "gapReason: is missing: batch 7 does not follow batch 4, and a gap is declared with its reason"},
		{"a reason without a gap", appending(func(r *trail.AppendRequest) { r.GapReason = "lost" }), "gapReason: is given, but batch 7 follows batch 6 without a gap"},
		{"a reason with the number before", appending(func(r *trail.AppendRequest) { r.Previous, r.GapReason = at(6), "lost" }), "gapReason: is given, but batch 7 follows batch 6 without a gap"},
		{"a reason in words", appending(func(r *trail.AppendRequest) { r.Previous, r.GapReason = at(4), "disk lost" }), `gapReason: "disk lost" is not a code: ASCII letters and digits, and . _ : / - but not first`},
		{"a personal reason", appending(func(r *trail.AppendRequest) { r.Previous, r.GapReason = at(4), nationalID }), "gapReason: " + personal},
		{"no entries", appending(func(r *trail.AppendRequest) { r.Entries = nil }), "entries: are 0, not 1 to 5000"},
		{"too many entries", appending(func(r *trail.AppendRequest) { r.Entries = entries(5001) }), "entries: are 5001, not 1 to 5000"},
		{"a faulty entry", appending(func(r *trail.AppendRequest) { r.Entries[17].Actor = "" }), "entries 17 /actor: is missing"},
		{"a personal entry", appending(func(r *trail.AppendRequest) { r.Entries[17].Subject = nationalID }), "entries 17 /subject: " + personal},
		{"a huge entry", appending(func(r *trail.AppendRequest) { r.Entries[17].Correlation = long(8 << 10) }), "entries 17: has 8605 bytes of canonical JSON, more than 8192"},

		{"seal without a request id", sealing(func(r *trail.SealRequest) { r.RequestID = "" }), "requestId: has 0 characters, not 8 to 64"},
		{"seal nowhere", sealing(func(r *trail.SealRequest) { r.Number = 0 }), "number: 0 is not 1 to 1000000000"},
		{"seal for ever", sealing(func(r *trail.SealRequest) { r.RevealAfter = "" }), "revealAfter: is missing"},
		{"seal until no time", sealing(func(r *trail.SealRequest) { r.RevealAfter = "2027" }), `revealAfter: "2027" is not an RFC 3339 time in UTC such as 2026-11-22T09:30:00Z`},
		{"seal until the year 0", sealing(func(r *trail.SealRequest) { r.RevealAfter = "0000-01-01T00:00:00Z" }), "revealAfter: year 0 is not 1 to 9999"},
		{"a personal reveal time", sealing(func(r *trail.SealRequest) { r.RevealAfter = nationalID }), "revealAfter: " + personal},
		{"no commitments", sealing(func(r *trail.SealRequest) { r.Commitments = nil }), "commitments: are 0, not 1 to 5000"},
		{"too many commitments", sealing(func(r *trail.SealRequest) { r.Commitments = many(5001) }), "commitments: are 5001, not 1 to 5000"},
		{"a commitment that is none", sealing(func(r *trail.SealRequest) { r.Commitments[2] = "x" }), "commitments[2]: is not 64 lower-case hexadecimal digits (SHA-256)"},
		{"a personal commitment", sealing(func(r *trail.SealRequest) { r.Commitments[2] = nationalID }), "commitments[2]: " + personal},
		{"a commitment twice", sealing(func(r *trail.SealRequest) { r.Commitments[2] = r.Commitments[1] }), "commitments[2]: is the same as commitments[1]"},

		{"reveal without a request id", revealing(func(r *trail.RevealRequest) { r.RequestID = "" }), "requestId: has 0 characters, not 8 to 64"},
		{"reveal nothing", revealing(func(r *trail.RevealRequest) { r.Number = 0 }), "number: 0 is not 1 to 1000000000"},
		{"reveal no entries", revealing(func(r *trail.RevealRequest) { r.Entries = nil }), "entries: are 0, not 1 to 5000"},
		{"reveal a faulty entry", revealing(func(r *trail.RevealRequest) { r.Entries[1].Entry.Outcome = "" }), "entries 1 /outcome: is missing"},
		{"reveal without a salt", revealing(func(r *trail.RevealRequest) { r.Entries[1].Salt = "" }), "entries 1 /salt: has 0 bytes, not 16 to 64"},
		{"reveal with what is no salt", revealing(func(r *trail.RevealRequest) { r.Entries[1].Salt = "geheim" }), "entries 1 /salt: is not standard base64"},

		{"remove without a request id", trail.RemoveRequest{Trail: "a", Source: "b", Number: 1}.Validate(), "requestId: has 0 characters, not 8 to 64"},
		{"remove nothing", trail.RemoveRequest{RequestID: requestID, Trail: "a", Source: "b"}.Validate(), "number: 0 is not 1 to 1000000000"},

		{"read no trail", trail.TrailRequest{}.Validate(), "trail: is missing"},
		{"trails of no body", trail.TrailsRequest{Body: "A/B"}.Validate(), `body: "A/B" is not an MSP ID: letters, digits, . - and _`},
		{"too long a page of trails", trail.TrailsRequest{PageSize: 1001}.Validate(), "pageSize: 1001 is not 1 to 1000 (or 0 for 100)"},
		{"batch of no source", trail.BatchRequest{Trail: "a", Number: 1}.Validate(), "source: is missing"},
		{"batches of no trail", trail.BatchesRequest{}.Validate(), "trail: is missing"},
		{"batches of a bad source", trail.BatchesRequest{Trail: "a", Source: "B"}.Validate(), `source: "B" is not an id: lower-case ASCII letters and digits, and - but not first`},
		{"too long a page of batches", trail.BatchesRequest{Trail: "a", PageSize: -1}.Validate(), "pageSize: -1 is not 1 to 1000 (or 0 for 100)"},
		{"entries of no trail", trail.EntriesRequest{}.Validate(), "trail: is missing"},
		{"entries from no time", trail.EntriesRequest{Trail: "a", From: "x"}.Validate(), `from: "x" is not an RFC 3339 time in UTC such as 2026-11-22T09:30:00Z`},
		{"entries to no time", trail.EntriesRequest{Trail: "a", To: "x"}.Validate(), `to: "x" is not an RFC 3339 time in UTC such as 2026-11-22T09:30:00Z`},
		{"a period that ends as it begins", trail.EntriesRequest{Trail: "a", From: "2026-11-22T09:30:00Z", To: "2026-11-22T09:30:00.000Z"}.Validate(), "to: 2026-11-22T09:30:00.000Z is not after from 2026-11-22T09:30:00Z"},
		{"too long a page of entries", trail.EntriesRequest{Trail: "a", PageSize: 1001}.Validate(), "pageSize: 1001 is not 1 to 1000 (or 0 for 100)"},
		{"nobody", trail.PersonRequest{}.Validate(), "pseudonym: is missing"},
		{"somebody by number", trail.PersonRequest{Pseudonym: nationalID}.Validate(), "pseudonym: " + personal},
		{"a person in a bad trail", trail.PersonRequest{Pseudonym: pseudonym("a"), Trail: "A"}.Validate(), `trail: "A" is not an id: lower-case ASCII letters and digits, and - but not first`},
		{"a person from a time in all trails", trail.PersonRequest{Pseudonym: pseudonym("a"), From: "2026-11-22T09:30:00Z"}.Validate(), "from: is given without a trail; the order is by trail, then by time"},
		{"a person to a time in all trails", trail.PersonRequest{Pseudonym: pseudonym("a"), To: "2026-11-22T09:30:00Z"}.Validate(), "to: is given without a trail; the order is by trail, then by time"},
		{"a person in no time", trail.PersonRequest{Pseudonym: pseudonym("a"), Trail: "a", To: "x"}.Validate(), `to: "x" is not an RFC 3339 time in UTC such as 2026-11-22T09:30:00Z`},
		{"too long a page of a person", trail.PersonRequest{Pseudonym: pseudonym("a"), PageSize: 1001}.Validate(), "pageSize: 1001 is not 1 to 1000 (or 0 for 100)"},
	}
}

func TestABadFieldIsRefusedByName(t *testing.T) {
	for _, tc := range refusals(t) {
		t.Run(tc.name, func(t *testing.T) { require.EqualError(t, tc.err, "INVALID_ARGUMENT: "+tc.want) })
	}
}

func TestABadEntryIsRefusedByField(t *testing.T) {
	const personal = "looks like a national identification number: use a pseudonym"
	for _, tc := range []struct {
		name  string
		spoil func(*trail.Entry)
		want  string
	}{
		{"no action", func(e *trail.Entry) { e.Action = "" }, "/action: is missing"},
		{"an action in words", func(e *trail.Entry) { e.Action = "look at" }, `/action: "look at" is not a code: ASCII letters and digits, and . _ : / - but not first`},
		{"a personal action", func(e *trail.Entry) { e.Action = nationalID }, "/action: " + personal},
		{"no actor", func(e *trail.Entry) { e.Actor = "" }, "/actor: is missing"},
		{"an actor by name", func(e *trail.Entry) { e.Actor = "weber" }, "/actor: is not a pseudonym: a key's id, a colon and 64 lower-case hexadecimal digits"},
		{"an actor by address", func(e *trail.Entry) { e.Actor = "anne@etat.lu" }, "/actor: looks like an e-mail address: use a pseudonym"},
		{"a subject by name", func(e *trail.Entry) { e.Subject = "weber" }, "/subject: is not a pseudonym: a key's id, a colon and 64 lower-case hexadecimal digits"},
		{"a subject by number", func(e *trail.Entry) { e.Subject = "1893 1201 05732" }, "/subject: " + personal},
		{"a basis in words", func(e *trail.Entry) { e.Basis = "a law" }, `/basis: "a law" is not a code: ASCII letters and digits, and . _ : / - but not first`},
		{"a personal basis", func(e *trail.Entry) { e.Basis = nationalID }, "/basis: " + personal},
		{"a purpose in words", func(e *trail.Entry) { e.Purpose = "a law" }, `/purpose: "a law" is not a code: ASCII letters and digits, and . _ : / - but not first`},
		{"a personal purpose", func(e *trail.Entry) { e.Purpose = "dossier:" + nationalID }, "/purpose: " + personal},
		{"an over-long correlation", func(e *trail.Entry) { e.Correlation = long(129) }, "/correlation: has 129 bytes, more than 128"},
		{"a correlation of two lines", func(e *trail.Entry) { e.Correlation = "a\nb" }, "/correlation: has the character U+000A, which is not allowed"},
		{"a personal correlation", func(e *trail.Entry) { e.Correlation = "LU28 0019 4006 4475 0000" }, "/correlation: looks like an IBAN: use a pseudonym"},
		{"a hash that is none", func(e *trail.Entry) { e.DetailHash = "x" }, "/detailHash: is not 64 lower-case hexadecimal digits (SHA-256)"},
		{"a personal hash", func(e *trail.Entry) { e.DetailHash = nationalID }, "/detailHash: " + personal},
		{"no time", func(e *trail.Entry) { e.OccurredAt = "" }, "/occurredAt: is missing"},
		{"a local time", func(e *trail.Entry) { e.OccurredAt = "2026-11-22T09:30:00+01:00" }, `/occurredAt: "2026-11-22T09:30:00+01:00" is not an RFC 3339 time in UTC such as 2026-11-22T09:30:00Z`},
		{"the year 0", func(e *trail.Entry) { e.OccurredAt = "0000-11-22T09:30:00Z" }, "/occurredAt: year 0 is not 1 to 9999"},
		{"a personal time", func(e *trail.Entry) { e.OccurredAt = nationalID }, "/occurredAt: " + personal},
		{"no outcome", func(e *trail.Entry) { e.Outcome = "" }, "/outcome: is missing"},
		{"another outcome", func(e *trail.Entry) { e.Outcome = "maybe" }, `/outcome: "maybe" is not one of success, failure and denied`},
		{"a personal outcome", func(e *trail.Entry) { e.Outcome = nationalID }, "/outcome: " + personal},
		{"more than 8 KB", func(e *trail.Entry) { e.Actor = long(8 << 10) }, "has 8563 bytes of canonical JSON, more than 8192"},
		{"more than 8 KB when escaped", func(e *trail.Entry) { e.Purpose = strings.Repeat("\x01", 1400) }, "has 8824 bytes of canonical JSON, more than 8192"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := entry(1)
			require.NoError(t, e.Validate())
			tc.spoil(&e)
			require.EqualError(t, e.Validate(), "INVALID_ARGUMENT: "+tc.want)
		})
	}
	least := trail.Entry{Action: "x", Actor: pseudonym("a"), OccurredAt: "2026-11-22T09:30:00Z", Outcome: trail.OutcomeDenied}
	require.NoError(t, least.Validate(), "the rest is optional")
}

// TestNoTextOfARequestTakesAPerson puts a national number into every text there is, by
// reflection, so that a field that is added is not forgotten.
func TestNoTextOfARequestTakesAPerson(t *testing.T) {
	unread := []string{"Bookmark", "Salt"} // only the ledger can read the one, and the other is random
	for _, kind := range kinds(t) {
		tried := 0
		var visit func(v reflect.Value, name string, change func())
		visit = func(v reflect.Value, name string, change func()) {
			switch v.Kind() {
			case reflect.String:
				if slices.Contains(unread, name) {
					return
				}
				before := v.String()
				v.SetString(nationalID)
				tried++
				change()
				v.SetString(before)
			case reflect.Struct:
				for i := range v.NumField() {
					visit(v.Field(i), v.Type().Field(i).Name, change)
				}
			case reflect.Slice:
				for i := range v.Len() {
					visit(v.Index(i), name, change)
				}
			}
		}
		whole := reflect.New(reflect.TypeOf(kind.request)).Elem()
		whole.Set(reflect.ValueOf(kind.request))
		visit(whole, "", func() {
			_, err := kind.parse(jsonOf(t, whole.Interface()))
			require.ErrorContains(t, err, "looks like a national identification number: use a pseudonym", jsonOf(t, whole.Interface()))
			require.NotContains(t, err.Error(), nationalID)
		})
		require.Positive(t, tried)
	}
}

func TestBoundsOfTimeAreReadAsTheLedgerWritesThem(t *testing.T) {
	entries, err := trail.ParseEntriesRequest(`{"trail":"a","from":"2026-11-22T09:30:00Z","to":"2026-11-22T09:30:00.5Z"}`)
	require.NoError(t, err)
	require.Equal(t, trail.EntriesRequest{Trail: "a", From: "2026-11-22T09:30:00.000000000Z", To: "2026-11-22T09:30:00.500000000Z"}, entries)
	person, err := trail.ParsePersonRequest(`{"trail":"a","pseudonym":"` + pseudonym("a") + `","to":"2026-11-22T09:30:00.123456789Z"}`)
	require.NoError(t, err)
	require.Equal(t, "2026-11-22T09:30:00.123456789Z", person.To)
	require.Empty(t, person.From)
}

func TestRequestsAreTheSameWhateverTheirIDAndTheirJSON(t *testing.T) {
	r := appendRequest(2, 3)
	content := contentOf(t, "Append", r)
	require.Len(t, content, 64)
	again, err := trail.ParseAppendRequest(strings.ReplaceAll(jsonOf(t, r), `"read"`, ` "\u0072ead" `))
	require.NoError(t, err)
	again.RequestID = "request-0002"
	require.Equal(t, content, contentOf(t, "Append", again))
	require.NotEqual(t, content, contentOf(t, "Seal", r), "another function")
	again.Entries[2].Purpose = "other"
	require.NotEqual(t, content, contentOf(t, "Append", again), "another entry")

	seal, reveal := sealed(t, 2, 2)
	for name, same := range map[string]func(id string) string{
		"define": func(id string) string { return contentOf(t, "F", trail.DefineRequest{RequestID: id}) },
		"amend":  func(id string) string { return contentOf(t, "F", trail.AmendRequest{RequestID: id}) },
		"seal":   func(id string) string { seal.RequestID = id; return contentOf(t, "F", seal) },
		"reveal": func(id string) string { reveal.RequestID = id; return contentOf(t, "F", reveal) },
		"remove": func(id string) string { return contentOf(t, "F", trail.RemoveRequest{RequestID: id}) },
	} {
		require.Equal(t, same("request-0001"), same("request-0002"), name)
	}
	require.Equal(t, requestID, r.RequestID, "the request itself keeps its id")
}

// FuzzRequests reads arbitrary text as each kind of request. What is accepted must be
// accepted again, and be the same, after a round trip.
func FuzzRequests(f *testing.F) {
	for _, kind := range kinds(f) {
		f.Add(jsonOf(f, kind.request))
	}
	f.Add(`{"requestId":"request-0001","trail":"a","source":"b","number":1,"entries":[{"action":null}]}`)
	f.Add(`{"requestId":"request-0001","trail":"a","source":"b","number":1e0,"previous":-0,"entries":[{"purpose":"\ud800"}],"NUMBER":2}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range kinds(t) {
			request, err := kind.parse(text)
			if err != nil {
				requireCode(t, fault.InvalidArgument, err)
				require.True(t, reflect.ValueOf(request).IsZero(), "no half-read request")
				continue
			}
			again, err := kind.parse(jsonOf(t, request))
			require.NoError(t, err)
			require.Equal(t, jsonOf(t, request), jsonOf(t, again)) // an empty list is written as none
		}
	})
}
