package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rundir"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

// examples returns the lines of every example, by command path.
func examples(root *cobra.Command) map[string][]string {
	lines := map[string][]string{}
	var collect func(cmd *cobra.Command)
	collect = func(cmd *cobra.Command) {
		for line := range strings.Lines(cmd.Example) {
			if line = strings.TrimSpace(line); line != "" {
				lines[cmd.CommandPath()] = append(lines[cmd.CommandPath()], line)
			}
		}
		for _, sub := range cmd.Commands() {
			collect(sub)
		}
	}
	collect(root)
	return lines
}

func TestExamplesNameCommandsAndFlagsThatExist(t *testing.T) {
	for path, lines := range examples(newRootCommand(&globals{})) {
		for _, line := range lines {
			_, args, found := strings.Cut(line, "psbc ")
			require.True(t, found, "%s: %s", path, line)
			cmd, rest, err := newRootCommand(&globals{}).Find(strings.Fields(args))
			require.NoError(t, err, line)
			require.NoError(t, cmd.ParseFlags(rest), line)
			require.NoError(t, cmd.ValidateArgs(cmd.Flags().Args()), line)
		}
	}
}

// TestExamplesOfTheNotaryWorkWhenPasted runs them in a shell, in a folder that
// looks like the repository, on a ledger where the documents that they speak of
// are notarised already unless notarising is what they show. Each verb is tried on
// a state in which it makes sense, so the order within a ledger matters.
func TestExamplesOfTheNotaryWorkWhenPasted(t *testing.T) {
	all := examples(newRootCommand(&globals{}))
	for _, verbs := range [][]string{
		{"digest", "notarise"},
		{"supersede"},
		{"verify", "show", "history", "list", "purge-details", "revoke"},
	} {
		t.Run(strings.Join(verbs, ", "), func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir)
			for _, path := range []string{"README.md", "LICENSE", "docs/a.md", "docs/b.md"} {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, []byte(path), 0o644))
			}
			run := filepath.Join(dir, ".run")
			writeProfiles(t, gatewaytest.New(t), run)
			t.Setenv(rundir.Env, run)
			if !slices.Contains(verbs, "notarise") {
				paste(t, "psbc notary notarise README.md")
				paste(t, "psbc notary notarise LICENSE --details-title Licence")
				paste(t, "psbc notary notarise --batch docs --batch-file docs.batch")
			}
			for _, verb := range verbs {
				lines := all["psbc notary "+verb]
				require.NotEmpty(t, lines, verb)
				for _, line := range lines {
					paste(t, line)
				}
				delete(all, "psbc notary "+verb)
			}
		})
	}
	for path := range all {
		require.False(t, strings.HasPrefix(path, "psbc notary "), "the examples of %s are not tried", path)
	}
}

// TestExamplesOfRegistersWorkWhenPasted does the same for registers and records.
// Before its verbs each group runs what they need to make sense.
func TestExamplesOfRegistersWorkWhenPasted(t *testing.T) {
	const (
		define   = "psbc registry create dwellings.json"
		record   = "psbc record create dwellings dwelling.json --id DWL-2027-0001 --effective 2020-01-01 --private owner.json"
		draft    = record + " --draft"
		offered  = "psbc record transfer dwellings DWL-2027-0001 --to SIGI"
		licences = "psbc registry create licences.json"
		proposal = "psbc record create licences licence.json --id L-1 --request-id 0197a1c2-5d3e-7c41-9f00-3d2b1a0c9e8f"
	)
	all := examples(newRootCommand(&globals{}))
	for _, group := range []struct{ before, verbs []string }{
		{nil, []string{"registry create"}},
		{[]string{define}, []string{"registry schema", "registry show", "registry list", "registry amend"}},
		{[]string{define}, []string{"record create"}},
		{[]string{define, record}, []string{"record amend", "record show", "record find", "record history", "record as-of", "record export", "record watch", "record purge-private"}},
		{[]string{define, draft}, []string{"record activate", "record suspend", "record reinstate", "record retire"}},
		{[]string{define, record}, []string{"record revoke"}},
		{[]string{define, record}, []string{"record transfer", "record accept"}},
		{[]string{define, record, offered}, []string{"record decline"}},
		{[]string{define, record}, []string{"record attest"}},
		{[]string{licences, proposal}, []string{"record proposals", "record approve"}},
		{[]string{licences, proposal}, []string{"record reject"}},
		{[]string{define}, []string{"record import"}},
	} {
		t.Run(strings.Join(group.verbs, ", "), func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "examples"))))
			t.Chdir(dir)
			run := filepath.Join(dir, ".run")
			writeProfiles(t, gatewaytest.New(t), run)
			t.Setenv(rundir.Env, run)
			for _, line := range group.before {
				paste(t, line)
			}
			for _, verb := range group.verbs {
				lines := all["psbc "+verb]
				require.NotEmpty(t, lines, verb)
				for _, line := range lines {
					paste(t, line)
				}
				delete(all, "psbc "+verb)
			}
		})
	}
	for path := range all {
		verb := strings.HasPrefix(path, "psbc registry ") || strings.HasPrefix(path, "psbc record ")
		require.False(t, verb, "the examples of %s are not tried", path)
	}
}

// TestExamplesOfTrailsWorkWhenPasted does the same for audit trails.
func TestExamplesOfTrailsWorkWhenPasted(t *testing.T) {
	const (
		create = "psbc trail create civil-status.yaml"
		keys   = "psbc trail pseudonym new-keys people.keys"
		fill   = "psbc trail append civil-status accesses.jsonl --source eservices --pseudonyms people.keys"
		rotate = "psbc trail pseudonym rotate people.keys"
	)
	all := examples(newRootCommand(&globals{}))
	for _, group := range []struct {
		before []string
		past   func(*ledgertest.Ledger) error
		verbs  []string
	}{
		{nil, nil, []string{"create"}},
		{[]string{create}, nil, []string{"show", "list", "amend"}},
		{[]string{create, keys}, nil, []string{"append"}},
		{[]string{create, keys, fill}, nil, []string{"tail", "query", "subject", "actor", "batches", "gaps", "export"}},
		{[]string{create}, func(l *ledgertest.Ledger) error { return sealInThePast(l, "civil-status", "inquiries", "sealed.keep") }, []string{"reveal"}},
		{[]string{create}, func(l *ledgertest.Ledger) error { return appendInThePast(l, "civil-status", "eservices") }, []string{"remove"}},
		{nil, nil, []string{"pseudonym"}},
		{nil, nil, []string{"pseudonym new-keys", "pseudonym of"}},
		{[]string{keys}, nil, []string{"pseudonym rotate"}},
		{[]string{keys, rotate}, nil, []string{"pseudonym erase"}},
	} {
		t.Run(strings.Join(group.verbs, ", "), func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "examples"))))
			t.Chdir(dir)
			run := filepath.Join(dir, ".run")
			network := gatewaytest.New(t)
			writeProfiles(t, network, run)
			t.Setenv(rundir.Env, run)
			for _, line := range group.before {
				paste(t, line)
			}
			if group.past != nil {
				require.NoError(t, group.past(network.Ledger()))
			}
			for _, verb := range group.verbs {
				lines := all["psbc trail "+verb]
				require.NotEmpty(t, lines, verb)
				for _, line := range lines {
					paste(t, line)
				}
				delete(all, "psbc trail "+verb)
			}
		})
	}
	for path := range all {
		require.False(t, strings.HasPrefix(path, "psbc trail "), "the examples of %s are not tried", path)
	}
}

func paste(t *testing.T, line string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "sh", "-c", line).CombinedOutput()
	require.NoError(t, err, "%s\n%s", line, out)
}
