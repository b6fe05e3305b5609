package trail

import (
	"strings"

	"github.com/psbc-lu/psbc/chaincode/check"
)

// CheckPersonal fails with INVALID_ARGUMENT when a text seems to hold what names a
// person: a Luxembourg national identification number, an IBAN or an e-mail address. The
// sentence says what it looks like, and never shows it: transactions stay in the blocks
// for ever, refused ones included, and so do logs.
//
// It is a guard against mistakes, not against intent: what is encoded or written out in
// words passes.
func CheckPersonal(field, s string) error {
	const (
		shortest = len("a@b.lu")
		numbers  = 13 // the least characters of a national number or an IBAN
	)
	if len(s) < shortest {
		return nil
	}
	what := ""
	switch {
	case strings.IndexByte(s, '@') >= 0 && holdsEmail(s):
		what = "an e-mail address"
	case len(s) < numbers:
	case holdsNationalID(s):
		what = "a national identification number"
	case holdsIBAN(s):
		what = "an IBAN"
	}
	if what == "" {
		return nil
	}
	return check.Invalid(field, "looks like %s: use a pseudonym", what)
}

// holdsEmail says whether something stands directly before an "@" and a domain name with
// at least two labels after it.
func holdsEmail(s string) bool {
	for i := range len(s) {
		if s[i] == '@' && i > 0 && s[i-1] > ' ' && s[i-1] != '@' && startsWithDomain(s[i+1:]) {
			return true
		}
	}
	return false
}

// startsWithDomain takes what is not ASCII for letters, for internationalised names.
func startsWithDomain(s string) bool {
	end := 0
	for end < len(s) && (check.Alphanumeric(s[end]) || s[end] == '-' || s[end] == '.' || s[end] >= 0x80) {
		end++
	}
	domain := strings.TrimRight(s[:end], ".-")
	dot := strings.LastIndexByte(domain, '.')
	if dot < 1 || len(domain)-dot-1 < 2 {
		return false
	}
	for _, c := range []byte(domain[dot+1:]) {
		if c >= '0' && c <= '9' {
			return strings.HasPrefix(domain[dot+1:], "xn--")
		}
	}
	return true
}

// separates says whether c may stand between the groups of a number.
func separates(c byte) bool { return c == ' ' || c == '.' || c == '-' || c == '/' }

func digit(c byte) bool { return c >= '0' && c <= '9' }

// alphanumericAt is false beyond either end.
func alphanumericAt(s string, i int) bool {
	return i >= 0 && i < len(s) && check.Alphanumeric(s[i])
}
