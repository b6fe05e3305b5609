package definition_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/definition"
)

const trailYAML = `
id: civil-status
titles:
  fr: État civil
  en: Civil status
records: accesses to civil status records
legalBasis: sample.law.civil-status
retention: access-5y
retentionDays: 1826
actions: [certify, transcribe]
readers:
  - SIGI
  - CourDesComptesMSP
`

const trailJSON = `{"id":"civil-status","titles":{"fr":"État civil","en":"Civil status"},"records":"accesses to civil status records",
"legalBasis":"sample.law.civil-status","retention":"access-5y","retentionDays":1826,"actions":["certify","transcribe"],"readers":["SIGI","CourDesComptesMSP"]}`

func TestATrailIsDefinedInYAMLOrJSON(t *testing.T) {
	want := trail.Definition{
		ID: "civil-status", Titles: trail.Titles{Fr: "État civil", En: "Civil status"}, Records: "accesses to civil status records",
		LegalBasis: "sample.law.civil-status", Retention: "access-5y", RetentionDays: 1826,
		Actions: []string{"certify", "transcribe"}, Readers: []string{"SIGI", "CourDesComptesMSP"},
	}
	for name, text := range map[string]string{"YAML": trailYAML, "JSON": trailJSON, "JSON with a mark": "\ufeff" + trailJSON} {
		d, err := definition.ReadTrail(strings.NewReader(text))
		require.NoError(t, err, name)
		require.Equal(t, want, d, name)
	}
	path := filepath.Join(t.TempDir(), "trail.yaml")
	require.NoError(t, os.WriteFile(path, []byte(trailYAML), 0o600))
	d, err := definition.LoadTrail(path)
	require.NoError(t, err)
	require.Equal(t, want, d)
	_, err = definition.LoadTrail(path + ".missing")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestWhatIsNoTrailIsRefusedWithItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		"id: a\nretension: b": `there is no member "retension" in the definition of a trail; did you mean "retention"?`,
		"retentionDays: ten":  "retentionDays must not be of the kind string",
		"- id: a":             "the definition must not be of the kind array",
		"id: a\nid: b":        "already defined",
		"id: [":               "is not YAML",
		"id: a\n---\nid: b":   "there is text after the definition",
		"":                    "is not YAML",
		"? [a]\n: b":          "is not",
	} {
		_, err := definition.ReadTrail(strings.NewReader(text))
		require.ErrorContains(t, err, want, text[:min(len(text), 40)])
	}
}

func TestReadersAreNamedByNameOrMSPID(t *testing.T) {
	d := trail.Definition{Readers: []string{"SIGI", "CTIEMSP"}}
	require.NoError(t, definition.TrailBodies(&d, func(name string) (string, error) { return strings.TrimSuffix(name, "MSP") + "MSP", nil }))
	require.Equal(t, []string{"SIGIMSP", "CTIEMSP"}, d.Readers)
	require.EqualError(t, definition.TrailBodies(&d, func(string) (string, error) { return "", errors.New("unknown") }), "readers: unknown")
}

// Whatever the input, reading it ends, and what is read is a definition or an error.
func FuzzReadTrail(f *testing.F) {
	for _, seed := range []string{"", trailYAML, trailJSON, "a: &a [*a]", "a: &a {b: c}\nd: {<<: *a}", "id: 2026-01-01", "!!binary x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := definition.ReadTrail(strings.NewReader(text))
		if err != nil {
			require.Equal(t, trail.Definition{}, d)
		}
	})
}
