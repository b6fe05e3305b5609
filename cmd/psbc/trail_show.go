package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/trail"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// trailView is a trail with its body's name. In JSON the fields of the trail stand
// beside bodyName.
type trailView struct {
	BodyName string `json:"bodyName"`
	trail.Trail
}

func (d directory) viewTrail(t trail.Trail) trailView {
	return trailView{BodyName: d.name(t.Body), Trail: t}
}

func newShowTrailCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "show TRAIL",
		Short: "Show the definition of a trail",
		Long: `Shows the definition of a trail. Exit code 3 when there is no such trail.

With --json: TRAIL.`,
		Example: `  psbc trail show civil-status`,
		Args:    exactly("TRAIL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.withTrails(cmd, func(ctx context.Context, t *gateway.Trails, names directory) error {
				found, err := g.readTrail(ctx, t, args[0])
				if err != nil {
					return noWhenMissing(err)
				}
				return g.printTrail(cmd, names, found)
			})
		},
	}
}

// writeTrail writes a definition as aligned lines of name and value.
func writeTrail(w io.Writer, names directory, t trailView) {
	line := liner(w)
	line("Trail", t.ID)
	for _, title := range []struct{ language, text string }{{"fr", t.Titles.Fr}, {"de", t.Titles.De}, {"lb", t.Titles.Lb}, {"en", t.Titles.En}} {
		if title.text != "" {
			line("Title ("+title.language+")", title.text)
		}
	}
	line("Body", t.BodyName)
	line("Version", fmt.Sprint(t.Version))
	line("Records", t.Records)
	line("Legal basis", t.LegalBasis)
	line("Retention", fmt.Sprintf("%s, %s", t.Retention, count(t.RetentionDays, "day")))
	line("Own actions", enumerate(t.Actions))
	if readers := names.all(t.Readers); readers != "" {
		line("Readers", readers)
	} else {
		line("Readers", "all bodies")
	}
	line("Claimed time", seconds(t.ClaimedTime))
	line("Transaction", t.TxID)
	line("Request", t.RequestID)
}

// trailTitle returns a trail's title for people.
func trailTitle(t trail.Titles) string {
	for _, title := range []string{t.Fr, t.De, t.Lb, t.En} {
		if title != "" {
			return title
		}
	}
	return ""
}

// trailsResult is what `psbc trail list --json` prints.
type trailsResult struct {
	Trails []trailView `json:"trails"`
	// Next is what --page takes to go on; absent at the end.
	Next string `json:"next,omitempty"`
}

func newListTrailsCommand(g *globals) *cobra.Command {
	var (
		page     pageFlags
		bodyName string
	)
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the trails of the network",
		Long: `Lists the trails that any body has defined, or those of --body, by id, up to --limit.
When there are more, the output ends with the token with which --page goes on.

With --json:

  {"trails": [TRAIL], "next": TOKEN}`,
		Example: `  psbc trail list
  psbc trail list --body CTIE --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := page.check(); err != nil {
				return err
			}
			return g.withTrails(cmd, func(ctx context.Context, t *gateway.Trails, names directory) error {
				request := trail.TrailsRequest{}
				if bodyName != "" {
					body, err := names.find("body", bodyName)
					if err != nil {
						return err
					}
					request.Body = body.MSPID
				}
				result := trailsResult{Trails: []trailView{}}
				var err error
				result.Next, err = page.read(ctx, g, func(ctx context.Context, size int, bookmark string) (int, string, error) {
					request.PageSize, request.Bookmark = size, bookmark
					found, err := t.List(ctx, request)
					if err != nil {
						return 0, "", err
					}
					for _, item := range found.Items {
						result.Trails = append(result.Trails, names.viewTrail(item))
					}
					return len(found.Items), found.Bookmark, nil
				})
				if err != nil {
					return err
				}
				return g.printResult(cmd, result, func(w io.Writer) { writeTrails(w, result) })
			})
		},
	}
	page.add(cmd, "trails")
	cmd.Flags().StringVar(&bodyName, "body", "", "only those of this `BODY`")
	mustComplete(cmd, "body", g.completeBodies)
	return cmd
}

func writeTrails(w io.Writer, result trailsResult) {
	if len(result.Trails) == 0 {
		fmt.Fprintln(w, "no trails are defined")
	} else {
		fmt.Fprintln(w, "TRAIL\tBODY\tVERSION\tRETENTION\tTITLE")
	}
	for _, t := range result.Trails {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", t.ID, t.BodyName, t.Version, count(t.RetentionDays, "day"), printable(trailTitle(t.Titles)))
	}
	writeNext(w, result.Next)
}
