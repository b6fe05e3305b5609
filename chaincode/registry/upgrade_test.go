package registry_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// upgradedRules are those of a register that takes anything, with the upgrades.
func upgradedRules(t require.TestingT, upgrades ...registry.Upgrade) *registry.Rules {
	register := registerOf(t, registry.Definition{ID: "dwellings", Titles: registry.Titles{En: "Any"}, Schema: json.RawMessage(`{}`)})
	register.SchemaVersion = len(upgrades) + 1
	register.Version = register.SchemaVersion
	var steps []registry.SchemaStep
	for i, u := range upgrades {
		steps = append(steps, registry.SchemaStep{Version: i + 2, Upgrade: u})
	}
	rules, err := registry.NewRules(register, steps)
	require.NoError(t, err)
	return rules
}

func TestAnOlderRecordIsReadAsTheUpgradeSays(t *testing.T) {
	give := func(field, value string) registry.Default {
		return registry.Default{Field: field, Value: json.RawMessage(value)}
	}
	for _, tc := range []struct {
		name       string
		upgrade    registry.Upgrade
		data, want string
	}{
		{"as it is", registry.Upgrade{}, `{"a":1}`, `{"a":1}`},
		{"renamed", registry.Upgrade{Rename: []registry.Rename{{"a", "b"}}}, `{"a":1,"c":2}`, `{"b":1,"c":2}`},
		{"renamed over another", registry.Upgrade{Rename: []registry.Rename{{"a", "b"}}}, `{"a":1,"b":2}`, `{"b":1}`},
		{"not renamed when absent", registry.Upgrade{Rename: []registry.Rename{{"a", "b"}}}, `{"b":2}`, `{"b":2}`},
		{"names exchanged", registry.Upgrade{Rename: []registry.Rename{{"a", "b"}, {"b", "a"}}}, `{"a":1,"b":2}`, `{"a":2,"b":1}`},
		{"names moved on", registry.Upgrade{Rename: []registry.Rename{{"a", "b"}, {"b", "c"}}}, `{"a":1,"b":2}`, `{"b":1,"c":2}`},
		{"removed", registry.Upgrade{Remove: []string{"a", "x"}}, `{"a":1,"b":2}`, `{"b":2}`},
		{"renamed, then removed", registry.Upgrade{Rename: []registry.Rename{{"a", "b"}}, Remove: []string{"b"}}, `{"a":1}`, `{}`},
		{"given where it is missing", registry.Upgrade{Default: []registry.Default{give("a", `7`), give("b", `{"c":[]}`)}}, `{"a":1}`, `{"a":1,"b":{"c":[]}}`},
		{"not given where it is null", registry.Upgrade{Default: []registry.Default{give("a", `7`)}}, `{"a":null}`, `{"a":null}`},
		{"removed, then given", registry.Upgrade{Remove: []string{"a"}, Default: []registry.Default{give("a", `7`)}}, `{"a":1}`, `{"a":7}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			old := created(t, upgradedRules(t), ctie, "DWL-1", tc.data)
			rules := upgradedRules(t, tc.upgrade)
			current, err := rules.Current(old)
			require.NoError(t, err)
			require.Equal(t, tc.want, string(current.Data))
			require.Equal(t, 2, current.SchemaVersion)
			again, err := rules.Current(current)
			require.NoError(t, err)
			require.Equal(t, current, again)
		})
	}
	future := created(t, upgradedRules(t, registry.Upgrade{}), ctie, "DWL-1", `{}`)
	_, err := upgradedRules(t).Current(future)
	require.Equal(t, fault.Internal, fault.CodeOf(err))
}

func TestAnUpgradeIsNotAppliedTwice(t *testing.T) {
	swap := registry.Upgrade{Rename: []registry.Rename{{"a", "b"}, {"b", "a"}}}
	record := created(t, upgradedRules(t, swap), ctie, "DWL-1", `{"a":1,"b":2}`)
	current, err := upgradedRules(t, swap, registry.Upgrade{Remove: []string{"c"}}).Current(record)
	require.NoError(t, err)
	require.Equal(t, `{"a":1,"b":2}`, string(current.Data), "it was written under version 2")
	current, err = upgradedRules(t, swap, swap, swap).Current(record)
	require.NoError(t, err)
	require.Equal(t, `{"a":1,"b":2}`, string(current.Data), "exchanged under 3, and back under 4")
}

// upgrades generates upgrades of few names.
func upgrades() *rapid.Generator[registry.Upgrade] {
	names := rapid.SampledFrom([]string{"a", "b", "c", "d"})
	distinct := rapid.SliceOfNDistinct(names, 0, 3, rapid.ID[string])
	return rapid.Custom(func(t *rapid.T) registry.Upgrade {
		u := registry.Upgrade{Remove: distinct.Draw(t, "remove")}
		from, to := distinct.Draw(t, "from"), distinct.Draw(t, "to")
		for i := range min(len(from), len(to)) {
			u.Rename = append(u.Rename, registry.Rename{From: from[i], To: to[i]})
		}
		for i, field := range distinct.Draw(t, "default") {
			u.Default = append(u.Default, registry.Default{Field: field, Value: json.RawMessage(fmt.Sprint(100 + i))})
		}
		return u
	})
}

// naiveUpgrade is an upgrade of decoded members.
func naiveUpgrade(data map[string]any, u registry.Upgrade) map[string]any {
	next, renamed := map[string]any{}, map[string]string{}
	for _, r := range u.Rename {
		renamed[r.From] = r.To
	}
	for name, value := range data {
		if _, ok := renamed[name]; !ok {
			next[name] = value
		}
	}
	for name, value := range data {
		if to, ok := renamed[name]; ok {
			next[to] = value
		}
	}
	for _, name := range u.Remove {
		delete(next, name)
	}
	for _, d := range u.Default {
		if _, ok := next[d.Field]; !ok {
			next[d.Field] = d.Value
		}
	}
	return next
}

func TestUpgradesCompose(t *testing.T) {
	data := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), rapid.IntRange(0, 9), 0, 4)
	rapid.Check(t, func(t *rapid.T) {
		object := map[string]any{}
		for name, value := range data.Draw(t, "data") {
			object[name] = value
		}
		steps := rapid.SliceOfN(upgrades(), 0, 4).Draw(t, "upgrades")
		record := created(t, upgradedRules(t), ctie, "DWL-1", jsonOf(t, object))
		atOnce, err := upgradedRules(t, steps...).Current(record)
		require.NoError(t, err)

		oneByOne := record
		for i := range steps {
			oneByOne, err = upgradedRules(t, steps[:i+1]...).Current(oneByOne)
			require.NoError(t, err)
			object = naiveUpgrade(object, steps[i])
		}
		require.Equal(t, oneByOne, atOnce)
		want, err := canonical.Marshal(object)
		require.NoError(t, err)
		require.Equal(t, string(want), string(atOnce.Data))
	})
}

func TestAPatchAppliesToWhatTheRecordIsNow(t *testing.T) {
	old := created(t, upgradedRules(t), ctie, "DWL-1", `{"size":80,"x":1,"y":2}`)
	rules := upgradedRules(t,
		registry.Upgrade{Rename: []registry.Rename{{From: "size", To: "area"}}},
		registry.Upgrade{Remove: []string{"x"}, Default: []registry.Default{{Field: "unit", Value: json.RawMessage(`"m2"`)}}},
	)
	suspended := moved(t, rules, old, 2, registry.OpSuspend)
	require.Equal(t, 1, suspended.SchemaVersion, "a change of state leaves the data as it was written")
	require.Equal(t, 3, suspended.RegisterVersion)

	next := amended(t, rules, suspended, 3, `{"y":3,"area":81}`)
	require.JSONEq(t, `{"area":81,"unit":"m2","y":3}`, string(next.Data))
	require.Equal(t, 3, next.SchemaVersion)
	require.Equal(t, []registry.FieldVersion{{"area", 3}, {"size", 3}, {"unit", 3}, {"x", 3}, {"y", 3}}, next.Changed,
		"what an upgrade changed counts when it is written")
}

func TestAnUpgradedRecordHasToBeAsTheNewSchemaSaysWhenItIsAmended(t *testing.T) {
	register := registerOf(t, registry.Definition{ID: "dwellings", Titles: registry.Titles{En: "Any"}, Schema: json.RawMessage(`{"required":["area"]}`)})
	register.SchemaVersion, register.Version = 2, 2
	rules, err := registry.NewRules(register, []registry.SchemaStep{{Version: 2}})
	require.NoError(t, err)
	old := created(t, upgradedRules(t), ctie, "DWL-1", `{"y":2}`)
	_, err = rules.PlanAmend(ctie, amendRequest(old, `{"y":3}`), &old)
	require.EqualError(t, err, "INVALID_ARGUMENT: data /area: is missing")
	next := amended(t, rules, old, 2, `{"area":3}`)
	require.Equal(t, 2, next.SchemaVersion)
}
