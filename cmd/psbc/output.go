package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
)

// printResult prints a verb's result to standard output: v as JSON when asked
// for, else what human writes. Columns that human separates by tabs are aligned.
func (g *globals) printResult(cmd *cobra.Command, v any, human func(w io.Writer)) error {
	out := cmd.OutOrStdout()
	if g.json {
		return writeJSON(out, v)
	}
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	human(w)
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// writeJSON writes v as one indented JSON object.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// errorReport is what --json prints of an error, under "error".
type errorReport struct {
	Code     string    `json:"code"` // of the ledger, else USAGE or FAILED
	Message  string    `json:"message"`
	Remedy   string    `json:"remedy,omitempty"`
	ExitCode exit.Code `json:"exitCode"`
}

// reportError tells the reader of w what went wrong. Nothing is left to do when
// w itself fails, so its errors are not looked at.
func reportError(w io.Writer, asJSON bool, err error) {
	if !asJSON {
		fmt.Fprintln(w, "psbc:", printable(err.Error()))
		return
	}
	report := errorReport{
		Code:     errorCode(err),
		Message:  err.Error(),
		Remedy:   exit.RemedyOf(err),
		ExitCode: exit.CodeOf(err),
	}
	report.Message = strings.TrimSuffix(report.Message, "; "+report.Remedy)
	_ = writeJSON(w, map[string]errorReport{"error": report})
}

// printable returns s, quoted when it holds characters that a terminal would act
// on: file names come from outside.
func printable(s string) string {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' }) {
		return strconv.Quote(s)
	}
	return s
}

// shellQuote returns s as one word of a POSIX shell.
func shellQuote(s string) string {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-.,:/+=@%", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
