package registry_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

const (
	ctie      = "CTIEMSP" // steward and writer
	sigi      = "SIGIMSP" // writer
	ministry  = "MinDigitalMSP"
	court     = "CourDesComptesMSP"
	requestID = "request-0001"
)

// schemaText is a schema with something of every kind.
const schemaText = `{
	"$schema": "https://json-schema.org/draft/2020-12/schema",
	"type": "object",
	"properties": {
		"cadastre": {"type": "string", "pattern": "^[0-9]{3}[A-Z]-[0-9]+$"},
		"commune": {"type": "string", "maxLength": 40},
		"rooms": {"type": "integer", "minimum": 1, "maximum": 99},
		"area": {"type": "number", "exclusiveMinimum": 0},
		"heated": {"type": "boolean"},
		"built": {"type": "string", "format": "date"},
		"address": {"$ref": "#/$defs/address"},
		"building": {"type": ["string", "null"]},
		"parts": {"type": "array", "items": {"type": "string"}},
		"resident": {"type": "string", "maxLength": 80},
		"phone": {"$ref": "#/$defs/phone"}
	},
	"required": ["cadastre", "commune", "resident"],
	"additionalProperties": false,
	"$defs": {
		"address": {
			"type": "object",
			"properties": {"zip": {"type": "string", "pattern": "^L-[0-9]{4}$"}, "street": {"type": "string"}},
			"required": ["zip"],
			"additionalProperties": false
		},
		"phone": {"type": "string", "minLength": 3}
	}
}`

// definition is a register of dwellings that uses every rule but approvals. Its schema
// requires a private field, unless it is spoilt.
func definition() registry.Definition {
	return registry.Definition{
		ID:         "dwellings",
		Titles:     registry.Titles{Fr: "Registre national des bâtiments et des logements", De: "Wohnungsregister"},
		LegalBasis: "http://data.legilux.public.lu/eli/etat/leg/loi/2018/07/25/a0/jo",
		Retention:  "perm:1",
		Writers:    []string{ctie, sigi},
		Attesters:  []string{court, ministry},
		IDs:        registry.IDRule{Pattern: `DWL-[0-9A-Z.-]+`, Mint: "DWL-{year}-{8}{check}"},
		Unique:     []string{"cadastre"},
		Indexed:    []string{"commune", "rooms", "heated"},
		Private:    &registry.Private{Fields: []string{"resident", "phone"}, Bodies: []string{ctie, sigi}},
		References: []registry.Reference{{Field: "building", Register: "buildings"}, {Field: "parts", Register: "dwellings"}},
		Schema:     json.RawMessage(schemaText),
	}
}

// open is definition without private fields, which most tests do not need.
func open() registry.Definition {
	d := definition()
	d.Private = nil
	d.Schema = json.RawMessage(strings.Replace(schemaText, `, "resident"]`, `]`, 1))
	return d
}

// txOf is the i-th transaction; each is a minute after the one before.
func txOf(i int) registry.Tx {
	return registry.Tx{ID: fmt.Sprintf("tx%d", i), ClaimedTime: fmt.Sprintf("2026-11-%02dT%02d:%02d:00.000000000Z", 1+i/1440, i/60%24, i%60)}
}

func registerOf(t require.TestingT, d registry.Definition) registry.Register {
	r := registry.CreateRegisterRequest{RequestID: requestID, Definition: d}
	require.NoError(t, r.Validate())
	register, err := registry.CreateRegister(ctie, r, txOf(0), nil)
	require.NoError(t, err)
	return register
}

func rulesOf(t require.TestingT, d registry.Definition) *registry.Rules {
	rules, err := registry.NewRules(registerOf(t, d), nil)
	require.NoError(t, err)
	return rules
}

// nothing is what a ledger without any record finds.
func nothing(p *registry.Plan) registry.Found {
	needs := p.Needs()
	return registry.Found{
		Holders: make([]string, len(needs.Unique)), References: make([]*registry.Record, len(needs.References)),
		PrivateHashes: make([]string, len(needs.Private)),
	}
}

// everything is what a ledger finds on which all is as a plan needs it.
func everything(p *registry.Plan) registry.Found {
	found := nothing(p)
	for i, name := range p.Needs().References {
		found.References[i] = &registry.Record{Register: name.Register, ID: name.ID, Status: registry.StatusActive}
	}
	for i, need := range p.Needs().Private {
		found.PrivateHashes[i] = need.Hash
	}
	return found
}

func data(cadastre string) string {
	return fmt.Sprintf(`{"cadastre":%q,"commune":"Esch","rooms":3}`, cadastre)
}

func item(id, data string) registry.Item { return registry.Item{ID: id, Data: json.RawMessage(data)} }

func createRequest(id, data string) registry.CreateRequest {
	return registry.CreateRequest{RequestID: requestID, Register: "dwellings", Item: item(id, data)}
}

// created is a record that the ledger holds.
func created(t require.TestingT, rules *registry.Rules, owner, id, data string) registry.Record {
	plan, err := rules.PlanCreate(owner, createRequest(id, data), txOf(1))
	require.NoError(t, err)
	change, err := plan.DecideOne(txOf(1), nil, everything(plan))
	require.NoError(t, err)
	return change.Record
}

// done carries a plan for an existing record out.
func done(t require.TestingT, plan *registry.Plan, err error, n int, existing registry.Record) registry.Record {
	require.NoError(t, err)
	change, err := plan.DecideOne(txOf(n), &existing, everything(plan))
	require.NoError(t, err)
	require.NoError(t, change.Record.Validate())
	return change.Record
}

func amendRequest(r registry.Record, patch string) registry.AmendRequest {
	return registry.AmendRequest{RequestID: requestID, Register: r.Register, ID: r.ID, Base: r.Version, Patch: json.RawMessage(patch)}
}

func amended(t require.TestingT, rules *registry.Rules, r registry.Record, n int, patch string) registry.Record {
	plan, err := rules.PlanAmend(r.Owner, amendRequest(r, patch), &r)
	return done(t, plan, err, n, r)
}

func statusRequest(r registry.Record, operation registry.Operation) registry.StatusRequest {
	return registry.StatusRequest{RequestID: requestID, Register: r.Register, ID: r.ID, Base: r.Version, Operation: operation, Reason: "why"}
}

func moved(t require.TestingT, rules *registry.Rules, r registry.Record, n int, operation registry.Operation) registry.Record {
	plan, err := rules.PlanStatus(r.Owner, statusRequest(r, operation), &r)
	return done(t, plan, err, n, r)
}

func transferRequest(r registry.Record, operation registry.Operation, to string) registry.TransferRequest {
	return registry.TransferRequest{RequestID: requestID, Register: r.Register, ID: r.ID, Base: r.Version, Operation: operation, To: to}
}

func jsonOf(t require.TestingT, v any) string {
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}

func requireCode(t *testing.T, code fault.Code, err error) {
	t.Helper()
	require.ErrorIs(t, err, &fault.Error{Code: code})
	parsed, ok := fault.Parse(err.Error())
	require.True(t, ok, "%q does not read CODE: sentence", err)
	require.Equal(t, code, parsed.Code)
	require.NotContains(t, err.Error(), "\n")
}

// parser forgets the type of a request.
func parser[R any](parse func(string) (R, error)) func(string) (any, error) {
	return func(s string) (any, error) { return parse(s) }
}

// bodies are all bodies of the tests.
func bodies() []string { return slices.Sorted(slices.Values([]string{ctie, sigi, ministry, court})) }
