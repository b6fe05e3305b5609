package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rows"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// finish reports how far the import came, also when it failed on the way.
func (f *importFlags) finish(g *globals, cmd *cobra.Command, run *importRun, runErr error) error {
	wrong := errors.Is(runErr, errFaults)
	if runErr != nil && !wrong {
		return notImported(run.result, runErr)
	}
	if f.report != "" {
		if err := writeReport(f.report, run.result); err != nil {
			return err
		}
	}
	if err := g.printResult(cmd, run.result, func(w io.Writer) { writeImported(w, run.result) }); err != nil {
		return err
	}
	if wrong {
		return exit.ErrReported
	}
	return nil
}

// notImported says how far a failed import came, and that it can be taken up again.
// A remedy of its own, such as to start the network, comes first.
func notImported(result importResult, err error) error {
	if result.Imported > 0 {
		err = fmt.Errorf("%s imported, then: %w", count(result.Imported, "record"), err)
	}
	if e, ok := errors.AsType[*gateway.Error](err); ok && e.Kind == gateway.ErrFailedPrecondition && strings.Contains(e.Message, "the journal") {
		return exit.WithRemedy(err, "to import other rows, name another --journal")
	}
	for _, passing := range []error{gateway.ErrUnavailable, gateway.ErrOutcomeUnknown, gateway.ErrConflict, gateway.ErrCanceled} {
		if errors.Is(err, passing) {
			return exit.WithRemedy(err, "run it again, what is imported is not imported twice")
		}
	}
	return err
}

// writeReport writes the faults for another program, or for a spreadsheet.
func writeReport(path string, result importResult) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	defer file.Close()
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		err = writeFaultSheet(file, result.Faults)
	} else {
		err = writeJSON(file, result)
	}
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func writeFaultSheet(w io.Writer, faults []rows.Fault) error {
	sheet := csv.NewWriter(w)
	lines := [][]string{{"file", "row", "line", "id", "code", "pointer", "message"}}
	for _, f := range faults {
		lines = append(lines, []string{f.File, strconv.Itoa(f.Row), lineOf(f), f.ID, string(f.Code), f.Pointer, f.Message})
	}
	if err := sheet.WriteAll(lines); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func lineOf(f rows.Fault) string {
	if f.Line == 0 {
		return ""
	}
	return strconv.Itoa(f.Line)
}

func writeImported(w io.Writer, result importResult) {
	if len(result.Faults) > 0 {
		fmt.Fprintln(w, "FILE\tROW\tLINE\tRECORD\tPOINTER\tWHAT IS WRONG")
		for _, f := range result.Faults {
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n", printable(f.File), f.Row, dash(lineOf(f)), printable(dash(f.ID)), printable(dash(f.Pointer)), printable(f.Message))
		}
	}
	if result.MoreFaults > 0 {
		fmt.Fprintf(w, "and %d more\n", result.MoreFaults)
	}
	wrong := len(result.Faults) + result.MoreFaults
	switch {
	case wrong > 0 && result.Imported == 0:
		fmt.Fprintf(w, "%s in %s; nothing is imported\n", count(wrong, "fault"), count(result.Rows, "row"))
	case wrong > 0:
		fmt.Fprintf(w, "%s; %s imported. Correct the rows and run it again, what is imported is not imported twice\n", count(wrong, "fault"), count(result.Imported, "record"))
	case result.DryRun:
		fmt.Fprintf(w, "%s for %s, no faults; nothing is imported\n", count(result.Rows, "row"), result.Register)
	default:
		fmt.Fprintf(w, "%s imported into %s", count(result.Imported, "record"), result.Register)
		if result.Resumed > 0 {
			fmt.Fprintf(w, ", %d of them earlier", result.Resumed)
		}
		fmt.Fprintln(w)
	}
}
