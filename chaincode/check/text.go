package check

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Text checks one line of free text of at most limit bytes. The empty text
// passes. Text that merely looks like another, or that shows in an order other
// than it is stored in, has no place in a record, so it must be NFC-normalised
// and free of control, line-breaking and direction-changing characters.
func Text(field, s string, limit int) error {
	if len(s) > limit {
		return Invalid(field, "has %d bytes, more than %d", len(s), limit)
	}
	if !utf8.ValidString(s) {
		return Invalid(field, "is not valid UTF-8")
	}
	for _, r := range s {
		if forbidden(r) {
			return Invalid(field, "has the character U+%04X, which is not allowed", r)
		}
	}
	if strings.TrimSpace(s) != s {
		return Invalid(field, "begins or ends with white space")
	}
	if !norm.NFC.IsNormalString(s) {
		return Invalid(field, "is not in Unicode normalisation form C (NFC)")
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
