package arch

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

// root is the module's directory, as seen from this package's.
const root = "../.."

// load returns the packages of the module, and fails when there are none or one
// does not compile: a rule that looked at nothing was not kept.
func load(t *testing.T, mode packages.LoadMode, tests bool, patterns ...string) []*packages.Package {
	t.Helper()
	loaded, err := packages.Load(&packages.Config{Mode: mode, Dir: root, Tests: tests}, patterns...)
	require.NoError(t, err)
	require.NotEmpty(t, loaded, "no package was loaded")
	for _, p := range loaded {
		require.Empty(t, p.Errors, "package %s", p.ID)
	}
	return loaded
}

// chaincodePackages returns the import paths of what runs inside transactions.
func chaincodePackages(t *testing.T) []string {
	t.Helper()
	// All but what serves chaincode, or stands in for the ledger in tests.
	outside := []string{"chaincode/service", "chaincode/cmd", "chaincode/ledger/ledgertest"}
	var paths []string
	for _, p := range load(t, packages.NeedName, false, "./...") {
		home, ok := roomOf(rooms(), p.PkgPath)
		if ok && under(home.dir, "chaincode") && !slices.Contains(outside, home.dir) {
			paths = append(paths, p.PkgPath)
		}
	}
	for _, dir := range []string{"notary", "contract", "ledger"} {
		require.Contains(t, paths, module+"/chaincode/"+dir, "a room that the rule is about was not found")
	}
	return paths
}

// findings runs an analyzer and returns what it reports, one line each.
func findings(t *testing.T, analyzer *analysis.Analyzer, paths []string) []string {
	t.Helper()
	graph, err := checker.Analyze([]*analysis.Analyzer{analyzer}, load(t, packages.LoadSyntax, false, paths...), nil)
	require.NoError(t, err)
	require.Len(t, graph.Roots, len(paths))

	var found []string
	for _, action := range graph.Roots {
		require.NoError(t, action.Err)
		for _, d := range action.Diagnostics {
			found = append(found, action.Package.Fset.Position(d.Pos).String()+": "+d.Message)
		}
	}
	return found
}

func TestEveryPackageImportsOnlyWhatItsRoomMay(t *testing.T) {
	mode := packages.NeedName | packages.NeedImports | packages.NeedDeps | packages.NeedForTest
	var checked []pkg
	for _, p := range load(t, mode, true, "./...") {
		if strings.HasSuffix(p.PkgPath, ".test") {
			continue // the main program that the go command generates
		}
		checked = append(checked, pkg{
			path:    strings.TrimSuffix(p.PkgPath, "_test"),
			imports: importPaths(p),
			reaches: reachable(p),
			test:    p.ForTest != "",
		})
	}
	require.Empty(t, checkImports(rooms(), checked))
}

func importPaths(p *packages.Package) []string {
	return slices.Sorted(maps.Keys(p.Imports))
}

func reachable(p *packages.Package) []string {
	reached := make(map[string]bool)
	packages.Visit([]*packages.Package{p}, func(q *packages.Package) bool {
		reached[q.PkgPath] = true
		return !isStandard(q.PkgPath)
	}, nil)
	return slices.Sorted(maps.Keys(reached))
}

func TestChaincodeIsDeterministic(t *testing.T) {
	require.Empty(t, findings(t, determinism(), chaincodePackages(t)))
}

func TestOnlyTheLedgerCallsTheStub(t *testing.T) {
	paths := slices.DeleteFunc(chaincodePackages(t), func(path string) bool {
		return under(path, module+"/chaincode/ledger")
	})
	require.Empty(t, findings(t, stubOnly(), paths))
}

func TestNoTestCanSkip(t *testing.T) {
	files, err := sourceFiles(root)
	require.NoError(t, err)
	require.Contains(t, files, "test/arch/arch_test.go")

	found, err := skippedTests(root, files)
	require.NoError(t, err)
	require.Empty(t, found, "a test that cannot test must fail")
}

func TestNoPrivateKeyIsInTheTree(t *testing.T) {
	files, err := sourceFiles(root)
	require.NoError(t, err)
	require.Contains(t, files, "go.mod")

	found, err := privateKeys(root, files)
	require.NoError(t, err)
	require.Empty(t, found)
}

func TestEveryRoomIsDescribedOnce(t *testing.T) {
	seen := make(map[string]bool)
	for _, r := range rooms() {
		require.False(t, seen[r.dir], "room %s is listed twice", r.dir)
		seen[r.dir] = true
	}
	for _, r := range rooms() {
		for _, dir := range r.own {
			require.True(t, dir == anything || seen[dir], "room %s names an unknown room %s", r.dir, dir)
		}
	}
	contributing, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	require.NoError(t, err)
	require.Contains(t, string(contributing), "test/arch/rooms.go")
}
