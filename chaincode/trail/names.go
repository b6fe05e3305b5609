package trail

import (
	"fmt"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
)

// The functions below check one field each, as package check does. Each looks for
// personal data first: who put a national number into a field is to be told so, rather
// than that the number is no id.

func checkRequestID(s string) error {
	const field = "requestId"
	if err := CheckPersonal(field, s); err != nil {
		return err
	}
	return check.RequestID(field, s)
}

// checkTrail checks the id of a trail.
func checkTrail(field, s string) error { return checkName(field, s, MaxID) }

// checkSource checks the name of what appends to a trail.
func checkSource(field, s string) error { return checkName(field, s, MaxSource) }

func checkName(field, s string, most int) error {
	if s == "" {
		return check.Invalid(field, "is missing")
	}
	if err := CheckPersonal(field, s); err != nil {
		return err
	}
	if len(s) > most {
		return check.Invalid(field, "has %d characters, more than %d", len(s), most)
	}
	if !isName(s) {
		return check.Invalid(field, "%s is not an id: lower-case ASCII letters and digits, and - but not first", check.Quote(s))
	}
	return nil
}

// isName says whether s has lower-case letters and digits only, and dashes but not
// first. It is true of the empty string.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (c != '-' || i == 0) {
			return false
		}
	}
	return true
}

// checkCode checks a code; the empty code passes.
func checkCode(field, s string) error {
	if err := CheckPersonal(field, s); err != nil {
		return err
	}
	return check.Code(field, s)
}

// checkNeeded checks a code that must be there.
func checkNeeded(field, s string) error {
	if s == "" {
		return check.Invalid(field, "is missing")
	}
	return checkCode(field, s)
}

// checkText checks a line of free text; the empty text passes.
func checkText(field, s string, limit int) error {
	if err := CheckPersonal(field, s); err != nil {
		return err
	}
	return check.Text(field, s, limit)
}

func checkBody(field, s string) error {
	if err := CheckPersonal(field, s); err != nil {
		return err
	}
	return check.Body(field, s)
}

// checkList checks a list of names, each by itself and that none occurs twice.
func checkList(field string, list []string, most int, one func(field, s string) error) error {
	if len(list) > most {
		return check.Invalid(field, "has %d entries, more than %d", len(list), most)
	}
	at := func(i int) string { return fmt.Sprintf("%s[%d]", field, i) }
	for i, s := range list {
		if err := one(at(i), s); err != nil {
			return err
		}
		if first := slices.Index(list, s); first < i {
			return check.Invalid(at(i), "is the same as %s", at(first))
		}
	}
	return nil
}

// moment returns a time as the ledger writes it, and the empty text for the empty text.
func moment(field, s string) (string, error) {
	t, err := check.Time(field, s)
	if err != nil {
		return "", personalOr(field, s, err)
	}
	if s == "" {
		return "", nil
	}
	written, err := canonical.FormatTime(t)
	if err != nil {
		return "", check.Invalid(field, "%v", err)
	}
	return written, nil
}

// personalOr returns what CheckPersonal says of a text that failed another check with
// err, and err when it says nothing. It is for checks that nothing personal passes.
func personalOr(field, s string, err error) error {
	if personal := CheckPersonal(field, s); personal != nil {
		return personal
	}
	return err
}
