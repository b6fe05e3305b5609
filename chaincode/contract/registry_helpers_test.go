package contract_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

const dwellings, owners = "dwellings", "owners"

func newRegistryChaincode(t testing.TB) shim.Chaincode {
	t.Helper()
	protection, err := ledger.NewProtection(bodies())
	require.NoError(t, err)
	c, err := contract.NewRegistry(protection)
	require.NoError(t, err)
	chaincode, err := contract.NewChaincode("registry", c)
	require.NoError(t, err)
	return chaincode
}

// newEmptyRegistry is a ledger with the registry on it, and no register yet.
func newEmptyRegistry(t testing.TB) *world {
	t.Helper()
	return &world{ledgertest.New(t, newRegistryChaincode(t), ledgertest.WithBodies(bodies()...)), t}
}

// newRegistry is a ledger with the registry, and the register of dwellings in it.
func newRegistry(t testing.TB, changes ...func(*registry.Definition)) *world {
	t.Helper()
	w := newEmptyRegistry(t)
	w.define(dwellingRegister(changes...))
	return w
}

func (w *world) define(d registry.Definition) registry.Register {
	w.t.Helper()
	return answer[registry.Register](w.registrar(ctie), "CreateRegister", registry.CreateRegisterRequest{RequestID: id("define-" + d.ID), Definition: d})
}

// registrar is a registrar of the body.
func (w *world) registrar(body string) *user {
	return &user{w, w.Client(body, ledgertest.WithUser("registrar"), ledgertest.WithAttribute(contract.RoleRegistrar, "true"))}
}

// answer submits what answers with a T.
func answer[T any](u *user, function string, request any) T {
	u.t.Helper()
	var v T
	require.NoError(u.t, json.Unmarshal(u.mustSubmit(function, request).Payload, &v))
	return v
}

// record submits a change that is carried out at once, and returns the record.
func (u *user) changed(function string, request any) registry.Record {
	u.t.Helper()
	outcome := answer[registry.Outcome](u, function, request)
	require.NotNil(u.t, outcome.Record)
	require.Nil(u.t, outcome.Proposal)
	return *outcome.Record
}

// shown evaluates what answers with a T.
func shown[T any](u *user, function string, request any) T {
	u.t.Helper()
	var v T
	require.NoError(u.t, u.evaluate(function, request, &v))
	return v
}

func (u *user) view(register, record string) registry.RecordView {
	u.t.Helper()
	return shown[registry.RecordView](u, "Read", registry.ReadRequest{Register: register, ID: record})
}

const dwellingSchema = `{
	"$schema": "https://json-schema.org/draft/2020-12/schema",
	"type": "object", "additionalProperties": false, "required": ["commune", "rooms"],
	"properties": {
		"commune": {"type": "string", "maxLength": 64},
		"rooms": {"type": "integer", "minimum": 1},
		"parcel": {"type": "string", "pattern": "^[0-9]+/[0-9]+$"},
		"address": {"type": "object", "properties": {"zip": {"type": "string"}}},
		"owners": {"type": "array", "items": {"type": "string"}},
		"note": {"type": "string"},
		"tenant": {"type": "string"}
	}
}`

// dwellingRegister is a register of ctie, in which sigi writes too.
func dwellingRegister(changes ...func(*registry.Definition)) registry.Definition {
	d := registry.Definition{
		ID: dwellings, Titles: registry.Titles{En: "Dwellings", Lb: "Wunnengen"},
		Writers: []string{ctie, sigi}, Attesters: []string{digital, audit, sigi},
		IDs:    registry.IDRule{Mint: "DWL-{8}"},
		Unique: []string{"parcel"}, Indexed: []string{"commune", "rooms"},
		References: []registry.Reference{{Field: "owners", Register: owners}},
		Private:    &registry.Private{Fields: []string{"tenant"}, Bodies: []string{ctie, digital}},
		Schema:     json.RawMessage(dwellingSchema),
	}
	for _, change := range changes {
		change(&d)
	}
	return d
}

func ownerRegister() registry.Definition {
	return registry.Definition{
		ID: owners, Titles: registry.Titles{Fr: "Propriétaires"}, Writers: []string{ctie, sigi, digital},
		Schema: json.RawMessage(`{"type":"object","properties":{"name":{"type":"string"}}}`),
	}
}

func dwelling(commune string, rooms int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"commune":%q,"rooms":%d}`, commune, rooms))
}

func parcel(commune, number string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"commune":%q,"rooms":3,"parcel":%q}`, commune, number))
}

func create(name string, data json.RawMessage) registry.CreateRequest {
	return registry.CreateRequest{RequestID: id("create-" + name), Register: dwellings, Item: registry.Item{ID: name, Data: data}}
}

func amend(name string, base int, patch string) registry.AmendRequest {
	return registry.AmendRequest{RequestID: id(fmt.Sprint("amend-", name, "-", base)), Register: dwellings, ID: name, Base: base, Patch: json.RawMessage(patch)}
}

func move(name string, base int, operation registry.Operation) registry.StatusRequest {
	q := registry.StatusRequest{RequestID: id(fmt.Sprint(operation, "-", name, "-", base)), Register: dwellings, ID: name, Base: base, Operation: operation}
	if operation == registry.OpSuspend || operation == registry.OpRevoke {
		q.Reason = "court-order"
	}
	return q
}

func transfer(name string, base int, operation registry.Operation, to string) registry.TransferRequest {
	return registry.TransferRequest{RequestID: id(fmt.Sprint(operation, "-", name, "-", base)), Register: dwellings, ID: name, Base: base, Operation: operation, To: to}
}

func attest(name string, base int, fields ...string) registry.AttestRequest {
	return registry.AttestRequest{RequestID: id(fmt.Sprint("attest-", name, "-", base)), Register: dwellings, ID: name, Base: base, Fields: fields, Statement: "checked-on-site"}
}

func importOf(name string, items ...registry.Item) registry.ImportRequest {
	return registry.ImportRequest{RequestID: id("import-" + name), Register: dwellings, Items: items}
}

// tenancy makes private fields that hold the canary.
func tenancy(t testing.TB, salt string) (encoded []byte, hash string) {
	t.Helper()
	encoded, err := registry.PrivateFields{
		V: registry.SchemaVersion, Salt: base64.StdEncoding.EncodeToString([]byte(strings.Repeat(salt, 32))),
		Fields: json.RawMessage(`{"tenant":"` + canary + `"}`),
	}.Encode()
	require.NoError(t, err)
	return encoded, registry.PrivateHash(encoded)
}

func putPrivate(name, keeper, hash string) registry.PutPrivateRequest {
	return registry.PutPrivateRequest{
		RequestID: id("put-" + name + "-" + keeper), Register: dwellings, Body: keeper, Items: []registry.PrivateItem{{ID: name, Hash: hash}},
	}
}

// sending sends encoded private fields along, and asks the keeper's peer alone.
func (u *user) sending(keeper string, encoded ...[]byte) *user {
	parts := make([]string, len(encoded))
	for i, e := range encoded {
		parts[i] = string(e)
	}
	list := []byte("[" + strings.Join(parts, ",") + "]")
	return u.with(ledgertest.EndorsedBy(keeper), ledgertest.Transient(map[string][]byte{registry.PrivateTransient: list}))
}

// requireEvent checks that the last block has one event, and returns it.
func (w *world) requireEvent(name string) registry.Event {
	w.t.Helper()
	events := w.Events(w.Height() - 1)
	require.Len(w.t, events, 1)
	require.Equal(w.t, name, events[0].Name)
	event, err := registry.DecodeEvent(events[0].Payload)
	require.NoError(w.t, err)
	return event
}
