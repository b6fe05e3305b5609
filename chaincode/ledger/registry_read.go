package ledger

import (
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// Stored reads a register without decoding it.
func (g Registry) Stored(register string) (StoredRegister, error) {
	var keys reading
	value, steps := keys.add(registerKey(register)), keys.add(stepsKey(register))
	if err := keys.read(g.Tx); err != nil {
		return StoredRegister{}, err
	}
	return StoredRegister{keys.value(value), keys.value(steps)}, nil
}

// Record reads a record, nil when there is none.
func (g Registry) Record(register, id string) (*registry.Record, error) {
	records, _, err := g.Lookup(register, []string{id}, registry.Needs{})
	if err != nil {
		return nil, err
	}
	return records[0], nil
}

// Standing reads what a request led to: a record, and the proposal if it became one.
func (g Registry) Standing(register, id string, name ProposalName) (*registry.Record, *registry.Proposal, error) {
	var keys reading
	value, proposal := keys.add(registryRecordKey(register, id)), keys.add(proposalKey(register, name))
	if err := keys.read(g.Tx); err != nil {
		return nil, nil, err
	}
	record, err := decodeOne(keys.value(value), registry.DecodeRecord)
	if err != nil {
		return nil, nil, err
	}
	proposed, err := decodeOne(keys.value(proposal), registry.DecodeProposal)
	return record, proposed, err
}

// Proposal reads a proposal, nil when there is none.
func (g Registry) Proposal(register string, name ProposalName) (*registry.Proposal, error) {
	k, err := proposalKey(register, name)
	if err != nil {
		return nil, err
	}
	values, err := g.get(k)
	if err != nil {
		return nil, err
	}
	return decodeOne(values[0], registry.DecodeProposal)
}

// Attestations reads all bodies' attestations of a record, by body. There are never
// more than bodies, so one page has them all.
func (g Registry) Attestations(register, id string) ([]registry.Attestation, error) {
	attestations, _, err := list(g.Tx, attestationsOf(register, id), 1, registry.MaxPageSize, "", registry.DecodeAttestation)
	return attestations, err
}

// Registers reads a page of all registers, by id.
func (g Registry) Registers(size int, bookmark string) (registry.RegisterPage, error) {
	items, bookmark, err := list(g.Tx, allRegisters(), 1, size, bookmark, registry.DecodeRegister)
	return registry.RegisterPage{Items: items, Bookmark: bookmark}, err
}

// List reads a page of a register's records, by id.
func (g Registry) List(register string, size int, bookmark string) (registry.Page, error) {
	items, bookmark, err := list(g.Tx, recordsIn(register), 1, size, bookmark, registry.DecodeRecord)
	return registry.Page{Items: items, Bookmark: bookmark}, err
}

// Proposals reads a page of a register's proposals, by body and request id.
func (g Registry) Proposals(register string, size int, bookmark string) (registry.ProposalPage, error) {
	items, bookmark, err := list(g.Tx, proposalsIn(register), 2, size, bookmark, registry.DecodeProposal)
	return registry.ProposalPage{Items: items, Bookmark: bookmark}, err
}

// list reads a page of a span whose keys differ in count attributes.
func list[T any](t *Tx, s span, count, size int, bookmark string, decode func([]byte) (T, error)) ([]T, string, error) {
	start, err := startOf(s, count, bookmark)
	if err != nil {
		return nil, "", err
	}
	pairs, next, err := t.largePage(s, size, start)
	if err != nil {
		return nil, "", err
	}
	items := make([]T, 0, len(pairs))
	for _, p := range pairs {
		item, err := decode(p.value)
		if err != nil {
			return nil, "", damaged(err)
		}
		items = append(items, item)
	}
	if next == "" {
		return items, "", nil
	}
	bookmark, err = bookmarkOf(s, next)
	return items, bookmark, err
}

// History reads every version of a record, oldest first. It fails with NOT_FOUND when
// there is none, and as Tx.history does.
func (g Registry) History(register, id string) ([]registry.Record, error) {
	versions, err := versionsOf(g.Tx, registry.DecodeRecord)(registryRecordKey(register, id))
	if err == nil && len(versions) == 0 {
		err = fault.New(fault.NotFound, "register %s has no record %s", register, id)
	}
	return versions, err
}

// RegisterHistory reads every version of a register, oldest first. It fails with
// NOT_FOUND when there is none, and as Tx.history does.
func (g Registry) RegisterHistory(register string) ([]registry.Register, error) {
	versions, err := versionsOf(g.Tx, registry.DecodeRegister)(registerKey(register))
	if err == nil && len(versions) == 0 {
		err = fault.New(fault.NotFound, "there is no register %s", register)
	}
	return versions, err
}

// versionsOf returns a function that takes what makes a key, and reads its history.
func versionsOf[T any](t *Tx, decode func([]byte) (T, error)) func(k key, err error) ([]T, error) {
	return func(k key, err error) ([]T, error) {
		if err != nil {
			return nil, err
		}
		changes, err := t.history(k)
		if err != nil {
			return nil, err
		}
		versions := make([]T, 0, len(changes))
		for _, change := range changes {
			version, err := decode(change.GetValue())
			if err != nil {
				return nil, damaged(fmt.Errorf("transaction %s: %w", change.GetTxId(), err))
			}
			versions = append(versions, version)
		}
		return versions, nil
	}
}
