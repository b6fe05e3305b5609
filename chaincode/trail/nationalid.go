package trail

import (
	"time"

	"github.com/psbc-lu/psbc/chaincode/check"
)

// nationalDigits is the length of a Luxembourg national identification number.
const nationalDigits = 13

// NationalID says whether s can be a Luxembourg national identification number: the date
// of birth as YYYYMMDD, three digits that tell people born that day apart, and two check
// digits over these eleven, by Luhn's algorithm and by Verhoeff's (law of 19 June 2013 on
// the identification of natural persons).
func NationalID(s string) bool {
	if len(s) != nationalDigits {
		return false
	}
	for i := range len(s) {
		if !digit(s[i]) {
			return false
		}
	}
	const body = nationalDigits - 2
	return birthday(s) && luhn(s[:body]) == s[body] && verhoeff(s[:body]) == s[body+1]
}

// birthday says whether s begins with a day on which a person in the national register
// may have been born. The bounds also keep most moments in milliseconds, which have 13
// digits too, from being taken for one.
func birthday(s string) bool {
	year, month, day := decimal(s[:4]), decimal(s[4:6]), decimal(s[6:8])
	if year < 1870 || year > 2099 {
		return false
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return date.Month() == time.Month(month) && date.Day() == day
}

func decimal(s string) int {
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// luhn returns the check digit of ISO/IEC 7812-1, annex B.
func luhn(digits string) byte {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}

// verhoeff returns the check digit of J. Verhoeff, Error Detecting Decimal Codes (1969):
// products in the dihedral group D5 of permuted digits.
func verhoeff(digits string) byte {
	const permutation = "1576283094"
	const inverse = "0432156789"
	c := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		for range (i + 1) % 8 {
			d = int(permutation[d] - '0')
		}
		c = d5(c, d)
	}
	return inverse[c]
}

// d5 multiplies in the dihedral group of order 10: 0 to 4 are rotations, 5 to 9
// reflections.
func d5(a, b int) int {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return 5 + (a+b-5)%5
	case b < 5:
		return 5 + (a-5-b+5)%5
	}
	return (a - b + 5) % 5
}

// holdsNationalID says whether a national identification number occurs in s: as a run of
// exactly 13 digits, or in groups of digits with one separator between them.
func holdsNationalID(s string) bool {
	for i := 0; i < len(s); {
		if !digit(s[i]) {
			i++
			continue
		}
		end := i + 1
		for end < len(s) && digit(s[end]) {
			end++
		}
		if end-i == nationalDigits && NationalID(s[i:end]) && !machineMade(s, i) {
			return true
		}
		if end-i < nationalDigits && groupedNationalID(s, i) {
			return true
		}
		i = end
	}
	return false
}

// groupedNationalID says whether one stands at start in groups. Unlike a single run,
// they must not touch letters: the groups of a UUID do.
func groupedNationalID(s string, start int) bool {
	if alphanumericAt(s, start-1) {
		return false
	}
	var found [nationalDigits]byte
	n, i := 0, start
	for i < len(s) && n < nationalDigits {
		switch {
		case digit(s[i]):
			found[n] = s[i]
			n++
		case !separates(s[i]) || !digit(s[i-1]):
			return false
		}
		i++
	}
	return n == nationalDigits && !alphanumericAt(s, i) && NationalID(string(found[:]))
}

// machineMade says whether what is at i belongs to the hexadecimal of an identifier or a
// hash of a usual length. Of 20 million random trace ids one holds a valid national
// number, as many span ids are Belgian IBANs, and they must not be refused for it.
func machineMade(s string, i int) bool {
	begin, end := i, i
	for alphanumericAt(s, begin-1) {
		begin--
	}
	for alphanumericAt(s, end) {
		end++
	}
	switch end - begin {
	case 16, 32, 40, 64:
		return check.LowerHex(s[begin:end])
	}
	return false
}
