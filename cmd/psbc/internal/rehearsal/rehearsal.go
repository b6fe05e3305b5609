// Package rehearsal judges the rows of an import without a ledger: by the register's
// own rules, and against each other.
//
// What only the ledger knows is not judged: whether an id or a unique value is taken
// by a record that exists, and whether what a row refers to is there.
package rehearsal

import (
	"crypto/sha256"
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rows"
)

// Rehearsal judges row after row. It keeps some 30 bytes for each id and each unique
// value, and nothing else of a row.
type Rehearsal struct {
	rules    *registry.Rules
	register string
	body     string
	tx       registry.Tx
	n        int
	seen     map[key]place
	files    []string
}

// key stands for an id or a unique value: part of a hash, which no two have by chance.
type key [16]byte

// place is a row of one of the files, and is kept small.
type place struct{ row, file int32 }

// New makes a rehearsal of an import into a register by a body, at a claimed time
// (canonical.TimeLayout). versions is the register's history, oldest first.
func New(versions []registry.Register, body, claimedTime string) (*Rehearsal, error) {
	if len(versions) == 0 {
		return nil, fmt.Errorf("a register without a history")
	}
	register := versions[len(versions)-1]
	rules, err := registry.NewRules(register, steps(versions))
	if err != nil {
		return nil, fmt.Errorf("the definition of %s: %w", register.ID, err)
	}
	return &Rehearsal{
		rules: rules, register: register.ID, body: body,
		tx:   registry.Tx{ID: "rehearsal", ClaimedTime: claimedTime},
		seen: map[key]place{},
	}, nil
}

// steps returns how records of each schema version are read under the next.
func steps(versions []registry.Register) []registry.SchemaStep {
	var found []registry.SchemaStep
	for i, v := range versions {
		if i == 0 || v.SchemaVersion == versions[i-1].SchemaVersion {
			continue
		}
		step := registry.SchemaStep{Version: v.SchemaVersion}
		if v.Upgrade != nil {
			step.Upgrade = *v.Upgrade
		}
		found = append(found, step)
	}
	return found
}

// Judge returns what is wrong with a row. The error is for what is wrong with the
// import as a whole, whatever its rows: a body that may not write, for instance.
func (r *Rehearsal) Judge(row rows.Row) ([]rows.Fault, error) {
	r.n++
	// Each row is a request of its own here, so that what it needs can be told from
	// what others need. Its id must differ, for ids are minted from it.
	request := registry.ImportRequest{
		RequestID: fmt.Sprintf("rehearsal-%d", r.n), Register: r.register, Items: []registry.Item{row.Item},
	}
	plan, found, err := r.rules.PlanImport(r.body, request, r.tx)
	if err != nil {
		return nil, err
	}
	var faults []rows.Fault
	for _, f := range found {
		faults = append(faults, rows.FaultOf(row, f))
	}
	if len(faults) > 0 || plan == nil {
		return faults, nil
	}
	return r.compare(row, plan), nil
}

// compare holds the row's id and unique values against those of the rows before it.
func (r *Rehearsal) compare(row rows.Row, plan *registry.Plan) []rows.Fault {
	here := r.place(row)
	var faults []rows.Fault
	taken := func(name, value, pointer, message string) {
		k := keyOf(name, value)
		first, taken := r.seen[k]
		if !taken {
			r.seen[k] = here
			return
		}
		faults = append(faults, rows.Fault{
			File: row.File, Row: row.Number, Line: row.Line, ID: row.Item.ID,
			Code: fault.AlreadyExists, Pointer: pointer, Message: fmt.Sprintf(message, r.describe(first, row)),
		})
	}
	for _, id := range plan.IDs() {
		taken("", id, "", "the id is that of %s already")
	}
	for _, entry := range plan.Needs().Unique {
		taken(entry.Field, entry.Value, rows.Pointer(entry.Field), "the value is that of %s already, and has to be unique")
	}
	return faults
}

// keyOf hashes a unique value with its field, or an id with none.
func keyOf(field, value string) key {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s", len(field), field, value))
	return key(sum[:16])
}

func (r *Rehearsal) place(row rows.Row) place {
	if len(r.files) == 0 || r.files[len(r.files)-1] != row.File {
		r.files = append(r.files, row.File)
	}
	return place{row: int32(min(row.Number, 1<<31-1)), file: int32(len(r.files) - 1)} //nolint:gosec // bounded, and for an error's text only
}

// describe names a row as seen from another.
func (r *Rehearsal) describe(p place, from rows.Row) string {
	if file := r.files[p.file]; file != from.File {
		return fmt.Sprintf("row %d of %s", p.row, file)
	}
	return fmt.Sprintf("row %d", p.row)
}
