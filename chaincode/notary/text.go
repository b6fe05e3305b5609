package notary

import "github.com/psbc-lu/psbc/chaincode/check"

// The functions below check one field each, as package check does.

func checkDigest(field string, d Digest) error {
	if d == "" {
		return check.Invalid(field, "is missing")
	}
	if _, err := ParseDigest(string(d)); err != nil {
		return check.Within(field, err)
	}
	return nil
}

// checkValidity checks that a period does not end before it begins; either end
// may be open.
func checkValidity(fromField, from, untilField, until string) error {
	begin, err := check.Time(fromField, from)
	if err != nil {
		return err
	}
	end, err := check.Time(untilField, until)
	if err != nil {
		return err
	}
	if from != "" && until != "" && end.Before(begin) {
		return check.Invalid(untilField, "%s is before %s %s", until, fromField, from)
	}
	return nil
}
