package ledger

import (
	"encoding/json"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// What a transaction writes, it writes in one batch. A record is protected for the body
// that owns it, a register for its steward, an attestation and a proposal for the body
// that made them. Only a record changes hands: its key then gets the new owner's
// protection, on which the owner before has the last word. Receipts and the entries of
// the indexes are derived from those, and are no body's own: see derived.

// saveReceipt adds the receipt of r, with what it made, where r does not say so itself.
func (g Registry) saveReceipt(w *writing, r Request, ids ...string) {
	receipt, err := g.receipt(typeRegistryRequest, r, ids...)
	w.set(derived, w.key(receipt.key, err), receipt.value)
}

// schemaText is the value of a schema's key.
type schemaText struct {
	Schema  json.RawMessage   `json:"schema"`
	Upgrade *registry.Upgrade `json:"upgrade,omitempty"`
	V       int               `json:"v"`
}

// SaveRegister writes a register that r defined or amended, and r's receipt; before is
// what Open found.
func (g Registry) SaveRegister(r Request, register registry.Register, before StoredRegister) error {
	steps, err := decodeSteps(before.steps)
	if err != nil {
		return damaged(err)
	}
	var w writing
	owner := keep
	if !before.Exists() {
		owner = register.Steward
	}
	w.set(owner, w.key(registerKey(register.ID)), w.value(register.Encode()))
	g.saveReceipt(&w, r)

	if fresh := register.SchemaVersion > len(steps)+1; fresh || !before.Exists() {
		text := schemaText{Schema: register.Schema, Upgrade: register.Upgrade, V: registry.SchemaVersion}
		w.set(register.Steward, w.key(schemaKey(register.ID, register.SchemaVersion)), w.value(canonical.Marshal(text)))
		if fresh {
			g.saveSteps(&w, register, steps)
		}
	}
	return w.write(g.Tx)
}

// saveSteps adds the step to the register's present schema to those before.
func (g Registry) saveSteps(w *writing, register registry.Register, before []schemaStep) {
	next := schemaStep{Version: register.SchemaVersion}
	if register.Upgrade != nil {
		next.Upgrade = *register.Upgrade
	}
	owner := keep
	if len(before) == 0 {
		owner = register.Steward
	}
	all := schemaSteps{Steps: append(slices.Clone(before), next), V: registry.SchemaVersion}
	w.set(owner, w.key(stepsKey(register.ID)), w.value(canonical.Marshal(all)))
}

// SaveChanges writes the records that r changed, and r's receipt, which
// names the ids that were minted.
func (g Registry) SaveChanges(r Request, changes []registry.Change, minted ...string) error {
	var w writing
	for _, change := range changes {
		saveChange(&w, change)
	}
	g.saveReceipt(&w, r, minted...)
	return w.write(g.Tx)
}

// SaveApplied is SaveChanges for a proposal that r brought the last approval of.
func (g Registry) SaveApplied(r Request, change registry.Change, proposal registry.Proposal) error {
	var w writing
	saveChange(&w, change)
	saveProposal(&w, keep, proposal)
	g.saveReceipt(&w, r)
	return w.write(g.Tx)
}

// indexed is what stands in a key of an index, where only the key tells something: Fabric
// takes an empty value for none.
const indexed = "1"

func saveChange(w *writing, change registry.Change) {
	record := change.Record
	owner := keep
	if change.Created || change.PreviousOwner != "" {
		owner = record.Owner
	}
	w.set(owner, w.key(registryRecordKey(record.Register, record.ID)), w.value(record.Encode()))

	for _, e := range change.AddUnique {
		w.set(derived, w.key(uniqueKey(record.Register, e)), []byte(record.ID))
	}
	for _, e := range change.AddIndex {
		w.set(derived, w.key(indexKey(record.Register, e, record.ID)), []byte(indexed))
	}
	for _, e := range change.RemoveUnique {
		w.remove(w.key(uniqueKey(record.Register, e)))
	}
	for _, e := range change.RemoveIndex {
		w.remove(w.key(indexKey(record.Register, e, record.ID)))
	}
}

// SaveProposal writes a proposal that r made, with the id that was minted for it, or that
// r decided on, and r's receipt.
func (g Registry) SaveProposal(r Request, proposal registry.Proposal, minted ...string) error {
	var w writing
	owner := keep
	if proposal.Body == r.Body && proposal.RequestID == r.ID {
		owner = proposal.Body
	}
	saveProposal(&w, owner, proposal)
	g.saveReceipt(&w, r, minted...)
	return w.write(g.Tx)
}

func saveProposal(w *writing, owner string, p registry.Proposal) {
	w.set(owner, w.key(proposalKey(p.Register, ProposalName{p.Body, p.RequestID})), w.value(p.Encode()))
}

// SaveAttestation writes an attestation that r made, changed or took back, and r's
// receipt; before is what Open found.
func (g Registry) SaveAttestation(r Request, a registry.Attestation, before *registry.Attestation) error {
	var w writing
	owner := keep
	if before == nil {
		owner = a.Body
	}
	w.set(owner, w.key(attestationKey(a.Register, a.ID, a.Body)), w.value(a.Encode()))
	g.saveReceipt(&w, r)
	return w.write(g.Tx)
}
