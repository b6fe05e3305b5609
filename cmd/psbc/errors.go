package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/profiles"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// errorCode names the kind of an error for programs: the ledger's own code, the
// gateway's kind in upper case, USAGE or FAILED.
func errorCode(err error) string {
	if e, ok := errors.AsType[*gateway.Error](err); ok {
		if e.Code != "" {
			return string(e.Code)
		}
		return strings.ToUpper(strings.ReplaceAll(string(e.Kind), " ", "_"))
	}
	if exit.CodeOf(err) == exit.Usage {
		return "USAGE"
	}
	return "FAILED"
}

// explain adds to an error of the gateway what the reader can do about it, and
// gives a request that the ledger found malformed the exit code of wrong usage.
func explain(err error) error {
	e, ok := errors.AsType[*gateway.Error](err)
	if !ok || exit.RemedyOf(err) != "" {
		return err
	}
	failed := &exit.Error{Code: exit.CodeOf(err), Err: err}
	switch e.Kind {
	case gateway.ErrInvalidArgument:
		if e.Code == fault.InvalidArgument {
			failed.Code = exit.Usage
		}
	case gateway.ErrPermissionDenied:
		failed.Remedy = roleRemedy(e.Message)
	case gateway.ErrUnavailable:
		failed.Remedy = `see "psbc network status"; "psbc network up" starts what is down`
	case gateway.ErrConflict:
		failed.Remedy = "others change the same records; run it again"
	case gateway.ErrOutcomeUnknown:
		failed.Remedy = "run it again, the same request is not carried out twice"
		if e.RequestID != "" {
			failed.Remedy = fmt.Sprintf("run it again with --request-id %s, the same request is not carried out twice", e.RequestID)
		}
	case gateway.ErrCanceled:
		if errors.Is(err, context.DeadlineExceeded) {
			failed.Remedy = "allow more time with --timeout"
		}
	}
	return failed
}

// refused gives a verdict that was reached on this machine, by the ledger's own rules,
// the form that it has when the ledger reaches it.
func refused(op string, err error) error {
	refusal, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return fmt.Errorf("%s: %w", op, err)
	}
	kind := strings.ToLower(strings.ReplaceAll(string(refusal.Code), "_", " "))
	return &gateway.Error{Op: op, Kind: gateway.Kind(kind), Code: refusal.Code, Message: refusal.Message}
}

// roleRemedy tells who has the role that a refusal names. What a body may not do,
// whoever acts for it, has no such remedy.
func roleRemedy(message string) string {
	for _, user := range []string{profiles.Notary, profiles.Registrar, profiles.Recorder} {
		if strings.Contains(message, "psbc."+user) {
			return "act as a user with that role, for example --as BODY/" + user
		}
	}
	return ""
}
