package arch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// module is the module's path, the prefix of every package of its own.
const module = "github.com/psbc-lu/psbc"

// anything, in a list of a room, lifts that list's restriction.
const anything = "*"

// room is a directory of the module with everything below it, less the
// directories that are rooms themselves, and what its packages may import.
type room struct {
	dir string
	// own lists the rooms that it may import besides itself.
	own []string
	// others lists path prefixes of packages outside the module and outside the
	// standard library.
	others []string
	// pure extends others to all that the room reaches, however indirectly, and
	// forbids the worldly part of the standard library.
	pure bool
}

// Modules that hold no state and touch nothing outside the process.
const (
	unicodeText = "golang.org/x/text"
	canonical   = "github.com/gowebpki/jcs"
	jsonSchema  = "github.com/santhosh-tekuri/jsonschema/v6"
	merkle      = "github.com/transparency-dev/merkle"
	mldsa       = "filippo.io/mldsa"
	fabricStub  = "github.com/hyperledger/fabric-chaincode-go/v2"
	contractAPI = "github.com/hyperledger/fabric-contract-api-go/v2"
	fabricProto = "github.com/hyperledger/fabric-protos-go-apiv2"
	protobuf    = "google.golang.org/protobuf"
)

// rooms is the import rule. A package whose directory no line covers breaks it.
func rooms() []room {
	foundation := []string{"chaincode/fault", "chaincode/canonical", "chaincode/check"}
	domain := append(slices.Clone(foundation),
		"chaincode/notary", "chaincode/registry", "chaincode/trail", "chaincode/tlog", "chaincode/checkpoint")
	plus := func(more ...string) []string { return append(slices.Clone(domain), more...) }
	pure := []string{unicodeText, canonical}

	return []room{
		{dir: "chaincode/fault", pure: true, others: pure},
		{dir: "chaincode/canonical", pure: true, own: []string{"chaincode/fault"}, others: pure},
		{dir: "chaincode/check", pure: true, own: []string{"chaincode/fault", "chaincode/canonical"}, others: pure},
		{dir: "chaincode/notary", pure: true, own: foundation, others: append(slices.Clone(pure), merkle)},
		{dir: "chaincode/registry", pure: true, own: foundation, others: append(slices.Clone(pure), jsonSchema)},
		{dir: "chaincode/trail", pure: true, own: foundation, others: pure},
		{dir: "chaincode/tlog", pure: true, others: []string{mldsa}},
		{dir: "chaincode/checkpoint", pure: true, own: append(slices.Clone(foundation), "chaincode/tlog"), others: append(slices.Clone(pure), mldsa)},
		{dir: "gateway-client/evidence", pure: true, own: append(slices.Clone(foundation), "chaincode/notary", "chaincode/tlog"), others: append(slices.Clone(pure), merkle, mldsa)},

		{dir: "chaincode/contract", own: plus("chaincode/ledger"), others: append(slices.Clone(pure), contractAPI)},
		{dir: "chaincode/ledger", own: domain, others: append(slices.Clone(pure), fabricStub, fabricProto, protobuf)},
		{dir: "chaincode/ledger/ledgertest", own: plus("chaincode/ledger"), others: []string{anything}},
		{dir: "chaincode/service", own: []string{"chaincode/fault"}, others: []string{anything}},
		{dir: "chaincode/cmd", own: plus("chaincode/contract", "chaincode/ledger", "chaincode/service"), others: []string{anything}},

		{dir: "gateway-client", own: plus("gateway-client/evidence"), others: []string{anything}},
		{dir: "gateway-client/gatewaytest", own: plus("gateway-client", "chaincode/contract", "chaincode/ledger", "chaincode/ledger/ledgertest"), others: []string{anything}},
		{dir: "auditor", own: plus("gateway-client", "gateway-client/evidence"), others: []string{anything}},
		{dir: "network", others: []string{anything}},
		{dir: "cmd", own: []string{anything}, others: []string{anything}},
		{dir: "examples", own: plus("gateway-client", "gateway-client/evidence"), others: []string{anything}},
		{dir: "test/chaincodes", own: plus("chaincode/ledger", "chaincode/ledger/ledgertest", "chaincode/service"), others: []string{anything}},
		{dir: "test", own: []string{anything}, others: []string{anything}},
	}
}

// worldly says whether a package of the standard library reaches out of the
// process, or into its runtime.
func worldly(path string) bool {
	switch path {
	case "expvar", "plugin", "syscall", "unsafe", "C", "path/filepath", "database/sql", "log/syslog":
		return true
	}
	return under(path, "os") || under(path, "net") || under(path, "runtime") || under(path, "testing")
}

// pkg is what the import rule needs to know of a package.
type pkg struct {
	path    string
	imports []string
	// reaches lists every package that it imports, directly or not.
	reaches []string
	// test marks the package's tests, which may import what they like but cmd.
	test bool
}

// checkImports returns a sentence for every import that breaks the rule.
func checkImports(rule []room, packages []pkg) []string {
	found := make(map[string]bool)
	for _, p := range packages {
		for _, sentence := range checkPackage(rule, p) {
			found[sentence] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func checkPackage(rule []room, p pkg) []string {
	home, ok := roomOf(rule, p.path)
	if !ok {
		return []string{fmt.Sprintf("%s belongs to no room", p.path)}
	}

	var broken []string
	report := func(imported, why string) {
		broken = append(broken, fmt.Sprintf("%s imports %s: %s", p.path, imported, why))
	}
	for _, imported := range p.imports {
		if isCommand(imported) && !isCommand(p.path) {
			report(imported, "nothing imports cmd")
			continue
		}
		if p.test {
			continue
		}
		switch {
		case under(imported, module):
			if target, ok := roomOf(rule, imported); ok && target.dir != home.dir && !allows(home.own, target.dir) {
				report(imported, fmt.Sprintf("room %s may not", home.dir))
			}
		case isStandard(imported):
			if home.pure && worldly(imported) {
				report(imported, fmt.Sprintf("room %s is pure", home.dir))
			}
		case !allowsPath(home.others, imported):
			report(imported, fmt.Sprintf("room %s may not", home.dir))
		}
	}
	if !home.pure || p.test {
		return broken
	}
	for _, reached := range p.reaches {
		if !under(reached, module) && !isStandard(reached) && !allowsPath(home.others, reached) && !slices.Contains(p.imports, reached) {
			broken = append(broken, fmt.Sprintf("%s reaches %s: room %s is pure", p.path, reached, home.dir))
		}
	}
	return broken
}

// roomOf returns the innermost room that holds the package.
func roomOf(rule []room, path string) (room, bool) {
	var best room
	for _, r := range rule {
		if under(path, module+"/"+r.dir) && len(r.dir) > len(best.dir) {
			best = r
		}
	}
	return best, best.dir != ""
}

// isCommand says whether a package of this module belongs to a main program.
func isCommand(path string) bool {
	return under(path, module) && slices.Contains(strings.Split(path, "/"), "cmd")
}

// isStandard relies on the convention that the go command relies on as well: the
// first element of any other import path has a dot.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func allows(list []string, dir string) bool {
	return slices.Contains(list, anything) || slices.Contains(list, dir)
}

func allowsPath(list []string, path string) bool {
	return slices.ContainsFunc(list, func(prefix string) bool { return prefix == anything || under(path, prefix) })
}

// under says whether path is dir or below it.
func under(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, dir+"/")
}
