package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rehearsal"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rows"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// maxFaults bounds how many faults one import lists.
const maxFaults = 1000

// importResult is what `psbc record import --json` prints.
type importResult struct {
	Register   string       `json:"register"`
	Rows       int          `json:"rows"`     // that were read
	Imported   int          `json:"imported"` // that are on the ledger, those of earlier runs included
	Resumed    int          `json:"resumed"`  // of them, by earlier runs
	DryRun     bool         `json:"dryRun"`
	Journal    string       `json:"journal,omitempty"`
	Faults     []rows.Fault `json:"faults"`
	MoreFaults int          `json:"moreFaults,omitempty"`
}

// importRun is one import, or its rehearsal.
type importRun struct {
	registry *gateway.Registry
	versions []registry.Register // of the register, oldest first
	files    *rows.Files
	body     string
	dryRun   bool
	result   importResult
	starts   []fileStart
}

// fileStart is the place of a file among all rows.
type fileStart struct {
	name  string
	first int // row, from 0
}

// errFaults ends a run whose rows are wrong, as its result says.
var errFaults = errors.New("rows are wrong")

// do judges all rows first, where they can be read twice, and then imports them.
func (run *importRun) do(ctx context.Context, cmd *cobra.Command) error {
	now, err := canonical.FormatTime(time.Now())
	if err != nil {
		return err
	}
	judge, err := rehearsal.New(run.versions, run.body, now)
	if err != nil {
		return err
	}
	if run.dryRun || run.files.Repeatable() {
		for _, err := range run.judged(ctx, judge) {
			if err != nil && !errors.Is(err, errFaults) {
				return err
			}
		}
		if len(run.result.Faults) > 0 {
			return errFaults
		}
		if run.dryRun || run.result.Rows == 0 {
			return nil
		}
		judge = nil
	}
	return run.send(ctx, cmd, judge)
}

// judged reads the rows, counts them, and keeps what is wrong with them. A row with
// a fault is yielded as errFaults; any other error is yielded last. Without a judge
// only reading can fail.
func (run *importRun) judged(ctx context.Context, judge *rehearsal.Rehearsal) iter.Seq2[registry.Item, error] {
	return func(yield func(registry.Item, error) bool) {
		run.result.Rows, run.starts = 0, nil
		for row, err := range run.files.Rows(ctx) {
			faults, err := run.judge(judge, row, err)
			if err == nil && len(faults) > 0 {
				run.addFaults(faults)
				err = errFaults
			}
			if !yield(row.Item, err) {
				return
			}
		}
	}
}

func (run *importRun) judge(judge *rehearsal.Rehearsal, row rows.Row, err error) ([]rows.Fault, error) {
	unreadable, isFault := errors.AsType[*rows.Fault](err)
	if err != nil && !isFault {
		return nil, err
	}
	if n := len(run.starts); n == 0 || run.starts[n-1].name != row.File || row.Number == 1 {
		run.starts = append(run.starts, fileStart{row.File, run.result.Rows})
	}
	run.result.Rows++
	if isFault {
		return []rows.Fault{*unreadable}, nil
	}
	if judge == nil {
		return nil, nil
	}
	faults, err := judge.Judge(row)
	if err != nil {
		err = refused("import", err)
	}
	return faults, err
}

func (run *importRun) addFaults(faults []rows.Fault) {
	fit := min(len(faults), maxFaults-len(run.result.Faults))
	run.result.Faults = append(run.result.Faults, faults[:fit]...)
	run.result.MoreFaults += len(faults) - fit
}

// send imports the rows. With a judge they are judged on the way.
func (run *importRun) send(ctx context.Context, cmd *cobra.Command, judge *rehearsal.Rehearsal) error {
	bar := newProgress(cmd.ErrOrStderr(), run.result.Rows, "importing")
	defer bar.close()
	options := gateway.ImportOptions{
		Register: run.result.Register,
		Journal:  run.result.Journal,
		Progress: func(p gateway.ImportProgress) { bar.add(p.BatchRows) },
	}
	if refersToItself(run.versions[len(run.versions)-1]) {
		options.InFlight = 1
	}
	summary, err := run.registry.ImportStream(ctx, options, run.judged(ctx, judge))
	run.result.Imported, run.result.Resumed = summary.Rows, summary.ResumedRows
	if len(run.result.Faults) > 0 {
		return errFaults
	}
	if failed, ok := errors.AsType[*gateway.ImportError](err); ok && failed.Report != nil && len(failed.Report.Faults) > 0 {
		for _, f := range failed.Report.Faults {
			run.addFaults([]rows.Fault{run.located(f)})
		}
		return errFaults
	}
	return err
}

// located tells the file of a row that the ledger refused, which counts from the first
// row of all files.
func (run *importRun) located(f registry.RowFault) rows.Fault {
	row := rows.Row{Number: f.Row + 1, Item: registry.Item{ID: f.ID}}
	for _, start := range run.starts {
		if start.first <= f.Row {
			row.File, row.Number = start.name, f.Row-start.first+1
		}
	}
	return rows.FaultOf(row, f)
}

// journalPath returns --journal, or the journal in the run directory that belongs to
// the register, the body and the files.
func (f *importFlags) journalPath(g *globals, register, body string, paths []string) (string, error) {
	if f.journal != "" {
		return f.journal, nil
	}
	dir, err := g.runDir()
	if err != nil {
		return "", exit.WithRemedy(err, "name a --journal, or a run directory with --run-dir")
	}
	sum := sha256.New()
	for _, path := range paths {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return "", fmt.Errorf("find %q: %w", path, err)
		}
		fmt.Fprintf(sum, "%d %s\n", len(absolute), absolute)
	}
	dir = filepath.Join(dir, "imports")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("make the folder for journals: %w", err)
	}
	name := strings.Join([]string{register, body, hex.EncodeToString(sum.Sum(nil))[:16]}, "_") + ".journal"
	return filepath.Join(dir, name), nil
}
