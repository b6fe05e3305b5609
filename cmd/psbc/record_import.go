package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rows"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// importFlags are the flags of `psbc record import`.
type importFlags struct {
	format          formatFlag
	fields          []string
	idColumn        string
	effectiveColumn string
	delimiter       string
	effective       moment
	draft           bool
	dryRun          bool
	report          string
	journal         string
}

func newImportCommand(g *globals) *cobra.Command {
	f := &importFlags{effective: moment{date: startOfDay}}
	cmd := &cobra.Command{
		Use:   "import REGISTER FILE...",
		Short: "Create many records from files",
		Long: `Creates a record from each row of the files, owned by the own body, in transactions of
up to 1000, each all or nothing. FILE is CSV with a header (.csv, .tsv), JSON Lines
(.jsonl, .ndjson) or a JSON array (.json); --format says so of other names and of "-",
standard input. Files of any size are read as they are needed.

In CSV a column is the field of its name, or of the one that --map gives it; --map
"COLUMN=" leaves it out. Cells become what the register's schema says of the field:
a number with a decimal point, true or false, text; a list's elements are parted by
";"; anything deeper is JSON. An empty cell is an absent field. The column "id" is the
record's id, unless the schema has a field of that name.

In JSON a row is an object with the data, and the id among it as in CSV; or
{"id", "effective", "draft", "data"}.

First all rows are judged on this machine: by the register's rules, and for ids and
unique values that occur twice. With a fault nothing is imported; the faults are
listed, and exit code 1. --dry-run ends there in any case. (Standard input is judged as
it is imported.) What only the ledger knows is judged as it is imported: whether ids
and unique values are taken, and whether what a row refers to is there.

An import that was interrupted, or failed half way, is taken up again by the same
command: what was imported is not imported twice. A journal remembers that, in
--journal, or else in the run directory, one for each register, body and list of files.
Rows that were not imported yet may be corrected meanwhile, and rows be added at the
end. A journal is kept: the same command later finds everything done. To import a
file of the same name with other rows, name another --journal.

With --json:

  {"register", "rows", "imported", "resumed", "dryRun", "journal",
   "faults": [{"file", "row", "line", "id", "code", "pointer", "message"}],
   "moreFaults"}

"row" counts from 1 in each file, "resumed" are those of "imported" that earlier runs
had done. At most 1000 faults are listed.`,
		Example: `  psbc record import dwellings dwellings.csv --dry-run
  psbc record import dwellings logements.csv --map "Rue=street" --id-column "Numéro" --report faults.json
  psbc record import dwellings dwellings.jsonl --draft --json
  cat more.jsonl | psbc record import dwellings - --format jsonl --journal more.journal`,
		Args: atLeast("REGISTER", "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(g, cmd, args[0], args[1:]) },
	}
	flags := cmd.Flags()
	flags.Var(&f.format, "format", "format of all files: csv, jsonl or json (default: by their names)")
	flags.StringArrayVar(&f.fields, "map", nil, "the field that a column is, as `COLUMN=FIELD`; \"COLUMN=\" leaves it out; may be repeated")
	flags.StringVar(&f.idColumn, "id-column", "", "`COLUMN` with the id of the record (default: id)")
	flags.StringVar(&f.effectiveColumn, "effective-column", "", "`COLUMN` with the time, or the date, that the record holds from")
	flags.StringVar(&f.delimiter, "delimiter", "", "`CHARACTER` between the columns of CSV, or tab (default: a comma; .tsv: tab)")
	flags.Var(&f.effective, "effective", "records hold from: RFC 3339, or a date, from its start in UTC (default: now)")
	flags.BoolVar(&f.draft, "draft", false, "not in force yet; activate does that")
	flags.BoolVar(&f.dryRun, "dry-run", false, "judge all rows and import nothing")
	flags.StringVar(&f.report, "report", "", "write the faults to this `FILE`: CSV when it is named .csv, else the JSON of --json")
	flags.StringVar(&f.journal, "journal", "", "`FILE` that remembers what was imported (default: one in the run directory)")
	mustComplete(cmd, "format", cobra.FixedCompletions(formatNames(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f *importFlags) run(g *globals, cmd *cobra.Command, register string, paths []string) error {
	options, err := f.options()
	if err != nil {
		return err
	}
	files := &rows.Files{Paths: paths, Stdin: cmd.InOrStdin(), Format: f.format.format, Options: options}
	if err := files.Check(); err != nil {
		return exit.Usagef("%w", err)
	}
	if !files.Repeatable() && f.journal == "" && !f.dryRun {
		return exit.Usagef("an import from standard input needs a --journal, so that it can be taken up again")
	}
	return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
		run, err := f.newRun(ctx, g, r, names, register, files)
		if err != nil {
			return err
		}
		runErr := run.do(ctx, cmd)
		return f.finish(g, cmd, run, runErr)
	})
}

// newRun reads what the import needs to know of the register.
func (f *importFlags) newRun(ctx context.Context, g *globals, r *gateway.Registry, names directory, register string, files *rows.Files) (*importRun, error) {
	versions, err := g.readRegisterHistory(ctx, r, register)
	if err != nil {
		return nil, err
	}
	if len(versions) == 0 {
		return nil, fmt.Errorf("%s has no definition", register)
	}
	present := versions[len(versions)-1]
	if files.Shape, err = rows.NewShape(present.Definition); err != nil {
		return nil, err
	}
	run := &importRun{registry: r, versions: versions, files: files, body: names.own().MSPID, dryRun: f.dryRun}
	run.result.Register, run.result.DryRun, run.result.Faults = register, f.dryRun, []rows.Fault{}
	if !f.dryRun {
		run.result.Journal, err = f.journalPath(g, register, run.body, files.Paths)
	}
	return run, err
}

// options turns the flags into those of reading.
func (f *importFlags) options() (rows.Options, error) {
	o := rows.Options{
		IDColumn: f.idColumn, EffectiveColumn: f.effectiveColumn,
		Effective: f.effective.String(), Draft: f.draft, Fields: map[string]string{},
	}
	for _, pair := range f.fields {
		column, field, ok := strings.Cut(pair, "=")
		if !ok || column == "" {
			return o, exit.Usagef("--map %s is not COLUMN=FIELD", printable(pair))
		}
		if _, twice := o.Fields[column]; twice {
			return o, exit.Usagef("--map names the column %q twice", column)
		}
		o.Fields[column] = field
	}
	switch delimiter, size := utf8.DecodeRuneInString(f.delimiter); {
	case f.delimiter == "tab":
		o.Delimiter = '\t'
	case f.delimiter == "":
	case size != len(f.delimiter) || strings.ContainsRune("\"\r\n\ufffd", delimiter):
		return o, exit.Usagef("--delimiter %q is not one character, or tab", f.delimiter)
	default:
		o.Delimiter = delimiter
	}
	return o, nil
}

// formatFlag is --format of an import.
type formatFlag struct{ format rows.Format }

func (f *formatFlag) String() string { return string(f.format) }
func (f *formatFlag) Type() string   { return "NAME" }

func (f *formatFlag) Set(s string) error {
	if !slices.Contains(rows.Formats(), rows.Format(s)) {
		return exit.Usagef("unknown format; one of %s", enumerate(formatNames()))
	}
	f.format = rows.Format(s)
	return nil
}

func formatNames() []string {
	var names []string
	for _, format := range rows.Formats() {
		names = append(names, string(format))
	}
	return names
}

// refersToItself says whether rows may refer to rows before them, which asks for
// them to be imported in their order.
func refersToItself(r registry.Register) bool {
	return slices.ContainsFunc(r.References, func(reference registry.Reference) bool { return reference.Register == r.ID })
}
