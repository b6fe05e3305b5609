package evidence

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// Tolerance is how far a cosignature may be ahead of the verifier's clock.
const Tolerance = 5 * time.Minute

// Cosigner is one line of signature under a checkpoint.
type Cosigner struct {
	Body      string // MSP ID; empty when the key is not of the policy
	Witness   string // as the policy names the key; empty when it is not of the policy
	Key       string // name and id
	Algorithm tlog.Algorithm
	// Time is the witness's own, to the second; zero when the key is not of the policy. What
	// is after the year 9999 is shown as its end.
	Time    time.Time
	Counted bool
	Why     string // it does not count
}

// witnessing is a checkpoint, and who has cosigned it.
type witnessing struct {
	signed *SignedCheckpoint
	policy *Policy
	now    time.Time
	lines  []witnessLine
}

// witnessLine is a signature line with the keys of the policy that it may be of: two keys
// may share name and id, since an id has 32 bits.
type witnessLine struct {
	cosigner Cosigner
	seconds  uint64
	keys     []*tlog.Witness
	maker    *tlog.Witness // the one of them that made it
	future   bool
}

func newWitnessing(signed *SignedCheckpoint, policy *Policy, now time.Time) *witnessing {
	type identity struct {
		name string
		id   uint32
	}
	known := make(map[identity][]*tlog.Witness, len(policy.Witnesses))
	for i := range policy.Witnesses {
		w := &policy.Witnesses[i]
		by := identity{w.Key.Name, w.Key.ID}
		known[by] = append(known[by], w)
	}
	w := &witnessing{signed: signed, policy: policy, now: now}
	for _, c := range signed.Cosignatures {
		line := witnessLine{seconds: c.Time, keys: known[identity{c.Name, c.KeyID}]}
		line.cosigner = Cosigner{Key: fmt.Sprintf("%s+%08x", c.Name, c.KeyID), Why: "the policy does not name its key"}
		if len(line.keys) > 0 {
			w.credit(&line, line.keys[0])
		}
		w.lines = append(w.lines, line)
	}
	return w
}

// credit counts the line as made with that key.
func (w *witnessing) credit(line *witnessLine, maker *tlog.Witness) {
	body, _ := tlog.BodyOf(w.policy.Origin, maker.Key.Name) // a valid policy has no other keys
	line.maker = maker
	line.cosigner = Cosigner{
		Body: body, Witness: maker.Name, Key: line.cosigner.Key, Algorithm: maker.Key.Algorithm, Time: moment(line.seconds), Counted: true,
	}
}

func (l *witnessLine) discount(format string, args ...any) {
	l.cosigner.Counted, l.cosigner.Why = false, fmt.Sprintf(format, args...)
}

func (w *witnessing) origin() (string, error) {
	if w.signed.Origin != w.policy.Origin {
		return "", &OriginError{Policy: w.policy.Origin, Checkpoint: w.signed.Origin}
	}
	return fmt.Sprintf("The checkpoint is of the log %s, which the policy is for.", w.signed.Origin), nil
}

// genuine checks the signatures. One that a key of the policy should have made and has not
// is a forgery, and the evidence is refused even where the others are enough.
func (w *witnessing) genuine() (string, error) {
	n := 0
	for i := range w.lines {
		line := &w.lines[i]
		if len(line.keys) == 0 {
			continue
		}
		maker := slices.IndexFunc(line.keys, func(k *tlog.Witness) bool {
			return k.Key.Verify(w.signed.Checkpoint, w.signed.Cosignatures[i])
		})
		if maker < 0 {
			return "", &CosignatureError{Witness: line.cosigner.Witness, Key: line.cosigner.Key}
		}
		w.credit(line, line.keys[maker])
		n++
	}
	return fmt.Sprintf("Cosignatures under keys of the policy: %d, all genuine.", n), nil
}

// bounds discounts what keys signed while they did not count.
func (w *witnessing) bounds() (string, error) {
	for i := range w.lines {
		line := &w.lines[i]
		if !line.cosigner.Counted {
			continue
		}
		switch key := line.maker; {
		case line.seconds < key.From:
			line.discount("the key counts from %s only", utc(moment(key.From)))
		case key.Until != 0 && line.seconds >= key.Until:
			line.discount("the key does not count from %s on", utc(moment(key.Until)))
		}
	}
	return "Only cosignatures count whose key counted at their time.", nil
}

// clock discounts what is from the future.
func (w *witnessing) clock() (string, error) {
	latest := uint64(max(w.now.Add(Tolerance).Unix(), 0))
	for i := range w.lines {
		line := &w.lines[i]
		if line.cosigner.Counted && line.seconds > latest {
			line.discount("its time is in the future")
			line.future = true
		}
	}
	return fmt.Sprintf("Only cosignatures count that are not from the future (now: %s).", utc(w.now)), nil
}

func (w *witnessing) quorum() (string, error) {
	names := w.counted(func(l *witnessLine) bool { return l.cosigner.Counted })
	if w.policy.Count(names) {
		return fmt.Sprintf("The cosignatures that count are enough for %q.", w.policy.Quorum), nil
	}
	withFuture := w.counted(func(l *witnessLine) bool { return l.cosigner.Counted || l.future })
	if w.policy.Count(withFuture) {
		return "", w.fromFuture()
	}
	return "", w.tooFew(names)
}

// counted returns the policy's names of the keys of the lines that are kept.
func (w *witnessing) counted(keep func(*witnessLine) bool) map[string]bool {
	names := make(map[string]bool, len(w.lines))
	for i := range w.lines {
		if keep(&w.lines[i]) {
			names[w.lines[i].cosigner.Witness] = true
		}
	}
	return names
}

func (w *witnessing) fromFuture() error {
	err := &FutureError{Now: w.now}
	for i := range w.lines {
		if l := &w.lines[i]; l.future && l.cosigner.Time.After(err.Time) {
			err.Witness, err.Time = l.cosigner.Witness, l.cosigner.Time
		}
	}
	return err
}

func (w *witnessing) tooFew(cosigned map[string]bool) error {
	err := &QuorumError{Quorum: w.policy.Quorum, Needed: 1}
	for _, g := range w.policy.Groups {
		if g.Name != w.policy.Quorum {
			continue
		}
		err.Needed = g.Threshold
		for _, member := range g.Members {
			of := *w.policy
			of.Quorum = member
			if of.Count(cosigned) {
				err.Have = append(err.Have, member)
			}
		}
	}
	return err
}

// times returns when the first counted cosignature was made, and when the quorum was there
// for the first time. The quorum must be there.
func (w *witnessing) times() (first, complete time.Time) {
	var counted []*witnessLine
	for i := range w.lines {
		if w.lines[i].cosigner.Counted {
			counted = append(counted, &w.lines[i])
		}
	}
	slices.SortStableFunc(counted, func(a, b *witnessLine) int { return cmp.Compare(a.seconds, b.seconds) })
	n := sort.Search(len(counted), func(i int) bool {
		names := make(map[string]bool, i+1)
		for _, line := range counted[:i+1] {
			names[line.cosigner.Witness] = true
		}
		return w.policy.Count(names)
	})
	if n == len(counted) { // only when a test leaves checkQuorum out
		return time.Time{}, time.Time{}
	}
	return counted[0].cosigner.Time, counted[n].cosigner.Time
}

func (w *witnessing) cosigners() []Cosigner {
	list := make([]Cosigner, 0, len(w.lines))
	for i := range w.lines {
		list = append(list, w.lines[i].cosigner)
	}
	return list
}

// lastSecond is the last one that RFC 3339 can write.
const lastSecond = 253402300799

func moment(seconds uint64) time.Time {
	return time.Unix(int64(min(seconds, lastSecond)), 0).UTC()
}
