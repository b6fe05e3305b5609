package registry_test

import (
	"encoding/json"
	"testing"

	"github.com/gowebpki/jcs"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// TestTheFastEncodingIsTheCanonicalOne compares with the reference implementation
// of RFC 8785, for any content of any field.
func TestTheFastEncodingIsTheCanonicalOne(t *testing.T) {
	text, number := rapid.String(), rapid.IntRange(-1<<53, 1<<53)
	rapid.Check(t, func(t *rapid.T) {
		data, err := canonical.Marshal(objects(3).Draw(t, "data"))
		require.NoError(t, err)
		r := registry.Record{
			V: number.Draw(t, "v"), Register: text.Draw(t, "register"), ID: text.Draw(t, "id"), Version: number.Draw(t, "version"),
			Status: registry.Status(text.Draw(t, "status")), Owner: text.Draw(t, "owner"), Writer: text.Draw(t, "writer"),
			Operation: registry.Operation(text.Draw(t, "operation")), RegisterVersion: number.Draw(t, "rv"), SchemaVersion: number.Draw(t, "sv"),
			Data: data, PrivateHash: text.Draw(t, "hash"), OfferedTo: text.Draw(t, "to"), Reason: text.Draw(t, "reason"), Note: text.Draw(t, "note"),
			Effective: text.Draw(t, "effective"), RequestID: text.Draw(t, "request"), Approvers: rapid.SliceOf(text).Draw(t, "approvers"),
			TxID: text.Draw(t, "tx"), ClaimedTime: text.Draw(t, "claimed"),
		}
		for _, field := range rapid.SliceOf(text).Draw(t, "changed") {
			r.Changed = append(r.Changed, registry.FieldVersion{Field: field, Version: number.Draw(t, "at")})
		}
		raw, err := json.Marshal(r)
		require.NoError(t, err)
		want, err := jcs.Transform(raw)
		require.NoError(t, err)
		got, err := r.Encode()
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	})
}

// The encoding is stored, hashed and proven: it must never change.
func TestTheEncodingOfARecordIsFixed(t *testing.T) {
	value, err := example().Encode()
	require.NoError(t, err)
	require.Equal(t, `{"approvers":["CourDesComptesMSP"],"changed":[{"field":"rooms","version":2}],"claimedTime":"2026-11-01T00:02:00.000000000Z",`+
		`"data":{"commune":"Esch <&> `+"\u2028"+`","rooms":3},"effective":"2020-01-01T00:00:00.000000000Z","id":"DWL-1","note":"TA:4711","offeredTo":"SIGIMSP",`+
		`"operation":"suspend","owner":"CTIEMSP","privateHash":"`+hash+`","reason":"court-order","register":"dwellings","registerVersion":2,`+
		`"requestId":"request-0001","schemaVersion":1,"status":"suspended","txId":"tx2","v":1,"version":3,"writer":"CTIEMSP"}`, string(value))
	decoded, err := registry.DecodeRecord(value)
	require.NoError(t, err)
	require.Equal(t, example(), decoded)
}

func example() registry.Record {
	return registry.Record{
		V: 1, Register: "dwellings", ID: "DWL-1", Version: 3, Status: registry.StatusSuspended, Owner: ctie, Writer: ctie, Operation: registry.OpSuspend,
		RegisterVersion: 2, SchemaVersion: 1, Data: json.RawMessage("{\"commune\":\"Esch <&> \u2028\",\"rooms\":3}"), PrivateHash: hash,
		Changed: []registry.FieldVersion{{Field: "rooms", Version: 2}}, OfferedTo: sigi, Reason: "court-order", Note: "TA:4711",
		Effective: "2020-01-01T00:00:00.000000000Z", RequestID: requestID, Approvers: []string{court}, TxID: "tx2", ClaimedTime: txOf(2).ClaimedTime,
	}
}

func TestADamagedRecordIsNotDecoded(t *testing.T) {
	require.NoError(t, example().Validate())
	for name, spoil := range map[string]func(*registry.Record){
		"another version of the format":     func(r *registry.Record) { r.V = 2 },
		"no register":                       func(r *registry.Record) { r.Register = "" },
		"a bad id":                          func(r *registry.Record) { r.ID = "a b" },
		"no version":                        func(r *registry.Record) { r.Version = 0 },
		"no version of the register":        func(r *registry.Record) { r.RegisterVersion = 0 },
		"no version of the schema":          func(r *registry.Record) { r.SchemaVersion = 0 },
		"no owner":                          func(r *registry.Record) { r.Owner = "" },
		"another's writing":                 func(r *registry.Record) { r.Writer = sigi },
		"no operation":                      func(r *registry.Record) { r.Operation = "" },
		"an operation that leads elsewhere": func(r *registry.Record) { r.Operation = registry.OpRevoke },
		"created late":                      func(r *registry.Record) { r.Operation = registry.OpCreate },
		"changed first":                     func(r *registry.Record) { r.Version = 1; r.Changed = nil },
		"an unknown status":                 func(r *registry.Record) { r.Status = "lost" },
		"amended when revoked":              func(r *registry.Record) { r.Operation, r.Status = registry.OpAmend, registry.StatusRevoked },
		"offered to its owner":              func(r *registry.Record) { r.OfferedTo = ctie },
		"offered when revoked":              func(r *registry.Record) { r.Operation, r.Status = registry.OpRevoke, registry.StatusRevoked },
		"offered to nobody":                 func(r *registry.Record) { r.Operation, r.OfferedTo = registry.OpOffer, "" },
		"offered when accepted":             func(r *registry.Record) { r.Operation, r.Status = registry.OpAccept, registry.StatusActive },
		"data that is a list":               func(r *registry.Record) { r.Data = json.RawMessage(`[]`) },
		"a bad hash":                        func(r *registry.Record) { r.PrivateHash = "x" },
		"changed in its first version":      func(r *registry.Record) { r.Changed[0].Version = 1 },
		"changed in the future":             func(r *registry.Record) { r.Changed[0].Version = 4 },
		"changed in disorder": func(r *registry.Record) {
			r.Changed = append(r.Changed, registry.FieldVersion{Field: "area", Version: 2})
		},
		"a reason in words":  func(r *registry.Record) { r.Reason = "he died" },
		"a note in words":    func(r *registry.Record) { r.Note = "he died" },
		"a short effective":  func(r *registry.Record) { r.Effective = "2020-01-01T00:00:00Z" },
		"no request":         func(r *registry.Record) { r.RequestID = "" },
		"no transaction":     func(r *registry.Record) { r.TxID = "" },
		"an approver twice":  func(r *registry.Record) { r.Approvers = []string{court, court} },
		"no MSP ID to go to": func(r *registry.Record) { r.OfferedTo = "a b" },
	} {
		t.Run(name, func(t *testing.T) {
			bad := example()
			spoil(&bad)
			value, err := bad.Encode()
			require.NoError(t, err)
			_, err = registry.DecodeRecord(value)
			require.Error(t, err)
		})
	}
	_, err := registry.DecodeRecord([]byte("x"))
	require.Error(t, err)
}

func TestARegisterIsReadAsItWasWritten(t *testing.T) {
	d := definition()
	d.Approvals, d.Approvers, d.ProposalDays = 1, []string{court}, 7
	register := registerOf(t, d)
	value, err := register.Encode()
	require.NoError(t, err)
	decoded, err := registry.DecodeRegister(value)
	require.NoError(t, err)
	require.Equal(t, register, decoded)

	for name, spoil := range map[string]func(*registry.Register){
		"another version":      func(r *registry.Register) { r.V = 2 },
		"no id":                func(r *registry.Register) { r.ID = "" },
		"no steward":           func(r *registry.Register) { r.Steward = "" },
		"no version":           func(r *registry.Register) { r.Version = 0 },
		"no schema version":    func(r *registry.Register) { r.SchemaVersion = 0 },
		"more schema versions": func(r *registry.Register) { r.SchemaVersion = 2 },
		"a schema as a list":   func(r *registry.Register) { r.Schema = json.RawMessage(`[]`) },
		"no title":             func(r *registry.Register) { r.Titles = registry.Titles{} },
		"no transaction":       func(r *registry.Register) { r.TxID = "" },
	} {
		bad := register
		spoil(&bad)
		value, err := bad.Encode()
		require.NoError(t, err)
		_, err = registry.DecodeRegister(value)
		require.Error(t, err, name)
	}
}

func TestAnAttestationIsReadAsItWasWritten(t *testing.T) {
	rules := rulesOf(t, open())
	record := created(t, rules, ctie, "DWL-1", data("123A-1"))
	a := attested(t, rules, record, "rooms", "commune")
	a.Statement = "on-site"
	value, err := a.Encode()
	require.NoError(t, err)
	decoded, err := registry.DecodeAttestation(value)
	require.NoError(t, err)
	require.Equal(t, a, decoded)
	for name, spoil := range map[string]func(*registry.Attestation){
		"another version":   func(a *registry.Attestation) { a.V = 2 },
		"no record":         func(a *registry.Attestation) { a.ID = "" },
		"no record version": func(a *registry.Attestation) { a.RecordVersion = 0 },
		"no body":           func(a *registry.Attestation) { a.Body = "" },
		"a field twice":     func(a *registry.Attestation) { a.Fields = []string{"a", "a"} },
		"in words":          func(a *registry.Attestation) { a.Statement = "I saw it" },
		"no transaction":    func(a *registry.Attestation) { a.ClaimedTime = "" },
	} {
		bad := a
		spoil(&bad)
		value, err := bad.Encode()
		require.NoError(t, err)
		_, err = registry.DecodeAttestation(value)
		require.Error(t, err, name)
	}
}

func TestAnEventIsReadAsItWasWritten(t *testing.T) {
	e := registry.Event{V: 1, Register: "dwellings", Body: ctie, RequestID: requestID, Operation: registry.OpAmend, IDs: []string{"DWL-1"}, Version: 2, ClaimedTime: "x"}
	payload, err := e.Encode()
	require.NoError(t, err)
	decoded, err := registry.DecodeEvent(payload)
	require.NoError(t, err)
	require.Equal(t, e, decoded)
	_, err = registry.DecodeEvent([]byte(`{"name":"x"}`))
	require.Error(t, err)
}

func FuzzDecodeRecord(f *testing.F) {
	value, err := example().Encode()
	require.NoError(f, err)
	f.Add(value)
	rules := rulesOf(f, open())
	record := created(f, rules, ctie, "DWL-1", data("123A-1"))
	for _, r := range []registry.Record{record, amended(f, rules, record, 2, `{"rooms":4}`), moved(f, rules, record, 2, registry.OpRevoke)} {
		value, err := r.Encode()
		require.NoError(f, err)
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		r, err := registry.DecodeRecord(value)
		if err != nil {
			return
		}
		encoded, err := r.Encode()
		require.NoError(t, err)
		again, err := registry.DecodeRecord(encoded)
		require.NoError(t, err)
		reencoded, err := again.Encode()
		require.NoError(t, err)
		require.Equal(t, string(encoded), string(reencoded)) // an empty list is written as none
	})
}
