package registry

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Rules is a register ready to judge records: its schema compiled, its patterns
// too. It is immutable and safe for concurrent use, but the values that it returns share
// memory with it and are not to be changed.
type Rules struct {
	register Register
	steps    []SchemaStep
	schemas  schemas
	pattern  *regexp.Regexp // of ids; nil for any
}

// NewRules compiles a register; older says for each schema version from 2 to the
// present one, in order, how records of the version before are read. It takes some
// milliseconds, so callers keep the result.
func NewRules(r Register, older []SchemaStep) (*Rules, error) {
	if len(older) != r.SchemaVersion-1 {
		return nil, fmt.Errorf("register %s at schema version %d with %d upgrades", r.ID, r.SchemaVersion, len(older))
	}
	for i, s := range older {
		if s.Version != i+2 {
			return nil, fmt.Errorf("register %s: upgrade to schema version %d at place %d", r.ID, s.Version, i)
		}
	}
	compiled, err := r.compile()
	if err != nil {
		return nil, fmt.Errorf("register %s: %w", r.ID, err)
	}
	pattern, err := r.IDs.expression()
	if err != nil {
		return nil, fmt.Errorf("register %s: %w", r.ID, err)
	}
	return &Rules{register: r, steps: slices.Clone(older), schemas: compiled, pattern: pattern}, nil
}

// Register returns the register.
func (r *Rules) Register() Register { return r.register }

// Current returns a record with its data brought to the register's present schema
// version, as the register's upgrades say. The data need not be valid under it.
func (r *Rules) Current(record Record) (Record, error) {
	if record.SchemaVersion > r.register.SchemaVersion {
		return Record{}, fmt.Errorf("record %s of schema version %d, but register %s is at %d",
			record.ID, record.SchemaVersion, r.register.ID, r.register.SchemaVersion)
	}
	if record.SchemaVersion == r.register.SchemaVersion {
		return record, nil
	}
	data, err := upgraded(record.Data, record.SchemaVersion, r.steps)
	if err != nil {
		return Record{}, fmt.Errorf("record %s: %w", record.ID, err)
	}
	record.Data = data
	record.SchemaVersion = r.register.SchemaVersion
	return record, nil
}

// NeedsApproval says whether an operation becomes a proposal that other bodies have
// to approve. The answer to an offer never does.
func (r *Rules) NeedsApproval(operation Operation) bool {
	return r.register.Approvals > 0 && operation != OpAccept && operation != OpDecline
}

// mayWrite fails with PERMISSION_DENIED unless the body is one of the writers.
func (r *Rules) mayWrite(body string) error {
	if !slices.Contains(r.register.writers(r.register.Steward), body) {
		return fault.New(fault.PermissionDenied, "%s is not a writer of register %s", body, r.register.ID)
	}
	return nil
}

// mayChange decides on whether a body may change a record that is based on a
// version: it owns it, may still write, and has seen what it changes.
func (r *Rules) mayChange(body, id string, base int, existing *Record) error {
	if err := r.exists(id, existing); err != nil {
		return err
	}
	// First: a body that has meanwhile lost the record to another, by an offer that was
	// accepted, is told what has changed, and not that it never had a say.
	if err := r.isCurrent(base, *existing); err != nil {
		return err
	}
	if body != existing.Owner {
		return fault.New(fault.PermissionDenied, "record %s of %s is %s's, not %s's", id, r.register.ID, existing.Owner, body)
	}
	return r.mayWrite(body)
}

func (r *Rules) exists(id string, existing *Record) error {
	if existing == nil {
		return fault.New(fault.NotFound, "register %s has no record %s", r.register.ID, id)
	}
	return nil
}

func (r *Rules) isCurrent(base int, existing Record) error {
	if base != existing.Version {
		return fault.New(fault.FailedPrecondition, "record %s of %s is at version %d, not at %d", existing.ID, r.register.ID, existing.Version, base)
	}
	return nil
}

// checkData checks a document as the public data of a record.
func (r *Rules) checkData(d document) error {
	if p := r.register.Private; p != nil {
		for _, field := range p.Fields {
			if _, ok := d.tree[field]; ok {
				return misplaced("data", step("", field), "is a private field, which the ledger must not show")
			}
		}
	}
	return r.schemas.public.validate("data", d)
}

// checkPrivateHash checks that a hash of private fields is given just where the
// register has such fields and its schema requires one.
func (r *Rules) checkPrivateHash(hash string) error {
	switch {
	case hash != "" && r.register.Private == nil:
		return check.Invalid("privateHash", "is given, but register %s has no private fields", r.register.ID)
	case hash == "" && r.schemas.privateRequired:
		return check.Invalid("privateHash", "is missing: the schema requires a private field")
	}
	return nil
}
