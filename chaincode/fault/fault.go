// Package fault is the language in which chaincode refuses: an error that
// reads "CODE: sentence".
//
// Between chaincode and client an error travels as one string, so the code is
// the only part that a program may rely on; the sentence is for people and may
// change between versions. The codes are those of gRPC
// (https://grpc.io/docs/guides/status-codes/).
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Code classifies an error.
type Code string

// The codes. Everything but Internal is the caller's to mend.
const (
	InvalidArgument    Code = "INVALID_ARGUMENT"    // malformed, whatever the ledger's state
	NotFound           Code = "NOT_FOUND"           // what is named does not exist
	AlreadyExists      Code = "ALREADY_EXISTS"      // what is to be created exists
	PermissionDenied   Code = "PERMISSION_DENIED"   // the caller may not do this
	FailedPrecondition Code = "FAILED_PRECONDITION" // not in the present state
	Internal           Code = "INTERNAL"            // the ledger failed, or holds what it should not
)

// Codes returns every code.
func Codes() []Code {
	return []Code{InvalidArgument, NotFound, AlreadyExists, PermissionDenied, FailedPrecondition, Internal}
}

// Error is a refusal.
type Error struct {
	Code    Code
	Message string // one sentence
}

// New makes an *Error; format and arguments are those of fmt.Sprintf.
func New(code Code, format string, args ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Error returns "CODE: sentence".
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Is reports whether target is an *Error of the same code, so that
// errors.Is(err, &fault.Error{Code: fault.NotFound}) asks for the code alone. A
// target with a message asks for that message too.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && (t.Message == "" || t.Message == e.Message)
}

// CodeOf returns the code of the first *Error in err's chain, and Internal when
// there is none. It returns "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Wrap returns the first *Error in err's chain, without the context around it,
// so that the text begins with the code; otherwise an Internal error with err's
// text. It returns nil for nil.
func Wrap(err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: Internal, Message: err.Error()}
}

// gatewayPrefix starts the message in which a peer's gateway passes on a
// chaincode's refusal: "chaincode response 500, CODE: sentence"
// (Fabric: internal/pkg/gateway/apiutils.go).
const gatewayPrefix = "chaincode response "

// Parse reads "CODE: sentence", with or without the prefix that a peer's gateway
// puts before it. It returns false for anything else.
func Parse(s string) (*Error, bool) {
	if rest, ok := strings.CutPrefix(s, gatewayPrefix); ok {
		_, s, ok = strings.Cut(rest, ", ")
		if !ok {
			return nil, false
		}
	}
	name, message, ok := strings.Cut(s, ": ")
	if !ok || message == "" {
		return nil, false
	}
	for _, code := range Codes() {
		if name == string(code) {
			return &Error{Code: code, Message: message}, true
		}
	}
	return nil, false
}
