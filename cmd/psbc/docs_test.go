package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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
