package gateway

import (
	"strings"

	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Kind classifies what went wrong; it is what errors.Is compares with. The
// kinds are constants, so they cannot be reassigned.
type Kind string

// The kinds of errors. The first five are the chaincode's own verdicts, or the
// same verdict reached earlier by the library or the peer.
const (
	// ErrInvalidArgument: the request is malformed; repeating it is pointless.
	ErrInvalidArgument = Kind("invalid argument")
	// ErrNotFound: what the request names is not on the ledger.
	ErrNotFound = Kind("not found")
	// ErrAlreadyExists: the record exists, or the request id was used for another request.
	ErrAlreadyExists = Kind("already exists")
	// ErrPermissionDenied: the identity may not do this, or is expired or revoked.
	ErrPermissionDenied = Kind("permission denied")
	// ErrFailedPrecondition: the record's state does not allow this.
	ErrFailedPrecondition = Kind("failed precondition")
	// ErrConflict: concurrent changes kept invalidating the transaction until
	// the retries were used up. Nothing was written.
	ErrConflict = Kind("conflict")
	// ErrRejected: the transaction was ordered but every peer found it invalid
	// for the reason in Error.Validation, for example
	// ENDORSEMENT_POLICY_FAILURE. Nothing was written.
	ErrRejected = Kind("rejected")
	// ErrUnavailable: no peer, or not enough endorsers or orderers, could be
	// reached in time. Nothing was written.
	ErrUnavailable = Kind("unavailable")
	// ErrCanceled: the caller's context ended before anything was sent to
	// ordering. Nothing was written.
	ErrCanceled = Kind("canceled")
	// ErrOutcomeUnknown: the transaction in Error.TxID was sent and may or may
	// not be committed yet. Repeat the call with Error.RequestID, or ask
	// Client.TransactionStatus.
	ErrOutcomeUnknown = Kind("outcome unknown")
	// ErrInternal: an answer that the library does not understand.
	ErrInternal = Kind("internal")
)

// Error is the kind's name in lower case.
func (k Kind) Error() string { return string(k) }

// Error is what every operation of this package fails with.
type Error struct {
	// Op is the operation, such as "notarise".
	Op string
	// Kind is the class of the error; errors.Is(err, kind) holds.
	Kind Kind
	// Code is the chaincode's error code, empty when the chaincode did not decide.
	Code fault.Code
	// Message is one sentence for people.
	Message string
	// TxID is the transaction, when one was made.
	TxID string
	// RequestID is the id to repeat a write with, empty for reads.
	RequestID string
	// Validation is the peers' verdict on an ordered transaction that they found
	// invalid: a name of Fabric's TxValidationCode, else empty.
	Validation string
	// Peers says what single peers and orderers answered, as told by the gateway peer.
	Peers []PeerError

	cause error
}

// PeerError is what one peer or orderer answered.
type PeerError struct {
	Address string
	MSPID   string
	Message string
}

// Error gives operation, kind, message and, when known, the transaction.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	b.WriteString(": ")
	b.WriteString(string(e.Kind))
	if e.Message != "" {
		b.WriteString(": ")
		b.WriteString(e.Message)
	}
	if e.TxID != "" && (e.Kind == ErrOutcomeUnknown || e.Kind == ErrRejected) {
		b.WriteString(" (transaction ")
		b.WriteString(e.TxID)
		if e.RequestID != "" {
			b.WriteString(", request ")
			b.WriteString(e.RequestID)
		}
		b.WriteString(")")
	}
	return b.String()
}

// Is reports whether target is the error's kind.
func (e *Error) Is(target error) bool {
	kind, ok := target.(Kind)
	return ok && kind == e.Kind
}

// Unwrap gives the cause: a context's error, or Fabric's own.
func (e *Error) Unwrap() error { return e.cause }
