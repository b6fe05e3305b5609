package docs

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var shellBlock = regexp.MustCompile("(?s)\n```sh\n(.*?\n)```\n")

// byHand is the script of docs/evidence.md that verifies evidence without our code.
func byHand(t *testing.T) string {
	t.Helper()
	_, section, found := strings.Cut(page(t, "docs/evidence.md"), "\n## By hand\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	var script strings.Builder
	blocks := shellBlock.FindAllStringSubmatch(section, -1)
	require.Greater(t, len(blocks), 5)
	for _, block := range blocks {
		script.WriteString(block[1])
	}
	return script.String()
}

// runByHand runs the script on files of the test's instead of those of the examples.
func runByHand(t *testing.T, files map[string]string) (string, error) {
	t.Helper()
	script := byHand(t)
	for name, file := range files {
		before := script
		script = regexp.MustCompile(`(?m)^`+name+`=.*$`).ReplaceAllLiteralString(script, name+"="+file)
		require.NotEqual(t, before, script, name)
	}
	run := exec.CommandContext(t.Context(), "sh", "-c", script)
	run.Dir, run.Env = root, append(os.Environ(), "TMPDIR="+t.TempDir())
	out, err := run.CombinedOutput()
	return string(out), err
}

func TestEvidenceCanBeVerifiedByHandAsDescribed(t *testing.T) {
	out, err := runByHand(t, nil)
	require.NoError(t, err, out)
	require.Contains(t, out, "Proven: 3 bodies have cosigned, 3 are needed.")
	require.Contains(t, out, "cosigned at Wed Jan  1 10:00:3")
}

// TestWhatDoesNotHoldIsSeenByHand changes each thing that a step looks at.
func TestWhatDoesNotHoldIsSeenByHand(t *testing.T) {
	read := func(path string) string {
		raw, err := os.ReadFile(root + "/" + path)
		require.NoError(t, err)
		return string(raw)
	}
	permit, proof, policy := read("examples/permit.txt"), read("examples/evidence/permit.txt.tlog-proof"), read("examples/evidence/sample.policy")
	other := read("examples/evidence/letter.txt.tlog-proof")
	lines := strings.Split(proof, "\n")
	signature := lines[len(lines)-2]
	for name, tc := range map[string]struct{ which, content string }{
		"another document":            {"document", strings.Replace(permit, "2 storeys", "9 storeys", 1)},
		"evidence of something else":  {"proof", other},
		"another place in the log":    {"proof", strings.Replace(proof, "\nindex 5\n", "\nindex 4\n", 1)},
		"a path that is cut":          {"proof", strings.Replace(proof, lines[3]+"\n", "", 1)},
		"another size":                {"proof", strings.Replace(proof, "\n10\n", "\n11\n", 1)},
		"a signature of another time": {"proof", strings.Replace(proof, signature, strings.Replace(signature, "AAAABndR", "AAAABndQ", 1), 1)},
		"a signature too few":         {"proof", strings.Replace(proof, signature+"\n", "", 1)},
		"the policy of another log":   {"policy", strings.ReplaceAll(policy, "psbc.lu/", "psbc.example/")},
		"a policy that asks for more": {"policy", strings.Replace(policy, "group bodies 3", "group bodies 4", 1)},
	} {
		require.False(t, tc.content == permit || tc.content == proof || tc.content == policy, name)
		file := t.TempDir() + "/file"
		require.NoError(t, os.WriteFile(file, []byte(tc.content), 0o600))
		out, err := runByHand(t, map[string]string{tc.which: file})
		require.Error(t, err, "%s: %s", name, out)
		require.NotContains(t, out, "Proven:", name)
	}
}
