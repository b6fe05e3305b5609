package arch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/analysis/analysistest"
)

// The tests of this file show that each rule can be broken.

func TestDeterminismReportsWhatVariesAndNothingElse(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), determinism(), "various", "steady")
}

func TestStubRuleReportsCallsButNotHandingItOn(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), stubOnly(), "stub")
}

func TestImportRule(t *testing.T) {
	tests := []struct {
		name string
		pkg  pkg
		want string // "" when the rule is kept
	}{
		{
			name: "a domain may use the standard library and pure modules",
			pkg:  pkg{path: "chaincode/notary", imports: []string{"encoding/json", "github.com/gowebpki/jcs", "golang.org/x/text/unicode/norm"}},
		},
		{
			name: "a domain may not import Fabric",
			pkg:  pkg{path: "chaincode/registry", imports: []string{"github.com/hyperledger/fabric-chaincode-go/v2/shim"}},
			want: "room chaincode/registry may not",
		},
		{
			name: "a package below a domain is bound by its rule",
			pkg:  pkg{path: "chaincode/notary/codes", imports: []string{"github.com/hyperledger/fabric-protos-go-apiv2/peer"}},
			want: "room chaincode/notary may not",
		},
		{
			name: "a domain may not reach Fabric through another module",
			pkg:  pkg{path: "chaincode/trail", imports: []string{"github.com/gowebpki/jcs"}, reaches: []string{"github.com/gowebpki/jcs", "google.golang.org/grpc"}},
			want: "reaches google.golang.org/grpc: room chaincode/trail is pure",
		},
		{
			name: "a domain may not touch files",
			pkg:  pkg{path: "chaincode/checkpoint", imports: []string{"os/exec"}},
			want: "room chaincode/checkpoint is pure",
		},
		{
			name: "evidence may not touch the network",
			pkg:  pkg{path: "gateway-client/evidence", imports: []string{"net/http"}},
			want: "room gateway-client/evidence is pure",
		},
		{
			name: "one domain may not import another",
			pkg:  pkg{path: "chaincode/notary", imports: []string{module + "/chaincode/registry"}},
			want: "room chaincode/notary may not",
		},
		{
			name: "a contract may not import the stub",
			pkg:  pkg{path: "chaincode/contract", imports: []string{"github.com/hyperledger/fabric-chaincode-go/v2/shim"}},
			want: "room chaincode/contract may not",
		},
		{
			name: "the network knows nothing of notaries",
			pkg:  pkg{path: "network/runner", imports: []string{module + "/chaincode/notary"}},
			want: "room network may not",
		},
		{
			name: "the client may not import the network",
			pkg:  pkg{path: "gateway-client", imports: []string{module + "/network"}},
			want: "room gateway-client may not",
		},
		{
			name: "nothing imports cmd",
			pkg:  pkg{path: "network", imports: []string{module + "/cmd/psbc"}},
			want: "nothing imports cmd",
		},
		{
			name: "not even the tests import cmd",
			pkg:  pkg{path: "test/e2e", imports: []string{module + "/chaincode/cmd/psbc-chaincode"}, test: true},
			want: "nothing imports cmd",
		},
		{
			name: "a command imports its own parts",
			pkg:  pkg{path: "cmd/psbc", imports: []string{module + "/cmd/psbc/internal/exit", module + "/network"}},
		},
		{
			name: "tests of a domain may use more than the domain",
			pkg:  pkg{path: "chaincode/notary", imports: []string{"os", "github.com/stretchr/testify/require"}, reaches: []string{"gopkg.in/yaml.v3"}, test: true},
		},
		{
			name: "an inner room has its own rule",
			pkg:  pkg{path: "chaincode/ledger/ledgertest", imports: []string{"testing", "github.com/stretchr/testify/require"}},
		},
		{
			name: "a new directory needs a room",
			pkg:  pkg{path: "portal"},
			want: "belongs to no room",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.pkg.path = module + "/" + test.pkg.path
			broken := checkImports(rooms(), []pkg{test.pkg, test.pkg})
			if test.want == "" {
				require.Empty(t, broken)
				return
			}
			require.Len(t, broken, 1)
			require.Contains(t, broken[0], test.want)
		})
	}
}

// write puts files below a new directory and returns it with their names.
func write(t *testing.T, contents map[string]string) (string, []string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range contents {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	files, err := sourceFiles(dir)
	require.NoError(t, err)
	return dir, files
}

func TestSkipRuleFindsEveryWayToSkip(t *testing.T) {
	// In pieces, so that the rule does not find them here.
	call := func(name string) string {
		return "package a\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) {\n\tif true {\n\t\t" + name + "\n\t}\n}\n"
	}
	dir, files := write(t, map[string]string{
		"a/skip_test.go":                  call("t.Skip" + `("no network")`),
		"a/skipf_test.go":                 call("t.Skip" + `f("no %s", "network")`),
		"a/skipnow_test.go":               call("t.Skip" + "Now()"),
		"a/short_test.go":                 call("_ = testing.Short" + "()"),
		"helper/helper.go":                call("t.Skip" + `("in a helper")`),
		"a/testdata/script/skip.txt":      "exec true\nskip 'not here'\n",
		"a/testdata/script/condition.txt": "[!exec:docker] skip\n",
		"b/steady_test.go":                call(`t.Fatal("no network")`),
		"b/parser.go":                     "package b\n\nfunc f(p interface{ Skip() }) { p.Skip() }\n",
		"b/testdata/script/steady.txt":    "exec psbc version\n-- input --\nskip me\n",
		".run/leftover_test.go":           "not Go",
	})
	found, err := skippedTests(dir, files)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{
		"a/skip_test.go:7", "a/skipf_test.go:7", "a/skipnow_test.go:7", "a/short_test.go:7", "helper/helper.go:7",
		"a/testdata/script/skip.txt:2", "a/testdata/script/condition.txt:1",
	}, found)
}

func TestKeyRuleFindsPrivateKeysOfEveryKind(t *testing.T) {
	key := func(kind string) string {
		return "-----BEGIN " + kind + "PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END " + kind + "PRIVATE KEY-----\n"
	}
	dir, files := write(t, map[string]string{
		"keys/pkcs8.pem":                 key(""),
		"keys/ec.pem":                    key("EC "),
		"keys/encrypted.pem":             key("ENCRYPTED "),
		"keys/quoted.json":               `{"key":"` + strings.ReplaceAll(key("RSA "), "\n", `\n`) + `"}`,
		"keys/certificate.pem":           "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
		"code.go":                        "package a // looks for -----BEGIN " + "PRIVATE KEY----- in files\n",
		"network/.run/ctie/keystore.pem": key(""),
		"bin/tool":                       key(""),
	})
	found, err := privateKeys(dir, files)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"keys/pkcs8.pem", "keys/ec.pem", "keys/encrypted.pem", "keys/quoted.json"}, found)
}
