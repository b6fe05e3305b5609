package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/rundir"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

// documented returns the psbc commands in the shell blocks of a page.
func documented(page string) []string {
	var commands []string
	shell := false
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "```") {
			shell = line == "```sh"
			continue
		}
		line, _, _ = strings.Cut(line, " #")
		if _, args, found := strings.Cut(" "+line, " bin/psbc "); shell && found {
			commands = append(commands, strings.TrimSpace(args))
		}
	}
	return commands
}

func TestDocumentationNamesCommandsAndFlagsThatExist(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	require.NoError(t, err)
	checked := 0
	for _, path := range append(paths, filepath.Join("..", "..", "README.md")) {
		page, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, args := range documented(string(page)) {
			cmd, rest, err := newRootCommand(&globals{}).Find(strings.Fields(args))
			require.NoError(t, err, "%s: %s", path, args)
			require.True(t, cmd.Runnable() && !cmd.HasSubCommands(), "%s: %s is no verb", path, args)
			require.NoError(t, cmd.ParseFlags(rest), "%s: %s", path, args)
			require.NoError(t, cmd.ValidateArgs(cmd.Flags().Args()), "%s: %s", path, args)
			checked++
		}
	}
	require.Greater(t, checked, 5, "few commands were found")
}

// TestFirstStepsOfTrailsWorkWhenPasted runs the first commands of the page about audit
// trails, as they stand there, where the repository's examples are.
func TestFirstStepsOfTrailsWorkWhenPasted(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "trail.md"))
	require.NoError(t, err)
	_, steps, found := strings.Cut(string(page), "## First steps\n")
	require.True(t, found)
	steps, _, _ = strings.Cut(steps, "\n## ")
	commands := documented(steps)
	require.Greater(t, len(commands), 4)

	dir := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "examples"), os.DirFS(filepath.Join("..", "..", "examples"))))
	t.Chdir(dir)
	run := filepath.Join(dir, "network", ".run")
	writeProfiles(t, gatewaytest.New(t), run)
	t.Setenv(rundir.Env, run)
	for _, args := range commands {
		paste(t, "psbc "+args)
	}
}
