package registry

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/check"
)

// maxUpgrade bounds each list of an upgrade.
const maxUpgrade = 64

// SchemaStep says how records of schema version Version-1 are read under Version.
type SchemaStep struct {
	Version int
	Upgrade Upgrade
}

// validateUpgrade checks the upgrade's fields. Fields that the ledger uses itself
// keep their name and value, since nothing writes the index of unchanged records anew.
func (d Definition) validateUpgrade() error {
	if d.Upgrade == nil {
		return nil
	}
	u := *d.Upgrade
	var from, to, added []string
	for _, rename := range u.Rename {
		from, to = append(from, rename.From), append(to, rename.To)
	}
	for _, value := range u.Default {
		added = append(added, value.Field)
	}
	for _, list := range []struct {
		names []string
		place string
	}{
		{from, "upgrade.rename[%d].from"}, {to, "upgrade.rename[%d].to"},
		{u.Remove, "upgrade.remove[%d]"}, {added, "upgrade.default[%d].field"},
	} {
		if len(list.names) > maxUpgrade {
			return check.Invalid("upgrade", "has %d entries in one list, more than %d", len(list.names), maxUpgrade)
		}
		at := func(i int) string { return fmt.Sprintf(list.place, i) }
		if err := checkNames(at, list.names, d.checkUpgraded); err != nil {
			return err
		}
	}
	for i, value := range u.Default {
		if _, _, err := readTree(fmt.Sprintf("upgrade.default[%d].value", i), value.Value); err != nil {
			return err
		}
	}
	return nil
}

// checkUpgraded checks the name of a field that an upgrade changes.
func (d Definition) checkUpgraded(at, field string) error {
	if err := checkField(at, field); err != nil {
		return err
	}
	if use := d.useOf(field); use != "" {
		return check.Invalid(at, "is %s field, which an upgrade cannot change", use)
	}
	if d.isPrivate(field) {
		return check.Invalid(at, "is a private field, which an upgrade cannot change")
	}
	return nil
}

// canonical returns u with its values in canonical form.
func (u Upgrade) canonical() (Upgrade, error) {
	u.Default = slices.Clone(u.Default)
	for i, value := range u.Default {
		written, err := canonicalJSON(value.Value)
		if err != nil {
			return Upgrade{}, fmt.Errorf("upgrade of %s: %w", value.Field, err)
		}
		u.Default[i].Value = written
	}
	return u, nil
}

// apply returns data as the upgrade reads it: renamed all at once, so that names can
// be exchanged, then removed, then added where they are missing.
func (u Upgrade) apply(data members) members {
	moved := members{}
	for _, rename := range u.Rename {
		if value, ok := data[rename.From]; ok {
			moved[rename.To] = value
			delete(data, rename.From)
		}
	}
	for _, name := range moved.names() {
		data[name] = moved[name]
	}
	for _, name := range u.Remove {
		delete(data, name)
	}
	for _, value := range u.Default {
		if _, ok := data[value.Field]; !ok {
			data[value.Field] = value.Value
		}
	}
	return data
}

// upgraded returns the data of a record of an older schema version as it is read
// under the present one. It does not check it: the schema may ask for more than an
// upgrade gives.
func upgraded(data json.RawMessage, version int, steps []SchemaStep) (json.RawMessage, error) {
	object, err := membersOf(data)
	if err != nil {
		return nil, err
	}
	for _, s := range steps {
		if s.Version > version {
			object = s.Upgrade.apply(object)
		}
	}
	return object.encode()
}
