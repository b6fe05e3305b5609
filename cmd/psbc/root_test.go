package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

func TestAnInterruptedVerbFailsAndSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errOut bytes.Buffer
	code := execute(ctx, []string{"notary", "digest", "-"}, strings.NewReader("document"), &out, &errOut)
	require.Equal(t, exit.Failed, code)
	require.Equal(t, "psbc: interrupted\n", errOut.String())
	require.Empty(t, out.String())
}

func TestErrorsOfTheLedgerHaveCodeAndRemedy(t *testing.T) {
	for name, tc := range map[string]struct {
		err    *gateway.Error
		code   string
		exit   exit.Code
		remedy string
	}{
		"a request that the ledger finds malformed is wrong usage": {
			&gateway.Error{Op: "notarise", Kind: gateway.ErrInvalidArgument, Code: fault.InvalidArgument}, "INVALID_ARGUMENT", exit.Usage, ""},
		"credentials that cannot be used are not": {
			&gateway.Error{Op: "connect", Kind: gateway.ErrInvalidArgument}, "INVALID_ARGUMENT", exit.Failed, ""},
		"a user without the role is told of another": {
			&gateway.Error{Op: "revoke", Kind: gateway.ErrPermissionDenied, Code: fault.PermissionDenied, Message: "Revoke needs a certificate with the attribute psbc.notary=true"}, "PERMISSION_DENIED", exit.Failed, "--as BODY/notary"},
		"whatever role it is": {
			&gateway.Error{Op: "create", Kind: gateway.ErrPermissionDenied, Code: fault.PermissionDenied, Message: "Create needs a certificate with the attribute psbc.registrar=true"}, "PERMISSION_DENIED", exit.Failed, "--as BODY/registrar"},
		"what no user of the body may do needs no remedy": {
			&gateway.Error{Op: "create", Kind: gateway.ErrPermissionDenied, Code: fault.PermissionDenied, Message: "SIGIMSP is not a writer"}, "PERMISSION_DENIED", exit.Failed, ""},
		"a network that is down is told how to look": {
			&gateway.Error{Op: "connect", Kind: gateway.ErrUnavailable}, "UNAVAILABLE", exit.Failed, "psbc network status"},
		"an unknown outcome is told the request id": {
			&gateway.Error{Op: "revoke", Kind: gateway.ErrOutcomeUnknown, RequestID: "request-1"}, "OUTCOME_UNKNOWN", exit.Failed, "--request-id request-1"},
		"what does not exist needs no remedy": {
			&gateway.Error{Op: "revoke", Kind: gateway.ErrNotFound, Code: fault.NotFound}, "NOT_FOUND", exit.Failed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := explain(tc.err)
			require.Equal(t, tc.exit, exit.CodeOf(err))
			require.ErrorIs(t, err, tc.err.Kind)
			require.Contains(t, exit.RemedyOf(err), tc.remedy)

			var out bytes.Buffer
			reportError(&out, true, err)
			var report struct{ Error errorReport }
			require.NoError(t, json.Unmarshal(out.Bytes(), &report))
			require.Equal(t, tc.code, report.Error.Code)
			require.Equal(t, tc.exit, report.Error.ExitCode)
			require.Equal(t, tc.err.Error(), report.Error.Message)
		})
	}
}

func TestAVerdictReachedHereLooksLikeTheLedgersOwn(t *testing.T) {
	for _, code := range fault.Codes() {
		err := refused("import", fmt.Errorf("row: %w", fault.New(code, "a sentence")))
		require.Equal(t, string(code), errorCode(err))
		require.ErrorContains(t, err, "a sentence")
	}
	require.ErrorIs(t, refused("import", fault.New(fault.PermissionDenied, "no")), gateway.ErrPermissionDenied)
	require.ErrorIs(t, refused("import", fault.New(fault.FailedPrecondition, "no")), gateway.ErrFailedPrecondition)
	other := errors.New("other")
	require.ErrorIs(t, refused("import", other), other)
}

func TestOnlyErrorsOfTheLedgerAreExplained(t *testing.T) {
	require.NoError(t, explain(nil))
	require.Same(t, exit.ErrNo, explain(exit.ErrNo))
	other := errors.New("other")
	require.Same(t, other, explain(other))
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"Règlement grand-ducal.pdf": "Règlement grand-ducal.pdf",
		"two\nlines":                "two\nlines",
		"\x1b[2J":                   `"\x1b[2J"`,
		"a\u202egnp.exe":            `"a\u202egnp.exe"`, // right-to-left override
		"broken \xff":               `"broken \xff"`,
	} {
		require.Equal(t, want, printable(in))
	}
}

func TestShellQuote(t *testing.T) {
	for in, want := range map[string]string{"plain-1": "plain-1", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$x": "'$x'"} {
		require.Equal(t, want, shellQuote(in))
	}
}

func TestMoments(t *testing.T) {
	for name, tc := range map[string]struct{ in, from, until string }{
		"a date is its start, or its end": {"2027-01-31", "2027-01-31T00:00:00Z", "2027-01-31T23:59:59Z"},
		"a time is itself, in UTC":        {"2027-01-31T12:00:00+01:00", "2027-01-31T11:00:00Z", "2027-01-31T11:00:00Z"},
		"fractions are cut":               {"2027-01-31T12:00:00.999Z", "2027-01-31T12:00:00Z", "2027-01-31T12:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			from, until := moment{date: startOfDay}, moment{date: endOfDay}
			require.NoError(t, from.Set(tc.in))
			require.NoError(t, until.Set(tc.in))
			require.Equal(t, tc.from, from.String())
			require.Equal(t, tc.until, until.String())
		})
	}
	for _, in := range []string{"", "31.01.2027", "2027-1-31", "2027-02-30", "2027-01-31 12:00:00Z", "now"} {
		m := moment{date: startOfDay}
		require.Error(t, m.Set(in), in)
		require.Empty(t, m.String())
	}
}

func TestCount(t *testing.T) {
	require.Equal(t, "1 document", count(1, "document"))
	require.Equal(t, "0 documents", count(0, "document"))
}
