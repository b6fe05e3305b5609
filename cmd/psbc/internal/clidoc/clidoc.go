// Package clidoc writes the reference of a command tree as one Markdown page.
//
// Cobra's own generator writes a page per command and needs two more modules.
package clidoc

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// Write writes the reference of root and of every command below it that its help
// shows, in the order of the help.
func Write(w io.Writer, root *cobra.Command) error {
	var page strings.Builder
	fmt.Fprintf(&page, "# %s: command reference\n\n", root.Name())
	page.WriteString("Written from the commands' own help; a test fails when it is stale.\n" +
		"`go test ./cmd/psbc -run TestReference -update` writes it again.\n")
	command(&page, root)
	_, err := io.WriteString(w, page.String())
	return err
}

func command(page *strings.Builder, cmd *cobra.Command) {
	fmt.Fprintf(page, "\n## %s\n\n%s\n", cmd.CommandPath(), sentence(cmd.Short))
	if !cmd.HasAvailableSubCommands() {
		block(page, "", cmd.UseLine())
	}
	if cmd.Long != "" {
		fmt.Fprintf(page, "\n%s\n", paragraphs(cmd.Long))
	}
	if cmd.HasAvailableSubCommands() {
		page.WriteString("\n| command | does |\n|---|---|\n")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(page, "| [`%s`](#%s) | %s |\n", sub.CommandPath(), anchor(sub), sub.Short)
			}
		}
	}
	block(page, "Example:", cmd.Example)
	title := "Flags:"
	if cmd.HasAvailableSubCommands() {
		title = "Flags of every command:"
	}
	block(page, title, cmd.NonInheritedFlags().FlagUsages())
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			command(page, sub)
		}
	}
}

// block writes a titled code block, or nothing when there is nothing to show.
func block(page *strings.Builder, title, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	if title != "" {
		fmt.Fprintf(page, "\n%s\n", title)
	}
	fmt.Fprintf(page, "\n```\n%s\n```\n", outdent(text))
}

// outdent removes the indentation that help texts have in common.
func outdent(text string) string {
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	common := len(text)
	for _, line := range lines {
		if strings.TrimSpace(line) != "" {
			common = min(common, len(line)-len(strings.TrimLeft(line, " ")))
		}
	}
	for i, line := range lines {
		lines[i] = strings.TrimRight(line[min(common, len(line)):], " ")
	}
	return strings.Join(lines, "\n")
}

// paragraphs turns help text into Markdown: an indented paragraph is a code block.
func paragraphs(text string) string {
	parts := strings.Split(strings.Trim(text, "\n"), "\n\n")
	for i, p := range parts {
		if strings.HasPrefix(p, "  ") {
			parts[i] = "```\n" + outdent(p) + "\n```"
		}
	}
	return strings.Join(parts, "\n\n")
}

func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

func anchor(cmd *cobra.Command) string {
	return strings.ReplaceAll(strings.ToLower(cmd.CommandPath()), " ", "-")
}
