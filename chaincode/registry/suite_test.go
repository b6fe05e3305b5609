package registry

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	// The module's test data is the JSON-Schema-Test-Suite.
	_ "github.com/google/jsonschema-go/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
)

// suiteGroup is one schema of the JSON-Schema-Test-Suite with its cases.
type suiteGroup struct {
	Description string          `json:"description"`
	Schema      json.RawMessage `json:"schema"`
	Tests       []struct {
		Description string          `json:"description"`
		Data        json.RawMessage `json:"data"`
		Valid       bool            `json:"valid"`
	} `json:"tests"`
}

// suiteFiles reads the cases of draft 2020-12, by file name.
func suiteFiles(t *testing.T) map[string][]suiteGroup {
	const module = "github.com/google/jsonschema-go"
	list := func() string {
		dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
		require.NoError(t, err)
		return strings.TrimSpace(string(dir))
	}
	dir := list()
	if dir == "" {
		out, err := exec.Command("go", "mod", "download", module).CombinedOutput()
		require.NoError(t, err, string(out))
		dir = list()
	}
	paths, err := filepath.Glob(filepath.Join(dir, "jsonschema", "testdata", "draft2020-12", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	files := make(map[string][]suiteGroup)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		var groups []suiteGroup
		require.NoError(t, json.Unmarshal(text, &groups))
		files[strings.TrimSuffix(filepath.Base(path), ".json")] = groups
	}
	return files
}

// TestTheJSONSchemaTestSuitePasses runs every group whose schema a register may have
// through our own compiler. Only that a schema and data are objects, which our rules ask
// for at the top, is not asked here.
func TestTheJSONSchemaTestSuitePasses(t *testing.T) {
	refused := refusedGroups()
	cases := 0
	for file, groups := range suiteFiles(t) {
		for _, group := range groups {
			name := file + ": " + group.Description
			t.Run(name, func(t *testing.T) {
				compiled, err := compileAny(group.Schema)
				reason, listed := refused[name]
				delete(refused, name)
				if listed {
					require.ErrorIs(t, err, &fault.Error{Code: fault.InvalidArgument}, "it is listed as refused")
					require.ErrorContains(t, err, reason)
					return
				}
				require.NoError(t, err, "it is not listed as refused")
				for _, tc := range group.Tests {
					cases++
					data, err := jsonschema.UnmarshalJSON(bytes.NewReader(tc.Data))
					require.NoError(t, err)
					err = compiled.validateTree("data", data)
					require.Equal(t, tc.Valid, err == nil, "%s: %v", tc.Description, err)
					if err != nil {
						require.NotContains(t, err.Error(), "is not as the schema says", "each kind of error has its words")
					}
				}
			})
		}
	}
	require.Empty(t, refused, "listed, but not in the suite")
	t.Logf("%d cases", cases)
	require.GreaterOrEqual(t, cases, 940, "of the 1,099 that the module has")
}

// compileAny is the way of a definition's schema, but for its size and type.
func compileAny(raw json.RawMessage) (*schema, error) {
	tree, _, err := readTree("schema", raw)
	if err != nil {
		return nil, err
	}
	return compileSchema(tree)
}
