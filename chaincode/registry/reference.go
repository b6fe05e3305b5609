package registry

import (
	"slices"
	"strconv"

	"github.com/psbc-lu/psbc/chaincode/fault"
)

// maxReferences bounds the ids in one reference field.
const maxReferences = 100

// referenceIDs returns the ids in a reference field, each with its pointer: one as a
// text, or a list of them. A field that is absent or null has none.
func referenceIDs(field string, data map[string]any) ([]reference, error) {
	at := step("", field)
	switch value := data[field].(type) {
	case nil:
		return nil, nil
	case string:
		return []reference{{Name{ID: value}, at}}, nil
	case []any:
		if len(value) == 0 || len(value) > maxReferences {
			return nil, misplaced("data", at, "has %d ids, not 1 to %d", len(value), maxReferences)
		}
		list := make([]reference, 0, len(value))
		for i, item := range value {
			id, ok := item.(string)
			if !ok {
				return nil, misplaced("data", step(at, strconv.Itoa(i)), "is not the id of a record")
			}
			list = append(list, reference{Name{ID: id}, step(at, strconv.Itoa(i))})
		}
		return list, nil
	}
	return nil, misplaced("data", at, "is neither the id of a record nor a list of ids")
}

// setReferences notes the references that the old data did not have.
func (r *Rules) setReferences(one *row, old, data map[string]any) error {
	for _, field := range r.register.References {
		after, err := referenceIDs(field.Field, data)
		if err != nil {
			return err
		}
		before, err := referenceIDs(field.Field, old)
		if err != nil {
			return err
		}
		for _, ref := range after {
			if checkID("id", ref.name.ID) != nil {
				return misplaced("data", ref.pointer, "is not the id of a record")
			}
			if !slices.ContainsFunc(before, func(b reference) bool { return b.name.ID == ref.name.ID }) {
				ref.name.Register = field.Register
				one.references = append(one.references, ref)
			}
		}
	}
	return nil
}

// judge decides on a reference to a record, nil when there is none.
func (ref reference) judge(target *Record) error {
	if target == nil {
		return refuse(fault.NotFound, "data", ref.pointer, "refers to %s, which register %s does not have", ref.name.ID, ref.name.Register)
	}
	if target.Status != StatusActive && target.Status != StatusSuspended {
		return refuse(fault.FailedPrecondition, "data", ref.pointer, "refers to record %s of %s, which is %s", ref.name.ID, ref.name.Register, target.Status)
	}
	return nil
}
