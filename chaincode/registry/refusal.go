package registry

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/psbc-lu/psbc/chaincode/fault"
)

// misfit is a refusal with a place in a JSON value. Its text and code are those of
// the error in it, so callers see a *fault.Error.
type misfit struct {
	err     error
	pointer string // RFC 6901; empty for the whole value
}

func (m *misfit) Error() string { return m.err.Error() }
func (m *misfit) Unwrap() error { return m.err }

// refuse returns the refusal of a place in what, such as "data" or "schema".
func refuse(code fault.Code, what, pointer, format string, args ...any) error {
	place := what
	if pointer != "" {
		place += " " + shorten(pointer)
	}
	return &misfit{fault.New(code, "%s: %s", place, fmt.Sprintf(format, args...)), pointer}
}

// misplaced is refuse for what is malformed.
func misplaced(what, pointer, format string, args ...any) error {
	return refuse(fault.InvalidArgument, what, pointer, format, args...)
}

// pointerOf returns the place that a refusal names, if any.
func pointerOf(err error) string {
	var m *misfit
	if errors.As(err, &m) {
		return m.pointer
	}
	return ""
}

// step appends a member's name or an index to a JSON pointer.
func step(pointer, token string) string {
	return pointer + "/" + strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
}

// shorten bounds what a sentence cites, such as a pointer or a pattern, and escapes
// what does not print.
func shorten(s string) string {
	s = cut(s)
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		quoted := strconv.QuoteToGraphic(s)
		return quoted[1 : len(quoted)-1]
	}
	return s
}

func cut(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
