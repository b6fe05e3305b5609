package gateway

import (
	"context"

	"github.com/psbc-lu/psbc/chaincode/registry"
)

// Import creates 1 to registry.MaxBatch records in one transaction, all or
// nothing. ImportStream takes any number.
//
// Errors: those of Create, for the first row that is wrong; CheckImport gives them
// all. ErrFailedPrecondition where the register asks for approvals.
func (r *Registry) Import(ctx context.Context, request registry.ImportRequest) (*registry.ImportResult, error) {
	request.RequestID = orNewID(request.RequestID)
	return write[registry.ImportResult](ctx, r.contract, "import", "Import", request.RequestID, request, request.Validate)
}

// CheckImport judges an import without carrying it out, and reports what is wrong
// with each row. Rows are counted from 0. A malformed request is an error, not a
// report.
func (r *Registry) CheckImport(ctx context.Context, request registry.ImportRequest) (*registry.ImportReport, error) {
	request.RequestID = orNewID(request.RequestID)
	return read[registry.ImportReport](ctx, r.contract, "check import", "CheckImport", request, request.Validate)
}
