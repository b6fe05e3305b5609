package gateway

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/google/uuid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/gateway-client/internal/journal"
)

// importLog is the memory of an import: its journal, if it has one.
type importLog struct {
	header  journal.Header
	entries []journal.Entry // of earlier runs
	path    string
	journal *journal.Journal // nil: nothing is kept
}

// openImport begins an import or takes up the one in the journal.
func (r *Registry) openImport(options ImportOptions) (*importLog, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return nil, &Error{Op: opImportStream, Kind: ErrInternal, Message: err.Error(), cause: err}
	}
	log := &importLog{path: options.Journal, header: journal.Header{
		V: journal.Version, ImportID: id.String(), Register: options.Register, Body: r.mspID,
	}}
	if options.Journal == "" {
		return log, nil
	}
	opened, err := journal.Open(options.Journal, log.header)
	if err != nil {
		return nil, log.unusable(err)
	}
	found := opened.Header()
	if found.Register != options.Register || found.Body != r.mspID {
		_ = opened.Close() // nothing was written to it
		return nil, refused(opImportStream, "", fault.New(fault.FailedPrecondition,
			"the journal %s is that of an import into register %s by %s", options.Journal, found.Register, found.Body))
	}
	log.header, log.entries, log.journal = found, opened.Entries(), opened
	return log, nil
}

// begun notes a batch that is about to be sent, unless the journal says so already.
func (l *importLog) begun(entry journal.Entry) error {
	if entry.Batch < len(l.entries) && l.entries[entry.Batch] == entry {
		return nil
	}
	return l.append(entry)
}

// append is safe for concurrent use.
func (l *importLog) append(entry journal.Entry) error {
	if l.journal == nil {
		return nil
	}
	if err := l.journal.Append(entry); err != nil {
		return l.unusable(err)
	}
	return nil
}

func (l *importLog) close() error {
	if l.journal == nil {
		return nil
	}
	if err := l.journal.Close(); err != nil {
		return l.unusable(err)
	}
	return nil
}

// unusable is the error for a journal that cannot be read or written.
func (l *importLog) unusable(err error) error {
	kind := ErrFailedPrecondition
	if errors.Is(err, fs.ErrPermission) {
		kind = ErrPermissionDenied
	}
	return &Error{Op: opImportStream, Kind: kind, Message: fmt.Sprintf("the journal %s: %v", l.path, err), cause: err}
}
