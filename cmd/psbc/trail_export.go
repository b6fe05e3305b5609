package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/export"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/siem"
)

// exportTrailResult is what `psbc trail export --json` prints.
type exportTrailResult struct {
	Trail   string `json:"trail"`
	Entries int    `json:"entries"`
	Format  string `json:"format"`
	File    string `json:"file,omitempty"`
	// FileDigest is also in the file beside it.
	FileDigest string `json:"fileDigest,omitempty"`
}

type exportTrailFlags struct {
	window windowFlags
	output string
	format string
}

// exportFormats lists what entries can be written as.
func exportFormats() []string { return []string{"jsonl", "csv", "ocsf", "cef"} }

func newExportTrailCommand(g *globals) *cobra.Command {
	f := &exportTrailFlags{window: newWindowFlags()}
	cmd := &cobra.Command{
		Use:   "export TRAIL",
		Short: "Write the entries of a trail for other programs",
		Long: `Writes the entries of a trail in the order of the claimed times of their batches, from
--from to --to: to standard output, or to --output, which appears when it is complete,
with its SHA-256 in a file .sha256 beside it, for "sha256sum --check".

The formats:

  jsonl  each entry with its place, in canonical JSON (RFC 8785), on a line
  csv    a sheet with a header (RFC 4180)
  ocsf   events of the class Datastore Activity of OCSF 1.3.0, on lines of JSON
  cef    lines of ArcSight's Common Event Format, version 0

At the end the number of entries is told, on standard error when the entries go to
standard output.

With --json, which needs --output:

  {"trail", "entries", "format", "file", "fileDigest"}`,
		Example: `  psbc trail export civil-status --output civil-status.jsonl
  psbc trail export civil-status --format ocsf --from 2025-01-01
  psbc trail export civil-status -o civil-status.cef --json`,
		Args: exactly("TRAIL"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(g, cmd, args[0]) },
	}
	f.window.add(cmd)
	cmd.Flags().StringVarP(&f.output, "output", "o", "", "write to this `FILE`")
	cmd.Flags().StringVar(&f.format, "format", "", enumerate(exportFormats())+" (default: by the name of --output, else jsonl)")
	mustComplete(cmd, "format", cobra.FixedCompletions(exportFormats(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// formatOf returns --format, or what the name of the file tells.
func (f *exportTrailFlags) formatOf() (string, error) {
	format := f.format
	if format == "" {
		format = "jsonl"
		if named := strings.TrimPrefix(strings.ToLower(filepath.Ext(f.output)), "."); slices.Contains(exportFormats(), named) {
			format = named
		}
	}
	if !slices.Contains(exportFormats(), format) {
		return "", exit.Usagef("unknown format %q; one of %s", f.format, enumerate(exportFormats()))
	}
	return format, nil
}

func (f *exportTrailFlags) run(g *globals, cmd *cobra.Command, id string) error {
	format, err := f.formatOf()
	if err != nil {
		return err
	}
	if err := f.window.check(); err != nil {
		return err
	}
	if g.json && f.output == "" {
		return exit.Usagef("with --json standard output is for the result; name an --output for the entries")
	}
	return g.withTrails(cmd, func(ctx context.Context, t *gateway.Trails, names directory) error {
		result := exportTrailResult{Trail: id, Format: format, File: f.output}
		request := trail.EntriesRequest{Trail: id, From: f.window.from.String(), To: f.window.to.String()}
		if f.output == "" {
			if err := exportTrail(ctx, g, t, names, request, cmd.OutOrStdout(), &result); err != nil {
				return err
			}
			writeTrailExported(cmd.ErrOrStderr(), result)
			return nil
		}
		file, err := export.CreateFile(f.output)
		if err != nil {
			return err
		}
		defer file.Abort()
		if err := exportTrail(ctx, g, t, names, request, file, &result); err != nil {
			return err
		}
		sum, err := file.Commit()
		if err != nil {
			return err
		}
		result.FileDigest = "sha2-256:" + sum
		return g.printResult(cmd, result, func(w io.Writer) { writeTrailExported(w, result) })
	})
}

// exportTrail writes the entries to out, and tells their number in result.
func exportTrail(ctx context.Context, g *globals, t *gateway.Trails, names directory, request trail.EntriesRequest, out io.Writer, result *exportTrailResult) error {
	write, flush, err := eventWriter(out, result.Format)
	if err != nil {
		return fmt.Errorf("write the entries: %w", err)
	}
	err = eachEntry(ctx, g, t, request, func(located trail.Located) error {
		if err := write(names.viewLocated(located)); err != nil {
			return fmt.Errorf("write the entries: %w", err)
		}
		result.Entries++
		return nil
	})
	if err != nil {
		return err
	}
	if err := flush(); err != nil {
		return fmt.Errorf("write the entries: %w", err)
	}
	return nil
}

// eventWriter returns what writes an entry in a format, and what ends the writing.
func eventWriter(out io.Writer, format string) (write func(siem.Event) error, flush func() error, err error) {
	line := func(text []byte, err error) error {
		if err != nil {
			return err
		}
		_, err = out.Write(append(text, '\n'))
		return err
	}
	nothing := func() error { return nil }
	switch format {
	case "csv":
		sheet, err := siem.NewSheet(out)
		return sheet.Write, sheet.Flush, err
	case "ocsf":
		return func(e siem.Event) error { return line(siem.OCSF(e)) }, nothing, nil
	case "cef":
		return func(e siem.Event) error {
			text, err := siem.CEF(e)
			return line([]byte(text), err)
		}, nothing, nil
	}
	return func(e siem.Event) error { return line(canonical.Marshal(e)) }, nothing, nil
}

func writeTrailExported(w io.Writer, result exportTrailResult) {
	fmt.Fprintf(w, "%s of %s exported\n", countEntries(result.Entries), result.Trail)
	if result.File != "" {
		fmt.Fprintf(w, "%s is %s\n", printable(result.File), result.FileDigest)
	}
}
