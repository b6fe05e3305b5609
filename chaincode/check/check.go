// Package check holds the checks that every domain's requests share: what a text,
// a code, a time, an MSP ID or a request id may look like, and how a request is
// read from the text in which a client sends it.
//
// Each check takes the field's name as the request spells it, such as
// "items[3].reference", which begins the sentence of its refusal. All refusals are
// INVALID_ARGUMENT.
package check

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Invalid returns the refusal of a field; format and arguments are those of
// fmt.Sprintf.
func Invalid(field, format string, args ...any) error {
	return fault.New(fault.InvalidArgument, "%s: %s", field, fmt.Sprintf(format, args...))
}

// Within puts the field's name before a refusal's sentence.
func Within(field string, err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return fault.New(f.Code, "%s: %s", field, f.Message)
	}
	return fmt.Errorf("%s: %w", field, err)
}

// Quote shows hostile or long text in a sentence.
func Quote(s string) string {
	const most = 72
	if len(s) > most {
		return strconv.QuoteToASCII(strings.ToValidUTF8(s[:most], "")) + "…"
	}
	return strconv.QuoteToASCII(s)
}

// Parse reads a request as a client sends it: one strict JSON value (see package
// canonical) of at most limit bytes, whose fields are all valid. It fails with
// INVALID_ARGUMENT and a sentence that names the field.
func Parse[R any](s string, limit int, validate func(R) error) (R, error) {
	var request, none R
	if len(s) > limit {
		return none, fault.New(fault.InvalidArgument, "the request has %d bytes, more than %d", len(s), limit)
	}
	if err := canonical.Unmarshal([]byte(s), &request); err != nil {
		return none, fault.New(fault.InvalidArgument, "the request cannot be read: %v", err)
	}
	if err := validate(request); err != nil {
		return none, err
	}
	return request, nil
}

// Decode reads a value that the ledger stores, of what it is called in errors, and checks
// it as validate does.
func Decode[T any](what string, value []byte, validate func(T) error) (T, error) {
	var v, none T
	if err := json.Unmarshal(value, &v); err != nil {
		return none, fmt.Errorf("%s: %w", what, err)
	}
	if err := validate(v); err != nil {
		return none, fmt.Errorf("%s: %w", what, err)
	}
	return v, nil
}

// The sizes of a page of any list.
const (
	MaxPageSize     = 1000
	DefaultPageSize = 100
)

// PageSize checks the number of entries that a page is to have, 0 for the default.
func PageSize(n int) error {
	if n < 0 || n > MaxPageSize {
		return Invalid("pageSize", "%d is not 1 to %d (or 0 for %d)", n, MaxPageSize, DefaultPageSize)
	}
	return nil
}

// ContentHash returns what identifies the content of a request to a function:
// two requests with one id are the same request if and only if their hashes are
// equal. Requests that differ only in how their JSON is written are the same.
func ContentHash(function string, request any) (string, error) {
	content, err := json.Marshal(request)
	if err != nil {
		return "", fmt.Errorf("content of %s: %w", function, err)
	}
	h := sha256.New()
	h.Write([]byte(function + "\n"))
	h.Write(content)
	return hex.EncodeToString(h.Sum(nil)), nil
}
