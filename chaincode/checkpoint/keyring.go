package checkpoint

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// Keyring is the keys of all bodies for one log.
type Keyring struct {
	origin string
	keys   []WitnessKey   // by body and id
	places map[string]int // of a key in keys, by body and id
}

// NewKeyring makes a keyring of those of the keys that are named after the log.
func NewKeyring(origin string, keys []WitnessKey) Keyring {
	r := Keyring{origin: origin, places: make(map[string]int)}
	for _, k := range keys {
		if k.Name() == tlog.WitnessName(origin, k.Body) {
			r.keys = append(r.keys, k)
		}
	}
	slices.SortFunc(r.keys, func(a, b WitnessKey) int {
		return cmp.Or(cmp.Compare(a.Body, b.Body), cmp.Compare(a.KeyID, b.KeyID))
	})
	for i, k := range r.keys {
		r.places[place(k.Body, k.KeyID)] = i
	}
	return r
}

func place(body, keyID string) string { return body + "/" + keyID }

// Bodies returns the bodies that have keys, ended ones included.
func (r Keyring) Bodies() []string {
	var bodies []string
	for _, k := range r.keys {
		bodies = append(bodies, k.Body)
	}
	return slices.Compact(bodies)
}

// counting is a cosignature that counts, and the algorithm of its key.
type counting struct {
	tlog.Cosignature
	algorithm Algorithm
}

// counting returns the cosignatures of a body that count: they verify under a key of the
// body's that counts at their time. Signatures are checked again, though they were when
// they came: what a majority of peers can write, they might have written.
func (r Keyring) counting(c Cosigned) ([]counting, error) {
	checkpoint, err := checkpointOf(c.Origin, c.Size, c.Root)
	if err != nil {
		return nil, err
	}
	cosignatures, err := parseLines(c.Cosignatures)
	if err != nil {
		return nil, err
	}
	var all []counting
	for _, cosignature := range cosignatures {
		i, known := r.places[place(c.Body, keyIDText(cosignature.KeyID))]
		if !known || !r.keys[i].Window().Contains(cosignature.Time) {
			continue
		}
		verifies, err := r.keys[i].verifies(checkpoint, cosignature)
		if err != nil {
			return nil, err
		}
		if verifies {
			all = append(all, counting{cosignature, r.keys[i].Algorithm})
		}
	}
	return all, nil
}

// Rule says when enough bodies have cosigned.
type Rule struct {
	At        string // canonical.TimeLayout
	Algorithm Algorithm
	Bodies    []string // that have a key which counts at that time
	Quorum    int      // how many bodies, 1 to as many as there are
}

// Rule makes the rule for a time: quorum and algorithm are as requests have them. It fails
// with NOT_FOUND when no body has a key of the algorithm that counts at that time, and with
// FAILED_PRECONDITION when more bodies are asked for than have one.
func (r Keyring) Rule(at string, quorum int, algorithm Algorithm) (Rule, error) {
	rule := Rule{At: at, Algorithm: cmp.Or(algorithm, Ed25519)}
	for _, k := range r.standing(rule) {
		rule.Bodies = append(rule.Bodies, k.Body)
	}
	rule.Bodies = slices.Compact(rule.Bodies)
	n := len(rule.Bodies)
	if n == 0 {
		return Rule{}, fault.New(fault.NotFound, "no body has a key of %s for the log %s that counts at %s", rule.Algorithm, r.origin, at)
	}
	rule.Quorum = cmp.Or(quorum, tlog.Majority(n))
	if rule.Quorum > n {
		return Rule{}, fault.New(fault.FailedPrecondition, "%d bodies are asked for, and %d have a key of %s for the log %s that counts at %s", rule.Quorum, n, rule.Algorithm, r.origin, at)
	}
	return rule, nil
}

// standing returns the keys of the rule's algorithm that count at its time.
func (r Keyring) standing(rule Rule) []WitnessKey {
	var keys []WitnessKey
	for _, k := range r.keys {
		if k.Algorithm == rule.Algorithm && k.Window().Contains(floor(rule.At)) {
			keys = append(keys, k)
		}
	}
	return keys
}

// Policy makes the policy that says the same as a rule of this keyring. Each key has the
// times at which it counts, as far as they are known now.
func (r Keyring) Policy(rule Rule) (*tlog.Policy, error) {
	p := &tlog.Policy{Origin: r.origin, Quorum: tlog.BodiesGroup}
	for _, k := range r.standing(rule) {
		key, err := k.parsed()
		if err != nil {
			return nil, fmt.Errorf("key %s of %s: %w", k.KeyID, k.Body, err)
		}
		w := tlog.Witness{Name: witnessName(k.Body, k.KeyID), Key: key}
		w.From, w.Until = k.Window().bounds()
		p.Witnesses = append(p.Witnesses, w)
		if last := len(p.Groups) - 1; last >= 0 && p.Groups[last].Name == k.Body {
			p.Groups[last].Members = append(p.Groups[last].Members, w.Name)
			continue
		}
		p.Groups = append(p.Groups, tlog.Group{Name: k.Body, Threshold: 1, Members: []string{w.Name}})
	}
	p.Groups = append(p.Groups, tlog.Group{Name: tlog.BodiesGroup, Threshold: rule.Quorum, Members: rule.Bodies})
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("policy of the log %s: %w", r.origin, err)
	}
	return p, nil
}
