package evidence_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"

	"filippo.io/mldsa"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// witness holds keys that depend on nothing but their seed, and signs in one way: vectors
// are the same whenever they are made.
type witness struct {
	name    string // of the keys
	ed25519 ed25519.PrivateKey
	mldsa   *mldsa.PrivateKey
}

func newWitness(t require.TestingT, log, body, seed string) *witness {
	secret := sha256.Sum256([]byte("psbc test witness " + body + " " + seed))
	pq, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), secret[:])
	require.NoError(t, err)
	return &witness{tlog.WitnessName(log, body), ed25519.NewKeyFromSeed(secret[:]), pq}
}

func (w *witness) key(t require.TestingT, a tlog.Algorithm) tlog.Key {
	public := []byte(w.ed25519.Public().(ed25519.PublicKey))
	if a == tlog.MLDSA44 {
		public = w.mldsa.PublicKey().Bytes()
	}
	k, err := tlog.NewKey(w.name, a, public)
	require.NoError(t, err)
	return k
}

func (w *witness) cosign(t require.TestingT, a tlog.Algorithm, c tlog.Checkpoint, at uint64) tlog.Cosignature {
	signature := ed25519.Sign(w.ed25519, tlog.Ed25519Message(c, at))
	if a == tlog.MLDSA44 {
		message, err := tlog.MLDSA44Message(w.name, c, at)
		require.NoError(t, err)
		signature, err = w.mldsa.SignDeterministic(message, nil)
		require.NoError(t, err)
	}
	return tlog.Cosignature{Name: w.name, KeyID: w.key(t, a).ID, Time: at, Signature: signature}
}

func bodies() []string { return []string{ctie, sigi, minDigital, court} }

// threeOfFour is the policy of the founding bodies: three of them, one key each.
func threeOfFour(t require.TestingT, a tlog.Algorithm) *tlog.Policy {
	p := &tlog.Policy{Origin: origin, Quorum: tlog.BodiesGroup}
	quorum := tlog.Group{Name: tlog.BodiesGroup, Threshold: 3}
	for _, body := range bodies() {
		p.Witnesses = append(p.Witnesses, tlog.Witness{Name: body + "-1", Key: newWitness(t, origin, body, "1").key(t, a)})
		p.Groups = append(p.Groups, tlog.Group{Name: body, Threshold: 1, Members: []string{body + "-1"}})
		quorum.Members = append(quorum.Members, body)
	}
	p.Groups = append(p.Groups, quorum)
	return p
}

// twoKeys is threeOfFour with a second key of the first body.
func twoKeys(t require.TestingT, a tlog.Algorithm) *tlog.Policy {
	p := threeOfFour(t, a)
	second := tlog.Witness{Name: ctie + "-2", Key: newWitness(t, origin, ctie, "2").key(t, a)}
	p.Witnesses = append(p.Witnesses, second)
	p.Groups[0].Members = append(p.Groups[0].Members, second.Name)
	return p
}

// bounded is the policy with bounds on one of its keys.
func bounded(p *tlog.Policy, name string, from, until uint64) *tlog.Policy {
	for i := range p.Witnesses {
		if p.Witnesses[i].Name == name {
			p.Witnesses[i].From, p.Witnesses[i].Until = from, until
			return p
		}
	}
	panic(fmt.Sprintf("no witness %s", name))
}
