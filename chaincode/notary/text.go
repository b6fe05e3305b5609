package notary

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// The functions below check one field each; field is how the request names it,
// such as "items[3].reference", and starts their sentences.

func invalid(field, format string, args ...any) error {
	return fault.New(fault.InvalidArgument, "%s: %s", field, fmt.Sprintf(format, args...))
}

// quote shows hostile or long text in a sentence.
func quote(s string) string {
	const most = 72
	if len(s) > most {
		return strconv.QuoteToASCII(strings.ToValidUTF8(s[:most], "")) + "…"
	}
	return strconv.QuoteToASCII(s)
}

func checkDigest(field string, d Digest) error {
	if d == "" {
		return invalid(field, "is missing")
	}
	if _, err := ParseDigest(string(d)); err != nil {
		return within(field, err)
	}
	return nil
}

// within puts the field's name before a refusal's sentence.
func within(field string, err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return fault.New(f.Code, "%s: %s", field, f.Message)
	}
	return fmt.Errorf("%s: %w", field, err)
}

// checkHash checks lower-case hex SHA-256.
func checkHash(field, s string) error {
	if len(s) != 64 || !isLowerHex(s) {
		return invalid(field, "is not 64 lower-case hexadecimal digits (SHA-256)")
	}
	return nil
}

func checkRequestID(field, s string) error {
	if len(s) < MinRequestID || len(s) > MaxRequestID {
		return invalid(field, "has %d characters, not %d to %d", len(s), MinRequestID, MaxRequestID)
	}
	for i := range len(s) {
		if c := s[i]; !isAlphanumeric(c) && c != '_' && c != '-' {
			return invalid(field, "%s has characters other than A-Z, a-z, 0-9, _ and -", quote(s))
		}
	}
	return nil
}

// checkCode checks a code of the body's own choosing, such as "deed" or
// "lu.etat.arrete:2026". The empty code passes.
func checkCode(field, s string) error {
	if len(s) > MaxCode {
		return invalid(field, "has %d characters, more than %d", len(s), MaxCode)
	}
	for i := range len(s) {
		c := s[i]
		if isAlphanumeric(c) || (i > 0 && strings.IndexByte("._:/-", c) >= 0) {
			continue
		}
		return invalid(field, "%s is not a code: ASCII letters and digits, and . _ : / - but not first", quote(s))
	}
	return nil
}

func isAlphanumeric(c byte) bool {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
}

// checkBody checks an MSP ID: the characters that Fabric's channel configuration
// allows in an organisation's name (common/channelconfig), and its length.
func checkBody(field, s string) error {
	if s == "" {
		return invalid(field, "is missing")
	}
	if len(s) > maxBody {
		return invalid(field, "has %d characters, more than %d", len(s), maxBody)
	}
	for i := range len(s) {
		if c := s[i]; !isAlphanumeric(c) && c != '.' && c != '-' && c != '_' {
			return invalid(field, "%s is not an MSP ID: letters, digits, . - and _", quote(s))
		}
	}
	return nil
}

// maxBody bounds an MSP ID, which Fabric limits as it does configuration keys.
const maxBody = 249

// checkText checks one line of free text of at most limit bytes. The empty text
// passes. Text that merely looks like another, or that shows in an order other
// than it is stored in, has no place in a record, so it must be NFC-normalised
// and free of control, line-breaking and direction-changing characters.
func checkText(field, s string, limit int) error {
	if len(s) > limit {
		return invalid(field, "has %d bytes, more than %d", len(s), limit)
	}
	if !utf8.ValidString(s) {
		return invalid(field, "is not valid UTF-8")
	}
	for _, r := range s {
		if forbidden(r) {
			return invalid(field, "has the character U+%04X, which is not allowed", r)
		}
	}
	if strings.TrimSpace(s) != s {
		return invalid(field, "begins or ends with white space")
	}
	if !norm.NFC.IsNormalString(s) {
		return invalid(field, "is not in Unicode normalisation form C (NFC)")
	}
	return nil
}

func forbidden(r rune) bool {
	switch {
	case unicode.IsControl(r),
		unicode.Is(unicode.Bidi_Control, r),
		unicode.Is(unicode.Noncharacter_Code_Point, r),
		r == '\u2028', r == '\u2029', // line and paragraph separator
		r == '\ufeff',       // byte order mark
		r == utf8.RuneError: // what decoders make of broken text
		return true
	}
	return false
}

// checkTime parses an RFC 3339 time in UTC, written with "Z". The empty text
// gives the zero time.
func checkTime(field, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	const seconds = "2006-01-02T15:04:05"
	t, err := time.Parse(time.RFC3339Nano, s)
	// time.Parse is lenient: it takes single-digit hours, and "," before a fraction.
	if err != nil || !strings.HasSuffix(s, "Z") || strings.Contains(s, ",") ||
		len(s) > len(canonical.TimeLayout) || !strings.HasPrefix(s, t.Format(seconds)) {
		return time.Time{}, invalid(field, "%s is not an RFC 3339 time in UTC such as 2026-11-22T09:30:00Z", quote(s))
	}
	return t, nil
}

// checkValidity checks that a period does not end before it begins; either end
// may be open.
func checkValidity(fromField, from, untilField, until string) error {
	begin, err := checkTime(fromField, from)
	if err != nil {
		return err
	}
	end, err := checkTime(untilField, until)
	if err != nil {
		return err
	}
	if from != "" && until != "" && end.Before(begin) {
		return invalid(untilField, "%s is before %s %s", until, fromField, from)
	}
	return nil
}
