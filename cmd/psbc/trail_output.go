package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/gateway-client/siem"
)

func (d directory) viewLocated(l trail.Located) siem.Event {
	return siem.Event{BodyName: d.name(l.Body), Located: l}
}

// windowFlags bound entries by the claimed time of their batches.
type windowFlags struct{ from, to moment }

func newWindowFlags() windowFlags {
	return windowFlags{moment{date: startOfDay}, moment{date: startOfNextDay}}
}

// startOfNextDay is what a date means as a bound that is not included.
func startOfNextDay(day time.Time) time.Time { return day.AddDate(0, 0, 1) }

func (f *windowFlags) add(cmd *cobra.Command) {
	cmd.Flags().Var(&f.from, "from", "from this claimed time on: RFC 3339, or a date, from its start in UTC")
	cmd.Flags().Var(&f.to, "to", "before this claimed time: RFC 3339, or a date, to its end in UTC")
}

func (f *windowFlags) check() error {
	if f.from.set && f.to.set && !f.from.at.Before(f.to.at) {
		return exit.Usagef("--from %s does not lie before --to %s", f.from.String(), f.to.String())
	}
	return nil
}

// writeEntryHead and writeEntryLine write entries as a table, one on each line.
func writeEntryHead(w io.Writer) {
	fmt.Fprintln(w, "OCCURRED AT\tACTION\tOUTCOME\tACTOR\tSUBJECT\tPURPOSE\tBATCH")
}

func writeEntryLine(w io.Writer, e siem.Event) {
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s/%d\n", seconds(e.Entry.OccurredAt), e.Entry.Action, e.Entry.Outcome,
		briefPseudonym(e.Entry.Actor), dash(briefPseudonym(e.Entry.Subject)), dash(e.Entry.Purpose), e.Source, e.Number)
}

// briefPseudonym shortens a pseudonym for people to tell it from others; JSON has the
// whole.
func briefPseudonym(s string) string {
	key, hash, ok := strings.Cut(s, ":")
	const shown = 12
	if !ok || len(hash) <= shown {
		return s
	}
	return key + ":" + hash[:shown] + "…"
}
