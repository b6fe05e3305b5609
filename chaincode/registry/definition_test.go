package registry_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

func names(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("n%d", i)
	}
	return list
}

func TestABadDefinitionIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(*registry.Definition)
		want  string
	}{
		{"no id", func(d *registry.Definition) { d.ID = "" }, "id: is missing"},
		{"an id with a slash", func(d *registry.Definition) { d.ID = "a/b" }, `id: "a/b" is not an id: ASCII letters and digits, and . _ - but not first`},
		{"an id that begins with a dot", func(d *registry.Definition) { d.ID = ".a" }, `id: ".a" is not an id: ASCII letters and digits, and . _ - but not first`},
		{"an over-long id", func(d *registry.Definition) { d.ID = strings.Repeat("a", 65) }, "id: has 65 characters, more than 64"},
		{"no title", func(d *registry.Definition) { d.Titles = registry.Titles{} }, "titles: are missing; a register has a title in one of de, en, fr and lb"},
		{"a title of two lines", func(d *registry.Definition) { d.Titles.Lb = "a\nb" }, "titles.lb: has the character U+000A, which is not allowed"},
		{"an over-long title", func(d *registry.Definition) { d.Titles.De = strings.Repeat("a", 257) }, "titles.de: has 257 bytes, more than 256"},
		{"a legal basis in words", func(d *registry.Definition) { d.LegalBasis = "loi du 25 juillet" }, `legalBasis: "loi du 25 juillet" is not a code: ASCII letters and digits, and . _ : / - but not first`},
		{"a web page as legal basis", func(d *registry.Definition) { d.LegalBasis = "https://example.org/law" }, `legalBasis: "https://example.org/law" is neither an ELI URI nor a code`},
		{"an ELI URI with a space", func(d *registry.Definition) { d.LegalBasis = "https://example.org/eli/a b" }, `legalBasis: "https://example.org/eli/a b" is neither an ELI URI nor a code`},
		{"a retention in words", func(d *registry.Definition) { d.Retention = "10 years" }, `retention: "10 years" is not a code: ASCII letters and digits, and . _ : / - but not first`},
		{"a writer that is no body", func(d *registry.Definition) { d.Writers = []string{ctie, "a b"} }, `writers[1]: "a b" is not an MSP ID: letters, digits, . - and _`},
		{"a writer twice", func(d *registry.Definition) { d.Writers = []string{ctie, sigi, ctie} }, "writers[2]: is the same as writers[0]"},
		{"too many attesters", func(d *registry.Definition) { d.Attesters = names(65) }, "attesters: has 65 entries, more than 64"},
		{"an approver without name", func(d *registry.Definition) { d.Approvers = []string{""} }, "approvers[0]: is missing"},
		{"negative approvals", func(d *registry.Definition) { d.Approvals = -1 }, "approvals: -1 is not 0 to 10"},
		{"many approvals", func(d *registry.Definition) { d.Approvals = 11 }, "approvals: 11 is not 0 to 10"},
		{"a long life of proposals", func(d *registry.Definition) { d.ProposalDays = 366 }, "proposalDays: 366 is not 1 to 365 (or 0 for 30)"},
		{"a unique field twice", func(d *registry.Definition) { d.Unique = []string{"a", "a"} }, "unique[1]: is the same as unique[0]"},
		{"a unique field without name", func(d *registry.Definition) { d.Unique = []string{""} }, "unique[0]: is empty"},
		{"a unique field with a NUL", func(d *registry.Definition) { d.Unique = []string{"a\x00"} }, "unique[0]: has the character U+0000, which is not allowed"},
		{"too many indexed fields", func(d *registry.Definition) { d.Indexed = names(17) }, "indexed: has 17 entries, more than 16"},
		{"a unique field indexed", func(d *registry.Definition) { d.Indexed = []string{"cadastre"} }, "indexed[0]: is a unique field, which can be found without an index"},
		{"a reference to no register", func(d *registry.Definition) { d.References[0].Register = "" }, "references[0].register: is missing"},
		{"a field that refers to two registers", func(d *registry.Definition) { d.References[1].Field = "building" }, "references[1].field: is the same as references[0].field"},
		{"no private field", func(d *registry.Definition) { d.Private.Fields = []string{} }, "private.fields: is empty"},
		{"nobody who keeps private fields", func(d *registry.Definition) { d.Private.Bodies = []string{} }, "private.bodies: is empty; private fields are kept by at least one body"},
		{"a private unique field", func(d *registry.Definition) { d.Private.Fields = []string{"cadastre"} }, "private.fields[0]: is a unique field, which cannot be private"},
		{"a private indexed field", func(d *registry.Definition) { d.Private.Fields = []string{"phone", "rooms"} }, "private.fields[1]: is an indexed field, which cannot be private"},
		{"a private reference", func(d *registry.Definition) { d.Private.Fields = []string{"parts"} }, "private.fields[0]: is a reference field, which cannot be private"},
		{"a private field that the schema does not know", func(d *registry.Definition) { d.Private.Fields = []string{"email"} }, "private.fields[0]: is not one of the schema's properties"},
		{"a private field whose schema is elsewhere", func(d *registry.Definition) {
			d.Schema = json.RawMessage(`{"properties":{"resident":{"$ref":"#/properties/x"},"phone":{},"x":{}}}`)
		}, `private: schema /properties/resident/$ref: refers to "#/properties/x", which is not in the schema`},
		{"a pattern of ids that is none", func(d *registry.Definition) { d.IDs.Pattern = "(" }, "ids.pattern: is not a regular expression (RE2): error parsing regexp: missing closing ): `(`"},
		{"a bomb as pattern of ids", func(d *registry.Definition) { d.IDs.Pattern = "(ab|cd|ef|gh){1000}" }, "ids.pattern: is a regular expression of 13002 steps, more than 2048"},
		{"a template without hash", func(d *registry.Definition) { d.IDs.Mint = "DWL-{year}" }, `ids.mint: "DWL-{year}" has 0 placeholders {6} to {26}, not one`},
		{"a template with two hashes", func(d *registry.Definition) { d.IDs.Mint = "{6}{6}" }, `ids.mint: "{6}{6}" has 2 placeholders {6} to {26}, not one`},
		{"a template with a short hash", func(d *registry.Definition) { d.IDs.Mint = "DWL-{5}" }, "ids.mint: {5} is none of {year}, {check} and {6} to {26}"},
		{"a template with an odd number", func(d *registry.Definition) { d.IDs.Mint = "DWL-{08}" }, "ids.mint: {08} is none of {year}, {check} and {6} to {26}"},
		{"a template with an unknown word", func(d *registry.Definition) { d.IDs.Mint = "DWL-{8}{month}" }, "ids.mint: {month} is none of {year}, {check} and {6} to {26}"},
		{"a template with an open brace", func(d *registry.Definition) { d.IDs.Mint = "DWL-{8" }, `ids.mint: "DWL-{8" has a brace that is not closed`},
		{"a template of ids that are none", func(d *registry.Definition) { d.IDs.Mint = "-{8}" }, "ids.mint: \"-"},
		{"a template of over-long ids", func(d *registry.Definition) { d.IDs.Mint = strings.Repeat("a", 59) + "{6}" }, "ids.mint: has 65 characters, more than 64"},
		{"a template beside the pattern", func(d *registry.Definition) { d.IDs.Mint = "HSE-{8}" }, "ids.mint: makes ids such as HSE-"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := definition()
			tc.spoil(&d)
			_, err := registry.ParseCreateRegisterRequest(jsonOf(t, registry.CreateRegisterRequest{RequestID: requestID, Definition: d}))
			requireCode(t, fault.InvalidArgument, err)
			require.True(t, strings.HasPrefix(err.Error(), "INVALID_ARGUMENT: "+tc.want), err.Error())
		})
	}
}

func TestABadUpgradeIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name    string
		upgrade registry.Upgrade
		want    string
	}{
		{"from nothing", registry.Upgrade{Rename: []registry.Rename{{From: "", To: "a"}}}, "upgrade.rename[0].from: is empty"},
		{"to one name twice", registry.Upgrade{Rename: []registry.Rename{{From: "a", To: "x"}, {From: "b", To: "x"}}}, "upgrade.rename[1].to: is the same as upgrade.rename[0].to"},
		{"from one name twice", registry.Upgrade{Rename: []registry.Rename{{From: "a", To: "x"}, {From: "a", To: "y"}}}, "upgrade.rename[1].from: is the same as upgrade.rename[0].from"},
		{"a unique field renamed", registry.Upgrade{Rename: []registry.Rename{{From: "a", To: "cadastre"}}}, "upgrade.rename[0].to: is a unique field, which an upgrade cannot change"},
		{"an indexed field removed", registry.Upgrade{Remove: []string{"a", "rooms"}}, "upgrade.remove[1]: is an indexed field, which an upgrade cannot change"},
		{"a reference given", registry.Upgrade{Default: []registry.Default{{Field: "building", Value: json.RawMessage(`"x"`)}}}, "upgrade.default[0].field: is a reference field, which an upgrade cannot change"},
		{"a private field given", registry.Upgrade{Default: []registry.Default{{Field: "phone", Value: json.RawMessage(`"x"`)}}}, "upgrade.default[0].field: is a private field, which an upgrade cannot change"},
		{"a value that the ledger does not want", registry.Upgrade{Default: []registry.Default{{Field: "a", Value: json.RawMessage(`{"b":1e999}`)}}}, "upgrade.default[0].value /b: is a number that may not keep its value"},
		{"too many", registry.Upgrade{Remove: names(65)}, "upgrade: has 65 entries in one list, more than 64"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := definition()
			d.Upgrade = &tc.upgrade
			err := registry.AmendRegisterRequest{RequestID: requestID, Base: 1, Definition: d}.Validate()
			requireCode(t, fault.InvalidArgument, err)
			require.True(t, strings.HasPrefix(err.Error(), "INVALID_ARGUMENT: "+tc.want), err.Error())
		})
	}
	d := definition()
	d.Upgrade = &registry.Upgrade{}
	require.EqualError(t, registry.CreateRegisterRequest{RequestID: requestID, Definition: d}.Validate(),
		"INVALID_ARGUMENT: upgrade: is for a changed schema; a new register has none")
}

func TestARegisterIsCreatedOnce(t *testing.T) {
	r := registry.CreateRegisterRequest{RequestID: requestID, Definition: definition()}
	register, err := registry.CreateRegister(ctie, r, txOf(3), nil)
	require.NoError(t, err)
	require.NoError(t, register.Validate())
	require.Equal(t, ctie, register.Steward)
	require.Equal(t, 1, register.Version)
	require.Equal(t, 1, register.SchemaVersion)
	require.Equal(t, txOf(3).ClaimedTime, register.ClaimedTime)
	require.NotContains(t, string(register.Schema), "\n", "it is canonical")

	_, err = registry.CreateRegister(sigi, r, txOf(4), &register)
	require.EqualError(t, err, "ALREADY_EXISTS: register dwellings exists already; CTIEMSP keeps it")
}

func TestWhatAnyWriterProposesCanBeApproved(t *testing.T) {
	for _, tc := range []struct {
		name               string
		approvals          int
		writers, approvers []string
		want               string
	}{
		{"by the other writers", 1, []string{ctie, sigi}, nil, ""},
		{"by approvers", 2, []string{ctie}, []string{ministry, court}, ""},
		{"by the steward alone, who writes", 1, nil, nil, "approvals: 1 are needed, but only 0 other bodies could approve what CTIEMSP proposes"},
		{"by too few writers", 2, []string{ctie, sigi}, nil, "approvals: 2 are needed, but only 1 other bodies could approve what CTIEMSP proposes"},
		{"by approvers less a writer", 2, []string{ctie, sigi}, []string{sigi, court}, "approvals: 2 are needed, but only 1 other bodies could approve what SIGIMSP proposes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := definition()
			d.Approvals, d.Writers, d.Approvers = tc.approvals, tc.writers, tc.approvers
			r := registry.CreateRegisterRequest{RequestID: requestID, Definition: d}
			require.NoError(t, r.Validate())
			_, err := registry.CreateRegister(ctie, r, txOf(0), nil)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, "INVALID_ARGUMENT: "+tc.want)
		})
	}
}

func TestARegisterIsAmendedByItsStewardOnly(t *testing.T) {
	existing := registerOf(t, definition())
	amend := func(body string, base int, change func(*registry.Definition)) (registry.Register, error) {
		d := definition()
		if change != nil {
			change(&d)
		}
		r := registry.AmendRegisterRequest{RequestID: requestID, Base: base, Definition: d}
		require.NoError(t, r.Validate())
		return registry.AmendRegister(body, r, txOf(9), &existing)
	}
	another := func(d *registry.Definition) {
		d.Schema = json.RawMessage(strings.Replace(schemaText, `"maximum": 99`, `"maximum": 100`, 1))
	}
	with := func(changes ...func(*registry.Definition)) func(*registry.Definition) {
		return func(d *registry.Definition) {
			for _, change := range changes {
				change(d)
			}
		}
	}
	upgrade := func(d *registry.Definition) { d.Upgrade = &registry.Upgrade{} }
	narrow := "may lose entries but not gain any, since the records that exist would be without"

	for _, tc := range []struct {
		name   string
		body   string
		base   int
		change func(*registry.Definition)
		want   string
	}{
		{"by another body", sigi, 1, nil, "PERMISSION_DENIED: register dwellings is kept by CTIEMSP, not by SIGIMSP"},
		{"on another version", ctie, 2, nil, "FAILED_PRECONDITION: register dwellings is at version 1, not at 2"},
		{"an upgrade of the same schema", ctie, 1, upgrade, "INVALID_ARGUMENT: upgrade: is given, but the schema is the same"},
		{"another schema without upgrade", ctie, 1, another, "INVALID_ARGUMENT: upgrade: is missing: the schema is another, so it says how older records are read ({} for as they are)"},
		{"another unique field", ctie, 1, func(d *registry.Definition) { d.Unique = []string{"built"} }, "FAILED_PRECONDITION: unique: " + narrow},
		{"one more indexed field", ctie, 1, func(d *registry.Definition) { d.Indexed = append(d.Indexed, "area") }, "FAILED_PRECONDITION: indexed: " + narrow},
		{"one more private field", ctie, 1, func(d *registry.Definition) { d.Private.Fields = append(d.Private.Fields, "area") }, "FAILED_PRECONDITION: private.fields: " + narrow},
		{"one more keeper", ctie, 1, func(d *registry.Definition) { d.Private.Bodies = append(d.Private.Bodies, court) }, "FAILED_PRECONDITION: private.bodies: " + narrow},
		{"a reference to another register", ctie, 1, func(d *registry.Definition) { d.References[0].Register = "houses" }, "FAILED_PRECONDITION: references: " + narrow},
		{"another pattern", ctie, 1, func(d *registry.Definition) { d.IDs.Pattern = ".*" }, "FAILED_PRECONDITION: ids: may be emptied but not changed, since the records that exist have other ids"},
		{"another template", ctie, 1, func(d *registry.Definition) { d.IDs.Mint = "DWL-{9}" }, "FAILED_PRECONDITION: ids: may be emptied but not changed, since the records that exist have other ids"},
		{"approvals that nobody could give", ctie, 1, func(d *registry.Definition) { d.Approvals = 2 }, "INVALID_ARGUMENT: approvals: 2 are needed, but only 1 other bodies could approve what CTIEMSP proposes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := amend(tc.body, tc.base, tc.change)
			require.EqualError(t, err, tc.want)
		})
	}

	next, err := amend(ctie, 1, func(d *registry.Definition) {
		d.Writers, d.Attesters, d.Approvals, d.Titles.En = []string{sigi, court}, nil, 1, "Dwellings"
		d.Unique, d.Indexed, d.Private, d.References, d.IDs = nil, []string{"rooms"}, nil, nil, registry.IDRule{}
	})
	require.NoError(t, err)
	require.NoError(t, next.Validate())
	require.Equal(t, 2, next.Version)
	require.Equal(t, 1, next.SchemaVersion, "the schema is the same, however it is written")

	next, err = amend(ctie, 1, with(another, upgrade))
	require.NoError(t, err)
	require.Equal(t, 2, next.SchemaVersion)

	_, err = registry.AmendRegister(ctie, registry.AmendRegisterRequest{RequestID: requestID, Base: 1, Definition: definition()}, txOf(9), nil)
	require.EqualError(t, err, "NOT_FOUND: there is no register dwellings")
}

func TestRulesAskForEveryUpgrade(t *testing.T) {
	register := registerOf(t, open())
	register.Version, register.SchemaVersion = 3, 3
	steps := []registry.SchemaStep{{Version: 2}, {Version: 3}}
	_, err := registry.NewRules(register, steps)
	require.NoError(t, err)
	for _, bad := range [][]registry.SchemaStep{nil, steps[:1], {{Version: 3}, {Version: 2}}, {{Version: 2}, {Version: 2}}, append(steps, registry.SchemaStep{Version: 4})} {
		_, err := registry.NewRules(register, bad)
		require.Error(t, err)
		require.Equal(t, fault.Internal, fault.CodeOf(err))
	}
}
