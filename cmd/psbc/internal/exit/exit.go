// Package exit gives every error of the command-line tool its exit code and,
// where one is known, its remedy.
//
// An error that carries no code counts as Failed: only what is known to be a
// usage mistake or a negative answer says so.
package exit

import (
	"errors"
	"fmt"
)

// Code is a process exit code.
type Code int

// The exit codes of psbc. They are part of its interface.
const (
	OK     Code = 0 // done, or the answer is yes
	Failed Code = 1 // could not be done
	Usage  Code = 2 // the command line is wrong
	No     Code = 3 // done, and the answer is no
)

// Error is an error with an exit code and an optional remedy: what the reader
// can do about it, as a clause that follows "; ".
type Error struct {
	Code   Code
	Err    error
	Remedy string
}

// Error returns the sentence with its remedy.
func (e *Error) Error() string {
	if e.Remedy == "" {
		return e.Err.Error()
	}
	return e.Err.Error() + "; " + e.Remedy
}

// Unwrap returns the underlying error.
func (e *Error) Unwrap() error { return e.Err }

// Usagef makes a usage error.
func Usagef(format string, args ...any) error {
	return &Error{Code: Usage, Err: fmt.Errorf(format, args...)}
}

// Nof makes the error of a verb whose answer is no, and that has not said so yet.
func Nof(format string, args ...any) error {
	return &Error{Code: No, Err: fmt.Errorf(format, args...)}
}

// WithRemedy adds a remedy to err and keeps its code. A nil err stays nil.
func WithRemedy(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &Error{Code: CodeOf(err), Err: err, Remedy: fmt.Sprintf(format, args...)}
}

// ErrNo ends a verb whose answer is no and has been printed already, so that
// nothing more is said.
var ErrNo error = &Error{Code: No, Err: errors.New("the answer is no")}

// ErrReported ends a verb that failed and has said why in its own output.
var ErrReported error = &Error{Code: Failed, Err: errors.New("failed as reported")}

// CodeOf returns the exit code that err asks for.
func CodeOf(err error) Code {
	if err == nil {
		return OK
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Failed
}

// RemedyOf returns the outermost remedy in err's chain, or "".
func RemedyOf(err error) string {
	for err != nil {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			return ""
		}
		if e.Remedy != "" {
			return e.Remedy
		}
		err = e.Err
	}
	return ""
}

// Silent reports whether err has been told already.
func Silent(err error) bool {
	return errors.Is(err, ErrNo) || errors.Is(err, ErrReported)
}
