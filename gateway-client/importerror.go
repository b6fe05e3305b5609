package gateway

import (
	"context"
	"errors"
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// errStopped ends the feeding of a run that has noted why.
var errStopped = errors.New("a batch failed")

// ImportError is a batch of an ImportStream that failed. None of its records were made,
// unless Err matches ErrOutcomeUnknown. It unwraps to Err.
type ImportError struct {
	// FirstRow and Rows are the batch's place in the stream. Rows count from 0.
	FirstRow, Rows int
	// RequestID is the batch's.
	RequestID string
	// Report says what is wrong with each row; RowFault.Row counts from the start of
	// the stream. It is nil when rows are not the reason, and has no faults when
	// what was wrong had passed by the time of asking.
	Report *registry.ImportReport
	// Err is why the batch failed: an *Error.
	Err error
}

// Error names the rows, and the first fault.
func (e *ImportError) Error() string {
	rows := fmt.Sprintf("rows %d to %d (from 0)", e.FirstRow, e.FirstRow+e.Rows-1)
	if e.Report == nil || len(e.Report.Faults) == 0 {
		return rows + ": " + e.Err.Error()
	}
	first := e.Report.Faults[0]
	return fmt.Sprintf("%s: %d faults, the first in row %d: %s", rows, len(e.Report.Faults), first.Row, first.Message) // which names the place
}

// Unwrap gives Err.
func (e *ImportError) Unwrap() error { return e.Err }

// explain asks the ledger what is wrong with the rows of a batch that failed.
func (r *Registry) explain(ctx context.Context, request registry.ImportRequest, first int, err error) *ImportError {
	failure := &ImportError{FirstRow: first, Rows: len(request.Items), RequestID: request.RequestID, Err: err}
	if !verdictOnRows(err) {
		return failure
	}
	report, checkErr := r.CheckImport(ctx, request)
	if checkErr != nil { // the request cannot be read as a whole, for one
		report = malformedRows(request)
	}
	if report == nil {
		return failure // Err says what is wrong first
	}
	for i := range report.Faults {
		report.Faults[i].Row += first
	}
	failure.Report = report
	return failure
}

// verdictOnRows tells whether what was to be imported was refused.
func verdictOnRows(err error) bool {
	for _, kind := range []Kind{ErrInvalidArgument, ErrNotFound, ErrAlreadyExists, ErrFailedPrecondition} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// checkRows fails for the first thing that is wrong with a request or, by itself, with a
// row of it.
func checkRows(request registry.ImportRequest) error {
	if err := request.Validate(); err != nil {
		return err
	}
	for _, item := range request.Items {
		if err := checkRow(request, item); err != nil {
			return err
		}
	}
	return nil
}

func checkRow(request registry.ImportRequest, item registry.Item) error {
	return registry.CreateRequest{RequestID: request.RequestID, Register: request.Register, Item: item}.Validate()
}

// malformedRows reports on the rows that are wrong by themselves; nil when none is.
func malformedRows(request registry.ImportRequest) *registry.ImportReport {
	report := &registry.ImportReport{V: registry.SchemaVersion, Rows: len(request.Items)}
	for i, item := range request.Items {
		if err := checkRow(request, item); err != nil {
			told := refused(opImportStream, request.RequestID, err)
			report.Faults = append(report.Faults, registry.RowFault{Row: i, ID: item.ID, Code: string(fault.CodeOf(err)), Message: told.Message})
		}
	}
	if len(report.Faults) == 0 {
		return nil
	}
	return report
}
