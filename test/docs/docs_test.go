// Package docs checks what the documentation shows: its Go code compiles, its
// links lead somewhere, and its references are complete. The commands in it are
// checked in cmd/psbc, where the command tree is.
package docs

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/network"
)

const root = "../.."

// pages returns every page of the documentation by its path from the root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, paths, pattern)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			name, err := filepath.Rel(root, path)
			require.NoError(t, err)
			found[filepath.ToSlash(name)] = string(text)
		}
	}
	return found
}

func page(t *testing.T, name string) string {
	t.Helper()
	text, found := pages(t)[name]
	require.True(t, found, name)
	return text
}

var (
	goBlock  = regexp.MustCompile("(?s)\n```go\n(.*?\n)```\n")
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	packages = regexp.MustCompile(`(?m)^package (\w+)$`)
)

// TestGoCodeCompiles compiles each block as a package of this module, which exists
// in an overlay only: nothing is written into the tree.
func TestGoCodeCompiles(t *testing.T) {
	module, err := filepath.Abs(root)
	require.NoError(t, err)
	overlay := map[string]string{}
	var dirs []string
	dir := t.TempDir()
	for name, text := range pages(t) {
		for _, block := range goBlock.FindAllStringSubmatch(text, -1) {
			clause := packages.FindStringSubmatch(block[1])
			require.NotNil(t, clause, "%s: a block of Go is a whole file, so that it can be pasted:\n%s", name, block[1])
			base := "snippet.go"
			if strings.HasSuffix(clause[1], "_test") {
				base = "snippet_test.go"
			}
			id := fmt.Sprintf("snippet%d", len(dirs))
			file := filepath.Join(dir, id+"-"+base)
			require.NoError(t, os.WriteFile(file, []byte(block[1]), 0o600))
			overlay[filepath.Join(module, "test", "docs", id, base)] = file
			dirs = append(dirs, "./test/docs/"+id)
		}
	}
	require.NotEmpty(t, dirs, "no Go code was found")
	encoded, err := json.Marshal(map[string]any{"Replace": overlay})
	require.NoError(t, err)
	file := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(file, encoded, 0o600))

	// Listing export data compiles packages and their tests, and links nothing.
	compile := exec.CommandContext(t.Context(), "go", append([]string{"list", "-export", "-test", "-overlay", file}, dirs...)...)
	compile.Dir = module
	out, err := compile.CombinedOutput()
	require.NoError(t, err, string(out))
}

func TestLinksWithinTheRepositoryLeadSomewhere(t *testing.T) {
	checked := 0
	for name, text := range pages(t) {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			target, _, _ := strings.Cut(found[1], "#")
			if target == "" || strings.Contains(target, "://") {
				continue
			}
			require.FileExists(t, filepath.Join(root, filepath.Dir(name), target), "linked from %s", name)
			checked++
		}
	}
	require.NotZero(t, checked)
}

func TestExampleTopologiesAreValid(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(root, "examples", "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		_, err := network.LoadTopology(path)
		require.NoError(t, err)
	}
}

func TestOperationsDescribesEveryFieldOfATopology(t *testing.T) {
	text := page(t, "docs/operations.md")
	for prefix, of := range map[string]any{
		"": network.Topology{}, "bodies[].": network.Body{}, "users[].": network.User{}, "ordering.": network.Ordering{},
	} {
		structure := reflect.TypeOf(of)
		for i := range structure.NumField() {
			field, _, _ := strings.Cut(structure.Field(i).Tag.Get("yaml"), ",")
			require.Contains(t, text, "| `"+prefix+field+"` |")
		}
	}
}

func TestNotaryDescribesEveryReasonCodeEventAndAlgorithm(t *testing.T) {
	text := page(t, "docs/notary.md")
	for _, reason := range notary.Reasons() {
		require.Contains(t, text, "`"+string(reason)+"`")
	}
	for _, code := range fault.Codes() {
		require.Contains(t, text, "`"+string(code)+"`")
	}
	for _, algorithm := range notary.Algorithms() {
		require.Contains(t, text, "`"+string(algorithm)+"`")
	}
	for _, event := range []string{
		notary.EventNotarised, notary.EventBatchNotarised, notary.EventRevoked, notary.EventSuperseded,
		notary.EventDetailsStored, notary.EventDetailsPurged,
	} {
		require.Contains(t, text, "`"+event+"`")
	}
}

func TestRegistryDescribesEveryFunctionEventAndState(t *testing.T) {
	text := page(t, "docs/registry.md")
	for _, function := range functions(t, "registry") {
		require.Contains(t, text, "`"+function+"`")
	}
	for _, event := range []string{
		registry.EventRegister, registry.EventRecords, registry.EventProposal, registry.EventAttestation, registry.EventPrivate,
	} {
		require.Contains(t, text, "`"+event+"`")
	}
	for _, status := range []registry.Status{
		registry.StatusDraft, registry.StatusActive, registry.StatusSuspended, registry.StatusRevoked, registry.StatusRetired,
	} {
		require.Contains(t, text, "`"+string(status)+"`")
	}
}

func TestTrailDescribesEveryFunctionEventActionAndField(t *testing.T) {
	text := page(t, "docs/trail.md")
	for _, name := range slices.Concat(functions(t, "trail"), trail.Actions(),
		[]string{trail.EventDefined, trail.EventAppended, trail.EventRevealed, trail.EventRemoved},
		members(trail.Definition{}), members(trail.Entry{}), members(trail.Batch{}), members(trail.Event{})) {
		require.Contains(t, text, "`"+name+"`")
	}
	for _, outcome := range trail.Outcomes() {
		require.Contains(t, text, "`"+string(outcome)+"`")
	}
}

// functions lists those of a contract, by its golden metadata.
func functions(t *testing.T, contract string) []string {
	t.Helper()
	golden, err := os.ReadFile(filepath.Join(root, "chaincode", "contract", "testdata", contract+"-metadata.json"))
	require.NoError(t, err)
	var metadata struct {
		Contracts map[string]struct {
			Transactions []struct{ Name string }
		}
	}
	require.NoError(t, json.Unmarshal(golden, &metadata))
	var names []string
	for _, function := range metadata.Contracts[contract].Transactions {
		names = append(names, function.Name)
	}
	require.NotEmpty(t, names)
	return names
}

// members lists the JSON names of a struct's fields.
func members(of any) []string {
	var names []string
	structure := reflect.TypeOf(of)
	for i := range structure.NumField() {
		name, _, _ := strings.Cut(structure.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
