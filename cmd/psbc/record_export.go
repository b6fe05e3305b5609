package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/export"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rows"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// exportResult is what `psbc record export --json` prints.
type exportResult struct {
	Register string      `json:"register"`
	Records  int         `json:"records"`
	Format   rows.Format `json:"format"`
	// Digest is that of the records as JSON Lines, whatever the format: two exports of
	// the same state have the same.
	Digest string `json:"digest"`
	File   string `json:"file,omitempty"`
	// FileDigest is that of the file, which is also in the file beside it.
	FileDigest string `json:"fileDigest,omitempty"`
}

type exportFlags struct {
	output string
	format string
}

func newExportCommand(g *globals) *cobra.Command {
	f := &exportFlags{}
	cmd := &cobra.Command{
		Use:   "export REGISTER",
		Short: "Write all records of a register to a file",
		Long: `Writes all records of a register, in every state, by id: to standard output, or to
--output, which appears when it is complete, with its SHA-256 in a file .sha256 beside
it, for "sha256sum --check". The register is read page by page: a record that is
changed meanwhile is written as it is when its page is read.

JSON Lines hold each record as it is on the ledger, in canonical JSON (RFC 8785), one
on each line. CSV is for people: a column for the id, one for each field of any of the
register's schemas, and then _version, _status, _owner, _effective and _claimedTime.
Elements of a list are parted by ";"; anything deeper is JSON.

At the end the number of records and the SHA-256 of the JSON Lines are told, on
standard error when the records go to standard output. Bodies that export the same
state get the same.

With --json, which needs --output:

  {"register", "records", "format", "digest", "file", "fileDigest"}`,
		Example: `  psbc record export dwellings --output dwellings.jsonl
  psbc record export dwellings -o dwellings.csv --json`,
		Args: exactly("REGISTER"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(g, cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "write to this `FILE`")
	flags.StringVar(&f.format, "format", "", "jsonl or csv (default: by the name of --output, else jsonl)")
	mustComplete(cmd, "format", cobra.FixedCompletions([]string{string(rows.Lines), string(rows.CSV)}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f *exportFlags) run(g *globals, cmd *cobra.Command, register string) error {
	format, err := f.formatOf()
	if err != nil {
		return err
	}
	if g.json && f.output == "" {
		return exit.Usagef("with --json standard output is for the result; name an --output for the records")
	}
	return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, _ directory) error {
		result := exportResult{Register: register, Format: format, File: f.output}
		if f.output == "" {
			if err := exportTo(ctx, g, r, cmd.OutOrStdout(), &result); err != nil {
				return err
			}
			writeExported(cmd.ErrOrStderr(), result)
			return nil
		}
		file, err := export.CreateFile(f.output)
		if err != nil {
			return err
		}
		defer file.Abort()
		if err := exportTo(ctx, g, r, file, &result); err != nil {
			return err
		}
		sum, err := file.Commit()
		if err != nil {
			return err
		}
		result.FileDigest = "sha2-256:" + sum
		return g.printResult(cmd, result, func(w io.Writer) { writeExported(w, result) })
	})
}

// formatOf returns --format, or what the name of the file tells.
func (f *exportFlags) formatOf() (rows.Format, error) {
	format := rows.Format(f.format)
	if format == "" {
		format = rows.Lines
		if named, ok := rows.FormatOf(f.output); ok && named == rows.CSV {
			format = named
		}
	}
	if format != rows.Lines && format != rows.CSV {
		return "", exit.Usagef("unknown format %q; one of jsonl, csv", f.format)
	}
	return format, nil
}

// recordWriter writes a record, given also the line that its canonical JSON makes.
type recordWriter interface {
	write(record registry.Record, line []byte) error
	flush() error
}

// exportTo writes the records to out, and tells their number and digest in result.
func exportTo(ctx context.Context, g *globals, r *gateway.Registry, out io.Writer, result *exportResult) error {
	versions, err := g.readRegisterHistory(ctx, r, result.Register)
	if err != nil {
		return err
	}
	var writer recordWriter = &lineWriter{out: out}
	if result.Format == rows.CSV {
		if writer, err = newSheetWriter(out, versions); err != nil {
			return err
		}
	}
	sum := sha256.New()
	for bookmark, more := "", true; more; more = bookmark != "" {
		page, err := listPageOfRecords(ctx, g, r, registry.ListRequest{Register: result.Register, PageSize: registry.MaxPageSize, Bookmark: bookmark})
		if err != nil {
			return err
		}
		if err := writePage(writer, sum, page.Items); err != nil {
			return fmt.Errorf("write the records: %w", err)
		}
		result.Records += len(page.Items)
		bookmark = page.Bookmark
	}
	if err := writer.flush(); err != nil {
		return fmt.Errorf("write the records: %w", err)
	}
	result.Digest = "sha2-256:" + hex.EncodeToString(sum.Sum(nil))
	return nil
}

func listPageOfRecords(ctx context.Context, g *globals, r *gateway.Registry, request registry.ListRequest) (*registry.Page, error) {
	ctx, cancel := g.bound(ctx)
	defer cancel()
	return r.List(ctx, request)
}

func writePage(writer recordWriter, sum hash.Hash, records []registry.Record) error {
	for _, record := range records {
		encoded, err := record.Encode()
		if err != nil {
			return err
		}
		encoded = append(encoded, '\n')
		sum.Write(encoded)
		if err := writer.write(record, encoded); err != nil {
			return err
		}
	}
	return nil
}

// lineWriter writes JSON Lines.
type lineWriter struct{ out io.Writer }

func (w *lineWriter) write(_ registry.Record, line []byte) error {
	_, err := w.out.Write(line)
	return err
}

func (w *lineWriter) flush() error { return nil }

// sheetWriter writes CSV.
type sheetWriter struct{ sheet *export.Sheet }

// newSheetWriter makes a column for every field that any schema of the register had.
func newSheetWriter(out io.Writer, versions []registry.Register) (*sheetWriter, error) {
	fields := map[string]bool{}
	open := false
	for _, version := range versions {
		shape, err := rows.NewShape(version.Definition)
		if err != nil {
			return nil, err
		}
		for _, field := range shape.Fields() {
			fields[field] = true
		}
		open = open || !shape.Closed()
	}
	sheet, err := export.NewSheet(out, slices.Sorted(maps.Keys(fields)), open)
	return &sheetWriter{sheet}, err
}

func (w *sheetWriter) write(record registry.Record, _ []byte) error { return w.sheet.Write(record) }
func (w *sheetWriter) flush() error                                 { return w.sheet.Flush() }

func writeExported(w io.Writer, result exportResult) {
	fmt.Fprintf(w, "%s of %s exported, as JSON Lines %s\n", count(result.Records, "record"), result.Register, result.Digest)
	if result.File != "" {
		fmt.Fprintf(w, "%s is %s\n", printable(result.File), result.FileDigest)
	}
}
