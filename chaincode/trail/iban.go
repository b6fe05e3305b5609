package trail

import "strings"

// holdsIBAN says whether an IBAN (ISO 13616) occurs in s, as one word or in groups with a
// space between, in upper or in lower case. Other separators would let one in 60,000
// UUIDs, which have groups of 4, 4, 4 and 12 characters, look like one of Andorra's.
func holdsIBAN(s string) bool {
	for i := range len(s) {
		// The cheap conditions come first: most texts have no letters before digits.
		if i+4 <= len(s) && digit(s[i+2]) && digit(s[i+3]) && letter(s[i]) && letter(s[i+1]) &&
			!alphanumericAt(s, i-1) && startsWithIBAN(s[i:]) && !machineMade(s, i) {
			return true
		}
	}
	return false
}

// startsWithIBAN collects as many characters as an IBAN of the country has.
func startsWithIBAN(s string) bool {
	country := strings.ToUpper(s[:2])
	length, digits := ibanForm(country)
	if length == 0 {
		return false
	}
	var found [34]byte
	n, i := 0, 0
	for i < len(s) && n < length {
		switch {
		case digit(s[i]) || n < 2 || (!digits && letter(s[i]) && sameCase(s[i], s[0])):
			found[n] = s[i]
			n++
		case s[i] != ' ' || s[i-1] == ' ':
			return false
		}
		i++
	}
	return n == length && !alphanumericAt(s, i) && mod97(found[:n]) == 1
}

// mod97 returns the remainder of ISO 7064 MOD 97-10: the four first characters go to the
// end, letters count from A = 10.
func mod97(iban []byte) int {
	rest := 0
	for i := range len(iban) {
		c := iban[(i+4)%len(iban)]
		switch {
		case digit(c):
			rest = (rest*10 + int(c-'0')) % 97
		default:
			rest = (rest*100 + int(c|0x20-'a') + 10) % 97
		}
	}
	return rest
}

func letter(c byte) bool { return (c|0x20) >= 'a' && (c|0x20) <= 'z' }

// sameCase keeps random base64 apart, which nearly always mixes them.
func sameCase(a, b byte) bool { return a&0x20 == b&0x20 }
