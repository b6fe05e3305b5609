package tlog

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// BodiesGroup is what the group of all bodies, the quorum, is called.
const BodiesGroup = "bodies"

// Limits of a policy that is read.
const (
	MaxPolicy      = 4 << 20 // bytes
	maxPolicyParts = 4096    // witnesses and groups
)

// Policy says which cosignatures make a checkpoint believed
// (https://c2sp.org/tlog-policy).
type Policy struct {
	// Origin is the origin of the log. The format names logs by a key of theirs, and a
	// ledger log has none: it is what several bodies compute alike. So each witness key is
	// named after the log and the body: see WitnessName.
	Origin    string
	Witnesses []Witness
	Groups    []Group // each after its members
	// Quorum is the name of the witness or group that must have cosigned.
	Quorum string
}

// Witness is a key that counts.
type Witness struct {
	Name string
	Key  Key
	// From and Until bound the times of the cosignatures that count, From included and
	// Until not, in seconds since 1970; 0 is no bound. The format knows no such bounds: they
	// stand in comments, which other programs pass over.
	From, Until uint64
}

// Group is cosigned by what it names when Threshold of its members are.
type Group struct {
	Name      string
	Threshold int
	Members   []string // names of witnesses and groups before it
}

// boundsLine begins a comment that bounds a witness.
const boundsLine = "#psbc-valid"

// WitnessName is what the keys of a body's witness are called.
func WitnessName(origin, body string) string { return origin + "/" + body }

// BodyOf returns the body, by its MSP ID, whose witness a key belongs to, if the key is one
// of the log's.
func BodyOf(origin, keyName string) (string, bool) {
	body, ok := strings.CutPrefix(keyName, origin+"/")
	return body, ok && body != "" && !strings.Contains(body, "/")
}

// Majority is how many of n bodies are enough if fewer than a third of them are at fault:
// two quorums then have an honest body in common. It is what BFT ordering asks for too.
func Majority(n int) int { return n - (n-1)/3 }

// Count says whether the quorum is there, given the witnesses, by name, that cosigned.
func (p *Policy) Count(cosigned map[string]bool) bool {
	counted := make(map[string]bool, len(p.Witnesses)+len(p.Groups))
	for _, w := range p.Witnesses {
		counted[w.Name] = cosigned[w.Name]
	}
	for _, g := range p.Groups {
		n := 0
		for _, member := range g.Members {
			if counted[member] {
				n++
			}
		}
		counted[g.Name] = n >= g.Threshold
	}
	return counted[p.Quorum]
}

// Validate checks that the policy means something, and that no key counts twice.
func (p *Policy) Validate() error {
	if err := checkName("origin", p.Origin); err != nil {
		return err
	}
	if len(p.Witnesses)+len(p.Groups) > maxPolicyParts {
		return fmt.Errorf("more than %d witnesses and groups", maxPolicyParts)
	}
	names := make(map[string]bool)
	define := func(name string) error {
		switch {
		case name == "" || strings.ContainsAny(name, " \t\n\r\x00") || strings.HasPrefix(name, "#"):
			return fmt.Errorf("%q is no name of a witness or group", name)
		case slices.Contains([]string{"none", "any", "all", "log", "witness", "group", "quorum"}, name):
			return fmt.Errorf("%s names no witness and no group: it is a word of the format", name)
		case names[name]:
			return fmt.Errorf("%s is defined twice", name)
		}
		names[name] = true
		return nil
	}
	for i, w := range p.Witnesses {
		if err := define(w.Name); err != nil {
			return err
		}
		if _, ok := BodyOf(p.Origin, w.Key.Name); !ok {
			return fmt.Errorf("witness %s: its key %s is not named after the log %s and a body", w.Name, w.Key.Name, p.Origin)
		}
		if w.Until != 0 && w.Until <= w.From {
			return fmt.Errorf("witness %s counts until %d, which is not after %d", w.Name, w.Until, w.From)
		}
		if slices.ContainsFunc(p.Witnesses[:i], func(other Witness) bool { return other.Key.Same(w.Key) }) {
			return fmt.Errorf("witness %s has the key of another", w.Name)
		}
	}
	used := make(map[string]bool)
	for _, g := range p.Groups {
		for _, member := range g.Members {
			if !names[member] || used[member] {
				return fmt.Errorf("group %s: its member %s is not defined before it, or is a member already", g.Name, member)
			}
			used[member] = true
		}
		if g.Threshold < 1 || g.Threshold > len(g.Members) {
			return fmt.Errorf("group %s: %d of its %d members cannot be asked for", g.Name, g.Threshold, len(g.Members))
		}
		if err := define(g.Name); err != nil {
			return err
		}
	}
	if !names[p.Quorum] {
		return fmt.Errorf("the quorum %q is neither a witness nor a group", p.Quorum)
	}
	return nil
}

// Format writes the policy as a file.
func (p *Policy) Format() []byte {
	var f strings.Builder
	fmt.Fprintf(&f, "# Whose cosignatures make a checkpoint of the ledger log believed.\n# Format: https://c2sp.org/tlog-policy\n#\n# Log: %s\n\n", p.Origin)
	for _, w := range p.Witnesses {
		fmt.Fprintf(&f, "witness %s %s\n", w.Name, w.Key)
		if w.From != 0 || w.Until != 0 {
			fmt.Fprintf(&f, "%s %s %d %d\n", boundsLine, w.Name, w.From, w.Until)
		}
	}
	for _, g := range p.Groups {
		fmt.Fprintf(&f, "group %s %d %s\n", g.Name, g.Threshold, strings.Join(g.Members, " "))
	}
	fmt.Fprintf(&f, "quorum %s\n", p.Quorum)
	return []byte(f.String())
}

// ParsePolicy reads a policy file. The origin of the log is what the names of the witness
// keys have in common before the body. A policy that lists logs by their keys is refused,
// since a ledger log has none, and so is one without a quorum of witnesses.
func ParsePolicy(file []byte) (*Policy, error) {
	if len(file) > MaxPolicy {
		return nil, fmt.Errorf("the policy is longer than %d bytes", MaxPolicy)
	}
	for _, c := range file {
		if c < ' ' && c != '\t' && c != '\n' || c == 0x7f {
			return nil, fmt.Errorf("the policy has the control character 0x%02x in it", c)
		}
	}
	p := &Policy{}
	number := 0
	for line := range strings.Lines(string(file)) {
		number++
		if err := p.line(strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' })); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	if len(p.Witnesses) == 0 {
		return nil, errors.New("the policy has no witness")
	}
	first := p.Witnesses[0].Key.Name
	if slash := strings.LastIndexByte(first, '/'); slash > 0 {
		p.Origin = first[:slash]
	}
	return p, p.Validate()
}

// line takes one line of a policy file, by its items.
func (p *Policy) line(items []string) error {
	switch {
	case len(items) == 0:
		return nil
	case items[0] == boundsLine:
		return p.bounds(items)
	case strings.HasPrefix(items[0], "#"):
		return nil
	case items[0] == "witness" && (len(items) == 3 || len(items) == 4): // its URL may follow
		key, err := ParseKey(items[2])
		if err != nil {
			return err
		}
		p.Witnesses = append(p.Witnesses, Witness{Name: items[1], Key: key})
		return nil
	case items[0] == "group" && len(items) >= 4:
		g := Group{Name: items[1], Members: items[3:]}
		switch items[2] {
		case "any":
			g.Threshold = 1
		case "all":
			g.Threshold = len(g.Members)
		default:
			n, err := parseDecimal(items[2])
			if err != nil || n > maxPolicyParts {
				return fmt.Errorf("threshold of group %s: %.40q is not all, any or a number", g.Name, items[2])
			}
			g.Threshold = int(n)
		}
		p.Groups = append(p.Groups, g)
		return nil
	case items[0] == "quorum" && len(items) == 2:
		if p.Quorum != "" {
			return errors.New("a second quorum")
		}
		p.Quorum = items[1]
		return nil
	case items[0] == "log":
		return errors.New("a ledger log has no key of its own: name its witnesses")
	}
	return fmt.Errorf("is not a line of a policy: %.40q", items[0])
}

// bounds takes the comment that bounds a witness.
func (p *Policy) bounds(items []string) error {
	if len(items) != 4 {
		return fmt.Errorf("%s takes a witness and two times", boundsLine)
	}
	i := slices.IndexFunc(p.Witnesses, func(w Witness) bool { return w.Name == items[1] })
	if i < 0 {
		return fmt.Errorf("witness %s is not defined before its bounds", items[1])
	}
	from, errFrom := strconv.ParseUint(items[2], 10, 63)
	until, errUntil := strconv.ParseUint(items[3], 10, 63)
	if err := errors.Join(errFrom, errUntil); err != nil {
		return fmt.Errorf("bounds of witness %s: %w", items[1], err)
	}
	if p.Witnesses[i].From != 0 || p.Witnesses[i].Until != 0 {
		return fmt.Errorf("a second time bounds of witness %s", items[1])
	}
	p.Witnesses[i].From, p.Witnesses[i].Until = from, until
	return nil
}
