package registry

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/fault"
)

// AsOfRecord returns what the register said of a record at a moment: of its versions,
// in order, the last that was effective then; with known, only of those that had been
// written by then. Both are RFC 3339 UTC. It fails with NOT_FOUND when there is none.
func AsOfRecord(versions []Record, at, known string) (Record, error) {
	at, err := moment("at", at, "")
	if err != nil {
		return Record{}, err
	}
	if known, err = moment("known", known, ""); err != nil {
		return Record{}, err
	}
	for _, version := range slices.Backward(versions) {
		// All times are in the layout that sorts.
		if version.Effective <= at && (known == "" || version.ClaimedTime <= known) {
			return version, nil
		}
	}
	return Record{}, fault.New(fault.NotFound, "the register said nothing of the record at %s", at)
}

// RegisterAt returns the definition of a register at a moment, RFC 3339 UTC: of its
// versions, in order, the last that had been written by then; false when there was
// none.
func RegisterAt(versions []Register, at string) (Register, bool) {
	at, err := moment("at", at, "")
	if err != nil {
		return Register{}, false
	}
	for _, version := range slices.Backward(versions) {
		if version.ClaimedTime <= at {
			return version, true
		}
	}
	return Register{}, false
}

// Judge makes the answer to an AsOfRequest from the version that AsOfRecord found and
// all versions of the register, in order. When the moment is before the register was
// defined, the answer's definition is empty, at version 0.
func Judge(record Record, at, known string, registers []Register) (AsOf, error) {
	i := slices.IndexFunc(registers, func(r Register) bool { return r.Version == record.RegisterVersion })
	if i < 0 {
		return AsOf{}, fmt.Errorf("record %s was written under version %d of register %s, which is not there",
			record.ID, record.RegisterVersion, record.Register)
	}
	under := registers[i]
	// Whoever is offered a record may decline it, a writer or not.
	answers := record.Operation == OpAccept || record.Operation == OpDecline
	then, defined := RegisterAt(registers, at)
	if !defined {
		then = Register{V: SchemaVersion, Definition: Definition{ID: record.Register, Schema: json.RawMessage("{}")}}
	}
	return AsOf{
		V: SchemaVersion, At: at, Known: known, Record: record,
		Entitled:   answers || slices.Contains(under.writers(under.Steward), record.Writer),
		EntitledAt: defined && slices.Contains(then.writers(then.Steward), record.Owner),
		Register:   then,
	}, nil
}
