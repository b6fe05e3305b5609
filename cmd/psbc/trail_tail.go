package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/siem"
)

const (
	// followEvery is how often new entries are looked for.
	followEvery = time.Second
	// followBack is how far before the newest claimed time they are looked for: the
	// clocks of the systems that append differ.
	followBack = 30 * time.Second
)

type tailFlags struct {
	lines  int
	follow bool
	limit  int
}

func newTailCommand(g *globals) *cobra.Command {
	f := &tailFlags{}
	cmd := &cobra.Command{
		Use:   "tail TRAIL",
		Short: "Read the newest entries of a trail, and follow it",
		Long: `Reads the newest entries of a trail by the claimed times of their batches, the newest
last. With --follow it waits for more, until it is interrupted, which is its regular end.

Following is for watching: a batch whose claimed time lies more than 30 seconds before
that of the newest one seen is not shown. What must not miss anything reads with
"psbc trail query" or "psbc trail export" by time, and looks at "psbc trail gaps".

With --json each entry is a line with an ENTRY.`,
		Example: `  psbc trail tail civil-status -n 20
  psbc trail tail civil-status --follow --limit 3`,
		Args: exactly("TRAIL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.lines < 0 || f.limit < 0 {
				return exit.Usagef("--lines and --limit count from 0")
			}
			return g.withTrails(cmd, func(ctx context.Context, t *gateway.Trails, names directory) error {
				return f.run(ctx, g, cmd, t, names, args[0])
			})
		},
	}
	flags := cmd.Flags()
	flags.IntVarP(&f.lines, "lines", "n", 10, "this `NUMBER` of the newest entries")
	flags.BoolVarP(&f.follow, "follow", "f", false, "wait for more")
	flags.IntVar(&f.limit, "limit", 0, "end after this `NUMBER` of entries in all (default: never)")
	return cmd
}

func (f *tailFlags) run(ctx context.Context, g *globals, cmd *cobra.Command, t *gateway.Trails, names directory, id string) error {
	// One entry at least tells where to follow from.
	entries, follower, err := lastEntries(ctx, g, t, id, max(1, f.lines))
	if err != nil {
		return err
	}
	printer := &tailPrinter{out: cmd.OutOrStdout(), json: g.json, names: names, limit: f.limit}
	for _, e := range entries[max(0, len(entries)-f.lines):] {
		if done, err := printer.print(e); done || err != nil {
			return err
		}
	}
	for f.follow {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(followEvery):
		}
		done := false
		err = eachEntry(ctx, g, t, follower.request(id), func(e trail.Located) error {
			if done || !follower.isNew(e) {
				return nil
			}
			var err error
			done, err = printer.print(e)
			return err
		})
		if done || ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		follower.next()
	}
	return nil
}

// lastEntries returns the newest entries of a trail, and a follower that has seen all
// that there are. It looks back further and further, since a trail can only be read
// forwards.
func lastEntries(ctx context.Context, g *globals, t *gateway.Trails, id string, most int) (entries []trail.Located, seen *follower, err error) {
	const longest = 366 * 24 * time.Hour
	for window := time.Minute; ; window *= 8 {
		entries = entries[:0]
		request := trail.EntriesRequest{Trail: id}
		if window < longest {
			if request.From, err = canonical.FormatTime(time.Now().Add(-window)); err != nil {
				return nil, nil, err
			}
		}
		seen = newFollower(request.From)
		err = eachEntry(ctx, g, t, request, func(e trail.Located) error {
			seen.see(e)
			if entries = append(entries, e); len(entries) > 2*most {
				entries = append(entries[:0], entries[len(entries)-most:]...)
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		if len(entries) >= most || window >= longest {
			seen.next()
			return entries[max(0, len(entries)-most):], seen, nil
		}
	}
}

// follower tells new entries from those that were seen. A batch is written as a whole,
// so it is batches that it remembers, no longer than they are looked for.
type follower struct {
	since   string            // nothing before this claimed time was looked at; empty: all was
	newest  string            // claimed time
	batches map[string]string // claimed time by name
	pass    map[string]bool   // new in this round
}

func newFollower(since string) *follower {
	return &follower{since: since, batches: map[string]string{}, pass: map[string]bool{}}
}

func batchOf(e trail.Located) string { return fmt.Sprintf("%s/%d", e.Source, e.Number) }

// see remembers an entry that is not new.
func (f *follower) see(e trail.Located) {
	f.batches[batchOf(e)] = e.ClaimedTime
	f.newest = max(f.newest, e.ClaimedTime)
}

// isNew says whether the batch of an entry was not there in the rounds before.
func (f *follower) isNew(e trail.Located) bool {
	name := batchOf(e)
	if _, seen := f.batches[name]; seen && !f.pass[name] {
		return false
	}
	f.pass[name] = true
	f.see(e)
	return true
}

// next begins a round, and forgets batches that are not looked for any more.
func (f *follower) next() {
	clear(f.pass)
	from := f.from()
	for name, claimed := range f.batches {
		if claimed < from {
			delete(f.batches, name)
		}
	}
}

// from is the claimed time from which on new entries are looked for.
func (f *follower) from() string {
	newest, err := time.Parse(time.RFC3339Nano, f.newest)
	if err != nil {
		return f.since // nothing was appended yet
	}
	from, err := canonical.FormatTime(newest.Add(-followBack))
	if err != nil {
		return f.since
	}
	return max(f.since, from)
}

func (f *follower) request(id string) trail.EntriesRequest {
	return trail.EntriesRequest{Trail: id, From: f.from()}
}

// tailPrinter writes entries as they come, in columns of a fixed width.
type tailPrinter struct {
	out   io.Writer
	json  bool
	names directory
	limit int
	done  int
}

// print writes one entry, and says whether it was the last that is wanted.
func (p *tailPrinter) print(located trail.Located) (last bool, err error) {
	e := p.names.viewLocated(located)
	if p.json {
		var text []byte
		if text, err = json.Marshal(e); err == nil {
			_, err = fmt.Fprintln(p.out, string(text))
		}
	} else {
		err = writeTailLine(p.out, e)
	}
	if err != nil {
		return false, fmt.Errorf("write the entry: %w", err)
	}
	p.done++
	return p.done == p.limit, nil
}

func writeTailLine(w io.Writer, e siem.Event) error {
	_, err := fmt.Fprintf(w, "%-20s  %-10s  %-7s  %-16s  %-16s  %s/%d  %s\n", seconds(e.Entry.OccurredAt), e.Entry.Action, e.Entry.Outcome,
		briefPseudonym(e.Entry.Actor), dash(briefPseudonym(e.Entry.Subject)), e.Source, e.Number, e.Entry.Purpose)
	return err
}
