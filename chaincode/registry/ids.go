package registry

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/check"
)

// The lengths of the hash in a minted id, in characters.
const (
	minMinted = 6
	maxMinted = 26
)

// checkID checks the id of a register or a record.
func checkID(field, s string) error {
	if s == "" {
		return check.Invalid(field, "is missing")
	}
	if len(s) > MaxID {
		return check.Invalid(field, "has %d characters, more than %d", len(s), MaxID)
	}
	for i := range len(s) {
		if c := s[i]; check.Alphanumeric(c) || (i > 0 && strings.IndexByte("._-", c) >= 0) {
			continue
		}
		return check.Invalid(field, "%s is not an id: ASCII letters and digits, and . _ - but not first", check.Quote(s))
	}
	return nil
}

func (r IDRule) validate() error {
	pattern, err := r.expression()
	if err != nil || r.Mint == "" {
		return err
	}
	t, err := parseTemplate(r.Mint)
	if err != nil {
		return err
	}
	sample, err := t.mint(mintSource{register: "sample", owner: "sample", requestID: "sample", claimedTime: "2026"})
	if err != nil {
		return check.Invalid("ids.mint", "%s: %v", check.Quote(r.Mint), err)
	}
	if err := checkID("ids.mint", sample); err != nil {
		return err
	}
	if pattern != nil && !pattern.MatchString(sample) {
		return check.Invalid("ids.mint", "makes ids such as %s, which ids.pattern does not allow", sample)
	}
	return nil
}

// expression returns the compiled pattern, nil when there is none.
func (r IDRule) expression() (*regexp.Regexp, error) {
	if r.Pattern == "" {
		return nil, nil
	}
	if problem := patternProblem(r.Pattern); problem != "" {
		return nil, check.Invalid("ids.pattern", "%s", problem)
	}
	pattern, err := regexp.Compile(`\A(?:` + r.Pattern + `)\z`)
	if err != nil {
		return nil, check.Invalid("ids.pattern", "is not a regular expression (RE2)")
	}
	return pattern, nil
}

// template is a parsed IDRule.Mint: literal text, and placeholders in braces.
type template []string

// parseTemplate refuses what does not hold exactly one {N}.
func parseTemplate(s string) (template, error) {
	var t template
	hashes := 0
	for rest := s; rest != ""; {
		literal, tail, found := strings.Cut(rest, "{")
		if literal != "" {
			t = append(t, literal)
		}
		if !found {
			break
		}
		name, after, closed := strings.Cut(tail, "}")
		n, err := strconv.Atoi(name)
		switch {
		case !closed:
			return nil, check.Invalid("ids.mint", "%s has a brace that is not closed", check.Quote(s))
		case name == "year", name == "check":
		case err == nil && name == strconv.Itoa(n) && n >= minMinted && n <= maxMinted:
			hashes++
		default:
			return nil, check.Invalid("ids.mint", "{%s} is none of {year}, {check} and {%d} to {%d}", shorten(name), minMinted, maxMinted)
		}
		t, rest = append(t, "{"+name+"}"), after
	}
	if hashes != 1 {
		return nil, check.Invalid("ids.mint", "%s has %d placeholders {%d} to {%d}, not one", check.Quote(s), hashes, minMinted, maxMinted)
	}
	return t, nil
}

// mintSource is what an id is minted from. All but the claimed time, of which only
// the year counts, is in the request, so a repeated request leads to the same id.
type mintSource struct {
	register, owner, requestID string
	row                        int
	claimedTime                string
}

// MintID returns the id that a record gets which the owner creates without one, at a
// row of an import (0 for a single record), in the year of the claimed time. Who
// stores private fields needs it before the record exists. It fails with
// INVALID_ARGUMENT when the register does not mint ids.
func (d Definition) MintID(owner, requestID string, row int, claimedTime string) (string, error) {
	if d.IDs.Mint == "" {
		return "", check.Invalid("id", "is missing, and register %s does not mint ids", d.ID)
	}
	t, err := parseTemplate(d.IDs.Mint)
	if err != nil {
		return "", err
	}
	return t.mint(mintSource{d.ID, owner, requestID, row, claimedTime})
}

// mint writes the id. An id cannot hold the check character "*", which one in 37 would
// have, so the hash is then taken of the same text with a number.
func (t template) mint(source mintSource) (string, error) {
	const most = 100
	for attempt := range most {
		if id, ok := t.write(source, attempt); ok {
			return id, nil
		}
	}
	return "", fmt.Errorf("no id in %d attempts", most)
}

func (t template) write(source mintSource, attempt int) (string, bool) {
	var id strings.Builder
	for _, part := range t {
		switch {
		case part == "{year}":
			year, _, _ := strings.Cut(source.claimedTime, "-")
			id.WriteString(year)
		case part == "{check}":
			c := checkCharacter(id.String())
			if c == '*' {
				return "", false
			}
			id.WriteByte(c)
		case part[0] == '{':
			n, err := strconv.Atoi(part[1 : len(part)-1])
			if err != nil {
				return "", false
			}
			id.WriteString(source.hash(attempt)[:n])
		default:
			id.WriteString(part)
		}
	}
	return id.String(), true
}

// hash returns characters of Crockford's base 32, which people do not confuse.
func (s mintSource) hash(attempt int) string {
	text := fmt.Sprintf("psbc/registry/id/v1\n%s\n%s\n%s\n%d", s.register, s.owner, s.requestID, s.row)
	if attempt > 0 {
		text += fmt.Sprintf("\n%d", attempt)
	}
	sum := sha256.Sum256([]byte(text))
	return base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding).EncodeToString(sum[:])
}

// checkCharacter returns the check character of ISO 7064 MOD 37-2 over the letters
// and digits of s: 0-9, A-Z, or * for 36. Lower case counts as upper case.
func checkCharacter(s string) byte {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
	p := 0
	for _, c := range []byte(strings.ToUpper(s)) {
		if check.Alphanumeric(c) {
			p = (p + strings.IndexByte(alphabet, c)) * 2 % 37
		}
	}
	return alphabet[(38-p)%37]
}
