package evidence_test

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// truth is all that honest witnesses of the world have signed, and evidence of it. Nobody
// who has only that can prove anything else: whatever Verify accepts must be a part of it.
type truth struct {
	w      *world
	policy *tlog.Policy
	seeds  []*evidence.Proof
	// signed are the cosignatures that were made: checkpoint, key, time.
	signed map[string]bool
}

func signedAs(c tlog.Checkpoint, key string, at int64) string {
	return fmt.Sprintf("%s%s\n%d", c.Text(), key, at)
}

func newTruth(t require.TestingT) *truth {
	k := &truth{w: newWorld(t), policy: threeOfFour(t, tlog.Ed25519), signed: map[string]bool{}}
	for _, c := range evidenceThatHolds() {
		s := newScene(t, k.w)
		c.change(s)
		p := s.proof()
		if p.Checkpoint.Checkpoint != s.head {
			continue // of another log, made by hand
		}
		k.seeds = append(k.seeds, p)
		k.remember(p.Checkpoint)
		if p.Extra.After != nil {
			k.remember(*p.Extra.After)
		}
	}
	return k
}

func (k *truth) remember(s evidence.SignedCheckpoint) {
	for _, c := range s.Cosignatures {
		k.signed[signedAs(s.Checkpoint, fmt.Sprintf("%s+%08x", c.Name, c.KeyID), int64(c.Time))] = true
	}
}

// check fails unless the result is true.
func (k *truth) check(t require.TestingT, p *evidence.Proof, r *evidence.Result) {
	require.Equal(t, k.w.head(r.Checkpoint.Size), r.Checkpoint)
	name, write := k.writeAt(r.Index)
	require.NotEmpty(t, name, "entry %d is no write", r.Index)
	require.Equal(t, string(encoded(t, write.detail)), string(encoded(t, r.Detail)))
	if r.Detail.Kind != evidence.KindPrivate || len(r.Value) > 0 {
		require.Equal(t, string(write.value), string(r.Value))
	}
	if r.Notarisation != nil {
		require.Equal(t, string(write.value), string(encoded(t, *r.Notarisation)))
	}
	if r.Anchor != nil {
		require.Equal(t, string(write.value), string(encoded(t, *r.Anchor)))
	}
	if m := r.Member; m != nil {
		b := k.w.batches[name]
		require.NotNil(t, b, "%s is no batch", name)
		require.Equal(t, digest(t, notary.SHA2_256, b.documents[m.Index]), m.Digest)
	}
	k.checkTimes(t, p, r)
}

func (k *truth) writeAt(index uint64) (string, written) {
	for name, w := range k.w.writes {
		if w.index == index {
			return name, w
		}
	}
	return "", written{}
}

// checkTimes computes the times again, in the way that is easiest to see through.
func (k *truth) checkTimes(t require.TestingT, p *evidence.Proof, r *evidence.Result) {
	earliest := map[string]int64{}
	for _, c := range r.Cosigners {
		if !c.Counted {
			continue
		}
		require.True(t, k.signed[signedAs(r.Checkpoint, c.Key, c.Time.Unix())], "%s", c)
		if at, ok := earliest[c.Body]; !ok || c.Time.Unix() < at {
			earliest[c.Body] = c.Time.Unix()
		}
	}
	var times []int64
	for _, at := range earliest {
		times = append(times, at)
	}
	slices.Sort(times)
	require.GreaterOrEqual(t, len(times), 3)
	require.Equal(t, times[2], r.ExistedBefore.Unix())
	if r.NotBefore == nil {
		require.Nil(t, p.Extra.After)
		return
	}
	require.Equal(t, k.w.after, p.Extra.After.Checkpoint)
	require.True(t, slices.ContainsFunc(p.Extra.After.Cosignatures, func(c tlog.Cosignature) bool {
		return int64(c.Time) == r.NotBefore.Unix() && k.signed[signedAs(k.w.after, fmt.Sprintf("%s+%08x", c.Name, c.KeyID), int64(c.Time))]
	}))
}

// try parses and verifies, and says whether that was accepted, which it then checks.
func (k *truth) try(t require.TestingT, file []byte) bool {
	p, err := evidence.ParseProof(file)
	if err != nil {
		return false
	}
	again, err := p.Marshal()
	require.NoError(t, err)
	require.True(t, bytes.Equal(file, again), "there is one way to write it")
	r, err := evidence.Verify(nil, p, k.policy, at(noon+60))
	if err != nil {
		return false
	}
	k.check(t, p, r)
	return true
}
