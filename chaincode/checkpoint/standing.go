package checkpoint

import (
	"cmp"
	"errors"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// verdict is a standing, and how many bodies count for it, by algorithm.
type verdict struct {
	Standing
	counts map[Algorithm]int
}

// of returns how many bodies count for the root: with any algorithm, if it is empty.
func (v verdict) of(algorithm Algorithm) int { return v.counts[algorithm] }

// Standings sorts what bodies said of one size by what they said.
func (r Keyring) Standings(found []Cosigned) ([]Standing, error) {
	verdicts, err := r.verdicts(found)
	if err != nil {
		return nil, err
	}
	standings := make([]Standing, len(verdicts))
	for i, v := range verdicts {
		standings[i] = v.Standing
	}
	return standings, nil
}

// Reached returns the standing for which, of what bodies said of one size, the quorum of a
// rule is there: nil when it is for none, and when it is for two, as a small quorum of
// bodies that disagree may be.
func (r Keyring) Reached(rule Rule, found []Cosigned) (*Standing, error) {
	verdicts, err := r.verdicts(found)
	if err != nil {
		return nil, err
	}
	var reached *Standing
	for i, v := range verdicts {
		if v.of(rule.Algorithm) < rule.Quorum {
			continue
		}
		if reached != nil {
			return nil, nil
		}
		reached = &verdicts[i].Standing
	}
	return reached, nil
}

func (r Keyring) verdicts(found []Cosigned) ([]verdict, error) {
	found = slices.SortedFunc(slices.Values(found), func(a, b Cosigned) int {
		return cmp.Or(cmp.Compare(a.Root, b.Root), cmp.Compare(a.Body, b.Body))
	})
	roots := make(map[string]int) // by body
	for _, c := range found {
		if c.Origin != r.origin || c.Size != found[0].Size {
			return nil, errors.New("cosigned checkpoints of two sizes or logs")
		}
		roots[c.Body]++
	}
	var verdicts []verdict
	for group := range chunkBy(found, func(c Cosigned) string { return c.Root }) {
		v, err := r.verdict(group, func(body string) bool { return roots[body] > 1 })
		if err != nil {
			return nil, err
		}
		verdicts = append(verdicts, v)
	}
	slices.SortStableFunc(verdicts, func(a, b verdict) int { return cmp.Compare(b.of(""), a.of("")) })
	return verdicts, nil
}

// verdict judges what was said of one root, by body, at least once.
func (r Keyring) verdict(said []Cosigned, equivocated func(body string) bool) (verdict, error) {
	first := said[0]
	v := verdict{
		Standing: Standing{Origin: first.Origin, Size: first.Size, Root: first.Root, Block: commonBlock(said), Bodies: said},
		counts:   make(map[Algorithm]int),
	}
	var note []tlog.Cosignature
	for _, c := range said {
		if equivocated(c.Body) {
			v.Equivocated = append(v.Equivocated, c.Body)
			continue
		}
		stand, err := r.counting(c)
		if err != nil {
			return verdict{}, err
		}
		for _, s := range stand {
			note = append(note, s.Cosignature)
		}
		v.count(stand)
	}
	if len(note) == 0 {
		return v, nil
	}
	checkpoint, err := checkpointOf(first.Origin, first.Size, first.Root)
	if err != nil {
		return verdict{}, err
	}
	v.Note = string(tlog.SignedCheckpoint{Checkpoint: checkpoint, Cosignatures: note}.Marshal())
	return v, nil
}

// count counts a body once, with each algorithm that it has a cosignature of.
func (v verdict) count(stand []counting) {
	for _, algorithm := range append(Algorithms(), "") {
		if slices.ContainsFunc(stand, func(s counting) bool { return algorithm == "" || s.algorithm == algorithm }) {
			v.counts[algorithm]++
		}
	}
}

// commonBlock returns the block that most name, the smallest of several.
func commonBlock(said []Cosigned) uint64 {
	blocks := make([]uint64, len(said))
	for i, c := range said {
		blocks[i] = c.Block
	}
	slices.Sort(blocks)
	best, most := uint64(0), 0
	for i := range blocks {
		n := 1
		for i-n >= 0 && blocks[i-n] == blocks[i] {
			n++
		}
		if n > most {
			best, most = blocks[i], n
		}
	}
	return best
}

// chunkBy parts a list that is sorted by what by gives.
func chunkBy[T any](list []T, by func(T) string) func(yield func([]T) bool) {
	return func(yield func([]T) bool) {
		for len(list) > 0 {
			n := slices.IndexFunc(list, func(item T) bool { return by(item) != by(list[0]) })
			if n < 0 {
				n = len(list)
			}
			if !yield(list[:n:n]) {
				return
			}
			list = list[n:]
		}
	}
}
