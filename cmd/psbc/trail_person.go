package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/siem"
)

// person is what differs between reports on a person concerned and on one who acts.
type person struct {
	name       string
	short      string
	intro      string
	heading    string
	entries    func(*gateway.Trails, context.Context, trail.PersonRequest) (*trail.EntryPage, error)
	pseudonyms func(*gateway.PseudonymKeys, string) []string
	example    string
}

func subjectPerson() person {
	return person{
		name: "subject", short: "Report who used a person's data, and what for",
		intro:      "Reports every act that concerns a person, across all trails that the own body may read:\nwhat the person may ask for under Article 15 of the GDPR.",
		heading:    "Who used the data of",
		entries:    (*gateway.Trails).BySubject,
		pseudonyms: (*gateway.PseudonymKeys).AllSubjects,
		example: `  psbc trail subject --id-file identifier.txt --pseudonyms people.keys
  psbc trail subject --id-file identifier.txt --pseudonyms people.keys --csv
  psbc trail subject --id-file identifier.txt --pseudonyms people.keys --format usage`,
	}
}

func actorPerson() person {
	return person{
		name: "actor", short: "Report what a person did",
		intro:      "Reports every act of a person, across all trails that the own body may read.",
		heading:    "The acts of",
		entries:    (*gateway.Trails).ByActor,
		pseudonyms: (*gateway.PseudonymKeys).AllActors,
		example:    `  psbc trail actor --id-file clerk.txt --pseudonyms people.keys --json`,
	}
}

// personResult is what `psbc trail subject --json` prints.
type personResult struct {
	Kind       string       `json:"kind"`
	Pseudonyms []string     `json:"pseudonyms"`
	Trails     []trailView  `json:"trails"`  // that the entries are in
	Entries    []siem.Event `json:"entries"` // the latest first
}

type personFlags struct {
	person     person
	idFile     string
	pseudonyms string
	trail      string
	window     windowFlags
	csv        bool
	format     string
}

func newPersonCommand(g *globals, p person) *cobra.Command {
	f := &personFlags{person: p, window: newWindowFlags()}
	cmd := &cobra.Command{
		Use:   p.name + " (PSEUDONYM | --id-file FILE --pseudonyms FILE)",
		Short: p.short,
		Long: p.intro + `

The person is named by a pseudonym, or by the identifier in --id-file ("-" for standard
input), of which --pseudonyms makes the pseudonyms under every key that the body holds:
what was recorded before keys were rotated is found too. Pseudonyms of other bodies are
made with other keys: each body reports its own. Entries that are sealed, or that were
removed, are not among those found. Exit code 3 when there are none.

The report is for people to read. --csv writes a sheet, and --format usage the answer
of findUsage of Estonia's Data Tracker, version 2.0.0: {"totalUsages", "usages":
[{"logtime", "action", "receiverCode", "receiverName", "receiverSystem"}]}, where
codes are MSP IDs.

With --json, the latest entries first:

  {"kind", "pseudonyms", "trails": [TRAIL], "entries": [ENTRY]}`,
		Example: p.example,
		Args:    between(0, "PSEUDONYM"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(g, args); err != nil {
				return err
			}
			pseudonyms, err := f.named(cmd, args)
			if err != nil {
				return err
			}
			return g.withTrails(cmd, func(ctx context.Context, t *gateway.Trails, names directory) error {
				result, err := f.collect(ctx, g, t, names, pseudonyms)
				if err != nil {
					return err
				}
				if err := f.print(g, cmd, result); err != nil {
					return err
				}
				if len(result.Entries) == 0 {
					return exit.ErrNo
				}
				return nil
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.idFile, "id-file", "", "`FILE` with the identifier of the person, instead of PSEUDONYM")
	flags.StringVar(&f.pseudonyms, "pseudonyms", "", "with --id-file: `FILE` with the keys")
	flags.StringVar(&f.trail, "trail", "", "only in this `TRAIL`")
	f.window.add(cmd)
	flags.BoolVar(&f.csv, "csv", false, "as a sheet; short for --format csv")
	flags.StringVar(&f.format, "format", "", "csv or usage (default: a report to read)")
	mustComplete(cmd, "format", cobra.FixedCompletions([]string{"csv", "usage"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f *personFlags) check(g *globals, args []string) error {
	if f.csv {
		if f.format != "" && f.format != "csv" {
			return exit.Usagef("--csv and --format %s are both given; one of them is enough", printable(f.format))
		}
		f.format = "csv"
	}
	switch {
	case len(args) > 0 && f.idFile != "":
		return exit.Usagef("PSEUDONYM and --id-file are both given; one of them is enough")
	case len(args) == 0 && f.idFile == "":
		return exit.Usagef("say who: PSEUDONYM, or --id-file and --pseudonyms")
	case (f.idFile != "") != (f.pseudonyms != ""):
		return exit.Usagef("--id-file and --pseudonyms are given together, or not at all")
	case f.trail == "" && (f.window.from.set || f.window.to.set):
		return exit.Usagef("--from and --to need --trail")
	case f.format != "" && f.format != "csv" && f.format != "usage":
		return exit.Usagef("unknown format %q; one of csv, usage", f.format)
	case f.format != "" && g.json:
		return exit.Usagef("--json and a format are both given; one of them is enough")
	}
	return f.window.check()
}

// named returns the pseudonyms that stand for the person.
func (f *personFlags) named(cmd *cobra.Command, args []string) ([]string, error) {
	if len(args) > 0 {
		if err := trail.Pseudonym("PSEUDONYM", args[0]); err != nil {
			return nil, explain(refused(f.person.name, err))
		}
		return args, nil
	}
	keys, err := loadPseudonyms(f.pseudonyms)
	if err != nil {
		return nil, err
	}
	identifier, err := readIdentifier(cmd, f.idFile)
	if err != nil {
		return nil, err
	}
	return f.person.pseudonyms(keys, identifier), nil
}

// collect reads all that concerns the person, and the trails that it is in.
func (f *personFlags) collect(ctx context.Context, g *globals, t *gateway.Trails, names directory, pseudonyms []string) (personResult, error) {
	result := personResult{Kind: f.person.name, Pseudonyms: pseudonyms, Trails: []trailView{}, Entries: []siem.Event{}}
	all := pageFlags{limit: int(^uint(0) >> 1)}
	for _, pseudonym := range pseudonyms {
		request := trail.PersonRequest{Pseudonym: pseudonym, Trail: f.trail, From: f.window.from.String(), To: f.window.to.String()}
		_, err := all.read(ctx, g, func(ctx context.Context, size int, bookmark string) (int, string, error) {
			request.PageSize, request.Bookmark = size, bookmark
			page, err := f.person.entries(t, ctx, request)
			if err != nil {
				return 0, "", err
			}
			for _, located := range page.Items {
				result.Entries = append(result.Entries, names.viewLocated(located))
			}
			return len(page.Items), page.Bookmark, nil
		})
		if err != nil {
			return result, err
		}
	}
	siem.LatestFirst(result.Entries)
	for _, e := range result.Entries {
		if slices.ContainsFunc(result.Trails, func(known trailView) bool { return known.ID == e.Trail }) {
			continue
		}
		found, err := g.readTrail(ctx, t, e.Trail)
		if err != nil {
			return result, err
		}
		result.Trails = append(result.Trails, names.viewTrail(*found))
	}
	return result, nil
}

func (f *personFlags) print(g *globals, cmd *cobra.Command, result personResult) error {
	out := cmd.OutOrStdout()
	switch f.format {
	case "csv":
		sheet, err := siem.NewSheet(out)
		if err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
		for _, e := range result.Entries {
			if err := sheet.Write(e); err != nil {
				return fmt.Errorf("write the result: %w", err)
			}
		}
		return sheet.Flush()
	case "usage":
		return writeJSON(out, siem.UsageOf(result.Entries, result.title))
	}
	return g.printResult(cmd, result, func(w io.Writer) { f.write(w, result) })
}

// title returns the title of a trail that the result knows.
func (r personResult) title(id string) string {
	for _, t := range r.Trails {
		if t.ID == id {
			return trailTitle(t.Titles)
		}
	}
	return id
}

// write writes the report: what each trail is, and then what it has to say.
func (f *personFlags) write(w io.Writer, result personResult) {
	fmt.Fprintf(w, "%s %s\n", f.person.heading, strings.Join(result.Pseudonyms, ", "))
	if len(result.Entries) == 0 {
		fmt.Fprintln(w, "no entries")
		return
	}
	for _, t := range result.Trails {
		var entries []siem.Event
		for _, e := range result.Entries {
			if e.Trail == t.ID {
				entries = append(entries, e)
			}
		}
		fmt.Fprintln(w)
		fmt.Fprintf(w, "%s (%s) of %s: %s\n", printable(trailTitle(t.Titles)), t.ID, t.BodyName, countEntries(len(entries)))
		fmt.Fprintf(w, "It records %s, by %s.\n", printable(t.Records), printable(t.LegalBasis))
		fmt.Fprintln(w, "WHEN\tWHAT\tFOR\tBY LAW\tHOW IT ENDED\tWHO\tCONCERNING")
		for _, e := range entries {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", seconds(e.Entry.OccurredAt), e.Entry.Action, dash(e.Entry.Purpose),
				dash(e.Entry.Basis), e.Entry.Outcome, briefPseudonym(e.Entry.Actor), dash(briefPseudonym(e.Entry.Subject)))
		}
	}
}
