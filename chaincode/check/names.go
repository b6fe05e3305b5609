package check

import "strings"

// The lengths of names, in bytes.
const (
	MinRequestID = 8
	MaxRequestID = 64
	MaxCode      = 64
	// MaxBody bounds an MSP ID, which Fabric limits as it does configuration keys.
	MaxBody = 249
)

// RequestID checks the id that a client gives to a request.
func RequestID(field, s string) error {
	if len(s) < MinRequestID || len(s) > MaxRequestID {
		return Invalid(field, "has %d characters, not %d to %d", len(s), MinRequestID, MaxRequestID)
	}
	for i := range len(s) {
		if c := s[i]; !Alphanumeric(c) && c != '_' && c != '-' {
			return Invalid(field, "%s has characters other than A-Z, a-z, 0-9, _ and -", Quote(s))
		}
	}
	return nil
}

// Code checks a code of the body's own choosing, such as "deed" or
// "lu.etat.arrete:2026". The empty code passes.
func Code(field, s string) error {
	if len(s) > MaxCode {
		return Invalid(field, "has %d characters, more than %d", len(s), MaxCode)
	}
	for i := range len(s) {
		c := s[i]
		if Alphanumeric(c) || (i > 0 && strings.IndexByte("._:/-", c) >= 0) {
			continue
		}
		return Invalid(field, "%s is not a code: ASCII letters and digits, and . _ : / - but not first", Quote(s))
	}
	return nil
}

// Body checks an MSP ID: the characters that Fabric's channel configuration
// allows in an organisation's name (common/channelconfig), and its length.
func Body(field, s string) error {
	if s == "" {
		return Invalid(field, "is missing")
	}
	if len(s) > MaxBody {
		return Invalid(field, "has %d characters, more than %d", len(s), MaxBody)
	}
	for i := range len(s) {
		if c := s[i]; !Alphanumeric(c) && c != '.' && c != '-' && c != '_' {
			return Invalid(field, "%s is not an MSP ID: letters, digits, . - and _", Quote(s))
		}
	}
	return nil
}

// Hash checks lower-case hex SHA-256.
func Hash(field, s string) error {
	if len(s) != 64 || !LowerHex(s) {
		return Invalid(field, "is not 64 lower-case hexadecimal digits (SHA-256)")
	}
	return nil
}

// Alphanumeric says whether c is an ASCII letter or digit.
func Alphanumeric(c byte) bool {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
}

// LowerHex says whether s has lower-case hexadecimal digits only. It is true of the
// empty string.
func LowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
