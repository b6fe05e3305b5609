package evidence

import (
	"io"
	"time"
)

// Left out, a check is not made. Tests show that each is needed.

func ParseProofWithout(left string, file []byte) (*Proof, error) {
	return parseProof(file, func(name string) bool { return name != left })
}

func VerifyWithout(left string, document io.Reader, p *Proof, policy *Policy, now time.Time) (*Result, error) {
	return verify(document, p, policy, now, func(name string) bool { return name != left })
}

// CheckNames lists every check.
func CheckNames() []string {
	names := []string{checkForm}
	for _, s := range steps() {
		names = append(names, s.name)
	}
	return names
}
