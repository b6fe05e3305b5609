package check

import "encoding/base64"

// The lengths of a salt, in bytes before encoding.
const (
	MinSalt = 16
	MaxSalt = 64
)

// Salt checks the standard base64 of MinSalt to MaxSalt bytes. Its sentences do not
// show the salt, which is private.
func Salt(field, s string) error {
	salt, err := base64.StdEncoding.Strict().DecodeString(s)
	// The decoder skips line breaks, even a strict one.
	if err != nil || base64.StdEncoding.EncodeToString(salt) != s {
		return Invalid(field, "is not standard base64")
	}
	if len(salt) < MinSalt || len(salt) > MaxSalt {
		return Invalid(field, "has %d bytes, not %d to %d", len(salt), MinSalt, MaxSalt)
	}
	return nil
}
