package trail

import (
	"strings"

	"github.com/psbc-lu/psbc/chaincode/check"
)

// Pseudonym checks what stands for a person: the id of a key and an HMAC-SHA-256 under
// that key, as "k1:" and 64 lower-case hexadecimal digits. The body's clients make it;
// the key never reaches the ledger. It fails with INVALID_ARGUMENT, and says so when s
// looks like what a pseudonym is to hide.
func Pseudonym(field, s string) error {
	key, mac, ok := strings.Cut(s, ":")
	if !ok || key == "" || len(key) > MaxKeyID || !isName(key) || len(mac) != 64 || !check.LowerHex(mac) {
		return personalOr(field, s, check.Invalid(field, "is not a pseudonym: a key's id, a colon and 64 lower-case hexadecimal digits"))
	}
	return CheckPersonal(field, key)
}
