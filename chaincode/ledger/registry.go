package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/registry"
)

// Registry is the registry's part of the ledger.
type Registry struct{ *Tx }

// Transaction returns the transaction as the domain sees it.
func (g Registry) Transaction() registry.Tx {
	return registry.Tx{ID: g.ID(), ClaimedTime: g.ClaimedTime()}
}

// StoredRegister is a register as the ledger holds it: texts, from which its rules
// follow. To decode and compile them is much work, so that is left to who needs it.
type StoredRegister struct{ value, steps []byte }

// Exists says whether there is such a register.
func (s StoredRegister) Exists() bool { return s.value != nil }

// Fingerprint identifies the texts: registers with one fingerprint have the same rules.
func (s StoredRegister) Fingerprint() [sha256.Size]byte {
	h := sha256.New()
	h.Write(s.value)
	h.Write([]byte{0}) // which is in no JSON text
	h.Write(s.steps)
	return [sha256.Size]byte(h.Sum(nil))
}

// Size is the texts' length in bytes.
func (s StoredRegister) Size() int { return len(s.value) + len(s.steps) }

// Register decodes the register, nil when there is none.
func (s StoredRegister) Register() (*registry.Register, error) {
	return decodeOne(s.value, registry.DecodeRegister)
}

// Rules decodes the register, which exists, and compiles it.
func (s StoredRegister) Rules() (*registry.Rules, error) {
	register, err := registry.DecodeRegister(s.value)
	if err != nil {
		return nil, damaged(err)
	}
	steps, err := decodeSteps(s.steps)
	if err != nil {
		return nil, damaged(err)
	}
	older := make([]registry.SchemaStep, 0, len(steps))
	for _, step := range steps {
		older = append(older, registry.SchemaStep{Version: step.Version, Upgrade: step.Upgrade})
	}
	rules, err := registry.NewRules(register, older)
	if err != nil {
		return nil, damaged(err)
	}
	return rules, nil
}

// schemaStep is a registry.SchemaStep in the value of a register's steps.
type schemaStep struct {
	Upgrade registry.Upgrade `json:"upgrade"`
	Version int              `json:"version"`
}

// schemaSteps is the value of a register's steps: one for each schema but the first.
type schemaSteps struct {
	Steps []schemaStep `json:"steps"`
	V     int          `json:"v"`
}

func decodeSteps(value []byte) ([]schemaStep, error) {
	if value == nil {
		return nil, nil
	}
	var s schemaSteps
	if err := json.Unmarshal(value, &s); err != nil {
		return nil, fmt.Errorf("steps of a register: %w", err)
	}
	if s.V != registry.SchemaVersion {
		return nil, fmt.Errorf("steps of a register: version %d", s.V)
	}
	return s.Steps, nil
}

// ProposalName names a proposal within a register: by the body that made it, and its
// request.
type ProposalName struct{ Body, RequestID string }

// Wanted names what a request on a register needs to know besides; what is empty is
// not read.
type Wanted struct {
	Record   string // id
	Attester string // body whose attestation of Record is wanted
	Proposal ProposalName
}

// Opened is what the ledger holds of a register and of what was wanted, nil for
// what there is not, and the receipt of the request, nil when it is new.
type Opened struct {
	Register    StoredRegister
	Receipt     *Receipt
	Record      *registry.Record
	Attestation *registry.Attestation
	Proposal    *registry.Proposal
}

// Open reads, in one round trip, what a request on a register begins with. It fails
// with ALREADY_EXISTS when r's id was used for another request.
func (g Registry) Open(r Request, register string, wanted Wanted) (Opened, error) {
	var keys reading
	value, steps := keys.add(registerKey(register)), keys.add(stepsKey(register))
	receipt := keys.add(requestKey(typeRegistryRequest, r.Body, r.ID))
	record, attestation, proposal := absent, absent, absent
	if wanted.Record != "" {
		record = keys.add(registryRecordKey(register, wanted.Record))
	}
	if wanted.Attester != "" {
		attestation = keys.add(attestationKey(register, wanted.Record, wanted.Attester))
	}
	if wanted.Proposal != (ProposalName{}) {
		proposal = keys.add(proposalKey(register, wanted.Proposal))
	}
	if err := keys.read(g.Tx); err != nil {
		return Opened{}, err
	}

	opened := Opened{Register: StoredRegister{keys.value(value), keys.value(steps)}}
	var err error
	if opened.Receipt, err = earlier(r, keys.value(receipt)); err != nil {
		return Opened{}, err
	}
	if opened.Record, err = decodeOne(keys.value(record), registry.DecodeRecord); err != nil {
		return Opened{}, err
	}
	if opened.Attestation, err = decodeOne(keys.value(attestation), registry.DecodeAttestation); err != nil {
		return Opened{}, err
	}
	opened.Proposal, err = decodeOne(keys.value(proposal), registry.DecodeProposal)
	return opened, err
}

// Lookup reads, in one round trip as long as they are few, the records with the ids, nil
// for none, and what a plan needs. The hashes of private fields cost one more for each.
func (g Registry) Lookup(register string, ids []string, needs registry.Needs) ([]*registry.Record, registry.Found, error) {
	var keys reading
	for _, id := range ids {
		keys.add(registryRecordKey(register, id))
	}
	for _, reference := range needs.References {
		keys.add(registryRecordKey(reference.Register, reference.ID))
	}
	records := len(keys.keys)
	for _, entry := range needs.Unique {
		keys.add(uniqueKey(register, entry))
	}
	if err := keys.read(g.Tx); err != nil {
		return nil, registry.Found{}, err
	}

	decoded, err := decodeAll(keys.values[:records], registry.DecodeRecord)
	if err != nil {
		return nil, registry.Found{}, err
	}
	found := registry.Found{
		Holders:       make([]string, 0, len(needs.Unique)),
		References:    decoded[len(ids):],
		PrivateHashes: make([]string, 0, len(needs.Private)),
	}
	for _, holder := range keys.values[records:] {
		found.Holders = append(found.Holders, string(holder))
	}
	for _, need := range needs.Private {
		hash, err := g.PrivateHash(need.Body, register, need.ID, need.Hash)
		if err != nil {
			return nil, registry.Found{}, err
		}
		found.PrivateHashes = append(found.PrivateHashes, hash)
	}
	return decoded[:len(ids)], found, nil
}

// PrivateHash returns the hash that a body holds under the hash of private fields of
// a record, "" for none. Every peer knows it.
func (g Registry) PrivateHash(body, register, id, hash string) (string, error) {
	k, err := privateKey(register, id, hash)
	if err != nil {
		return "", err
	}
	stored, err := g.privateHash(body, k)
	return hex.EncodeToString(stored), err
}
