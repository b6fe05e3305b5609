package main

import (
	"context"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/definition"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// trailDefinitionHelp is what the help of the defining verbs says of FILE.
const trailDefinitionHelp = `FILE is YAML or JSON, "-" for standard input:

  id: civil-status
  titles: {fr: État civil, en: Civil status}   # de, en, fr, lb; at least one
  records: accesses to civil status records    # in words
  legalBasis: http://data.legilux.public.lu/eli/…
  retention: access-5y                         # code of the rule
  retentionDays: 1826                          # how long that is
  actions: [certify]                           # of its own, beside the common ones
  readers: [CourDesComptes]                    # beside its own body; none: all bodies

The common actions are read, search, create, amend, delete, export, disclose, login,
logout, decide, grant and revoke. Bodies are named by name or by MSP ID.`

// trailFlags define a trail without a file.
type trailFlags struct {
	id, records, legalBasis, retention string
	titles, actions, readers           []string
	days                               int
}

func (f *trailFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.id, "id", "", "`ID` of the trail, instead of FILE")
	flags.StringArrayVar(&f.titles, "title", nil, "with --id: a title, as `LANGUAGE=TEXT`; may be repeated")
	flags.StringVar(&f.records, "records", "", "with --id: what it records, in `WORDS`")
	flags.StringVar(&f.legalBasis, "legal-basis", "", "with --id: an ELI URI or a `CODE`")
	flags.StringVar(&f.retention, "retention", "", "with --id: `CODE` of the rule how long entries are kept")
	flags.IntVar(&f.days, "retention-days", 0, "with --id: how many `DAYS` that is")
	flags.StringSliceVar(&f.actions, "action", nil, "with --id: `CODE` of an action of its own; may be repeated")
	flags.StringSliceVar(&f.readers, "reader", nil, "with --id: a `BODY` that may read; may be repeated (default: all)")
}

// definition returns what the flags say.
func (f *trailFlags) definition() (trail.Definition, error) {
	d := trail.Definition{
		ID: f.id, Records: f.records, LegalBasis: f.legalBasis, Retention: f.retention, RetentionDays: f.days,
		Actions: f.actions, Readers: f.readers,
	}
	languages := map[string]*string{"de": &d.Titles.De, "en": &d.Titles.En, "fr": &d.Titles.Fr, "lb": &d.Titles.Lb}
	for _, title := range f.titles {
		language, text, ok := strings.Cut(title, "=")
		if !ok || languages[language] == nil {
			return d, exit.Usagef("--title %s is not LANGUAGE=TEXT, with one of de, en, fr, lb", printable(title))
		}
		*languages[language] = text
	}
	return d, nil
}

// load returns the definition in FILE, or that of the flags.
func (f *trailFlags) load(cmd *cobra.Command, args []string, names directory) (trail.Definition, error) {
	if len(args) > 0 {
		return loadTrailDefinition(cmd, args[0], names)
	}
	d, err := f.definition()
	if err == nil {
		err = definition.TrailBodies(&d, names.mspID)
	}
	if err != nil {
		return d, exit.Usagef("%w", err)
	}
	return d, nil
}

// loadTrailDefinition reads the file that defines a trail, "-" for standard input, and
// turns the names of bodies in it into MSP IDs.
func loadTrailDefinition(cmd *cobra.Command, path string, names directory) (trail.Definition, error) {
	read := func() (trail.Definition, error) { return definition.LoadTrail(path) }
	if path == "-" {
		read = func() (trail.Definition, error) { return definition.ReadTrail(cmd.InOrStdin()) }
	}
	d, err := read()
	if err == nil {
		err = definition.TrailBodies(&d, names.mspID)
	}
	if err != nil {
		return d, exit.Usagef("definition %s: %w", printable(filepath.ToSlash(path)), err)
	}
	return d, nil
}

func newCreateTrailCommand(g *globals) *cobra.Command {
	var (
		f         trailFlags
		requestID string
	)
	cmd := &cobra.Command{
		Use:   "create (FILE | --id ID ...)",
		Short: "Define a trail",
		Long: `Defines an audit trail of the own body, from FILE or from the flags.

` + trailDefinitionHelp + `

With --json: TRAIL.`,
		Example: `  psbc trail create civil-status.yaml
  psbc trail create --id land-register --title fr=Cadastre --records extracts --legal-basis sample.law.land --retention access-5y --retention-days 1826 --action certify --reader CourDesComptes`,
		Args: between(0, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 && f.id == "":
				return argError(cmd, exit.Usagef("FILE is missing, and so is --id"))
			case len(args) > 0 && f.id != "":
				return exit.Usagef("FILE and --id are both given; one of them is enough")
			}
			return g.withTrails(cmd, func(ctx context.Context, t *gateway.Trails, names directory) error {
				d, err := f.load(cmd, args, names)
				if err != nil {
					return err
				}
				ctx, cancel := g.bound(ctx)
				defer cancel()
				defined, err := t.Define(ctx, trail.DefineRequest{RequestID: requestID, Definition: d})
				if err != nil {
					return err
				}
				return g.printTrail(cmd, names, defined)
			})
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&requestID, "request-id", "", "repeat the request with this `ID` after an unknown outcome")
	mustComplete(cmd, "reader", g.completeBodies)
	return cmd
}

func newAmendTrailCommand(g *globals) *cobra.Command {
	var change changeFlags
	cmd := &cobra.Command{
		Use:   "amend FILE",
		Short: "Change the definition of the body's own trail",
		Long: `Replaces the definition of a trail of the own body by that in FILE. Entries stay as they
are. Who may read them goes by the new definition. Actions may be added, not dropped,
and a shorter retention is for what is appended from then on.

` + trailDefinitionHelp + `

With --json: TRAIL.`,
		Example: `  psbc trail amend civil-status-2.yaml`,
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := change.check(); err != nil {
				return err
			}
			return g.withTrails(cmd, func(ctx context.Context, t *gateway.Trails, names directory) error {
				d, err := loadTrailDefinition(cmd, args[0], names)
				if err != nil {
					return err
				}
				if d.ID == "" {
					return exit.Usagef("definition %s: the id is missing", printable(args[0]))
				}
				base, err := change.baseFrom(func() (int, error) {
					existing, err := g.readTrail(ctx, t, d.ID)
					if err != nil {
						return 0, err
					}
					return existing.Version, nil
				})
				if err != nil {
					return err
				}
				ctx, cancel := g.bound(ctx)
				defer cancel()
				amended, err := t.Amend(ctx, trail.AmendRequest{RequestID: change.requestID, Base: base, Definition: d})
				if err != nil {
					return repeatable(err, base)
				}
				return g.printTrail(cmd, names, amended)
			})
		},
	}
	change.add(cmd, "definition")
	return cmd
}

func (g *globals) printTrail(cmd *cobra.Command, names directory, t *trail.Trail) error {
	view := names.viewTrail(*t)
	return g.printResult(cmd, view, func(w io.Writer) { writeTrail(w, names, view) })
}
