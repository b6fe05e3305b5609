package definition_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/definition"
)

func TestTheSchemaIsInTheDefinitionOrBesideIt(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "schema.json"), []byte(`{"type": "object"}`), 0o600))
	for name, content := range map[string]string{
		"inline": `{"id":"a","titles":{"fr":"A"},"ids":{},"schema":{"type": "object"}}`,
		"beside": `{"id":"a","titles":{"fr":"A"},"ids":{},"schemaFile":"schema.json"}`,
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte("\ufeff"+content), 0o600))
		d, err := definition.Load(path)
		require.NoError(t, err, name)
		require.Equal(t, registry.Definition{ID: "a", Titles: registry.Titles{Fr: "A"}, Schema: []byte(`{"type": "object"}`)}, d)
	}
}

func TestDefinitionsThatCannotBeRight(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "broken.json"), []byte(`{`), 0o600))
	for content, want := range map[string]string{
		``:                          "is incomplete JSON",
		`{`:                         "is incomplete JSON",
		`{a}`:                       "is not JSON (at byte 2)",
		`{"id":1}`:                  "id is a number, which it must not be",
		`{"id":"a","shema":{}}`:     `there is no member "shema" in a definition; did you mean "schema"?`,
		`{"id":"a","schema":{}} {}`: "there is text after the definition",
		`{"id":"a"}`:                "there is no schema",
		`{"schema":{},"schemaFile":"broken.json"}`: "both given",
		`{"schemaFile":"broken.json"}`:             "broken.json is not JSON",
		`{"schemaFile":"nowhere.json"}`:            "schemaFile: open ",
		strings.Repeat(" ", 3<<20):                 "is larger than",
	} {
		_, err := definition.Read(strings.NewReader(content), dir)
		require.ErrorContains(t, err, want, content[:min(len(content), 60)])
	}
}

func TestBodiesAreNamedAsPeopleNameThem(t *testing.T) {
	find := func(name string) (string, error) {
		if name == "Nobody" {
			return "", errors.New("there is no such body")
		}
		return name + "MSP", nil
	}
	d := registry.Definition{Writers: []string{"A", "B"}, Attesters: []string{"C"}, Approvers: []string{"D"}, Private: &registry.Private{Bodies: []string{"E"}}}
	require.NoError(t, definition.Bodies(&d, find))
	require.Equal(t, registry.Definition{
		Writers: []string{"AMSP", "BMSP"}, Attesters: []string{"CMSP"}, Approvers: []string{"DMSP"}, Private: &registry.Private{Bodies: []string{"EMSP"}},
	}, d)
	d.Private.Bodies[0] = "Nobody"
	require.EqualError(t, definition.Bodies(&d, find), "private.bodies: there is no such body")
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{`{"id":"a","schema":{}}`, `{"schemaFile":"/"}`, `{"private":{"fields":["a"],"bodies":null},"schema":1}`, `[]`, `null`} {
		f.Add(seed)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content string) {
		d, err := definition.Read(strings.NewReader(content), dir)
		if err == nil {
			require.NotEmpty(t, d.Schema)
			require.NoError(t, definition.Bodies(&d, func(name string) (string, error) { return fmt.Sprint(name), nil }))
		}
	})
}
